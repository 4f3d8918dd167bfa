/** Bytes that look random and are the same for the same seed: SplitMix64. */

const mask = 0xffff_ffff_ffff_ffffn

/** Fills arrays one after another from one sequence. Not for secrets. */
export function seededRandom(seed: number): (bytes: Uint8Array) => void {
  let state = BigInt(seed)
  const next = (): bigint => {
    state = (state + 0x9e37_79b9_7f4a_7c15n) & mask
    let z = state
    z = ((z ^ (z >> 30n)) * 0xbf58_476d_1ce4_e5b9n) & mask
    z = ((z ^ (z >> 27n)) * 0x94d0_49bb_1331_11ebn) & mask
    return z ^ (z >> 31n)
  }
  return (bytes) => {
    let word = 0n
    for (let i = 0; i < bytes.length; i++) {
      if (i % 8 === 0) word = next()
      bytes[i] = Number(word & 0xffn)
      word >>= 8n
    }
  }
}
