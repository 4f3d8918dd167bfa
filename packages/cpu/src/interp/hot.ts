/** Which rows have their handlers inside the interpreter's loop: what compiled code consists of. */

import type { Insn } from '../isa/dsl.ts'

/**
 * Row names by pattern. Counted over a boot of Debian's kernel to its init these make up 99.5 % of what is executed; everything else is a
 * function called through a table.
 */
const HOT: readonly RegExp[] = [
  /^(ADD|ADDS|SUB|SUBS)_(imm|shift|reg)/,
  /^(ADD|SUBS)_ext/,
  /^(ADC|ADCS|SBC|SBCS)$/,
  /^(AND|ANDS|ORR|EOR)_imm/,
  /^(AND|ANDS|BIC|BICS|ORR|ORN|EOR|EON)_(shift|reg)/,
  /^MOV_reg/,
  /^(MOVZ|MOVN|MOVK|ADR|ADRP)$/,
  /^(UBFM|SBFM|BFM|EXTR|LSL_imm|LSR_imm|ASR_imm|ROR_imm)_/,
  /^(SXTW|UXTB|UXTH|CLZ|REV_32|REV_64)$/,
  /^(CSEL|CSINC|CSINV|CSNEG|CCMP_reg|CCMP_imm|CCMN_reg|CCMN_imm)$/,
  /^(MADD|MSUB|UMADDL|UDIV|LSLV|LSRV|ASRV)$/,
  /^(B|BL|BR|BLR|RET|B_cond|CBZ|CBNZ|TBZ|TBNZ|HINT|NOP)$/,
  /^(LDR|STR|LDRB|STRB|LDRH|STRH|LDRSB|LDRSH|LDRSW)_(imm|reg|lit)/,
  /^(LDUR|STUR)/,
  /^(LDP|STP)_/,
  /^(MRS_|MSR_|SVC$|ERET$)/,
]

/** Whether a row's handlers belong into the loop. */
export function isHot(insn: Insn): boolean {
  return !insn.isFp && HOT.some((pattern) => pattern.test(insn.name))
}
