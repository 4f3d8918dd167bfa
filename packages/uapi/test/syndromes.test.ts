/** Syndromes that Linux reported in the recorded guests (`fixtures/syndromes.json`): every one is decoded. */

import { expect, test } from 'vitest'
import { decodeDataAbortIss, decodeEsr } from '../src/index.ts'
import recorded from './fixtures/syndromes.json' with { type: 'json' }

/** What each value means, read from the manual, and by the test that got it. */
const meaning: Readonly<Record<string, string>> = {
  'ESR_EL1 0x2000000': 'unknown reason, as of an UNDEFINED instruction',
  'ESR_EL1 0x86000000': 'instruction abort from the same Exception level: address size fault, level 0',
  'ESR_EL1 0x86000010': 'instruction abort from the same Exception level: synchronous external abort',
  'ESR_EL1 0x96000000':
    'data abort from the same Exception level: read without a description of the instruction, address size fault, level 0',
  'ESR_EL1 0x96000010':
    'data abort from the same Exception level: read without a description of the instruction, synchronous external abort',
  'arm_nisv.esr_iss 0x5':
    'data abort from a lower Exception level: read without a description of the instruction, translation fault, level 1',
  'arm_nisv.esr_iss 0x45':
    'data abort from a lower Exception level: write without a description of the instruction, translation fault, level 1',
  'arm_nisv.esr_iss 0x4f':
    'data abort from a lower Exception level: write without a description of the instruction, permission fault, level 3',
  'debug.arch.hsr 0xcb000022': 'software step from a lower Exception level',
  'debug.arch.hsr 0xf2000005': 'BRK #5',
  'debug.arch.hsr 0xc2000022': 'breakpoint from a lower Exception level',
}

test('default: every recorded syndrome has its meaning', () => {
  const seen = new Set<string>()
  for (const [kernel, name, register, text] of recorded) {
    const value = BigInt(text)
    const key = `${register} 0x${value.toString(16)}`
    const decoded = register === 'arm_nisv.esr_iss' ? decodeDataAbortIss(value) : decodeEsr(value)
    expect(decoded.sentence, `${kernel} ${name} ${key}`).toBe(meaning[key])
    expect(decoded.name).not.toMatch(/UNKNOWN_/)
    seen.add(key)
  }
  console.log(`${recorded.length} recorded syndromes decoded, ${seen.size} different`)
  expect([...seen].sort()).toEqual(Object.keys(meaning).sort())
})
