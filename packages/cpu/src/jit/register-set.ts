/** Sets of guest registers as bits: X0 to SP from 0 on, the flags, V registers from 64 on. */

/** What counts as the first V register. */
export const FIRST_V = 64
/** The flags, among the numbers of registers. */
export const FLAGS = 63

/** A set of register numbers below 96. */
export class RegisterSet {
  #low = 0
  #middle = 0
  #high = 0

  static of(registers: Iterable<number>): RegisterSet {
    const set = new RegisterSet()
    for (const r of registers) set.add(r)
    return set
  }

  clone(): RegisterSet {
    return new RegisterSet().addAll(this)
  }

  has(register: number): boolean {
    const word = register < 32 ? this.#low : register < FIRST_V ? this.#middle : this.#high
    return ((word >>> (register & 31)) & 1) === 1
  }

  add(register: number): void {
    const bit = 1 << (register & 31)
    if (register < 32) this.#low |= bit
    else if (register < FIRST_V) this.#middle |= bit
    else this.#high |= bit
  }

  delete(register: number): void {
    const mask = ~(1 << (register & 31))
    if (register < 32) this.#low &= mask
    else if (register < FIRST_V) this.#middle &= mask
    else this.#high &= mask
  }

  /** Takes in another set, less what is in a third. */
  addAll(other: RegisterSet, except?: RegisterSet): this {
    this.#low |= other.#low & ~(except ? except.#low : 0)
    this.#middle |= other.#middle & ~(except ? except.#middle : 0)
    this.#high |= other.#high & ~(except ? except.#high : 0)
    return this
  }

  equals(other: RegisterSet): boolean {
    return this.#low === other.#low && this.#middle === other.#middle && this.#high === other.#high
  }

  /** In ascending order. */
  *[Symbol.iterator](): Iterator<number> {
    const words = [this.#low, this.#middle, this.#high]
    for (const [i, word] of words.entries())
      for (let rest = word; rest !== 0; rest &= rest - 1) yield i * 32 + 31 - Math.clz32(rest & -rest)
  }
}
