/** 128-bit vectors by lanes and as a whole. */

import type { Operand } from '../../isa/dsl.ts'
import type { Bits, Bool, ESize, Ops, Vec } from '../../isa/ops.ts'
import { LAYOUT } from '../../state.ts'
import type { OpName } from '../../wasm/opcodes.ts'
import { aesDecrypt, aesEncrypt, aesInverseMixColumns, aesMixColumns } from '../crypto/aes.ts'
import {
  sha1Choose,
  sha1Majority,
  sha1Parity,
  sha1Schedule0,
  sha1Schedule1,
  sha256Hash,
  sha256Hash2,
  sha256Schedule0,
  sha256Schedule1,
} from '../crypto/sha.ts'
import type { Node } from '../node.ts'
import { asBits, asVec, nodeOf } from './opaque.ts'
import { SystemBuilder } from './system.ts'

type CryptoName = Parameters<Ops['crypto']>[0]

const cryptography: Record<CryptoName, (a: Node, b: Node, c: Node) => Node> = {
  AESE: aesEncrypt,
  AESD: aesDecrypt,
  AESMC: aesMixColumns,
  AESIMC: aesInverseMixColumns,
  SHA1C: sha1Choose,
  SHA1P: sha1Parity,
  SHA1M: sha1Majority,
  SHA1SU0: sha1Schedule0,
  SHA1SU1: sha1Schedule1,
  SHA256H: sha256Hash,
  SHA256H2: sha256Hash2,
  SHA256SU0: sha256Schedule0,
  SHA256SU1: sha256Schedule1,
}

const shapes: Record<ESize, 'i8x16' | 'i16x8' | 'i32x4' | 'i64x2'> = {
  8: 'i8x16',
  16: 'i16x8',
  32: 'i32x4',
  64: 'i64x2',
}

/** Computes with vectors. */
export abstract class VectorBuilder extends SystemBuilder {
  private vector(name: string, ...args: Node[]): Vec {
    return asVec(this.wasm(name as OpName, 'v128', ...args))
  }
  protected extractLane(v: Node, esize: ESize, index: number, signed: boolean): Node {
    const suffix = esize < 32 ? (signed ? '_s' : '_u') : ''
    const name = `${shapes[esize]}.extract_lane${suffix}` as OpName
    return this.node({ kind: 'wasm', name, lane: index }, esize === 64 ? 'i64' : 'i32', [v])
  }
  protected replaceLane(name: OpName, v: Node, value: Node, index: number): Node {
    return this.node({ kind: 'wasm', name, lane: index }, 'v128', [v, value])
  }
  laneU(v: Vec, esize: ESize, index: number): Bits {
    return asBits(this.extractLane(nodeOf(v), esize, index, false))
  }
  laneS(v: Vec, esize: ESize, index: number): Bits {
    return asBits(this.extractLane(nodeOf(v), esize, index, true))
  }
  /** Index of a lane whose place is known when the instruction is decoded, or a number where it is known now. */
  private laneIndex(index: (...values: number[]) => number, fields: readonly Operand[]): number | Node {
    const values = fields.map((f) => this.known(f))
    return values.every((v) => v !== undefined) ? index(...values) : this.derived(index, fields, 16)
  }
  /** Brings the lane to position 0 with a byte lookup. */
  laneAt(v: Vec, esize: ESize, index: (...values: number[]) => number, ...fields: Operand[]): Bits {
    const at = this.laneIndex(index, fields)
    if (typeof at === 'number') return this.laneU(v, esize, at)
    const first = this.binary('mul', at, this.constant(BigInt(esize / 8), 'i32'))
    const bytes = this.vadd(8, this.splat(asBits(first), 8), this.constVec(0x0f0e0d0c0b0a09080706050403020100n))
    return this.laneU(this.vtbl(v, bytes), esize, 0)
  }
  setLane(v: Vec, esize: ESize, index: number, value: Bits): Vec {
    const lane = esize === 64 ? this.to64(nodeOf(value), false) : this.to32(nodeOf(value))
    return asVec(this.replaceLane(`${shapes[esize]}.replace_lane` as OpName, nodeOf(v), lane, index))
  }
  setLaneAt(v: Vec, esize: ESize, value: Bits, index: (...values: number[]) => number, ...fields: Operand[]): Vec {
    const at = this.laneIndex(index, fields)
    if (typeof at === 'number') return this.setLane(v, esize, at, value)
    const numbers = {
      8: 0x0f0e0d0c0b0a09080706050403020100n,
      16: 0x00070006000500040003000200010000n,
      32: 0x00000003000000020000000100000000n,
      64: 1n << 64n,
    }
    const mask = this.vcmp(esize, 'eq', this.splat(asBits(at), esize), this.constVec(numbers[esize]))
    return this.vbsl(mask, this.splat(value, esize), v)
  }
  zeroVec(): Vec {
    return this.constVec(0n)
  }
  constVec(value: bigint): Vec {
    return asVec(this.constant(value, 'v128'))
  }
  deriveVec(fn: (...values: number[]) => bigint, ...fields: Operand[]): Vec {
    const known = fields.map((f) => this.known(f))
    if (known.every((value) => value !== undefined)) return this.constVec(BigInt.asUintN(128, fn(...known)))
    const lo = this.derived((...v) => BigInt.asUintN(64, fn(...v)), fields, 64)
    const hi = this.derived((...v) => BigInt.asUintN(64, fn(...v) >> 64n), fields, 64)
    return asVec(this.replaceLane('i64x2.replace_lane', this.wasm('i64x2.splat', 'v128', lo), hi, 1))
  }
  splat(value: Bits, esize: ESize): Vec {
    return this.vector(
      `${shapes[esize]}.splat`,
      esize === 64 ? this.to64(nodeOf(value), false) : this.to32(nodeOf(value)),
    )
  }
  fromLanes(esize: ESize, lanes: readonly Bits[]): Vec {
    return lanes.reduce((v, lane, i) => this.setLane(v, esize, i, lane), this.zeroVec())
  }
  vand(a: Vec, b: Vec): Vec {
    return this.vector('v128.and', nodeOf(a), nodeOf(b))
  }
  vor(a: Vec, b: Vec): Vec {
    return this.vector('v128.or', nodeOf(a), nodeOf(b))
  }
  vxor(a: Vec, b: Vec): Vec {
    return this.vector('v128.xor', nodeOf(a), nodeOf(b))
  }
  vnot(a: Vec): Vec {
    return this.vector('v128.not', nodeOf(a))
  }
  vbic(a: Vec, b: Vec): Vec {
    return this.vector('v128.andnot', nodeOf(a), nodeOf(b))
  }
  vbsl(mask: Vec, a: Vec, b: Vec): Vec {
    return this.vector('v128.bitselect', nodeOf(a), nodeOf(b), nodeOf(mask))
  }
  vadd(esize: ESize, a: Vec, b: Vec): Vec {
    return this.vector(`${shapes[esize]}.add`, nodeOf(a), nodeOf(b))
  }
  vsub(esize: ESize, a: Vec, b: Vec): Vec {
    return this.vector(`${shapes[esize]}.sub`, nodeOf(a), nodeOf(b))
  }
  vmul(esize: ESize, a: Vec, b: Vec): Vec {
    if (esize !== 8) return this.vector(`${shapes[esize]}.mul`, nodeOf(a), nodeOf(b))
    // Bytes: odd and even lanes multiplied as halfwords, then merged.
    const low = this.constVec(0x00ff00ff00ff00ff00ff00ff00ff00ffn)
    const eight = this.constant(8n, 'i32')
    const even = this.vmul(16, a, b)
    const shift = (v: Vec): Vec => this.vector('i16x8.shr_u', nodeOf(v), eight)
    const odd = this.vector('i16x8.shl', nodeOf(this.vmul(16, shift(a), shift(b))), eight)
    return this.vbsl(low, even, odd)
  }
  vneg(esize: ESize, a: Vec): Vec {
    return this.vector(`${shapes[esize]}.neg`, nodeOf(a))
  }
  vabs(esize: ESize, a: Vec): Vec {
    return this.vector(`${shapes[esize]}.abs`, nodeOf(a))
  }
  vmin(esize: 8 | 16 | 32, a: Vec, b: Vec, signed: boolean): Vec {
    return this.vector(`${shapes[esize]}.min_${signed ? 's' : 'u'}`, nodeOf(a), nodeOf(b))
  }
  vmax(esize: 8 | 16 | 32, a: Vec, b: Vec, signed: boolean): Vec {
    return this.vector(`${shapes[esize]}.max_${signed ? 's' : 'u'}`, nodeOf(a), nodeOf(b))
  }
  vcmp(esize: ESize, op: 'eq' | 'gt' | 'ge' | 'hi' | 'hs', a: Vec, b: Vec): Vec {
    const unsigned = op === 'hi' || op === 'hs'
    if (unsigned && esize === 64) {
      const bias = this.constVec(0x80000000000000008000000000000000n)
      return this.vcmp(64, op === 'hi' ? 'gt' : 'ge', this.vxor(a, bias), this.vxor(b, bias))
    }
    const name = { eq: 'eq', gt: 'gt_s', ge: 'ge_s', hi: 'gt_u', hs: 'ge_u' }[op]
    return this.vector(`${shapes[esize]}.${name}`, nodeOf(a), nodeOf(b))
  }
  vshlImm(esize: ESize, a: Vec, amount: (...values: number[]) => number, ...fields: Operand[]): Vec {
    return this.vector(`${shapes[esize]}.shl`, nodeOf(a), this.derived(amount, fields, 16))
  }
  vshrImm(esize: ESize, a: Vec, signed: boolean, amount: (...values: number[]) => number, ...fields: Operand[]): Vec {
    const shape = shapes[esize]
    if (signed) {
      return this.vector(
        `${shape}.shr_s`,
        nodeOf(a),
        this.derived((...f) => Math.min(amount(...f), esize - 1), fields, 16),
      )
    }
    const known = fields.map((f) => this.known(f))
    if (known.every((value) => value !== undefined)) {
      const by = amount(...known)
      return by >= esize ? this.zeroVec() : this.vector(`${shape}.shr_u`, nodeOf(a), this.constant(BigInt(by), 'i32'))
    }
    // The host takes the amount modulo esize, so a shift by esize is done in two halves.
    const first = this.derived((...f) => Math.min(amount(...f), esize - 1), fields, 16)
    const second = this.derived((...f) => (amount(...f) >= esize ? 1 : 0), fields, 16)
    return this.vector(`${shape}.shr_u`, nodeOf(this.vector(`${shape}.shr_u`, nodeOf(a), first)), second)
  }
  vtbl(table: Vec, indices: Vec): Vec {
    return this.vector('i8x16.swizzle', nodeOf(table), nodeOf(indices))
  }
  vtblAt(v: Vec, position: (at: number, ...values: number[]) => number, ...fields: Operand[]): Vec {
    const places = Array.from({ length: 16 }, (_, at) => at)
    const known = fields.map((f) => this.known(f))
    if (known.every((value) => value !== undefined))
      return this.vshuffle(
        v,
        v,
        places.map((at) => position(at, ...known)),
      )
    const packed = (...values: number[]): bigint =>
      places.reduce((all, at) => all | (BigInt(position(at, ...values)) << BigInt(8 * at)), 0n)
    return this.vtbl(v, this.deriveVec(packed, ...fields))
  }
  vshuffle(a: Vec, b: Vec, positions: readonly number[]): Vec {
    return asVec(this.node({ kind: 'wasm', name: 'i8x16.shuffle', shuffle: positions }, 'v128', [nodeOf(a), nodeOf(b)]))
  }
  vpopcount(a: Vec): Vec {
    return this.vector('i8x16.popcnt', nodeOf(a))
  }
  vextend(esize: 8 | 16 | 32, a: Vec, half: 0 | 1, signed: boolean): Vec {
    const wide = shapes[(esize * 2) as ESize]
    return this.vector(`${wide}.extend_${half ? 'high' : 'low'}_${shapes[esize]}_${signed ? 's' : 'u'}`, nodeOf(a))
  }
  pmull64(a: Bits, b: Bits): Vec {
    return asVec(this.node({ kind: 'call', name: 'pmull64' }, 'v128', [nodeOf(a), nodeOf(b)]))
  }
  crypto(name: CryptoName, a: Vec, b?: Vec, c?: Vec): Vec {
    return asVec(cryptography[name](nodeOf(a), nodeOf(b ?? a), nodeOf(c ?? a)))
  }
  setQC(when: Bool): void {
    const bit = this.binary('shl', this.truth(nodeOf(when)), this.constant(27n, 'i32'))
    this.commits.push({
      kind: 'state',
      offset: LAYOUT.fpsr,
      name: 'i32.store',
      value: this.binary('or', this.state(LAYOUT.fpsr, 'i32'), bit),
    })
  }
}
