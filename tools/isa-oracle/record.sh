#!/bin/sh
# Records the fixtures of packages/cpu/test/isa, after rows of the instruction table were added or changed.
# Needs aarch64-linux-gnu-gcc, aarch64-linux-gnu-objdump and qemu-aarch64-static.
set -eu
cd "$(dirname "$0")/../.."
for what in disassembly execution allocation; do
  pnpm exec tsx --conditions @armvisor/source "tools/isa-oracle/record-$what.ts"
done
