/** The `KVM_DEV_TYPE_ARM_VGIC_ITS` device: address, registers of guest and user, the command queue. [KVM-DEV] arm-vgic-its */

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
import type { GuestMemoryAccess } from '../guest-memory.ts'
import type { MmioDevices } from '../mmio.ts'
import { type Delivery, Its } from './its.ts'
import { isValid, type ScanResult, tableBytes } from './its-tables.ts'
import type { Vgic } from './vgic.ts'
import { mergePart, part, sanitiseAttributes } from './wide-register.ts'

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
/** Pages of tables have 64 KiB, whatever is written. */
const pageSizeField = 0x300n
const pageSize64K = 0x200n
const cbaserReserved = 0xf000n
const queueAddress = 0xf_ffff_ffff_f000n
const commandBytes = 32
const architectureRevision3 = 0x3bn

/** What the device asks of its VM. */
export interface ItsDeviceVm {
  readonly ipaBits: number
  readonly guestMemory: GuestMemoryAccess
  /** Throws when the VM is dead. */
  checkAlive(call: string): void
}

/** An ITS. Before the interrupt controller is initialised it takes no commands. */
export class ItsDevice implements KernelDevice, MmioDevices {
  readonly type: number = KVM_DEV_TYPE_ARM_VGIC_ITS
  readonly #vm: ItsDeviceVm
  #base: number | undefined
  #isEnabled = false
  #cbaser = 0n
  #cwriter = 0n
  #creadr = 0n
  readonly #baser: bigint[] = [...baserReset]
  #its: Its | undefined

  constructor(vm: ItsDeviceVm) {
    this.#vm = vm
  }

  /** Guest address of the frames, undefined before it is set. */
  get base(): number | undefined {
    return this.#base
  }
  /** GITS_TRANSLATER is at this address. */
  isDoorbell(address: bigint): boolean {
    return this.#base !== undefined && address === BigInt(this.#base + frameBytes + 0x40)
  }

  /** The interrupt controller is there: LPIs have somewhere to go. */
  connect(vgic: Vgic): void {
    if (this.#its !== undefined) return
    const baser = this.#baser
    this.#its = new Its(vgic, this.#vm.guestMemory, {
      get deviceTable() {
        return baser[0]
      },
      get collectionTable() {
        return baser[1]
      },
    })
  }

  /** A device signalled an event with a write to GITS_TRANSLATER. */
  deliver(deviceId: number, eventId: number): Delivery {
    if (!this.#isEnabled || this.#its === undefined) return 'busy'
    return this.#its.deliver(deviceId, eventId)
  }

  readMmio(address: number, sizeBytes: number): bigint | undefined {
    const offset = this.#offsetAt(address)
    if (offset === undefined) return undefined
    const base = offset & ~(registerBytes(offset) - 1)
    if (!isRegister(base) || offset % sizeBytes !== 0 || sizeBytes < 4) return 0n
    if (registerBytes(offset) === 8) return part(this.#read(base), offset, sizeBytes)
    return sizeBytes === 4 ? this.#read(base) : 0n
  }

  writeMmio(address: number, sizeBytes: number, value: bigint): boolean {
    const offset = this.#offsetAt(address)
    if (offset === undefined) return false
    const bytes = registerBytes(offset)
    const base = offset & ~(bytes - 1)
    if (!isRegister(base) || offset % sizeBytes !== 0 || sizeBytes < 4 || sizeBytes > bytes) return true
    // These are the user's to write.
    if (base === GITS_IIDR || base === GITS_CREADR) return true
    this.#write(base, sizeBytes === bytes ? value : mergePart(this.#read(base), offset, sizeBytes, value))
    return true
  }

  #offsetAt(address: number): number | undefined {
    const base = this.#base
    return base !== undefined && address >= base && address < base + KVM_VGIC_V3_ITS_SIZE ? address - base : undefined
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
        this.#control(Number(attr))
        return
      case KVM_DEV_ARM_VGIC_GRP_ITS_REGS: {
        const value = readWord(memory, 8)
        this.#userWrite(this.#offsetOf(setCall, attr), value)
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
        return (this.#creadr === this.#cwriter ? Quiescent : 0n) | (this.#isEnabled ? Enabled : 0n)
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

  /** Bytes of the command queue. */
  get #queueBytes(): bigint {
    return ((this.#cbaser & 0xffn) + 1n) << 12n
  }

  /** What the guest cannot write, the user can: registers whose value comes from elsewhere. */
  #userWrite(offset: number, value: bigint): void {
    if (offset === GITS_IIDR) {
      const revision = (value & iidrRevision) >> 12n
      if (revision !== 0n)
        throw kvmError('EINVAL', setCall, `there is no table layout of revision ${revision}`, 'use 0')
    } else if (offset === GITS_CREADR) {
      const at = value & 0xf_ffe0n
      if (this.#isEnabled) throw kvmError('EBUSY', setCall, 'the ITS is enabled', 'set GITS_CREADR before GITS_CTLR')
      if (at >= this.#queueBytes) throw kvmError('EINVAL', setCall, `${hex(at)} is beyond the command queue`)
      this.#creadr = at
    } else this.#write(offset, value)
  }

  #write(offset: number, value: bigint): void {
    switch (offset) {
      case GITS_CTLR:
        this.#enable((value & Enabled) !== 0n)
        return
      case GITS_CBASER:
        if (this.#isEnabled) return
        this.#cbaser = sanitiseAttributes(value, 59n) & ~cbaserReserved
        this.#creadr = 0n
        this.#cwriter = 0n
        return
      case GITS_CWRITER: {
        const at = value & 0xf_ffe0n
        if (at >= this.#queueBytes) return
        this.#cwriter = at
        this.#processCommands()
        return
      }
    }
    const n = (offset - GITS_BASER0) >> 3
    if (n < 0 || n >= this.#baser.length || this.#isEnabled) return
    const written = (this.#baser[n] & baserFixed) | (value & ~baserFixed)
    this.#baser[n] = (sanitiseAttributes(written, 59n) & ~pageSizeField) | pageSize64K
    if (isValid(this.#baser[n])) return
    if (n === 0) this.#its?.clearDevices()
    else this.#its?.clearCollections()
  }

  /** Enabling with a table or the queue not valid is UNPREDICTABLE; it is ignored. */
  #enable(isEnabled: boolean): void {
    if (isEnabled && !this.#isEnabled && ![...this.#baser, this.#cbaser].every(isValid)) return
    this.#isEnabled = isEnabled
    this.#processCommands()
  }

  #processCommands(): void {
    if (!this.#isEnabled || this.#its === undefined) return
    const base = Number(this.#cbaser & queueAddress)
    while (this.#creadr !== this.#cwriter) {
      const bytes = this.#vm.guestMemory.read(base + Number(this.#creadr), commandBytes)
      // A command that cannot be read is skipped. [GICv3] §5.3
      if (bytes !== undefined) this.#its.execute(new DataView(bytes.buffer, bytes.byteOffset, commandBytes))
      this.#creadr += BigInt(commandBytes)
      if (this.#creadr >= this.#queueBytes) this.#creadr = 0n
    }
  }

  #control(attr: number): void {
    let result: ScanResult = 'done'
    if (attr === KVM_DEV_ARM_ITS_SAVE_TABLES) result = this.#its?.saveTables() ?? 'done'
    else if (attr === KVM_DEV_ARM_ITS_RESTORE_TABLES) result = this.#its?.restoreTables() ?? 'done'
    else if (attr === KVM_DEV_ARM_ITS_CTRL_RESET) this.#reset()
    if (result !== 'done') {
      throw kvmError(
        result,
        setCall,
        'a table of the ITS has an entry that cannot be, or no memory',
        `look at ${tablesAt(this.#baser)}`,
      )
    }
  }

  /** Tables keep their attributes, and are not valid any more. */
  #reset(): void {
    this.#isEnabled = false
    this.#cbaser = 0n
    this.#cwriter = 0n
    this.#creadr = 0n
    this.#baser.forEach((baser, n) => {
      this.#baser[n] = BigInt.asUintN(63, baser)
    })
    this.#its?.clearDevices()
    this.#its?.clearCollections()
  }
}

function tablesAt(baser: readonly bigint[]): string {
  return baser.map((it, n) => `GITS_BASER${n} ${hex(it)}, ${hex(tableBytes(it))} bytes`).join(', ')
}

/** Bytes of the register that an offset lies in. */
function registerBytes(offset: number): 4 | 8 {
  return offset < GITS_TYPER || offset >= GITS_PIDR4 ? 4 : 8
}

/** CTLR, IIDR and the identification at the end have 32 bits, all others 64. */
function isAligned(offset: number): boolean {
  return offset % registerBytes(offset) === 0
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
