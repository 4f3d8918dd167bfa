/** AES, SHA-1, SHA-256 and carry-less multiplication for generated code. [ARM] J1.3 AESSubBytes, SHA256hash, PolynomialMult. */

import { type CpuState, LAYOUT } from '../state.ts'

/** Run-time functions by import name: operands and result lie in the vCPU block's helper slots. */
export type CryptoName =
  | 'crypto_AESE'
  | 'crypto_AESD'
  | 'crypto_AESMC'
  | 'crypto_AESIMC'
  | 'crypto_SHA1C'
  | 'crypto_SHA1P'
  | 'crypto_SHA1M'
  | 'crypto_SHA1SU0'
  | 'crypto_SHA1SU1'
  | 'crypto_SHA256H'
  | 'crypto_SHA256H2'
  | 'crypto_SHA256SU0'
  | 'crypto_SHA256SU1'

const rol = (x: number, by: number): number => (x << by) | (x >>> (32 - by))
const ror = (x: number, by: number): number => (x >>> by) | (x << (32 - by))
const choose = (x: number, y: number, z: number): number => ((y ^ z) & x) ^ z
const parity = (x: number, y: number, z: number): number => x ^ y ^ z
const majority = (x: number, y: number, z: number): number => (x & y) | ((x | y) & z)

/** Multiplies by x in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1. */
const xtime = (a: number): number => ((a << 1) ^ (a & 0x80 ? 0x11b : 0)) & 0xff

interface AesTables {
  readonly sub: Uint8Array
  readonly invSub: Uint8Array
  /** Columns of MixColumns and its inverse for a byte in row 0; the other rows are rotations. */
  readonly mix: Uint32Array
  readonly invMix: Uint32Array
}

function makeAesTables(): AesTables {
  const sub = new Uint8Array(256)
  const invSub = new Uint8Array(256)
  // Powers of the generator 3 run through all nonzero bytes; the powers of its inverse beside them give the inverses.
  let power = 1
  let inverse = 1
  do {
    power ^= xtime(power)
    inverse ^= inverse << 1
    inverse ^= inverse << 2
    inverse ^= inverse << 4
    inverse &= 0xff
    if (inverse & 0x80) inverse ^= 0x09
    const spread = inverse | (inverse << 8)
    sub[power] = 0x63 ^ inverse ^ (spread >> 7) ^ (spread >> 6) ^ (spread >> 5) ^ (spread >> 4)
  } while (power !== 1)
  sub[0] = 0x63
  for (let i = 0; i < 256; i++) invSub[sub[i] as number] = i
  const mix = Uint32Array.from({ length: 256 }, (_, a) => {
    const two = xtime(a)
    return two | (a << 8) | (a << 16) | ((two ^ a) << 24)
  })
  const invMix = Uint32Array.from({ length: 256 }, (_, a) => {
    const two = xtime(a)
    const four = xtime(two)
    const eight = xtime(four)
    return (eight ^ four ^ two) | ((eight ^ a) << 8) | ((eight ^ four ^ a) << 16) | ((eight ^ two ^ a) << 24)
  })
  return { sub, invSub, mix, invMix }
}

let tables: AesTables | undefined

/** Makes the `crypto_…` imports of one vCPU. */
export function cryptoHelpers(state: CpuState): Record<CryptoName, () => void> {
  const at = state.base + LAYOUT.helper
  const bytes = state.memory.u8.subarray(at, at + 48)
  const words = state.memory.i32.subarray(at >>> 2, (at >>> 2) + 12)
  const before = new Uint8Array(16)
  const [a, b, c] = [0, 4, 8] as const
  /** A word of the operands: every index below is in range. */
  const w = (i: number): number => words[i] as number
  const setResult = (w0: number, w1: number, w2: number, w3: number): void => {
    words[0] = w0
    words[1] = w1
    words[2] = w2
    words[3] = w3
  }

  /** Row r of the state moves r columns: to the left with step 4, to the right (the inverse) with step 12. */
  const round = (box: Uint8Array, step: 4 | 12): void => {
    for (let i = 0; i < 16; i++) before[i] = (bytes[i] as number) ^ (bytes[16 + i] as number)
    for (let i = 0; i < 16; i++) bytes[i] = box[before[(i + (i & 3) * step) & 15] as number] as number
  }
  const mixColumns = (columns: Uint32Array): void => {
    for (let i = 0; i < 4; i++) {
      const word = w(i)
      const c0 = columns[word & 0xff] as number
      const c1 = columns[(word >>> 8) & 0xff] as number
      const c2 = columns[(word >>> 16) & 0xff] as number
      const c3 = columns[word >>> 24] as number
      words[i] = c0 ^ rol(c1, 8) ^ rol(c2, 16) ^ rol(c3, 24)
    }
  }
  const sha1 = (f: (x: number, y: number, z: number) => number): void => {
    let [x0, x1, x2, x3, y] = [w(a), w(a + 1), w(a + 2), w(a + 3), w(b)]
    for (let e = 0; e < 4; e++) {
      const next = (y + rol(x0, 5) + f(x1, x2, x3) + w(c + e)) | 0
      y = x3
      x3 = x2
      x2 = rol(x1, 30)
      x1 = x0
      x0 = next
    }
    setResult(x0, x1, x2, x3)
  }
  const sha256 = (x: number, y: number, part1: boolean): void => {
    let [x0, x1, x2, x3] = [w(x), w(x + 1), w(x + 2), w(x + 3)]
    let [y0, y1, y2, y3] = [w(y), w(y + 1), w(y + 2), w(y + 3)]
    for (let e = 0; e < 4; e++) {
      const t = (y3 + (ror(y0, 6) ^ ror(y0, 11) ^ ror(y0, 25)) + choose(y0, y1, y2) + w(c + e)) | 0
      const newY = (t + x3) | 0
      const newX = (t + (ror(x0, 2) ^ ror(x0, 13) ^ ror(x0, 22)) + majority(x0, x1, x2)) | 0
      x3 = x2
      x2 = x1
      x1 = x0
      x0 = newX
      y3 = y2
      y2 = y1
      y1 = y0
      y0 = newY
    }
    if (part1) setResult(x0, x1, x2, x3)
    else setResult(y0, y1, y2, y3)
  }
  const sigma0 = (x: number): number => ror(x, 7) ^ ror(x, 18) ^ (x >>> 3)
  const sigma1 = (x: number): number => ror(x, 17) ^ ror(x, 19) ^ (x >>> 10)
  const aes = (): AesTables => {
    tables ??= makeAesTables()
    return tables
  }

  return {
    crypto_AESE: () => round(aes().sub, 4),
    crypto_AESD: () => round(aes().invSub, 12),
    crypto_AESMC: () => mixColumns(aes().mix),
    crypto_AESIMC: () => mixColumns(aes().invMix),
    crypto_SHA1C: () => sha1(choose),
    crypto_SHA1P: () => sha1(parity),
    crypto_SHA1M: () => sha1(majority),
    crypto_SHA1SU0: () =>
      setResult(
        w(a + 2) ^ w(a) ^ w(c),
        w(a + 3) ^ w(a + 1) ^ w(c + 1),
        w(b) ^ w(a + 2) ^ w(c + 2),
        w(b + 1) ^ w(a + 3) ^ w(c + 3),
      ),
    crypto_SHA1SU1: () => {
      const t0 = w(a) ^ w(b + 1)
      setResult(rol(t0, 1), rol(w(a + 1) ^ w(b + 2), 1), rol(w(a + 2) ^ w(b + 3), 1), rol(w(a + 3), 1) ^ rol(t0, 2))
    },
    crypto_SHA256H: () => sha256(a, b, true),
    crypto_SHA256H2: () => sha256(b, a, false),
    crypto_SHA256SU0: () =>
      setResult(
        (sigma0(w(a + 1)) + w(a)) | 0,
        (sigma0(w(a + 2)) + w(a + 1)) | 0,
        (sigma0(w(a + 3)) + w(a + 2)) | 0,
        (sigma0(w(b)) + w(a + 3)) | 0,
      ),
    crypto_SHA256SU1: () => {
      const r0 = (sigma1(w(c + 2)) + w(a) + w(b + 1)) | 0
      const r1 = (sigma1(w(c + 3)) + w(a + 1) + w(b + 2)) | 0
      const r2 = (sigma1(r0) + w(a + 2) + w(b + 3)) | 0
      const r3 = (sigma1(r1) + w(a + 3) + w(c)) | 0
      setResult(r0, r1, r2, r3)
    },
  }
}

/** Carry-less product of two words, added to the words at `at` and `at + 1` of `into`. */
function addProduct(into: Uint32Array, at: number, x: number, y: number): void {
  let lo = 0
  let hi = 0
  for (let i = 0; i < 32; i++) {
    const mask = -((y >>> i) & 1)
    lo ^= (x << i) & mask
    // By 32 - i in two steps, because the host takes a shift by 32 as one by 0.
    hi ^= ((x >>> 1) >>> (31 - i)) & mask
  }
  into[at] = (into[at] as number) ^ lo
  into[at + 1] = (into[at + 1] as number) ^ hi
}

/** Makes the `pmull64` import of one vCPU: two 64-bit operands in the helper slots, their 128-bit carry-less product in place. */
export function pmull64(state: CpuState): () => void {
  const at = (state.base + LAYOUT.helper) >>> 2
  const words = state.memory.u32.subarray(at, at + 4)
  const product = new Uint32Array(4)
  return () => {
    const [xl, xh, yl, yh] = words as unknown as readonly [number, number, number, number]
    product.fill(0)
    addProduct(product, 0, xl, yl)
    addProduct(product, 1, xl, yh)
    addProduct(product, 1, xh, yl)
    addProduct(product, 2, xh, yh)
    words.set(product)
  }
}
