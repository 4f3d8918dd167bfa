/** What a case leaves: the part of the state that answers are compared by. */

/** Signals as Linux numbers them on arm64. */
export const SIGNAL = { ILL: 4, TRAP: 5, BUS: 7, SEGV: 11 } as const

/** The state in which a case's signal was raised. */
export interface Outcome {
  signal: number
  /** The signal's fault address, and PC; low word first. */
  readonly address: Uint32Array
  readonly pc: Uint32Array
  nzcv: number
  fpsr: number
  /** X0..X30 and SP. */
  readonly x: Uint32Array
  readonly v: Uint32Array
  /** Words of the window that changed: offset, value, … */
  readonly changes: number[]
}

export function emptyOutcome(): Outcome {
  return {
    signal: 0,
    address: new Uint32Array(2),
    pc: new Uint32Array(2),
    nzcv: 0,
    fpsr: 0,
    x: new Uint32Array(64),
    v: new Uint32Array(128),
    changes: [],
  }
}

export function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51)
  k = (k << 15) | (k >>> 17)
  const h = hash ^ Math.imul(k, 0x1b873593)
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0
}

export function mixAll(hash: number, words: ArrayLike<number>): number {
  let h = hash
  for (let i = 0; i < words.length; i++) h = mix(h, words[i] as number)
  return h
}

export function finishHash(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  // 0 stands for an answer that is not compared.
  return (h ^ (h >>> 16)) >>> 0 || 1
}

/** 32 bits of an outcome, never 0. */
export function hashOutcome(o: Outcome): number {
  let h = mix(mix(mix(0, o.signal), o.nzcv), o.fpsr)
  h = mixAll(mixAll(h, o.address), o.pc)
  h = mixAll(mixAll(h, o.x), o.v)
  return finishHash(mixAll(h, o.changes))
}

/** 32 bits of a case, chained: what tells that a fixture's questions are not those of the table any more. */
export function hashCase(
  hash: number,
  words: readonly number[],
  state: { slot: number; nzcv: number; fpcr: number; fpsr: number; x: Uint32Array; v: Uint32Array },
): number {
  let h = mixAll(hash, words)
  h = mix(mix(mix(mix(h, state.slot), state.nzcv), state.fpcr), state.fpsr)
  return mixAll(mixAll(h, state.x), state.v)
}

const hex = (hi: number, lo: number): string => `0x${hi.toString(16)}_${lo.toString(16).padStart(8, '0')}`

/** What differs between a state and an outcome, or between two outcomes, one line each. */
export function describeOutcome(o: Outcome, before: { readonly x: Uint32Array; readonly v: Uint32Array }): string[] {
  const lines = [
    `signal ${o.signal} at ${hex(o.address[1] as number, o.address[0] as number)}, pc ${hex(o.pc[1] as number, o.pc[0] as number)}, nzcv ${(o.nzcv >>> 28).toString(2).padStart(4, '0')}, fpsr 0x${o.fpsr.toString(16)}`,
  ]
  for (let n = 0; n < 32; n++) {
    const [lo, hi] = [o.x[n * 2] as number, o.x[n * 2 + 1] as number]
    if (lo !== before.x[n * 2] || hi !== before.x[n * 2 + 1])
      lines.push(`${n === 31 ? 'sp' : `x${n}`} = ${hex(hi, lo)}`)
    const v = [...o.v.subarray(n * 4, n * 4 + 4)]
    if (v.some((word, i) => word !== before.v[n * 4 + i]))
      lines.push(
        `v${n} = ${v
          .reverse()
          .map((w) => w.toString(16).padStart(8, '0'))
          .join('_')}`,
      )
  }
  for (let i = 0; i < o.changes.length; i += 2)
    lines.push(`window+0x${(o.changes[i] as number).toString(16)} = 0x${(o.changes[i + 1] as number).toString(16)}`)
  return lines
}
