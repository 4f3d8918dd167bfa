/** What a tool sees of a VM's stage 2 while a guest runs. */

import { dumpTables, stage2Tables } from '@armvisor/stage2/inspect'
import type { Kvm } from '@armvisor/uapi'
import { describe, expect, test } from 'vitest'
import { embeddedGuest, withLastPage } from '../src/guest.ts'
import {
  createKvm,
  createVirtMachine,
  inspectCpus,
  inspectStage2,
  type KvmEvents,
  type KvmHost,
  linearMemoryBytes,
  type Stage2FaultEvent,
} from '../src/index.ts'
import { FakeKvm } from '../src/testing/fake-kvm.ts'

const memoryBytes = 4 << 20
const ipaBits = 36

function boot(events: KvmEvents): ReturnType<typeof withLastPage> {
  return bootIn(open(events))
}

function open(events: KvmEvents): Kvm {
  let now = 0
  const host: KvmHost = {
    // Time passes as it is looked at, so that the guest's timer comes due.
    monotonicNs: () => (now += 1000),
    setTimer: (_, callback) => {
      queueMicrotask(callback)
      return () => {}
    },
    yield: () => Promise.resolve(),
  }
  return createKvm({ memoryBytes: linearMemoryBytes(memoryBytes, '4K'), host, events })
}

function bootIn(kvm: Kvm): ReturnType<typeof withLastPage> {
  const machine = createVirtMachine(kvm, {
    memoryBytes,
    ipaBits,
    kernel: embeddedGuest({ ipaBits, pageBytes: 4096 }),
    random: (sizeBytes) => new Uint8Array(sizeBytes),
    console: { write: () => {} },
    clock: { nowMs: () => 0, after: () => () => {} },
  })
  return withLastPage(kvm, machine, memoryBytes)
}

describe('inspectStage2', () => {
  test('default: registers, slots and tables are those that the guest runs on', async () => {
    const machine = boot({})
    const before = inspectStage2(machine.vm)
    expect(before.geometry.ipaBits).toBe(ipaBits)
    expect(before.slots.map(({ id, gpa, sizeBytes }) => ({ id, gpa, sizeBytes }))).toEqual([
      { id: 0, gpa: 0x4000_0000, sizeBytes: memoryBytes },
      { id: 1, gpa: 2 ** ipaBits - 4096, sizeBytes: 4096 },
    ])
    await machine.run()
    const { registers, memory } = inspectStage2(machine.vm)
    const tables = stage2Tables(registers.vtcr, registers.vttbr, { paBits: 48 })
    if (tables === undefined) throw new Error('no tables')
    const { runs, problems } = dumpTables(tables, memory)
    expect(problems).toEqual([])
    expect(runs.map(({ address }) => address)).toContain(2n ** BigInt(ipaBits) - 4096n)
    expect(runs.every(({ pa, sizeBytes }) => memory.contains(Number(pa + sizeBytes) - 8))).toBe(true)
    machine.close()
  })

  test('error: a VM of another implementation', () => {
    const vm = new FakeKvm().createVm()
    expect(() => inspectStage2(vm)).toThrow(TypeError)
  })
})

describe('inspectCpus', () => {
  test('default: the CPU left its loop at each fault, and counts on in the next VM', async () => {
    let faults = 0
    const kvm = open({ stage2Fault: () => faults++ })
    expect(inspectCpus(kvm)).toEqual([])
    for (const boots of [1, 2]) {
      const machine = bootIn(kvm)
      await machine.run()
      machine.close()
      expect(inspectCpus(kvm)).toHaveLength(1)
      expect(inspectCpus(kvm)[0]?.exits).toMatchObject({ abort: faults, hvc: boots })
    }
  })

  test('error: a KVM of another implementation', () => {
    expect(() => inspectCpus(new FakeKvm())).toThrow(TypeError)
  })
})

describe('KvmEvents', () => {
  test('behavior: each stage-2 fault is told with what came of it', async () => {
    const faults: Stage2FaultEvent[] = []
    const machine = boot({ stage2Fault: (event) => faults.push(event) })
    await machine.run()
    const outcomeAt = (ipa: number): string | undefined => faults.find((fault) => fault.ipa === ipa)?.outcome
    expect(outcomeAt(0x900_0000)).toBe('exit')
    expect(faults.some(({ ipa, outcome }) => ipa >= 0x800_0000 && ipa < 0x801_0000 && outcome === 'device')).toBe(true)
    expect(faults.some(({ ipa, outcome }) => ipa >= 0x4000_0000 && outcome === 'mapped')).toBe(true)
    expect(faults.some(({ ipa, outcome }) => ipa >= 2 ** ipaBits && outcome === 'injected')).toBe(true)
    machine.close()
  })
})
