/** Handles to a KVM implementation: what code above the KVM line is written against. [KVM-API] §4. */

import type { VcpuExit } from './exit.ts'
import type { StructValue } from './layout/copy.ts'
import type { kvm_guest_debug, kvm_vcpu_events } from './layout/vcpu.ts'

/** A host virtual address: an address in the {@link UserMemory} of the process that owns the handles. */
export type Hva = bigint

/** Memory slot, as `struct kvm_userspace_memory_region`. */
export interface UserspaceMemoryRegion {
  readonly slot: number
  readonly flags: number
  readonly guest_phys_addr: bigint
  readonly memory_size: bigint
  readonly userspace_addr: Hva
}

/** vCPU target and features, as `struct kvm_vcpu_init`. `features` holds up to seven 32-bit words. */
export interface VcpuInit {
  readonly target: number
  readonly features: readonly number[]
}

/** A message-signalled interrupt, as `struct kvm_msi`. */
export interface MsiMessage {
  readonly address: bigint
  readonly data: number
  /** An ITS delivers nothing without it. */
  readonly deviceId?: number | undefined
}

/** What a GSI raises: a pin of the interrupt controller, or a message. */
export type GsiRoute =
  | { readonly gsi: number; readonly pin: number }
  | { readonly gsi: number; readonly msi: MsiMessage }

/** The address space that memory slots point into. On a real host it is the process; here it is one linear memory. */
export interface UserMemory {
  /** Size in bytes of one host page. */
  readonly pageBytes: number
  /** Maps `sizeBytes` of zeroed anonymous memory, aligned to 2 MiB where it is that large. @throws `KvmError` ENOMEM, EINVAL */
  map(sizeBytes: number): Hva
  /** Gives back what {@link UserMemory.map} returned. @throws `KvmError` EINVAL */
  unmap(address: Hva): void
  /** The bytes themselves, without a copy; stays valid until unmapped. @throws `KvmError` EFAULT */
  bytes(address: Hva, sizeBytes: number): Uint8Array
}

/** `/dev/kvm`. */
export interface Kvm {
  readonly memory: UserMemory
  /** `KVM_GET_API_VERSION`: 12. */
  getApiVersion(): number
  /** `KVM_CHECK_EXTENSION` on the system handle. */
  checkExtension(capability: number): number
  /** `KVM_GET_VCPU_MMAP_SIZE`, bytes. */
  getVcpuMmapSize(): number
  /** `KVM_CREATE_VM`. `type` is the machine-type word, 0 for a 40-bit IPA space. @throws `KvmError` */
  createVm(type?: bigint): Vm
  close(): void
}

/** A VM. Every call fails with `KvmError` where Linux gives an errno. */
export interface Vm {
  checkExtension(capability: number): number
  /** `KVM_ENABLE_CAP`. */
  enableCap(capability: number, flags?: number, args?: readonly bigint[]): void
  /** `KVM_SET_USER_MEMORY_REGION`. */
  setUserMemoryRegion(region: UserspaceMemoryRegion): void
  /**
   * `KVM_GET_DIRTY_LOG`: a bit for each page of a slot with `KVM_MEM_LOG_DIRTY_PAGES` that was written since the last call, in
   * whole 64-bit words; unless the VM's log is protected by hand, the call also starts the log anew.
   */
  getDirtyLog(slot: number): Uint8Array
  /**
   * `KVM_CLEAR_DIRTY_LOG`: pages whose bits are set in `bitmap` are logged anew.
   *
   * Capability: KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2. Architectures: all. Type: vm. Parameters: the slot; its first page, a multiple of 64; how
   * many pages, a multiple of 64 or all to the end; their bits in 64-bit words. Returns: nothing.
   * @throws `KvmError` EINVAL, ENOENT, EFAULT for a bitmap that is too short
   */
  clearDirtyLog(slot: number, firstPage: bigint, pages: number, bitmap: Uint8Array): void
  /** `KVM_ARM_PREFERRED_TARGET`. */
  preferredTarget(): VcpuInit
  /** `KVM_CREATE_VCPU`. */
  createVcpu(id: number): Vcpu
  /** `KVM_CREATE_DEVICE`. `flags` bit 0 only tests. */
  createDevice(type: number, flags?: number): Device
  /** `KVM_IRQ_LINE`: `irq` in the layout of `KVM_ARM_IRQ_*` (vcpu2[31:28] type[27:24] vcpu[23:16] number[15:0]). */
  irqLine(irq: number, level: boolean): void
  /**
   * `KVM_SIGNAL_MSI`: sends a message to the interrupt controller.
   *
   * Capability: KVM_CAP_SIGNAL_MSI. Architectures: x86, arm64. Type: vm. Parameters: the message. Returns: whether an interrupt is pending by
   * it; false where the guest has not set it up.
   * @throws `KvmError` EINVAL, ENODEV, EBUSY
   */
  signalMsi(msi: MsiMessage): boolean
  /**
   * `KVM_SET_GSI_ROUTING`: replaces the table of what GSIs raise.
   *
   * Capability: KVM_CAP_IRQ_ROUTING. Architectures: x86, s390, arm64. Type: vm. Parameters: all routes. Returns: nothing.
   * @throws `KvmError` EINVAL without an interrupt controller, for too many routes, and for a GSI or pin that does not exist
   */
  setGsiRouting(routes: readonly GsiRoute[]): void
  close(): void
}

/** A vCPU. */
export interface Vcpu {
  readonly id: number
  /** `KVM_ARM_VCPU_INIT`. */
  init(init: VcpuInit): void
  /** `KVM_GET_REG_LIST`: the ids of all registers. */
  getRegList(): bigint[]
  /** `KVM_GET_ONE_REG`: little-endian bytes of the size that the id names. */
  getOneReg(id: bigint): Uint8Array
  /** `KVM_SET_ONE_REG`. */
  setOneReg(id: bigint, value: Uint8Array): void
  /**
   * `KVM_GET_VCPU_EVENTS`: exceptions on their way to the guest.
   *
   * Capability: KVM_CAP_VCPU_EVENTS. Architectures: x86, arm64. Type: vcpu. Parameters: none. Returns: `kvm_vcpu_events`.
   * @throws `KvmError` ENOEXEC before {@link Vcpu.init}
   */
  getVcpuEvents(): StructValue<typeof kvm_vcpu_events>
  /**
   * `KVM_SET_VCPU_EVENTS`: makes an SError pending, or injects an external abort for the access that the vCPU left for.
   *
   * Capability: KVM_CAP_VCPU_EVENTS. Architectures: x86, arm64. Type: vcpu. Parameters: `kvm_vcpu_events`. Returns: nothing.
   * @throws `KvmError` ENOEXEC before {@link Vcpu.init}, EINVAL
   */
  setVcpuEvents(events: StructValue<typeof kvm_vcpu_events>): void
  /**
   * `KVM_SET_GUEST_DEBUG`: steps, breakpoints and watchpoints become `debug` exits, as does BRK.
   *
   * Capability: KVM_CAP_SET_GUEST_DEBUG. Architectures: x86, s390, ppc, arm64. Type: vcpu. Parameters: `kvm_guest_debug`; without
   * `KVM_GUESTDBG_ENABLE` debugging ends. Returns: nothing.
   * @throws `KvmError` EINVAL for flags that arm64 does not have
   */
  setGuestDebug(debug: StructValue<typeof kvm_guest_debug>): void
  /** `KVM_GET_MP_STATE`. */
  getMpState(): number
  /** `KVM_SET_MP_STATE`. */
  setMpState(state: number): void
  /** `kvm_run.immediate_exit`: while true, {@link Vcpu.run} finishes what is pending and returns `intr`. */
  immediateExit: boolean
  /**
   * `KVM_RUN`. Returns the reason for the exit. An `mmio` read is answered by filling `data` before the next call.
   * Where Linux would block in the kernel (WFI), or after the time slice of the implementation, it returns `intr`;
   * then await {@link Vcpu.runnable} before calling again.
   */
  run(): VcpuExit
  /** Resolves when the vCPU has something to do: soon unless it waits for an interrupt; also on {@link Vcpu.kick}. */
  runnable(): Promise<void>
  /** Ends a wait in {@link Vcpu.runnable}, as a signal to the vCPU thread would. */
  kick(): void
  close(): void
}

/** A device made with `KVM_CREATE_DEVICE`. `addr` of the C struct is the value itself here. */
export interface Device {
  readonly type: number
  setAttr(group: number, attr: bigint, value: bigint): void
  /** @param value what is at `addr` before the call: of a redistributor region its index. */
  getAttr(group: number, attr: bigint, value?: bigint): bigint
  /** Whether the attribute exists; false where Linux gives ENXIO. */
  hasAttr(group: number, attr: bigint): boolean
  close(): void
}
