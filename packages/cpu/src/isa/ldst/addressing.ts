/** What the load/store classes share: which registers are 64 bits wide, and how addresses are written. [ARM] C1.3.3. */

import type { FieldValues } from '../dsl.ts'
import { formatNumber, gpr, NUMBER, parseNumber, type Syntax } from '../syntax.ts'

/** Register width by size and opc: 64 bits for LDR/STR X and sign-extending loads to X. */
const widthOfRt = (f: FieldValues): 32 | 64 => (f.opc === 2 || f.size === 3 ? 64 : 32)

/** Rt by {@link widthOfRt}, and the base register. */
export const transferRegisters: { readonly Rt: Syntax; readonly RnSP: Syntax } = {
  Rt: gpr('Rt', widthOfRt),
  RnSP: gpr('Rn', 64, true),
}

type Scale = (f: FieldValues) => number
const one: Scale = () => 1

/** A signed field of `bits` bits, scaled. */
export function signedOffset(field: string, bits: number, scale: Scale = one): Syntax {
  const half = 2 ** (bits - 1)
  return {
    pattern: NUMBER,
    format: (f) => formatNumber((((f[field] as number) ^ half) - half) * scale(f)),
    parse: (text, known) => {
      const units = Number(parseNumber(text)) / scale(known)
      return Number.isInteger(units) && units >= -half && units < half ? { [field]: units & (2 * half - 1) } : undefined
    },
  }
}

/** An unsigned field of `bits` bits, scaled. */
export function unsignedOffset(field: string, bits: number, scale: Scale = one): Syntax {
  return {
    pattern: NUMBER,
    format: (f) => formatNumber((f[field] as number) * scale(f)),
    parse: (text, known) => {
      const units = Number(parseNumber(text)) / scale(known)
      return Number.isInteger(units) && units >= 0 && units < 2 ** bits ? { [field]: units } : undefined
    },
  }
}

/** `, #imm`, left out when zero. */
export function optional(field: string, offset: Syntax): Syntax {
  return {
    pattern: `(?:, ?${offset.pattern})?`,
    format: (f, context) => (f[field] === 0 ? '' : `, ${offset.format(f, context)}`),
    parse: (text, known, context) =>
      text === '' ? { [field]: 0 } : offset.parse(text.replace(/^, ?/, ''), known, context),
  }
}

/** Byte offset of a signed field. */
export function signedBytes(bits: number, scale = 1): (field?: number) => number {
  return (field = 0) => ((field << (32 - bits)) >> (32 - bits)) * scale
}
