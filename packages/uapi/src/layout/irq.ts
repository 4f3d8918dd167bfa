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
  // What KVM_IRQ_LINE_STATUS gives back.
  aliases: { status: ['irq', 's32'] },
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
 * Target of a routing entry: a pin of the interrupt controller.
 *
 * @see [KVM-API] §4.52
 */
export const kvm_irq_routing_irqchip = {
  kind: 'struct',
  name: 'kvm_irq_routing_irqchip',
  fields: {
    irqchip: 'u32',
    pin: 'u32',
  },
} as const

/**
 * Target of a routing entry: a message-signalled interrupt.
 *
 * @see [KVM-API] §4.52
 */
export const kvm_irq_routing_msi = {
  kind: 'struct',
  name: 'kvm_irq_routing_msi',
  fields: {
    address_lo: 'u32',
    address_hi: 'u32',
    data: 'u32',
    devid: 'u32',
  },
  aliases: { pad: ['devid', 'u32'] },
} as const

/**
 * Target of a routing entry on s390.
 *
 * @see [KVM-API] §4.52
 */
export const kvm_irq_routing_s390_adapter = {
  kind: 'struct',
  name: 'kvm_irq_routing_s390_adapter',
  fields: {
    ind_addr: 'u64',
    summary_addr: 'u64',
    ind_offset: 'u64',
    summary_offset: 'u32',
    adapter_id: 'u32',
  },
} as const

/**
 * Target of a routing entry on x86: Hyper-V.
 *
 * @see [KVM-API] §4.52
 */
export const kvm_irq_routing_hv_sint = {
  kind: 'struct',
  name: 'kvm_irq_routing_hv_sint',
  fields: {
    vcpu: 'u32',
    sint: 'u32',
  },
} as const

/**
 * Target of a routing entry on x86: Xen.
 *
 * @see [KVM-API] §4.52
 */
export const kvm_irq_routing_xen_evtchn = {
  kind: 'struct',
  name: 'kvm_irq_routing_xen_evtchn',
  fields: {
    port: 'u32',
    vcpu: 'u32',
    priority: 'u32',
  },
} as const

/**
 * One entry of the routing; `type` tells the member of `u`.
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
        irqchip: kvm_irq_routing_irqchip as typeof kvm_irq_routing_irqchip,
        msi: kvm_irq_routing_msi as typeof kvm_irq_routing_msi,
        adapter: kvm_irq_routing_s390_adapter as typeof kvm_irq_routing_s390_adapter,
        hv_sint: kvm_irq_routing_hv_sint as typeof kvm_irq_routing_hv_sint,
        xen_evtchn: kvm_irq_routing_xen_evtchn as typeof kvm_irq_routing_xen_evtchn,
        pad: 'u32[8]',
      },
    },
  },
} as const

/**
 * Argument of `KVM_SET_GSI_ROUTING`.
 *
 * @see [KVM-API] §4.52
 */
export const kvm_irq_routing = {
  kind: 'struct',
  name: 'kvm_irq_routing',
  fields: {
    nr: 'u32',
    flags: 'u32',
    entries: { kind: 'array', of: kvm_irq_routing_entry as typeof kvm_irq_routing_entry },
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
