/** `struct kvm_run`: what a vCPU and its user share. [KVM-API] §5. */

/**
 * Shared page of a vCPU: `immediate_exit` goes in; `exit_reason` and the member of `exit` that it names come out.
 * Members of other architectures are left out.
 *
 * @see [KVM-API] §5
 */
export const kvm_run = {
  kind: 'struct',
  name: 'kvm_run',
  fields: {
    request_interrupt_window: 'u8',
    immediate_exit: 'u8',
    padding1: 'u8[6]',
    exit_reason: 'u32',
    ready_for_interrupt_injection: 'u8',
    if_flag: 'u8',
    flags: 'u16',
    cr8: 'u64',
    apic_base: 'u64',
    exit: {
      kind: 'union',
      anonymous: true,
      fields: {
        hw: {
          kind: 'struct',
          fields: {
            hardware_exit_reason: 'u64',
          },
        },
        fail_entry: {
          kind: 'struct',
          fields: {
            hardware_entry_failure_reason: 'u64',
            cpu: 'u32',
          },
        },
        debug: {
          kind: 'struct',
          fields: {
            arch: {
              kind: 'struct',
              fields: {
                hsr: 'u32',
                hsr_high: 'u32',
                far: 'u64',
              },
            },
          },
        },
        mmio: {
          kind: 'struct',
          fields: {
            phys_addr: 'u64',
            data: 'u8[8]',
            len: 'u32',
            is_write: 'u8',
          },
        },
        hypercall: {
          kind: 'struct',
          fields: {
            nr: 'u64',
            args: 'u64[6]',
            ret: 'u64',
            flags: 'u64',
          },
        },
        internal: {
          kind: 'struct',
          fields: {
            suberror: 'u32',
            ndata: 'u32',
            data: 'u64[16]',
          },
        },
        system_event: {
          kind: 'struct',
          fields: {
            type: 'u32',
            ndata: 'u32',
            data: 'u64[16]',
          },
        },
        arm_nisv: {
          kind: 'struct',
          fields: {
            esr_iss: 'u64',
            fault_ipa: 'u64',
          },
        },
        memory_fault: {
          kind: 'struct',
          fields: {
            flags: 'u64',
            gpa: 'u64',
            size: 'u64',
          },
        },
        padding: 'u8[256]',
      },
    },
    kvm_valid_regs: 'u64',
    kvm_dirty_regs: 'u64',
    s: {
      kind: 'union',
      fields: {
        regs: {
          kind: 'struct',
          fields: {
            device_irq_level: 'u64',
          },
        },
        padding: 'u8[2048]',
      },
    },
  },
} as const

/**
 * One write in the coalesced-MMIO ring.
 *
 * @see [KVM-API] §4.116
 */
export const kvm_coalesced_mmio = {
  kind: 'struct',
  name: 'kvm_coalesced_mmio',
  fields: {
    phys_addr: 'u64',
    len: 'u32',
    pio: 'u32',
    data: 'u8[8]',
  },
} as const

/**
 * One page in the dirty ring.
 *
 * @see [KVM-API] §8.29
 */
export const kvm_dirty_gfn = {
  kind: 'struct',
  name: 'kvm_dirty_gfn',
  fields: {
    flags: 'u32',
    slot: 'u32',
    offset: 'u64',
  },
} as const
