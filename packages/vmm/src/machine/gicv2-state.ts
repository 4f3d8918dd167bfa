/** The state of an in-kernel GICv2, read through its device attributes. [KVM-DEV] arm-vgic.rst. */

import { type Device, KVM_DEV_ARM_VGIC_GRP_CPU_REGS, KVM_DEV_ARM_VGIC_GRP_DIST_REGS } from '@armvisor/uapi'
import { interruptFields, privateCount, type VgicState } from './vgic-state.ts'

const GICD_CTLR = 0x000n
const GICD_IIDR = 0x008n
const ICENABLER = 0x180
const ISENABLER = 0x100
const ISPENDR = 0x200
const ITARGETSR = 0x800
const SPENDSGIR = 0xf20
/** Bits of ISPENDR0 that are PPIs. */
const ppis = 0xffff_0000n
/** GICC_PMR, BPR, ABPR, APR0, and CTLR last. [GICv2] §4.4 */
const cpuRegisters = [0x04n, 0x08n, 0x1cn, 0xd0n, 0x00n]

/**
 * Reads the state. A line that is high reads as pending, and is made so: the guest may take that interrupt once more.
 *
 * @param cpus - how many vCPUs there are, with ids from 0 on
 * @param interrupts - how many there are, private ones included
 */
export function readGicv2(gic: Device, cpus: number, interrupts: number): VgicState {
  const registers: [number, bigint, bigint][] = []
  const group = KVM_DEV_ARM_VGIC_GRP_DIST_REGS
  const read = (attr: bigint, mask = 0xffff_ffffn): void => {
    registers.push([group, attr, gic.getAttr(group, attr) & mask])
  }
  const readBank = (cpu: bigint, first: number, end: number): void => {
    for (let intid = first; intid < end; intid += 32) {
      const enabled = gic.getAttr(group, cpu | BigInt(ISENABLER + intid / 8))
      registers.push([group, cpu | BigInt(ICENABLER + intid / 8), ~enabled & 0xffff_ffffn])
    }
    for (const { offset, bitsEach } of interruptFields) {
      for (let intid = first; intid < end; intid += 32 / bitsEach) {
        read(cpu | BigInt(offset + (intid * bitsEach) / 8))
      }
    }
    for (let intid = first; intid < end; intid += 32) {
      read(cpu | BigInt(ISPENDR + intid / 8), intid < privateCount ? ppis : undefined)
    }
  }
  // Groups can be written only after this.
  read(GICD_IIDR)
  for (let intid = privateCount; intid < interrupts; intid += 4) read(BigInt(ITARGETSR + intid))
  readBank(0n, privateCount, interrupts)
  for (let id = 0; id < cpus; id++) {
    const cpu = BigInt(id) << 32n
    readBank(cpu, 0, privateCount)
    for (let sgi = 0; sgi < 16; sgi += 4) read(cpu | BigInt(SPENDSGIR + sgi))
    for (const register of cpuRegisters) {
      const attr = cpu | register
      registers.push([KVM_DEV_ARM_VGIC_GRP_CPU_REGS, attr, gic.getAttr(KVM_DEV_ARM_VGIC_GRP_CPU_REGS, attr)])
    }
  }
  read(GICD_CTLR)
  return { registers }
}
