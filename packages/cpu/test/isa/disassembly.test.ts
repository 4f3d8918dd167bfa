/**
 * Disassembly equals independent disassemblers: Capstone asked here, GNU objdump as recorded by tools/isa-oracle/record-disassembly.ts.
 * Every word must read as at least one of them reads it; the rows that need a particular one are listed with the reason.
 */

import { Capstone, Const, loadCapstone } from 'capstone-wasm'
import { beforeAll, describe, expect, it } from 'vitest'
import { assembleLine } from '../../src/asm/assemble-line.ts'
import { decodeWord, disassemble } from '../../src/disasm/disassemble.ts'
import type { Insn } from '../../src/isa/dsl.ts'
import { instructionTable } from '../../src/isa/index.ts'
import { exceptions, redundant } from './disassembly-exceptions.ts'
import { normalise } from './disassembly-text.ts'
import {
  DISASSEMBLY_BASE,
  type DisassemblyFixture,
  disassemblyWords,
  fingerprint,
  readFixture,
} from './fixture-file.ts'
import { Random, seedOf, testSeed } from './random.ts'
import { randomWords } from './words.ts'

const objdump = JSON.parse(readFixture('objdump.json.gz').toString()) as DisassemblyFixture
const seed = testSeed()
const RECORD = 'run tools/isa-oracle/record-disassembly.ts'

let capstone: Capstone
beforeAll(async () => {
  await loadCapstone()
  capstone = new Capstone(Const.CS_ARCH_ARM64, Const.CS_MODE_LITTLE_ENDIAN)
})

/** Capstone's text of words that follow each other; what it does not know is empty. */
function capstoneText(words: readonly number[]): string[] {
  const bytes = new Uint8Array(new Uint32Array(words).buffer)
  const text: string[] = words.map(() => '')
  for (let at = 0; at < words.length; at++) {
    try {
      const found = capstone.disasm(bytes.subarray(at * 4), { address: DISASSEMBLY_BASE + BigInt(at * 4) })
      for (const { mnemonic, opStr } of found) text[at++] = `${mnemonic} ${opStr}`
    } catch {
      // It throws where the first word is nothing to it.
    }
  }
  return text
}

/** The bits that a row's diagram names: what it ignores need not come back. */
function namedBits({ mask, fields }: Insn): number {
  return fields.reduce((bits, { lsb, width }) => bits | ((2 ** width - 1) << lsb), mask)
}

const usedExceptions = new Set<(typeof exceptions)[number]>()

function isException(name: string, text: string, word: number): boolean {
  const found = exceptions.find(({ rows, when }) => rows.test(name) && when(text, word))
  if (found) usedExceptions.add(found)
  return found !== undefined
}

describe('disassembly', () => {
  it('default: equals Capstone or GNU objdump', () => {
    const problems: string[] = []
    const counts = { words: 0, both: 0, capstone: 0, objdump: 0, exception: 0 }
    for (const insn of instructionTable) {
      const words = disassemblyWords(insn)
      const recorded = objdump.rows[insn.name]
      if (recorded?.words !== fingerprint(words)) {
        problems.push(`${insn.name}: not recorded as it is now, ${RECORD}`)
        continue
      }
      const theirs = capstoneText(words)
      let wrong = 0
      words.forEach((word, i) => {
        const ours = disassemble(word, { pc: DISASSEMBLY_BASE + BigInt(i * 4) })
        const text = normalise(ours)
        const isCapstone = text === normalise(theirs[i] as string)
        const isObjdump = text === normalise(recorded.text[i] as string)
        counts.words++
        if (isCapstone && isObjdump) counts.both++
        else if (isCapstone) counts.capstone++
        else if (isObjdump) counts.objdump++
        else if (isException(insn.name, ours, word)) counts.exception++
        else if (wrong++ < 3) {
          problems.push(
            `${insn.name} 0x${word.toString(16).padStart(8, '0')}: "${ours}", Capstone "${theirs[i]}", objdump "${recorded.text[i]}"`,
          )
        }
      })
      if (wrong > 3) problems.push(`${insn.name}: ${wrong} of ${words.length} words`)
    }
    console.info(`disassembly: ${JSON.stringify(counts)}, ${objdump.tool}`)
    expect(problems).toEqual([])
    expect(exceptions.filter((exception) => !usedExceptions.has(exception)).map(({ reason }) => reason)).toEqual([])
    expect(counts.words).toBeGreaterThanOrEqual(instructionTable.length * 200)
  })

  it('default: every recorded row exists', () => {
    const names = new Set(instructionTable.map(({ name }) => name))
    expect(Object.keys(objdump.rows).filter((name) => !names.has(name))).toEqual([])
    const patterns = [...exceptions.map(({ rows }) => rows), ...redundant.map(([rows]) => rows)]
    expect(patterns.filter((pattern) => ![...names].some((name) => pattern.test(name)))).toEqual([])
  })

  it('default: assembles to the word it came from', () => {
    console.info(`ARMVISOR_SEED=${seed}`)
    const problems: string[] = []
    for (const insn of instructionTable) {
      const words = randomWords(insn, 200, new Random(seed ^ seedOf(insn.name)))
      let wrong = 0
      words.forEach((word, i) => {
        const pc = DISASSEMBLY_BASE + BigInt(i * 4)
        const text = disassemble(word, { pc })
        let found: string
        try {
          const again = assembleLine(text, pc)
          if (((again ^ word) & namedBits(insn)) === 0) return
          if (
            redundant.some(([rows]) => rows.test(insn.name)) &&
            decodeWord(again) === insn &&
            disassemble(again, { pc }) === text
          )
            return
          found = `0x${again.toString(16).padStart(8, '0')} (${disassemble(again, { pc })})`
        } catch (error) {
          found = (error as Error).message
        }
        if (wrong++ < 2) problems.push(`${insn.name} 0x${word.toString(16).padStart(8, '0')} "${text}": ${found}`)
      })
      if (wrong > 2) problems.push(`${insn.name}: ${wrong} of ${words.length} words`)
    }
    expect(problems).toEqual([])
  })
})
