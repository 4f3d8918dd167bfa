/** Memory-mapped registers of the distributor and the redistributors. [GICv3] §12.9 to §12.11; reserved ones are RAZ/WI. */

import { InterruptFields } from './interrupt-fields.ts'
import { firstLpi, privateCount } from './interrupts.ts'
import { lpiIntidBits } from './lpi-table.ts'
import type { Vgic, VgicCpu } from './vgic.ts'
import { mergePart, part, sanitiseAttributes } from './wide-register.ts'

/** Bytes of the distributor's frame, and of each of a redistributor's two. */
export const frameBytes: number = 0x10000
/** Bytes of one redistributor: RD_base and SGI_base. */
export const redistributorBytes: number = 2 * frameBytes

/** ARE and DS are fixed at 1; EnableGrp1 is the one writable bit, as in KVM. [GICv3] GICD_CTLR */
const controlFixed = 0x50
const EnableGrp1 = 2
/** Implementer Arm (0x43b), product 'K', revision 3: what KVM shows. The redistributor has revision 0. */
const GICD_IIDR = 0x4b00_343b
const redistributorIdentification = 0x4b00_043b
/** Architecture revision 3. [GICv3] GICD_PIDR2 */
const PIDR2 = 0x3b
/** CES and IR. [GICv3] GICR_CTLR */
const redistributorControlFixed = 0x6
const EnableLPIs = 1
/** GICD_TYPER.LPIS. */
const LPIS = 1 << 17
/** INTIDs have 10 bits, or with LPIs 16: GICD_TYPER.IDbits is one less. */
const idBits = 9 << 19
const idBitsWithLpis = (lpiIntidBits - 1) << 19

const GICR_CTLR = 0x00
const GICR_IIDR = 0x04
const GICR_TYPER = 0x08
const GICR_PROPBASER = 0x70
const GICR_PENDBASER = 0x78
const GICR_INVLPIR = 0xa0
const GICR_INVALLR = 0xb0
/** Bits that are reserved, and in GICR_PENDBASER PTZ, which reads as zero. */
const propbaserReserved = 0xf8f0_0000_0000_0060n
const pendbaserReserved = 0xf8f0_0000_0000_f07fn

/** The register file of a {@link Vgic}: what a load or store of 1, 2, 4 or 8 bytes at an offset in a frame does. */
export class VgicRegisters {
  readonly #vgic: Vgic
  readonly #fields: InterruptFields
  /** Last redistributor of its region: GICR_TYPER.Last. */
  readonly #isLast: (cpu: number) => boolean

  constructor(vgic: Vgic, isLast: (cpu: number) => boolean) {
    this.#vgic = vgic
    this.#fields = new InterruptFields(vgic)
    this.#isLast = isLast
  }

  /** Loads from the distributor's frame. */
  readDistributor(offset: number, sizeBytes: number): bigint {
    const wide = this.#wideDistributor(offset, sizeBytes)
    if (wide !== undefined) return wide
    if (sizeBytes === 8) return 0n
    if (sizeBytes === 4) {
      switch (offset) {
        case 0x0000:
          return BigInt(controlFixed | (this.#vgic.isForwarding ? EnableGrp1 : 0))
        case 0x0004:
          // ITLinesNumber, IDbits; no message-based SPIs.
          return BigInt((this.#vgic.irqCount / 32 - 1) | (this.#vgic.lpis.hasIts ? idBitsWithLpis | LPIS : idBits))
        case 0x0008:
          return BigInt(GICD_IIDR)
        case 0xffe8:
          return BigInt(PIDR2)
      }
    }
    return BigInt(this.#fields.read(offset, sizeBytes, this.#vgic.spis))
  }

  /** Stores to the distributor's frame. */
  writeDistributor(offset: number, sizeBytes: number, value: bigint): void {
    if (offset >= 0x6000 + privateCount * 8 && offset < 0x6000 + this.#vgic.irqCount * 8) {
      this.#writeRoute(offset, sizeBytes, value)
      return
    }
    if (sizeBytes === 8) return
    const low = Number(BigInt.asUintN(32, value))
    if (offset === 0 && sizeBytes === 4) this.#vgic.isForwarding = (low & EnableGrp1) !== 0
    else this.#fields.write(offset, sizeBytes, low, this.#vgic.spis)
  }

  /** Loads from the frames of a redistributor; those of SGIs and PPIs begin at 64 KiB. */
  readRedistributor(cpu: VgicCpu, offset: number, sizeBytes: number): bigint {
    if (offset >= frameBytes) {
      return sizeBytes === 8 ? 0n : BigInt(this.#fields.read(offset - frameBytes, sizeBytes, cpu.privates))
    }
    const { lpis } = this.#vgic
    switch (offset & ~7) {
      case GICR_TYPER:
        return part(this.#redistributorType(cpu), offset, sizeBytes)
      case GICR_PROPBASER:
        return part(lpis.propbaser, offset, sizeBytes)
      case GICR_PENDBASER:
        return part(lpis.pendbasers[cpu.index], offset, sizeBytes)
    }
    if (sizeBytes !== 4) return 0n
    switch (offset) {
      case GICR_CTLR:
        return BigInt(redistributorControlFixed | (lpis.isEnabledOn(cpu.index) ? EnableLPIs : 0))
      case GICR_IIDR:
        return BigInt(redistributorIdentification)
      case 0xffe8:
        return BigInt(PIDR2)
      // GICR_WAKER included: the redistributor never sleeps.
      default:
        return 0n
    }
  }

  /** Stores to the frames of a redistributor. */
  writeRedistributor(cpu: VgicCpu, offset: number, sizeBytes: number, value: bigint): void {
    if (offset < frameBytes) {
      if (sizeBytes >= 4 && offset % sizeBytes === 0) this.#writeLpiRegister(cpu, offset, sizeBytes, value)
      return
    }
    if (sizeBytes === 8) return
    this.#fields.write(offset - frameBytes, sizeBytes, Number(BigInt.asUintN(32, value)), cpu.privates)
  }

  #writeLpiRegister(cpu: VgicCpu, offset: number, sizeBytes: number, value: bigint): void {
    const { lpis } = this.#vgic
    const isEnabled = lpis.isEnabledOn(cpu.index)
    switch (offset & ~7) {
      case GICR_CTLR:
        if (offset === GICR_CTLR && sizeBytes === 4) lpis.setEnabled(cpu.index, (value & BigInt(EnableLPIs)) !== 0n)
        return
      case GICR_PROPBASER:
        if (isEnabled) return
        lpis.propbaser = sanitiseAttributes(
          mergePart(lpis.propbaser, offset, sizeBytes, value) & ~propbaserReserved,
          7n,
        )
        return
      case GICR_PENDBASER: {
        if (isEnabled) return
        const old = lpis.pendbasers[cpu.index]
        lpis.pendbasers[cpu.index] = sanitiseAttributes(
          mergePart(old, offset, sizeBytes, value) & ~pendbaserReserved,
          7n,
        )
        return
      }
      case GICR_INVLPIR:
        if (isEnabled && offset === GICR_INVLPIR && Number(BigInt.asUintN(32, value)) >= firstLpi) {
          lpis.loadConfig(Number(BigInt.asUintN(32, value)))
        }
        return
      case GICR_INVALLR:
        if (isEnabled) lpis.loadConfigs(cpu.index)
        return
    }
  }

  /** Affinity, vCPU id, Last, PLPIS. [GICv3] GICR_TYPER */
  #redistributorType(cpu: VgicCpu): bigint {
    const { mpidr, id } = cpu.vcpu
    const affinity = ((mpidr >> 8n) & 0xff00_0000n) | (mpidr & 0xff_ffffn)
    const flags = (this.#isLast(cpu.index) ? 0x10n : 0n) | (this.#vgic.lpis.hasIts ? 1n : 0n)
    return (affinity << 32n) | BigInt((id & 0xffff) << 8) | flags
  }

  #wideDistributor(offset: number, sizeBytes: number): bigint | undefined {
    if (offset < 0x6000 + privateCount * 8 || offset >= 0x6000 + this.#vgic.irqCount * 8) return undefined
    return part(this.#vgic.routes[((offset - 0x6000) >> 3) - privateCount], offset, sizeBytes)
  }

  #writeRoute(offset: number, sizeBytes: number, value: bigint): void {
    if (offset % sizeBytes !== 0) return
    const index = ((offset - 0x6000) >> 3) - privateCount
    if (sizeBytes >= 4) this.#vgic.route(index, mergePart(this.#vgic.routes[index], offset, sizeBytes, value))
  }
}
