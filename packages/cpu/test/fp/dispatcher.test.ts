/** What generated code relies on when it calls `fpSlow`. */

import { describe, expect, it } from 'vitest'
import { FPCR, FPSR } from '../../src/fp/env.ts'
import { FP_OPS, fpConvertAux, fpFixedAux, fpSlow, roundByFpcr } from '../../src/fp/index.ts'

const one = 0x3ff0_0000_0000_0000n
const third = 0x3fd5_5555_5555_5555n

describe('fpSlow', () => {
  it('default: numbers are dense and unique', () => {
    const numbers = Object.values(FP_OPS)
    expect(numbers).toEqual([...numbers.keys()])
  })

  it('args: signed patterns, as WebAssembly passes them', () => {
    const env = { fpcr: 0, fpsr: 0 }
    const minusOne = BigInt.asIntN(64, one | (1n << 63n))
    expect(fpSlow(FP_OPS.FPAdd, 64, minusOne, minusOne, 0n, env, 0)).toBe(0xc000_0000_0000_0000n)
    expect(fpSlow(FP_OPS.FPMax, 64, minusOne, minusOne, 0n, env, 0)).toBe(0xbff0_0000_0000_0000n)
    expect(fpSlow(FP_OPS.FPNeg, 64, minusOne, 0n, 0n, env, 0)).toBe(one)
    expect(fpSlow(FP_OPS.FixedToFP, 64, -1n, 0n, 0n, env, fpFixedAux(roundByFpcr, true, 32, 0))).toBe(
      0x41ef_ffff_ffe0_0000n,
    )
    expect(fpSlow(FP_OPS.UnsignedRecipEstimate, 32, -1n, 0n, 0n, env, 0)).toBe(0x8000_0000n)
  })

  it('args: bits above the format are ignored', () => {
    const env = { fpcr: 0, fpsr: 0 }
    const junk = 0x1234_5678_0000_0000n
    expect(fpSlow(FP_OPS.FPAdd, 32, junk | 0x3f80_0000n, junk | 0x3f80_0000n, junk, env, 0)).toBe(0x4000_0000n)
    expect(fpSlow(FP_OPS.FPMin, 32, junk | 0x3f80_0000n, junk | 0x4000_0000n, junk, env, 0)).toBe(0x3f80_0000n)
    expect(fpSlow(FP_OPS.FPAbs, 16, junk | 0xbc00n, 0n, 0n, env, 0)).toBe(0x3c00n)
    expect(env.fpsr).toBe(0)
  })

  it('behavior: exceptions accumulate in FPSR', () => {
    const env = { fpcr: 0, fpsr: FPSR.QC | FPSR.DZC }
    fpSlow(FP_OPS.FPAdd, 64, one, third, 0n, env, 0)
    expect(env.fpsr).toBe(FPSR.QC | FPSR.DZC | FPSR.IXC)
    fpSlow(FP_OPS.FPDiv, 64, 0n, 0n, 0n, env, 0)
    expect(env.fpsr).toBe(FPSR.QC | FPSR.DZC | FPSR.IXC | FPSR.IOC)
  })

  it('behavior: FPCR is not written', () => {
    const env = { fpcr: FPCR.FZ | FPCR.DN, fpsr: 0 }
    fpSlow(FP_OPS.FPMul, 64, 1n, one, 0n, env, 0)
    expect(env).toEqual({ fpcr: FPCR.FZ | FPCR.DN, fpsr: FPSR.IDC })
  })

  it('behavior: an explicit rounding mode overrides FPCR', () => {
    const towardsPlus = { fpcr: 1 << 22, fpsr: 0 }
    const tenth = 0x3fb9_9999_9999_999an
    expect(fpSlow(FP_OPS.FPConvert, 64, tenth, 0n, 0n, towardsPlus, fpConvertAux(roundByFpcr, 32))).toBe(0x3dcc_cccdn)
    expect(fpSlow(FP_OPS.FPConvert, 64, tenth, 0n, 0n, towardsPlus, fpConvertAux(3, 32))).toBe(0x3dcc_ccccn)
  })
})
