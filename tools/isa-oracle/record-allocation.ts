/**
 * Records which words QEMU's user mode finds undefined on an Armv8.0 CPU, for packages/cpu/test/isa: one bit a word.
 * `pnpm exec tsx --conditions @armvisor/source tools/isa-oracle/record-allocation.ts`
 */

import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { Oracle } from './oracle.ts'
import { allocationCase, allocationWords, fixturePath, SIGNAL } from './questions.ts'

const BATCH = 20_000
const oracle = new Oracle('cortex-a57')
const words = allocationWords()
const bits = new Uint8Array(Math.ceil(words.length / 8))
let undefinedWords = 0
for (let at = 0; at < words.length; at += BATCH) {
  let i = at
  for (const { signal } of oracle.ask([...words.subarray(at, at + BATCH)].map(allocationCase))) {
    if (signal === SIGNAL.ILL) {
      bits[i >>> 3] = (bits[i >>> 3] as number) | (1 << (i & 7))
      undefinedWords++
    }
    i++
  }
  if (i !== Math.min(at + BATCH, words.length)) throw new Error(`${i - at} answers to a batch`)
}
const bytes = gzipSync(bits, { level: 9 })
writeFileSync(fixturePath('undefined.bin.gz'), bytes)
console.log(`${words.length} words, ${undefinedWords} undefined, ${bytes.length} bytes, ${oracle.version}`)
oracle.close()
