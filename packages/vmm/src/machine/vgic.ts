/** The in-kernel GICv3, set up through its device attributes. [KVM-DEV] arm-vgic-v3.rst. */

import { type Device, KvmError, type Vm } from '@armvisor/uapi'
import { MachineError } from './machine-error.ts'
import { memoryMap } from './memory-map.ts'

const KVM_DEV_TYPE_ARM_VGIC_V3 = 7
const KVM_DEV_ARM_VGIC_GRP_ADDR = 0
const KVM_DEV_ARM_VGIC_GRP_NR_IRQS = 3
const KVM_DEV_ARM_VGIC_GRP_CTRL = 4
const KVM_VGIC_V3_ADDR_TYPE_DIST = 2n
const KVM_VGIC_V3_ADDR_TYPE_REDIST = 3n
const KVM_DEV_ARM_VGIC_CTRL_INIT = 0n

/** 32 private interrupts and 256 shared ones, as QEMU's `virt` has. */
export const interruptCount = 288

const KVM_ARM_IRQ_TYPE_SPI = 1
const firstSpi = 32

/**
 * Creates the GIC, not yet set up.
 *
 * @throws {@link MachineError} not-found where this KVM has no GICv3
 */
export function createVgicV3(vm: Vm): Device {
  try {
    return vm.createDevice(KVM_DEV_TYPE_ARM_VGIC_V3)
  } catch (error) {
    if (error instanceof KvmError && error.code === 'ENODEV') {
      throw new MachineError({ kind: 'not-found', capability: 'GICv3 interrupt controller' }, { cause: error })
    }
    throw error
  }
}

/** Places and initialises the GIC. All vCPUs must exist and be initialised: the redistributors are laid out for them. */
export function setUpVgicV3(gic: Device): void {
  gic.setAttr(KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST, BigInt(memoryMap.gicDist.base))
  gic.setAttr(KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST, BigInt(memoryMap.gicRedist.base))
  if (gic.hasAttr(KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0n))
    gic.setAttr(KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0n, BigInt(interruptCount))
  gic.setAttr(KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, 0n)
}

/** The `irq` of `KVM_IRQ_LINE` for a shared interrupt. */
export function spiIrq(spi: number): number {
  return (KVM_ARM_IRQ_TYPE_SPI << 24) | (firstSpi + spi)
}
