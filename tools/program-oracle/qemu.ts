/** Runs whole programs on QEMU's machine virt: builds monitor.c, hands it batches, reads what it wrote. */

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  CONTROL,
  FRAME,
  FRAME_BYTES,
  LOG_ENTRY_BYTES,
  type ProgramResult,
  pristineMemory,
  supervisorImage,
  type WholeProgram,
} from './programs.ts'

const QEMU = process.env['QEMU_SYSTEM'] ?? 'qemu-system-aarch64'
const COMPILER = process.env['CC'] ?? 'aarch64-linux-gnu-gcc'
/** It has every feature that rows are gated by. What it has besides, programs do not use. */
const CPU = 'neoverse-n1'
const SUPERVISOR_PA = 0x4020_0000
const BATCH_PA = 0x4400_0000

/** A batch that QEMU did not finish. */
class QemuError extends Error {
  override readonly name = 'QemuError'
}

/** A built monitor. */
export class QemuMachine {
  readonly #folder: string = mkdtempSync(join(tmpdir(), 'program-oracle-'))
  readonly #supervisor = supervisorImage(SUPERVISOR_PA)
  readonly #memory = pristineMemory()

  constructor() {
    const source = fileURLToPath(new URL('monitor.c', import.meta.url))
    const elf = this.#file('monitor.elf')
    // Vector registers are the programs'.
    const code = [
      '-O2',
      '-Wall',
      '-Werror',
      '-ffreestanding',
      '-fno-stack-protector',
      '-mgeneral-regs-only',
      '-fno-tree-loop-distribute-patterns',
    ]
    const link = [
      '-nostdlib',
      '-static',
      '-Wl,--build-id=none',
      '-Wl,--no-warn-rwx-segments',
      `-Wl,-T,${this.#file('monitor.ld')}`,
    ]
    writeFileSync(
      this.#file('monitor.ld'),
      'SECTIONS { . = 0xffff800040080000; .text : { *(.text.first) *(.text*) *(.rodata*) *(.data*) *(.bss*) } /DISCARD/ : { *(.note*) *(.eh_frame*) } }',
    )
    execFileSync(COMPILER, [...code, ...link, '-o', elf, source])
    execFileSync(COMPILER.replace(/gcc$/, 'objcopy'), ['-O', 'binary', elf, this.#file('monitor.bin')])
    writeFileSync(this.#file('supervisor.bin'), this.#supervisor.bytes)
  }

  #file(name: string): string {
    return join(this.#folder, name)
  }

  /** QEMU's version and CPU. */
  get version(): string {
    return `${execFileSync(QEMU, ['--version'], { encoding: 'utf8' }).split('\n')[0]}, -M virt -cpu ${CPU}`
  }

  /** Runs programs one after the other. @throws {QemuError} */
  run(programs: readonly WholeProgram[]): ProgramResult[] {
    writeFileSync(this.#file('batch.bin'), this.#batch(programs))
    const load = (name: string, at: number): string[] => [
      '-device',
      `loader,file=${this.#file(name)},addr=0x${at.toString(16)},force-raw=on`,
    ]
    // Time is counted in instructions: the timer's interrupts come at the same places each time.
    const args = [
      '-M',
      'virt,gic-version=3',
      '-cpu',
      CPU,
      '-m',
      '1G',
      '-icount',
      'shift=0,sleep=off',
      '-display',
      'none',
      '-nic',
      'none',
    ]
    const io = ['-monitor', 'none', '-serial', 'none', '-semihosting-config', 'enable=on,target=native']
    const images = [...load('supervisor.bin', SUPERVISOR_PA), ...load('batch.bin', BATCH_PA)]
    const { status, signal, stderr } = spawnSync(
      QEMU,
      [...args, ...io, ...images, '-kernel', this.#file('monitor.bin')],
      {
        cwd: this.#folder,
        encoding: 'utf8',
        timeout: 600_000,
      },
    )
    if (status !== 0)
      throw new QemuError(
        `QEMU ended with ${status ?? signal} in programs ${programs[0]?.number} to ${programs.at(-1)?.number}: ${stderr}`,
      )
    return this.#results(programs.length)
  }

  /** `struct batch` of monitor.c and what follows it. */
  #batch(programs: readonly WholeProgram[]): Uint8Array {
    const { enter } = this.#supervisor
    const { MAIR_EL1, TCR_EL1, SCTLR_EL1, CPACR_EL1 } = CONTROL
    const head = BigUint64Array.of(
      BigInt(programs.length),
      BigInt(this.#memory.length),
      enter,
      MAIR_EL1,
      TCR_EL1,
      SCTLR_EL1,
      CPACR_EL1,
      enter & ~0xfffn,
    )
    const parts = programs.flatMap(({ slot, words, frame }) => [Uint32Array.of(slot, words.length, ...words), frame])
    return Buffer.concat(
      [head, this.#memory, ...parts].map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength)),
    )
  }

  #results(count: number): ProgramResult[] {
    const bytes = readFileSync(this.#file('result.bin'))
    const words = new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
    let at = 0
    const take = (length: number): Uint32Array => words.subarray(at, (at += length))
    return Array.from({ length: count }, () => {
      const [entries = 0, pairs = 0] = take(2)
      const frame = take(FRAME_BYTES / 4)
      const log = take((entries * LOG_ENTRY_BYTES) / 4)
      return { frame, log, changes: [...take(pairs * 2)], interrupts: frame[FRAME.interrupts >>> 2] as number }
    })
  }

  close(): void {
    rmSync(this.#folder, { recursive: true })
  }
}
