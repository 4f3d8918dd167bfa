/** The state of an in-kernel ITS: its registers, and tables that it keeps in guest memory. [KVM-DEV] arm-vgic-its.rst. */

import {
  type Device,
  KVM_DEV_ARM_ITS_RESTORE_TABLES,
  KVM_DEV_ARM_ITS_SAVE_TABLES,
  KVM_DEV_ARM_VGIC_GRP_CTRL,
  KVM_DEV_ARM_VGIC_GRP_ITS_REGS,
  KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES,
} from '@armvisor/uapi'

/** Registers by offset, in the order in which they are written; the tables are read before the last. */
export type ItsState = readonly (readonly [offset: bigint, value: bigint])[]

const GITS_CTLR = 0x00n
/** GITS_BASER0, BASER1, CBASER, CREADR, CWRITER, CTLR: writing CBASER resets the two after it. */
const offsets = [0x100n, 0x108n, 0x80n, 0x90n, 0x88n, GITS_CTLR]

/** Reads the registers, and has the tables of the ITS and of pending LPIs written to guest memory: copy that afterwards. */
export function readIts(gic: Device, its: Device): ItsState {
  gic.setAttr(KVM_DEV_ARM_VGIC_GRP_CTRL, BigInt(KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES), 0n)
  its.setAttr(KVM_DEV_ARM_VGIC_GRP_CTRL, BigInt(KVM_DEV_ARM_ITS_SAVE_TABLES), 0n)
  return offsets.map((offset) => [offset, its.getAttr(KVM_DEV_ARM_VGIC_GRP_ITS_REGS, offset)])
}

/** Restores an ITS that has not been used. Guest memory and the GIC come before. */
export function writeIts(its: Device, state: ItsState): void {
  for (const [offset, value] of state) {
    if (offset === GITS_CTLR) its.setAttr(KVM_DEV_ARM_VGIC_GRP_CTRL, BigInt(KVM_DEV_ARM_ITS_RESTORE_TABLES), 0n)
    its.setAttr(KVM_DEV_ARM_VGIC_GRP_ITS_REGS, offset, value)
  }
}
