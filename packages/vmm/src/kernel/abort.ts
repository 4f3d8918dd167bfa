/** Stage-2 aborts: map, emulate, exit or inject, decided in the order of Linux 6.12's guest-abort handler. */

import type { CpuState } from '@armvisor/cpu'
import { Prot, Result } from '@armvisor/stage2'
import type { VcpuExit } from '@armvisor/uapi'
import type { InjectedAbort } from './cpu-port.ts'
import { hex, kvmError } from './fail.ts'
import type { Stage2FaultEvent } from './kvm-events.ts'
import type { MemorySlot } from './memslots.ts'
import {
  completeMmio,
  encodeMmioData,
  type MmioDevices,
  type PendingMmio,
  type Quirks,
  skipInstruction,
} from './mmio.ts'
import { type AbortSyndrome, decodeAbort, nisvSyndrome } from './syndrome.ts'
import type { UserMapping } from './user-memory.ts'

const call = 'KVM_RUN'

/** Synchronous external abort, not on a table walk. [ARM] D24 DFSC */
const externalAbort = 0x10
/** Address size fault at level 0. [ARM] D24 DFSC */
const addressSizeFault = 0x00

/** The fault of a guest access, as `Cpu.run` reports it. */
export interface Stage2Abort {
  readonly esr: number
  readonly far: bigint
  readonly ipa: number
}

/** Stage-2 tables as the fault path needs them; results are those of the engine. */
export interface AbortStage2 {
  /** Leaf sizes in bytes, the page first. */
  readonly blockSizes: readonly number[]
  /** Bytes of a leaf at a level of the tables. */
  leafBytes(level: number): number
  map(ipa: number, sizeBytes: number, pa: number, prot: Prot): Result
  /** Adds permissions to the leaf at `ipa`. */
  relaxPermissions(ipa: number, prot: Prot): Result
  /** Sets the access flag of the leaf at `ipa`. */
  makeYoung(ipa: number): void
}

/** What a fault needs to know of the VM. */
export interface AbortVm {
  /** Limit of the host in bits: beyond it the guest gets an address size fault. */
  readonly ipaLimit: number
  /** IPA size of the VM in bits. */
  readonly ipaBits: number
  /** KVM_CAP_ARM_NISV_TO_USER is on. */
  readonly isNisvToUser: boolean
  readonly slots: { find(gpa: number): MemorySlot | undefined }
  /** Host memory behind slots. */
  readonly userMemory: { find(address: number): UserMapping | undefined }
  readonly stage2: AbortStage2
  /** Devices in the kernel, undefined before there are any. */
  readonly devices: MmioDevices | undefined
  readonly quirks: Quirks
  /** The page at `gpa` of the slot is writable for the guest now, and counts as written. */
  markDirty(slot: MemorySlot, gpa: number, vcpu: AbortVcpu): void
}

/** What a fault needs to do to the vCPU. */
export interface AbortVcpu {
  /** Place among the vCPUs of the VM. */
  readonly index: number
  readonly state: CpuState
  injectAbort(abort: InjectedAbort): void
  /** The access that the next run completes. */
  pendingMmio: PendingMmio | undefined
}

/** What came of an abort: `exit` is undefined when the guest goes on. */
export interface AbortResult {
  readonly outcome: Stage2FaultEvent['outcome']
  readonly exit?: VcpuExit
}

const mapped: AbortResult = { outcome: 'mapped' }
const device: AbortResult = { outcome: 'device' }
const injected: AbortResult = { outcome: 'injected' }
const skipped: AbortResult = { outcome: 'skipped' }

/**
 * Handles a stage-2 abort.
 *
 * @throws `KvmError` EFAULT, ENOSYS, ENOMEM, as `KVM_RUN` gives them.
 */
export function handleAbort(vm: AbortVm, vcpu: AbortVcpu, abort: Stage2Abort): AbortResult {
  const syndrome = decodeAbort(abort.esr)
  const { ipa } = abort
  if (syndrome.faultClass === 'translation') {
    if (ipa >= 2 ** vm.ipaLimit) return inject(vcpu, syndrome, BigInt(ipa), addressSizeFault)
    if (ipa >= 2 ** vm.ipaBits) return inject(vcpu, syndrome, BigInt(ipa), externalAbort)
  } else if (syndrome.faultClass !== 'permission' && syndrome.faultClass !== 'access-flag') {
    throw kvmError('EFAULT', call, `a stage-2 fault with ESR_EL2 ${hex(abort.esr >>> 0)} has no handler`)
  }
  const slot = vm.slots.find(ipa)
  const isWrite = isWriteFault(syndrome)
  if (slot === undefined || (isWrite && slot.isReadOnly)) {
    if (syndrome.isFetch || syndrome.isTableWalk) return inject(vcpu, syndrome, abort.far, externalAbort)
    if (slot === undefined && syndrome.isCacheMaintenance) {
      skipInstruction(vcpu.state)
      return skipped
    }
    return emulateMmio(vm, vcpu, abort, syndrome)
  }
  if (syndrome.faultClass === 'access-flag') {
    vm.stage2.makeYoung(ipa)
    return mapped
  }
  mapPage(vm, vcpu, slot, ipa, isWrite, syndrome)
  return mapped
}

/**
 * A walk of stage 1 counts as a write only on a permission fault (it sets the access flag there); else page tables in a
 * read-only slot would be reported to the guest as aborts.
 */
function isWriteFault(syndrome: AbortSyndrome): boolean {
  return syndrome.isTableWalk ? syndrome.faultClass === 'permission' : syndrome.isWrite
}

function inject(vcpu: AbortVcpu, syndrome: AbortSyndrome, far: bigint, fsc: number): AbortResult {
  vcpu.injectAbort({ kind: syndrome.isFetch ? 'prefetch' : 'data', far, fsc })
  return injected
}

function emulateMmio(vm: AbortVm, vcpu: AbortVcpu, abort: Stage2Abort, syndrome: AbortSyndrome): AbortResult {
  const { ipa } = abort
  if (!syndrome.isSyndromeValid) {
    if (vm.isNisvToUser) {
      const exit = { reason: 'arm_nisv', esrIss: nisvSyndrome(abort.esr), faultIpa: BigInt(ipa) } as const
      return { outcome: 'exit', exit }
    }
    throw kvmError(
      'ENOSYS',
      call,
      `the instruction at ${hex(vcpu.state.pc)} accesses ${hex(ipa)}, where no memory is, and its syndrome does not say how`,
      'enable KVM_CAP_ARM_NISV_TO_USER to get KVM_EXIT_ARM_NISV instead',
    )
  }
  const { sizeBytes, isWrite } = syndrome
  if (isWrite) {
    const value = BigInt.asUintN(sizeBytes * 8, vcpu.state.readX(syndrome.register))
    if (vm.devices?.writeMmio(ipa, sizeBytes, value, vcpu.index)) {
      completeMmio(vcpu.state, syndrome, 0n, vm.quirks)
      return device
    }
    return exitForMmio(vcpu, ipa, syndrome, encodeMmioData(value, sizeBytes))
  }
  const value = vm.devices?.readMmio(ipa, sizeBytes, vcpu.index)
  if (value !== undefined) {
    completeMmio(vcpu.state, syndrome, value, vm.quirks)
    return device
  }
  return exitForMmio(vcpu, ipa, syndrome, new Uint8Array(sizeBytes))
}

function exitForMmio(vcpu: AbortVcpu, ipa: number, syndrome: AbortSyndrome, data: Uint8Array): AbortResult {
  const { sizeBytes, isWrite } = syndrome
  vcpu.pendingMmio = { syndrome, data }
  return { outcome: 'exit', exit: { reason: 'mmio', physAddr: BigInt(ipa), data, len: sizeBytes, isWrite } }
}

function mapPage(
  vm: AbortVm,
  vcpu: AbortVcpu,
  slot: MemorySlot,
  ipa: number,
  isWrite: boolean,
  syndrome: AbortSyndrome,
): void {
  const isPermissionFault = syndrome.faultClass === 'permission'
  if (isPermissionFault && !isWrite && !syndrome.isFetch) {
    throw kvmError('EFAULT', call, `a read of ${hex(ipa)} has no permission at stage 2`)
  }
  const hva = slot.hva + (ipa - slot.gpa)
  const mapping = vm.userMemory.find(hva)
  if (mapping === undefined) {
    throw kvmError('EFAULT', call, `slot ${slot.id} points at ${hex(hva)}, where no user memory is mapped`)
  }
  const { blockSizes } = vm.stage2
  const isLogging = slot.isLogging && !slot.isReadOnly
  const sizeBytes = isLogging ? blockSizes[0] : leafSize(blockSizes, slot, mapping, ipa)
  // Executable always: hosts withhold X until the first fetch to clean their instruction caches then. Here decoded code is
  // dropped by the guest's own stores and cache maintenance, so a fault more would find nothing to do.
  let prot: Prot = Prot.r | Prot.x
  const isWritable = !slot.isReadOnly && (!isLogging || isWrite)
  if (isWritable) prot |= Prot.w
  const offset = ipa % sizeBytes
  const pa = mapping.backing + (hva - mapping.start)
  // A leaf of the wanted size gets what it lacks; a block that must become pages is mapped anew, and its rest faults in again.
  const isSameSize = isPermissionFault && vm.stage2.leafBytes(syndrome.faultLevel) === sizeBytes
  const result = isSameSize
    ? vm.stage2.relaxPermissions(ipa, prot)
    : vm.stage2.map(ipa - offset, sizeBytes, pa - offset, prot)
  if (result === Result.ok && isWritable) vm.markDirty(slot, ipa, vcpu)
  // EAGAIN: another vCPU was faster. The guest finds out by accessing again.
  if (result === Result.ok || result === Result.EAGAIN) return
  if (result === Result.ENOMEM) throw kvmError('ENOMEM', call, `no memory for the stage-2 tables of ${hex(ipa)}`)
  throw kvmError('EFAULT', call, `${hex(ipa)} cannot be mapped to ${hex(hva)} at stage 2 (${result})`)
}

/** The largest leaf that has the same offset in guest and host, and lies wholly in the slot and in mapped memory. */
function leafSize(sizes: readonly number[], slot: MemorySlot, mapping: UserMapping, ipa: number): number {
  const hva = slot.hva + (ipa - slot.gpa)
  for (let i = sizes.length - 1; i > 0; i--) {
    const size = sizes[i]
    if (slot.gpa % size !== slot.hva % size || mapping.start % size !== mapping.backing % size) continue
    const start = hva - (hva % size)
    if (
      start >= slot.hva &&
      start + size <= slot.hva + slot.sizeBytes &&
      start >= mapping.start &&
      start + size <= mapping.end
    ) {
      return size
    }
  }
  return sizes[0]
}
