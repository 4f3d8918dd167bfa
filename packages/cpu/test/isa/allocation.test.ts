/**
 * The table has exactly the encodings that an Armv8.0 CPU has, and those of the later features it says: words from the whole encoding
 * space are undefined where QEMU 7.2's user mode with -cpu cortex-a57 found them so (tools/isa-oracle/record-allocation.ts).
 */

import { expect, it } from 'vitest'
import { disassemble } from '../../src/disasm/disassemble.ts'
import { recordInsn } from '../../src/ir/record.ts'
import type { Feature } from '../../src/isa/dsl.ts'
import { allocationWords } from './allocation-words.ts'
import { readFixture } from './fixture-file.ts'
import { decoder, selectorCombinations } from './words.ts'

/** What cortex-a57 does not have. */
const LATER: readonly (Feature | undefined)[] = ['FEAT_LSE', 'FEAT_LRCPC', 'FEAT_PAN']

it('default: words are allocated where QEMU finds them so', () => {
  const words = allocationWords()
  const bits = readFixture('undefined.bin.gz')
  expect(bits.length).toBe(Math.ceil(words.length / 8))
  const missing: string[] = []
  const surplus: string[] = []
  let allocated = 0
  words.forEach((word, i) => {
    const isUndefined = (((bits[i >>> 3] as number) >>> (i & 7)) & 1) === 1
    const insn = decoder.decode(word)
    if (!insn) {
      if (!isUndefined) missing.push(`0x${word.toString(16).padStart(8, '0')}`)
      return
    }
    if (LATER.includes(insn.feature)) return
    // ERET, UDF and the like exist, and are undefined to user mode.
    const isException = recordInsn(insn, selectorCombinations(insn)[0] ?? {}).terminator.kind === 'system'
    if (isUndefined && !isException)
      surplus.push(`${insn.name} 0x${word.toString(16).padStart(8, '0')} ${disassemble(word)}`)
    allocated++
  })
  console.info(`${words.length} words, ${allocated} allocated`)
  expect({
    missing: missing.slice(0, 40),
    missingCount: missing.length,
    surplus: surplus.slice(0, 40),
    surplusCount: surplus.length,
  }).toEqual({
    missing: [],
    missingCount: 0,
    surplus: [],
    surplusCount: 0,
  })
})
