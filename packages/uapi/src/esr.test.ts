import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeDataAbortIss, decodeEsr, esrClasses, faultStatus } from './index.ts'

const esr = (ec: number, iss: number): bigint => (BigInt(ec) << 26n) | (1n << 25n) | BigInt(iss)

describe('decodeEsr', () => {
  test('default: a data abort with a description of the access', () => {
    const decoded = decodeEsr(0x93820046)
    expect(decoded).toMatchObject({ ec: 0x24, name: 'DABT_LOWER', il: true, iss: 0x1820046, iss2: 0 })
    expect(decoded.fields).toMatchObject({ ISV: 1, SAS: 2, SSE: 0, SRT: 2, SF: 0, WnR: 1, DFSC: 6 })
    expect(decoded.sentence).toBe(
      'data abort from a lower Exception level: write of 4 bytes from w2, translation fault, level 2',
    )
  })

  test('behavior: a sign-extended acquiring load into a 64-bit register, and the zero register', () => {
    expect(decodeEsr(esr(0x24, (1 << 24) | (1 << 21) | (5 << 16) | (1 << 15) | (1 << 14) | 0x0f)).sentence).toBe(
      'data abort from a lower Exception level: read of 1 byte to x5 sign-extended with acquire, permission fault, level 3',
    )
    expect(decodeEsr(esr(0x25, (1 << 24) | (3 << 22) | (31 << 16) | (1 << 15) | (1 << 6) | 0x21)).sentence).toBe(
      'data abort from the same Exception level: write of 8 bytes from xzr, alignment fault',
    )
  })

  test('behavior: stage-2 faults on table walks, cache maintenance, FAR not valid', () => {
    expect(decodeEsr(esr(0x20, (1 << 7) | 7)).sentence).toContain(
      'translation fault, level 3 of stage 2 on a stage-1 table walk',
    )
    expect(decodeEsr(esr(0x24, (1 << 8) | (1 << 6) | 5)).sentence).toContain(
      'cache maintenance or address translation,',
    )
    expect(decodeEsr(esr(0x21, (1 << 10) | 0x10)).sentence).toContain('synchronous external abort, FAR not valid')
  })

  test('behavior: MSR, MRS and SYS traps name the register', () => {
    // ISS of a trapped MSR ICC_SGI1R_EL1 (S3_0_C12_C11_5), x3: op0 3, op2 5, op1 0, CRn 12, Rt 3, CRm 11, write.
    const iss = (3 << 20) | (5 << 17) | (0 << 14) | (12 << 10) | (3 << 5) | (11 << 1)
    expect(decodeEsr(esr(0x18, iss)).sentence).toBe('trapped MSR ICC_SGI1R_EL1, x3')
    expect(decodeEsr(esr(0x18, (3 << 20) | (31 << 5) | 1)).sentence).toBe('trapped MRS xzr, MIDR_EL1')
    expect(decodeEsr(esr(0x18, (1 << 20) | (2 << 17) | (7 << 10) | (6 << 1))).sentence).toBe(
      'trapped SYS #0, C7, C6, #2, x0',
    )
  })

  test.each([
    [0x01, 1, 'trapped WFE'],
    [0x03, (3 << 10) | (2 << 5) | 1, 'trapped MRC 0, r2, c3, c0, 0 of cp15'],
    [0x04, (1 << 16) | (4 << 10) | (3 << 5) | (2 << 1), 'trapped MCRR 1, r3, r4, c2 of cp15'],
    [0x06, 0, 'trapped STC of cp14'],
    [0x0d, 2, 'branch target exception with BTYPE 2'],
    [0x15, 7, 'SVC #7'],
    [0x16, 0x1234, 'HVC #4660'],
    [0x17, 0, 'SMC #0'],
    [0x1a, 2, 'trapped ERETAA'],
    [0x1a, 3, 'trapped ERETAB'],
    [0x1c, 3, 'pointer authentication failed with the data B key'],
    [0x2c, (1 << 23) | 0b10010, 'trapped floating-point exception: division by zero, inexact'],
    [0x2f, 0x11 | (2 << 10), 'SError interrupt: asynchronous, restartable'],
    [0x2f, 1 << 24, 'SError interrupt with an IMPLEMENTATION DEFINED syndrome'],
    [0x33, (1 << 24) | (1 << 6) | 0x22, 'software step from the same Exception level over a load-exclusive'],
    [0x34, (1 << 6) | 0x22, 'watchpoint from a lower Exception level on a write'],
    [0x3c, 0xf000, 'BRK #61440'],
    [0x3f, 5, 'reserved exception class 0x3f'],
  ])('behavior: class %i, ISS %i: %s', (ec, iss, sentence) => {
    expect(decodeEsr(esr(ec, iss)).sentence).toBe(sentence)
  })

  test('behavior: every word has a sentence without a gap, and fields that make up the ISS', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), (word) => {
        const decoded = decodeEsr(word)
        expect(decoded.ec).toBe(Number((word >> 26n) & 63n))
        expect(decoded.iss2).toBe(Number((word >> 32n) & 0xffffffn))
        expect(decoded.sentence).not.toMatch(/undefined|NaN|[{}]/)
        for (const value of Object.values(decoded.fields)) expect(Number.isInteger(value) && value >= 0).toBe(true)
        expect(decodeEsr(Number(word & 0xffffffffn)).sentence).toBe(decodeEsr(word & 0xffffffffn).sentence)
      }),
      { verbose: true, numRuns: 2000 },
    )
  })

  test('behavior: classes have different numbers and names', () => {
    const classes = esrClasses()
    expect(new Set(classes.map(({ ec }) => ec)).size).toBe(classes.length)
    expect(new Set(classes.map(({ name }) => name)).size).toBe(classes.length)
    expect(classes.length).toBeGreaterThanOrEqual(44)
  })
})

test('decodeDataAbortIss: the class is a data abort from a lower Exception level', () => {
  expect(decodeDataAbortIss(0x45n)).toMatchObject({ ec: 0x24, iss: 0x45, il: true })
})

test('faultStatus: each of the 64 codes has text, reserved ones say so', () => {
  const texts = Array.from({ length: 64 }, (_, code) => faultStatus(code))
  expect(new Set(texts).size).toBe(64)
  expect(faultStatus(0x0b)).toBe('access flag fault, level 3')
  expect(faultStatus(0x2b)).toBe('translation fault, level -1')
  expect(faultStatus(0x3f)).toBe('reserved fault code 0x3f')
})
