/** Floating-point arithmetic and comparison, by the host where it gives Arm's result. [ARM] A1.5. */

import { FP_OPS, type FpOpName } from '../../fp/index.ts'
import type { Bits, Bool, ESize, FpBinary, FpFormat, FpUnary, Nzcv, Vec } from '../../isa/ops.ts'
import type { ValueType } from '../../wasm/opcodes.ts'
import {
  type FastPath,
  fastBinary,
  fastCompare,
  fastMinMax,
  fastMulAdd,
  fastSqrt,
  fastTest,
  fastVectorBinary,
  fastVectorMinMax,
  fastVectorMulAdd,
} from '../fp-fast.ts'
import type { Node } from '../node.ts'
import { asBits, asBool, nodeOf } from './opaque.ts'
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
  /** One call of the software floating point: `FP_OPS[name]`, a format and an extra word. */
  protected softFloat(
    name: FpOpName,
    format: FpFormat,
    operands: readonly Node[],
    resultType: ValueType,
    aux: Node = this.constant(0n, 'i32'),
    fast?: FastPath,
  ): Node {
    if (fast?.when.constant === 1n) return fast.value
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
        fastMulAdd(format, nodeOf(a), nodeOf(b), nodeOf(c)),
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
    const packed = asBits(
      this.softFloat(
        'FPCompare',
        format,
        [nodeOf(a), nodeOf(b)],
        'i32',
        this.constant(signalAllNaNs ? 1n : 0n, 'i32'),
        fastCompare(format, nodeOf(a), nodeOf(b)),
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
  vfpBinary(op: FpBinary, format: FpFormat, a: Vec, b: Vec, lanes: number): Vec {
    const esize = format as ESize
    const fast = lanes > 1 ? fastVectorBinaries[op]?.(format, nodeOf(a), nodeOf(b), lanes) : undefined
    return this.fromLanes(
      esize,
      Array.from({ length: lanes }, (_, i) => {
        const [x, y] = [this.laneU(a, esize, i), this.laneU(b, esize, i)]
        if (!fast || op === 'nmul' || op === 'abd') return this.fpBinary(op, format, x, y)
        // One test for all lanes; where it fails all are done one by one.
        return asBits(
          this.softFloat(binaryNames[op], format, [nodeOf(x), nodeOf(y)], this.fpType(format), undefined, {
            when: fast.when,
            value: this.extractLane(fast.value, esize, i, false),
          }),
        )
      }),
    )
  }
  vfpMulAdd(format: FpFormat, a: Vec, b: Vec, c: Vec, lanes: number): Vec {
    const esize = format as ESize
    const fast = lanes > 1 ? fastVectorMulAdd(format, nodeOf(a), nodeOf(b), nodeOf(c), lanes) : undefined
    return this.fromLanes(
      esize,
      Array.from({ length: lanes }, (_, i) => {
        const operands = [this.laneU(a, esize, i), this.laneU(b, esize, i), this.laneU(c, esize, i)] as const
        if (!fast) return this.fpMulAdd(format, ...operands)
        return asBits(
          this.softFloat('FPMulAdd', format, operands.map(nodeOf), this.fpType(format), undefined, {
            when: fast.when,
            value: this.extractLane(fast.value, esize, i, false),
          }),
        )
      }),
    )
  }
}
