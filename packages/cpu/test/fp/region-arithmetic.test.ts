/** FP and SIMD instructions inside regions do what the interpreter does, whatever FPCR and FPSR held when the region was entered. */

import { describe, expect, it } from 'vitest'
import { assembleLine } from '../../src/asm/assemble-line.ts'
import { recordInsn } from '../../src/ir/record.ts'
import type { Insn } from '../../src/isa/dsl.ts'
import { instructionTable } from '../../src/isa/index.ts'
import { LAYOUT } from '../../src/state.ts'
import { SLOT } from '../../src/sysreg/slots.ts'
import { rowNamed } from '../../src/sysreg/table.ts'
import { CODE_VA } from '../isa/execution-cases.ts'
import { Executor } from '../isa/executor.ts'
import { Random, testSeed } from '../isa/random.ts'
import { randomWord, selectorCombinations } from '../isa/words.ts'

const isSlow = process.env['ARMVISOR_SLOW'] === '1'
/** Words of each combination of selectors, and states that each is run with. */
const WORDS = isSlow ? 4 : 1
const STATES = isSlow ? 400 : 60
const BRK = 0xd4200000
/** Instructions translated together: more would only be left earlier. */
const BODY = 3

const FUSED = [
  'fmadd d0, d1, d2, d3',
  'fmsub d0, d1, d2, d4',
  'fnmadd d0, d2, d1, d3',
  'fnmsub d0, d1, d2, d4',
  'fmla v3.2d, v1.2d, v2.2d',
  'fmls v4.2d, v1.2d, v2.2d',
]

const FPCR = { RMode: 3 << 22, FZ: 1 << 24, DN: 1 << 25 }
const IXC = 1 << 4

/** Rows that compute with registers alone. */
const rows = instructionTable.filter((insn) => {
  const selectors = selectorCombinations(insn)[0]
  if (!insn.isFp || !selectors) return false
  const { effects, terminator } = recordInsn(insn, selectors)
  return terminator.kind === 'next' && !effects.some(({ kind }) => kind === 'access')
})

const asDouble = new Float64Array(1)
const asBits = new BigUint64Array(asDouble.buffer)
function bitsOf(x: number): bigint {
  asDouble[0] = x
  return asBits[0] as bigint
}

/** Numbers that sit close together, at the borders of their formats, or are no numbers; now and then anything. */
function randomNumber(random: Random, bits: 32 | 64): bigint {
  const [fraction, bias] = bits === 64 ? [52n, 1023n] : [23n, 127n]
  const sign = BigInt(random.below(2)) << BigInt(bits - 1)
  const any = (BigInt(random.u32()) << 32n) | BigInt(random.u32())
  const low = any & ((1n << fraction) - 1n)
  const short = (low >> (fraction - 4n)) << (fraction - 4n)
  const of = (exponent: bigint, significand: bigint): bigint => sign | (exponent << fraction) | significand
  switch (random.below(12)) {
    case 0:
      return sign
    case 1:
      return of(0n, low >> BigInt(random.below(Number(fraction))))
    case 2:
      return of(2n * bias + 1n, random.oneIn(2) ? 0n : low)
    case 3:
      return of(random.oneIn(2) ? 1n : 2n * bias, random.oneIn(2) ? low : 0n)
    case 4:
    case 5:
      return of(bias + BigInt(random.below(8)) - 2n, short)
    case 6:
      return BigInt.asUintN(bits, any)
    default:
      return of(bias + BigInt(random.below(random.oneIn(4) ? 60 : 4)) - 2n, low)
  }
}

function randomVector(random: Random): bigint {
  const bits = random.oneIn(2) ? 64 : 32
  let value = 0n
  const repeated = random.oneIn(3) ? randomNumber(random, bits) : undefined
  for (let at = 0; at < 128; at += bits) value |= (repeated ?? randomNumber(random, bits)) << BigInt(at)
  return value
}

/** A CPU that keeps its code, so that what was translated stays. */
class Machine extends Executor {
  /** Runs from the start of the code with a state, to the BRK behind it; gives everything that could differ. */
  go(v: readonly bigint[], fpcr: number, fpsr: number, nzcv: number): string {
    const { cpu } = this
    const { state } = cpu
    v.forEach((value, n) => {
      state.writeV(n, value)
    })
    for (let n = 0; n < 31; n++) state.writeX(n, v[n] as bigint)
    cpu.writePstate(nzcv)
    state.set32(LAYOUT.fpcr, fpcr)
    state.set32(LAYOUT.fpsr, fpsr)
    state.pc = BigInt(CODE_VA)
    cpu.run(1000)
    const vectors = v.map((_, n) => state.readV(n).toString(16))
    const registers = v.slice(0, 31).map((_, n) => state.readX(n).toString(16))
    return [...vectors, ...registers, this.flagsSeen(), state.get32(LAYOUT.fpsr)].join()
  }
}

describe('floating point in regions', () => {
  it('behavior: equals the interpreter, flags and FPSR included', () => {
    const seed = testSeed()
    const random = new Random(seed)
    const interpreter = new Machine()
    const translated = new Machine({ threshold: 1, batch: 1 })
    const problems: string[] = []
    let compared = 0
    const word = (insn: Insn): number | undefined => randomWord(insn, random.pick(selectorCombinations(insn)), random)
    for (const insn of rows) {
      for (const selectors of selectorCombinations(insn)) {
        for (let n = 0; n < WORDS; n++) {
          const first = randomWord(insn, selectors, random)
          const others = Array.from({ length: BODY - 1 }, () => word(random.pick(rows)))
          const words = [first, ...others, BRK].filter((w) => w !== undefined)
          interpreter.setCode(words)
          translated.setCode(words)
          for (let s = 0; s < STATES; s++) {
            const v = Array.from({ length: 32 }, () => randomVector(random))
            const fpcr = random.oneIn(4) ? random.pick([FPCR.RMode & random.u32(), FPCR.FZ, FPCR.DN]) : 0
            const fpsr = random.oneIn(2) ? IXC : 0
            const nzcv = (random.below(16) << 28) >>> 0
            compared++
            const expected = interpreter.go(v, fpcr, fpsr, nzcv)
            const got = translated.go(v, fpcr, fpsr, nzcv)
            if (got === expected) continue
            const [e, g] = [expected.split(','), got.split(',')]
            const at = e.findIndex((x, i) => x !== g[i])
            problems.push(
              `${insn.name} ${words.map((w) => w.toString(16))} fpcr ${fpcr.toString(16)} fpsr ${fpsr}: [${at}] ${g[at]}, not ${e[at]}`,
            )
            break
          }
        }
      }
    }
    const { jit } = translated.cpu.statistics
    console.info(`${compared} states, ${jit?.regions} regions, ARMVISOR_SEED=${seed}`)
    expect(problems.slice(0, 20), `ARMVISOR_SEED=${seed}: ${problems.length} programs differ`).toEqual([])
    expect(jit?.regions).toBeGreaterThan(rows.length)
  }, 900_000)

  it('behavior: fused multiply-add rounds once where rounding twice would not do', () => {
    const seed = testSeed()
    const random = new Random(seed)
    const interpreter = new Machine()
    const translated = new Machine({ threshold: 1, batch: 1 })
    const near = (n: number): number => random.below(2 * n + 1) - n
    let compared = 0
    for (const text of FUSED) {
      const words = [assembleLine(text), BRK]
      interpreter.setCode(words)
      translated.setCode(words)
      for (let i = 0; i < 20 * STATES; i++) {
        // A product just beside a power of two, and an addend whose last place, or a few of them, is about that power.
        const k = 1 + random.below(4)
        const [b, c] = [1 + k * 2 ** -52, 1 - k * 2 ** (random.oneIn(2) ? -52 : -53)]
        const scale = 2 ** near(100)
        const addend =
          (2 ** (51 + random.below(4)) + near(9) / 2 ** random.below(3)) * (random.oneIn(2) ? scale : -scale)
        const product = random.oneIn(4) ? b * (1 + near(50) * 2 ** -52) : c
        const numbers = [0, b, product * scale, addend, random.oneIn(8) ? -(b * product * scale) : addend]
        const v = Array.from({ length: 32 }, (_, n) => bitsOf(numbers[n] ?? 0) * ((1n << 64n) | 1n))
        const fpsr = random.oneIn(8) ? 0 : IXC
        compared++
        const expected = interpreter.go(v, 0, fpsr, 0)
        if (translated.go(v, 0, fpsr, 0) === expected) continue
        expect.fail(`ARMVISOR_SEED=${seed}: ${text} of ${numbers}`)
      }
    }
    console.info(`${compared} sums, ARMVISOR_SEED=${seed}`)
  }, 600_000)

  it('behavior: what FPCR and FPSR are changed to inside a loop holds at once', () => {
    const seed = testSeed()
    const random = new Random(seed)
    const interpreter = new Machine()
    const translated = new Machine({ threshold: 1, batch: 1 })
    const arithmetic = [
      'fadd d3, d1, d2',
      'fdiv s4, s1, s2',
      'fmadd d5, d1, d2, d3',
      'fmul v6.2d, v1.2d, v2.2d',
      'fsqrt d7, d1',
    ]
    const control = [
      'msr fpsr, xzr',
      'msr fpcr, xzr',
      'msr fpcr, x20',
      'mrs x21, fpsr',
      'mrs x22, fpcr',
      'msr fpsr, x19',
    ]
    for (let program = 0; program < STATES; program++) {
      const body = Array.from({ length: 12 }, () => random.pick(random.oneIn(3) ? control : arithmetic))
      const loop = [
        'movz x25, #5',
        'movz x20, #0x40, lsl #16',
        'movz x19, #0x10',
        ...body,
        'eor x23, x23, x21',
        'subs x25, x25, #1',
      ]
      const words = loop.map((text) => assembleLine(text))
      words.push(assembleLine(`b.ne #0x${(CODE_VA + 12).toString(16)}`, BigInt(CODE_VA + 4 * words.length)), BRK)
      interpreter.setCode(words)
      translated.setCode(words)
      for (let s = 0; s < 10; s++) {
        const v = Array.from({ length: 32 }, () => randomVector(random))
        const fpsr = random.oneIn(2) ? IXC : 0
        const expected = interpreter.go(v, 0, fpsr, 0)
        expect(translated.go(v, 0, fpsr, 0), `ARMVISOR_SEED=${seed}: ${loop.join('; ')}`).toBe(expected)
      }
    }
    expect(translated.cpu.statistics.jit?.regions).toBeGreaterThan(STATES)
  }, 600_000)

  it('error: a region of FP instructions traps when CPACR_EL1 disables them after it was made', () => {
    const translated = new Machine({ threshold: 1, batch: 1 })
    const { cpu } = translated
    const add = assembleLine('add x1, x1, #1')
    translated.setCode([add, assembleLine('fadd d0, d0, d0'), assembleLine('fadd d0, d0, d0'), BRK])
    const v = Array.from({ length: 32 }, (_, n) => bitsOf(n + 1))
    translated.go(v, 0, IXC, 0)
    expect(cpu.statistics.jit?.regions).toBeGreaterThan(0)
    expect(cpu.state.readV(0)).toBe(bitsOf(4))
    cpu.setReg(rowNamed('CPACR_EL1').encoding, 0n)
    translated.go(v, 0, IXC, 0)
    expect(cpu.state.readV(0)).toBe(bitsOf(1))
    expect(cpu.state.readX(1)).toBe(bitsOf(2) + 1n)
    expect(cpu.state.get32(SLOT.ESR) >>> 26).toBe(7)
    expect(cpu.state.get32(SLOT.ELR)).toBe((CODE_VA + 4) >>> 0)
  })
})
