/** The `ftype` field of scalar floating-point instructions. [ARM] C4.1.97. */

import type { FieldValues } from '../dsl.ts'
import type { FpFormat } from '../ops.ts'
import type { Syntax } from '../syntax.ts'
import { type Names, sreg } from './vector-syntax.ts'

const FORMATS = [32, 64, undefined, 16] as const

/** The format that `ftype` names; 2 is no format. */
export function formatOfType(ftype: number): FpFormat {
  const format = FORMATS[ftype]
  if (format === undefined) throw new RangeError(`ftype ${ftype} names no floating-point format`)
  return format
}

/** Row predicate: single or double. Half precision needs FEAT_FP16, which this CPU lacks. */
export const isSingleOrDouble = (f: FieldValues): boolean => f.ftype === 0 || f.ftype === 1

/** Scalar letters by `ftype`. */
export const letterByType: Names = [
  ['s', { ftype: 0 }],
  ['d', { ftype: 1 }],
  ['h', { ftype: 3 }],
]

/** The syntax of a class whose registers all have the width `ftype`. */
export const typedRegisters: Readonly<Record<string, Syntax>> = {
  Rd: sreg('Rd', letterByType),
  Rn: sreg('Rn', letterByType),
  Rm: sreg('Rm', letterByType),
  Ra: sreg('Ra', letterByType),
}
