/** Runs an instruction's `exec` and records its meaning as a graph. */

import { ACCESS } from '../access-kind.ts'
import { EXCEPTION, WFX } from '../exception/kind.ts'
import { FP_OPS, FPRounding, type FpOpName, fpConvertAux, fpFixedAux, fpRoundIntAux, roundByFpcr } from '../fp/index.ts'
import type { Operand } from '../isa/dsl.ts'
import type {
  AccessOptions,
  Bits,
  Bool,
  ESize,
  ExceptionKind,
  FpBinary,
  FpFormat,
  FpUnary,
  Nzcv,
  Ops,
  Range,
  Rounding,
  Size,
  Vec,
  Width,
} from '../isa/ops.ts'
import { LAYOUT } from '../state.ts'
import type { OpName, ValueType } from '../wasm/opcodes.ts'
import { foldBinary } from './fold.ts'
import {
  type FastPath,
  fastBinary,
  fastCompare,
  fastConvert,
  fastFromFixed,
  fastMinMax,
  fastMulAdd,
  fastRoundInt,
  fastSqrt,
  fastTest,
  fastToFixed,
  fastVectorBinary,
  fastVectorMinMax,
  fastVectorMulAdd,
} from './fp-fast.ts'
import {
  type AccessFacts,
  type Commit,
  type Effect,
  type FlagWords,
  Node,
  type NodeOp,
  RangeNode,
  type RegisterRole,
  type Terminator,
} from './node.ts'

/** An `exec` that breaks the rules of {@link Ops}: found when the table is compiled, never at run time. */
class ExecError extends Error {
  override readonly name = 'ExecError'
}

const LOADS: Record<Size, OpName> = { 1: 'i32.load8_u', 2: 'i32.load16_u', 4: 'i32.load', 8: 'i64.load' }
const STORES: Record<string, OpName> = {
  'i32:1': 'i32.store8',
  'i32:2': 'i32.store16',
  'i32:4': 'i32.store',
  'i64:1': 'i64.store8',
  'i64:2': 'i64.store16',
  'i64:4': 'i64.store32',
  'i64:8': 'i64.store',
}
const SHAPE: Record<ESize, 'i8x16' | 'i16x8' | 'i32x4' | 'i64x2'> = {
  8: 'i8x16',
  16: 'i16x8',
  32: 'i32x4',
  64: 'i64x2',
}
const SAS: Record<Size, number> = { 1: 0, 2: 1, 4: 2, 8: 3 }

const BINARY: Record<Exclude<FpBinary, 'nmul' | 'abd'>, FpOpName> = {
  add: 'FPAdd',
  sub: 'FPSub',
  mul: 'FPMul',
  div: 'FPDiv',
  mulx: 'FPMulX',
  max: 'FPMax',
  min: 'FPMin',
  maxnm: 'FPMaxNum',
  minnm: 'FPMinNum',
  recps: 'FPRecipStepFused',
  rsqrts: 'FPRSqrtStepFused',
}
const ROUNDING = {
  tieeven: FPRounding.TIEEVEN,
  posinf: FPRounding.POSINF,
  neginf: FPRounding.NEGINF,
  zero: FPRounding.ZERO,
  tieaway: FPRounding.TIEAWAY,
  cur: roundByFpcr,
} as const
const UNARY: Record<FpUnary, FpOpName> = {
  sqrt: 'FPSqrt',
  recpe: 'FPRecipEstimate',
  rsqrte: 'FPRSqrtEstimate',
  recpx: 'FPRecpX',
}

const FAST_BINARY: Partial<Record<FpBinary, (format: FpFormat, a: Node, b: Node) => FastPath | undefined>> = {
  add: (...args) => fastBinary('add', ...args),
  sub: (...args) => fastBinary('sub', ...args),
  mul: (...args) => fastBinary('mul', ...args),
  div: (...args) => fastBinary('div', ...args),
  max: (...args) => fastMinMax('max', ...args),
  min: (...args) => fastMinMax('min', ...args),
  maxnm: (...args) => fastMinMax('max', ...args),
  minnm: (...args) => fastMinMax('min', ...args),
}

const FAST_VECTOR: Partial<
  Record<FpBinary, (format: FpFormat, a: Node, b: Node, lanes: number) => FastPath | undefined>
> = {
  add: (...args) => fastVectorBinary('add', ...args),
  sub: (...args) => fastVectorBinary('sub', ...args),
  mul: (...args) => fastVectorBinary('mul', ...args),
  div: (...args) => fastVectorBinary('div', ...args),
  max: (...args) => fastVectorMinMax('max', ...args),
  min: (...args) => fastVectorMinMax('min', ...args),
  maxnm: (...args) => fastVectorMinMax('max', ...args),
  minnm: (...args) => fastVectorMinMax('min', ...args),
}

const N = (value: Bits | Bool | Vec): Node => value as unknown as Node
const B = (node: Node): Bits => node as unknown as Bits
const T = (node: Node): Bool => node as unknown as Bool
const V = (node: Node): Vec => node as unknown as Vec
const typeOf = (w: Width): ValueType => (w === 64 ? 'i64' : 'i32')

/** Records one instruction. */
export class Builder implements Ops {
  readonly effects: Effect[] = []
  readonly commits: Commit[] = []
  terminator: Terminator = { kind: 'next' }
  /** The flags before this instruction, where the consumer keeps them as values. */
  readonly #flags: FlagWords | undefined

  constructor(flags?: FlagWords) {
    this.#flags = flags
  }
  readonly #derived: { readonly op: Extract<NodeOp, { kind: 'derive' }>; readonly node: Node }[] = []

  // ── making nodes ───────────────────────────────────────────────────────────────────────────────────────────────────────
  #node(op: NodeOp, type: ValueType, args: readonly Node[] = []): Node {
    return new Node(op, type, args)
  }
  #wasm(name: OpName, type: ValueType, ...args: Node[]): Node {
    return new Node({ kind: 'wasm', name }, type, args)
  }
  #const(value: bigint, type: ValueType): Node {
    return this.#node(
      { kind: 'const', value: BigInt.asUintN(type === 'i32' ? 32 : type === 'i64' ? 64 : 128, value) },
      type,
    )
  }
  /** `t.name` on two operands of one integer type. */
  #binary(name: string, a: Node, b: Node, result?: ValueType): Node {
    if (a.type !== b.type || (a.type !== 'i32' && a.type !== 'i64'))
      throw new ExecError(`${name} of ${a.type} and ${b.type}`)
    const folded = foldBinary(name, a, b)
    if (folded === a || folded === b) return folded
    const type = result ?? a.type
    if (typeof folded === 'bigint') return this.#const(folded, type)
    return this.#wasm(`${a.type}.${name}` as OpName, type, a, b)
  }
  #state(offset: number, type: ValueType): Node {
    return this.#node({ kind: 'state', offset }, type)
  }
  #value(type: ValueType): Node {
    return this.#node({ kind: 'value' }, type)
  }
  /** The same function of the same fields is one node, and so one operand of the record. */
  #derive(fn: (...values: number[]) => bigint | number, fields: readonly Operand[], bits: number): Node {
    const known = this.#derived.find(
      ({ op }) =>
        op.fn === fn &&
        op.bits === bits &&
        op.fields.length === fields.length &&
        op.fields.every((f, i) => f === fields[i]),
    )
    if (known) return known.node
    const op = { kind: 'derive', fn, fields, bits } as const
    const node = this.#node(op, bits <= 32 ? 'i32' : 'i64')
    this.#derived.push({ op, node })
    return node
  }
  /** Bool → i32 0/1. A sign node is materialised here. */
  #truth(b: Node): Node {
    if (b.op.kind !== 'sign') return b
    const arg = b.args[0] as Node
    return this.#wasm(`${arg.type}.lt_s` as OpName, 'i32', arg, this.#const(0n, arg.type))
  }
  /** Bool → i64 whose sign bit is the truth. */
  #signWord(b: Node): Node {
    if (b.op.kind === 'sign') return this.#to64(b.args[0] as Node, true)
    return this.#binary('shl', this.#to64(b, false), this.#const(63n, 'i64'))
  }
  /** Bool → i64 that is zero when true. */
  #zeroWord(b: Node): Node {
    if (b.op.kind === 'wasm' && (b.op.name === 'i64.eqz' || b.op.name === 'i32.eqz'))
      return this.#to64(b.args[0] as Node, false)
    return this.#to64(this.#binary('xor', this.#truth(b), this.#const(1n, 'i32')), false)
  }
  #to64(a: Node, signed: boolean): Node {
    if (a.type === 'i64') return a
    if (a.constant !== undefined) return this.#const(signed ? BigInt.asIntN(32, a.constant) : a.constant, 'i64')
    return this.#wasm(signed ? 'i64.extend_i32_s' : 'i64.extend_i32_u', 'i64', a)
  }
  #to32(a: Node): Node {
    if (a.type === 'i32') return a
    if (a.constant !== undefined) return this.#const(a.constant, 'i32')
    if (a.op.kind === 'wasm' && (a.op.name === 'i64.extend_i32_u' || a.op.name === 'i64.extend_i32_s'))
      return a.args[0] as Node
    return this.#wasm('i32.wrap_i64', 'i32', a)
  }
  #is64(a: Node): boolean {
    return a.type === 'i64'
  }

  // ── registers ──────────────────────────────────────────────────────────────────────────────────────────────────────────
  #readX(operand: Operand, role: RegisterRole, w: Width): Node {
    return this.#node({ kind: 'readX', operand, role }, typeOf(w))
  }
  readX(r: Operand, w: Width): Bits {
    return B(this.#readX(r, 'x', w))
  }
  readXSP(r: Operand, w: Width): Bits {
    return B(this.#readX(r, 'sp', w))
  }
  readXNext(r: Operand, w: Width): Bits {
    return B(this.#readX(r, 'next', w))
  }
  #writeX(operand: Operand, role: RegisterRole, w: Width, value: Node): void {
    if (value.type !== typeOf(w)) throw new ExecError(`write of ${value.type} to a ${w}-bit register`)
    this.commits.push({ kind: 'x', operand, role, value })
  }
  writeX(r: Operand, w: Width, value: Bits): void {
    this.#writeX(r, 'x', w, N(value))
  }
  writeXSP(r: Operand, w: Width, value: Bits): void {
    this.#writeX(r, 'sp', w, N(value))
  }
  writeXNext(r: Operand, w: Width, value: Bits): void {
    this.#writeX(r, 'next', w, N(value))
  }
  readV(r: Operand, plus = 0): Vec {
    return V(this.#node({ kind: 'readV', operand: r, plus }, 'v128'))
  }
  writeV(r: Operand, bits: 8 | 16 | 32 | 64 | 128, value: Vec, plus = 0): void {
    this.commits.push({ kind: 'v', operand: r, plus, bits, value: N(value) })
  }
  readS(r: Operand, bits: ESize): Bits {
    return B(this.#node({ kind: 'readS', operand: r, bits }, bits === 64 ? 'i64' : 'i32'))
  }
  writeS(r: Operand, bits: ESize, value: Bits): void {
    const node = N(value)
    if ((bits === 64) !== (node.type === 'i64')) throw new ExecError(`writeS ${bits} of ${node.type}`)
    this.commits.push({ kind: 's', operand: r, bits, value: node })
  }
  writeLR(value: Bits): void {
    this.commits.push({ kind: 'lr', value: N(value) })
  }
  pc(): Bits {
    return B(this.#node({ kind: 'pc' }, 'i64'))
  }

  // ── constants ──────────────────────────────────────────────────────────────────────────────────────────────────────────
  const(value: number | bigint, w: Width): Bits {
    return B(this.#const(BigInt(value), typeOf(w)))
  }
  derive(w: Width, fn: (...values: number[]) => bigint | number, ...fields: Operand[]): Bits {
    return B(this.#derive(fn, fields, w))
  }
  deriveVec(fn: (...values: number[]) => bigint, ...fields: Operand[]): Vec {
    const lo = this.#derive((...v) => BigInt.asUintN(64, fn(...v)), fields, 64)
    const hi = this.#derive((...v) => BigInt.asUintN(64, fn(...v) >> 64n), fields, 64)
    return V(this.#replace('i64x2.replace_lane', this.#wasm('i64x2.splat', 'v128', lo), hi, 1))
  }
  deriveBool(fn: (...values: number[]) => boolean, ...fields: Operand[]): Bool {
    return T(this.#derive((...v) => (fn(...v) ? 1 : 0), fields, 16))
  }
  imm(field: Operand, w: Width, shift = 0): Bits {
    if (shift === 0) return B(this.#smallDerive((v) => v, [field], w))
    return this.derive(w, (v) => BigInt(v) << BigInt(shift), field)
  }
  /** A derived value that fits 16 bits unsigned at decode time but is used at width w. */
  #smallDerive(fn: (...values: number[]) => number, fields: readonly Operand[], w: Width): Node {
    const small = this.#derive(fn, fields, 16)
    return w === 64 ? this.#to64(small, false) : small
  }
  simm(field: Operand, bits: number, w: Width, shift = 0): Bits {
    const node = this.#derive((v) => ((v << (32 - bits)) >> (32 - bits)) * 2 ** shift, [field], 32)
    return B(w === 64 ? this.#to64(node, true) : node)
  }

  // ── integers ───────────────────────────────────────────────────────────────────────────────────────────────────────────
  add(a: Bits, b: Bits): Bits {
    return B(this.#binary('add', N(a), N(b)))
  }
  sub(a: Bits, b: Bits): Bits {
    return B(this.#binary('sub', N(a), N(b)))
  }
  mul(a: Bits, b: Bits): Bits {
    return B(this.#binary('mul', N(a), N(b)))
  }
  and(a: Bits, b: Bits): Bits {
    return B(this.#binary('and', N(a), N(b)))
  }
  or(a: Bits, b: Bits): Bits {
    return B(this.#binary('or', N(a), N(b)))
  }
  xor(a: Bits, b: Bits): Bits {
    return B(this.#binary('xor', N(a), N(b)))
  }
  not(a: Bits): Bits {
    return B(this.#binary('xor', N(a), this.#const(-1n, N(a).type)))
  }
  neg(a: Bits): Bits {
    return B(this.#binary('sub', this.#const(0n, N(a).type), N(a)))
  }
  #shift(name: string, a: Bits, amount: Bits): Bits {
    const value = N(a)
    const by = this.#is64(value) ? this.#to64(N(amount), false) : this.#to32(N(amount))
    return B(this.#binary(name, value, by))
  }
  lsl(a: Bits, amount: Bits): Bits {
    return this.#shift('shl', a, amount)
  }
  lsr(a: Bits, amount: Bits): Bits {
    return this.#shift('shr_u', a, amount)
  }
  asr(a: Bits, amount: Bits): Bits {
    return this.#shift('shr_s', a, amount)
  }
  ror(a: Bits, amount: Bits): Bits {
    return this.#shift('rotr', a, amount)
  }
  clz(a: Bits): Bits {
    return B(this.#wasm(`${N(a).type}.clz` as OpName, N(a).type, N(a)))
  }
  ctz(a: Bits): Bits {
    return B(this.#wasm(`${N(a).type}.ctz` as OpName, N(a).type, N(a)))
  }
  popcount(a: Bits): Bits {
    return B(this.#wasm(`${N(a).type}.popcnt` as OpName, N(a).type, N(a)))
  }
  /** Swaps neighbouring groups of `group` bits. */
  #swap(a: Node, group: number, mask: bigint): Node {
    const m = this.#const(mask, a.type)
    const by = this.#const(BigInt(group), a.type)
    const high = this.#binary('and', this.#binary('shr_u', a, by), m)
    const low = this.#binary('shl', this.#binary('and', a, m), by)
    return this.#binary('or', high, low)
  }
  rev(a: Bits, container: 16 | 32 | 64): Bits {
    let v = this.#swap(N(a), 8, 0x00ff00ff00ff00ffn)
    if (container >= 32)
      v = this.#is64(v) ? this.#swap(v, 16, 0x0000ffff0000ffffn) : this.#binary('rotr', v, this.#const(16n, 'i32'))
    if (container === 64) v = this.#binary('rotr', v, this.#const(32n, 'i64'))
    return B(v)
  }
  rbit(a: Bits): Bits {
    let v = this.#swap(N(a), 1, 0x5555555555555555n)
    v = this.#swap(v, 2, 0x3333333333333333n)
    v = this.#swap(v, 4, 0x0f0f0f0f0f0f0f0fn)
    return this.rev(B(v), this.#is64(v) ? 64 : 32)
  }
  /** Four 32×32 partial products of two 64-bit values. */
  umulh(a: Bits, b: Bits): Bits {
    const [x, y] = [N(a), N(b)]
    const mask = this.#const(0xffffffffn, 'i64')
    const by32 = this.#const(32n, 'i64')
    const lo = (n: Node): Node => this.#binary('and', n, mask)
    const hi = (n: Node): Node => this.#binary('shr_u', n, by32)
    const mul = (p: Node, q: Node): Node => this.#binary('mul', p, q)
    const add = (p: Node, q: Node): Node => this.#binary('add', p, q)
    const [xl, xh, yl, yh] = [lo(x), hi(x), lo(y), hi(y)]
    const mid = add(mul(xh, yl), hi(mul(xl, yl)))
    const mid2 = add(mul(xl, yh), lo(mid))
    return B(add(add(mul(xh, yh), hi(mid)), hi(mid2)))
  }
  smulh(a: Bits, b: Bits): Bits {
    const [x, y] = [N(a), N(b)]
    const by63 = this.#const(63n, 'i64')
    const sign = (p: Node, q: Node): Node => this.#binary('and', this.#binary('shr_s', p, by63), q)
    return B(this.#binary('sub', this.#binary('sub', N(this.umulh(a, b)), sign(x, y)), sign(y, x)))
  }
  udiv(a: Bits, b: Bits): Bits {
    const [x, y] = [N(a), N(b)]
    const isZero = N(this.isZero(b))
    const safe = this.#select(isZero, this.#const(1n, y.type), y)
    return B(this.#select(isZero, this.#const(0n, x.type), this.#wasm(`${x.type}.div_u` as OpName, x.type, x, safe)))
  }
  sdiv(a: Bits, b: Bits): Bits {
    const [x, y] = [N(a), N(b)]
    const isZero = N(this.isZero(b))
    const isMinusOne = this.#wasm(`${y.type}.eq` as OpName, 'i32', y, this.#const(-1n, y.type))
    // Neither 0 nor -1 reaches the host's division: the first traps, the second overflows for the most negative dividend.
    const special = this.#binary('or', isZero, isMinusOne)
    const safe = this.#select(special, this.#const(1n, y.type), y)
    const quotient = this.#wasm(`${x.type}.div_s` as OpName, x.type, x, safe)
    return B(this.#select(isZero, this.#const(0n, x.type), this.#select(isMinusOne, N(this.neg(a)), quotient)))
  }
  zeroExtend(a: Bits, bits: number, w: Width): Bits {
    let v = N(a)
    const own = this.#is64(v) ? 64 : 32
    if (w === 32) v = this.#to32(v)
    if (bits < Math.min(own, w)) v = this.#binary('and', v, this.#const((1n << BigInt(bits)) - 1n, v.type))
    return B(w === 64 ? this.#to64(v, false) : v)
  }
  signExtend(a: Bits, bits: number, w: Width): Bits {
    let v = N(a)
    const own = this.#is64(v) ? 64 : 32
    if (w === 32) v = this.#to32(v)
    else if (own === 32 && bits < 32) v = this.#to64(v, false)
    if (bits === 32 && own === 32 && w === 64) return B(this.#to64(v, true))
    const width = this.#is64(v) ? 64 : 32
    if (bits < width) {
      const native = bits === 8 ? 'extend8_s' : bits === 16 ? 'extend16_s' : bits === 32 ? 'extend32_s' : undefined
      if (native) v = this.#wasm(`${v.type}.${native}` as OpName, v.type, v)
      else {
        const by = this.#const(BigInt(width - bits), v.type)
        v = this.#binary('shr_s', this.#binary('shl', v, by), by)
      }
    }
    return B(w === 64 ? this.#to64(v, true) : v)
  }
  low32(a: Bits): Bits {
    return B(this.#to32(N(a)))
  }
  crc32(acc: Bits, value: Bits, sizeBytes: Size, castagnoli: boolean): Bits {
    const result = this.#value('i32')
    const v = this.#to64(N(value), false)
    this.effects.push({
      kind: 'helper',
      name: 'crc32',
      scalars: [
        N(acc),
        this.#to32(v),
        this.#to32(this.#binary('shr_u', v, this.#const(32n, 'i64'))),
        this.#const(BigInt(sizeBytes | (castagnoli ? 16 : 0)), 'i32'),
      ],
      slots: [],
      results: [result],
    })
    return B(result)
  }

  // ── truths ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
  #compare(name: string, a: Bits, b: Bits): Bool {
    return T(this.#binary(name, N(a), N(b), 'i32'))
  }
  eq(a: Bits, b: Bits): Bool {
    return this.#compare('eq', a, b)
  }
  ne(a: Bits, b: Bits): Bool {
    return this.#compare('ne', a, b)
  }
  ltU(a: Bits, b: Bits): Bool {
    return this.#compare('lt_u', a, b)
  }
  ltS(a: Bits, b: Bits): Bool {
    return this.#compare('lt_s', a, b)
  }
  leU(a: Bits, b: Bits): Bool {
    return this.#compare('le_u', a, b)
  }
  leS(a: Bits, b: Bits): Bool {
    return this.#compare('le_s', a, b)
  }
  isZero(a: Bits): Bool {
    return T(this.#wasm(`${N(a).type}.eqz` as OpName, 'i32', N(a)))
  }
  isNegative(a: Bits): Bool {
    return T(this.#node({ kind: 'sign' }, 'i32', [N(a)]))
  }
  true(): Bool {
    return T(this.#const(1n, 'i32'))
  }
  false(): Bool {
    return T(this.#const(0n, 'i32'))
  }
  notB(a: Bool): Bool {
    return T(this.#wasm('i32.eqz', 'i32', this.#truth(N(a))))
  }
  andB(a: Bool, b: Bool): Bool {
    return T(this.#binary('and', this.#truth(N(a)), this.#truth(N(b))))
  }
  orB(a: Bool, b: Bool): Bool {
    return T(this.#binary('or', this.#truth(N(a)), this.#truth(N(b))))
  }
  xorB(a: Bool, b: Bool): Bool {
    const [x, y] = [N(a), N(b)]
    if (x.op.kind === 'sign' && y.op.kind === 'sign' && (x.args[0] as Node).type === (y.args[0] as Node).type) {
      return T(this.#node({ kind: 'sign' }, 'i32', [this.#binary('xor', x.args[0] as Node, y.args[0] as Node)]))
    }
    return T(this.#binary('xor', this.#truth(x), this.#truth(y)))
  }
  fromBool(a: Bool, w: Width): Bits {
    const t = this.#truth(N(a))
    return B(w === 64 ? this.#to64(t, false) : t)
  }
  #select(condition: Node, a: Node, b: Node): Node {
    if (a.type !== b.type) throw new ExecError(`select of ${a.type} and ${b.type}`)
    const c = this.#truth(condition)
    if (c.constant !== undefined) return c.constant ? a : b
    return this.#wasm('select', a.type, a, b, c)
  }
  select(condition: Bool, a: Bits, b: Bits): Bits {
    return B(this.#select(N(condition), N(a), N(b)))
  }
  selectVec(condition: Bool, a: Vec, b: Vec): Vec {
    return V(this.#select(N(condition), N(a), N(b)))
  }
  selectNzcv(condition: Bool, a: Nzcv, b: Nzcv): Nzcv {
    const c = this.#truth(N(condition))
    const sign = (x: Bool, y: Bool): Bool =>
      T(this.#node({ kind: 'sign' }, 'i32', [this.#select(c, this.#signWord(N(x)), this.#signWord(N(y)))]))
    const z = this.#select(c, this.#zeroWord(N(a.z)), this.#zeroWord(N(b.z)))
    return {
      n: sign(a.n, b.n),
      z: T(this.#wasm('i64.eqz', 'i32', z)),
      c: T(this.#select(c, this.#truth(N(a.c)), this.#truth(N(b.c)))),
      v: sign(a.v, b.v),
    }
  }

  // ── flags ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
  addWithCarry(a: Bits, b: Bits, carry: Bool): { readonly result: Bits; readonly nzcv: () => Nzcv } {
    const [x, y, c] = [N(a), N(b), this.#truth(N(carry))]
    const sum = this.#binary('add', x, y)
    const withCarry = c.constant === 0n ? sum : this.#binary('add', sum, x.type === 'i64' ? this.#to64(c, false) : c)
    const result = B(withCarry)
    return {
      result,
      nzcv: () => {
        const carryOfSum = N(this.ltU(B(sum), a))
        const carryOut = c.constant === 0n ? carryOfSum : this.#binary('or', carryOfSum, N(this.ltU(result, B(sum))))
        const overflow = this.#binary('and', this.#binary('xor', x, withCarry), this.#binary('xor', y, withCarry))
        return { n: this.isNegative(result), z: this.isZero(result), c: T(carryOut), v: this.isNegative(B(overflow)) }
      },
    }
  }
  subWithFlags(a: Bits, b: Bits): { readonly result: Bits; readonly nzcv: () => Nzcv } {
    const result = this.sub(a, b)
    return {
      result,
      nzcv: () => {
        const overflow = this.and(this.xor(a, b), this.xor(a, result))
        return { n: this.isNegative(result), z: this.isZero(result), c: this.leU(b, a), v: this.isNegative(overflow) }
      },
    }
  }
  logicalFlags(result: Bits): Nzcv {
    return { n: this.isNegative(result), z: this.isZero(result), c: this.false(), v: this.false() }
  }
  nzcvImm(field: Operand): Nzcv {
    const word = (fn: (v: number) => bigint): Node => this.#derive(fn, [field], 64)
    const sign = (bit: number): Bool => this.isNegative(B(word((v) => ((v >> bit) & 1 ? 1n << 63n : 0n))))
    return {
      n: sign(3),
      z: this.isZero(
        B(
          this.#to64(
            this.#derive((v) => ((v >> 2) & 1 ? 0 : 1), [field], 16),
            false,
          ),
        ),
      ),
      c: T(this.#derive((v) => (v >> 1) & 1, [field], 16)),
      v: sign(0),
    }
  }
  readNZCV(): Nzcv {
    return {
      n: this.isNegative(B(this.#flags?.n ?? this.#state(LAYOUT.n, 'i64'))),
      z: this.isZero(B(this.#flags?.z ?? this.#state(LAYOUT.z, 'i64'))),
      c: this.carry(),
      v: this.isNegative(B(this.#flags?.v ?? this.#state(LAYOUT.v, 'i64'))),
    }
  }
  setNZCV(flags: Nzcv): void {
    this.commits.push({ kind: 'state', offset: LAYOUT.n, name: 'i64.store', value: this.#signWord(N(flags.n)) })
    this.commits.push({ kind: 'state', offset: LAYOUT.z, name: 'i64.store', value: this.#zeroWord(N(flags.z)) })
    this.commits.push({ kind: 'state', offset: LAYOUT.c, name: 'i32.store', value: this.#truth(N(flags.c)) })
    this.commits.push({ kind: 'state', offset: LAYOUT.v, name: 'i64.store', value: this.#signWord(N(flags.v)) })
  }
  carry(): Bool {
    return T(this.#flags?.c ?? this.#state(LAYOUT.c, 'i32'))
  }
  conditionHolds(cond: Operand): Bool {
    const known = this.#known(cond)
    if (known !== undefined) return this.#condition(known)
    // Unknown until decoded: a 16-bit row of the truth table, indexed by NZCV.
    const { n, z, c, v } = this.readNZCV()
    const bit = (b: Bool, by: number): Node => this.#binary('shl', this.#truth(N(b)), this.#const(BigInt(by), 'i32'))
    const index = this.#binary(
      'or',
      this.#binary('or', bit(n, 3), bit(z, 2)),
      this.#binary('or', bit(c, 1), this.#truth(N(v))),
    )
    const row = this.#derive(conditionRow, [cond], 16)
    return T(this.#binary('and', this.#binary('shr_u', row, index), this.#const(1n, 'i32')))
  }
  /** The value of an operand when this consumer knows it now. */
  #known(operand: Operand): number | undefined {
    return (operand as { value?: number }).value
  }
  #condition(cond: number): Bool {
    const { n, z, c, v } = this.readNZCV()
    switch (cond >> 1) {
      case 0:
        return cond & 1 ? this.notB(z) : z
      case 1:
        return cond & 1 ? this.notB(c) : c
      case 2:
        return cond & 1 ? this.notB(n) : n
      case 3:
        return cond & 1 ? this.notB(v) : v
      case 4: {
        const hi = this.andB(c, this.notB(z))
        return cond & 1 ? this.notB(hi) : hi
      }
      case 5: {
        const lt = this.xorB(n, v)
        return cond & 1 ? lt : this.notB(lt)
      }
      case 6: {
        const le = this.orB(this.xorB(n, v), z)
        return cond & 1 ? le : this.notB(le)
      }
      default:
        return this.true()
    }
  }

  // ── memory ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
  access(address: Bits, bytes: number, mode: 'load' | 'store' | 'atomic', options: AccessOptions = {}): Range {
    const range = new RangeNode(N(address), bytes, mode)
    let flags = bytes
    if (mode !== 'load') flags |= ACCESS.store
    if (mode === 'atomic') flags |= ACCESS.atomic
    if (options.unprivileged) flags |= ACCESS.unprivileged
    if (options.ordered) flags |= ACCESS.aligned
    if (options.zva) flags |= ACCESS.zva
    const s = options.syndrome
    const facts: AccessFacts = {
      flags,
      alignBytes: options.ordered ? (options.alignBytes ?? bytes) : 1,
      base: options.base,
      Rt: s?.Rt,
      syndrome: s
        ? (1 << 10) |
          (SAS[s.size] << 8) |
          (s.signExtend ? 1 << 7 : 0) |
          (s.sixtyFour ? 2 : 0) |
          (s.acquireRelease ? 1 : 0)
        : 0,
    }
    this.effects.push({ kind: 'access', range, facts })
    return range as unknown as Range
  }
  loadAt(range: Range, offset: number, bytes: Size): Bits {
    const result = this.#value(bytes === 8 ? 'i64' : 'i32')
    this.effects.push({ kind: 'load', range: range as unknown as RangeNode, offset, name: LOADS[bytes], result })
    return B(result)
  }
  loadVecAt(range: Range, offset: number): Vec {
    const result = this.#value('v128')
    this.effects.push({ kind: 'load', range: range as unknown as RangeNode, offset, name: 'v128.load', result })
    return V(result)
  }
  #storeAt(range: RangeNode, offset: number, name: OpName, value: Node, when?: Node): void {
    // One storeDone a range, after its last store.
    const done = this.effects.findIndex((e) => e.kind === 'storeDone' && e.range === range)
    if (done >= 0) this.effects.splice(done, 1)
    const condition = when ? { when } : {}
    this.effects.push({ kind: 'store', range, offset, name, value, ...condition })
    this.effects.push({ kind: 'storeDone', range, ...condition })
  }
  storeAt(range: Range, offset: number, bytes: Size, value: Bits): void {
    const name = STORES[`${N(value).type}:${bytes}`]
    if (!name) throw new ExecError(`store of ${bytes} bytes from ${N(value).type}`)
    this.#storeAt(range as unknown as RangeNode, offset, name, N(value))
  }
  storeVecAt(range: Range, offset: number, value: Vec): void {
    this.#storeAt(range as unknown as RangeNode, offset, 'v128.store', N(value))
  }
  load(address: Bits, bytes: Size, options?: AccessOptions): Bits {
    return this.loadAt(this.access(address, bytes, 'load', options), 0, bytes)
  }
  store(address: Bits, bytes: Size, value: Bits, options?: AccessOptions): void {
    this.storeAt(this.access(address, bytes, 'store', options), 0, bytes, value)
  }
  loadVec(address: Bits, options?: AccessOptions): Vec {
    return this.loadVecAt(this.access(address, 16, 'load', options), 0)
  }
  storeVec(address: Bits, value: Vec, options?: AccessOptions): void {
    this.storeVecAt(this.access(address, 16, 'store', options), 0, value)
  }
  memAtomic(address: Bits, bytes: Size, update: (old: Bits) => Bits, options?: AccessOptions): Bits {
    const range = this.access(address, bytes, 'atomic', { ...options, ordered: true })
    const old = this.loadAt(range, 0, bytes)
    this.storeAt(range, 0, bytes, update(old))
    return old
  }
  memCas(address: Bits, bytes: Size, expected: Bits, desired: Bits, options?: AccessOptions): Bits {
    return this.memAtomic(
      address,
      bytes,
      (old) => this.select(this.eq(old, bytes < 4 ? this.zeroExtend(expected, bytes * 8, 32) : expected), desired, old),
      options,
    )
  }
  memCasPair(
    address: Bits,
    bytes: 4 | 8,
    expected: readonly [Bits, Bits],
    desired: readonly [Bits, Bits],
    options?: AccessOptions,
  ): readonly [Bits, Bits] {
    const range = this.access(address, bytes * 2, 'atomic', { ...options, ordered: true })
    const old = [this.loadAt(range, 0, bytes), this.loadAt(range, bytes, bytes)] as const
    const equal = this.andB(this.eq(old[0], expected[0]), this.eq(old[1], expected[1]))
    this.storeAt(range, 0, bytes, this.select(equal, desired[0], old[0]))
    this.storeAt(range, bytes, bytes, this.select(equal, desired[1], old[1]))
    return old
  }
  #setState(offset: number, name: OpName, value: Node): void {
    this.effects.push({ kind: 'setState', offset, name, value })
  }
  #monitor(address: Bits, bytes: number, lo: Bits, hi: Bits | undefined): void {
    this.#setState(LAYOUT.exclAddr, 'i64.store', N(address))
    this.#setState(LAYOUT.exclLo, 'i64.store', this.#to64(N(lo), false))
    this.#setState(LAYOUT.exclHi, 'i64.store', hi ? this.#to64(N(hi), false) : this.#const(0n, 'i64'))
    this.#setState(LAYOUT.exclSize, 'i32.store', this.#const(BigInt(bytes), 'i32'))
  }
  loadExclusive(address: Bits, bytes: Size, options?: AccessOptions): Bits {
    const value = this.load(address, bytes, { ...options, ordered: true })
    this.#monitor(address, bytes, value, undefined)
    return value
  }
  loadExclusivePair(address: Bits, bytes: 4 | 8, options?: AccessOptions): readonly [Bits, Bits] {
    const range = this.access(address, bytes * 2, 'load', { ...options, ordered: true })
    const values = [this.loadAt(range, 0, bytes), this.loadAt(range, bytes, bytes)] as const
    this.#monitor(address, bytes * 2, values[0], values[1])
    return values
  }
  #storeExclusive(address: Bits, bytes: Size, values: readonly Bits[], options?: AccessOptions): Bits {
    const total = bytes * values.length
    const range = this.access(address, total, 'atomic', { ...options, ordered: true }) as unknown as RangeNode
    const held = this.andB(
      this.eq(B(this.#state(LAYOUT.exclAddr, 'i64')), address),
      this.eq(B(this.#state(LAYOUT.exclSize, 'i32')), this.const(total, 32)),
    )
    let same = held
    values.forEach((_, i) => {
      const now = this.#to64(N(this.loadAt(range as unknown as Range, i * bytes, bytes)), false)
      same = this.andB(same, this.eq(B(now), B(this.#state(i === 0 ? LAYOUT.exclLo : LAYOUT.exclHi, 'i64'))))
    })
    const when = this.#truth(N(same))
    this.effects.push({ kind: 'evaluate', node: when })
    values.forEach((value, i) => {
      this.#storeAt(range, i * bytes, STORES[`${N(value).type}:${bytes}`] as OpName, N(value), when)
    })
    this.clearExclusive()
    return this.fromBool(this.notB(T(when)), 32)
  }
  storeExclusive(address: Bits, bytes: Size, value: Bits, options?: AccessOptions): Bits {
    return this.#storeExclusive(address, bytes, [value], options)
  }
  storeExclusivePair(address: Bits, bytes: 4 | 8, values: readonly [Bits, Bits], options?: AccessOptions): Bits {
    return this.#storeExclusive(address, bytes, values, options)
  }
  clearExclusive(): void {
    this.commits.push({ kind: 'state', offset: LAYOUT.exclAddr, name: 'i64.store', value: this.#const(-1n, 'i64') })
  }
  barrier(_kind: 'DMB' | 'DSB' | 'ISB'): void {
    // One thread runs the guest in program order; a consumer for shared memory fences here.
  }

  // ── control ────────────────────────────────────────────────────────────────────────────────────────────────────────────
  #terminate(terminator: Terminator): void {
    if (this.terminator.kind !== 'next') throw new ExecError('an instruction ends once')
    this.terminator = terminator
  }
  branchRelative(
    offset: (...values: number[]) => number,
    fields: readonly Operand[],
    options: { readonly when?: Bool; readonly link?: boolean } = {},
  ): void {
    if (options.link) this.writeLR(this.add(this.pc(), this.const(4, 64)))
    this.#terminate({ kind: 'relative', offset, fields, when: options.when && this.#truth(N(options.when)) })
  }
  branchTo(target: Bits, kind: 'jump' | 'call' | 'return'): void {
    this.#terminate({ kind: 'indirect', target: N(target), how: kind })
  }
  #system(name: string, scalars: readonly Node[], slots: readonly Node[] = [], destination?: Operand): void {
    this.#terminate({ kind: 'system', name, scalars, slots, destination })
  }
  exception(kind: ExceptionKind, imm: Operand | number): void {
    const code = EXCEPTION[kind.toLowerCase() as 'svc' | 'hvc' | 'smc' | 'brk' | 'hlt' | 'undefined']
    const value = typeof imm === 'number' ? this.#const(BigInt(imm), 'i32') : this.#derive((v) => v, [imm], 16)
    this.#system('exception', [this.#const(BigInt(code), 'i32'), value])
  }
  eret(): void {
    this.#system('eret', [])
  }
  wait(kind: 'WFI' | 'WFE' | 'YIELD' | 'SEV' | 'SEVL'): void {
    if (kind === 'YIELD') return
    this.#system('wfx', [this.#const(BigInt(WFX[kind.toLowerCase() as 'wfi' | 'wfe' | 'sev' | 'sevl']), 'i32')])
  }

  // ── system ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
  readSysReg(Rt: Operand, encoding: (...values: number[]) => number, ...fields: Operand[]): void {
    this.#system('mrs', [this.#derive(encoding, fields, 16)], [], Rt)
  }
  readStoredSysReg(encoding: number, anywhere: boolean): Bits {
    const result = this.#value('i64')
    this.effects.push({ kind: 'stored', encoding, anywhere, result })
    return B(result)
  }
  writeSysReg(Rt: Operand, encoding: (...values: number[]) => number, ...fields: Operand[]): void {
    this.#system('msr', [this.#derive(encoding, fields, 16)], [N(this.readX(Rt, 64))])
  }
  sys(Rt: Operand, encoding: (...values: number[]) => number, ...fields: Operand[]): void {
    this.#system('sys', [this.#derive(encoding, fields, 16)], [N(this.readX(Rt, 64))])
  }
  writePstate(imm: Operand, encoding: (...values: number[]) => number, ...fields: Operand[]): void {
    this.#system('msrImm', [this.#derive(encoding, fields, 16), this.#derive((v) => v, [imm], 16)])
  }

  // ── vectors ────────────────────────────────────────────────────────────────────────────────────────────────────────────
  #vector(name: string, ...args: Node[]): Vec {
    return V(this.#wasm(name as OpName, 'v128', ...args))
  }
  #extract(v: Node, esize: ESize, index: number, signed: boolean): Node {
    const suffix = esize < 32 ? (signed ? '_s' : '_u') : ''
    const name = `${SHAPE[esize]}.extract_lane${suffix}` as OpName
    return this.#node({ kind: 'wasm', name, lane: index }, esize === 64 ? 'i64' : 'i32', [v])
  }
  #replace(name: OpName, v: Node, value: Node, index: number): Node {
    return this.#node({ kind: 'wasm', name, lane: index }, 'v128', [v, value])
  }
  laneU(v: Vec, esize: ESize, index: number): Bits {
    return B(this.#extract(N(v), esize, index, false))
  }
  laneS(v: Vec, esize: ESize, index: number): Bits {
    return B(this.#extract(N(v), esize, index, true))
  }
  /** Index of a lane whose place is known when the instruction is decoded, or a number where it is known now. */
  #laneIndex(index: (...values: number[]) => number, fields: readonly Operand[]): number | Node {
    const values = fields.map((f) => this.#known(f))
    return values.every((v) => v !== undefined) ? index(...values) : this.#derive(index, fields, 16)
  }
  /** Brings the lane to position 0 with a byte lookup. */
  laneAt(v: Vec, esize: ESize, index: (...values: number[]) => number, ...fields: Operand[]): Bits {
    const at = this.#laneIndex(index, fields)
    if (typeof at === 'number') return this.laneU(v, esize, at)
    const first = this.#binary('mul', at, this.#const(BigInt(esize / 8), 'i32'))
    const bytes = this.vadd(8, this.splat(B(first), 8), this.constVec(0x0f0e0d0c0b0a09080706050403020100n))
    return this.laneU(this.vtbl(v, bytes), esize, 0)
  }
  setLane(v: Vec, esize: ESize, index: number, value: Bits): Vec {
    const lane = esize === 64 ? this.#to64(N(value), false) : this.#to32(N(value))
    return V(this.#replace(`${SHAPE[esize]}.replace_lane` as OpName, N(v), lane, index))
  }
  setLaneAt(v: Vec, esize: ESize, value: Bits, index: (...values: number[]) => number, ...fields: Operand[]): Vec {
    const at = this.#laneIndex(index, fields)
    if (typeof at === 'number') return this.setLane(v, esize, at, value)
    const numbers = {
      8: 0x0f0e0d0c0b0a09080706050403020100n,
      16: 0x00070006000500040003000200010000n,
      32: 0x00000003000000020000000100000000n,
      64: 1n << 64n,
    }
    const mask = this.vcmp(esize, 'eq', this.splat(B(at), esize), this.constVec(numbers[esize]))
    return this.vbsl(mask, this.splat(value, esize), v)
  }
  zeroVec(): Vec {
    return this.constVec(0n)
  }
  constVec(value: bigint): Vec {
    return V(this.#const(value, 'v128'))
  }
  splat(value: Bits, esize: ESize): Vec {
    return this.#vector(`${SHAPE[esize]}.splat`, esize === 64 ? this.#to64(N(value), false) : this.#to32(N(value)))
  }
  fromLanes(esize: ESize, lanes: readonly Bits[]): Vec {
    return lanes.reduce((v, lane, i) => this.setLane(v, esize, i, lane), this.zeroVec())
  }
  vand(a: Vec, b: Vec): Vec {
    return this.#vector('v128.and', N(a), N(b))
  }
  vor(a: Vec, b: Vec): Vec {
    return this.#vector('v128.or', N(a), N(b))
  }
  vxor(a: Vec, b: Vec): Vec {
    return this.#vector('v128.xor', N(a), N(b))
  }
  vnot(a: Vec): Vec {
    return this.#vector('v128.not', N(a))
  }
  vbic(a: Vec, b: Vec): Vec {
    return this.#vector('v128.andnot', N(a), N(b))
  }
  vbsl(mask: Vec, a: Vec, b: Vec): Vec {
    return this.#vector('v128.bitselect', N(a), N(b), N(mask))
  }
  vadd(esize: ESize, a: Vec, b: Vec): Vec {
    return this.#vector(`${SHAPE[esize]}.add`, N(a), N(b))
  }
  vsub(esize: ESize, a: Vec, b: Vec): Vec {
    return this.#vector(`${SHAPE[esize]}.sub`, N(a), N(b))
  }
  vmul(esize: ESize, a: Vec, b: Vec): Vec {
    if (esize !== 8) return this.#vector(`${SHAPE[esize]}.mul`, N(a), N(b))
    // Bytes: odd and even lanes multiplied as halfwords, then merged.
    const low = this.constVec(0x00ff00ff00ff00ff00ff00ff00ff00ffn)
    const eight = this.#const(8n, 'i32')
    const even = this.vmul(16, a, b)
    const shift = (v: Vec): Vec => this.#vector('i16x8.shr_u', N(v), eight)
    const odd = this.#vector('i16x8.shl', N(this.vmul(16, shift(a), shift(b))), eight)
    return this.vbsl(low, even, odd)
  }
  vneg(esize: ESize, a: Vec): Vec {
    return this.#vector(`${SHAPE[esize]}.neg`, N(a))
  }
  vabs(esize: ESize, a: Vec): Vec {
    return this.#vector(`${SHAPE[esize]}.abs`, N(a))
  }
  vmin(esize: 8 | 16 | 32, a: Vec, b: Vec, signed: boolean): Vec {
    return this.#vector(`${SHAPE[esize]}.min_${signed ? 's' : 'u'}`, N(a), N(b))
  }
  vmax(esize: 8 | 16 | 32, a: Vec, b: Vec, signed: boolean): Vec {
    return this.#vector(`${SHAPE[esize]}.max_${signed ? 's' : 'u'}`, N(a), N(b))
  }
  vcmp(esize: ESize, op: 'eq' | 'gt' | 'ge' | 'hi' | 'hs', a: Vec, b: Vec): Vec {
    const unsigned = op === 'hi' || op === 'hs'
    if (unsigned && esize === 64) {
      const bias = this.constVec(0x80000000000000008000000000000000n)
      return this.vcmp(64, op === 'hi' ? 'gt' : 'ge', this.vxor(a, bias), this.vxor(b, bias))
    }
    const name = { eq: 'eq', gt: 'gt_s', ge: 'ge_s', hi: 'gt_u', hs: 'ge_u' }[op]
    return this.#vector(`${SHAPE[esize]}.${name}`, N(a), N(b))
  }
  vshlImm(esize: ESize, a: Vec, amount: (...values: number[]) => number, ...fields: Operand[]): Vec {
    return this.#vector(`${SHAPE[esize]}.shl`, N(a), this.#derive(amount, fields, 16))
  }
  vshrImm(esize: ESize, a: Vec, signed: boolean, amount: (...values: number[]) => number, ...fields: Operand[]): Vec {
    const shape = SHAPE[esize]
    if (signed) {
      return this.#vector(
        `${shape}.shr_s`,
        N(a),
        this.#derive((...f) => Math.min(amount(...f), esize - 1), fields, 16),
      )
    }
    // The host takes the amount modulo esize, so a shift by esize is done in two halves.
    const first = this.#derive((...f) => Math.min(amount(...f), esize - 1), fields, 16)
    const second = this.#derive((...f) => (amount(...f) >= esize ? 1 : 0), fields, 16)
    return this.#vector(`${shape}.shr_u`, N(this.#vector(`${shape}.shr_u`, N(a), first)), second)
  }
  vtbl(table: Vec, indices: Vec): Vec {
    return this.#vector('i8x16.swizzle', N(table), N(indices))
  }
  vshuffle(a: Vec, b: Vec, positions: readonly number[]): Vec {
    return V(this.#node({ kind: 'wasm', name: 'i8x16.shuffle', shuffle: positions }, 'v128', [N(a), N(b)]))
  }
  vpopcount(a: Vec): Vec {
    return this.#vector('i8x16.popcnt', N(a))
  }
  vextend(esize: 8 | 16 | 32, a: Vec, half: 0 | 1, signed: boolean): Vec {
    const wide = SHAPE[(esize * 2) as ESize]
    return this.#vector(`${wide}.extend_${half ? 'high' : 'low'}_${SHAPE[esize]}_${signed ? 's' : 'u'}`, N(a))
  }
  pmull64(a: Bits, b: Bits): Vec {
    const result = this.#value('v128')
    this.effects.push({ kind: 'helper', name: 'pmull64', scalars: [], slots: [N(a), N(b)], results: [result] })
    return V(result)
  }
  crypto(name: string, a: Vec, b?: Vec, c?: Vec): Vec {
    const result = this.#value('v128')
    const slots = [a, b ?? a, c ?? a].flatMap((v) => [
      this.#extract(N(v), 64, 0, false),
      this.#extract(N(v), 64, 1, false),
    ])
    this.effects.push({ kind: 'helper', name: `crypto_${name}`, scalars: [], slots, results: [result] })
    return V(result)
  }
  setQC(when: Bool): void {
    const bit = this.#binary('shl', this.#truth(N(when)), this.#const(27n, 'i32'))
    this.commits.push({
      kind: 'state',
      offset: LAYOUT.fpsr,
      name: 'i32.store',
      value: this.#binary('or', this.#state(LAYOUT.fpsr, 'i32'), bit),
    })
  }

  // ── floating point ─────────────────────────────────────────────────────────────────────────────────────────────────────
  /** One call of the software floating point: `FP_OPS[name]`, a format and an extra word. */
  #fp(
    name: FpOpName,
    format: FpFormat,
    operands: readonly Node[],
    resultType: ValueType,
    aux: Node = this.#const(0n, 'i32'),
    fast?: FastPath,
  ): Node {
    if (fast?.when.constant === 1n) return fast.value
    const result = this.#value(resultType)
    this.effects.push({
      kind: 'helper',
      name: 'fp',
      scalars: [this.#const(BigInt(FP_OPS[name]), 'i32'), this.#const(BigInt(format), 'i32'), aux],
      slots: operands.map((o) => this.#to64(o, false)),
      results: [result],
      ...(fast && { unless: { fast: fast.when, otherwise: [fast.value] } }),
    })
    return result
  }
  #fpType(format: FpFormat): ValueType {
    return format === 64 ? 'i64' : 'i32'
  }
  fpBinary(op: FpBinary, format: FpFormat, a: Bits, b: Bits): Bits {
    if (op === 'nmul') return this.fpNeg(format, this.fpBinary('mul', format, a, b))
    if (op === 'abd') return this.fpAbs(format, this.fpBinary('sub', format, a, b))
    return B(
      this.#fp(
        BINARY[op],
        format,
        [N(a), N(b)],
        this.#fpType(format),
        undefined,
        FAST_BINARY[op]?.(format, N(a), N(b)),
      ),
    )
  }
  fpUnary(op: FpUnary, format: FpFormat, a: Bits): Bits {
    return B(
      this.#fp(
        UNARY[op],
        format,
        [N(a)],
        this.#fpType(format),
        undefined,
        op === 'sqrt' ? fastSqrt(format, N(a)) : undefined,
      ),
    )
  }
  fpMulAdd(format: FpFormat, a: Bits, b: Bits, c: Bits): Bits {
    return B(
      this.#fp(
        'FPMulAdd',
        format,
        [N(a), N(b), N(c)],
        this.#fpType(format),
        undefined,
        fastMulAdd(format, N(a), N(b), N(c)),
      ),
    )
  }
  fpNeg(format: FpFormat, a: Bits): Bits {
    return this.xor(a, this.const(1n << BigInt(format - 1), format === 64 ? 64 : 32))
  }
  fpAbs(format: FpFormat, a: Bits): Bits {
    return this.and(a, this.const((1n << BigInt(format - 1)) - 1n, format === 64 ? 64 : 32))
  }
  fpCompare(format: FpFormat, a: Bits, b: Bits, signalAllNaNs: boolean): Nzcv {
    const packed = B(
      this.#fp(
        'FPCompare',
        format,
        [N(a), N(b)],
        'i32',
        this.#const(signalAllNaNs ? 1n : 0n, 'i32'),
        fastCompare(format, N(a), N(b)),
      ),
    )
    const bit = (n: number): Bool => this.ne(this.and(packed, this.const(1 << n, 32)), this.const(0, 32))
    return { n: bit(3), z: bit(2), c: bit(1), v: bit(0) }
  }
  fpCompareTest(format: FpFormat, op: 'eq' | 'ge' | 'gt', a: Bits, b: Bits): Bool {
    const name = op === 'eq' ? 'FPCompareEQ' : op === 'ge' ? 'FPCompareGE' : 'FPCompareGT'
    return T(this.#fp(name, format, [N(a), N(b)], 'i32', undefined, fastTest(op, format, N(a), N(b))))
  }
  #aux(word: number): Node {
    return this.#const(BigInt(word), 'i32')
  }
  fpRoundInt(format: FpFormat, a: Bits, rounding: Rounding, exact: boolean): Bits {
    return B(
      this.#fp(
        'FPRoundInt',
        format,
        [N(a)],
        this.#fpType(format),
        this.#aux(fpRoundIntAux(ROUNDING[rounding], exact)),
        fastRoundInt(format, N(a), rounding, exact),
      ),
    )
  }
  #fixedAux(
    w: Width,
    signed: boolean,
    rounding: Rounding,
    fbits: Operand | 0,
    fbitsOf: (value: number) => number,
  ): Node {
    const aux = (n: number): number => fpFixedAux(ROUNDING[rounding], !signed, w, n)
    return fbits === 0 ? this.#aux(aux(0)) : this.#derive((v) => aux(fbitsOf(v)), [fbits], 32)
  }
  /** The number of fraction bits in an aux word; absent where an instruction has none. */
  #fractionBits(aux: Node, fbits: Operand | 0): Node | undefined {
    return fbits === 0 ? undefined : this.#binary('shr_u', aux, this.#const(11n, 'i32'))
  }
  fpToFixed(
    format: FpFormat,
    w: Width,
    signed: boolean,
    a: Bits,
    rounding: Rounding,
    fbits: Operand | 0,
    fbitsOf: (value: number) => number = (v) => v,
  ): Bits {
    const aux = this.#fixedAux(w, signed, rounding, fbits, fbitsOf)
    return B(
      this.#fp(
        'FPToFixed',
        format,
        [N(a)],
        typeOf(w),
        aux,
        fastToFixed(format, w, signed, N(a), rounding, this.#fractionBits(aux, fbits)),
      ),
    )
  }
  fixedToFp(
    format: FpFormat,
    w: Width,
    signed: boolean,
    a: Bits,
    fbits: Operand | 0,
    fbitsOf: (value: number) => number = (v) => v,
  ): Bits {
    const aux = this.#fixedAux(w, signed, 'cur', fbits, fbitsOf)
    return B(
      this.#fp(
        'FixedToFP',
        format,
        [N(a)],
        this.#fpType(format),
        aux,
        fastFromFixed(format, w, signed, N(a), this.#fractionBits(aux, fbits)),
      ),
    )
  }
  fpConvert(from: FpFormat, to: FpFormat, a: Bits): Bits {
    return B(
      this.#fp(
        'FPConvert',
        from,
        [N(a)],
        this.#fpType(to),
        this.#aux(fpConvertAux(roundByFpcr, to)),
        fastConvert(from, to, N(a)),
      ),
    )
  }
  fpConvertOdd(a: Bits): Bits {
    return B(this.#fp('FPConvert', 64, [N(a)], 'i32', this.#aux(fpConvertAux(FPRounding.ODD, 32))))
  }
  unsignedEstimate(op: 'urecpe' | 'ursqrte', a: Bits): Bits {
    return B(this.#fp(op === 'urecpe' ? 'UnsignedRecipEstimate' : 'UnsignedRSqrtEstimate', 32, [N(a)], 'i32'))
  }
  vfpBinary(op: FpBinary, format: FpFormat, a: Vec, b: Vec, lanes: number): Vec {
    const esize = format as ESize
    const fast = lanes > 1 ? FAST_VECTOR[op]?.(format, N(a), N(b), lanes) : undefined
    return this.fromLanes(
      esize,
      Array.from({ length: lanes }, (_, i) => {
        const [x, y] = [this.laneU(a, esize, i), this.laneU(b, esize, i)]
        if (!fast || op === 'nmul' || op === 'abd') return this.fpBinary(op, format, x, y)
        // One test for all lanes; where it fails all are done one by one.
        return B(
          this.#fp(BINARY[op], format, [N(x), N(y)], this.#fpType(format), undefined, {
            when: fast.when,
            value: this.#extract(fast.value, esize, i, false),
          }),
        )
      }),
    )
  }
  vfpMulAdd(format: FpFormat, a: Vec, b: Vec, c: Vec, lanes: number): Vec {
    const esize = format as ESize
    const fast = lanes > 1 ? fastVectorMulAdd(format, N(a), N(b), N(c), lanes) : undefined
    return this.fromLanes(
      esize,
      Array.from({ length: lanes }, (_, i) => {
        const operands = [this.laneU(a, esize, i), this.laneU(b, esize, i), this.laneU(c, esize, i)] as const
        if (!fast) return this.fpMulAdd(format, ...operands)
        return B(
          this.#fp('FPMulAdd', format, operands.map(N), this.#fpType(format), undefined, {
            when: fast.when,
            value: this.#extract(fast.value, esize, i, false),
          }),
        )
      }),
    )
  }
}

/** Truth of a condition for each NZCV (bit n of the result is for NZCV = n). [ARM] C1.2.4. */
function conditionRow(cond: number): number {
  let row = 0
  for (let nzcv = 0; nzcv < 16; nzcv++) {
    const [n, z, c, v] = [(nzcv >> 3) & 1, (nzcv >> 2) & 1, (nzcv >> 1) & 1, nzcv & 1]
    const base = [z, c, n, v, c & (z ^ 1), n ^ v ^ 1, (z ^ 1) & (n ^ v ^ 1), 1][cond >> 1] as number
    const holds = cond & 1 && cond !== 15 ? base ^ 1 : base
    row |= holds << nzcv
  }
  return row
}
