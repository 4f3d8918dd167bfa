// biome-ignore-all format: the columns are the table
/** The ioctls of KVM that the arm64 headers of Linux 6.12 define: numbers, argument, handle. [KVM-API] §4. */

/** Which handle an ioctl is for. The same number may mean different calls on different handles. @see [KVM-API] §4 */
export type FdKind = 'sys' | 'vm' | 'vcpu' | 'device'

/**
 * Direction of the argument, seen from the caller: `write` goes to the kernel.
 *
 * @see [LINUX-UAPI] asm-generic/ioctl.h
 */
export type IoctlDir = 'none' | 'write' | 'read' | 'read-write'

/** An ioctl. @see {@link ioctlTable} */
export interface IoctlRow {
  /** Header name. */
  readonly name: string
  /** Number within the type byte. */
  readonly nr: number
  readonly dir: IoctlDir
  /** Bytes of the argument that the number encodes; 0 also where the argument is a plain word. */
  readonly sizeBytes: number
  /** C type of the argument, empty if there is none. */
  readonly arg: string
  /** Handles that answer it on arm64; none for the ioctls of other architectures. */
  readonly fds: readonly FdKind[]
  /** Capabilities that announce it; `basic` where it always exists. */
  readonly capability: string
  /** Result, then the errnos that it has of its own. */
  readonly returns: string
}

/** Type byte of all KVM ioctls. @see [LINUX-UAPI] linux/kvm.h */
export const KVMIO = 0xae

const dirBits: Readonly<Record<IoctlDir, number>> = { none: 0, write: 1, read: 2, 'read-write': 3 }

/**
 * Request number of an ioctl, unsigned: direction[31:30] size[29:16] type[15:8] number[7:0].
 *
 * @see [LINUX-UAPI] asm-generic/ioctl.h
 */
export function ioctlNumber(row: { readonly dir: IoctlDir; readonly nr: number; readonly sizeBytes: number }): number {
  return ((dirBits[row.dir] << 30) | (row.sizeBytes << 16) | (KVMIO << 8) | row.nr) >>> 0
}

/**
 * Parts of a request number; the inverse of {@link ioctlNumber} where `type` is {@link KVMIO}.
 *
 * @see [LINUX-UAPI] asm-generic/ioctl.h
 */
export function decodeIoctlNumber(request: number): {
  readonly dir: IoctlDir
  readonly sizeBytes: number
  readonly type: number
  readonly nr: number
} {
  const dirs: readonly IoctlDir[] = ['none', 'write', 'read', 'read-write']
  return {
    dir: dirs[request >>> 30],
    sizeBytes: (request >>> 16) & 0x3fff,
    type: (request >>> 8) & 0xff,
    nr: request & 0xff,
  }
}

/**
 * Ioctls with a request number, on one kind of handle or on any. Only the handle tells some apart:
 * `0x4010aeab` is `KVM_GET_ONE_REG` on a vCPU and `KVM_ARM_SET_DEVICE_ADDR` on a VM.
 *
 * @see {@link ioctlTable}
 */
export function findIoctls(request: number, fd?: FdKind): readonly IoctlRow[] {
  return ioctlTable.filter((row) => ioctlNumber(row) === request >>> 0 && (fd === undefined || row.fds.includes(fd)))
}

/**
 * Every ioctl whose number the arm64 headers of Linux 6.12 define, by number. Those without a handle belong to other
 * architectures and are here to be named.
 *
 * @see [KVM-API] §4
 */
export const ioctlTable: readonly IoctlRow[] = [
  { name: 'KVM_GET_API_VERSION',             nr: 0x00, dir: 'none',       sizeBytes: 0,   arg: '',                               fds: ['sys'],                    capability: 'basic',                                         returns: '12' },
  { name: 'KVM_CREATE_VM',                   nr: 0x01, dir: 'none',       sizeBytes: 0,   arg: '',                               fds: ['sys'],                    capability: 'basic',                                         returns: 'a VM; EINVAL, EINTR, ENOMEM, EMFILE' },
  { name: 'KVM_CHECK_EXTENSION',             nr: 0x03, dir: 'none',       sizeBytes: 0,   arg: '',                               fds: ['sys', 'vm'],              capability: 'basic, KVM_CAP_CHECK_EXTENSION_VM',             returns: '0 if absent, else 1 or a value; EINVAL' },
  { name: 'KVM_GET_VCPU_MMAP_SIZE',          nr: 0x04, dir: 'none',       sizeBytes: 0,   arg: '',                               fds: ['sys'],                    capability: 'basic',                                         returns: 'bytes to map of a vCPU; EINVAL' },
  { name: 'KVM_S390_ENABLE_SIE',             nr: 0x06, dir: 'none',       sizeBytes: 0,   arg: '',                               fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_CREATE_VCPU',                 nr: 0x41, dir: 'none',       sizeBytes: 0,   arg: '',                               fds: ['vm'],                     capability: 'basic',                                         returns: 'a vCPU; EINVAL, EEXIST, EBUSY' },
  { name: 'KVM_GET_DIRTY_LOG',               nr: 0x42, dir: 'write',      sizeBytes: 16,  arg: 'kvm_dirty_log',                  fds: ['vm'],                     capability: 'basic',                                         returns: '0; EINVAL, ENOENT, ENXIO, EFAULT' },
  { name: 'KVM_SET_NR_MMU_PAGES',            nr: 0x44, dir: 'none',       sizeBytes: 0,   arg: '',                               fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_GET_NR_MMU_PAGES',            nr: 0x45, dir: 'none',       sizeBytes: 0,   arg: '',                               fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_SET_USER_MEMORY_REGION',      nr: 0x46, dir: 'write',      sizeBytes: 32,  arg: 'kvm_userspace_memory_region',    fds: ['vm'],                     capability: 'KVM_CAP_USER_MEMORY',                           returns: '0; EINVAL, EEXIST, EFAULT, ENOMEM' },
  { name: 'KVM_SET_TSS_ADDR',                nr: 0x47, dir: 'none',       sizeBytes: 0,   arg: '',                               fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_SET_IDENTITY_MAP_ADDR',       nr: 0x48, dir: 'write',      sizeBytes: 8,   arg: '__u64',                          fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_SET_USER_MEMORY_REGION2',     nr: 0x49, dir: 'write',      sizeBytes: 160, arg: 'kvm_userspace_memory_region2',   fds: ['vm'],                     capability: 'KVM_CAP_USER_MEMORY2',                          returns: '0; EINVAL, EEXIST, EFAULT, ENOMEM' },
  { name: 'KVM_S390_VCPU_FAULT',             nr: 0x52, dir: 'write',      sizeBytes: 8,   arg: 'unsigned long',                  fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_CREATE_IRQCHIP',              nr: 0x60, dir: 'none',       sizeBytes: 0,   arg: '',                               fds: ['vm'],                     capability: 'KVM_CAP_IRQCHIP',                               returns: '0; ENODEV, EEXIST, EBUSY' },
  { name: 'KVM_IRQ_LINE',                    nr: 0x61, dir: 'write',      sizeBytes: 8,   arg: 'kvm_irq_level',                  fds: ['vm'],                     capability: 'KVM_CAP_IRQCHIP',                               returns: '0; ENXIO, EINVAL, EBUSY' },
  { name: 'KVM_GET_IRQCHIP',                 nr: 0x62, dir: 'read-write', sizeBytes: 520, arg: 'kvm_irqchip',                    fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_SET_IRQCHIP',                 nr: 0x63, dir: 'read',       sizeBytes: 520, arg: 'kvm_irqchip',                    fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_CREATE_PIT',                  nr: 0x64, dir: 'none',       sizeBytes: 0,   arg: '',                               fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_IRQ_LINE_STATUS',             nr: 0x67, dir: 'read-write', sizeBytes: 8,   arg: 'kvm_irq_level',                  fds: ['vm'],                     capability: 'KVM_CAP_IRQCHIP',                               returns: '0; ENXIO, EINVAL, EBUSY' },
  { name: 'KVM_REGISTER_COALESCED_MMIO',     nr: 0x67, dir: 'write',      sizeBytes: 16,  arg: 'kvm_coalesced_mmio_zone',        fds: ['vm'],                     capability: 'KVM_CAP_COALESCED_MMIO',                        returns: '0; EINVAL, EFAULT' },
  { name: 'KVM_UNREGISTER_COALESCED_MMIO',   nr: 0x68, dir: 'write',      sizeBytes: 16,  arg: 'kvm_coalesced_mmio_zone',        fds: ['vm'],                     capability: 'KVM_CAP_COALESCED_MMIO',                        returns: '0; EINVAL, EFAULT' },
  { name: 'KVM_SET_GSI_ROUTING',             nr: 0x6a, dir: 'write',      sizeBytes: 8,   arg: 'kvm_irq_routing',                fds: ['vm'],                     capability: 'KVM_CAP_IRQ_ROUTING',                           returns: '0; EINVAL, EFAULT' },
  { name: 'KVM_REINJECT_CONTROL',            nr: 0x71, dir: 'none',       sizeBytes: 0,   arg: '',                               fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_IRQFD',                       nr: 0x76, dir: 'write',      sizeBytes: 32,  arg: 'kvm_irqfd',                      fds: ['vm'],                     capability: 'KVM_CAP_IRQFD',                                 returns: '0; EINVAL, EBADF, EBUSY, EAGAIN' },
  { name: 'KVM_CREATE_PIT2',                 nr: 0x77, dir: 'write',      sizeBytes: 64,  arg: 'kvm_pit_config',                 fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_SET_BOOT_CPU_ID',             nr: 0x78, dir: 'none',       sizeBytes: 0,   arg: '',                               fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_IOEVENTFD',                   nr: 0x79, dir: 'write',      sizeBytes: 64,  arg: 'kvm_ioeventfd',                  fds: ['vm'],                     capability: 'KVM_CAP_IOEVENTFD',                             returns: '0; EINVAL, EBADF, EEXIST, ENOENT, ENOSPC' },
  { name: 'KVM_SET_CLOCK',                   nr: 0x7b, dir: 'write',      sizeBytes: 48,  arg: 'kvm_clock_data',                 fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_GET_CLOCK',                   nr: 0x7c, dir: 'read',       sizeBytes: 48,  arg: 'kvm_clock_data',                 fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_RUN',                         nr: 0x80, dir: 'none',       sizeBytes: 0,   arg: '',                               fds: ['vcpu'],                   capability: 'basic',                                         returns: '0; EINTR, EINVAL, ENOEXEC, EPERM, ENXIO, EBUSY, ENOSYS, EFAULT, EIO' },
  { name: 'KVM_GET_REGS',                    nr: 0x81, dir: 'read',       sizeBytes: 864, arg: 'kvm_regs',                       fds: ['vcpu'],                   capability: 'basic',                                         returns: 'EINVAL: not on arm64' },
  { name: 'KVM_SET_REGS',                    nr: 0x82, dir: 'write',      sizeBytes: 864, arg: 'kvm_regs',                       fds: ['vcpu'],                   capability: 'basic',                                         returns: 'EINVAL: not on arm64' },
  { name: 'KVM_GET_SREGS',                   nr: 0x83, dir: 'read',       sizeBytes: 0,   arg: 'kvm_sregs',                      fds: ['vcpu'],                   capability: 'basic',                                         returns: 'EINVAL: not on arm64' },
  { name: 'KVM_SET_SREGS',                   nr: 0x84, dir: 'write',      sizeBytes: 0,   arg: 'kvm_sregs',                      fds: ['vcpu'],                   capability: 'basic',                                         returns: 'EINVAL: not on arm64' },
  { name: 'KVM_TRANSLATE',                   nr: 0x85, dir: 'read-write', sizeBytes: 24,  arg: 'kvm_translation',                fds: ['vcpu'],                   capability: 'basic',                                         returns: 'EINVAL: not on arm64' },
  { name: 'KVM_INTERRUPT',                   nr: 0x86, dir: 'write',      sizeBytes: 4,   arg: 'kvm_interrupt',                  fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_SET_SIGNAL_MASK',             nr: 0x8b, dir: 'write',      sizeBytes: 4,   arg: 'kvm_signal_mask',                fds: ['vcpu'],                   capability: 'basic',                                         returns: '0; EINVAL, EFAULT' },
  { name: 'KVM_GET_FPU',                     nr: 0x8c, dir: 'read',       sizeBytes: 0,   arg: 'kvm_fpu',                        fds: ['vcpu'],                   capability: 'basic',                                         returns: 'EINVAL: not on arm64' },
  { name: 'KVM_SET_FPU',                     nr: 0x8d, dir: 'write',      sizeBytes: 0,   arg: 'kvm_fpu',                        fds: ['vcpu'],                   capability: 'basic',                                         returns: 'EINVAL: not on arm64' },
  { name: 'KVM_TPR_ACCESS_REPORTING',        nr: 0x92, dir: 'read-write', sizeBytes: 40,  arg: 'kvm_tpr_access_ctl',             fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_SET_VAPIC_ADDR',              nr: 0x93, dir: 'write',      sizeBytes: 8,   arg: 'kvm_vapic_addr',                 fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_S390_STORE_STATUS',           nr: 0x95, dir: 'write',      sizeBytes: 8,   arg: 'unsigned long',                  fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_S390_INITIAL_RESET',          nr: 0x97, dir: 'none',       sizeBytes: 0,   arg: '',                               fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_GET_MP_STATE',                nr: 0x98, dir: 'read',       sizeBytes: 4,   arg: 'kvm_mp_state',                   fds: ['vcpu'],                   capability: 'KVM_CAP_MP_STATE',                              returns: '0; EFAULT' },
  { name: 'KVM_SET_MP_STATE',                nr: 0x99, dir: 'write',      sizeBytes: 4,   arg: 'kvm_mp_state',                   fds: ['vcpu'],                   capability: 'KVM_CAP_MP_STATE',                              returns: '0; EINVAL, EFAULT' },
  { name: 'KVM_NMI',                         nr: 0x9a, dir: 'none',       sizeBytes: 0,   arg: '',                               fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_SET_GUEST_DEBUG',             nr: 0x9b, dir: 'write',      sizeBytes: 520, arg: 'kvm_guest_debug',                fds: ['vcpu'],                   capability: 'KVM_CAP_SET_GUEST_DEBUG',                       returns: '0; EINVAL, EFAULT' },
  { name: 'KVM_X86_SETUP_MCE',               nr: 0x9c, dir: 'write',      sizeBytes: 8,   arg: '__u64',                          fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_X86_GET_MCE_CAP_SUPPORTED',   nr: 0x9d, dir: 'read',       sizeBytes: 8,   arg: '__u64',                          fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_GET_VCPU_EVENTS',             nr: 0x9f, dir: 'read',       sizeBytes: 64,  arg: 'kvm_vcpu_events',                fds: ['vcpu'],                   capability: 'KVM_CAP_VCPU_EVENTS',                           returns: '0; ENOEXEC, EFAULT' },
  { name: 'KVM_SET_VCPU_EVENTS',             nr: 0xa0, dir: 'write',      sizeBytes: 64,  arg: 'kvm_vcpu_events',                fds: ['vcpu'],                   capability: 'KVM_CAP_VCPU_EVENTS',                           returns: '0; ENOEXEC, EINVAL, EFAULT' },
  { name: 'KVM_SET_TSC_KHZ',                 nr: 0xa2, dir: 'none',       sizeBytes: 0,   arg: '',                               fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_ENABLE_CAP',                  nr: 0xa3, dir: 'write',      sizeBytes: 104, arg: 'kvm_enable_cap',                 fds: ['vm'],                     capability: 'KVM_CAP_ENABLE_CAP_VM',                         returns: '0; EINVAL' },
  { name: 'KVM_GET_TSC_KHZ',                 nr: 0xa3, dir: 'none',       sizeBytes: 0,   arg: '',                               fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_SIGNAL_MSI',                  nr: 0xa5, dir: 'write',      sizeBytes: 32,  arg: 'kvm_msi',                        fds: ['vm'],                     capability: 'KVM_CAP_SIGNAL_MSI',                            returns: '1 delivered, 0 blocked by the guest; EINVAL, ENODEV, EBUSY' },
  { name: 'KVM_PPC_ALLOCATE_HTAB',           nr: 0xa7, dir: 'read-write', sizeBytes: 4,   arg: '__u32',                          fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_DIRTY_TLB',                   nr: 0xaa, dir: 'write',      sizeBytes: 16,  arg: 'kvm_dirty_tlb',                  fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_ARM_SET_DEVICE_ADDR',         nr: 0xab, dir: 'write',      sizeBytes: 16,  arg: 'kvm_arm_device_addr',            fds: ['vm'],                     capability: 'KVM_CAP_ARM_SET_DEVICE_ADDR',                   returns: '0; ENODEV, EINVAL, E2BIG, EEXIST' },
  { name: 'KVM_GET_ONE_REG',                 nr: 0xab, dir: 'write',      sizeBytes: 16,  arg: 'kvm_one_reg',                    fds: ['vcpu'],                   capability: 'KVM_CAP_ONE_REG',                               returns: '0; ENOEXEC, ENOENT, EINVAL, EPERM, EFAULT' },
  { name: 'KVM_SET_ONE_REG',                 nr: 0xac, dir: 'write',      sizeBytes: 16,  arg: 'kvm_one_reg',                    fds: ['vcpu'],                   capability: 'KVM_CAP_ONE_REG',                               returns: '0; ENOEXEC, ENOENT, EINVAL, EPERM, EBUSY, EFAULT' },
  { name: 'KVM_KVMCLOCK_CTRL',               nr: 0xad, dir: 'none',       sizeBytes: 0,   arg: '',                               fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_ARM_VCPU_INIT',               nr: 0xae, dir: 'write',      sizeBytes: 32,  arg: 'kvm_vcpu_init',                  fds: ['vcpu'],                   capability: 'basic',                                         returns: '0; EINVAL, ENOENT' },
  { name: 'KVM_ARM_PREFERRED_TARGET',        nr: 0xaf, dir: 'read',       sizeBytes: 32,  arg: 'kvm_vcpu_init',                  fds: ['vm'],                     capability: 'basic',                                         returns: '0; ENODEV' },
  { name: 'KVM_GET_REG_LIST',                nr: 0xb0, dir: 'read-write', sizeBytes: 8,   arg: 'kvm_reg_list',                   fds: ['vcpu'],                   capability: 'basic',                                         returns: '0; ENOEXEC, EPERM, E2BIG, EFAULT' },
  { name: 'KVM_SET_PMU_EVENT_FILTER',        nr: 0xb2, dir: 'write',      sizeBytes: 8,   arg: 'kvm_pmu_event_filter',           fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_PPC_SVM_OFF',                 nr: 0xb3, dir: 'none',       sizeBytes: 0,   arg: '',                               fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_ARM_MTE_COPY_TAGS',           nr: 0xb4, dir: 'read',       sizeBytes: 48,  arg: 'kvm_arm_copy_mte_tags',          fds: ['vm'],                     capability: 'KVM_CAP_ARM_MTE',                               returns: 'bytes copied; EINVAL, EFAULT' },
  { name: 'KVM_ARM_SET_COUNTER_OFFSET',      nr: 0xb5, dir: 'write',      sizeBytes: 16,  arg: 'kvm_arm_counter_offset',         fds: ['vm'],                     capability: 'KVM_CAP_COUNTER_OFFSET',                        returns: '0; EINVAL, EBUSY' },
  { name: 'KVM_ARM_GET_REG_WRITABLE_MASKS',  nr: 0xb6, dir: 'read',       sizeBytes: 64,  arg: 'reg_mask_range',                 fds: ['vm'],                     capability: 'KVM_CAP_ARM_SUPPORTED_REG_MASK_RANGES',         returns: '0; EINVAL, EFAULT' },
  { name: 'KVM_SMI',                         nr: 0xb7, dir: 'none',       sizeBytes: 0,   arg: '',                               fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_MEMORY_ENCRYPT_OP',           nr: 0xba, dir: 'read-write', sizeBytes: 8,   arg: 'unsigned long',                  fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_MEMORY_ENCRYPT_REG_REGION',   nr: 0xbb, dir: 'read',       sizeBytes: 16,  arg: 'kvm_enc_region',                 fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_MEMORY_ENCRYPT_UNREG_REGION', nr: 0xbc, dir: 'read',       sizeBytes: 16,  arg: 'kvm_enc_region',                 fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_CLEAR_DIRTY_LOG',             nr: 0xc0, dir: 'read-write', sizeBytes: 24,  arg: 'kvm_clear_dirty_log',            fds: ['vm'],                     capability: 'KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2',             returns: '0; EINVAL, ENOENT, ENXIO, EFAULT' },
  { name: 'KVM_ARM_VCPU_FINALIZE',           nr: 0xc2, dir: 'write',      sizeBytes: 4,   arg: 'int',                            fds: ['vcpu'],                   capability: 'KVM_CAP_ARM_SVE',                               returns: '0; EPERM, EINVAL, ENOEXEC' },
  { name: 'KVM_S390_NORMAL_RESET',           nr: 0xc3, dir: 'none',       sizeBytes: 0,   arg: '',                               fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_S390_CLEAR_RESET',            nr: 0xc4, dir: 'none',       sizeBytes: 0,   arg: '',                               fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_RESET_DIRTY_RINGS',           nr: 0xc7, dir: 'none',       sizeBytes: 0,   arg: '',                               fds: ['vm'],                     capability: 'KVM_CAP_DIRTY_LOG_RING_ACQ_REL',                returns: 'entries taken back; EINVAL' },
  { name: 'KVM_GET_STATS_FD',                nr: 0xce, dir: 'none',       sizeBytes: 0,   arg: '',                               fds: ['vm', 'vcpu'],             capability: 'KVM_CAP_BINARY_STATS_FD',                       returns: 'a descriptor; ENOMEM, EMFILE' },
  { name: 'KVM_XEN_HVM_EVTCHN_SEND',         nr: 0xd0, dir: 'write',      sizeBytes: 12,  arg: 'kvm_irq_routing_xen_evtchn',     fds: [],                         capability: '',                                              returns: 'EINVAL: not on arm64' },
  { name: 'KVM_SET_MEMORY_ATTRIBUTES',       nr: 0xd2, dir: 'write',      sizeBytes: 32,  arg: 'kvm_memory_attributes',          fds: ['vm'],                     capability: 'KVM_CAP_MEMORY_ATTRIBUTES',                     returns: 'EINVAL on arm64 in 6.12' },
  { name: 'KVM_CREATE_GUEST_MEMFD',          nr: 0xd4, dir: 'read-write', sizeBytes: 64,  arg: 'kvm_create_guest_memfd',         fds: ['vm'],                     capability: 'KVM_CAP_GUEST_MEMFD',                           returns: 'EINVAL on arm64 in 6.12' },
  { name: 'KVM_PRE_FAULT_MEMORY',            nr: 0xd5, dir: 'read-write', sizeBytes: 64,  arg: 'kvm_pre_fault_memory',           fds: ['vcpu'],                   capability: 'KVM_CAP_PRE_FAULT_MEMORY',                      returns: 'EINVAL on arm64 in 6.12' },
  { name: 'KVM_CREATE_DEVICE',               nr: 0xe0, dir: 'read-write', sizeBytes: 12,  arg: 'kvm_create_device',              fds: ['vm'],                     capability: 'KVM_CAP_DEVICE_CTRL',                           returns: '0 and a device in fd; ENODEV, EEXIST, E2BIG, EBUSY' },
  { name: 'KVM_SET_DEVICE_ATTR',             nr: 0xe1, dir: 'write',      sizeBytes: 24,  arg: 'kvm_device_attr',                fds: ['vm', 'vcpu', 'device'],   capability: 'KVM_CAP_DEVICE_CTRL, KVM_CAP_VM_ATTRIBUTES, KVM_CAP_VCPU_ATTRIBUTES', returns: '0; ENXIO, EPERM, and those of the attribute' },
  { name: 'KVM_GET_DEVICE_ATTR',             nr: 0xe2, dir: 'write',      sizeBytes: 24,  arg: 'kvm_device_attr',                fds: ['vcpu', 'device'],         capability: 'KVM_CAP_DEVICE_CTRL, KVM_CAP_VCPU_ATTRIBUTES',  returns: '0; ENXIO, EPERM, and those of the attribute' },
  { name: 'KVM_HAS_DEVICE_ATTR',             nr: 0xe3, dir: 'write',      sizeBytes: 24,  arg: 'kvm_device_attr',                fds: ['vm', 'vcpu', 'device'],   capability: 'KVM_CAP_DEVICE_CTRL, KVM_CAP_VM_ATTRIBUTES, KVM_CAP_VCPU_ATTRIBUTES', returns: '0 if it exists; ENXIO' },
]

/**
 * Version of the interface.
 *
 * Capability: basic. Architectures: all. Type: sys. Parameters: none.
 * Returns: 12.
 *
 * @see [KVM-API] §4.1
 */
export const KVM_GET_API_VERSION = 0xae00

/**
 * Creates a VM from a machine-type word.
 *
 * Capability: basic. Architectures: all. Type: sys. Parameters: the machine-type word.
 * Returns: a VM; EINVAL, EINTR, ENOMEM, EMFILE.
 *
 * @see [KVM-API] §4.2
 */
export const KVM_CREATE_VM = 0xae01

/**
 * Asks for a capability.
 *
 * Capability: basic, KVM_CAP_CHECK_EXTENSION_VM. Architectures: all. Type: sys, vm. Parameters: the capability.
 * Returns: 0 if absent, else 1 or a value; EINVAL.
 *
 * @see [KVM-API] §4.4
 */
export const KVM_CHECK_EXTENSION = 0xae03

/**
 * Size of a vCPU mapping.
 *
 * Capability: basic. Architectures: all. Type: sys. Parameters: none.
 * Returns: bytes to map of a vCPU; EINVAL.
 *
 * @see [KVM-API] §4.5
 */
export const KVM_GET_VCPU_MMAP_SIZE = 0xae04

/**
 * Adds a vCPU.
 *
 * Capability: basic. Architectures: all. Type: vm. Parameters: the id.
 * Returns: a vCPU; EINVAL, EEXIST, EBUSY.
 *
 * @see [KVM-API] §4.7
 */
export const KVM_CREATE_VCPU = 0xae41

/**
 * Reads the dirty bitmap of a slot.
 *
 * Capability: basic. Architectures: all. Type: vm. Parameters: `kvm_dirty_log`.
 * Returns: 0; EINVAL, ENOENT, ENXIO, EFAULT.
 *
 * @see [KVM-API] §4.8
 */
export const KVM_GET_DIRTY_LOG = 0x4010ae42

/**
 * Creates, changes or deletes a memory slot.
 *
 * Capability: KVM_CAP_USER_MEMORY. Architectures: all. Type: vm. Parameters: `kvm_userspace_memory_region`.
 * Returns: 0; EINVAL, EEXIST, EFAULT, ENOMEM.
 *
 * @see [KVM-API] §4.35
 */
export const KVM_SET_USER_MEMORY_REGION = 0x4020ae46

/**
 * Creates, changes or deletes a memory slot that may have a guest memory file. Since 6.8.
 *
 * Capability: KVM_CAP_USER_MEMORY2. Architectures: all. Type: vm. Parameters: `kvm_userspace_memory_region2`.
 * Returns: 0; EINVAL, EEXIST, EFAULT, ENOMEM.
 *
 * @see [KVM-API] §4.140
 */
export const KVM_SET_USER_MEMORY_REGION2 = 0x40a0ae49

/**
 * Creates a GICv2; `KVM_CREATE_DEVICE` is the newer way.
 *
 * Capability: KVM_CAP_IRQCHIP. Architectures: all. Type: vm. Parameters: none.
 * Returns: 0; ENODEV, EEXIST, EBUSY.
 *
 * @see [KVM-API] §4.24
 */
export const KVM_CREATE_IRQCHIP = 0xae60

/**
 * Sets the level of an interrupt line.
 *
 * Capability: KVM_CAP_IRQCHIP. Architectures: all. Type: vm. Parameters: `kvm_irq_level`.
 * Returns: 0; ENXIO, EINVAL, EBUSY.
 *
 * @see [KVM-API] §4.25
 */
export const KVM_IRQ_LINE = 0x4008ae61

/**
 * `KVM_IRQ_LINE` that copies the structure back.
 *
 * Capability: KVM_CAP_IRQCHIP. Architectures: all. Type: vm. Parameters: `kvm_irq_level`.
 * Returns: 0; ENXIO, EINVAL, EBUSY.
 *
 * @see [KVM-API] §4.25
 */
export const KVM_IRQ_LINE_STATUS = 0xc008ae67

/**
 * Adds a zone whose writes are collected.
 *
 * Capability: KVM_CAP_COALESCED_MMIO. Architectures: all. Type: vm. Parameters: `kvm_coalesced_mmio_zone`.
 * Returns: 0; EINVAL, EFAULT.
 *
 * @see [KVM-API] §4.116
 */
export const KVM_REGISTER_COALESCED_MMIO = 0x4010ae67

/**
 * Removes a zone whose writes are collected.
 *
 * Capability: KVM_CAP_COALESCED_MMIO. Architectures: all. Type: vm. Parameters: `kvm_coalesced_mmio_zone`.
 * Returns: 0; EINVAL, EFAULT.
 *
 * @see [KVM-API] §4.116
 */
export const KVM_UNREGISTER_COALESCED_MMIO = 0x4010ae68

/**
 * Replaces the routing of global interrupt numbers.
 *
 * Capability: KVM_CAP_IRQ_ROUTING. Architectures: all. Type: vm. Parameters: `kvm_irq_routing`.
 * Returns: 0; EINVAL, EFAULT.
 *
 * @see [KVM-API] §4.52
 */
export const KVM_SET_GSI_ROUTING = 0x4008ae6a

/**
 * Ties an event descriptor to an interrupt.
 *
 * Capability: KVM_CAP_IRQFD. Architectures: all. Type: vm. Parameters: `kvm_irqfd`.
 * Returns: 0; EINVAL, EBADF, EBUSY, EAGAIN.
 *
 * @see [KVM-API] §4.75
 */
export const KVM_IRQFD = 0x4020ae76

/**
 * Ties a guest write to an event descriptor.
 *
 * Capability: KVM_CAP_IOEVENTFD. Architectures: all. Type: vm. Parameters: `kvm_ioeventfd`.
 * Returns: 0; EINVAL, EBADF, EEXIST, ENOENT, ENOSPC.
 *
 * @see [KVM-API] §4.59
 */
export const KVM_IOEVENTFD = 0x4040ae79

/**
 * Runs a vCPU until it exits.
 *
 * Capability: basic. Architectures: all. Type: vcpu. Parameters: none.
 * Returns: 0; EINTR, EINVAL, ENOEXEC, EPERM, ENXIO, EBUSY, ENOSYS, EFAULT, EIO.
 *
 * @see [KVM-API] §4.10
 */
export const KVM_RUN = 0xae80

/**
 * Reads the general registers, on other architectures.
 *
 * Capability: basic. Architectures: all. Type: vcpu. Parameters: `kvm_regs`.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4.11
 */
export const KVM_GET_REGS = 0x8360ae81

/**
 * Writes the general registers, on other architectures.
 *
 * Capability: basic. Architectures: all. Type: vcpu. Parameters: `kvm_regs`.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4.12
 */
export const KVM_SET_REGS = 0x4360ae82

/**
 * Reads the special registers, on other architectures.
 *
 * Capability: basic. Architectures: all. Type: vcpu. Parameters: `kvm_sregs`.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4.13
 */
export const KVM_GET_SREGS = 0x8000ae83

/**
 * Writes the special registers, on other architectures.
 *
 * Capability: basic. Architectures: all. Type: vcpu. Parameters: `kvm_sregs`.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4.14
 */
export const KVM_SET_SREGS = 0x4000ae84

/**
 * Translates an address, on other architectures.
 *
 * Capability: basic. Architectures: all. Type: vcpu. Parameters: `kvm_translation`.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4.15
 */
export const KVM_TRANSLATE = 0xc018ae85

/**
 * Sets the signal mask that holds while the vCPU runs.
 *
 * Capability: basic. Architectures: all. Type: vcpu. Parameters: `kvm_signal_mask`.
 * Returns: 0; EINVAL, EFAULT.
 *
 * @see [KVM-API] §4.21
 */
export const KVM_SET_SIGNAL_MASK = 0x4004ae8b

/**
 * Reads the floating-point registers, on other architectures.
 *
 * Capability: basic. Architectures: all. Type: vcpu. Parameters: `kvm_fpu`.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4.22
 */
export const KVM_GET_FPU = 0x8000ae8c

/**
 * Writes the floating-point registers, on other architectures.
 *
 * Capability: basic. Architectures: all. Type: vcpu. Parameters: `kvm_fpu`.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4.23
 */
export const KVM_SET_FPU = 0x4000ae8d

/**
 * Reads the run state.
 *
 * Capability: KVM_CAP_MP_STATE. Architectures: all. Type: vcpu. Parameters: `kvm_mp_state`.
 * Returns: 0; EFAULT.
 *
 * @see [KVM-API] §4.38
 */
export const KVM_GET_MP_STATE = 0x8004ae98

/**
 * Sets the run state.
 *
 * Capability: KVM_CAP_MP_STATE. Architectures: all. Type: vcpu. Parameters: `kvm_mp_state`.
 * Returns: 0; EINVAL, EFAULT.
 *
 * @see [KVM-API] §4.39
 */
export const KVM_SET_MP_STATE = 0x4004ae99

/**
 * Sets single step and breakpoints.
 *
 * Capability: KVM_CAP_SET_GUEST_DEBUG. Architectures: all. Type: vcpu. Parameters: `kvm_guest_debug`.
 * Returns: 0; EINVAL, EFAULT.
 *
 * @see [KVM-API] §4.87
 */
export const KVM_SET_GUEST_DEBUG = 0x4208ae9b

/**
 * Reads pending SErrors.
 *
 * Capability: KVM_CAP_VCPU_EVENTS. Architectures: all. Type: vcpu. Parameters: `kvm_vcpu_events`.
 * Returns: 0; ENOEXEC, EFAULT.
 *
 * @see [KVM-API] §4.31
 */
export const KVM_GET_VCPU_EVENTS = 0x8040ae9f

/**
 * Injects an SError or an external abort.
 *
 * Capability: KVM_CAP_VCPU_EVENTS. Architectures: all. Type: vcpu. Parameters: `kvm_vcpu_events`.
 * Returns: 0; ENOEXEC, EINVAL, EFAULT.
 *
 * @see [KVM-API] §4.32
 */
export const KVM_SET_VCPU_EVENTS = 0x4040aea0

/**
 * Turns a capability on.
 *
 * Capability: KVM_CAP_ENABLE_CAP_VM. Architectures: all. Type: vm. Parameters: `kvm_enable_cap`.
 * Returns: 0; EINVAL.
 *
 * @see [KVM-API] §4.37
 */
export const KVM_ENABLE_CAP = 0x4068aea3

/**
 * Sends a message-signalled interrupt.
 *
 * Capability: KVM_CAP_SIGNAL_MSI. Architectures: all. Type: vm. Parameters: `kvm_msi`.
 * Returns: 1 delivered, 0 blocked by the guest; EINVAL, ENODEV, EBUSY.
 *
 * @see [KVM-API] §4.71
 */
export const KVM_SIGNAL_MSI = 0x4020aea5

/**
 * Sets the address of a GICv2 frame; device attributes are the newer way.
 *
 * Capability: KVM_CAP_ARM_SET_DEVICE_ADDR. Architectures: arm64. Type: vm. Parameters: `kvm_arm_device_addr`.
 * Returns: 0; ENODEV, EINVAL, E2BIG, EEXIST.
 *
 * @see [KVM-API] §4.85
 */
export const KVM_ARM_SET_DEVICE_ADDR = 0x4010aeab

/**
 * Reads a register.
 *
 * Capability: KVM_CAP_ONE_REG. Architectures: all. Type: vcpu. Parameters: `kvm_one_reg`.
 * Returns: 0; ENOEXEC, ENOENT, EINVAL, EPERM, EFAULT.
 *
 * @see [KVM-API] §4.69
 */
export const KVM_GET_ONE_REG = 0x4010aeab

/**
 * Writes a register.
 *
 * Capability: KVM_CAP_ONE_REG. Architectures: all. Type: vcpu. Parameters: `kvm_one_reg`.
 * Returns: 0; ENOEXEC, ENOENT, EINVAL, EPERM, EBUSY, EFAULT.
 *
 * @see [KVM-API] §4.68
 */
export const KVM_SET_ONE_REG = 0x4010aeac

/**
 * Resets a vCPU to a target and features.
 *
 * Capability: basic. Architectures: arm64. Type: vcpu. Parameters: `kvm_vcpu_init`.
 * Returns: 0; EINVAL, ENOENT.
 *
 * @see [KVM-API] §4.82
 */
export const KVM_ARM_VCPU_INIT = 0x4020aeae

/**
 * Reads the target of the host.
 *
 * Capability: basic. Architectures: arm64. Type: vm. Parameters: `kvm_vcpu_init`.
 * Returns: 0; ENODEV.
 *
 * @see [KVM-API] §4.83
 */
export const KVM_ARM_PREFERRED_TARGET = 0x8020aeaf

/**
 * Lists the ids of all registers.
 *
 * Capability: basic. Architectures: all. Type: vcpu. Parameters: `kvm_reg_list`.
 * Returns: 0; ENOEXEC, EPERM, E2BIG, EFAULT.
 *
 * @see [KVM-API] §4.84
 */
export const KVM_GET_REG_LIST = 0xc008aeb0

/**
 * Copies allocation tags.
 *
 * Capability: KVM_CAP_ARM_MTE. Architectures: arm64. Type: vm. Parameters: `kvm_arm_copy_mte_tags`.
 * Returns: bytes copied; EINVAL, EFAULT.
 *
 * @see [KVM-API] §4.130
 */
export const KVM_ARM_MTE_COPY_TAGS = 0x8030aeb4

/**
 * Sets the offset of all counters. Since 6.4.
 *
 * Capability: KVM_CAP_COUNTER_OFFSET. Architectures: arm64. Type: vm. Parameters: `kvm_arm_counter_offset`.
 * Returns: 0; EINVAL, EBUSY.
 *
 * @see [KVM-API] §4.138
 */
export const KVM_ARM_SET_COUNTER_OFFSET = 0x4010aeb5

/**
 * Reads which bits of the ID registers may change. Since 6.7.
 *
 * Capability: KVM_CAP_ARM_SUPPORTED_REG_MASK_RANGES. Architectures: arm64. Type: vm. Parameters: `reg_mask_range`.
 * Returns: 0; EINVAL, EFAULT.
 *
 * @see [KVM-API] §4.139
 */
export const KVM_ARM_GET_REG_WRITABLE_MASKS = 0x8040aeb6

/**
 * Clears part of the dirty bitmap of a slot.
 *
 * Capability: KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2. Architectures: all. Type: vm. Parameters: `kvm_clear_dirty_log`.
 * Returns: 0; EINVAL, ENOENT, ENXIO, EFAULT.
 *
 * @see [KVM-API] §4.117
 */
export const KVM_CLEAR_DIRTY_LOG = 0xc018aec0

/**
 * Ends the configuration of a feature.
 *
 * Capability: KVM_CAP_ARM_SVE. Architectures: arm64. Type: vcpu. Parameters: `int`.
 * Returns: 0; EPERM, EINVAL, ENOEXEC.
 *
 * @see [KVM-API] §4.119
 */
export const KVM_ARM_VCPU_FINALIZE = 0x4004aec2

/**
 * Takes harvested dirty-ring entries back.
 *
 * Capability: KVM_CAP_DIRTY_LOG_RING_ACQ_REL. Architectures: all. Type: vm. Parameters: none.
 * Returns: entries taken back; EINVAL.
 *
 * @see [KVM-API] §8.29
 */
export const KVM_RESET_DIRTY_RINGS = 0xaec7

/**
 * Opens the binary statistics.
 *
 * Capability: KVM_CAP_BINARY_STATS_FD. Architectures: all. Type: vm, vcpu. Parameters: none.
 * Returns: a descriptor; ENOMEM, EMFILE.
 *
 * @see [KVM-API] §4.133
 */
export const KVM_GET_STATS_FD = 0xaece

/**
 * Sets attributes of guest memory. Since 6.8.
 *
 * Capability: KVM_CAP_MEMORY_ATTRIBUTES. Architectures: all. Type: vm. Parameters: `kvm_memory_attributes`.
 * Returns: EINVAL on arm64 in 6.12.
 *
 * @see [KVM-API] §4.141
 */
export const KVM_SET_MEMORY_ATTRIBUTES = 0x4020aed2

/**
 * Creates a guest memory file. Since 6.8.
 *
 * Capability: KVM_CAP_GUEST_MEMFD. Architectures: all. Type: vm. Parameters: `kvm_create_guest_memfd`.
 * Returns: EINVAL on arm64 in 6.12.
 *
 * @see [KVM-API] §4.142
 */
export const KVM_CREATE_GUEST_MEMFD = 0xc040aed4

/**
 * Maps guest memory ahead of use. Since 6.11.
 *
 * Capability: KVM_CAP_PRE_FAULT_MEMORY. Architectures: all. Type: vcpu. Parameters: `kvm_pre_fault_memory`.
 * Returns: EINVAL on arm64 in 6.12.
 *
 * @see [KVM-API] §4.143
 */
export const KVM_PRE_FAULT_MEMORY = 0xc040aed5

/**
 * Creates a device in the kernel.
 *
 * Capability: KVM_CAP_DEVICE_CTRL. Architectures: all. Type: vm. Parameters: `kvm_create_device`.
 * Returns: 0 and a device in fd; ENODEV, EEXIST, E2BIG, EBUSY.
 *
 * @see [KVM-API] §4.79
 */
export const KVM_CREATE_DEVICE = 0xc00caee0

/**
 * Sets an attribute.
 *
 * Capability: KVM_CAP_DEVICE_CTRL, KVM_CAP_VM_ATTRIBUTES, KVM_CAP_VCPU_ATTRIBUTES. Architectures: all. Type: vm,
 * vcpu, device. Parameters: `kvm_device_attr`.
 * Returns: 0; ENXIO, EPERM, and those of the attribute.
 *
 * @see [KVM-API] §4.80
 */
export const KVM_SET_DEVICE_ATTR = 0x4018aee1

/**
 * Reads an attribute.
 *
 * Capability: KVM_CAP_DEVICE_CTRL, KVM_CAP_VCPU_ATTRIBUTES. Architectures: all. Type: vcpu, device. Parameters:
 * `kvm_device_attr`.
 * Returns: 0; ENXIO, EPERM, and those of the attribute.
 *
 * @see [KVM-API] §4.80
 */
export const KVM_GET_DEVICE_ATTR = 0x4018aee2

/**
 * Asks whether an attribute exists.
 *
 * Capability: KVM_CAP_DEVICE_CTRL, KVM_CAP_VM_ATTRIBUTES, KVM_CAP_VCPU_ATTRIBUTES. Architectures: all. Type: vm,
 * vcpu, device. Parameters: `kvm_device_attr`.
 * Returns: 0 if it exists; ENXIO.
 *
 * @see [KVM-API] §4.81
 */
export const KVM_HAS_DEVICE_ATTR = 0x4018aee3
