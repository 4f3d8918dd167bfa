/** Rows whose text is neither Capstone's nor objdump's, with the reason. */

interface Exception {
  readonly reason: string
  /** Holds for our text of the words that may differ. */
  readonly when: (text: string) => boolean
}

const TRACE: Exception = {
  reason: 'the registers of trace units, which this CPU has not, are written by number',
  when: (text) => /\bs2_1_c\d+_c\d+_\d\b/.test(text),
}

/** By row name. */
export const exceptions: Readonly<Record<string, Exception>> = {
  MOVZ: {
    reason: '-2^31 in a W register: Capstone shows it as a 64-bit number and objdump unsigned, other negative numbers signed',
    when: (text) => /^mov w\d+, #-0x80000000$/.test(text),
  },
  HINT: { reason: 'the manual names hint 6; both tools are older', when: (text) => text === 'dgh' },
  MSR_imm_PAN: {
    reason: 'both refuse immediates above 1, of which the instruction ignores the upper bits',
    when: (text) => /^msr pan, #(?:[2-9]|0x[a-f])$/.test(text),
  },
  MSR_reg: TRACE,
  MRS: TRACE,
}

const PATTERN = 'a pattern that repeats in the register ignores the upper bits of its rotation'
const UNUSED = 'a register field that the instruction ignores'

/** Rows of which several words mean, and read, the same: the assembler makes one of them. */
export const redundant: Readonly<Record<string, string>> = {
  AND_imm: PATTERN,
  ORR_imm: PATTERN,
  EOR_imm: PATTERN,
  ANDS_imm: PATTERN,
  SMULH: UNUSED,
  UMULH: UNUSED,
}
