/** The instruction table as a whole: encodings, handlers and text forms are well formed. */

import { describe, expect, it } from 'vitest'
import { fieldsOf } from '../../src/decode/decoder.ts'
import { templateParts } from '../../src/disasm/template.ts'
import { generateHandlers } from '../../src/interp/generate.ts'
import { type Handler, HandlerSet } from '../../src/interp/handlers.ts'
import { type Insn, parseDiagram } from '../../src/isa/dsl.ts'
import { instructionTable } from '../../src/isa/index.ts'
import { CPU_BASE } from '../../src/state.ts'
import { Random, seedOf, testSeed } from './random.ts'
import { decoder, randomWords, selectorCombinations } from './words.ts'

const seed = testSeed()
console.info(`instruction table: ${instructionTable.length} rows, ARMVISOR_SEED=${seed}`)

/** A word that two rows of one order both claim. */
function overlap(a: Insn, b: Insn, random: Random): number | undefined {
  const mask = (a.mask | b.mask) >>> 0
  if (((a.match ^ b.match) & a.mask & b.mask) !== 0) return undefined
  for (let i = 0; i < 400; i++) {
    const word = ((random.u32() & ~mask) | a.match | b.match) >>> 0
    if (a.where && !a.where(fieldsOf(a, word))) continue
    if (b.where && !b.where(fieldsOf(b, word))) continue
    return word
  }
  return undefined
}

describe('instruction table', () => {
  it('default: diagrams are 32 bits', () => {
    for (const { title, diagram, fields, mask } of instructionTable) {
      const parsed = parseDiagram(title, diagram)
      expect(parsed.fields).toEqual(fields)
      expect(fields.reduce((bits, f) => bits + f.width, 0)).toBeLessThanOrEqual(32)
      expect((mask & parsed.mask) >>> 0).toBe(parsed.mask >>> 0)
    }
  })

  it('default: names are unique', () => {
    const names = instructionTable.map((insn) => insn.name)
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
  })

  it('default: every row cites the manual', () => {
    expect(instructionTable.filter(({ see }) => !/^C[4-7]\.\d/.test(see)).map(({ name }) => name)).toEqual([])
  })

  it('default: rows that overlap are ordered', () => {
    const random = new Random(seed)
    const pairs: string[] = []
    instructionTable.forEach((a, i) => {
      for (const b of instructionTable.slice(i + 1)) {
        if ((a.order ?? 0) !== (b.order ?? 0)) continue
        const word = overlap(a, b, random)
        if (word !== undefined) pairs.push(`${a.name} and ${b.name}: 0x${word.toString(16)}`)
      }
    })
    expect(pairs).toEqual([])
  })

  it('default: words of random fields decode to their row, for every selector combination', () => {
    const unreachable: string[] = []
    for (const insn of instructionTable) {
      const random = new Random(seed ^ seedOf(insn.name))
      const combinations = selectorCombinations(insn)
      const words = randomWords(insn, Math.max(200, combinations.length), random)
      for (const word of words) expect(decoder.decode(word)?.name).toBe(insn.name)
      if (words.length === 0) unreachable.push(insn.name)
      for (const selectors of combinations) {
        const isHit = words.some((w) => insn.selectors.every((s) => fieldsOf(insn, w)[s.name] === selectors[s.name]))
        if (!isHit) unreachable.push(`${insn.name} ${JSON.stringify(selectors)}`)
      }
    }
    expect(unreachable).toEqual([])
  })

  it('default: every handler fits its record and is valid WebAssembly', () => {
    const problems: string[] = []
    let handlers = 0
    for (const insn of instructionTable) {
      const set = new HandlerSet(decoder)
      set.enumerate(insn)
      handlers += set.all.length
      try {
        new WebAssembly.Module(generateHandlers(set.all, CPU_BASE, { pages: 1024, isShared: false }) as BufferSource)
      } catch {
        problems.push(...set.all.flatMap((handler) => problemOf(handler)))
      }
    }
    console.info(`${handlers} handlers`)
    expect(problems).toEqual([])
  })

  it('default: templates name placeholders that exist, and every pattern is a regular expression without groups', () => {
    for (const insn of instructionTable) {
      for (const { asm } of [insn, ...(insn.aliases ?? [])]) {
        for (const part of templateParts(insn, asm)) {
          if (typeof part === 'string') continue
          const groups = new RegExp(`${part.syntax.pattern}|`).exec('')?.length
          expect(groups, `${insn.name} {${part.name}} has capturing groups`).toBe(1)
        }
      }
    }
  })

  it('behavior: handler numbers fit 16 bits of a record', () => {
    const set = new HandlerSet(decoder)
    for (const insn of instructionTable) set.enumerate(insn)
    expect(set.all.length).toBeGreaterThan(instructionTable.length / 2)
    expect(set.all.length).toBeLessThan(65_000)
  })
})

function problemOf(handler: Handler): string[] {
  try {
    new WebAssembly.Module(generateHandlers([handler], CPU_BASE, { pages: 1024, isShared: false }) as BufferSource)
    return []
  } catch (error) {
    return [`${handler.insn.name} ${JSON.stringify(handler.values)}: ${(error as Error).message}`]
  }
}
