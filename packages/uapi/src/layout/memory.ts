/** Structures of memory slots, dirty logs and memory tags. [KVM-API] §4.35. */

/**
 * Argument of `KVM_SET_USER_MEMORY_REGION`; `memory_size` 0 deletes the slot.
 *
 * @see [KVM-API] §4.35
 */
export const kvm_userspace_memory_region = {
  kind: 'struct',
  name: 'kvm_userspace_memory_region',
  fields: {
    slot: 'u32',
    flags: 'u32',
    guest_phys_addr: 'u64',
    memory_size: 'u64',
    userspace_addr: 'u64',
  },
} as const

/**
 * Argument of `KVM_SET_USER_MEMORY_REGION2`. Since 6.8.
 *
 * @see [KVM-API] §4.140
 */
export const kvm_userspace_memory_region2 = {
  kind: 'struct',
  name: 'kvm_userspace_memory_region2',
  fields: {
    slot: 'u32',
    flags: 'u32',
    guest_phys_addr: 'u64',
    memory_size: 'u64',
    userspace_addr: 'u64',
    guest_memfd_offset: 'u64',
    guest_memfd: 'u32',
    pad1: 'u32',
    pad2: 'u64[14]',
  },
} as const

/**
 * Argument of `KVM_GET_DIRTY_LOG`; `dirty_bitmap` is a pointer.
 *
 * @see [KVM-API] §4.8
 */
export const kvm_dirty_log = {
  kind: 'struct',
  name: 'kvm_dirty_log',
  fields: {
    slot: 'u32',
    padding1: 'u32',
    dirty_bitmap: 'u64',
  },
  aliases: { padding2: ['dirty_bitmap', 'u64'] },
} as const

/**
 * Argument of `KVM_CLEAR_DIRTY_LOG`; `dirty_bitmap` is a pointer.
 *
 * @see [KVM-API] §4.117
 */
export const kvm_clear_dirty_log = {
  kind: 'struct',
  name: 'kvm_clear_dirty_log',
  fields: {
    slot: 'u32',
    num_pages: 'u32',
    first_page: 'u64',
    dirty_bitmap: 'u64',
  },
  aliases: { padding2: ['dirty_bitmap', 'u64'] },
} as const

/**
 * Argument of `KVM_SET_MEMORY_ATTRIBUTES`. Since 6.8.
 *
 * @see [KVM-API] §4.141
 */
export const kvm_memory_attributes = {
  kind: 'struct',
  name: 'kvm_memory_attributes',
  fields: {
    address: 'u64',
    size: 'u64',
    attributes: 'u64',
    flags: 'u64',
  },
} as const

/**
 * Argument of `KVM_CREATE_GUEST_MEMFD`. Since 6.8.
 *
 * @see [KVM-API] §4.142
 */
export const kvm_create_guest_memfd = {
  kind: 'struct',
  name: 'kvm_create_guest_memfd',
  fields: {
    size: 'u64',
    flags: 'u64',
    reserved: 'u64[6]',
  },
} as const

/**
 * Argument of `KVM_PRE_FAULT_MEMORY`. Since 6.11.
 *
 * @see [KVM-API] §4.143
 */
export const kvm_pre_fault_memory = {
  kind: 'struct',
  name: 'kvm_pre_fault_memory',
  fields: {
    gpa: 'u64',
    size: 'u64',
    flags: 'u64',
    padding: 'u64[5]',
  },
} as const

/**
 * Argument of `KVM_REGISTER_COALESCED_MMIO`.
 *
 * @see [KVM-API] §4.116
 */
export const kvm_coalesced_mmio_zone = {
  kind: 'struct',
  name: 'kvm_coalesced_mmio_zone',
  fields: {
    addr: 'u64',
    size: 'u32',
    pio: 'u32',
  },
  aliases: { pad: ['pio', 'u32'] },
} as const

/**
 * Argument of `KVM_ARM_MTE_COPY_TAGS`; `addr` is a pointer.
 *
 * @see [KVM-API] §4.130
 */
export const kvm_arm_copy_mte_tags = {
  kind: 'struct',
  name: 'kvm_arm_copy_mte_tags',
  fields: {
    guest_ipa: 'u64',
    length: 'u64',
    addr: 'u64',
    flags: 'u64',
    reserved: 'u64[2]',
  },
} as const
