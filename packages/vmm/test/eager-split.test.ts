/** KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE: blocks become pages when a slot begins to log, or page by page as they are cleared. */

import { dumpTables, stage2Tables } from '@armvisor/stage2/inspect'
import {
  encodeStruct,
  KVM_ARM_VCPU_INIT,
  KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE,
  KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2,
  KVM_CLEAR_DIRTY_LOG,
  KVM_CREATE_VCPU,
  KVM_CREATE_VM,
  KVM_ENABLE_CAP,
  KVM_MEM_LOG_DIRTY_PAGES,
  KVM_RUN,
  KVM_SET_USER_MEMORY_REGION,
  KvmError,
  kvm_clear_dirty_log,
  kvm_enable_cap,
  kvm_userspace_memory_region,
  kvm_vcpu_init,
} from '@armvisor/uapi'
import { expect, test } from 'vitest'
import { createKvmProcessWith, type KvmFd, type KvmProcess } from '../src/kernel/fd/process.ts'
import { type FakeCpu, FakeCpus, FakeHost } from './fake-cpu.ts'

const blockBytes = 2 << 20
const gpa = 0x4000_0000
const storeFault = ((0x24 << 26) | (1 << 25) | (1 << 24) | (2 << 22) | (1 << 6) | 7) >>> 0

interface Guest {
  readonly process: KvmProcess
  readonly vm: KvmFd
  readonly cpu: FakeCpu
  readonly scratch: bigint
  setLogging(on: boolean): void
}

/** A guest with two blocks mapped and written to. */
function makeGuest(caps: readonly (readonly [number, bigint])[]): Guest {
  const cpus = new FakeCpus()
  const model = { paBits: 48, lpa2: false }
  const process = createKvmProcessWith({ memoryBytes: 32 << 20, model, host: new FakeHost(), cpus })
  const scratch = process.memory.map(4096)
  const put = (bytes: Uint8Array): bigint => {
    process.memory.bytes(scratch, bytes.length).set(bytes)
    return scratch
  }
  const vm = process.fd(process.open('/dev/kvm').ioctl(KVM_CREATE_VM))
  for (const [cap, arg] of caps) vm.ioctl(KVM_ENABLE_CAP, put(encodeStruct(kvm_enable_cap, { cap, args: [arg] })))
  const room = process.memory.map(3 * blockBytes)
  const region = {
    guest_phys_addr: BigInt(gpa),
    memory_size: BigInt(2 * blockBytes),
    userspace_addr: (room + BigInt(blockBytes - 1)) & ~BigInt(blockBytes - 1),
  }
  const setLogging = (on: boolean): void => {
    const flags = on ? KVM_MEM_LOG_DIRTY_PAGES : 0
    vm.ioctl(KVM_SET_USER_MEMORY_REGION, put(encodeStruct(kvm_userspace_memory_region, { ...region, flags })))
  }
  setLogging(false)
  const vcpu = process.fd(vm.ioctl(KVM_CREATE_VCPU))
  vcpu.ioctl(KVM_ARM_VCPU_INIT, put(encodeStruct(kvm_vcpu_init, { target: 5, features: [4] })))
  const cpu = cpus.made[0]
  cpu.script = [gpa, gpa + blockBytes].map((ipa) => ({ kind: 'abort', esr: storeFault, far: 0n, ipa }))
  cpu.script.push({ kind: 'wfi' })
  expect(() => vcpu.ioctl(KVM_RUN)).toThrow(KvmError)
  return { process, vm, cpu, scratch, setLogging }
}

/** What stage 2 maps, as runs of equal leaves. */
function leaves({ cpu }: Guest): string[] {
  const registers = cpu.stage2
  if (registers === undefined) throw new Error('the CPU has no stage 2')
  const tables = stage2Tables(registers.vtcr, registers.vttbr, { paBits: 48 })
  if (tables === undefined) throw new Error('no tables')
  const { u32 } = cpu.state.memory
  const { runs } = dumpTables(tables, {
    readLo: (pa) => u32[pa >>> 2],
    readHi: (pa) => u32[(pa >>> 2) + 1],
    contains: (pa) => pa < u32.byteLength,
  })
  return runs.map(
    ({ address, sizeBytes, level, permissions }) =>
      `${address.toString(16)}+${sizeBytes.toString(16)} level ${level} ${permissions}`,
  )
}

const eager = [KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE, BigInt(blockBytes)] as const
const initiallySet = [KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, 3n] as const

test('default: a slot that begins to log keeps its blocks, write-protected', () => {
  const guest = makeGuest([])
  expect(leaves(guest)).toEqual(['40000000+400000 level 2 rwx'])
  guest.setLogging(true)
  expect(leaves(guest)).toEqual(['40000000+400000 level 2 r-x'])
})

test('behavior: with eager split they become pages', () => {
  const guest = makeGuest([eager])
  guest.setLogging(true)
  expect(leaves(guest)).toEqual(['40000000+400000 level 3 r-x'])
})

test('behavior: initially set, only blocks with pages that are cleared do', () => {
  const guest = makeGuest([eager, initiallySet])
  guest.setLogging(true)
  expect(leaves(guest)).toEqual(['40000000+400000 level 2 rwx'])
  clearFirstPages(guest)
  expect(leaves(guest)).toEqual([
    '40000000+40000 level 3 r-x',
    '40040000+1c0000 level 3 rwx',
    '40200000+200000 level 2 rwx',
  ])
})

test('behavior: initially set without eager split, the whole block is write-protected', () => {
  const guest = makeGuest([initiallySet])
  guest.setLogging(true)
  clearFirstPages(guest)
  expect(leaves(guest)).toEqual(['40000000+200000 level 2 r-x', '40200000+200000 level 2 rwx'])
})

/** Clears 64 pages from the start of the slot on. */
function clearFirstPages({ process, vm, scratch }: Guest): void {
  const mask = scratch + 256n
  process.memory.bytes(mask, 8).fill(0xff)
  const clear = encodeStruct(kvm_clear_dirty_log, { num_pages: 64, dirty_bitmap: mask })
  process.memory.bytes(scratch, clear.length).set(clear)
  vm.ioctl(KVM_CLEAR_DIRTY_LOG, scratch)
}
