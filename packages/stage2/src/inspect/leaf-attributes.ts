/** Attributes of leaves of either stage as words. [ARM] D8.3, D8.4, D8.6 */

import { decodeMair, decodeShareability, formatAttributes } from '../hardware/memory-attributes.ts'
import type { TableShape } from '../hardware/shape.ts'
import { DescriptorHi, DescriptorLo, formatMemAttr } from '../pte.ts'

/** What a leaf says beside its address. */
export interface LeafAttributes {
  /** Stage 2: `rwx`, with the exception level that may execute if only one may. Stage 1: for EL1 and EL0, or EL2. */
  readonly permissions: string
  /** Memory type: `Normal-WB`, `Device-nGnRE`, `attr 3` without MAIR. */
  readonly memory: string
  /** `AF` or `old`, `DBM`, `contiguous`, `nG`, software bits. */
  readonly flags: readonly string[]
}

/** Attributes by descriptor halves; `tableHi` is the OR of the upper halves of the tables on the way. */
export type LeafDecoder = (lo: number, hi: number, tableHi: number) => LeafAttributes

function commonFlags(lo: number, hi: number): string[] {
  const flags = [lo & DescriptorLo.af ? 'AF' : 'old']
  if (hi & DescriptorHi.dbm) flags.push('DBM')
  if (hi & DescriptorHi.contiguous) flags.push('contiguous')
  return flags
}

function softwareFlags(hi: number): string[] {
  const software = (hi >>> 23) & 0xf
  return software === 0 ? [] : [`sw=${software.toString(2).padStart(4, '0')}`]
}

/** Decoder of stage-2 leaves. */
export function stage2Decoder(fwb: boolean): LeafDecoder {
  return (lo, hi) => {
    const xn = (hi >>> 21) & 3
    const execute = ['x', 'x(EL0)', '-', 'x(EL1)'][xn]
    return {
      permissions: `${lo & DescriptorLo.s2apRead ? 'r' : '-'}${lo & DescriptorLo.s2apWrite ? 'w' : '-'}${execute}`,
      memory: formatMemAttr((lo >>> 2) & 0xf, fwb),
      flags: [...commonFlags(lo, hi), ...softwareFlags(hi)],
    }
  }
}

/** Decoder of stage-1 leaves. SCTLR.WXN and PSTATE.PAN are not known and left out. */
export function stage1Decoder(
  shape: TableShape,
  hasEl0: boolean,
  ignoresHierarchy: boolean,
  mair: bigint | undefined,
): LeafDecoder {
  return (lo, hi, tableHi) => {
    const table = ignoresHierarchy ? 0 : tableHi
    // APTable is bits [62:61]: no EL0 access, no write. UXNTable or XNTable bit 60, PXNTable bit 59.
    const isReadOnly = (lo & 0x80) !== 0 || (table & 0x4000_0000) !== 0
    const isUser = (lo & 0x40) !== 0 && (table & 0x2000_0000) === 0
    const uxn = ((hi >>> 22) | (table >>> 28)) & 1
    const pxn = ((hi >>> 21) | (table >>> 27)) & 1
    const write = isReadOnly ? '-' : 'w'
    const sh = shape.isDs ? 3 : (lo >>> 8) & 3
    const index = (lo >>> 2) & 7
    const attribute = mair === undefined ? undefined : Number((mair >> BigInt(index * 8)) & 0xffn)
    const memory =
      attribute === undefined
        ? `attr ${index} SH ${decodeShareability(sh)}`
        : formatAttributes(decodeMair(attribute, sh))
    // What EL0 may write EL1 may not execute. [ARM] D8.4.1
    const isPrivilegedExecutable = pxn === 0 && !(isUser && !isReadOnly)
    const user = isUser ? `r${write}` : '--'
    const permissions = hasEl0
      ? `EL1 r${write}${isPrivilegedExecutable ? 'x' : '-'} EL0 ${user}${uxn ? '-' : 'x'}`
      : `r${write}${uxn ? '-' : 'x'}`
    const flags = [...commonFlags(lo, hi), ...(hasEl0 && lo & 0x800 ? ['nG'] : []), ...softwareFlags(hi)]
    return { permissions, memory, flags }
  }
}
