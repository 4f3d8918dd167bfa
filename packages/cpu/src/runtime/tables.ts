/** Constant tables that generated code reads from the vCPU block: for AES and for CRC32. [ARM] J1.3 AESSubBytes, C6.2 CRC32B. */

import type { LinearMemory } from '../memory.ts'
import { TABLES } from '../state.ts'

/** An index that no nibble is: what divides by zero. Tables of 16 bytes give zero for it. */
const INFINITE = 0x80

const rol8 = (a: number, by: number): number => ((a << by) | (a >> (8 - by))) & 0xff

/** Product in GF(2^4) modulo x^4 + x + 1. */
function times(a: number, b: number): number {
  let product = 0
  for (let i = 0; i < 4; i++) if ((b >> i) & 1) product ^= a << i
  for (let i = 6; i >= 4; i--) if ((product >> i) & 1) product ^= 0x13 << (i - 4)
  return product
}
function inverse(a: number): number {
  for (let b = 1; b < 16; b++) if (times(a, b) === 1) return b
  return 0
}

/** GF(2^8) as pairs over GF(2^4): 16 i + k is k + i β with β² = aβ + a. */
interface Tower {
  readonly a: number
  /** From a byte as AES has it to the pair, and back. Both are linear. */
  readonly to: readonly number[]
  readonly from: readonly number[]
}

/**
 * The first `a` that makes a field, and the first pair in it that is a root of AES' polynomial x^8 + x^4 + x^3 + x + 1, as x is in AES. Any
 * others would do; looking for them takes longer than all else here.
 */
const TOWER = { a: 2, root: 28 } as const

function makeTower(): Tower {
  const { a, root } = TOWER
  const multiply = (x: number, y: number): number => {
    const [k, i, l, j] = [x & 15, x >> 4, y & 15, y >> 4]
    const both = times(a, times(i, j))
    return (times(k, l) ^ both) | ((times(k, j) ^ times(l, i) ^ both) << 4)
  }
  const powers = [1]
  for (let n = 1; n < 8; n++) powers.push(multiply(powers[n - 1] as number, root))
  const to = Array.from({ length: 256 }, (_, byte) =>
    powers.reduce((sum, power, n) => sum ^ ((byte >> n) & 1 ? power : 0), 0),
  )
  return { a, to, from: Array.from(to, (_, pair) => to.indexOf(pair)) }
}

/**
 * Tables of 16 bytes by which bytes are inverted in GF(2^8) with lookups of nibbles alone; after [HAMBURG]. With i, k and j = i + k, the
 * norm is D = k² + aik + ai². From 1/i + a/k and 1/j + a/k come D/(k + ai) and D/(k + aj), whose inverses give what the inverse of
 * k + iβ is made of: (k + ai)/D + (i/D)β.
 */
function aesTables(): readonly (readonly number[])[] {
  const tower = makeTower()
  const { a, to, from } = tower
  const nibbles = Array.from({ length: 16 }, (_, n) => n)
  const affine = (x: number): number => x ^ rol8(x, 1) ^ rol8(x, 2) ^ rol8(x, 3) ^ rol8(x, 4)
  const affineBack = (x: number): number => rol8(x, 1) ^ rol8(x, 3) ^ rol8(x, 6)
  const byA = inverse(a)
  const pair = (k: number, i: number): number => from[k | (i << 4)] as number
  /** Of u = (k + ai)/D: i/D = (u + k/D)/a and k/D = (u + v)/a, with v = (k + aj)/D. */
  const ofU = (u: number): number => pair(u, times(byA, u ^ times(byA, u)))
  const ofV = (v: number): number => pair(0, times(byA, times(byA, v)))
  const inputBack = (x: number): number => to[affineBack(x)] as number
  return [
    nibbles.map((n) => to[n] as number),
    nibbles.map((n) => to[n << 4] as number),
    nibbles.map((n) => affine(ofU(inverse(n)))),
    nibbles.map((n) => affine(ofV(inverse(n)))),
    nibbles.map((n) => inputBack(n) ^ inputBack(0x63)),
    nibbles.map((n) => inputBack(n << 4)),
    nibbles.map((n) => ofU(inverse(n))),
    nibbles.map((n) => ofV(inverse(n))),
    nibbles.map((n) => (n === 0 ? INFINITE : inverse(n))),
    nibbles.map((n) => (n === 0 ? INFINITE : times(a, inverse(n)))),
    Array.from({ length: 16 }, (_, i) => (i + (i & 3) * 4) & 15),
    Array.from({ length: 16 }, (_, i) => (i + (i & 3) * 12) & 15),
  ]
}

/** Reflected polynomials of CRC32 and CRC32C. */
const POLYNOMIALS = [0xedb88320, 0x82f63b78] as const

/** Table n gives what a byte that n more bytes follow contributes. */
function crcTables(polynomial: number): Uint32Array {
  const tables = new Uint32Array(8 * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let i = 0; i < 8; i++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
    tables[byte] = crc
  }
  for (let i = 256; i < tables.length; i++) {
    const before = tables[i - 256] as number
    tables[i] = (before >>> 8) ^ (tables[before & 0xff] as number)
  }
  return tables
}

let bytes: Uint8Array | undefined

function makeTables(): Uint8Array {
  const all = new Uint8Array(TABLES.end - TABLES.aes)
  aesTables().forEach((table, n) => {
    all.set(table, n * 16)
  })
  POLYNOMIALS.forEach((polynomial, n) => {
    all.set(new Uint8Array(crcTables(polynomial).buffer), TABLES.crc32 - TABLES.aes + n * TABLES.crc32Bytes)
  })
  return all
}

/** Puts the tables into the vCPU block at an address. */
export function writeTables(memory: LinearMemory, base: number): void {
  bytes ??= makeTables()
  memory.u8.set(bytes, base + TABLES.aes)
}
