/** The in-kernel interrupt controller, set up through its device attributes. [KVM-DEV] arm-vgic.rst, arm-vgic-v3.rst, arm-vgic-its.rst. */

import {
  type Device,
  KVM_DEV_TYPE_ARM_VGIC_ITS,
  KVM_DEV_TYPE_ARM_VGIC_V2,
  KVM_DEV_TYPE_ARM_VGIC_V3,
  KVM_VGIC_ITS_ADDR_TYPE,
  KVM_VGIC_V2_ADDR_TYPE_CPU,
  KVM_VGIC_V2_ADDR_TYPE_DIST,
  KvmError,
  type Vm,
} from '@armvisor/uapi'
import { MachineError } from './machine-error.ts'
import { memoryMap } from './memory-map.ts'

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

/** Architecture of the GIC. */
export type GicVersion = 2 | 3

/**
 * Creates the GIC, not yet set up.
 *
 * @throws {@link MachineError} not-found where this KVM has none of the version
 */
export function createVgic(vm: Vm, version: GicVersion): Device {
  const type = version === 2 ? KVM_DEV_TYPE_ARM_VGIC_V2 : KVM_DEV_TYPE_ARM_VGIC_V3
  return createDevice(vm, type, `GICv${version} interrupt controller`)
}

/**
 * Creates the ITS of a GICv3 and places it. That is done before the GIC is set up.
 *
 * @throws {@link MachineError} not-found where this KVM has none
 */
export function createIts(vm: Vm): Device {
  const its = createDevice(vm, KVM_DEV_TYPE_ARM_VGIC_ITS, 'ITS')
  its.setAttr(KVM_DEV_ARM_VGIC_GRP_ADDR, BigInt(KVM_VGIC_ITS_ADDR_TYPE), BigInt(memoryMap.gicIts.base))
  its.setAttr(KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, 0n)
  return its
}

/** Places and initialises the GIC. All vCPUs must exist and be initialised: the redistributors are laid out for them. */
export function setUpVgic(gic: Device, version: GicVersion): void {
  const place = (type: bigint, base: number): void => gic.setAttr(KVM_DEV_ARM_VGIC_GRP_ADDR, type, BigInt(base))
  if (version === 2) {
    place(BigInt(KVM_VGIC_V2_ADDR_TYPE_DIST), memoryMap.gicDist.base)
    place(BigInt(KVM_VGIC_V2_ADDR_TYPE_CPU), memoryMap.gicCpu.base)
  } else {
    place(KVM_VGIC_V3_ADDR_TYPE_DIST, memoryMap.gicDist.base)
    place(KVM_VGIC_V3_ADDR_TYPE_REDIST, memoryMap.gicRedist.base)
  }
  if (gic.hasAttr(KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0n))
    gic.setAttr(KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0n, BigInt(interruptCount))
  gic.setAttr(KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, 0n)
}

function createDevice(vm: Vm, type: number, capability: string): Device {
  try {
    return vm.createDevice(type)
  } catch (error) {
    if (error instanceof KvmError && error.code === 'ENODEV') {
      throw new MachineError({ kind: 'not-found', capability }, { cause: error })
    }
    throw error
  }
}

/** The `irq` of `KVM_IRQ_LINE` for a shared interrupt. */
export function spiIrq(spi: number): number {
  return (KVM_ARM_IRQ_TYPE_SPI << 24) | (firstSpi + spi)
}
