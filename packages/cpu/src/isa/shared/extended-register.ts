/** Register operands that are extended and then shifted left. [ARM] J1 ExtendReg. */

import type { Operand } from '../dsl.ts'
import type { Bits, Ops, Width } from '../ops.ts'

/** Extensions by `option`. */
export const EXTENSIONS: readonly string[] = ['uxtb', 'uxth', 'uxtw', 'uxtx', 'sxtb', 'sxth', 'sxtw', 'sxtx']

/** The extended register at width w, not yet shifted. */
export function extendReg(m: Ops, Rm: Operand, option: number, w: Width): Bits {
  const bits = 8 << (option & 3)
  if (bits >= w) return m.readX(Rm, w)
  const value = m.readX(Rm, 32)
  return option & 4 ? m.signExtend(value, bits, w) : m.zeroExtend(value, bits, w)
}
