/** Structures of a vCPU: target, registers, events, debugging. [KVM-API] §4. */

/**
 * Argument of `KVM_ARM_VCPU_INIT` and `KVM_ARM_PREFERRED_TARGET`.
 *
 * @see [KVM-API] §4.82
 */
export const kvm_vcpu_init = {
  kind: 'struct',
  name: 'kvm_vcpu_init',
  fields: {
    target: 'u32',
    features: 'u32[7]',
  },
} as const

/**
 * Argument of `KVM_GET_ONE_REG` and `KVM_SET_ONE_REG`; `addr` is a pointer.
 *
 * @see [KVM-API] §4.68
 */
export const kvm_one_reg = {
  kind: 'struct',
  name: 'kvm_one_reg',
  fields: {
    id: 'u64',
    addr: 'u64',
  },
} as const

/**
 * Argument of `KVM_GET_REG_LIST`.
 *
 * @see [KVM-API] §4.84
 */
export const kvm_reg_list = {
  kind: 'struct',
  name: 'kvm_reg_list',
  fields: {
    n: 'u64',
    reg: 'u64[]',
  },
} as const

/**
 * Space that the ids of core registers are offsets into; no ioctl takes it on arm64.
 *
 * @see [KVM-API] §4.68
 */
export const kvm_regs = {
  kind: 'struct',
  name: 'kvm_regs',
  fields: {
    regs: {
      kind: 'struct',
      fields: {
        regs: 'u64[31]',
        sp: 'u64',
        pc: 'u64',
        pstate: 'u64',
      },
    },
    sp_el1: 'u64',
    elr_el1: 'u64',
    spsr: 'u64[5]',
    fp_regs: {
      kind: 'struct',
      fields: {
        vregs: 'u128[32]',
        fpsr: 'u32',
        fpcr: 'u32',
        __reserved: 'u32[2]',
      },
    },
  },
} as const

/**
 * Empty on arm64, so that the ioctls with it encode size 0.
 *
 * @see [KVM-API] §4.13
 */
export const kvm_sregs = {
  kind: 'struct',
  name: 'kvm_sregs',
  fields: {},
} as const

/**
 * Empty on arm64, so that the ioctls with it encode size 0.
 *
 * @see [KVM-API] §4.22
 */
export const kvm_fpu = {
  kind: 'struct',
  name: 'kvm_fpu',
  fields: {},
} as const

/**
 * Argument of `KVM_TRANSLATE`, which arm64 does not answer.
 *
 * @see [KVM-API] §4.15
 */
export const kvm_translation = {
  kind: 'struct',
  name: 'kvm_translation',
  fields: {
    linear_address: 'u64',
    physical_address: 'u64',
    valid: 'u8',
    writeable: 'u8',
    usermode: 'u8',
    pad: 'u8[5]',
  },
} as const

/**
 * Argument of `KVM_GET_VCPU_EVENTS` and `KVM_SET_VCPU_EVENTS`.
 *
 * @see [KVM-API] §4.31
 */
export const kvm_vcpu_events = {
  kind: 'struct',
  name: 'kvm_vcpu_events',
  fields: {
    exception: {
      kind: 'struct',
      fields: {
        serror_pending: 'u8',
        serror_has_esr: 'u8',
        ext_dabt_pending: 'u8',
        pad: 'u8[5]',
        serror_esr: 'u64',
      },
    },
    reserved: 'u32[12]',
  },
} as const

/**
 * Argument of `KVM_GET_MP_STATE` and `KVM_SET_MP_STATE`.
 *
 * @see [KVM-API] §4.38
 */
export const kvm_mp_state = {
  kind: 'struct',
  name: 'kvm_mp_state',
  fields: {
    mp_state: 'u32',
  },
} as const

/**
 * Argument of `KVM_SET_SIGNAL_MASK`; `len` is 8.
 *
 * @see [KVM-API] §4.21
 */
export const kvm_signal_mask = {
  kind: 'struct',
  name: 'kvm_signal_mask',
  fields: {
    len: 'u32',
    sigset: 'u8[]',
  },
} as const

/**
 * Breakpoint and watchpoint registers of `KVM_SET_GUEST_DEBUG`.
 *
 * @see [KVM-API] §4.87
 */
export const kvm_guest_debug_arch = {
  kind: 'struct',
  name: 'kvm_guest_debug_arch',
  fields: {
    dbg_bcr: 'u64[16]',
    dbg_bvr: 'u64[16]',
    dbg_wcr: 'u64[16]',
    dbg_wvr: 'u64[16]',
  },
} as const

/**
 * Argument of `KVM_SET_GUEST_DEBUG`.
 *
 * @see [KVM-API] §4.87
 */
export const kvm_guest_debug = {
  kind: 'struct',
  name: 'kvm_guest_debug',
  fields: {
    control: 'u32',
    pad: 'u32',
    arch: kvm_guest_debug_arch as typeof kvm_guest_debug_arch,
  },
} as const

/**
 * Part of `kvm_run` of a debug exit.
 *
 * @see [KVM-API] §5
 */
export const kvm_debug_exit_arch = {
  kind: 'struct',
  name: 'kvm_debug_exit_arch',
  fields: {
    hsr: 'u32',
    hsr_high: 'u32',
    far: 'u64',
  },
} as const

/**
 * Part of `kvm_run` with the lines of a VM without vgic.
 *
 * @see [KVM-API] §8.9
 */
export const kvm_sync_regs = {
  kind: 'struct',
  name: 'kvm_sync_regs',
  fields: {
    device_irq_level: 'u64',
  },
} as const
