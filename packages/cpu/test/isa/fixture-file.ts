/** Recorded answers: compressed JSON or bytes beside the tests. */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import type { Insn } from '../../src/isa/dsl.ts'
import { Random, seedOf } from './random.ts'
import { randomWords } from './words.ts'

/** Path of a fixture. */
export function fixturePath(name: string): string {
  return fileURLToPath(new URL(`../fixtures/isa/${name}`, import.meta.url))
}

/** Contents of a compressed fixture. */
export function readFixture(name: string): Buffer {
  return gunzipSync(readFileSync(fixturePath(name)))
}

/** A row's words by which a fixture's answers are known to belong to the row as it is now. */
export function fingerprint(words: readonly number[]): number {
  let hash = 0x811c9dc5
  for (const word of words) {
    for (let shift = 0; shift < 32; shift += 8) hash = Math.imul(hash ^ ((word >>> shift) & 0xff), 0x01000193)
  }
  return hash >>> 0
}

/** Address of a row's first word in what disassemblers see; word i is 4i bytes further. */
export const DISASSEMBLY_BASE = 0x1_0000_0000n

/** Words of a row that disassemblers are asked about. */
export function disassemblyWords(insn: Insn): number[] {
  return randomWords(insn, 200, new Random(seedOf(`disassembly of ${insn.name}`)))
}

/** What GNU objdump answered. */
export interface DisassemblyFixture {
  readonly tool: string
  readonly rows: Readonly<Record<string, { readonly words: number; readonly text: readonly string[] }>>
}
