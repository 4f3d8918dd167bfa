/** Lanes: a scalar is a vector of one lane, so that one meaning serves both forms of an instruction. [ARM] J1.3, Elem[]. */

import type { FieldValues, Operand } from '../dsl.ts'
import type { Bits, Bool, ESize, Ops, Vec } from '../ops.ts'

/** How much of its registers an instruction works on: `esize` for a scalar, 64 or 128 for a vector. */
export type DataSize = 8 | 16 | 32 | 64 | 128

/**
 * Meaning of an instruction of two source registers, lane by lane; `d` reads the destination where it is a source too.
 * What lies above `bits` of the result is dropped by the caller.
 */
export type Binary = (m: Ops, esize: ESize, bits: DataSize, a: Vec, b: Vec, d: () => Vec) => Vec

/** Meaning of an instruction of one source register. */
export type Unary = (m: Ops, esize: ESize, bits: DataSize, a: Vec, d: () => Vec) => Vec

/** Element size of a `size` field. */
export const esizeOf = (size: number): ESize => (8 << size) as ESize

/** Element size of an `sz` field. */
export const formatOf = (sz: number): 32 | 64 => (sz ? 64 : 32)

/** Vector size of a Q field. */
export const bitsOf = (Q: number): 64 | 128 => (Q ? 128 : 64)

/** An element size that is known not to be 64: vectors of doublewords are reserved for the operation. */
export const narrow = (esize: ESize): 8 | 16 | 32 => esize as 8 | 16 | 32

/** The size of elements twice as wide. */
export const twice = (esize: ESize): ESize => (esize * 2) as ESize

/** `size` and Q of a vector with more than one lane. */
export const isVector = (f: FieldValues): boolean => f.size !== 3 || f.Q === 1

/** `size` below 64 bits. */
export const upTo32 = (f: FieldValues): boolean => f.size !== 3

/** `size` of 16 or 32 bits. */
export const is16Or32 = (f: FieldValues): boolean => f.size === 1 || f.size === 2

/** `sz` and Q of a floating-point vector with more than one lane. */
export const isFpVector = (f: FieldValues): boolean => f.sz !== 1 || f.Q === 1

/** All lanes the same constant. */
export function constLanes(m: Ops, esize: ESize, value: bigint): Vec {
  let all = 0n
  for (let at = 0; at < 128; at += esize) all |= BigInt.asUintN(esize, value) << BigInt(at)
  return m.constVec(all)
}

/** The greatest signed value of a lane. */
export const maxSigned = (esize: number): bigint => (1n << BigInt(esize - 1)) - 1n

/** The greatest unsigned value of a lane. */
export const maxUnsigned = (esize: number): bigint => (1n << BigInt(esize)) - 1n

/** Whether any of the low `bits` of a vector is set. */
export function isAnySet(m: Ops, bits: DataSize, v: Vec): Bool {
  if (bits < 128) return m.notB(m.isZero(m.laneU(v, bits as ESize, 0)))
  return m.notB(m.isZero(m.or(m.laneU(v, 64, 0), m.laneU(v, 64, 1))))
}

/** Sets FPSR.QC where the mask has a bit within the data. */
export function saturates(m: Ops, bits: DataSize, mask: Vec): void {
  m.setQC(isAnySet(m, bits, mask))
}

/** Sign of each lane as a mask. */
export const signMask = (m: Ops, esize: ESize, v: Vec): Vec => m.vshrImm(esize, v, true, () => esize - 1)

/** Builds a vector from a function of the lane number. */
export function mapLanes(m: Ops, esize: ESize, bits: DataSize, lane: (index: number) => Bits): Vec {
  return m.fromLanes(
    esize,
    Array.from({ length: bits / esize }, (_, i) => lane(i)),
  )
}

/** Lanes of a:b by number, a's first; what is not named is anything. */
function pickLanes(m: Ops, esize: ESize, a: Vec, b: Vec, lanes: readonly number[]): Vec {
  const bytes = esize / 8
  return m.vshuffle(
    a,
    b,
    Array.from({ length: 16 }, (_, at) => (lanes[Math.floor(at / bytes)] ?? 0) * bytes + (at % bytes)),
  )
}

const count = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i)

/** Even and odd lanes of the low `bits` of a followed by those of b. */
export function pairs(m: Ops, esize: ESize, bits: 64 | 128, a: Vec, b: Vec): readonly [Vec, Vec] {
  const n = bits / esize
  const laneOf = (i: number): number => (i < n ? i : i - n + 128 / esize)
  const take = (odd: 0 | 1): Vec =>
    pickLanes(
      m,
      esize,
      a,
      b,
      count(n).map((i) => laneOf(2 * i + odd)),
    )
  return [take(0), take(1)]
}

/**
 * The low (0) or high (1) halves of wide lanes, packed. With Q they become the upper half of the vector, and the lower half of the
 * destination stays. @param esize of the packed lanes
 */
export function packHalves(m: Ops, esize: ESize, wide: Vec, half: 0 | 1, Q: number, d: () => Vec): Vec {
  const n = 64 / esize
  const all = 128 / esize
  if (!Q)
    return pickLanes(
      m,
      esize,
      wide,
      wide,
      count(n).map((i) => 2 * i + half),
    )
  return pickLanes(m, esize, d(), wide, [...count(n), ...count(n).map((i) => all + 2 * i + half)])
}

/** Folds all lanes of the low `bits` into lane 0 by an operation on vectors that associates. */
export function foldLanes(m: Ops, esize: ESize, bits: 64 | 128, v: Vec, op: (a: Vec, b: Vec) => Vec): Vec {
  let folded = v
  for (let n = bits / esize / 2; n >= 1; n /= 2) {
    const upper = pickLanes(
      m,
      esize,
      folded,
      folded,
      count(n).map((i) => i + n),
    )
    folded = op(folded, upper)
  }
  return folded
}

/** All lanes equal to one lane, whose number comes from fields at decode time. */
export function splatLane(
  m: Ops,
  v: Vec,
  esize: ESize,
  index: (...values: number[]) => number,
  ...fields: Operand[]
): Vec {
  const bytes = esize / 8
  // Which byte each byte comes from: a lookup, of constants where the fields are known.
  return m.vtblAt(v, (at, ...f) => index(...f) * bytes + (at % bytes), ...fields)
}
