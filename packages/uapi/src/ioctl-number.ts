/** Request numbers of the ioctls. Written by tools/uapi/write-constants.ts from ioctl-table.ts. [KVM-API] §4. */

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
 * Of other architectures.
 *
 * Capability: basic. Architectures: s390. Type: none on arm64. Parameters: none.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_S390_ENABLE_SIE = 0xae06

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
 * Of other architectures.
 *
 * Capability: basic. Architectures: x86. Type: none on arm64. Parameters: none.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_SET_NR_MMU_PAGES = 0xae44

/**
 * Of other architectures.
 *
 * Capability: basic. Architectures: x86. Type: none on arm64. Parameters: none.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_GET_NR_MMU_PAGES = 0xae45

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
 * Of other architectures.
 *
 * Capability: KVM_CAP_SET_TSS_ADDR. Architectures: x86. Type: none on arm64. Parameters: none.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_SET_TSS_ADDR = 0xae47

/**
 * Of other architectures.
 *
 * Capability: KVM_CAP_SET_IDENTITY_MAP_ADDR. Architectures: x86. Type: none on arm64. Parameters: __u64.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_SET_IDENTITY_MAP_ADDR = 0x4008ae48

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
 * Of other architectures.
 *
 * Capability: KVM_CAP_S390_UCONTROL. Architectures: s390. Type: none on arm64. Parameters: unsigned long.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_S390_VCPU_FAULT = 0x4008ae52

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
 * Of other architectures.
 *
 * Capability: KVM_CAP_IRQCHIP. Architectures: x86. Type: none on arm64. Parameters: `kvm_irqchip`.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_GET_IRQCHIP = 0xc208ae62

/**
 * Of other architectures.
 *
 * Capability: KVM_CAP_IRQCHIP. Architectures: x86. Type: none on arm64. Parameters: `kvm_irqchip`.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_SET_IRQCHIP = 0x8208ae63

/**
 * Of other architectures.
 *
 * Capability: KVM_CAP_PIT. Architectures: x86. Type: none on arm64. Parameters: none.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_CREATE_PIT = 0xae64

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
 * Of other architectures.
 *
 * Capability: KVM_CAP_REINJECT_CONTROL. Architectures: x86. Type: none on arm64. Parameters: none.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_REINJECT_CONTROL = 0xae71

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
 * Of other architectures.
 *
 * Capability: KVM_CAP_PIT2. Architectures: x86. Type: none on arm64. Parameters: `kvm_pit_config`.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_CREATE_PIT2 = 0x4040ae77

/**
 * Of other architectures.
 *
 * Capability: KVM_CAP_SET_BOOT_CPU_ID. Architectures: x86. Type: none on arm64. Parameters: none.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_SET_BOOT_CPU_ID = 0xae78

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
 * Of other architectures.
 *
 * Capability: KVM_CAP_ADJUST_CLOCK. Architectures: x86. Type: none on arm64. Parameters: `kvm_clock_data`.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_SET_CLOCK = 0x4030ae7b

/**
 * Of other architectures.
 *
 * Capability: KVM_CAP_ADJUST_CLOCK. Architectures: x86. Type: none on arm64. Parameters: `kvm_clock_data`.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_GET_CLOCK = 0x8030ae7c

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
 * Of other architectures.
 *
 * Capability: basic. Architectures: x86, mips, ppc, riscv. Type: none on arm64. Parameters: `kvm_interrupt`.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_INTERRUPT = 0x4004ae86

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
 * Of other architectures.
 *
 * Capability: KVM_CAP_VAPIC. Architectures: x86. Type: none on arm64. Parameters: `kvm_tpr_access_ctl`.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_TPR_ACCESS_REPORTING = 0xc028ae92

/**
 * Of other architectures.
 *
 * Capability: KVM_CAP_VAPIC. Architectures: x86. Type: none on arm64. Parameters: `kvm_vapic_addr`.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_SET_VAPIC_ADDR = 0x4008ae93

/**
 * Of other architectures.
 *
 * Capability: basic. Architectures: s390. Type: none on arm64. Parameters: unsigned long.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_S390_STORE_STATUS = 0x4008ae95

/**
 * Of other architectures.
 *
 * Capability: basic. Architectures: s390. Type: none on arm64. Parameters: none.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_S390_INITIAL_RESET = 0xae97

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
 * Of other architectures.
 *
 * Capability: KVM_CAP_USER_NMI. Architectures: x86, s390. Type: none on arm64. Parameters: none.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_NMI = 0xae9a

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
 * Of other architectures.
 *
 * Capability: KVM_CAP_MCE. Architectures: x86. Type: none on arm64. Parameters: __u64.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_X86_SETUP_MCE = 0x4008ae9c

/**
 * Of other architectures.
 *
 * Capability: KVM_CAP_MCE. Architectures: x86. Type: none on arm64. Parameters: __u64.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_X86_GET_MCE_CAP_SUPPORTED = 0x8008ae9d

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
 * Of other architectures.
 *
 * Capability: KVM_CAP_TSC_CONTROL. Architectures: x86. Type: none on arm64. Parameters: none.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_SET_TSC_KHZ = 0xaea2

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
 * Of other architectures.
 *
 * Capability: KVM_CAP_GET_TSC_KHZ. Architectures: x86. Type: none on arm64. Parameters: none.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_GET_TSC_KHZ = 0xaea3

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
 * Of other architectures.
 *
 * Capability: KVM_CAP_PPC_ALLOC_HTAB. Architectures: ppc. Type: none on arm64. Parameters: __u32.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_PPC_ALLOCATE_HTAB = 0xc004aea7

/**
 * Of other architectures.
 *
 * Capability: KVM_CAP_SW_TLB. Architectures: ppc. Type: none on arm64. Parameters: `kvm_dirty_tlb`.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_DIRTY_TLB = 0x4010aeaa

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
 * Of other architectures.
 *
 * Capability: KVM_CAP_KVMCLOCK_CTRL. Architectures: x86. Type: none on arm64. Parameters: none.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_KVMCLOCK_CTRL = 0xaead

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
 * Of other architectures.
 *
 * Capability: KVM_CAP_PMU_EVENT_FILTER. Architectures: x86. Type: none on arm64. Parameters: `kvm_pmu_event_filter`.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_SET_PMU_EVENT_FILTER = 0x4008aeb2

/**
 * Of other architectures.
 *
 * Capability: KVM_CAP_PPC_SECURE_GUEST. Architectures: ppc. Type: none on arm64. Parameters: none.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_PPC_SVM_OFF = 0xaeb3

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
 * Of other architectures.
 *
 * Capability: KVM_CAP_X86_SMM. Architectures: x86. Type: none on arm64. Parameters: none.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_SMI = 0xaeb7

/**
 * Of other architectures.
 *
 * Capability: basic. Architectures: x86. Type: none on arm64. Parameters: unsigned long.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_MEMORY_ENCRYPT_OP = 0xc008aeba

/**
 * Of other architectures.
 *
 * Capability: basic. Architectures: x86. Type: none on arm64. Parameters: `kvm_enc_region`.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_MEMORY_ENCRYPT_REG_REGION = 0x8010aebb

/**
 * Of other architectures.
 *
 * Capability: basic. Architectures: x86. Type: none on arm64. Parameters: `kvm_enc_region`.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_MEMORY_ENCRYPT_UNREG_REGION = 0x8010aebc

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
 * Capability: KVM_CAP_ARM_SVE. Architectures: arm64. Type: vcpu. Parameters: int.
 * Returns: 0; EPERM, EINVAL, ENOEXEC.
 *
 * @see [KVM-API] §4.119
 */
export const KVM_ARM_VCPU_FINALIZE = 0x4004aec2

/**
 * Of other architectures.
 *
 * Capability: KVM_CAP_S390_VCPU_RESETS. Architectures: s390. Type: none on arm64. Parameters: none.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_S390_NORMAL_RESET = 0xaec3

/**
 * Of other architectures.
 *
 * Capability: KVM_CAP_S390_VCPU_RESETS. Architectures: s390. Type: none on arm64. Parameters: none.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_S390_CLEAR_RESET = 0xaec4

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
 * Of other architectures.
 *
 * Capability: KVM_CAP_XEN_HVM. Architectures: x86. Type: none on arm64. Parameters: `kvm_irq_routing_xen_evtchn`.
 * Returns: EINVAL: not on arm64.
 *
 * @see [KVM-API] §4
 */
export const KVM_XEN_HVM_EVTCHN_SEND = 0x400caed0

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
 * Capability: KVM_CAP_DEVICE_CTRL, KVM_CAP_VM_ATTRIBUTES, KVM_CAP_VCPU_ATTRIBUTES. Architectures: all. Type: vm, vcpu,
 * device. Parameters: `kvm_device_attr`.
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
 * Capability: KVM_CAP_DEVICE_CTRL, KVM_CAP_VM_ATTRIBUTES, KVM_CAP_VCPU_ATTRIBUTES. Architectures: all. Type: vm, vcpu,
 * device. Parameters: `kvm_device_attr`.
 * Returns: 0 if it exists; ENXIO.
 *
 * @see [KVM-API] §4.81
 */
export const KVM_HAS_DEVICE_ATTR = 0x4018aee3
