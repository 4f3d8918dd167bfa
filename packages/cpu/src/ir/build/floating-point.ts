/** Floating-point arithmetic and comparison, by the host where it gives Arm's result. [ARM] A1.5. */

import { FP_OPS, type FpOpName } from '../../fp/index.ts'
import type { Bits, Bool, ESize, FpBinary, FpFormat, FpUnary, Nzcv, Vec } from '../../isa/ops.ts'
import type { ValueType } from '../../wasm/opcodes.ts'
import { fastMulAdd, fusedMulAdd, fusedVectorMulAdd } from '../fp-fast/fused.ts'
import {
  fastVectorBinary,
  fastVectorMinMax,
  fastVectorMulAdd,
  fastVectorSqrt,
  fastVectorTest,
} from '../fp-fast/lanes.ts'
import { fastBinary, fastCompare, fastMinMax, fastSqrt, fastTest } from '../fp-fast/scalars.ts'
import { type FastPath, float, op as hostOp, or, toBits, toFloat } from '../fp-fast/values.ts'
import type { Effect, Node } from '../node.ts'
import { asBits, asBool, asVec, nodeOf } from './opaque.ts'
import { VectorBuilder } from './vectors.ts'

const binaryNames: Record<Exclude<FpBinary, 'nmul' | 'abd'>, FpOpName> = {
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
const unaryNames: Record<FpUnary, FpOpName> = {
  sqrt: 'FPSqrt',
  recpe: 'FPRecipEstimate',
  rsqrte: 'FPRSqrtEstimate',
  recpx: 'FPRecpX',
}
const fastBinaries: Partial<Record<FpBinary, (format: FpFormat, a: Node, b: Node) => FastPath | undefined>> = {
  add: (...args) => fastBinary('add', ...args),
  sub: (...args) => fastBinary('sub', ...args),
  mul: (...args) => fastBinary('mul', ...args),
  div: (...args) => fastBinary('div', ...args),
  max: (...args) => fastMinMax('max', ...args),
  min: (...args) => fastMinMax('min', ...args),
  maxnm: (...args) => fastMinMax('max', ...args),
  minnm: (...args) => fastMinMax('min', ...args),
}
const fastVectorBinaries: Partial<
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

/** Computes with floating-point numbers as raw bits. */
export abstract class FloatingPointBuilder extends VectorBuilder {
  /** Goes on with a fast path's value; where it does not hold the instruction is the interpreter's. */
  protected guarded({ value, when, quick, rare }: FastPath): Node {
    if (when.constant !== 1n) this.effects.push({ kind: 'guard', quick, when: rare ? or(when, rare) : when })
    return value
  }
  /**
   * One call of the software floating point: `FP_OPS[name]`, a format and an extra word. With a fast path it is called where that does
   * not hold, or left to the interpreter where that is possible.
   */
  protected softFloat(
    name: FpOpName,
    format: FpFormat,
    operands: readonly Node[],
    resultType: ValueType,
    aux: Node = this.constant(0n, 'i32'),
    fast?: FastPath,
  ): Node {
    if (fast?.when.constant === 1n) return fast.value
    if (fast && this.canLeave) return this.guarded(fast)
    const result = this.value(resultType)
    this.effects.push({
      kind: 'helper',
      name: 'fp',
      scalars: [this.constant(BigInt(FP_OPS[name]), 'i32'), this.constant(BigInt(format), 'i32'), aux],
      slots: operands.map((o) => this.to64(o, false)),
      results: [result],
      ...(fast && { unless: { fast: fast.when, otherwise: [fast.value] } }),
    })
    return result
  }
  protected fpType(format: FpFormat): ValueType {
    return format === 64 ? 'i64' : 'i32'
  }
  fpBinary(op: FpBinary, format: FpFormat, a: Bits, b: Bits): Bits {
    if (op === 'nmul') return this.fpNeg(format, this.fpBinary('mul', format, a, b))
    if (op === 'abd') return this.fpAbs(format, this.fpBinary('sub', format, a, b))
    return asBits(
      this.softFloat(
        binaryNames[op],
        format,
        [nodeOf(a), nodeOf(b)],
        this.fpType(format),
        undefined,
        fastBinaries[op]?.(format, nodeOf(a), nodeOf(b)),
      ),
    )
  }
  fpUnary(op: FpUnary, format: FpFormat, a: Bits): Bits {
    return asBits(
      this.softFloat(
        unaryNames[op],
        format,
        [nodeOf(a)],
        this.fpType(format),
        undefined,
        op === 'sqrt' ? fastSqrt(format, nodeOf(a)) : undefined,
      ),
    )
  }
  fpMulAdd(format: FpFormat, a: Bits, b: Bits, c: Bits): Bits {
    return asBits(
      this.softFloat(
        'FPMulAdd',
        format,
        [nodeOf(a), nodeOf(b), nodeOf(c)],
        this.fpType(format),
        undefined,
        this.canLeave && format === 64
          ? fusedMulAdd(nodeOf(a), nodeOf(b), nodeOf(c))
          : fastMulAdd(format, nodeOf(a), nodeOf(b), nodeOf(c)),
      ),
    )
  }
  /** The host changes signs without looking at the number, NaNs included. */
  private changeSign(name: 'neg' | 'abs', format: 32 | 64, a: Bits): Bits {
    const f = float(format)
    return asBits(toBits(hostOp(`${f}.${name}`, f, toFloat(nodeOf(a), format)), format))
  }
  fpNeg(format: FpFormat, a: Bits): Bits {
    if (format !== 16) return this.changeSign('neg', format, a)
    return this.xor(a, this.const(0x8000, 32))
  }
  fpAbs(format: FpFormat, a: Bits): Bits {
    if (format !== 16) return this.changeSign('abs', format, a)
    return this.and(a, this.const(0x7fff, 32))
  }
  fpCompare(format: FpFormat, a: Bits, b: Bits, signalAllNaNs: boolean): Nzcv {
    const fast = fastCompare(format, nodeOf(a), nodeOf(b), signalAllNaNs)
    if (fast && format !== 16 && this.canLeave) {
      this.guarded(fast)
      return this.nzcvOf({ type: float(format), x: toFloat(nodeOf(a), format), y: toFloat(nodeOf(b), format) })
    }
    const packed = asBits(
      this.softFloat(
        'FPCompare',
        format,
        [nodeOf(a), nodeOf(b)],
        'i32',
        this.constant(signalAllNaNs ? 1n : 0n, 'i32'),
        fast,
      ),
    )
    const bit = (n: number): Bool => this.ne(this.and(packed, this.const(1 << n, 32)), this.const(0, 32))
    return { n: bit(3), z: bit(2), c: bit(1), v: bit(0) }
  }
  fpCompareTest(format: FpFormat, op: 'eq' | 'ge' | 'gt', a: Bits, b: Bits): Bool {
    const name = op === 'eq' ? 'FPCompareEQ' : op === 'ge' ? 'FPCompareGE' : 'FPCompareGT'
    return asBool(
      this.softFloat(
        name,
        format,
        [nodeOf(a), nodeOf(b)],
        'i32',
        undefined,
        fastTest(op, format, nodeOf(a), nodeOf(b)),
      ),
    )
  }
  /** A fast path for all lanes at once, or lane by lane. */
  private byLanes(fast: FastPath | undefined, lane: (index: number) => Bits, esize: ESize, lanes: number): Vec {
    const each = (): Vec =>
      this.fromLanes(
        esize,
        Array.from({ length: lanes }, (_, i) => lane(i)),
      )
    if (!fast) return each()
    if (this.canLeave) return asVec(this.guarded(fast))
    const before = this.effects.length
    const slow = nodeOf(each())
    const effects: Effect[] = this.effects.splice(before)
    const result = this.value('v128')
    this.effects.push({ kind: 'choice', when: fast.when, fast: fast.value, effects, slow, result })
    return asVec(result)
  }
  vfpBinary(op: FpBinary, format: FpFormat, a: Vec, b: Vec, lanes: number): Vec {
    const esize = format as ESize
    if (op === 'abd' && format !== 16) {
      const difference = this.vfpBinary('sub', format, a, b, lanes)
      return asVec(hostOp(`${format === 64 ? 'f64x2' : 'f32x4'}.abs`, 'v128', nodeOf(difference)))
    }
    return this.byLanes(
      lanes > 1 ? fastVectorBinaries[op]?.(format, nodeOf(a), nodeOf(b), lanes) : undefined,
      (i) => this.fpBinary(op, format, this.laneU(a, esize, i), this.laneU(b, esize, i)),
      esize,
      lanes,
    )
  }
  vfpMulAdd(format: FpFormat, a: Vec, b: Vec, c: Vec, lanes: number): Vec {
    const esize = format as ESize
    const operands = [nodeOf(a), nodeOf(b), nodeOf(c)] as const
    const allAtOnce = (): FastPath | undefined =>
      this.canLeave && format === 64 ? fusedVectorMulAdd(...operands) : fastVectorMulAdd(format, ...operands, lanes)
    return this.byLanes(
      lanes > 1 ? allAtOnce() : undefined,
      (i) => this.fpMulAdd(format, this.laneU(a, esize, i), this.laneU(b, esize, i), this.laneU(c, esize, i)),
      esize,
      lanes,
    )
  }
  vfpCompareTest(format: FpFormat, op: 'eq' | 'ge' | 'gt', a: Vec, b: Vec, lanes: number): Vec {
    const esize = format as ESize
    return this.byLanes(
      lanes > 1 ? fastVectorTest(op, format, nodeOf(a), nodeOf(b), lanes) : undefined,
      (i) => {
        const holds = this.fpCompareTest(format, op, this.laneU(a, esize, i), this.laneU(b, esize, i))
        return this.neg(this.fromBool(holds, format === 64 ? 64 : 32))
      },
      esize,
      lanes,
    )
  }
  vfpUnary(op: FpUnary, format: FpFormat, a: Vec, lanes: number): Vec {
    const esize = format as ESize
    return this.byLanes(
      lanes > 1 && op === 'sqrt' ? fastVectorSqrt(format, nodeOf(a), lanes) : undefined,
      (i) => this.fpUnary(op, format, this.laneU(a, esize, i)),
      esize,
      lanes,
    )
  }
}
