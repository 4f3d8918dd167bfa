/** Which rows have their handlers inside the interpreter's loop: what compiled code consists of. */

import type { Insn } from '../isa/dsl.ts'

/** Row names by prefix; chosen from counts of a Linux boot. Everything else is a function called through a table. */
const HOT = [
  /^(ADD|ADDS|SUB|SUBS)_(imm|shift)/,
  /^(AND|ANDS|ORR|EOR)_(log_imm|imm)/,
  /^(AND|ANDS|BIC|BICS|ORR|ORN|EOR|EON)_(log_shift|shift)/,
  /^(MOVZ|MOVN|MOVK|ADR|ADRP|UBFM|SBFM|BFM|EXTR)/,
  /^(CSEL|CSINC|CSINV|CSNEG|CCMP|CCMN)/,
  /^(MADD|MSUB|UDIV|LSLV|LSRV|ASRV|UBFX|LSL|LSR|ASR|SXTW|UXT)/,
  /^(B|BL|BR|BLR|RET|B_cond|CBZ|CBNZ|TBZ|TBNZ)(_|$)/,
  /^(LDR|STR|LDRB|STRB|LDRH|STRH|LDRSB|LDRSH|LDRSW|LDUR|STUR|LDURB|STURB|LDURH|STURH|LDURSW)_(imm|unscaled|reg|lit|32|64)/,
  /^(LDUR|STUR)/,
  /^(LDP|STP)_/,
]

/** Whether a row's handlers belong into the loop. */
export function isHot(insn: Insn): boolean {
  return !insn.isFp && HOT.some((pattern) => pattern.test(insn.name))
}
