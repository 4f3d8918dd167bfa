/** Guest calls to PSCI and SMCCC give x0 and x1 as Linux 6.12 gave them to a guest. */

import { describe, expect, test } from 'vitest'
import { callHypervisor, type HypercallVm } from '../src/kernel/hypercall.ts'
import type { PsciTarget } from '../src/kernel/psci.ts'
import { readRecords } from './records.ts'

interface GuestRecord {
  readonly t: string
  readonly fn?: string
  readonly a1?: string
  readonly a2?: string
  readonly data?: string
  readonly exit?: string
}

class Target implements PsciTarget {
  readonly mpidr: bigint
  isStopped: boolean
  entry: bigint | undefined
  context: bigint | undefined
  constructor(mpidr: bigint, isStopped: boolean) {
    this.mpidr = mpidr
    this.isStopped = isStopped
  }
  turnOn(entry: bigint, context: bigint): void {
    this.isStopped = false
    this.entry = entry
    this.context = context
  }
  turnOff(): void {
    this.isStopped = true
  }
  readonly stolenTimeBase = undefined
}

function makeVm(options: Partial<HypercallVm> = {}): HypercallVm & { readonly vcpus: readonly Target[] } {
  return {
    psciVersion: 0x10001,
    isSystemSuspendEnabled: false,
    vcpus: [new Target(0x80000000n, false)],
    features: { std: 1, stdHyp: 1, vendorHyp: 3 },
    fillRandom: (bytes) => bytes.fill(0xff),
    realtimeNs: () => 0x1_2345_6789n,
    readCounter: () => 0x2_0000_0003n,
    ...options,
  } as HypercallVm & { readonly vcpus: readonly Target[] }
}

const records = readRecords('linux-6.12-psci.jsonl') as unknown as GuestRecord[]
const calls = records.filter((record) => record.fn !== undefined)
/** x0 and x1 of each call, in turn, as the guest reported them. */
const answers = records.filter((record) => record.exit === 'MMIO' && record.t === 'psci')
const answersWithoutPsci02 = records.filter((record) => record.t === 'psci no PSCI_0_2 feature')

/** Calls whose x1 is a random number or a time. */
const varyingX1 = [26, 30]

function call(vm: HypercallVm, n: number): readonly [bigint, bigint, bigint, bigint] | undefined {
  const record = calls[n] as GuestRecord
  return callHypervisor(vm, 0, [
    BigInt(record.fn as string),
    BigInt(record.a1 as string),
    BigInt(record.a2 as string),
    1n,
  ]).result
}

describe('hypercalls', () => {
  test.each(calls.map((record, n) => [n, record.fn, record.a1] as const))('behavior: call %i, %s(%s)', (n) => {
    const result = call(makeVm(), n)
    // The wall clock's upper word; what it was then is in the record.
    if (n === 30) expect(result?.[0]).toBe(1n)
    else expect(result?.[0]).toBe(BigInt(answers[2 * n]?.data as string))
    if (!varyingX1.includes(n)) expect(result?.[1]).toBe(BigInt(answers[2 * n + 1]?.data as string))
  })

  test('behavior: all recorded answers are compared', () => {
    expect(answers).toHaveLength(2 * calls.length)
    expect(calls).toHaveLength(35)
  })

  test('behavior: without KVM_ARM_VCPU_PSCI_0_2 the guest has PSCI 0.1 and SMCCC all the same', () => {
    const vm = makeVm({ psciVersion: 1 })
    expect(answersWithoutPsci02.length).toBe(6)
    for (let n = 0; n < answersWithoutPsci02.length / 2; n++) {
      expect(call(vm, n)?.[0]).toBe(BigInt(answersWithoutPsci02[2 * n]?.data as string))
    }
  })

  test('behavior: CPU_ON starts a stopped vCPU at its entry with its context; again it is ALREADY_ON', () => {
    const vm = makeVm({ vcpus: [new Target(0x80000000n, false), new Target(0x80000001n, true)] })
    expect(callHypervisor(vm, 0, [0xc4000003n, 1n, 0x4008_0000n, 0x77n]).result?.[0]).toBe(0n)
    expect(vm.vcpus[1]).toMatchObject({ isStopped: false, entry: 0x4008_0000n, context: 0x77n })
    expect(callHypervisor(vm, 0, [0xc4000003n, 1n, 0x4008_0000n, 0x77n]).result?.[0]).toBe(0xffff_ffff_ffff_fffcn)
  })

  test('behavior: the 32-bit form of CPU_ON ignores the upper halves of its arguments', () => {
    const vm = makeVm({ vcpus: [new Target(0x80000000n, false), new Target(0x80000001n, true)] })
    callHypervisor(vm, 0, [0x84000003n, 0xdead_0000_0000_0001n, 0xffff_ffff_4008_0000n, 5n])
    expect(vm.vcpus[1]?.entry).toBe(0x4008_0000n)
  })

  test('behavior: AFFINITY_INFO tells off from on, at the level asked for', () => {
    const vm = makeVm({ vcpus: [new Target(0x80000000n, false), new Target(0x80000100n, true)] })
    expect(callHypervisor(vm, 0, [0xc4000004n, 0x100n, 0n, 0n]).result?.[0]).toBe(1n)
    expect(callHypervisor(vm, 0, [0xc4000004n, 0x100n, 2n, 0n]).result?.[0]).toBe(0n)
    expect(callHypervisor(vm, 0, [0xc4000004n, 0x100n, 4n, 0n]).result?.[0]).toBe(0xffff_ffff_ffff_fffen)
  })

  test('behavior: CPU_OFF stops the caller', () => {
    const vm = makeVm()
    expect(callHypervisor(vm, 0, [0x84000002n, 0n, 0n, 0n]).isWaiting).toBe(true)
    expect(vm.vcpus[0]?.isStopped).toBe(true)
  })

  test.each([
    ['SYSTEM_OFF', 0x84000008n, 0n, 1, 0n],
    ['SYSTEM_RESET', 0x84000009n, 0n, 2, 0n],
    ['SYSTEM_RESET2', 0xc4000012n, 0n, 2, 1n],
  ])('behavior: %s stops all vCPUs, presets x0 with INTERNAL_FAILURE and exits', (_, id, arg, type, data) => {
    const vm = makeVm({ vcpus: [new Target(0x80000000n, false), new Target(0x80000001n, false)] })
    const outcome = callHypervisor(vm, 0, [id, arg, 7n, 0n])
    expect(outcome.exit).toEqual({ reason: 'system_event', type, data: [data] })
    expect(outcome.result?.[0]).toBe(0xffff_ffff_ffff_fffan)
    expect(vm.vcpus.map((vcpu) => vcpu.isStopped)).toEqual([true, true])
  })

  test('behavior: SYSTEM_SUSPEND exits only when the user enabled it, and leaves registers alone', () => {
    expect(callHypervisor(makeVm(), 0, [0xc400000en, 0n, 0n, 0n]).result?.[0]).toBe(0xffff_ffff_ffff_ffffn)
    const outcome = callHypervisor(makeVm({ isSystemSuspendEnabled: true }), 0, [0xc400000en, 0n, 0n, 0n])
    expect(outcome.result).toBeUndefined()
    expect(outcome.exit).toEqual({ reason: 'system_event', type: 5, data: [] })
  })

  test('behavior: TRNG gives exactly the bits asked for, the lowest in x3', () => {
    const rnd = (id: bigint, bits: bigint): unknown => callHypervisor(makeVm(), 0, [id, bits, 0n, 0n]).result
    expect(rnd(0xc4000053n, 65n)).toEqual([0n, 0n, 1n, 0xffff_ffff_ffff_ffffn])
    expect(rnd(0x84000053n, 96n)).toEqual([0n, 0xffff_ffffn, 0xffff_ffffn, 0xffff_ffffn])
    expect(rnd(0x84000053n, 97n)).toEqual([0xffff_ffff_ffff_fffen, 0n, 0n, 0n])
  })

  test('behavior: a host without randomness or wall clock offers neither TRNG nor PTP', () => {
    const vm = makeVm({ fillRandom: undefined, realtimeNs: undefined })
    const x0 = (id: bigint): unknown => callHypervisor(vm, 0, [id, 0n, 0n, 0n]).result?.[0]
    expect(x0(0x84000050n)).toBe(0xffff_ffff_ffff_ffffn)
    expect(x0(0x86000000n)).toBe(1n)
    expect(x0(0x86000001n)).toBe(0xffff_ffff_ffff_ffffn)
  })
})
