/**
 * Rows whose text is neither Capstone's nor objdump's, and rows of which several words read the same; each with the reason.
 *
 * Where the two disagree one of them is enough. Capstone 5.0 refuses CONSTRAINED UNPREDICTABLE registers (`ldp x0, x0, [x1]`) and
 * should-be-one bits that are not, prints prefetches without an operation, and has no `sxtl`, `ssbb`, `bti` and `udf`. objdump 2.40 prints negative
 * moves to W registers unsigned, knows registers and hints of later architectures by name, and refuses immediates of MSR SPSel above 1.
 */

interface Exception {
  readonly rows: RegExp
  readonly reason: string
  /** Holds for the words that may differ, by our text of them. */
  readonly when: (text: string, word: number) => boolean
}

const Rt = (word: number): number => word & 31
const Rn = (word: number): number => (word >>> 5) & 31
const Rt2 = (word: number): number => (word >>> 10) & 31
const Rs = (word: number): number => (word >>> 16) & 31

/** What both disassemblers read otherwise. */
export const exceptions: readonly Exception[] = [
  {
    rows: /^MOVZ$/,
    reason:
      '-2^31 in a W register: Capstone shows it as a 64-bit number and objdump unsigned, other negative numbers signed',
    when: (text) => /^mov w\d+, #-0x80000000$/.test(text),
  },
  { rows: /^HINT$|^DGH$/, reason: 'the manual names hint 6; both tools are older', when: (text) => text === 'dgh' },
  {
    rows: /^MSR_imm_PAN$/,
    reason: 'both refuse immediates above 1, of which the instruction ignores the upper bits',
    when: (text) => /^msr pan, #(?:[2-9]|0x[a-f])$/.test(text),
  },
  {
    rows: /^(MSR_reg|MRS)$/,
    reason: 'the registers of trace units, which this CPU has not, are written by number',
    when: (text) => /\bs2_1_c\d+_c\d+_\d\b/.test(text),
  },
  {
    rows: /^LDAR(B|H|_32|_64)$/,
    reason: 'both call it undefined where should-be-one bits are not; the CPU ignores them, as QEMU does',
    when: (_, word) => Rs(word) !== 31 || Rt2(word) !== 31,
  },
  {
    rows: /^LDPSW/,
    reason:
      'CONSTRAINED UNPREDICTABLE combinations of registers: both call them undefined, the CPU does what QEMU does',
    when: (_, word) => Rt(word) === Rt2(word) || Rn(word) === Rt(word) || Rn(word) === Rt2(word),
  },
]

/** Rows of which several words mean, and read, the same: the assembler makes one of them. */
export const redundant: readonly (readonly [rows: RegExp, reason: string])[] = [
  [/^(AND|ORR|EOR|ANDS)_imm$/, 'a pattern that repeats in the register ignores the upper bits of its rotation'],
  [/^[SU]MULH$/, 'the third source is a register field that should be ones'],
  [/^(LDA?X|STL?X|LDAR|STLR)/, 'register fields that should be ones'],
]
