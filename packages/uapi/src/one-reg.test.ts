import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type CoreRegName,
  ccsidrReg,
  coreReg,
  coreRegOffset,
  decodeReg,
  decodeSysRegIndex,
  KVM_REG_ARM_PTIMER_CNT,
  KVM_REG_ARM_PTIMER_CTL,
  KVM_REG_ARM_PTIMER_CVAL,
  KVM_REG_ARM_TIMER_CNT,
  KVM_REG_ARM_TIMER_CTL,
  KVM_REG_ARM_TIMER_CVAL,
  KVM_REG_ARM64_SVE_FFR,
  KVM_REG_ARM64_SVE_PREG,
  KVM_REG_ARM64_SVE_VLS,
  KVM_REG_ARM64_SVE_ZREG,
  KVM_REG_SIZE,
  kvm_regs,
  offsetOfField,
  sysReg,
  sysRegIndex,
} from './index.ts'

describe('core registers', () => {
  test('default: ids of the interface', () => {
    expect(coreReg('x0')).toBe(0x6030000000100000n)
    expect(coreReg('x30')).toBe(0x603000000010003cn)
    expect(coreReg('sp')).toBe(0x603000000010003en)
    expect(coreReg('pc')).toBe(0x6030000000100040n)
    expect(coreReg('pstate')).toBe(0x6030000000100042n)
    expect(coreReg('sp_el1')).toBe(0x6030000000100044n)
    expect(coreReg('spsr_el1')).toBe(0x6030000000100048n)
    expect(coreReg('v0')).toBe(0x6040000000100054n)
    expect(coreReg('v31')).toBe(0x60400000001000d0n)
    expect(coreReg('fpsr')).toBe(0x60200000001000d4n)
    expect(coreReg('fpcr')).toBe(0x60200000001000d5n)
  })

  test('behavior: offsets are those of struct kvm_regs', () => {
    const paths: Readonly<Record<string, string>> = {
      sp: 'regs.sp',
      pc: 'regs.pc',
      pstate: 'regs.pstate',
      sp_el1: 'sp_el1',
      elr_el1: 'elr_el1',
      spsr_el1: 'spsr',
      v0: 'fp_regs.vregs',
      fpsr: 'fp_regs.fpsr',
      fpcr: 'fp_regs.fpcr',
    }
    for (const [name, path] of Object.entries(paths)) expect(coreRegOffset(name)).toBe(offsetOfField(kvm_regs, path))
  })

  test('behavior: every offset names at most one register, and its id comes back', () => {
    let names = 0
    for (let offset = 0; offset < 864; offset += 4) {
      for (const size of [2n, 3n, 4n]) {
        const id = 0x6000000000100000n | (size << 52n) | BigInt(offset / 4)
        const reg = decodeReg(id)
        if (reg.class !== 'core') throw new Error('not a core register')
        expect(reg.offset).toBe(offset)
        if (reg.name === undefined) continue
        names += 1
        expect(coreReg(reg.name)).toBe(id)
        expect(coreRegOffset(reg.name)).toBe(offset)
      }
    }
    expect(names).toBe(31 + 10 + 32 + 2)
  })

  test.each(['x31', 'v32', 'x01', 'X0', '', 'toString', 'spsr'])('error: no register %s', (name) => {
    expect(coreRegOffset(name)).toBeUndefined()
    expect(() => coreReg(name as CoreRegName)).toThrow(RangeError)
  })
})

describe('system registers', () => {
  test('default: ids of the interface', () => {
    expect(sysReg(3, 0, 0, 0, 0)).toBe(0x603000000013c000n)
    expect(sysReg(3, 0, 1, 0, 0)).toBe(0x603000000013c080n)
    expect(sysReg(3, 0, 12, 0, 0)).toBe(0x603000000013c600n)
  })

  test('behavior: encode then decode is the identity', () => {
    const field = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max })
    fc.assert(
      fc.property(field(3), field(7), field(15), field(15), field(7), (op0, op1, CRn, CRm, op2) => {
        const parts = { op0, op1, CRn, CRm, op2 }
        expect(decodeSysRegIndex(sysRegIndex(op0, op1, CRn, CRm, op2))).toEqual(parts)
        expect(decodeReg(sysReg(op0, op1, CRn, CRm, op2))).toEqual({ class: 'sysreg', sizeBytes: 8, ...parts })
      }),
      { verbose: true },
    )
  })

  test('behavior: the virtual timer has CVAL and CNT swapped, the physical timer has not', () => {
    const CNTV_CTL = sysReg(3, 3, 14, 3, 1)
    const CNTV_CVAL = sysReg(3, 3, 14, 3, 2)
    const CNTVCT = sysReg(3, 3, 14, 0, 2)
    expect([KVM_REG_ARM_TIMER_CTL, KVM_REG_ARM_TIMER_CNT, KVM_REG_ARM_TIMER_CVAL]).toEqual([
      CNTV_CTL,
      CNTV_CVAL,
      CNTVCT,
    ])
    expect(KVM_REG_ARM_PTIMER_CTL).toBe(sysReg(3, 3, 14, 2, 1))
    expect(KVM_REG_ARM_PTIMER_CVAL).toBe(sysReg(3, 3, 14, 2, 2))
    expect(KVM_REG_ARM_PTIMER_CNT).toBe(sysReg(3, 3, 14, 0, 1))
  })
})

describe('other classes', () => {
  test('default: sizes', () => {
    expect(KVM_REG_SIZE(ccsidrReg(3))).toBe(4)
    expect(KVM_REG_SIZE(coreReg('v7'))).toBe(16)
    expect(KVM_REG_SIZE(KVM_REG_ARM64_SVE_ZREG(0, 0))).toBe(256)
    expect(KVM_REG_SIZE(KVM_REG_ARM64_SVE_PREG(0, 0))).toBe(32)
    expect(KVM_REG_SIZE(KVM_REG_ARM64_SVE_VLS)).toBe(64)
  })

  test('behavior: SVE ids', () => {
    expect(KVM_REG_ARM64_SVE_ZREG(31, 0)).toBe(0x60800000001503e0n)
    expect(KVM_REG_ARM64_SVE_PREG(15, 0)).toBe(0x60500000001505e0n)
    expect(KVM_REG_ARM64_SVE_FFR(0)).toBe(0x6050000000150600n)
    expect(decodeReg(KVM_REG_ARM64_SVE_ZREG(31, 2))).toEqual({ class: 'sve', sizeBytes: 256, reg: 'z31', slice: 2 })
    expect(decodeReg(KVM_REG_ARM64_SVE_PREG(15, 1))).toEqual({ class: 'sve', sizeBytes: 32, reg: 'p15', slice: 1 })
    expect(decodeReg(KVM_REG_ARM64_SVE_FFR(3))).toEqual({ class: 'sve', sizeBytes: 32, reg: 'ffr', slice: 3 })
    expect(decodeReg(KVM_REG_ARM64_SVE_VLS)).toEqual({ class: 'sve', sizeBytes: 64, reg: 'vls', slice: 0 })
  })

  test('error: what is no register of arm64 is unknown', () => {
    expect(decodeReg(0x2030000000100000n)).toEqual({ class: 'unknown', sizeBytes: 8, isArm64: false })
    expect(decodeReg(0x6030000000190000n)).toEqual({ class: 'unknown', sizeBytes: 8, isArm64: true })
    expect(decodeReg(0x6030000010100000n)).toEqual({ class: 'unknown', sizeBytes: 8, isArm64: true })
    expect(decodeReg(0x6030000000150000n)).toEqual({ class: 'unknown', sizeBytes: 8, isArm64: true })
  })
})
