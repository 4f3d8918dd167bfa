/** KVM_CREATE_VM and KVM_SET_USER_MEMORY_REGION give what Linux 6.12 gave to the same calls in the same order. */

import type { Kvm, UserspaceMemoryRegion, Vm } from '@armvisor/uapi'
import { describe, expect, test } from 'vitest'
import { createKvmWith } from '../src/kernel/kvm.ts'
import { FakeCpus, FakeHost } from './fake-cpu.ts'
import { chex, Replay, readRecords } from './records.ts'

const page = 4096n

function slot(vm: Vm, id: number, flags: number, gpa: bigint, size: bigint, hva: bigint): void {
  vm.setUserMemoryRegion({ slot: id, flags, guest_phys_addr: gpa, memory_size: size, userspace_addr: hva })
}

/** A call whose outcome was not recorded. */
function quietly(action: () => void): void {
  try {
    action()
  } catch {}
}

function createVmCalls(kvm: Kvm, replay: Replay): void {
  replay.group = 'create_vm'
  const types = [
    0n,
    1n,
    31n,
    32n,
    33n,
    35n,
    36n,
    39n,
    40n,
    41n,
    42n,
    43n,
    44n,
    47n,
    48n,
    49n,
    50n,
    51n,
    52n,
    53n,
    63n,
    64n,
    100n,
    255n,
    256n,
    0x128n,
    0x100000000n,
    0x80000000n,
    0x80000028n,
    0xffffffffffffffffn,
    0xffffffff00000028n,
  ]
  for (const type of types) {
    const vm = replay.call(`CREATE_VM type=${chex(type)}`, () => kvm.createVm(type))
    if (vm === undefined) continue
    const p = kvm.memory.map(Number(page))
    const limit = type === 0n ? 40n : type
    replay.call(` slot last page below 2^${limit}`, () => slot(vm, 0, 0, (1n << limit) - page, page, p))
    replay.call(` slot at 2^${limit}`, () => slot(vm, 1, 0, 1n << limit, page, p))
    replay.call(` slot straddling 2^${limit}`, () => slot(vm, 2, 0, (1n << limit) - page * 2n, page * 4n, p))
    vm.close()
  }
}

function memslotCalls(kvm: Kvm, replay: Replay): void {
  replay.group = 'memslot'
  const vm = kvm.createVm(0n)
  const p = kvm.memory.map(64 << 20)
  const call = (title: string, ...args: [id: number, flags: number, gpa: bigint, size: bigint, hva: bigint]): void => {
    replay.call(title, () => slot(vm, ...args))
  }
  call('create 16 pages', 0, 0, 0x40000000n, page * 16n, p)
  call('identical', 0, 0, 0x40000000n, page * 16n, p)
  call('flags->LOG_DIRTY', 0, 1, 0x40000000n, page * 16n, p)
  call('flags->0', 0, 0, 0x40000000n, page * 16n, p)
  call('flags->READONLY existing', 0, 2, 0x40000000n, page * 16n, p)
  call('resize', 0, 0, 0x40000000n, page * 32n, p)
  call('change hva', 0, 0, 0x40000000n, page * 16n, p + page)
  call('move base', 0, 0, 0x50000000n, page * 16n, p)
  call('move back', 0, 0, 0x40000000n, page * 16n, p)
  call('overlap create', 1, 0, 0x40000000n + page * 15n, page * 2n, p)
  call('adjacent create', 1, 0, 0x40000000n + page * 16n, page * 2n, p)
  call('move onto other', 1, 0, 0x40000000n + page * 8n, page * 2n, p)
  call('delete nonexist', 2, 0, 0n, 0n, p)
  call('delete existing size0', 1, 0, 0n, 0n, 0n)
  call('delete again', 1, 0, 0n, 0n, 0n)
  call('flag 4', 3, 4, 0x60000000n, page, p)
  call('flag 8', 3, 8, 0x60000000n, page, p)
  call('flags 3 RO+LOG', 3, 3, 0x60000000n, page, p)
  call('del', 3, 0, 0n, 0n, 0n)
  call('gpa unaligned', 3, 0, 0x60000001n, page, p)
  call('size unaligned', 3, 0, 0x60000000n, page + 1n, p)
  call('hva unaligned', 3, 0, 0x60000000n, page, p + 1n)
  call('size 4096', 3, 0, 0x60000000n, 4096n, p)
  quietly(() => slot(vm, 3, 0, 0n, 0n, 0n))
  call('kernel hva', 3, 0, 0x60000000n, page, 0xffff000000000000n)
  call('tagged hva', 3, 0, 0x60000000n, page, p | (1n << 56n))
  call('hva 0', 3, 0, 0x60000000n, page, 0n)
  quietly(() => slot(vm, 3, 0, 0n, 0n, 0n))
  call('unmapped hva (unaligned to 16K?)', 3, 0, 0x60000000n, page, 0x7ffff000n)
  quietly(() => slot(vm, 3, 0, 0n, 0n, 0n))
  call('gpa wrap', 3, 0, 0xffffffffffffffffn - page + 1n, page * 2n, p)
  call('slot 32766', 32766, 0, 0x70000000n, page, p)
  call('slot 32767', 32767, 0, 0x71000000n, page, p)
  call('slot 65535', 65535, 0, 0x71000000n, page, p)
  call('as_id 1', 0x10000, 0, 0x71000000n, page, p)
  call('npages 2^31', 4, 0, 0n, (1n << 31n) * page, p)
  // The C call passed an unreadable pointer.
  replay.call('efault', () => vm.setUserMemoryRegion(undefined as unknown as UserspaceMemoryRegion))
  vm.close()
}

describe('machine types and memory slots', () => {
  test('behavior: every recorded call of create_vm and memslot gives its recorded result', () => {
    // The records are of a host whose CPU has FEAT_LPA2.
    const kvm = createKvmWith({
      memoryBytes: 96 << 20,
      model: { paBits: 52, lpa2: true },
      host: new FakeHost(),
      cpus: new FakeCpus(),
    })
    const replay = new Replay()
    createVmCalls(kvm, replay)
    memslotCalls(kvm, replay)
    const expected = readRecords('linux-6.12-4k-slots.jsonl')
    expect(expected).toHaveLength(116)
    expect(replay.records).toEqual(expected)
  })

  test.each([
    ['size', 4096n, 0x4000n],
    ['host address', 0x4000n, 0x7ffff000n],
  ])('error: on a host with 16K pages a %s of 4K alignment is EINVAL', (_, size, hva) => {
    const kvm = createKvmWith({
      memoryBytes: 8 << 20,
      model: { paBits: 48, lpa2: false },
      granule: '16K',
      host: new FakeHost(),
      cpus: new FakeCpus(),
    })
    const replay = new Replay()
    replay.call('', () => slot(kvm.createVm(), 0, 0, 0x40000000n, size, hva))
    expect(replay.records[0]?.e).toBe('EINVAL')
  })
})
