/**
 * The architecture's view of stage 2: translation of any tables that VTCR_EL2 and VTTBR_EL2 can describe, in the order of
 * checks that hardware has, with faults as values and the attributes of both stages combined.
 *
 * @example
 * ```ts
 * import { computeGeometry, encodeVtcr, Prot, Stage2Table } from '@armvisor/stage2'
 * import { Need, Stage2HardwareWalker } from '@armvisor/stage2/hardware'
 * import { ArrayMemory } from '@armvisor/stage2/testing'
 *
 * const geometry = computeGeometry({ ipaBits: 40, granule: '4K' })
 * const memory = new ArrayMemory()
 * const table = new Stage2Table({ geometry, mm: memory })
 * table.map(0x4000_0000n, 0x1000n, 0x8_0000_0000n, Prot.r)
 * const vtcr = encodeVtcr({ geometry, paBits: 48 })
 * const walker = new Stage2HardwareWalker({ vtcr, vttbr: table.vttbr(1), memory, cpu: { paBits: 48 } })
 * walker.translate({ ipa: 0x4000_0123n, need: Need.read })  // { kind: 'translated', pa: 0x800000123n, … }
 * walker.translate({ ipa: 0x4000_0123n, need: Need.write }) // { kind: 'permission', level: 3, fsc: 0xf, … }
 * ```
 *
 * @packageDocumentation
 */

export { type FaultKind, faultKind, faultLevel, faultStatus, type TranslationFault } from './hardware/fault.ts'
export {
  type Cacheability,
  combineAttributes,
  type DeviceKind,
  decodeMair,
  decodeShareability,
  decodeStage2Attributes,
  formatAttributes,
  isDeviceMemAttr,
  type MemoryAttributes,
  normalWriteBack,
  type Shareability,
} from './hardware/memory-attributes.ts'
export { addressIn, allowsBlock, entryShift, rootAddress, type TableShape } from './hardware/shape.ts'
export {
  type ConfigurationProblem,
  type CpuFeatures,
  decodeStage2Registers,
  type Stage2Setup,
} from './hardware/stage2-registers.ts'
export {
  type DescriptorMemory,
  type HcrBits,
  Need,
  type Stage2Access,
  Stage2HardwareWalker,
  type Stage2Translation,
  type Stage2WalkerOptions,
} from './hardware/stage2-walker.ts'
