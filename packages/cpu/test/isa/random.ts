/** The deterministic random numbers that recorder and tests share: fixtures hold answers only, so the questions must come again bit by bit. */

import process from 'node:process'

/** Jenkins's small fast counter generator with 32-bit words. */
export class Random {
  #a = 0
  #b = 0
  #c = 0
  #counter = 1

  constructor(seed: number) {
    this.#a = seed | 0
    this.#b = 0x9e3779b9 | 0
    this.#c = (seed ^ 0x85ebca6b) | 0
    for (let i = 0; i < 12; i++) this.u32()
  }

  /** 32 random bits, unsigned. */
  u32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  /** An integer in 0..n-1. */
  below(n: number): number {
    return Math.floor((this.u32() / 0x1_0000_0000) * n)
  }

  /** True once in `n` times. */
  oneIn(n: number): boolean {
    return this.below(n) === 0
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }
}

/** A seed from a name: FNV-1a. */
export function seedOf(name: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

/** The seed of tests that draw anew each time: ARMVISOR_SEED, where one is to be repeated. */
export function testSeed(): number {
  return Number(process.env['ARMVISOR_SEED'] ?? Date.now() % 0x7fffffff) >>> 0
}
