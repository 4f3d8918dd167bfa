/** Structures of interrupts, event descriptors and routing. [KVM-API] §4.25, §4.52. */

/**
 * Argument of `KVM_IRQ_LINE`.
 *
 * @see [KVM-API] §4.25
 */
export const kvm_irq_level = {
  kind: 'struct',
  name: 'kvm_irq_level',
  fields: {
    irq: 'u32',
    level: 'u32',
  },
} as const

/**
 * Argument of `KVM_IRQFD`.
 *
 * @see [KVM-API] §4.75
 */
export const kvm_irqfd = {
  kind: 'struct',
  name: 'kvm_irqfd',
  fields: {
    fd: 'u32',
    gsi: 'u32',
    flags: 'u32',
    resamplefd: 'u32',
    pad: 'u8[16]',
  },
} as const

/**
 * Argument of `KVM_IOEVENTFD`.
 *
 * @see [KVM-API] §4.59
 */
export const kvm_ioeventfd = {
  kind: 'struct',
  name: 'kvm_ioeventfd',
  fields: {
    datamatch: 'u64',
    addr: 'u64',
    len: 'u32',
    fd: 's32',
    flags: 'u32',
    pad: 'u8[36]',
  },
} as const

/**
 * Argument of `KVM_SET_GSI_ROUTING`; {@link kvm_irq_routing_entry} `nr` times follow.
 *
 * @see [KVM-API] §4.52
 */
export const kvm_irq_routing = {
  kind: 'struct',
  name: 'kvm_irq_routing',
  fields: {
    nr: 'u32',
    flags: 'u32',
  },
} as const

/**
 * One entry of the routing. `u.msi.devid` shares its bytes with padding in the header.
 *
 * @see [KVM-API] §4.52
 */
export const kvm_irq_routing_entry = {
  kind: 'struct',
  name: 'kvm_irq_routing_entry',
  fields: {
    gsi: 'u32',
    type: 'u32',
    flags: 'u32',
    pad: 'u32',
    u: {
      kind: 'union',
      fields: {
        irqchip: {
          kind: 'struct',
          fields: {
            irqchip: 'u32',
            pin: 'u32',
          },
        },
        msi: {
          kind: 'struct',
          fields: {
            address_lo: 'u32',
            address_hi: 'u32',
            data: 'u32',
            devid: 'u32',
          },
        },
        pad: 'u32[8]',
      },
    },
  },
} as const

/**
 * Argument of `KVM_SIGNAL_MSI`.
 *
 * @see [KVM-API] §4.71
 */
export const kvm_msi = {
  kind: 'struct',
  name: 'kvm_msi',
  fields: {
    address_lo: 'u32',
    address_hi: 'u32',
    data: 'u32',
    flags: 'u32',
    devid: 'u32',
    pad: 'u8[12]',
  },
} as const
