#!/bin/sh
# Records the fixtures of packages/cpu/test/fp. Needs aarch64-linux-gnu-gcc and qemu-aarch64-static, or an Arm machine
# with FEAT_FP16: RUN= CC=cc tools/fp-oracle/record.sh
set -eu
cd "$(dirname "$0")"
fixtures=../../packages/cpu/test/fp/fixtures
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${CC:-aarch64-linux-gnu-gcc}" -O1 -Wall -Werror -static -march=armv8.2-a+fp16 -o "$work/oracle" oracle.c
mkdir -p "$fixtures"
for family in arithmetic others conversions; do
  ${RUN-qemu-aarch64-static -cpu max} "$work/oracle" "$family" > "$work/$family"
  gzip -9n < "$work/$family" > "$fixtures/$family.bin.gz"
done
