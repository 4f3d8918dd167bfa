/** What QEMU made of the programs, recorded: 32 bits of each result, and of the programs themselves by the hundred. */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { wholeProgram } from './program.ts'
import { hashProgram } from './result.ts'

/** Programs whose questions have one hash. */
export const GROUP = 100
/** Path of the fixture. */
export const digestsPath: string = fileURLToPath(new URL('../fixtures/programs/digests.bin', import.meta.url))

/** Recorded answers. */
export interface Digests {
  readonly tool: string
  /** Of each group's programs: other programs have other answers. */
  readonly questions: Uint32Array
  /** Of each result; 0 where it is not compared: `reasonNotCompared`. */
  readonly answers: Uint32Array
}

/** The length of the tool's name, the name padded to words, how many programs, their groups' hashes, their results' hashes. */
export function encodeDigests({ tool, questions, answers }: Digests): Uint8Array {
  const name = Buffer.from(tool.padEnd(Math.ceil(tool.length / 4) * 4))
  const words = (values: Uint32Array): Buffer => Buffer.from(values.buffer, values.byteOffset, values.byteLength)
  return Buffer.concat([words(Uint32Array.of(name.length, answers.length)), name, words(questions), words(answers)])
}

/** Reads the fixture. */
export function readDigests(): Digests {
  const bytes = readFileSync(digestsPath)
  const nameBytes = bytes.readUInt32LE(0)
  const count = bytes.readUInt32LE(4)
  const words = new Uint32Array(new Uint8Array(bytes.subarray(8 + nameBytes)).buffer)
  const groups = Math.ceil(count / GROUP)
  return {
    tool: bytes
      .subarray(8, 8 + nameBytes)
      .toString()
      .trim(),
    questions: words.subarray(0, groups),
    answers: words.subarray(groups, groups + count),
  }
}

/** The hash of a group's programs. */
export function hashGroup(group: number): number {
  let hash = 0
  for (let n = group * GROUP; n < (group + 1) * GROUP; n++) hash = hashProgram(hash, wholeProgram(n))
  return hash >>> 0
}
