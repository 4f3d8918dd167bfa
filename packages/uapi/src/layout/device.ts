/** Structures of devices, capabilities and VM-wide settings. [KVM-API] §4.79. */

/**
 * Argument of `KVM_CREATE_DEVICE`; `fd` comes back.
 *
 * @see [KVM-API] §4.79
 */
export const kvm_create_device = {
  kind: 'struct',
  name: 'kvm_create_device',
  fields: {
    type: 'u32',
    fd: 'u32',
    flags: 'u32',
  },
} as const

/**
 * Argument of the device-attribute ioctls; `addr` is a pointer.
 *
 * @see [KVM-API] §4.80
 */
export const kvm_device_attr = {
  kind: 'struct',
  name: 'kvm_device_attr',
  fields: {
    flags: 'u32',
    group: 'u32',
    attr: 'u64',
    addr: 'u64',
  },
} as const

/**
 * Argument of `KVM_ARM_SET_DEVICE_ADDR`; `id` is device[31:16] and frame[15:0].
 *
 * @see [KVM-API] §4.85
 */
export const kvm_arm_device_addr = {
  kind: 'struct',
  name: 'kvm_arm_device_addr',
  fields: {
    id: 'u64',
    addr: 'u64',
  },
} as const

/**
 * Argument of `KVM_ENABLE_CAP`.
 *
 * @see [KVM-API] §4.37
 */
export const kvm_enable_cap = {
  kind: 'struct',
  name: 'kvm_enable_cap',
  fields: {
    cap: 'u32',
    flags: 'u32',
    args: 'u64[4]',
    pad: 'u8[64]',
  },
} as const

/**
 * Value of the attribute `KVM_ARM_VM_SMCCC_FILTER`. Since 6.4.
 *
 * @see [KVM-API] devices/vm
 */
export const kvm_smccc_filter = {
  kind: 'struct',
  name: 'kvm_smccc_filter',
  fields: {
    base: 'u32',
    nr_functions: 'u32',
    action: 'u8',
    pad: 'u8[15]',
  },
} as const

/**
 * Value of the attribute `KVM_ARM_VCPU_PMU_V3_FILTER`.
 *
 * @see [KVM-API] devices/vcpu
 */
export const kvm_pmu_event_filter = {
  kind: 'struct',
  name: 'kvm_pmu_event_filter',
  fields: {
    base_event: 'u16',
    nevents: 'u16',
    action: 'u8',
    pad: 'u8[3]',
  },
} as const

/**
 * Argument of `KVM_ARM_GET_REG_WRITABLE_MASKS`; `addr` is a pointer. Since 6.7.
 *
 * @see [KVM-API] §4.139
 */
export const reg_mask_range = {
  kind: 'struct',
  name: 'reg_mask_range',
  fields: {
    addr: 'u64',
    range: 'u32',
    reserved: 'u32[13]',
  },
} as const

/**
 * Argument of `KVM_ARM_SET_COUNTER_OFFSET`. Since 6.4.
 *
 * @see [KVM-API] §4.138
 */
export const kvm_arm_counter_offset = {
  kind: 'struct',
  name: 'kvm_arm_counter_offset',
  fields: {
    counter_offset: 'u64',
    reserved: 'u64',
  },
} as const

/**
 * Beginning of the binary statistics.
 *
 * @see [KVM-API] §4.133
 */
export const kvm_stats_header = {
  kind: 'struct',
  name: 'kvm_stats_header',
  fields: {
    flags: 'u32',
    name_size: 'u32',
    num_desc: 'u32',
    id_offset: 'u32',
    desc_offset: 'u32',
    data_offset: 'u32',
  },
} as const

/**
 * Descriptor of a binary statistic.
 *
 * @see [KVM-API] §4.133
 */
export const kvm_stats_desc = {
  kind: 'struct',
  name: 'kvm_stats_desc',
  fields: {
    flags: 'u32',
    exponent: 's16',
    size: 'u16',
    offset: 'u32',
    bucket_size: 'u32',
    name: 'u8[]',
  },
} as const
