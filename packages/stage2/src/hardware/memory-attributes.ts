/** Memory attributes of both stages and what comes of them together. [ARM] D8.6, AArch64.S2CombineS1MemAttrs */

/** How caches may hold Normal memory: not, write-through, write-back. */
export type Cacheability = 'NC' | 'WT' | 'WB'
/** Kinds of Device memory, strictest first. */
export type DeviceKind = 'nGnRnE' | 'nGnRE' | 'nGRE' | 'GRE'
/** Non-shareable, inner, outer. */
export type Shareability = 'NSH' | 'ISH' | 'OSH'

/** Attributes of memory. Allocation hints are left out: they change nothing that software can see. */
export type MemoryAttributes =
  | { readonly type: 'Device'; readonly device: DeviceKind; readonly shareability: 'OSH' }
  | {
      readonly type: 'Normal'
      readonly outer: Cacheability
      readonly inner: Cacheability
      readonly shareability: Shareability
    }

/** Normal memory that all caches may hold, inner shareable: what Linux gives RAM. */
export const normalWriteBack: MemoryAttributes = { type: 'Normal', outer: 'WB', inner: 'WB', shareability: 'ISH' }

const deviceKinds: readonly DeviceKind[] = ['nGnRnE', 'nGnRE', 'nGRE', 'GRE']
const cacheabilities: readonly Cacheability[] = ['NC', 'WT', 'WB']
// SH code 01 is reserved; it is taken for non-shareable here. [ARM] leaves it CONSTRAINED UNPREDICTABLE.
const shareabilities: readonly Shareability[] = ['NSH', 'NSH', 'OSH', 'ISH']

/** Shareability of an SH field. */
export function decodeShareability(sh: number): Shareability {
  return shareabilities[sh & 3]
}

/** Attributes of Normal memory that nothing caches are outer shareable whatever SH says. [ARM] EffectiveShareability */
function normal(outer: Cacheability, inner: Cacheability, shareability: Shareability): MemoryAttributes {
  return { type: 'Normal', outer, inner, shareability: outer === 'NC' && inner === 'NC' ? 'OSH' : shareability }
}

function device(kind: DeviceKind): MemoryAttributes {
  return { type: 'Device', device: kind, shareability: 'OSH' }
}

/** Whether MemAttr of a stage-2 descriptor means Device memory. */
export function isDeviceMemAttr(memAttr: number, fwb: boolean): boolean {
  return fwb ? (memAttr & 4) === 0 : (memAttr & 0xc) === 0
}

/** Stage 2's own attributes, without FEAT_S2FWB. Reserved inner codes (00) are taken for Non-cacheable. */
export function decodeStage2Attributes(memAttr: number, sh: number): MemoryAttributes {
  if (isDeviceMemAttr(memAttr, false)) return device(deviceKinds[memAttr & 3])
  const code = (value: number): Cacheability => cacheabilities[Math.max(0, value - 1)]
  return normal(code(memAttr >>> 2), code(memAttr & 3), decodeShareability(sh))
}

/** What a byte of MAIR_ELx means. Unallocated values are taken for Device-nGnRnE. [ARM] MAIR_EL1 */
export function decodeMair(attribute: number, sh: number): MemoryAttributes {
  const outer = (attribute >>> 4) & 0xf
  const inner = attribute & 0xf
  // Tagged write-back memory of FEAT_MTE2.
  if (attribute === 0xf0) return normal('WB', 'WB', decodeShareability(sh))
  if (outer === 0) return device(inner & 3 ? 'nGnRnE' : deviceKinds[inner >>> 2])
  if (inner === 0) return device('nGnRnE')
  // 0100 is Non-cacheable, x0xx write-through, x1xx write-back.
  const code = (value: number): Cacheability => (value === 4 ? 'NC' : value & 4 ? 'WB' : 'WT')
  return normal(code(outer), code(inner), decodeShareability(sh))
}

/**
 * Attributes of an access that both stages translate.
 *
 * Without FEAT_S2FWB the stricter of each wins: Device over Normal, the stricter kind of Device, the weaker cacheability, the
 * wider shareability. With it MemAttr of stage 2 decides: 0xx Device, x01 Non-cacheable unless stage 1 says Device, x10
 * write-back, x11 as stage 1.
 * @param forcesNc - HCR_EL2.CD for data, HCR_EL2.ID for fetches: Normal memory is Non-cacheable at stage 2
 */
export function combineAttributes(
  stage1: MemoryAttributes,
  memAttr: number,
  sh: number,
  fwb: boolean,
  forcesNc = false,
): MemoryAttributes {
  if (isDeviceMemAttr(memAttr, fwb)) {
    const own = deviceKinds[memAttr & 3]
    if (stage1.type === 'Normal') return device(own)
    return device(deviceKinds[Math.min(deviceKinds.indexOf(stage1.device), memAttr & 3)])
  }
  if (fwb) return overrideAttributes(stage1, memAttr & 3, decodeShareability(sh), forcesNc)
  if (stage1.type === 'Device') return stage1
  const own = forcesNc ? normal('NC', 'NC', 'OSH') : decodeStage2Attributes(memAttr, sh)
  if (own.type === 'Device') return own
  return normal(
    weaker(stage1.outer, own.outer),
    weaker(stage1.inner, own.inner),
    wider(stage1.shareability, decodeShareability(sh)),
  )
}

function overrideAttributes(
  stage1: MemoryAttributes,
  scheme: number,
  shareability: Shareability,
  forcesNc: boolean,
): MemoryAttributes {
  const shared = wider(stage1.shareability, shareability)
  // The reserved scheme 00 is taken for 01.
  if (scheme <= 1 || (forcesNc && scheme === 2)) {
    return stage1.type === 'Device' ? stage1 : normal('NC', 'NC', 'OSH')
  }
  if (scheme === 2) return normal('WB', 'WB', shared)
  if (stage1.type === 'Device') return stage1
  return forcesNc ? normal('NC', 'NC', 'OSH') : normal(stage1.outer, stage1.inner, shared)
}

function weaker(a: Cacheability, b: Cacheability): Cacheability {
  return cacheabilities[Math.min(cacheabilities.indexOf(a), cacheabilities.indexOf(b))]
}

function wider(a: Shareability, b: Shareability): Shareability {
  if (a === 'OSH' || b === 'OSH') return 'OSH'
  return a === 'ISH' || b === 'ISH' ? 'ISH' : 'NSH'
}

/** Attributes as text: `Device-nGnRE`, `Normal WB ISH`, `Normal outer NC inner WB OSH`. */
export function formatAttributes(attributes: MemoryAttributes): string {
  if (attributes.type === 'Device') return `Device-${attributes.device}`
  const { outer, inner, shareability } = attributes
  return `Normal ${outer === inner ? outer : `outer ${outer} inner ${inner}`} ${shareability}`
}
