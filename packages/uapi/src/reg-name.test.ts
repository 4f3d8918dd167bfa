import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  KVM_REG_ARM_PTIMER_CNT,
  KVM_REG_ARM_PTIMER_CVAL,
  KVM_REG_ARM_TIMER_CNT,
  KVM_REG_ARM_TIMER_CVAL,
  KVM_REG_ARM64_SVE_FFR,
  KVM_REG_ARM64_SVE_PREG,
  KVM_REG_ARM64_SVE_VLS,
  KVM_REG_ARM64_SVE_ZREG,
  parseRegName,
  parseSysRegName,
  regName,
  sysReg,
  sysRegIndex,
  sysRegName,
  sysRegNames,
} from './index.ts'

test('default: names of each class', () => {
  expect(regName(0x603000000013c080n)).toBe('SCTLR_EL1')
  expect(regName(0x6030000000100040n)).toBe('pc')
  expect(regName(0x6020000000110002n)).toBe('CCSIDR_EL1.2')
  expect(regName(0x6030000000140000n)).toBe('PSCI_VERSION')
  expect(regName(0x6030000000140007n)).toBe('FW.7')
  expect(regName(0x6030000000160002n)).toBe('VENDOR_HYP_BMAP')
  expect(regName(0x6030000000160009n)).toBe('FW_FEAT_BMAP.9')
  expect(regName(KVM_REG_ARM64_SVE_ZREG(31, 2))).toBe('z31.2')
  expect(regName(KVM_REG_ARM64_SVE_PREG(15, 0))).toBe('p15.0')
  expect(regName(KVM_REG_ARM64_SVE_FFR(1))).toBe('ffr.1')
  expect(regName(KVM_REG_ARM64_SVE_VLS)).toBe('vls')
})

test('behavior: the ids of the virtual timer are named for what they hold, not for what they encode', () => {
  expect(regName(KVM_REG_ARM_TIMER_CVAL)).toBe('CNTV_CVAL_EL0')
  expect(regName(KVM_REG_ARM_TIMER_CNT)).toBe('CNTVCT_EL0')
  expect(parseRegName('CNTV_CVAL_EL0')).toBe(KVM_REG_ARM_TIMER_CVAL)
  expect(parseRegName('CNTVCT_EL0')).toBe(KVM_REG_ARM_TIMER_CNT)
  expect(KVM_REG_ARM_TIMER_CVAL).toBe(sysReg(3, 3, 14, 0, 2))
  expect(sysRegName({ op0: 3, op1: 3, CRn: 14, CRm: 0, op2: 2 })).toBe('CNTVCT_EL0')
  expect(parseRegName('S3_3_C14_C0_2')).toBe(KVM_REG_ARM_TIMER_CVAL)
  expect(regName(KVM_REG_ARM_PTIMER_CVAL)).toBe('CNTP_CVAL_EL0')
  expect(regName(KVM_REG_ARM_PTIMER_CNT)).toBe('CNTPCT_EL0')
})

test('behavior: every name in the table gives its encoding', () => {
  const names = sysRegNames()
  expect(new Set(names).size).toBe(names.length)
  expect(names.length).toBeGreaterThan(500)
  for (const name of names) {
    const encoding = parseSysRegName(name)
    expect(encoding && sysRegName(encoding), name).toBe(name)
    const id = parseRegName(name)
    expect(id !== undefined && regName(id), name).toBe(name)
  }
})

test('behavior: every system register id has a name, and it comes back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffff }), (index) => {
      const id = 0x6030000000130000n | BigInt(index)
      expect(parseRegName(regName(id) as string)).toBe(id)
    }),
    { verbose: true },
  )
})

test('behavior: an id has a name only if the name gives the id back', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.boolean(), (noise, isArm64) => {
      const id = isArm64 ? 0x6000000000000000n | (noise & 0x00f0_0000_001f_ffffn) : noise
      const name = regName(id)
      if (name !== undefined) expect(parseRegName(name)).toBe(id)
    }),
    { verbose: true, numRuns: 1000 },
  )
  // A size that the register does not have.
  expect(regName(0x602000000013c080n)).toBeUndefined()
  expect(regName(0x6030000000110000n)).toBeUndefined()
})

test.each([
  '',
  'SCTLR',
  'x31',
  'z32.0',
  'p16.0',
  'z0',
  'z0.32',
  'ffr.32',
  'CCSIDR_EL1.256',
  'S3_8_C0_C0_0',
  'S3_0_C16_C0_0',
])('error: no register %s', (name) => expect(parseRegName(name)).toBeUndefined())

test('behavior: generic names take leading digits only once', () => {
  expect(parseSysRegName('s3_0_c15_c2_0')).toEqual({ op0: 3, op1: 0, CRn: 15, CRm: 2, op2: 0 })
  expect(sysRegIndex(3, 0, 15, 2, 0)).toBe(0xc790)
})
