/** The `KVM_DEV_TYPE_ARM_VGIC_ITS` device: address, registers as the user saves them, commands. [KVM-DEV] arm-vgic-its */

import {
  KVM_DEV_ARM_ITS_CTRL_RESET,
  KVM_DEV_ARM_ITS_RESTORE_TABLES,
  KVM_DEV_ARM_ITS_SAVE_TABLES,
  KVM_DEV_ARM_VGIC_CTRL_INIT,
  KVM_DEV_ARM_VGIC_GRP_ADDR,
  KVM_DEV_ARM_VGIC_GRP_CTRL,
  KVM_DEV_ARM_VGIC_GRP_ITS_REGS,
  KVM_DEV_TYPE_ARM_VGIC_ITS,
  KVM_VGIC_ITS_ADDR_TYPE,
  KVM_VGIC_V3_ITS_SIZE,
} from '@armvisor/uapi'
import { type DeviceAttribute, type KernelDevice, readWord, writeWord } from '../device.ts'
import { hex, kvmError } from '../fail.ts'

const setCall = 'KVM_SET_DEVICE_ATTR'
const frameBytes = 0x10000

/** Register offsets of the control frame. [GICv3] §12.19 */
const GITS_CTLR = 0x0000
const GITS_IIDR = 0x0004
const GITS_TYPER = 0x0008
const GITS_CBASER = 0x0080
const GITS_CWRITER = 0x0088
const GITS_CREADR = 0x0090
const GITS_BASER0 = 0x0100
const GITS_BASER7 = 0x0138
const GITS_PIDR4 = 0xffd0
const GITS_PIDR2 = 0xffe8

/** CTLR.Enabled and Quiescent. */
const Enabled = 1n
const Quiescent = 0x8000_0000n
/** Implementer Arm, product 'K', ABI revision 0. */
const iidr = 0x4b00_043bn
const iidrRevision = 0xf000n
/** Physical LPIs, 16 bits of events and of devices, entries of 8 bytes, no collections held outside memory. */
const typer = 0x1ef71n
/** Type and entry size of BASER0, devices, and BASER1, collections, are fixed. */
const baserFixed = 0x071f_0000_0000_0000n
const baserReset = [0x1907_0000_0000_0600n, 0x1c07_0000_0000_0600n] as const
const architectureRevision3 = 0x3bn

/** What the device asks of its VM. */
export interface ItsDeviceVm {
  readonly ipaBits: number
  /** Throws when the VM is dead. */
  checkAlive(call: string): void
}

/** An ITS. Its registers are the state of a device that has translated nothing: translation is not here. */
export class ItsDevice implements KernelDevice {
  readonly type: number = KVM_DEV_TYPE_ARM_VGIC_ITS
  readonly #vm: ItsDeviceVm
  #base: number | undefined
  #isEnabled = false
  #cbaser = 0n
  #cwriter = 0n
  #creadr = 0n
  #baser: bigint[] = [...baserReset]

  constructor(vm: ItsDeviceVm) {
    this.#vm = vm
  }

  /** Guest address of the frames, undefined before it is set. */
  get base(): number | undefined {
    return this.#base
  }
  get isEnabled(): boolean {
    return this.#isEnabled
  }
  /** GITS_TRANSLATER is at this address. */
  isDoorbell(address: bigint): boolean {
    return this.#base !== undefined && address === BigInt(this.#base + frameBytes + 0x40)
  }

  hasAttr(group: number, attr: bigint): boolean {
    switch (group) {
      case KVM_DEV_ARM_VGIC_GRP_ADDR:
        return attr === BigInt(KVM_VGIC_ITS_ADDR_TYPE)
      case KVM_DEV_ARM_VGIC_GRP_CTRL:
        return [
          KVM_DEV_ARM_VGIC_CTRL_INIT,
          KVM_DEV_ARM_ITS_SAVE_TABLES,
          KVM_DEV_ARM_ITS_RESTORE_TABLES,
          KVM_DEV_ARM_ITS_CTRL_RESET,
        ].includes(Number(attr))
      case KVM_DEV_ARM_VGIC_GRP_ITS_REGS:
        return isAligned(Number(attr)) && isRegister(Number(attr))
      default:
        return false
    }
  }

  setAttr({ group, attr, memory }: DeviceAttribute): void {
    this.#vm.checkAlive(setCall)
    switch (group) {
      case KVM_DEV_ARM_VGIC_GRP_ADDR:
        if (attr !== BigInt(KVM_VGIC_ITS_ADDR_TYPE)) throw none(setCall, group, attr, 'ENODEV')
        this.#setBase(readWord(memory, 8))
        return
      case KVM_DEV_ARM_VGIC_GRP_CTRL:
        if (!this.hasAttr(group, attr)) throw none(setCall, group, attr)
        if (attr === BigInt(KVM_DEV_ARM_ITS_CTRL_RESET)) this.#reset()
        // Nothing is mapped: there are no tables to write, and none to read.
        return
      case KVM_DEV_ARM_VGIC_GRP_ITS_REGS: {
        const value = readWord(memory, 8)
        this.#write(this.#offsetOf(setCall, attr), value)
        return
      }
      default:
        throw none(setCall, group, attr)
    }
  }

  getAttr({ group, attr, memory }: DeviceAttribute): void {
    const call = 'KVM_GET_DEVICE_ATTR'
    this.#vm.checkAlive(call)
    switch (group) {
      case KVM_DEV_ARM_VGIC_GRP_ADDR:
        if (attr !== BigInt(KVM_VGIC_ITS_ADDR_TYPE)) throw none(call, group, attr, 'ENODEV')
        writeWord(memory, 8, this.#base === undefined ? 0xffff_ffff_ffff_ffffn : BigInt(this.#base))
        return
      case KVM_DEV_ARM_VGIC_GRP_ITS_REGS:
        writeWord(memory, 8, this.#read(this.#offsetOf(call, attr)))
        return
      default:
        throw none(call, group, attr)
    }
  }

  #setBase(base: bigint): void {
    if (this.#base !== undefined) throw kvmError('EEXIST', setCall, `the ITS is at ${hex(this.#base)} already`)
    if (base % BigInt(frameBytes) !== 0n) {
      throw kvmError('EINVAL', setCall, `${hex(base)} is not aligned to ${hex(frameBytes)}`)
    }
    if (base + BigInt(KVM_VGIC_V3_ITS_SIZE) > 1n << BigInt(this.#vm.ipaBits)) {
      throw kvmError('E2BIG', setCall, `${hex(base)} + ${hex(KVM_VGIC_V3_ITS_SIZE)} ends beyond the VM's IPA space`)
    }
    this.#base = Number(base)
  }

  #offsetOf(call: string, attr: bigint): number {
    const offset = Number(attr)
    if (!isAligned(offset)) throw kvmError('EINVAL', call, `${hex(attr)} is not aligned to its register`)
    if (this.#base === undefined) throw kvmError('ENXIO', call, 'the ITS has no address yet')
    if (!isRegister(offset)) throw none(call, KVM_DEV_ARM_VGIC_GRP_ITS_REGS, attr)
    return offset
  }

  #read(offset: number): bigint {
    switch (offset) {
      case GITS_CTLR:
        return Quiescent | (this.#isEnabled ? Enabled : 0n)
      case GITS_IIDR:
        return iidr
      case GITS_TYPER:
        return typer
      case GITS_CBASER:
        return this.#cbaser
      case GITS_CWRITER:
        return this.#cwriter
      case GITS_CREADR:
        return this.#creadr
      case GITS_PIDR2:
        return architectureRevision3
      default:
        return this.#baser[(offset - GITS_BASER0) >> 3] ?? 0n
    }
  }

  #write(offset: number, value: bigint): void {
    switch (offset) {
      case GITS_CTLR:
        this.#isEnabled = (value & Enabled) !== 0n
        return
      case GITS_IIDR:
        if ((value & iidrRevision) !== 0n)
          throw kvmError('EINVAL', setCall, `ABI revision ${(value & iidrRevision) >> 12n}`)
        return
      case GITS_CBASER:
        if (!this.#isEnabled) this.#cbaser = value
        return
      case GITS_CWRITER:
        this.#cwriter = value & 0xf_ffe0n
        return
      case GITS_CREADR:
        this.#creadr = value & 0xf_ffe0n
        return
    }
    const n = (offset - GITS_BASER0) >> 3
    if (n >= 0 && n < this.#baser.length && !this.#isEnabled) {
      this.#baser[n] = (this.#baser[n] & baserFixed) | (value & ~baserFixed)
    }
  }

  #reset(): void {
    this.#isEnabled = false
    this.#cbaser = 0n
    this.#cwriter = 0n
    this.#creadr = 0n
    this.#baser = [...baserReset]
  }
}

/** CTLR, IIDR and the identification at the end have 32 bits, all others 64. */
function isAligned(offset: number): boolean {
  return offset % (offset < GITS_TYPER || offset >= GITS_PIDR4 ? 4 : 8) === 0
}

function isRegister(offset: number): boolean {
  const single = [GITS_CTLR, GITS_IIDR, GITS_TYPER, GITS_CBASER, GITS_CWRITER, GITS_CREADR]
  return (
    single.includes(offset) ||
    (offset >= GITS_BASER0 && offset <= GITS_BASER7) ||
    (offset >= GITS_PIDR4 && offset < frameBytes)
  )
}

function none(call: string, group: number, attr: bigint, code: 'ENXIO' | 'ENODEV' = 'ENXIO'): Error {
  return kvmError(code, call, `an ITS has no attribute ${hex(attr)} in group ${group}`)
}
