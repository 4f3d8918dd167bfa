/** Talks to oracle.c: builds it, runs it under QEMU's user mode, speaks its structures. */

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Case, CODE_VA, emptyOutcome, type Outcome, WINDOW_VA, windowContents } from './questions.ts'

const QUESTION_BYTES = 32 + 256 + 512
const ANSWER_BYTES = 32 + 256 + 512
const QEMU = process.env['QEMU'] ?? 'qemu-aarch64-static'
const COMPILER = process.env['CC'] ?? 'aarch64-linux-gnu-gcc'

/** struct header of oracle.c. */
function header(): Buffer {
  const vas = Buffer.alloc(16)
  vas.writeBigUInt64LE(BigInt(CODE_VA), 0)
  vas.writeBigUInt64LE(BigInt(WINDOW_VA), 8)
  return Buffer.concat([vas, new Uint8Array(windowContents().buffer)])
}

/** struct question. */
function question({ words, slot, nzcv, fpcr, fpsr, x, v }: Case): Uint8Array {
  const all = new Uint32Array(QUESTION_BYTES / 4)
  all.set([words.length, slot, words[0] as number, words[1] ?? 0, nzcv, fpcr, fpsr, 0])
  all.set(x, 8)
  all.set(v, 72)
  return new Uint8Array(all.buffer)
}

/** Outcomes from struct answer and the changes behind each. */
function* outcomes(bytes: Buffer): Generator<Outcome> {
  const words = new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
  const o = emptyOutcome()
  for (let at = 0; at < words.length; ) {
    const w = words.subarray(at, at + ANSWER_BYTES / 4)
    const changes = w[1] as number
    o.signal = w[0] as number
    o.address.set(w.subarray(2, 4))
    o.pc.set(w.subarray(4, 6))
    o.nzcv = w[6] as number
    o.fpsr = w[7] as number
    o.x.set(w.subarray(8, 72))
    o.v.set(w.subarray(72, 200))
    at += ANSWER_BYTES / 4
    o.changes.length = 0
    o.changes.push(...words.subarray(at, at + 2 * changes))
    at += 2 * changes
    yield o
  }
}

/** A built oracle for one of QEMU's CPUs. */
export class Oracle {
  readonly #folder: string = mkdtempSync(join(tmpdir(), 'isa-oracle-'))
  readonly #program: string = join(this.#folder, 'oracle')
  readonly #cpu: string

  constructor(cpu: string) {
    this.#cpu = cpu
    const source = fileURLToPath(new URL('oracle.c', import.meta.url))
    const options = ['-O1', '-Wall', '-Werror', '-static']
    execFileSync(COMPILER, [...options, '-o', this.#program, source])
  }

  /** QEMU's version and CPU. */
  get version(): string {
    return `${execFileSync(QEMU, ['--version'], { encoding: 'utf8' }).split('\n')[0]}, -cpu ${this.#cpu}`
  }

  /** Outcomes of cases, each valid until the next. */
  ask(cases: Iterable<Case>): Generator<Outcome> {
    const input = [header()]
    for (const next of cases) input.push(Buffer.from(question(next)))
    const options = { input: Buffer.concat(input), maxBuffer: 1 << 30 }
    const { stdout, stderr, status, signal } = spawnSync(QEMU, ['-cpu', this.#cpu, this.#program], options)
    if (status !== 0) throw new Error(`the oracle ended with ${status ?? signal}: ${stderr}`)
    return outcomes(stdout)
  }

  close(): void {
    rmSync(this.#folder, { recursive: true })
  }
}
