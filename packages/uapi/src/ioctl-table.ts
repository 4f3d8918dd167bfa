/** The ioctls of KVM that the arm64 headers of Linux 6.12 define: the table. [KVM-API] §4. */

import { type IoctlDir, ioctlNumber } from './ioctl.ts'

/** Which handle an ioctl is for. The same number may mean different calls on different handles. @see [KVM-API] §4 */
export type FdKind = 'sys' | 'vm' | 'vcpu' | 'device'

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
  /** What it does: a clause without full stop; empty for the ioctls of other architectures. */
  readonly what: string
  /** Capabilities that announce it; `basic` where it always exists. */
  readonly capability: string
  /** Architectures that have it: `all`, `arm64`, or others. */
  readonly architectures: string
  /** What it takes: the structure, or a word in words; `none`. */
  readonly parameters: string
  /** Result, then the errnos that it has of its own. */
  readonly returns: string
  /** Version of Linux that brought it; empty where that was before 6.1. */
  readonly since: string
  /** Section of the kernel's documentation; empty for the ioctls of other architectures. */
  readonly section: string
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

/** The five fields that describe an ioctl, as text. @see {@link ioctlDoc} */
export interface IoctlDoc {
  readonly capability: string
  readonly architectures: string
  readonly type: string
  readonly parameters: string
  readonly returns: string
}

/**
 * The five fields of an ioctl, as the kernel's documentation gives them.
 *
 * @see [KVM-API] §4
 */
export function ioctlDoc(row: IoctlRow): IoctlDoc {
  const { capability, architectures, parameters, returns } = row
  return { capability, architectures, type: row.fds.join(', ') || 'none on arm64', parameters, returns }
}

/** Puts the prefix back that the table leaves out. */
const capabilityNames = (text: string): string =>
  text
    .split(', ')
    .map((name) => (name === 'basic' ? name : `KVM_CAP_${name}`))
    .join(', ')

const dirs: Readonly<Record<string, IoctlDir>> = { w: 'write', r: 'read', rw: 'read-write' }

function parseIoctl(line: string): IoctlRow {
  const [
    name,
    nr,
    dir = '',
    size,
    arg = '',
    fds,
    capability = '',
    returns,
    what = '',
    parameters,
    section = '',
    since = '',
    arch,
  ] = line.split('|')
  return {
    name: `KVM_${name}`,
    nr: Number.parseInt(nr, 16),
    dir: dirs[dir] ?? 'none',
    sizeBytes: Number(size ?? 0),
    arg,
    fds: fds ? (fds.split(',') as FdKind[]) : [],
    what,
    capability: capabilityNames(capability),
    architectures: arch ?? 'all',
    parameters: parameters || arg || 'none',
    returns: returns || 'EINVAL: not on arm64',
    since,
    section,
  }
}

// name|number|direction|bytes|argument|handles|capabilities|returns|what|parameters, if not the argument|section|since|architectures
const ioctlText = `
GET_API_VERSION|00||||sys|basic|12|Version of the interface||§4.1
CREATE_VM|01||||sys|basic|a VM; EINVAL, EINTR, ENOMEM, EMFILE|Creates a VM from a machine-type word|the machine-type word|§4.2
CHECK_EXTENSION|03||||sys,vm|basic, CHECK_EXTENSION_VM|0 if absent, else 1 or a value; EINVAL|Asks for a capability|the capability|§4.4
GET_VCPU_MMAP_SIZE|04||||sys|basic|bytes to map of a vCPU; EINVAL|Size of a vCPU mapping||§4.5
S390_ENABLE_SIE|06|||||basic||||||s390
CREATE_VCPU|41||||vm|basic|a vCPU; EINVAL, EEXIST, EBUSY|Adds a vCPU|the id|§4.7
GET_DIRTY_LOG|42|w|16|kvm_dirty_log|vm|basic|0; EINVAL, ENOENT, ENXIO, EFAULT|Reads the dirty bitmap of a slot||§4.8
SET_NR_MMU_PAGES|44|||||basic||||||x86
GET_NR_MMU_PAGES|45|||||basic||||||x86
SET_USER_MEMORY_REGION|46|w|32|kvm_userspace_memory_region|vm|USER_MEMORY|0; EINVAL, EEXIST, EFAULT, ENOMEM|Creates, changes or deletes a memory slot||§4.35
SET_TSS_ADDR|47|||||SET_TSS_ADDR||||||x86
SET_IDENTITY_MAP_ADDR|48|w|8|__u64||SET_IDENTITY_MAP_ADDR||||||x86
SET_USER_MEMORY_REGION2|49|w|160|kvm_userspace_memory_region2|vm|USER_MEMORY2|0; EINVAL, EEXIST, EFAULT, ENOMEM|Creates, changes or deletes a memory slot that may have a guest memory file||§4.140|6.8
S390_VCPU_FAULT|52|w|8|unsigned long||S390_UCONTROL||||||s390
CREATE_IRQCHIP|60||||vm|IRQCHIP|0; ENODEV, EEXIST, EBUSY|Creates a GICv2; KVM_CREATE_DEVICE is the newer way||§4.24
IRQ_LINE|61|w|8|kvm_irq_level|vm|IRQCHIP|0; ENXIO, EINVAL, EBUSY|Sets the level of an interrupt line||§4.25
GET_IRQCHIP|62|rw|520|kvm_irqchip||IRQCHIP||||||x86
SET_IRQCHIP|63|r|520|kvm_irqchip||IRQCHIP||||||x86
CREATE_PIT|64|||||PIT||||||x86
IRQ_LINE_STATUS|67|rw|8|kvm_irq_level|vm|IRQCHIP|0; ENXIO, EINVAL, EBUSY|KVM_IRQ_LINE that copies the structure back||§4.25
REGISTER_COALESCED_MMIO|67|w|16|kvm_coalesced_mmio_zone|vm|COALESCED_MMIO|0; EINVAL, EFAULT|Adds a zone whose writes are collected||§4.116
UNREGISTER_COALESCED_MMIO|68|w|16|kvm_coalesced_mmio_zone|vm|COALESCED_MMIO|0; EINVAL, EFAULT|Removes a zone whose writes are collected||§4.116
SET_GSI_ROUTING|6a|w|8|kvm_irq_routing|vm|IRQ_ROUTING|0; EINVAL, EFAULT|Replaces the routing of global interrupt numbers||§4.52
REINJECT_CONTROL|71|||||REINJECT_CONTROL||||||x86
IRQFD|76|w|32|kvm_irqfd|vm|IRQFD|0; EINVAL, EBADF, EBUSY, EAGAIN|Ties an event descriptor to an interrupt||§4.75
CREATE_PIT2|77|w|64|kvm_pit_config||PIT2||||||x86
SET_BOOT_CPU_ID|78|||||SET_BOOT_CPU_ID||||||x86
IOEVENTFD|79|w|64|kvm_ioeventfd|vm|IOEVENTFD|0; EINVAL, EBADF, EEXIST, ENOENT, ENOSPC|Ties a guest write to an event descriptor||§4.59
SET_CLOCK|7b|w|48|kvm_clock_data||ADJUST_CLOCK||||||x86
GET_CLOCK|7c|r|48|kvm_clock_data||ADJUST_CLOCK||||||x86
RUN|80||||vcpu|basic|0; EINTR, EINVAL, ENOEXEC, EPERM, ENXIO, EBUSY, ENOSYS, EFAULT, EIO|Runs a vCPU until it exits||§4.10
GET_REGS|81|r|864|kvm_regs|vcpu|basic|EINVAL: not on arm64|Reads the general registers, on other architectures||§4.11
SET_REGS|82|w|864|kvm_regs|vcpu|basic|EINVAL: not on arm64|Writes the general registers, on other architectures||§4.12
GET_SREGS|83|r||kvm_sregs|vcpu|basic|EINVAL: not on arm64|Reads the special registers, on other architectures||§4.13
SET_SREGS|84|w||kvm_sregs|vcpu|basic|EINVAL: not on arm64|Writes the special registers, on other architectures||§4.14
TRANSLATE|85|rw|24|kvm_translation|vcpu|basic|EINVAL: not on arm64|Translates an address, on other architectures||§4.15
INTERRUPT|86|w|4|kvm_interrupt||basic||||||x86, mips, ppc, riscv
SET_SIGNAL_MASK|8b|w|4|kvm_signal_mask|vcpu|basic|0; EINVAL, EFAULT|Sets the signal mask that holds while the vCPU runs||§4.21
GET_FPU|8c|r||kvm_fpu|vcpu|basic|EINVAL: not on arm64|Reads the floating-point registers, on other architectures||§4.22
SET_FPU|8d|w||kvm_fpu|vcpu|basic|EINVAL: not on arm64|Writes the floating-point registers, on other architectures||§4.23
TPR_ACCESS_REPORTING|92|rw|40|kvm_tpr_access_ctl||VAPIC||||||x86
SET_VAPIC_ADDR|93|w|8|kvm_vapic_addr||VAPIC||||||x86
S390_STORE_STATUS|95|w|8|unsigned long||basic||||||s390
S390_INITIAL_RESET|97|||||basic||||||s390
GET_MP_STATE|98|r|4|kvm_mp_state|vcpu|MP_STATE|0; EFAULT|Reads the run state||§4.38
SET_MP_STATE|99|w|4|kvm_mp_state|vcpu|MP_STATE|0; EINVAL, EFAULT|Sets the run state||§4.39
NMI|9a|||||USER_NMI||||||x86, s390
SET_GUEST_DEBUG|9b|w|520|kvm_guest_debug|vcpu|SET_GUEST_DEBUG|0; EINVAL, EFAULT|Sets single step and breakpoints||§4.87
X86_SETUP_MCE|9c|w|8|__u64||MCE||||||x86
X86_GET_MCE_CAP_SUPPORTED|9d|r|8|__u64||MCE||||||x86
GET_VCPU_EVENTS|9f|r|64|kvm_vcpu_events|vcpu|VCPU_EVENTS|0; ENOEXEC, EFAULT|Reads pending SErrors||§4.31
SET_VCPU_EVENTS|a0|w|64|kvm_vcpu_events|vcpu|VCPU_EVENTS|0; ENOEXEC, EINVAL, EFAULT|Injects an SError or an external abort||§4.32
SET_TSC_KHZ|a2|||||TSC_CONTROL||||||x86
ENABLE_CAP|a3|w|104|kvm_enable_cap|vm|ENABLE_CAP_VM|0; EINVAL|Turns a capability on||§4.37
GET_TSC_KHZ|a3|||||GET_TSC_KHZ||||||x86
SIGNAL_MSI|a5|w|32|kvm_msi|vm|SIGNAL_MSI|1 delivered, 0 blocked by the guest; EINVAL, ENODEV, EBUSY|Sends a message-signalled interrupt||§4.71
PPC_ALLOCATE_HTAB|a7|rw|4|__u32||PPC_ALLOC_HTAB||||||ppc
DIRTY_TLB|aa|w|16|kvm_dirty_tlb||SW_TLB||||||ppc
ARM_SET_DEVICE_ADDR|ab|w|16|kvm_arm_device_addr|vm|ARM_SET_DEVICE_ADDR|0; ENODEV, EINVAL, E2BIG, EEXIST|Sets the address of a GICv2 frame; device attributes are the newer way||§4.85||arm64
GET_ONE_REG|ab|w|16|kvm_one_reg|vcpu|ONE_REG|0; ENOEXEC, ENOENT, EINVAL, EPERM, EFAULT|Reads a register||§4.69
SET_ONE_REG|ac|w|16|kvm_one_reg|vcpu|ONE_REG|0; ENOEXEC, ENOENT, EINVAL, EPERM, EBUSY, EFAULT|Writes a register||§4.68
KVMCLOCK_CTRL|ad|||||KVMCLOCK_CTRL||||||x86
ARM_VCPU_INIT|ae|w|32|kvm_vcpu_init|vcpu|basic|0; EINVAL, ENOENT|Resets a vCPU to a target and features||§4.82||arm64
ARM_PREFERRED_TARGET|af|r|32|kvm_vcpu_init|vm|basic|0; ENODEV|Reads the target of the host||§4.83||arm64
GET_REG_LIST|b0|rw|8|kvm_reg_list|vcpu|basic|0; ENOEXEC, EPERM, E2BIG, EFAULT|Lists the ids of all registers||§4.84
SET_PMU_EVENT_FILTER|b2|w|8|kvm_pmu_event_filter||PMU_EVENT_FILTER||||||x86
PPC_SVM_OFF|b3|||||PPC_SECURE_GUEST||||||ppc
ARM_MTE_COPY_TAGS|b4|r|48|kvm_arm_copy_mte_tags|vm|ARM_MTE|bytes copied; EINVAL, EFAULT|Copies allocation tags||§4.130||arm64
ARM_SET_COUNTER_OFFSET|b5|w|16|kvm_arm_counter_offset|vm|COUNTER_OFFSET|0; EINVAL, EBUSY|Sets the offset of all counters||§4.138|6.4|arm64
ARM_GET_REG_WRITABLE_MASKS|b6|r|64|reg_mask_range|vm|ARM_SUPPORTED_REG_MASK_RANGES|0; EINVAL, EFAULT|Reads which bits of the ID registers may change||§4.139|6.7|arm64
SMI|b7|||||X86_SMM||||||x86
MEMORY_ENCRYPT_OP|ba|rw|8|unsigned long||basic||||||x86
MEMORY_ENCRYPT_REG_REGION|bb|r|16|kvm_enc_region||basic||||||x86
MEMORY_ENCRYPT_UNREG_REGION|bc|r|16|kvm_enc_region||basic||||||x86
CLEAR_DIRTY_LOG|c0|rw|24|kvm_clear_dirty_log|vm|MANUAL_DIRTY_LOG_PROTECT2|0; EINVAL, ENOENT, ENXIO, EFAULT|Clears part of the dirty bitmap of a slot||§4.117
ARM_VCPU_FINALIZE|c2|w|4|int|vcpu|ARM_SVE|0; EPERM, EINVAL, ENOEXEC|Ends the configuration of a feature||§4.119||arm64
S390_NORMAL_RESET|c3|||||S390_VCPU_RESETS||||||s390
S390_CLEAR_RESET|c4|||||S390_VCPU_RESETS||||||s390
RESET_DIRTY_RINGS|c7||||vm|DIRTY_LOG_RING_ACQ_REL|entries taken back; EINVAL|Takes harvested dirty-ring entries back||§8.29
GET_STATS_FD|ce||||vm,vcpu|BINARY_STATS_FD|a descriptor; ENOMEM, EMFILE|Opens the binary statistics||§4.133
XEN_HVM_EVTCHN_SEND|d0|w|12|kvm_irq_routing_xen_evtchn||XEN_HVM||||||x86
SET_MEMORY_ATTRIBUTES|d2|w|32|kvm_memory_attributes|vm|MEMORY_ATTRIBUTES|EINVAL on arm64 in 6.12|Sets attributes of guest memory||§4.141|6.8
CREATE_GUEST_MEMFD|d4|rw|64|kvm_create_guest_memfd|vm|GUEST_MEMFD|EINVAL on arm64 in 6.12|Creates a guest memory file||§4.142|6.8
PRE_FAULT_MEMORY|d5|rw|64|kvm_pre_fault_memory|vcpu|PRE_FAULT_MEMORY|EINVAL on arm64 in 6.12|Maps guest memory ahead of use||§4.143|6.11
CREATE_DEVICE|e0|rw|12|kvm_create_device|vm|DEVICE_CTRL|0 and a device in fd; ENODEV, EEXIST, E2BIG, EBUSY|Creates a device in the kernel||§4.79
SET_DEVICE_ATTR|e1|w|24|kvm_device_attr|vm,vcpu,device|DEVICE_CTRL, VM_ATTRIBUTES, VCPU_ATTRIBUTES|0; ENXIO, EPERM, and those of the attribute|Sets an attribute||§4.80
GET_DEVICE_ATTR|e2|w|24|kvm_device_attr|vcpu,device|DEVICE_CTRL, VCPU_ATTRIBUTES|0; ENXIO, EPERM, and those of the attribute|Reads an attribute||§4.80
HAS_DEVICE_ATTR|e3|w|24|kvm_device_attr|vm,vcpu,device|DEVICE_CTRL, VM_ATTRIBUTES, VCPU_ATTRIBUTES|0 if it exists; ENXIO|Asks whether an attribute exists||§4.81
`

/**
 * Every ioctl whose number the arm64 headers of Linux 6.12 define, by number. Those without a handle belong to other
 * architectures and are here to be named.
 *
 * @see [KVM-API] §4
 */
export const ioctlTable: readonly IoctlRow[] = /* @__PURE__ */ ioctlText.trim().split('\n').map(parseIoctl)
