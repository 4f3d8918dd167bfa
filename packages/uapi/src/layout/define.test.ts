import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeStruct,
  encodeStruct,
  KVM_EXIT_MMIO,
  kvm_enable_cap,
  kvm_one_reg,
  kvm_reg_list,
  kvm_regs,
  kvm_run,
  kvm_stats_desc,
  kvm_vcpu_events,
  LayoutError,
  layoutOf,
  offsetOfField,
  type StructLayout,
  sizeOfStruct,
  viewStruct,
  viewStructAt,
} from '../index.ts'

describe('layoutOf', () => {
  test('default: natural alignment with padding inside and at the end', () => {
    const layout = { kind: 'struct', fields: { a: 'u8', b: 'u32', c: 'u16[3]', d: 'u64', e: 'u8' } } as const
    expect(layoutOf(layout).fields.map((field) => field.offset)).toEqual([0, 4, 8, 16, 24])
    expect(layoutOf(layout)).toMatchObject({ sizeBytes: 32, alignBytes: 8 })
  })

  test('behavior: a union is as large as its largest member, an empty structure 0', () => {
    expect(layoutOf({ kind: 'union', fields: { a: 'u8[5]', b: 'u32' } })).toMatchObject({ sizeBytes: 8, alignBytes: 4 })
    expect(sizeOfStruct({ kind: 'struct', fields: {} })).toBe(0)
  })

  test('behavior: dotted paths', () => {
    expect(offsetOfField(kvm_run, 'exit.mmio.is_write')).toBe(52)
    expect(offsetOfField(kvm_run, 's.regs.device_irq_level')).toBe(304)
    expect(() => offsetOfField(kvm_run, 'exit.nothing')).toThrow(RangeError)
    expect(() => offsetOfField(kvm_run, 'flags.nothing')).toThrow(RangeError)
  })
})

describe('viewStruct', () => {
  test('default: reads and writes the bytes in place, little-endian', () => {
    const bytes = new Uint8Array(4096).subarray(8)
    const run = viewStructAt(kvm_run, bytes)
    run.exit_reason = KVM_EXIT_MMIO
    run.exit.mmio.phys_addr = 0x0900_0000n
    run.exit.mmio.data.set([1, 2])
    run.exit.mmio.len = 2
    run.exit.mmio.is_write = 1
    expect([...bytes.subarray(8, 12)]).toEqual([6, 0, 0, 0])
    expect([...bytes.subarray(32, 53)]).toEqual([0, 0, 0, 9, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1])
    bytes[48] = 8
    expect(run.exit.mmio.len).toBe(8)
    // Members of a union are the same bytes.
    expect(run.exit.system_event.type).toBe(0x0900_0000)
  })

  test('behavior: arrays', () => {
    const bytes = new Uint8Array(sizeOfStruct(kvm_regs))
    const regs = viewStruct(kvm_regs, bytes)
    regs.regs.regs.set(30, 0xffff_ffff_ffff_ffffn)
    regs.fp_regs.vregs.set(1, (7n << 64n) | 9n)
    expect(regs.regs.regs.get(30)).toBe(0xffff_ffff_ffff_ffffn)
    expect([...bytes.subarray(352, 368)]).toEqual([9, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0])
    expect([...regs.regs.regs]).toHaveLength(31)
    expect(() => regs.regs.regs.get(31)).toThrow(RangeError)
    expect(() => regs.regs.regs.set(-1, 0n)).toThrow(RangeError)
    expect(() => regs.regs.regs.get(0.5)).toThrow(RangeError)
  })

  test('behavior: a flexible array reaches to the end of the bytes', () => {
    const list = viewStruct(kvm_reg_list, new Uint8Array(8 + 3 * 8))
    expect(list.reg.length).toBe(3)
    list.reg.set(2, 5n)
    expect([...list.reg]).toEqual([0n, 0n, 5n])
  })

  test('behavior: values wrap to the width of the field', () => {
    const events = viewStruct(kvm_vcpu_events, new Uint8Array(64))
    events.exception.serror_pending = 0x101
    events.exception.serror_esr = -1n
    expect(events.exception.serror_pending).toBe(1)
    expect(events.exception.serror_esr).toBe(0xffff_ffff_ffff_ffffn)
    const stat = viewStruct(kvm_stats_desc, new Uint8Array(16))
    stat.exponent = -9
    expect(stat.exponent).toBe(-9)
    expect(stat.size).toBe(0)
  })

  test('error: too few bytes', () => {
    expect(() => viewStruct(kvm_one_reg, new Uint8Array(15))).toThrow(
      expect.objectContaining({ name: 'LayoutError', struct: 'kvm_one_reg', neededBytes: 16, actualBytes: 15 }),
    )
    expect(() => decodeStruct(kvm_one_reg, new Uint8Array(0))).toThrow(LayoutError)
  })
})

describe('encodeStruct and decodeStruct', () => {
  test('default: fields left out are 0', () => {
    const bytes = encodeStruct(kvm_enable_cap, { cap: 168, args: [1n] })
    expect(bytes).toHaveLength(104)
    expect(decodeStruct(kvm_enable_cap, bytes)).toMatchObject({ cap: 168, flags: 0, args: [1n, 0n, 0n, 0n] })
  })

  test('behavior: a flexible array adds its elements', () => {
    const bytes = encodeStruct(kvm_reg_list, { n: 2n, reg: [1n, 2n] })
    expect(bytes).toHaveLength(24)
    expect(decodeStruct(kvm_reg_list, bytes)).toEqual({ n: 2n, reg: [1n, 2n] })
  })

  test('error: unknown fields and arrays that are too long', () => {
    const loose: StructLayout = kvm_enable_cap
    expect(() => encodeStruct(loose, { nothing: 1 } as object)).toThrow(RangeError)
    expect(() => encodeStruct(kvm_enable_cap, { args: [0n, 0n, 0n, 0n, 0n] })).toThrow(RangeError)
  })

  test('behavior: encode then decode is the identity', () => {
    const u32 = fc.integer({ min: 0, max: 0xffff_ffff })
    const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })
    const value = fc.record({
      cap: u32,
      flags: u32,
      args: fc.array(u64, { minLength: 4, maxLength: 4 }),
      pad: fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 64, maxLength: 64 }),
    })
    fc.assert(
      fc.property(value, (fields) => {
        expect(decodeStruct(kvm_enable_cap, encodeStruct(kvm_enable_cap, fields))).toEqual(fields)
      }),
      { verbose: true },
    )
  })
})
