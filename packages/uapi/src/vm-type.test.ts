import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeVmType,
  decodeVmTypeParange,
  encodeVmType,
  encodeVmTypeParange,
  KVM_VM_TYPE_ARM_IPA_SIZE,
  KVM_VM_TYPE_ARM_IPA_SIZE_MASK,
  KVM_VM_TYPE_ARM_PHYS_SHIFT,
  KVM_VM_TYPE_ARM_PHYS_SHIFT_MASK,
  KvmError,
  paRangeBits,
} from './index.ts'

function messageOf(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    expect(error).toBeInstanceOf(KvmError)
    expect(error).toMatchObject({ code: 'EINVAL', errno: 22, call: 'KVM_CREATE_VM' })
    return (error as KvmError).message
  }
  throw new Error('nothing was thrown')
}

describe('encodeVmType', () => {
  test('default: no size is word 0', () => {
    expect(encodeVmType()).toBe(0n)
    expect(encodeVmType({ ipaBits: 0 })).toBe(0n)
  })

  test('args: every size from 32 to 52', () => {
    for (let ipaBits = 32; ipaBits <= 52; ipaBits += 1) expect(encodeVmType({ ipaBits })).toBe(BigInt(ipaBits))
  })

  test('args: protected is bit 31', () => {
    expect(encodeVmType({ ipaBits: 40, isProtected: true })).toBe(0x8000_0028n)
  })

  test.each([1, 31, 53, 255, 256, 40.5, -1, Number.NaN, Number.POSITIVE_INFINITY])('error: %d bits', (ipaBits) => {
    expect(messageOf(() => encodeVmType({ ipaBits }))).toContain(`${ipaBits} bits`)
  })
})

describe('decodeVmType', () => {
  test('default: 0 is 40 bits', () => {
    expect(decodeVmType(0n, { ipaLimit: 48 })).toEqual({ ipaBits: 40, isDefault: true, isProtected: false })
    expect(decodeVmType(40n, { ipaLimit: 40 })).toEqual({ ipaBits: 40, isDefault: false, isProtected: false })
  })

  test('error: the sentence names value, limit and way out', () => {
    expect(messageOf(() => decodeVmType(53n, { ipaLimit: 52 }))).toBe(
      "KVM_CREATE_VM: an IPA size of 53 bits is above this host's limit, 52; ask for 32 to 52 bits, or 0 for 40 (EINVAL)",
    )
    expect(messageOf(() => decodeVmType(31n, { ipaLimit: 52 }))).toBe(
      'KVM_CREATE_VM: an IPA size of 31 bits is below the smallest, 32; ask for 32 to 52 bits, or 0 for 40 (EINVAL)',
    )
    expect(messageOf(() => decodeVmType(0n, { ipaLimit: 36 }))).toBe(
      "KVM_CREATE_VM: an IPA size of 40 bits is above this host's limit (0 means the default), 36; ask for 32 to 36 bits (EINVAL)",
    )
    expect(messageOf(() => decodeVmType(0x128n, { ipaLimit: 52 }))).toBe(
      'KVM_CREATE_VM: machine type 0x128 has unknown bits 0x100; clear them (EINVAL)',
    )
    expect(messageOf(() => decodeVmType(0x8000_0028n, { ipaLimit: 52 }))).toContain('protected VM (bit 31)')
  })

  test('error: any bit above 7, whatever the size', () => {
    for (let bit = 8n; bit < 64n; bit += 1n) messageOf(() => decodeVmType(40n | (1n << bit), { ipaLimit: 52 }))
    messageOf(() => decodeVmType(-1n, { ipaLimit: 52 }))
    messageOf(() => decodeVmType(1n << 64n, { ipaLimit: 52 }))
    messageOf(() => decodeVmType((1n << 64n) | 40n, { ipaLimit: 52 }))
  })

  test('behavior: in protected mode bit 31 is legal and every VM gets the limit', () => {
    const options = { ipaLimit: 44, protectedMode: true }
    expect(decodeVmType(0x8000_0000n, options)).toEqual({ ipaBits: 44, isDefault: true, isProtected: true })
    expect(decodeVmType(33n, options)).toEqual({ ipaBits: 44, isDefault: false, isProtected: false })
    messageOf(() => decodeVmType(0x1_8000_0000n, options))
  })

  test('behavior: encode then decode is the identity for every size within the limit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 32, max: 52 }), fc.integer({ min: 32, max: 52 }), (ipaBits, ipaLimit) => {
        const word = encodeVmType({ ipaBits })
        if (ipaBits > ipaLimit) messageOf(() => decodeVmType(word, { ipaLimit }))
        else expect(decodeVmType(word, { ipaLimit }).ipaBits).toBe(ipaBits)
      }),
      { verbose: true },
    )
  })
})

describe('names of the proposal', () => {
  test('default: the aliases are the merged macros', () => {
    expect(KVM_VM_TYPE_ARM_PHYS_SHIFT_MASK).toBe(KVM_VM_TYPE_ARM_IPA_SIZE_MASK)
    for (const value of [0, 40, 255, 256, 0x130]) {
      expect(KVM_VM_TYPE_ARM_PHYS_SHIFT(value)).toBe(KVM_VM_TYPE_ARM_IPA_SIZE(value))
      expect(KVM_VM_TYPE_ARM_PHYS_SHIFT(value)).toBe(BigInt(value & 0xff))
    }
  })
})

describe('condensed machine type', () => {
  test('default: seven codes for seven sizes', () => {
    expect(paRangeBits).toEqual([32, 36, 40, 42, 44, 48, 52])
    for (const [code, ipaBits] of paRangeBits.entries()) {
      expect(encodeVmTypeParange({ ipaBits })).toBe(BigInt(code))
      expect(decodeVmTypeParange(BigInt(code), { ipaLimit: 52 })).toEqual({ ipaBits })
    }
  })

  test('error: sizes between, codes beyond, sizes above the limit', () => {
    expect(messageOf(() => encodeVmTypeParange({ ipaBits: 33 }))).toContain('use one of 32, 36, 40, 42, 44, 48, 52')
    expect(messageOf(() => encodeVmTypeParange({ ipaBits: 0 }))).toContain('0 bits')
    for (const code of [-1n, 7n, 8n, 1n << 40n]) messageOf(() => decodeVmTypeParange(code, { ipaLimit: 52 }))
    expect(messageOf(() => decodeVmTypeParange(6n, { ipaLimit: 48 }))).toContain('52 bits, above')
  })
})
