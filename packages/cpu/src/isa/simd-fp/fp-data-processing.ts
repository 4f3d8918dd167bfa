/** Floating-point data-processing (1, 2 and 3 source). [ARM] C4.1.97. */
// biome-ignore-all format: the columns are the table

import { encoding, type Insn } from '../dsl.ts'
import type { Bits, FpBinary, FpFormat, Ops, Rounding } from '../ops.ts'
import { formatOfType, isSingleOrDouble, letterByType, typedRegisters } from './fp-type.ts'
import { type Names, sreg } from './vector-syntax.ts'

interface Unary {
  readonly apply: (m: Ops, format: FpFormat, a: Bits) => Bits
}

const round = (rounding: Rounding, exact = false): Unary['apply'] => (m, format, a) => m.fpRoundInt(format, a, rounding, exact)

/** FCVT's result type, coded as `ftype` is. */
const letterByOpc: Names = [['s', { opc: 0 }], ['d', { opc: 1 }], ['h', { opc: 3 }]]

const fpDataProcessing1: readonly Insn[] = [
  ...encoding<'00011110 ftype:2 1 opcode:6 10000 Rn:5 Rd:5', Unary>(
    'Floating-point data-processing (1 source)',
    '00011110 ftype:2 1 opcode:6 10000 Rn:5 Rd:5',
    {
      FMOV_reg:      { opcode: 0,  where: isSingleOrDouble, apply: (_m, _f, a) => a,                   see: 'C7.2 FMOV (register)',  asm: 'fmov {Rd}, {Rn}' },
      FABS_scalar:   { opcode: 1,  where: isSingleOrDouble, apply: (m, f, a) => m.fpAbs(f, a),         see: 'C7.2 FABS (scalar)',     asm: 'fabs {Rd}, {Rn}' },
      FNEG_scalar:   { opcode: 2,  where: isSingleOrDouble, apply: (m, f, a) => m.fpNeg(f, a),         see: 'C7.2 FNEG (scalar)',    asm: 'fneg {Rd}, {Rn}' },
      FSQRT_scalar:  { opcode: 3,  where: isSingleOrDouble, apply: (m, f, a) => m.fpUnary('sqrt', f, a), see: 'C7.2 FSQRT (scalar)', asm: 'fsqrt {Rd}, {Rn}' },
      FRINTN_scalar: { opcode: 8,  where: isSingleOrDouble, apply: round('tieeven'),                   see: 'C7.2 FRINTN (scalar)',  asm: 'frintn {Rd}, {Rn}' },
      FRINTP_scalar: { opcode: 9,  where: isSingleOrDouble, apply: round('posinf'),                    see: 'C7.2 FRINTP (scalar)',  asm: 'frintp {Rd}, {Rn}' },
      FRINTM_scalar: { opcode: 10, where: isSingleOrDouble, apply: round('neginf'),                    see: 'C7.2 FRINTM (scalar)',  asm: 'frintm {Rd}, {Rn}' },
      FRINTZ_scalar: { opcode: 11, where: isSingleOrDouble, apply: round('zero'),                      see: 'C7.2 FRINTZ (scalar)',  asm: 'frintz {Rd}, {Rn}' },
      FRINTA_scalar: { opcode: 12, where: isSingleOrDouble, apply: round('tieaway'),                   see: 'C7.2 FRINTA (scalar)',  asm: 'frinta {Rd}, {Rn}' },
      FRINTX_scalar: { opcode: 14, where: isSingleOrDouble, apply: round('cur', true),                 see: 'C7.2 FRINTX (scalar)',  asm: 'frintx {Rd}, {Rn}' },
      FRINTI_scalar: { opcode: 15, where: isSingleOrDouble, apply: round('cur'),                       see: 'C7.2 FRINTI (scalar)',  asm: 'frinti {Rd}, {Rn}' },
    },
    (m, { ftype, Rn, Rd }, { apply }) => {
      const format = formatOfType(ftype)
      m.writeS(Rd, format, apply(m, format, m.readS(Rn, format)))
    },
    { fp: true, syntax: typedRegisters },
  ),
  ...encoding(
    'Floating-point data-processing (1 source)',
    '00011110 ftype:2 1 0001 opc:2 10000 Rn:5 Rd:5',
    {
      FCVT_S: { opc: 0, where: ({ ftype }) => ftype === 1 || ftype === 3, see: 'C7.2 FCVT', asm: 'fcvt {Rd}, {Rn}' },
      FCVT_D: { opc: 1, where: ({ ftype }) => ftype === 0 || ftype === 3, see: 'C7.2 FCVT', asm: 'fcvt {Rd}, {Rn}' },
      FCVT_H: { opc: 3, where: ({ ftype }) => ftype === 0 || ftype === 1, see: 'C7.2 FCVT', asm: 'fcvt {Rd}, {Rn}' },
    },
    (m, { ftype, opc, Rn, Rd }) => {
      const from = formatOfType(ftype)
      const to = formatOfType(opc)
      m.writeS(Rd, to, m.fpConvert(from, to, m.readS(Rn, from)))
    },
    { fp: true, syntax: { Rd: sreg('Rd', letterByOpc), Rn: sreg('Rn', letterByType) } },
  ),
]

const fpDataProcessing2: readonly Insn[] = encoding<'00011110 ftype:2 1 Rm:5 opcode:4 10 Rn:5 Rd:5', { readonly op: FpBinary }>(
  'Floating-point data-processing (2 source)',
  '00011110 ftype:2 1 Rm:5 opcode:4 10 Rn:5 Rd:5',
  {
    FMUL_scalar:   { opcode: 0, op: 'mul',   where: isSingleOrDouble, see: 'C7.2 FMUL (scalar)',   asm: 'fmul {Rd}, {Rn}, {Rm}' },
    FDIV_scalar:   { opcode: 1, op: 'div',   where: isSingleOrDouble, see: 'C7.2 FDIV (scalar)',    asm: 'fdiv {Rd}, {Rn}, {Rm}' },
    FADD_scalar:   { opcode: 2, op: 'add',   where: isSingleOrDouble, see: 'C7.2 FADD (scalar)',    asm: 'fadd {Rd}, {Rn}, {Rm}' },
    FSUB_scalar:   { opcode: 3, op: 'sub',   where: isSingleOrDouble, see: 'C7.2 FSUB (scalar)',   asm: 'fsub {Rd}, {Rn}, {Rm}' },
    FMAX_scalar:   { opcode: 4, op: 'max',   where: isSingleOrDouble, see: 'C7.2 FMAX (scalar)',   asm: 'fmax {Rd}, {Rn}, {Rm}' },
    FMIN_scalar:   { opcode: 5, op: 'min',   where: isSingleOrDouble, see: 'C7.2 FMIN (scalar)',   asm: 'fmin {Rd}, {Rn}, {Rm}' },
    FMAXNM_scalar: { opcode: 6, op: 'maxnm', where: isSingleOrDouble, see: 'C7.2 FMAXNM (scalar)', asm: 'fmaxnm {Rd}, {Rn}, {Rm}' },
    FMINNM_scalar: { opcode: 7, op: 'minnm', where: isSingleOrDouble, see: 'C7.2 FMINNM (scalar)', asm: 'fminnm {Rd}, {Rn}, {Rm}' },
    FNMUL_scalar:  { opcode: 8, op: 'nmul',  where: isSingleOrDouble, see: 'C7.2 FNMUL (scalar)',  asm: 'fnmul {Rd}, {Rn}, {Rm}' },
  },
  (m, { ftype, Rm, Rn, Rd }, { op }) => {
    const format = formatOfType(ftype)
    m.writeS(Rd, format, m.fpBinary(op, format, m.readS(Rn, format), m.readS(Rm, format)))
  },
  { fp: true, syntax: typedRegisters },
)

const fpDataProcessing3: readonly Insn[] = encoding(
  'Floating-point data-processing (3 source)',
  '00011111 ftype:2 o1 Rm:5 o0 Ra:5 Rn:5 Rd:5',
  {
    FMADD:  { o1: 0, o0: 0, where: isSingleOrDouble, see: 'C7.2 FMADD',  asm: 'fmadd {Rd}, {Rn}, {Rm}, {Ra}' },
    FMSUB:  { o1: 0, o0: 1, where: isSingleOrDouble, see: 'C7.2 FMSUB',  asm: 'fmsub {Rd}, {Rn}, {Rm}, {Ra}' },
    FNMADD: { o1: 1, o0: 0, where: isSingleOrDouble, see: 'C7.2 FNMADD', asm: 'fnmadd {Rd}, {Rn}, {Rm}, {Ra}' },
    FNMSUB: { o1: 1, o0: 1, where: isSingleOrDouble, see: 'C7.2 FNMSUB', asm: 'fnmsub {Rd}, {Rn}, {Rm}, {Ra}' },
  },
  (m, { ftype, o1, Rm, o0, Ra, Rn, Rd }) => {
    const format = formatOfType(ftype)
    const addend = m.readS(Ra, format)
    const operand1 = m.readS(Rn, format)
    // The operands are negated before the operation, so that NaNs come out with the sign that they have then.
    m.writeS(Rd, format, m.fpMulAdd(
      format,
      o1 ? m.fpNeg(format, addend) : addend,
      o0 !== o1 ? m.fpNeg(format, operand1) : operand1,
      m.readS(Rm, format),
    ))
  },
  { fp: true, syntax: typedRegisters },
)

export const fpDataProcessing: readonly Insn[] = [...fpDataProcessing1, ...fpDataProcessing2, ...fpDataProcessing3]
