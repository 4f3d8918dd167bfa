import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeIrqLine, encodeIrqLine, encodeVgicAttr, KVM_ARM_IRQ_TYPE_PPI, KVM_ARM_IRQ_TYPE_SPI } from './index.ts'

test('default: an SPI and a PPI', () => {
  expect(encodeIrqLine({ type: KVM_ARM_IRQ_TYPE_SPI, vcpu: 0, number: 33 })).toBe(0x0100_0021)
  expect(encodeIrqLine({ type: KVM_ARM_IRQ_TYPE_PPI, vcpu: 0x1ff, number: 27 })).toBe(0x12ff_001b)
})

test('behavior: encode then decode is the identity, unsigned', () => {
  const field = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max })
  fc.assert(
    fc.property(field(15), field(4095), field(65535), (type, vcpu, number) => {
      const irq = encodeIrqLine({ type, vcpu, number })
      expect(irq).toBeGreaterThanOrEqual(0)
      expect(decodeIrqLine(irq)).toEqual({ type, vcpu, number })
    }),
    { verbose: true },
  )
})

test('error: fields that do not fit', () => {
  expect(() => encodeIrqLine({ type: 16, vcpu: 0, number: 0 })).toThrow(RangeError)
  expect(() => encodeIrqLine({ type: 0, vcpu: 4096, number: 0 })).toThrow(RangeError)
  expect(() => encodeIrqLine({ type: 0, vcpu: 0, number: 65536 })).toThrow(RangeError)
  expect(() => encodeIrqLine({ type: 0, vcpu: 0.5, number: 0 })).toThrow(RangeError)
})

test('behavior: a vgic attribute holds affinity and register', () => {
  expect(encodeVgicAttr(0x8001_0203, 0x80)).toBe(0x8001_0203_0000_0080n)
})
