/** Structures of other architectures that the arm64 headers define all the same; KVM on arm64 takes none of them. [KVM-API]. */

/**
 * Argument of `KVM_GET_CLOCK` and `KVM_SET_CLOCK` on x86.
 *
 * @see [KVM-API] §4.29
 */
export const kvm_clock_data = {
  kind: 'struct',
  name: 'kvm_clock_data',
  fields: {
    clock: 'u64',
    flags: 'u32',
    pad0: 'u32',
    realtime: 'u64',
    host_tsc: 'u64',
    pad: 'u32[4]',
  },
} as const

/**
 * Argument of `KVM_CAP_SW_TLB` on PowerPC; `params` and `array` are pointers.
 *
 * @see [KVM-API] §6.3
 */
export const kvm_config_tlb = {
  kind: 'struct',
  name: 'kvm_config_tlb',
  fields: {
    params: 'u64',
    array: 'u64',
    mmu_type: 'u32',
    array_len: 'u32',
  },
} as const

/**
 * Argument of `KVM_DIRTY_TLB` on PowerPC; `bitmap` is a pointer.
 *
 * @see [KVM-API] §4.60
 */
export const kvm_dirty_tlb = {
  kind: 'struct',
  name: 'kvm_dirty_tlb',
  fields: {
    bitmap: 'u64',
    num_dirty: 'u32',
  },
} as const

/**
 * Argument of `KVM_MEMORY_ENCRYPT_REG_REGION` on x86.
 *
 * @see [KVM-API] §4.111
 */
export const kvm_enc_region = {
  kind: 'struct',
  name: 'kvm_enc_region',
  fields: {
    addr: 'u64',
    size: 'u64',
  },
} as const

/**
 * Part of `kvm_run` of a Hyper-V exit on x86.
 *
 * @see [KVM-API] §5
 */
export const kvm_hyperv_exit = {
  kind: 'struct',
  name: 'kvm_hyperv_exit',
  fields: {
    type: 'u32',
    pad1: 'u32',
    u: {
      kind: 'union',
      fields: {
        synic: {
          kind: 'struct',
          fields: { msr: 'u32', pad2: 'u32', control: 'u64', evt_page: 'u64', msg_page: 'u64' },
        },
        hcall: { kind: 'struct', fields: { input: 'u64', result: 'u64', params: 'u64[2]' } },
        syndbg: {
          kind: 'struct',
          fields: {
            msr: 'u32',
            pad2: 'u32',
            control: 'u64',
            status: 'u64',
            send_page: 'u64',
            recv_page: 'u64',
            pending_page: 'u64',
          },
        },
      },
    },
  },
} as const

/**
 * Argument of `KVM_INTERRUPT` on x86, MIPS, PowerPC and RISC-V.
 *
 * @see [KVM-API] §4.16
 */
export const kvm_interrupt = {
  kind: 'struct',
  name: 'kvm_interrupt',
  fields: {
    irq: 'u32',
  },
} as const

/**
 * Argument of `KVM_GET_IRQCHIP` on x86.
 *
 * @see [KVM-API] §4.26
 */
export const kvm_irqchip = {
  kind: 'struct',
  name: 'kvm_irqchip',
  fields: {
    chip_id: 'u32',
    pad: 'u32',
    chip: { kind: 'union', fields: { dummy: 'u8[512]' } },
  },
} as const

/**
 * Argument of `KVM_CREATE_PIT2` on x86.
 *
 * @see [KVM-API] §4.71
 */
export const kvm_pit_config = {
  kind: 'struct',
  name: 'kvm_pit_config',
  fields: {
    flags: 'u32',
    pad: 'u32[15]',
  },
} as const

/**
 * Argument of `KVM_TPR_ACCESS_REPORTING` on x86.
 *
 * @see [KVM-API] §4
 */
export const kvm_tpr_access_ctl = {
  kind: 'struct',
  name: 'kvm_tpr_access_ctl',
  fields: {
    enabled: 'u32',
    flags: 'u32',
    reserved: 'u32[8]',
  },
} as const

/**
 * Argument of `KVM_SET_VAPIC_ADDR` on x86.
 *
 * @see [KVM-API] §4
 */
export const kvm_vapic_addr = {
  kind: 'struct',
  name: 'kvm_vapic_addr',
  fields: {
    vapic_addr: 'u64',
  },
} as const

/**
 * Value of `KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE` on PowerPC.
 *
 * @see [KVM-API] devices/vfio
 */
export const kvm_vfio_spapr_tce = {
  kind: 'struct',
  name: 'kvm_vfio_spapr_tce',
  fields: {
    groupfd: 's32',
    tablefd: 's32',
  },
} as const

/**
 * Part of `kvm_run` of a Xen exit on x86.
 *
 * @see [KVM-API] §5
 */
export const kvm_xen_exit = {
  kind: 'struct',
  name: 'kvm_xen_exit',
  fields: {
    type: 'u32',
    u: {
      kind: 'union',
      fields: {
        hcall: {
          kind: 'struct',
          fields: { longmode: 'u32', cpl: 'u32', input: 'u64', result: 'u64', params: 'u64[6]' },
        },
      },
    },
  },
} as const
