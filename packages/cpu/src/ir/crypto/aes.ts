/** AES rounds on vectors. [ARM] J1.3 AESSubBytes, AESMixColumns. */

import { TABLES } from '../../state.ts'
import { constant128, shiftRight, table, type Vector, vector } from './values.ts'

/** Tables of `runtime/tables.ts`, by number. */
const aesTable = (n: number): Vector => table(TABLES.aes + n * 16)
const INVERSE = 8
const A_OVER = 9
const LOW_NIBBLES = 0x0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0fn
const bytes = (value: number): bigint => BigInt(value) * 0x01010101010101010101010101010101n

const look = (tableNumber: number, index: Vector): Vector => vector('i8x16.swizzle', aesTable(tableNumber), index)
const xor = (a: Vector, b: Vector): Vector => vector('v128.xor', a, b)

function nibblesOf(v: Vector): readonly [Vector, Vector] {
  const mask = constant128(LOW_NIBBLES)
  return [vector('v128.and', v, mask), vector('v128.and', shiftRight('i32x4', v, 4), mask)]
}

/** Inverts bytes between two linear maps: the tables from `first` on are the map before, by nibbles, and what follows both halves. */
function substitute(v: Vector, first: number): Vector {
  const [low, high] = nibblesOf(v)
  const [k, i] = nibblesOf(xor(look(first, low), look(first + 1, high)))
  const j = xor(i, k)
  const aOverK = look(A_OVER, k)
  const u = xor(look(INVERSE, xor(look(INVERSE, i), aOverK)), j)
  const w = xor(look(INVERSE, xor(look(INVERSE, j), aOverK)), i)
  return xor(look(first + 2, u), look(first + 3, w))
}

/** Each byte times x. */
function xtime(v: Vector): Vector {
  const carries = vector('i8x16.gt_s', constant128(0n), v)
  return xor(vector('i8x16.add', v, v), vector('v128.and', carries, constant128(bytes(0x1b))))
}

/** Each byte replaced by the one `by` rows below it in its column. */
function rows(v: Vector, by: 1 | 2): Vector {
  return vector('v128.or', shiftRight('i32x4', v, 8 * by), vector('i32x4.shl', v, 32 - 8 * by))
}

/** AESE, AESD: key added, rows shifted, bytes substituted. */
export const aesEncrypt = (state: Vector, key: Vector): Vector =>
  xor(substitute(vector('i8x16.swizzle', xor(state, key), aesTable(10)), 0), constant128(bytes(0x63)))
/** AESD. */
export const aesDecrypt = (state: Vector, key: Vector): Vector =>
  substitute(vector('i8x16.swizzle', xor(state, key), aesTable(11)), 4)

/** AESMC: 2a + 3b + c + d, where b, c and d are the rows below. */
export function aesMixColumns(v: Vector): Vector {
  const below = rows(v, 1)
  const pair = xor(v, below)
  return xor(xor(xtime(pair), below), rows(pair, 2))
}
/** AESIMC: the same after adding four times the sum with the row two below. */
export const aesInverseMixColumns = (v: Vector): Vector => aesMixColumns(xor(v, xtime(xtime(xor(v, rows(v, 2))))))
