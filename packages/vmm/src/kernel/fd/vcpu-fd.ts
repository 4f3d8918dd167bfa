/** The file of a vCPU: its ioctls, and the pages that it shares. [KVM-API] §4, §5 */

import {
  type Hva,
  KVM_ARM_VCPU_FINALIZE,
  KVM_ARM_VCPU_INIT,
  KVM_COALESCED_MMIO_PAGE_OFFSET,
  KVM_DIRTY_LOG_PAGE_OFFSET,
  KVM_GET_DEVICE_ATTR,
  KVM_GET_MP_STATE,
  KVM_GET_ONE_REG,
  KVM_GET_REG_LIST,
  KVM_GET_STATS_FD,
  KVM_GET_VCPU_EVENTS,
  KVM_HAS_DEVICE_ATTR,
  KVM_RUN,
  KVM_SET_DEVICE_ATTR,
  KVM_SET_GUEST_DEBUG,
  KVM_SET_MP_STATE,
  KVM_SET_ONE_REG,
  KVM_SET_REGS,
  KVM_SET_SIGNAL_MASK,
  KVM_SET_VCPU_EVENTS,
  KVM_TRANSLATE,
  kvm_guest_debug,
  kvm_mp_state,
  kvm_one_reg,
  kvm_regs,
  kvm_translation,
  kvm_vcpu_events,
  kvm_vcpu_init,
  sizeOfStruct,
} from '@armvisor/uapi'
import { hex, kvmError } from '../fail.ts'
import type { KernelPages } from '../user-memory.ts'
import type { KernelVcpu } from '../vcpu.ts'
import { MAP_SHARED, type MmapRequest, OpenFile, PROT_EXEC } from './open-file.ts'
import { RunPage } from './run-page.ts'
import { StatsFd } from './stats-fd.ts'
import { attributeIoctl, readStruct, writeStruct } from './user-struct.ts'
import type { VmFileContext } from './vm-context.ts'

/** Bytes of the signal set of arm64. */
const signalSetBytes = 8

/** What `KVM_CREATE_VCPU` opens. */
export class VcpuFd extends OpenFile {
  readonly kind = 'a vCPU'
  readonly vcpu: KernelVcpu
  readonly #context: VmFileContext
  readonly #pages: KernelPages
  readonly #run: RunPage

  constructor(context: VmFileContext, vcpu: KernelVcpu) {
    super()
    this.vcpu = vcpu
    this.#context = context
    const { memory, linear } = context.process
    this.#pages = memory.allocate(memory.pageBytes)
    this.#run = new RunPage(linear, this.#pages.backing)
    vcpu.onEntry = () => this.#run.begin()
    context.hold()
  }

  override ioctl(request: number, arg: bigint): number {
    const { vm, process } = this.#context
    const { memory } = process
    const { vcpu } = this
    vm.checkAlive('ioctl')
    switch (request) {
      case KVM_RUN:
        if (arg !== 0n) throw kvmError('EINVAL', 'KVM_RUN', `argument ${hex(arg)} is not 0`)
        return this.#runGuest()
      case KVM_ARM_VCPU_INIT:
        vcpu.init(readStruct(memory, kvm_vcpu_init, arg, 'KVM_ARM_VCPU_INIT'))
        return 0
      case KVM_ARM_VCPU_FINALIZE: {
        const call = 'KVM_ARM_VCPU_FINALIZE'
        vcpu.checkInitialised(call)
        vcpu.finalize(new DataView(memory.copyIn(arg, 4, call).buffer).getInt32(0, true))
        return 0
      }
      case KVM_GET_ONE_REG:
        return this.#getOneReg(arg)
      case KVM_SET_ONE_REG:
        return this.#setOneReg(arg)
      case KVM_GET_REG_LIST:
        return this.#getRegList(arg)
      case KVM_GET_VCPU_EVENTS:
        writeStruct(memory, kvm_vcpu_events, arg, vcpu.getVcpuEvents(), 'KVM_GET_VCPU_EVENTS')
        return 0
      case KVM_SET_VCPU_EVENTS:
        vcpu.checkInitialised('KVM_SET_VCPU_EVENTS')
        vcpu.setVcpuEvents(readStruct(memory, kvm_vcpu_events, arg, 'KVM_SET_VCPU_EVENTS'))
        return 0
      case KVM_GET_MP_STATE:
        writeStruct(memory, kvm_mp_state, arg, { mp_state: vcpu.getMpState() }, 'KVM_GET_MP_STATE')
        return 0
      case KVM_SET_MP_STATE:
        vcpu.setMpState(readStruct(memory, kvm_mp_state, arg, 'KVM_SET_MP_STATE').mp_state)
        return 0
      case KVM_SET_GUEST_DEBUG:
        vcpu.setGuestDebug(readStruct(memory, kvm_guest_debug, arg, 'KVM_SET_GUEST_DEBUG'))
        return 0
      case KVM_SET_SIGNAL_MASK:
        return this.#setSignalMask(arg)
      case KVM_SET_DEVICE_ATTR:
        return attributeIoctl(memory, vcpu.attributes, 'set', arg)
      case KVM_GET_DEVICE_ATTR:
        return attributeIoctl(memory, vcpu.attributes, 'get', arg)
      case KVM_HAS_DEVICE_ATTR:
        return attributeIoctl(memory, vcpu.attributes, 'has', arg)
      case KVM_GET_STATS_FD:
        return process.install(new StatsFd(this.#context, `kvm-${process.pid}/vcpu-${vcpu.id}`, vcpu.statistics))
      // Of other architectures, but their arguments are read before that is said.
      case KVM_SET_REGS:
        memory.copyIn(arg, sizeOfStruct(kvm_regs), 'KVM_SET_REGS')
        throw unknown(request)
      case KVM_TRANSLATE:
        memory.copyIn(arg, sizeOfStruct(kvm_translation), 'KVM_TRANSLATE')
        throw unknown(request)
      default:
        throw unknown(request)
    }
  }

  override mmap({ lengthBytes, prot, flags, offset }: MmapRequest, onUnmap: () => void): Hva {
    const { memory } = this.#context.process
    const { pageBytes } = memory
    const first = offset / pageBytes
    const count = Math.ceil(lengthBytes / pageBytes)
    const ringPages = this.#ringPages()
    const isRing = (page: number): boolean =>
      page >= KVM_DIRTY_LOG_PAGE_OFFSET && page < KVM_DIRTY_LOG_PAGE_OFFSET + ringPages
    if ((isRing(first) || isRing(first + count - 1)) && ((prot & PROT_EXEC) !== 0 || (flags & MAP_SHARED) === 0)) {
      throw kvmError('EINVAL', 'mmap', 'a dirty ring is mapped shared, and not executable')
    }
    // Pages that the file does not have are mapped too; touching them faults.
    const pages = Array.from({ length: count }, (_, n) => this.#page(first + n))
    return memory.mapFile(pages, onUnmap)
  }

  override ready(): Promise<void> {
    return this.vcpu.runnable()
  }

  release(): void {
    this.vcpu.onEntry = undefined
    this.#context.process.memory.free(this.#pages)
    this.#context.drop()
  }

  #page(page: number): KernelPages | undefined {
    const { vm, process } = this.#context
    const { pageBytes } = process.memory
    if (page === 0) return this.#pages
    if (page === KVM_COALESCED_MMIO_PAGE_OFFSET) return vm.coalescedPage
    const ringPage = page - KVM_DIRTY_LOG_PAGE_OFFSET
    const { dirtyRing } = this.vcpu
    if (dirtyRing === undefined || ringPage < 0 || ringPage >= this.#ringPages()) return undefined
    return { backing: dirtyRing.pages.backing + ringPage * pageBytes, sizeBytes: pageBytes }
  }

  #ringPages(): number {
    const { dirtyRing } = this.vcpu
    return dirtyRing === undefined ? 0 : dirtyRing.pages.sizeBytes / this.#context.process.memory.pageBytes
  }

  /**
   * One run. What would block, and the end of a time slice, is what a signal is in Linux: EINTR with `KVM_EXIT_INTR`. Then wait for
   * {@link VcpuFd.ready} and run again.
   */
  #runGuest(): number {
    const { vcpu } = this
    const run = this.#run
    vcpu.immediateExit = run.isImmediateExit
    const pending = vcpu.pendingMmio
    if (pending !== undefined && !pending.syndrome.isWrite)
      pending.data.set(run.mmioData.subarray(0, pending.data.length))
    try {
      const exit = vcpu.run()
      if (exit.reason !== 'intr') {
        run.write(exit)
        return 0
      }
      if (!vcpu.immediateExit) run.interrupt()
    } finally {
      run.deviceIrqLevel = vcpu.deviceIrqLevel
    }
    throw kvmError('EINTR', 'KVM_RUN', `vCPU ${vcpu.id} was interrupted`, 'run it again when it is ready')
  }

  #getOneReg(arg: bigint): number {
    const call = 'KVM_GET_ONE_REG'
    const { memory } = this.#context.process
    this.vcpu.checkInitialised(call)
    const { id, addr } = readStruct(memory, kvm_one_reg, arg, call)
    memory.copyOut(addr, this.vcpu.getOneReg(id), call)
    return 0
  }

  #setOneReg(arg: bigint): number {
    const call = 'KVM_SET_ONE_REG'
    const { memory } = this.#context.process
    this.vcpu.checkInitialised(call)
    const { id, addr } = readStruct(memory, kvm_one_reg, arg, call)
    this.vcpu.setOneRegFrom(id, (sizeBytes) => memory.copyIn(addr, sizeBytes, call))
    return 0
  }

  #getRegList(arg: bigint): number {
    const call = 'KVM_GET_REG_LIST'
    const { memory } = this.#context.process
    const list = this.vcpu.getRegList()
    const bytes = new Uint8Array(8 + list.length * 8)
    const view = new DataView(bytes.buffer)
    const room = new DataView(memory.copyIn(arg, 8, call).buffer).getBigUint64(0, true)
    view.setBigUint64(0, BigInt(list.length), true)
    memory.copyOut(arg, bytes.subarray(0, 8), call)
    if (room < BigInt(list.length)) {
      throw kvmError('E2BIG', call, `there are ${list.length} registers, and room for ${room}`)
    }
    list.forEach((id, n) => {
      view.setBigUint64(8 + n * 8, id, true)
    })
    memory.copyOut(arg, bytes, call)
    return 0
  }

  /** Signals are the host's, which has none to mask: only the form is checked. */
  #setSignalMask(arg: bigint): number {
    const call = 'KVM_SET_SIGNAL_MASK'
    const { memory } = this.#context.process
    if (arg === 0n) return 0
    const length = new DataView(memory.copyIn(arg, 4, call).buffer).getUint32(0, true)
    if (length !== signalSetBytes) throw kvmError('EINVAL', call, `a signal set of ${length} bytes`, 'use 8')
    memory.copyIn(arg + 4n, signalSetBytes, call)
    return 0
  }
}

function unknown(request: number): Error {
  return kvmError('EINVAL', 'ioctl', `a vCPU has no request ${hex(request)}`)
}
