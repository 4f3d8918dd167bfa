/** Interrupt lines, event descriptors and routing. [KVM-API] §4.25, §4.52, §4.59, §4.75. */

/** Position of bits [11:8] of the vCPU index, with `KVM_CAP_ARM_IRQ_LINE_LAYOUT_2`. @see [KVM-API] §4.25 */
export const KVM_ARM_IRQ_VCPU2_SHIFT = 28
/** Width of that field. @see [KVM-API] §4.25 */
export const KVM_ARM_IRQ_VCPU2_MASK = 0xf
/** Position of the type of the line. @see [KVM-API] §4.25 */
export const KVM_ARM_IRQ_TYPE_SHIFT = 24
/** Width of the type. @see [KVM-API] §4.25 */
export const KVM_ARM_IRQ_TYPE_MASK = 0xf
/** Position of bits [7:0] of the vCPU index. @see [KVM-API] §4.25 */
export const KVM_ARM_IRQ_VCPU_SHIFT = 16
/** Width of that field. @see [KVM-API] §4.25 */
export const KVM_ARM_IRQ_VCPU_MASK = 0xff
/** Position of the number. @see [KVM-API] §4.25 */
export const KVM_ARM_IRQ_NUM_SHIFT = 0
/** Width of the number. @see [KVM-API] §4.25 */
export const KVM_ARM_IRQ_NUM_MASK = 0xffff
/** Type: a line of the CPU itself, for a GIC in user space. @see [KVM-API] §4.25 */
export const KVM_ARM_IRQ_TYPE_CPU = 0
/** Type: SPI; the number is an INTID from 32, the vCPU index is ignored. @see [KVM-API] §4.25 */
export const KVM_ARM_IRQ_TYPE_SPI = 1
/** Type: PPI; the number is an INTID from 16 to 31. @see [KVM-API] §4.25 */
export const KVM_ARM_IRQ_TYPE_PPI = 2
/** Number for the CPU type: IRQ. @see [KVM-API] §4.25 */
export const KVM_ARM_IRQ_CPU_IRQ = 0
/** Number for the CPU type: FIQ. @see [KVM-API] §4.25 */
export const KVM_ARM_IRQ_CPU_FIQ = 1
/** Number of interrupt controllers in routing entries. @see [KVM-API] §4.52 */
export const KVM_NR_IRQCHIPS = 1
/** Routing entry: a pin of the interrupt controller. @see [KVM-API] §4.52 */
export const KVM_IRQ_ROUTING_IRQCHIP = 1
/** Routing entry: a message-signalled interrupt. @see [KVM-API] §4.52 */
export const KVM_IRQ_ROUTING_MSI = 2
/** Flag of `KVM_IRQFD`: take the descriptor away. @see [KVM-API] §4.75 */
export const KVM_IRQFD_FLAG_DEASSIGN = 1
/** Flag of `KVM_IRQFD`: a level interrupt with a resample descriptor. @see [KVM-API] §4.75 */
export const KVM_IRQFD_FLAG_RESAMPLE = 2
/** Flag of an MSI: `devid` is filled in. @see [KVM-API] §4.71 */
export const KVM_MSI_VALID_DEVID = 1
/** Flag of `KVM_IOEVENTFD`: only writes of `datamatch`. @see [KVM-API] §4.59 */
export const KVM_IOEVENTFD_FLAG_DATAMATCH = 1
/** Flag of `KVM_IOEVENTFD`: port I/O. @see [KVM-API] §4.59 */
export const KVM_IOEVENTFD_FLAG_PIO = 2
/** Flag of `KVM_IOEVENTFD`: take the descriptor away. @see [KVM-API] §4.59 */
export const KVM_IOEVENTFD_FLAG_DEASSIGN = 4
/** Flag of `KVM_IOEVENTFD`: notification of s390. @see [KVM-API] §4.59 */
export const KVM_IOEVENTFD_FLAG_VIRTIO_CCW_NOTIFY = 8

/** Largest interrupt number under an old name; what the vgic takes is larger. @see [KVM-API] §4.25 */
export const KVM_ARM_IRQ_GIC_MAX = 0x7f
/** Routing entry of s390. @see [KVM-API] §4.52 */
export const KVM_IRQ_ROUTING_S390_ADAPTER = 3
/** Routing entry of x86: Hyper-V. @see [KVM-API] §4.52 */
export const KVM_IRQ_ROUTING_HV_SINT = 4
/** Routing entry of x86: Xen. @see [KVM-API] §4.52 */
export const KVM_IRQ_ROUTING_XEN_EVTCHN = 5
/** Priority of a Xen routing entry. @see [KVM-API] §4.52 */
export const KVM_IRQ_ROUTING_XEN_EVTCHN_PRIO_2LEVEL = 0xffffffff
/** Flags of `KVM_IOEVENTFD`: all. @see [KVM-API] §4.59 */
export const KVM_IOEVENTFD_VALID_FLAG_MASK = 0x1f

/**
 * A line of `KVM_IRQ_LINE`.
 *
 * @see {@link encodeIrqLine}
 */
export interface IrqLine {
  /** `KVM_ARM_IRQ_TYPE_*`. */
  readonly type: number
  /** vCPU index, 0 to 4095; 0 for an SPI. */
  readonly vcpu: number
  /** INTID, or `KVM_ARM_IRQ_CPU_*`. */
  readonly number: number
}

/**
 * `kvm_irq_level.irq` of a line, as an unsigned 32-bit number.
 *
 * @throws RangeError if a field does not fit.
 * @see [KVM-API] §4.25
 * @example
 * encodeIrqLine({ type: KVM_ARM_IRQ_TYPE_SPI, vcpu: 0, number: 33 }) // 0x1000021
 */
export function encodeIrqLine({ type, vcpu, number }: IrqLine): number {
  const fits = (value: number, mask: number): boolean => Number.isInteger(value) && value >= 0 && value <= mask
  if (!fits(type, KVM_ARM_IRQ_TYPE_MASK)) throw new RangeError(`interrupt type ${type} is not in 0 to 15`)
  if (!fits(vcpu, 0xfff)) throw new RangeError(`vCPU index ${vcpu} is not in 0 to 4095`)
  if (!fits(number, KVM_ARM_IRQ_NUM_MASK)) throw new RangeError(`interrupt number ${number} is not in 0 to 65535`)
  return (
    (((vcpu >> 8) << KVM_ARM_IRQ_VCPU2_SHIFT) |
      (type << KVM_ARM_IRQ_TYPE_SHIFT) |
      ((vcpu & KVM_ARM_IRQ_VCPU_MASK) << KVM_ARM_IRQ_VCPU_SHIFT) |
      number) >>>
    0
  )
}

/**
 * Line that `kvm_irq_level.irq` means, the inverse of {@link encodeIrqLine}.
 *
 * @see [KVM-API] §4.25
 */
export function decodeIrqLine(irq: number): IrqLine {
  return {
    type: (irq >>> KVM_ARM_IRQ_TYPE_SHIFT) & KVM_ARM_IRQ_TYPE_MASK,
    vcpu:
      (((irq >>> KVM_ARM_IRQ_VCPU2_SHIFT) & KVM_ARM_IRQ_VCPU2_MASK) << 8) |
      ((irq >>> KVM_ARM_IRQ_VCPU_SHIFT) & KVM_ARM_IRQ_VCPU_MASK),
    number: irq & KVM_ARM_IRQ_NUM_MASK,
  }
}
