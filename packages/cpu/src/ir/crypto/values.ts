/** What cryptographic operations are made of: words and vectors of the host. */

import type { OpName, ValueType } from '../../wasm/opcodes.ts'
import { Node } from '../node.ts'

/** An i32. */
export type Word = Node
/** A v128. */
export type Vector = Node

const wasm = (name: string, type: ValueType, args: readonly (Node | number)[]): Node =>
  new Node(
    { kind: 'wasm', name: name as OpName },
    type,
    args.map((a) => (typeof a === 'number' ? constant(a) : a)),
  )
/** An i32 constant. */
const constant = (value: number): Word => new Node({ kind: 'const', value: BigInt.asUintN(32, BigInt(value)) }, 'i32')
/** A v128 constant. */
export const constant128 = (value: bigint): Vector => new Node({ kind: 'const', value }, 'v128')
/** An operation that gives an i32; numbers are constants. */
export const word = (name: string, ...args: readonly (Node | number)[]): Word => wasm(name, 'i32', args)
/** An operation that gives a v128; numbers are constants. */
export const vector = (name: string, ...args: readonly (Node | number)[]): Vector => wasm(name, 'v128', args)
/** A constant of the vCPU block. */
export const table = (offset: number): Vector => new Node({ kind: 'table', offset, name: 'v128.load' }, 'v128')
/** An entry of a table of words. */
export const tableWord = (offset: number, index: Word): Word =>
  new Node({ kind: 'table', offset, name: 'i32.load' }, 'i32', [word('i32.shl', index, 2)])
/** Lanes shifted right, zeros following. */
export const shiftRight = (shape: 'i32x4' | 'i64x2', v: Vector, by: number): Vector => vector(`${shape}.shr_u`, v, by)
/** Sum modulo 2^32. */
export const sum = (...words: readonly Word[]): Word => words.reduce((a, b) => word('i32.add', a, b))
/** Exclusive or. */
export const xor = (...words: readonly Word[]): Word => words.reduce((a, b) => word('i32.xor', a, b))
/** Rotated to the right. */
export const ror = (a: Word, by: number): Word => word('i32.rotr', a, by)
/** A word of a vector. */
export const lane = (v: Vector, index: number): Word =>
  new Node({ kind: 'wasm', name: 'i32x4.extract_lane', lane: index }, 'i32', [v])
/** A vector of four words. */
export const vectorOf = (words: readonly Word[]): Vector =>
  words.reduce(
    (v, w, index) => new Node({ kind: 'wasm', name: 'i32x4.replace_lane', lane: index }, 'v128', [v, w]),
    constant128(0n),
  )
/** Words at constant places of two vectors: 0 to 3 of the first, 4 to 7 of the second. */
export const pick = (a: Vector, b: Vector, places: readonly number[]): Vector =>
  new Node(
    { kind: 'wasm', name: 'i8x16.shuffle', shuffle: places.flatMap((p) => [0, 1, 2, 3].map((byte) => p * 4 + byte)) },
    'v128',
    [a, b],
  )
