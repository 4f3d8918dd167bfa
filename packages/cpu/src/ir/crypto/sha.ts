/** SHA-1 and SHA-256 on vectors of four words. [ARM] J1.3 SHA256hash, SHAhashSIGMA0; C7.2. */

import { lane, pick, ror, shiftRight, sum, type Vector, vector, vectorOf, type Word, word, xor } from './values.ts'

type Four = [Word, Word, Word, Word]
const lanes = (v: Vector): Four => [lane(v, 0), lane(v, 1), lane(v, 2), lane(v, 3)]

const choose = (x: Word, y: Word, z: Word): Word => xor(word('i32.and', xor(y, z), x), z)
const parity = (x: Word, y: Word, z: Word): Word => xor(x, y, z)
const majority = (x: Word, y: Word, z: Word): Word =>
  word('i32.or', word('i32.and', x, y), word('i32.and', word('i32.or', x, y), z))

/** SHA1C, SHA1P, SHA1M. */
const sha1 =
  (f: (x: Word, y: Word, z: Word) => Word) =>
  (hash: Vector, e: Vector, words: Vector): Vector => {
    let x = lanes(hash)
    let y = lane(e, 0)
    for (const w of lanes(words)) {
      const next = sum(y, ror(x[0], 27), f(x[1], x[2], x[3]), w)
      y = x[3]
      x = [next, x[0], ror(x[1], 2), x[2]]
    }
    return vectorOf(x)
  }
/** SHA1C. */
export const sha1Choose: (hash: Vector, e: Vector, words: Vector) => Vector = sha1(choose)
/** SHA1P. */
export const sha1Parity: typeof sha1Choose = sha1(parity)
/** SHA1M. */
export const sha1Majority: typeof sha1Choose = sha1(majority)

const vxor = (a: Vector, b: Vector): Vector => vector('v128.xor', a, b)
const vadd = (a: Vector, b: Vector): Vector => vector('i32x4.add', a, b)
const rotate = (v: Vector, right: number): Vector =>
  vector('v128.or', shiftRight('i32x4', v, right), vector('i32x4.shl', v, 32 - right))

/** SHA1SU0. */
export const sha1Schedule0 = (d: Vector, n: Vector, m: Vector): Vector => vxor(vxor(pick(d, n, [2, 3, 4, 5]), d), m)
/** SHA1SU1: the last word has the first one of the result in it. */
export function sha1Schedule1(d: Vector, n: Vector): Vector {
  const zero = vectorOf([])
  const first = rotate(vxor(d, pick(n, zero, [1, 2, 3, 4])), 31)
  return vxor(first, rotate(pick(zero, first, [0, 0, 0, 4]), 31))
}

/** Four rounds of SHA-256: the words x and y afterwards. SHA256H and SHA256H2 ask for one of them each, of the same operands mostly. */
function sha256(x: Vector, y: Vector, words: Vector): readonly [Four, Four] {
  let a = lanes(x)
  let e = lanes(y)
  for (const w of lanes(words)) {
    const sigma1 = xor(ror(e[0], 6), ror(e[0], 11), ror(e[0], 25))
    const t = sum(e[3], sigma1, choose(e[0], e[1], e[2]), w)
    const sigma0 = xor(ror(a[0], 2), ror(a[0], 13), ror(a[0], 22))
    const next = sum(t, sigma0, majority(a[0], a[1], a[2]))
    e = [sum(t, a[3]), e[0], e[1], e[2]]
    a = [next, a[0], a[1], a[2]]
  }
  return [a, e]
}
/** SHA256H. */
export const sha256Hash = (d: Vector, n: Vector, m: Vector): Vector => vectorOf(sha256(d, n, m)[0])
/** SHA256H2. */
export const sha256Hash2 = (d: Vector, n: Vector, m: Vector): Vector => vectorOf(sha256(n, d, m)[1])

/** SHA256SU0. */
export function sha256Schedule0(d: Vector, n: Vector): Vector {
  const next = pick(d, n, [1, 2, 3, 4])
  return vadd(d, vxor(vxor(rotate(next, 7), rotate(next, 18)), shiftRight('i32x4', next, 3)))
}
/** SHA256SU1: the upper two words need the lower two of the result. */
export function sha256Schedule1(d: Vector, n: Vector, m: Vector): Vector {
  const sigma1 = (v: Vector): Vector => vxor(vxor(rotate(v, 17), rotate(v, 19)), shiftRight('i32x4', v, 10))
  const base = vadd(d, pick(n, m, [1, 2, 3, 4]))
  const zero = vectorOf([])
  const low = vadd(base, sigma1(pick(m, zero, [2, 3, 4, 4])))
  return vadd(low, sigma1(pick(zero, low, [0, 0, 4, 5])))
}
