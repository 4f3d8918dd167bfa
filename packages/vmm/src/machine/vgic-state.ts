/** The state of an in-kernel GICv3, read and written through its device attributes. [KVM-DEV] arm-vgic-v3.rst. */

import {
  type Device,
  KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS,
  KVM_DEV_ARM_VGIC_GRP_DIST_REGS,
  KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO,
  KVM_DEV_ARM_VGIC_GRP_REDIST_REGS,
} from '@armvisor/uapi'

/** Registers by attribute, in the order in which they are written. */
export interface VgicState {
  readonly registers: readonly (readonly [group: number, attr: bigint, value: bigint])[]
}

/** SGIs and PPIs, which each CPU has of its own. */
export const privateCount = 32

// Offsets in the distributor and in a redistributor's SGI_base frame. [GICv3] §12.9, §12.11
const GICD_CTLR = 0
const GICD_IROUTER = 0x6000
/** GICR_PROPBASER and GICR_PENDBASER in words, then GICR_CTLR with EnableLPIs. */
const lpiRegisters = [0x70n, 0x74n, 0x78n, 0x7cn, 0x00n]
const SGI_base = 0x10000
/** Registers with a field for each interrupt, in the order in which they are written. */
export const interruptFields = [
  { offset: 0x080, bitsEach: 1 }, // IGROUPR
  { offset: 0xc00, bitsEach: 2 }, // ICFGR
  { offset: 0x400, bitsEach: 8 }, // IPRIORITYR
  { offset: 0x300, bitsEach: 1 }, // ISACTIVER
  { offset: 0x100, bitsEach: 1 }, // ISENABLER
] as const
const ISENABLER = 0x100
const ICENABLER = 0x180
const ISPENDR = 0x200
const ICFGR = 0xc00

const sysReg = (CRn: number, CRm: number, op2: number): bigint => BigInt((3 << 14) | (CRn << 7) | (CRm << 3) | op2)
/** The CPU interface: priorities and groups first, what is active last. [GICv3] §12.2 */
const cpuRegisters = [
  sysReg(12, 12, 5), // ICC_SRE_EL1
  sysReg(12, 12, 4), // ICC_CTLR_EL1
  sysReg(12, 12, 6), // ICC_IGRPEN0_EL1
  sysReg(12, 12, 7), // ICC_IGRPEN1_EL1
  sysReg(4, 6, 0), // ICC_PMR_EL1
  sysReg(12, 8, 3), // ICC_BPR0_EL1
  sysReg(12, 12, 3), // ICC_BPR1_EL1
  sysReg(12, 8, 4), // ICC_AP0R0_EL1
  sysReg(12, 9, 0), // ICC_AP1R0_EL1
]

/** Affinity of a CPU in bits [63:32] of an attribute. */
function affinity(mpidr: bigint): bigint {
  return (((mpidr >> 8n) & 0xff00_0000n) | (mpidr & 0xff_ffffn)) << 32n
}

/**
 * Reads the state. What is pending because a line is high is not noted as pending: the line is.
 *
 * @param mpidrs - of all vCPUs
 * @param interrupts - how many there are, private ones included
 */
export function readVgic(gic: Device, mpidrs: readonly bigint[], interrupts: number): VgicState {
  const registers: [number, bigint, bigint][] = []
  const read = (group: number, attr: bigint): bigint => {
    const value = gic.getAttr(group, attr)
    registers.push([group, attr, value])
    return value
  }
  const readBank = (group: number, base: bigint, cpu: bigint, first: number, count: number): void => {
    // SGIs are enabled after a reset.
    for (let intid = first; intid < first + count; intid += 32) {
      const enabled = gic.getAttr(group, base + BigInt(ISENABLER + intid / 8))
      registers.push([group, base + BigInt(ICENABLER + intid / 8), ~enabled & 0xffff_ffffn])
    }
    for (const { offset, bitsEach } of interruptFields) {
      for (let intid = first; intid < first + count; intid += 32 / bitsEach)
        read(group, base + BigInt(offset + (intid * bitsEach) / 8))
    }
    for (let intid = first; intid < first + count; intid += 32) {
      const levels = read(KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, cpu | BigInt(intid))
      const edges = edgeTriggered(gic, group, base, intid)
      const attr = base + BigInt(ISPENDR + intid / 8)
      registers.push([group, attr, gic.getAttr(group, attr) & (~levels | edges) & 0xffff_ffffn])
    }
  }
  for (let intid = privateCount; intid < interrupts; intid++) {
    const offset = BigInt(GICD_IROUTER + intid * 8)
    read(KVM_DEV_ARM_VGIC_GRP_DIST_REGS, offset)
    read(KVM_DEV_ARM_VGIC_GRP_DIST_REGS, offset + 4n)
  }
  // A line has its level in the attribute of any CPU; shared ones are asked of the first.
  const first = affinity(mpidrs[0] ?? 0n)
  readBank(KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0n, first, privateCount, interrupts - privateCount)
  for (const mpidr of mpidrs) {
    const cpu = affinity(mpidr)
    readBank(KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, cpu | BigInt(SGI_base), cpu, 0, privateCount)
    for (const register of lpiRegisters) read(KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, cpu | register)
    for (const register of cpuRegisters) read(KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, cpu | register)
  }
  read(KVM_DEV_ARM_VGIC_GRP_DIST_REGS, BigInt(GICD_CTLR))
  return { registers }
}

/** Bits of 32 interrupts that are edge-triggered. */
function edgeTriggered(gic: Device, group: number, base: bigint, intid: number): bigint {
  let edges = 0n
  for (let half = 0; half < 2; half++) {
    const word = gic.getAttr(group, base + BigInt(ICFGR + intid / 4 + half * 4))
    for (let i = 0; i < 16; i++) if ((word >> BigInt(2 * i + 1)) & 1n) edges |= 1n << BigInt(half * 16 + i)
  }
  return edges
}

/** Writes a state that {@link readVgic} read to a GIC that has been initialised and has not been used. */
export function writeVgic(gic: Device, { registers }: VgicState): void {
  for (const [group, attr, value] of registers) gic.setAttr(group, attr, value)
}
