import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeRun,
  encodeRun,
  exitReasonTable,
  KVM_EXIT_ARM_LDST64B,
  KVM_EXIT_ARM_SEA,
  KVM_EXIT_IO,
  kvm_run,
  LayoutError,
  type RunExit,
  sizeOfStruct,
  viewStructAt,
} from './index.ts'

const u32 = fc.nat({ max: 0xffff_ffff })
const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })
const data = fc.array(u64, { maxLength: 16 })
const constant = <R extends string>(reason: R): fc.Arbitrary<R> => fc.constant(reason)

const exits: fc.Arbitrary<RunExit> = fc.oneof(
  fc.record({ reason: constant('intr') }),
  fc.record({ reason: constant('dirty_ring_full') }),
  fc
    .record({ physAddr: u64, data: fc.uint8Array({ minLength: 1, maxLength: 8 }), isWrite: fc.boolean() })
    .map((mmio) => ({ reason: 'mmio' as const, len: mmio.data.length, ...mmio })),
  fc.record({ reason: constant('system_event'), type: u32, data }),
  fc.record({
    reason: constant('hypercall'),
    nr: u64,
    flags: u64,
    args: fc.array(u64, { minLength: 6, maxLength: 6 }),
    ret: u64,
  }),
  fc.record({ reason: constant('arm_nisv'), esrIss: u64, faultIpa: u64 }),
  fc.record({ reason: constant('arm_ldst64b'), esrIss: u64, faultIpa: u64 }),
  fc.record({ reason: constant('fail_entry'), hardwareEntryFailureReason: u64, cpu: u32 }),
  fc.record({ reason: constant('internal_error'), suberror: u32, data }),
  fc.record({ reason: constant('debug'), hsr: u32, hsrHigh: u32, far: u64 }),
  fc.record({ reason: constant('memory_fault'), flags: u64, gpa: u64, size: u64 }),
  fc.record({ reason: constant('arm_sea'), flags: u64, esr: u64, gva: u64, gpa: u64 }),
  fc.record({ reason: constant('unknown'), exitReason: fc.constantFrom(0, KVM_EXIT_IO, 99) }),
)

describe('decodeRun and encodeRun', () => {
  test('behavior: encode then decode is the identity for every exit', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(exits, (exit) => {
        seen.add(exit.reason)
        expect(decodeRun(encodeRun(exit))).toEqual(exit)
      }),
      { verbose: true, numRuns: 1000 },
    )
    expect(seen.size).toBe(Object.keys(exitReasonTable).length + 2)
  })

  test('default: the reason is the number of the header', () => {
    const reasonOf = (exit: RunExit): number => viewStructAt(kvm_run, encodeRun(exit)).exit_reason
    expect(reasonOf({ reason: 'intr' })).toBe(10)
    expect(reasonOf({ reason: 'arm_sea', flags: 1n, esr: 2n, gva: 3n, gpa: 4n })).toBe(KVM_EXIT_ARM_SEA)
    expect(reasonOf({ reason: 'arm_ldst64b', esrIss: 0n, faultIpa: 0n })).toBe(KVM_EXIT_ARM_LDST64B)
  })

  test('behavior: a read is answered in the bytes of the mapping; what lies outside the union stays', () => {
    const mapping = new Uint8Array(8192)
    mapping[1] = 1
    mapping[4096] = 7
    encodeRun({ reason: 'mmio', physAddr: 0x0900_0018n, data: new Uint8Array(4), len: 4, isWrite: false }, mapping)
    const exit = decodeRun(mapping)
    if (exit.reason !== 'mmio') throw new Error('not MMIO')
    exit.data.set([0x90, 0, 0, 0])
    expect([...mapping.subarray(40, 48)]).toEqual([0x90, 0, 0, 0, 0, 0, 0, 0])
    expect([mapping[1], mapping[4096]]).toEqual([1, 7])
  })

  test('behavior: a count that is larger than the array is cut', () => {
    const bytes = encodeRun({ reason: 'system_event', type: 2, data: [1n] })
    viewStructAt(kvm_run, bytes).exit.system_event.ndata = 1000
    const exit = decodeRun(bytes)
    expect(exit.reason === 'system_event' && exit.data.length).toBe(16)
  })

  test('error: too few bytes, misaligned bytes, too much data', () => {
    expect(() => decodeRun(new Uint8Array(sizeOfStruct(kvm_run) - 1))).toThrow(LayoutError)
    expect(() => decodeRun(new Uint8Array(4096).subarray(4))).toThrow(LayoutError)
    expect(() => encodeRun({ reason: 'system_event', type: 1, data: Array(17).fill(0n) })).toThrow(RangeError)
  })
})
