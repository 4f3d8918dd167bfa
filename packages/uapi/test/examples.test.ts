/** The examples in the documentation of the package's entry and functions. */

import {
  coreReg,
  decodeReg,
  decodeVmType,
  decodeVmTypeParange,
  encodeIrqLine,
  encodeStruct,
  encodeVmType,
  encodeVmTypeParange,
  KVM_ARM_IRQ_TYPE_SPI,
  kvm_one_reg,
  sysReg,
} from '@armvisor/uapi'
import { expect, test } from 'vitest'

test('default: the entry', () => {
  const word = encodeVmType({ ipaBits: 48 })
  expect(word).toBe(0x30n)
  expect(decodeVmType(word, { ipaLimit: 48 }).ipaBits).toBe(48)
})

test('default: the functions', () => {
  expect(decodeVmType(0n, { ipaLimit: 48 }).ipaBits).toBe(40)
  expect(encodeVmTypeParange({ ipaBits: 48 })).toBe(5n)
  expect(decodeVmTypeParange(5n, { ipaLimit: 48 }).ipaBits).toBe(48)
  expect(coreReg('pc')).toBe(0x6030000000100040n)
  expect(sysReg(3, 0, 0, 0, 0)).toBe(0x603000000013c000n)
  expect(decodeReg(0x603000000013c080n)).toEqual({
    class: 'sysreg',
    op0: 3,
    op1: 0,
    CRn: 1,
    CRm: 0,
    op2: 0,
    sizeBytes: 8,
  })
  expect(encodeIrqLine({ type: KVM_ARM_IRQ_TYPE_SPI, vcpu: 0, number: 33 })).toBe(0x1000021)
  const bytes = encodeStruct(kvm_one_reg, { id: coreReg('pc'), addr: 0x1000n })
  expect([...bytes]).toEqual([0x40, 0, 0x10, 0, 0, 0, 0x30, 0x60, 0, 0x10, 0, 0, 0, 0, 0, 0])
})
