/** `struct kvm_run`: what a vCPU and its user share. [KVM-API] §5. */

import { kvm_hyperv_exit, kvm_xen_exit } from './other-architectures.ts'
import { kvm_debug_exit_arch, kvm_sync_regs } from './vcpu.ts'

/**
 * Shared page of a vCPU: `immediate_exit` goes in; `exit_reason` and the member of `exit` that it names come out.
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
        hw: { kind: 'struct', fields: { hardware_exit_reason: 'u64' } },
        fail_entry: { kind: 'struct', fields: { hardware_entry_failure_reason: 'u64', cpu: 'u32' } },
        ex: { kind: 'struct', fields: { exception: 'u32', error_code: 'u32' } },
        io: { kind: 'struct', fields: { direction: 'u8', size: 'u8', port: 'u16', count: 'u32', data_offset: 'u64' } },
        debug: { kind: 'struct', fields: { arch: kvm_debug_exit_arch as typeof kvm_debug_exit_arch } },
        mmio: { kind: 'struct', fields: { phys_addr: 'u64', data: 'u8[8]', len: 'u32', is_write: 'u8' } },
        iocsr_io: { kind: 'struct', fields: { phys_addr: 'u64', data: 'u8[8]', len: 'u32', is_write: 'u8' } },
        hypercall: {
          kind: 'struct',
          fields: { nr: 'u64', args: 'u64[6]', ret: 'u64', flags: 'u64' },
          aliases: { longmode: ['flags', 'u32'] },
        },
        tpr_access: { kind: 'struct', fields: { rip: 'u64', is_write: 'u32', pad: 'u32' } },
        s390_sieic: { kind: 'struct', fields: { icptcode: 'u8', ipa: 'u16', ipb: 'u32' } },
        s390_reset_flags: 'u64',
        s390_ucontrol: { kind: 'struct', fields: { trans_exc_code: 'u64', pgm_code: 'u32' } },
        dcr: { kind: 'struct', fields: { dcrn: 'u32', data: 'u32', is_write: 'u8' } },
        internal: { kind: 'struct', fields: { suberror: 'u32', ndata: 'u32', data: 'u64[16]' } },
        emulation_failure: {
          kind: 'struct',
          fields: { suberror: 'u32', ndata: 'u32', flags: 'u64', insn_size: 'u8', insn_bytes: 'u8[15]' },
        },
        osi: { kind: 'struct', fields: { gprs: 'u64[32]' } },
        papr_hcall: { kind: 'struct', fields: { nr: 'u64', ret: 'u64', args: 'u64[9]' } },
        s390_tsch: {
          kind: 'struct',
          fields: {
            subchannel_id: 'u16',
            subchannel_nr: 'u16',
            io_int_parm: 'u32',
            io_int_word: 'u32',
            ipb: 'u32',
            dequeued: 'u8',
          },
        },
        epr: { kind: 'struct', fields: { epr: 'u32' } },
        system_event: {
          kind: 'struct',
          fields: { type: 'u32', ndata: 'u32', data: 'u64[16]' },
          aliases: { flags: ['data', 'u64'] },
        },
        s390_stsi: {
          kind: 'struct',
          fields: { addr: 'u64', ar: 'u8', reserved: 'u8', fc: 'u8', sel1: 'u8', sel2: 'u16' },
        },
        eoi: { kind: 'struct', fields: { vector: 'u8' } },
        hyperv: kvm_hyperv_exit as typeof kvm_hyperv_exit,
        arm_nisv: { kind: 'struct', fields: { esr_iss: 'u64', fault_ipa: 'u64' } },
        msr: { kind: 'struct', fields: { error: 'u8', pad: 'u8[7]', reason: 'u32', index: 'u32', data: 'u64' } },
        xen: kvm_xen_exit as typeof kvm_xen_exit,
        riscv_sbi: {
          kind: 'struct',
          fields: { extension_id: 'u64', function_id: 'u64', args: 'u64[6]', ret: 'u64[2]' },
        },
        riscv_csr: {
          kind: 'struct',
          fields: { csr_num: 'u64', new_value: 'u64', write_mask: 'u64', ret_value: 'u64' },
        },
        notify: { kind: 'struct', fields: { flags: 'u32' } },
        memory_fault: { kind: 'struct', fields: { flags: 'u64', gpa: 'u64', size: 'u64' } },
        // Since 6.19.
        arm_sea: { kind: 'struct', fields: { flags: 'u64', esr: 'u64', gva: 'u64', gpa: 'u64' } },
        padding: 'u8[256]',
      },
    },
    kvm_valid_regs: 'u64',
    kvm_dirty_regs: 'u64',
    s: {
      kind: 'union',
      fields: {
        regs: kvm_sync_regs as typeof kvm_sync_regs,
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
  aliases: { pad: ['pio', 'u32'] },
} as const

/**
 * Ring of coalesced writes: KVM fills at `last`, its user empties at `first`; both are entry indexes.
 *
 * @see [KVM-API] §4.116
 */
export const kvm_coalesced_mmio_ring = {
  kind: 'struct',
  name: 'kvm_coalesced_mmio_ring',
  fields: {
    first: 'u32',
    last: 'u32',
    coalesced_mmio: { kind: 'array', of: kvm_coalesced_mmio as typeof kvm_coalesced_mmio },
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
