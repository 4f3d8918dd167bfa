/** Arithmetic on the host's doubles equals exact arithmetic, flags included, in every rounding mode. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fpAdd, fpAddExact, fpSub, fpSubExact } from '../../src/fp/add.ts'
import { fpConvert, fpConvertExact } from '../../src/fp/convert.ts'
import { fpDiv, fpDivExact } from '../../src/fp/div.ts'
import { type FPRounding, type FpEnv, fpRoundingMode } from '../../src/fp/env.ts'
import { fixedToFP, fixedToFPExact, fpToFixed, fpToFixedExact } from '../../src/fp/fixed.ts'
import { fpMulAdd, fpMulAddExact } from '../../src/fp/fma.ts'
import type { FpFormat } from '../../src/fp/format.ts'
import { fpMul, fpMulExact } from '../../src/fp/mul.ts'
import { fpRoundInt, fpRoundIntExact } from '../../src/fp/round-int.ts'
import { fpSqrt, fpSqrtExact } from '../../src/fp/sqrt.ts'

type Operation = (a: bigint, b: bigint, c: bigint, env: FpEnv) => bigint

const exponentBits = { 16: 5, 32: 8, 64: 11 }

/** Bit patterns with exponents close together or anywhere, and significands with long runs of equal bits. */
function patterns(format: FpFormat): fc.Arbitrary<bigint> {
  const fractionBits = format - 1 - exponentBits[format]
  const bias = 2 ** (exponentBits[format] - 1) - 1
  const fraction = fc
    .tuple(fc.bigInt(0n, (1n << BigInt(fractionBits)) - 1n), fc.nat(fractionBits), fc.nat(3))
    .map(([bits, width, shape]) => {
      const run = (1n << BigInt(width)) - 1n
      return shape === 0 ? bits & ~run : shape === 1 ? bits | run : shape === 2 ? (run + 1n) >> 1n : bits
    })
  const exponent = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: bias - 3, max: bias + 3 }) },
    { weight: 2, arbitrary: fc.integer({ min: bias - fractionBits - 3, max: bias + fractionBits + 3 }) },
    { weight: 1, arbitrary: fc.nat(2 * bias + 1) },
  )
  return fc
    .tuple(fc.nat(1), exponent, fraction)
    .map(([sign, e, f]) => (BigInt(sign) << BigInt(format - 1)) | (BigInt(e) << BigInt(fractionBits)) | f)
}

/** Every rounding mode, with and without flushing and default NaNs. */
const controls = fc.nat(15).map((bits) => bits << 22)

function expectSame(format: FpFormat, fast: Operation, exact: Operation): void {
  const operand = patterns(format)
  fc.assert(
    fc.property(operand, operand, operand, controls, (a, b, c, fpcr) => {
      const fastEnv: FpEnv = { fpcr, fpsr: 0 }
      const exactEnv: FpEnv = { fpcr, fpsr: 0 }
      const result = fast(a, b, c, fastEnv)
      expect(result).toBe(exact(a, b, c, exactEnv))
      expect(fastEnv.fpsr).toBe(exactEnv.fpsr)
    }),
    { numRuns: 3000 },
  )
}

describe.each([32, 64] as const)('%i bits', (n) => {
  it('behavior: FPAdd', () => {
    expectSame(
      n,
      (a, b, _c, env) => fpAdd(n, a, b, env),
      (a, b, _c, env) => fpAddExact(n, a, b, env),
    )
  })

  it('behavior: FPSub', () => {
    expectSame(
      n,
      (a, b, _c, env) => fpSub(n, a, b, env),
      (a, b, _c, env) => fpSubExact(n, a, b, env),
    )
  })

  it('behavior: FPMul', () => {
    expectSame(
      n,
      (a, b, _c, env) => fpMul(n, a, b, env),
      (a, b, _c, env) => fpMulExact(n, a, b, env),
    )
  })

  it('behavior: FPDiv', () => {
    expectSame(
      n,
      (a, b, _c, env) => fpDiv(n, a, b, env),
      (a, b, _c, env) => fpDivExact(n, a, b, env),
    )
  })

  it('behavior: FPSqrt', () => {
    expectSame(
      n,
      (a, _b, _c, env) => fpSqrt(n, a, env),
      (a, _b, _c, env) => fpSqrtExact(n, a, env),
    )
  })

  it('behavior: FPDiv and FPSqrt of exact quotients and squares', () => {
    // Products and squares of short significands, so that results without error are common.
    const short = (bits: bigint): bigint => (bits >> BigInt(n / 2)) << BigInt(n / 2)
    const product = (a: bigint, b: bigint): bigint => fpMulExact(n, short(a), short(b), { fpcr: 0, fpsr: 0 })
    expectSame(
      n,
      (a, b, _c, env) => fpDiv(n, product(a, b), short(b), env),
      (a, b, _c, env) => fpDivExact(n, product(a, b), short(b), env),
    )
    expectSame(
      n,
      (a, _b, _c, env) => fpSqrt(n, product(a, a), env),
      (a, _b, _c, env) => fpSqrtExact(n, product(a, a), env),
    )
  })

  it('behavior: FPMulAdd', () => {
    expectSame(
      n,
      (a, b, c, env) => fpMulAdd(n, a, b, c, env),
      (a, b, c, env) => fpMulAddExact(n, a, b, c, env),
    )
  })

  it('behavior: FPMulAdd when the addend cancels the product', () => {
    const cancelling = (a: bigint, b: bigint, c: bigint): bigint =>
      fpMulExact(n, b, c, { fpcr: 0, fpsr: 0 }) ^ (1n << BigInt(n - 1)) ^ (a & 3n)
    expectSame(
      n,
      (a, b, c, env) => fpMulAdd(n, cancelling(a, b, c), b, c, env),
      (a, b, c, env) => fpMulAddExact(n, cancelling(a, b, c), b, c, env),
    )
  })

  it('behavior: FPMulAdd when the addend is half a unit of the product', () => {
    const scale = n === 64 ? 0x3c90_0000_0000_0000n : 0x3300_0000n // 2^-54 and 2^-25
    const addend = (a: bigint, b: bigint, c: bigint): bigint => {
      const env = { fpcr: 0, fpsr: 0 }
      const power = fpMulExact(n, b, c, env) & (n === 64 ? 0x7ff0_0000_0000_0000n : 0x7f80_0000n)
      return fpMulExact(n, power, scale, env) ^ (a & 1n) ^ ((a & 2n) << BigInt(n - 2))
    }
    expectSame(
      n,
      (a, b, c, env) => fpMulAdd(n, addend(a, b, c), b, c, env),
      (a, b, c, env) => fpMulAddExact(n, addend(a, b, c), b, c, env),
    )
  })

  it('behavior: FPRoundInt', () => {
    const mode = (bits: bigint): FPRounding => Number(bits % 5n) as FPRounding
    expectSame(
      n,
      (a, b, c, env) => fpRoundInt(n, a, mode(b), (c & 1n) === 1n, env),
      (a, b, c, env) => fpRoundIntExact(n, a, mode(b), (c & 1n) === 1n, env),
    )
  })

  it('behavior: FPToFixed', () => {
    const mode = (bits: bigint): FPRounding => Number(bits % 5n) as FPRounding
    expectSame(
      n,
      (a, b, c, env) => fpToFixed(n, a, 0, (c & 1n) === 1n, c & 2n ? 32 : 64, mode(b), env),
      (a, b, c, env) => fpToFixedExact(n, a, 0, (c & 1n) === 1n, c & 2n ? 32 : 64, mode(b), env),
    )
  })

  it('behavior: FixedToFP', () => {
    const integer = (bits: bigint, shift: bigint): bigint =>
      BigInt.asIntN(64, bits * 0x9e37_79b9_7f4a_7c15n) >> (shift & 63n)
    expectSame(
      n,
      (a, b, c, env) => fixedToFP(n, integer(a, b), 0, (c & 1n) === 1n, c & 2n ? 32 : 64, fpRoundingMode(env), env),
      (a, b, c, env) =>
        fixedToFPExact(n, integer(a, b), 0, (c & 1n) === 1n, c & 2n ? 32 : 64, fpRoundingMode(env), env),
    )
  })

  it('behavior: FPConvert', () => {
    const to = n === 64 ? 32 : 64
    // Half of the doubles are brought into single's range.
    const near = (a: bigint, b: bigint): bigint =>
      n === 64 && (b & 1n) === 1n ? (a & 0x800f_ffff_ffff_ffffn) | ((0x380n + ((a >> 52n) & 0xffn)) << 52n) : a
    expectSame(
      n,
      (a, b, _c, env) => fpConvert(n, to, near(a, b), fpRoundingMode(env), env),
      (a, b, _c, env) => fpConvertExact(n, to, near(a, b), fpRoundingMode(env), env),
    )
  })
})
