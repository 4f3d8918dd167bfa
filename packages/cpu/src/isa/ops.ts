/**
 * The vocabulary that instruction meanings are written in: the manual's helpers over opaque values. [ARM] J1.
 *
 * Rules for `exec`:
 * - Values have a width: `Bits` are 32 or 64 bits wide, `Bool` is a truth value, `Vec` 128 bits. Mixing widths throws when the table is
 *   compiled. Registers, memory and flags are read when asked; **writes take effect when the instruction ends**, so a read after
 *   a write still sees the old value, and a fault leaves no trace.
 * - All memory accesses that can fault come before anything that cannot be taken back: `access` the whole range first.
 * - JavaScript `if` tests selectors only; run-time choice is `select`.
 */

import type { Operand } from './fields.ts'

declare const bitsBrand: unique symbol
declare const boolBrand: unique symbol
declare const vecBrand: unique symbol
declare const rangeBrand: unique symbol

/** An integer of 32 or 64 bits. */
export interface Bits {
  readonly [bitsBrand]: true
}
/** A truth value. */
export interface Bool {
  readonly [boolBrand]: true
}
/** A 128-bit vector. */
export interface Vec {
  readonly [vecBrand]: true
}
/** A checked range of guest memory. */
export interface Range {
  readonly [rangeBrand]: true
}

export type Width = 32 | 64
/** Bytes of one integer access. */
export type Size = 1 | 2 | 4 | 8
/** Bits of a vector element. */
export type ESize = 8 | 16 | 32 | 64
/** Floating-point format by its width. */
export type FpFormat = 16 | 32 | 64

/** The flags as four truths; `n` and `v` are asked of the sign bit. */
export interface Nzcv {
  readonly n: Bool
  readonly z: Bool
  readonly c: Bool
  readonly v: Bool
}

/** How an access is meant; see `access-kind.ts`. */
export interface AccessOptions {
  /** The base register, where it may be SP: its alignment is checked. */
  readonly base?: Operand
  /** LDTR/STTR: checked as EL0. */
  readonly unprivileged?: boolean
  /** Load-acquire, store-release and exclusives: natural alignment is required and the access is ordered. */
  readonly ordered?: boolean
  /** Size in bytes to which the address must be aligned when `ordered`; the default is the range's size. */
  readonly alignBytes?: number
  /** DC ZVA. */
  readonly zva?: boolean
  /**
   * The valid-syndrome half of ISS (ESR_ELx bits 24:14) for a single-register access without write-back: bits known from
   * selectors, `Rt` filled in by the consumer. Absent: ISV = 0.
   */
  readonly syndrome?: {
    readonly size: Size
    readonly signExtend: boolean
    readonly Rt: Operand
    readonly sixtyFour: boolean
    readonly acquireRelease?: boolean
  }
}

/** Exceptions that an instruction raises by its meaning. */
export type ExceptionKind = 'SVC' | 'HVC' | 'SMC' | 'BRK' | 'HLT' | 'UNDEFINED'

/** Floating-point operations that follow FPCR and set FPSR; the operands and results are raw bits. */
export type FpBinary =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'mulx'
  | 'max'
  | 'min'
  | 'maxnm'
  | 'minnm'
  | 'recps'
  | 'rsqrts'
  | 'abd'
  | 'nmul'
export type FpUnary = 'sqrt' | 'recpe' | 'rsqrte' | 'recpx'
/** Rounding as an instruction names it; `cur` is FPCR.RMode. */
export type Rounding = 'tieeven' | 'posinf' | 'neginf' | 'zero' | 'tieaway' | 'cur'

export interface Ops {
  // ── registers ──────────────────────────────────────────────────────────────────────────────────────────────────────────
  /** Xn/Wn; 31 reads zero. */
  readX(r: Operand, w: Width): Bits
  /** Xn/Wn; 31 is SP. */
  readXSP(r: Operand, w: Width): Bits
  /** Writes Xn, or Wn with the upper half cleared; 31 is dropped. A 32-bit value may be written with w = 64 only after `zeroExtend`. */
  writeX(r: Operand, w: Width, value: Bits): void
  writeXSP(r: Operand, w: Width, value: Bits): void
  /** X of the register number + 1 (CASP, LDXP pairs are separate fields and do not need it). */
  readXNext(r: Operand, w: Width): Bits
  writeXNext(r: Operand, w: Width, value: Bits): void
  /** Vn, all 128 bits. `plus` adds to the number modulo 32 (register lists). */
  readV(r: Operand, plus?: number): Vec
  /** Writes the low `bits` of a vector to Vn and clears the rest. */
  writeV(r: Operand, bits: 8 | 16 | 32 | 64 | 128, value: Vec, plus?: number): void
  /** Low element of Vn as integer: 8, 16, 32 bits give a 32-bit value (zero-extended), 64 a 64-bit one. */
  readS(r: Operand, bits: ESize): Bits
  /** Writes the low `bits` of an integer to Vn and clears the rest of the register. */
  writeS(r: Operand, bits: ESize, value: Bits): void
  /** X30. */
  writeLR(value: Bits): void
  /** Address of this instruction. */
  pc(): Bits

  // ── constants ──────────────────────────────────────────────────────────────────────────────────────────────────────────
  /** A number known when the table is compiled. */
  const(value: number | bigint, w: Width): Bits
  /** A value computed from operand fields when the instruction is decoded. `fn` is pure; its result is taken modulo 2^w. */
  derive(w: Width, fn: (...values: number[]) => bigint | number, ...fields: Operand[]): Bits
  /** The same for a 128-bit constant. */
  deriveVec(fn: (...values: number[]) => bigint, ...fields: Operand[]): Vec
  /** Truth computed from operand fields when the instruction is decoded. */
  deriveBool(fn: (...values: number[]) => boolean, ...fields: Operand[]): Bool
  /** Zero-extended immediate, shifted left. */
  imm(field: Operand, w: Width, shift?: number): Bits
  /** Sign-extended immediate of `bits` bits, shifted left. */
  simm(field: Operand, bits: number, w: Width, shift?: number): Bits

  // ── integers (both operands of one width; result of that width) ──────────────────────────────────────────────────────────
  add(a: Bits, b: Bits): Bits
  sub(a: Bits, b: Bits): Bits
  mul(a: Bits, b: Bits): Bits
  /** High 64 bits of the 128-bit product of 64-bit operands. */
  umulh(a: Bits, b: Bits): Bits
  smulh(a: Bits, b: Bits): Bits
  /** Arm's division: by zero gives 0, most negative / -1 gives itself. */
  udiv(a: Bits, b: Bits): Bits
  sdiv(a: Bits, b: Bits): Bits
  and(a: Bits, b: Bits): Bits
  or(a: Bits, b: Bits): Bits
  xor(a: Bits, b: Bits): Bits
  not(a: Bits): Bits
  neg(a: Bits): Bits
  /** Shifts take the amount modulo the width, as LSLV does. */
  lsl(a: Bits, amount: Bits): Bits
  lsr(a: Bits, amount: Bits): Bits
  asr(a: Bits, amount: Bits): Bits
  ror(a: Bits, amount: Bits): Bits
  clz(a: Bits): Bits
  ctz(a: Bits): Bits
  popcount(a: Bits): Bits
  /** Reverses all bits. */
  rbit(a: Bits): Bits
  /** Reverses the bytes of each `container` bits. */
  rev(a: Bits, container: 16 | 32 | 64): Bits
  /** Keeps the low `bits` and extends to `w`. `bits` may exceed neither width. */
  zeroExtend(a: Bits, bits: number, w: Width): Bits
  signExtend(a: Bits, bits: number, w: Width): Bits
  /** The low 32 bits of a 64-bit value (a 32-bit value is returned as it is). */
  low32(a: Bits): Bits
  crc32(acc: Bits, value: Bits, sizeBytes: Size, castagnoli: boolean): Bits

  // ── truths ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
  eq(a: Bits, b: Bits): Bool
  ne(a: Bits, b: Bits): Bool
  ltU(a: Bits, b: Bits): Bool
  ltS(a: Bits, b: Bits): Bool
  leU(a: Bits, b: Bits): Bool
  leS(a: Bits, b: Bits): Bool
  isZero(a: Bits): Bool
  isNegative(a: Bits): Bool
  true(): Bool
  false(): Bool
  notB(a: Bool): Bool
  andB(a: Bool, b: Bool): Bool
  orB(a: Bool, b: Bool): Bool
  xorB(a: Bool, b: Bool): Bool
  /** 0 or 1. */
  fromBool(a: Bool, w: Width): Bits
  select(condition: Bool, a: Bits, b: Bits): Bits
  selectVec(condition: Bool, a: Vec, b: Vec): Vec
  selectNzcv(condition: Bool, a: Nzcv, b: Nzcv): Nzcv

  // ── flags ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
  /** a + b + carry. `nzcv` is a thunk: what nobody asks for costs nothing. */
  addWithCarry(a: Bits, b: Bits, carry: Bool): { readonly result: Bits; readonly nzcv: () => Nzcv }
  /** a - b, as addWithCarry(a, NOT b, 1). */
  subWithFlags(a: Bits, b: Bits): { readonly result: Bits; readonly nzcv: () => Nzcv }
  /** N and Z of a result, C = V = 0. */
  logicalFlags(result: Bits): Nzcv
  nzcvImm(field: Operand): Nzcv
  readNZCV(): Nzcv
  setNZCV(flags: Nzcv): void
  carry(): Bool
  conditionHolds(cond: Operand): Bool

  // ── memory ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
  /** Checks and translates `bytes` (1..64) at an address; faults here, before any effect. */
  access(address: Bits, bytes: number, mode: 'load' | 'store' | 'atomic', options?: AccessOptions): Range
  /** Loads at a constant offset in a range: 1, 2, 4 bytes give a 32-bit value, zero-extended; 8 bytes a 64-bit value. */
  loadAt(range: Range, offset: number, bytes: Size): Bits
  loadVecAt(range: Range, offset: number): Vec
  /** Stores the low `bytes` of a value. A later load of the same range sees it. */
  storeAt(range: Range, offset: number, bytes: Size, value: Bits): void
  storeVecAt(range: Range, offset: number, value: Vec): void
  /** access + loadAt. */
  load(address: Bits, bytes: Size, options?: AccessOptions): Bits
  store(address: Bits, bytes: Size, value: Bits, options?: AccessOptions): void
  loadVec(address: Bits, options?: AccessOptions): Vec
  storeVec(address: Bits, value: Vec, options?: AccessOptions): void
  /** Atomic read-modify-write: stores `update(old)`, returns old. */
  memAtomic(address: Bits, bytes: Size, update: (old: Bits) => Bits, options?: AccessOptions): Bits
  /** Compare-and-swap of one value; returns old. Stores `desired` where old equals `expected`. */
  memCas(address: Bits, bytes: Size, expected: Bits, desired: Bits, options?: AccessOptions): Bits
  /** Compare-and-swap of two values; returns both old ones. */
  memCasPair(
    address: Bits,
    bytes: 4 | 8,
    expected: readonly [Bits, Bits],
    desired: readonly [Bits, Bits],
    options?: AccessOptions,
  ): readonly [Bits, Bits]
  /** Load-exclusive of one value or a pair: sets the monitor. */
  loadExclusive(address: Bits, bytes: Size, options?: AccessOptions): Bits
  loadExclusivePair(address: Bits, bytes: 4 | 8, options?: AccessOptions): readonly [Bits, Bits]
  /** Store-exclusive: 32-bit status, 0 = stored. Clears the monitor. */
  storeExclusive(address: Bits, bytes: Size, value: Bits, options?: AccessOptions): Bits
  storeExclusivePair(address: Bits, bytes: 4 | 8, values: readonly [Bits, Bits], options?: AccessOptions): Bits
  clearExclusive(): void
  /** DMB, DSB, ISB, SB. */
  barrier(kind: 'DMB' | 'DSB' | 'ISB'): void

  // ── control ────────────────────────────────────────────────────────────────────────────────────────────────────────────
  /** Ends the instruction by going to pc + byte offset, computed from fields at decode time. `kind` tells consumers of returns and calls. */
  branchRelative(
    offset: (...values: number[]) => number,
    fields: readonly Operand[],
    options?: { readonly when?: Bool; readonly link?: boolean },
  ): void
  /** Ends the instruction by going to an address. */
  branchTo(target: Bits, kind: 'jump' | 'call' | 'return'): void
  /** Raises an exception; nothing else of the instruction takes effect. */
  exception(kind: ExceptionKind, imm: Operand | number): void
  eret(): void
  /** WFI, WFE, YIELD, SEV, SEVL. */
  wait(kind: 'WFI' | 'WFE' | 'YIELD' | 'SEV' | 'SEVL'): void

  // ── system ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
  /** MRS; `encoding` is op0<<14 | op1<<11 | CRn<<7 | CRm<<3 | op2, derived from the fields. Writes Rt itself. */
  readSysReg(Rt: Operand, encoding: (...values: number[]) => number, ...fields: Operand[]): void
  /**
   * MRS of a register that is plain storage to software: a load where the EL allows it, otherwise as {@link Ops.readSysReg}. `encoding` is
   * as there.
   */
  readStoredSysReg(Rt: Operand, encoding: number): void
  /** MSR likewise. */
  writeStoredSysReg(Rt: Operand, encoding: number): void
  writeSysReg(Rt: Operand, encoding: (...values: number[]) => number, ...fields: Operand[]): void
  /** SYS/SYSL space (IC, DC, AT, TLBI): same encoding with op0 = 1. */
  sys(Rt: Operand, encoding: (...values: number[]) => number, ...fields: Operand[]): void
  /** MSR (immediate). `encoding` is op1<<3 | op2. */
  writePstate(imm: Operand, encoding: number): void

  // ── vectors: lane access, then whole-vector operations where hosts have them ────────────────────────────────────────────────
  /** Lane as integer: 8, 16, 32 bits give 32-bit values, 64 a 64-bit value. */
  laneU(v: Vec, esize: ESize, index: number): Bits
  laneS(v: Vec, esize: ESize, index: number): Bits
  /** Lane whose index comes from fields at decode time. */
  laneAt(v: Vec, esize: ESize, index: (...values: number[]) => number, ...fields: Operand[]): Bits
  setLane(v: Vec, esize: ESize, index: number, value: Bits): Vec
  setLaneAt(v: Vec, esize: ESize, value: Bits, index: (...values: number[]) => number, ...fields: Operand[]): Vec
  zeroVec(): Vec
  constVec(value: bigint): Vec
  /** All lanes equal to the low `esize` bits of a value. */
  splat(value: Bits, esize: ESize): Vec
  /** Builds a vector lane by lane, lane 0 first; missing lanes are zero. */
  fromLanes(esize: ESize, lanes: readonly Bits[]): Vec
  vand(a: Vec, b: Vec): Vec
  vor(a: Vec, b: Vec): Vec
  vxor(a: Vec, b: Vec): Vec
  vnot(a: Vec): Vec
  /** a AND NOT b. */
  vbic(a: Vec, b: Vec): Vec
  /** (mask AND a) OR (NOT mask AND b). */
  vbsl(mask: Vec, a: Vec, b: Vec): Vec
  vadd(esize: ESize, a: Vec, b: Vec): Vec
  vsub(esize: ESize, a: Vec, b: Vec): Vec
  vmul(esize: ESize, a: Vec, b: Vec): Vec
  vneg(esize: ESize, a: Vec): Vec
  vabs(esize: ESize, a: Vec): Vec
  vmin(esize: 8 | 16 | 32, a: Vec, b: Vec, signed: boolean): Vec
  vmax(esize: 8 | 16 | 32, a: Vec, b: Vec, signed: boolean): Vec
  /** Comparisons give all ones or all zeros per lane. */
  vcmp(esize: ESize, op: 'eq' | 'gt' | 'ge' | 'hi' | 'hs', a: Vec, b: Vec): Vec
  /** Shifts by one constant amount derived from fields; lsr/asr by esize or more give zero/sign. */
  vshlImm(esize: ESize, a: Vec, amount: (...values: number[]) => number, ...fields: Operand[]): Vec
  vshrImm(esize: ESize, a: Vec, signed: boolean, amount: (...values: number[]) => number, ...fields: Operand[]): Vec
  /** Byte lookup: index ≥ 16 gives zero (TBL of one register). */
  vtbl(table: Vec, indices: Vec): Vec
  /** Bytes of one vector by positions, 0 to 15, that come from fields at decode time. */
  vtblAt(v: Vec, position: (at: number, ...values: number[]) => number, ...fields: Operand[]): Vec
  /** Bytes at constant positions of the 32-byte pair a:b (a is 0..15). */
  vshuffle(a: Vec, b: Vec, positions: readonly number[]): Vec
  vpopcount(a: Vec): Vec
  /** Widens the low (0) or high (1) half of the lanes from esize to 2*esize. */
  vextend(esize: 8 | 16 | 32, a: Vec, half: 0 | 1, signed: boolean): Vec
  /** Carry-less product of two 64-bit values, 128 bits. */
  pmull64(a: Bits, b: Bits): Vec
  /** AES and SHA rounds by the manual's names; a called helper of the run-time. */
  crypto(
    name:
      | 'AESE'
      | 'AESD'
      | 'AESMC'
      | 'AESIMC'
      | 'SHA1C'
      | 'SHA1P'
      | 'SHA1M'
      | 'SHA1SU0'
      | 'SHA1SU1'
      | 'SHA256H'
      | 'SHA256H2'
      | 'SHA256SU0'
      | 'SHA256SU1',
    a: Vec,
    b?: Vec,
    c?: Vec,
  ): Vec
  /** Marks FPSR.QC when true. */
  setQC(when: Bool): void

  // ── floating point: raw bits in, raw bits out (16- and 32-bit formats as 32-bit values); exceptions accumulate in FPSR ────────────
  fpBinary(op: FpBinary, format: FpFormat, a: Bits, b: Bits): Bits
  fpUnary(op: FpUnary, format: FpFormat, a: Bits): Bits
  /** a + b*c with one rounding. */
  fpMulAdd(format: FpFormat, a: Bits, b: Bits, c: Bits): Bits
  fpNeg(format: FpFormat, a: Bits): Bits
  fpAbs(format: FpFormat, a: Bits): Bits
  /** FCMP/FCMPE. */
  fpCompare(format: FpFormat, a: Bits, b: Bits, signalAllNaNs: boolean): Nzcv
  fpCompareTest(format: FpFormat, op: 'eq' | 'ge' | 'gt', a: Bits, b: Bits): Bool
  fpRoundInt(format: FpFormat, a: Bits, rounding: Rounding, exact: boolean): Bits
  /** To integer of width w with `fbits` fraction bits, saturating. */
  fpToFixed(
    format: FpFormat,
    w: Width,
    signed: boolean,
    a: Bits,
    rounding: Rounding,
    fbits: Operand | 0,
    fbitsOf?: (value: number) => number,
  ): Bits
  fixedToFp(
    format: FpFormat,
    w: Width,
    signed: boolean,
    a: Bits,
    fbits: Operand | 0,
    fbitsOf?: (value: number) => number,
  ): Bits
  fpConvert(from: FpFormat, to: FpFormat, a: Bits): Bits
  /** FCVTXN: 64 to 32 bits, rounding to odd. */
  fpConvertOdd(a: Bits): Bits
  /** URECPE, URSQRTE. */
  unsignedEstimate(op: 'urecpe' | 'ursqrte', a: Bits): Bits
  /** Whole-vector arithmetic where every lane behaves as {@link Ops.fpBinary}; consumers may do it in one go. */
  vfpBinary(op: FpBinary, format: FpFormat, a: Vec, b: Vec, lanes: number): Vec
  vfpMulAdd(format: FpFormat, a: Vec, b: Vec, c: Vec, lanes: number): Vec
  vfpUnary(op: FpUnary, format: FpFormat, a: Vec, lanes: number): Vec
  /** All ones in the lanes where {@link Ops.fpCompareTest} holds. */
  vfpCompareTest(format: FpFormat, op: 'eq' | 'ge' | 'gt', a: Vec, b: Vec, lanes: number): Vec
}
