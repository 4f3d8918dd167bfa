/** The condition flags and the conditions on them. [ARM] C1.2.4. */

import type { Operand } from '../../isa/dsl.ts'
import type { Bits, Bool, Nzcv } from '../../isa/ops.ts'
import { LAYOUT } from '../../state.ts'
import type { OpName } from '../../wasm/opcodes.ts'
import type { FlagWords, FpComparison, Node } from '../node.ts'
import { IntegerBuilder } from './integers.ts'
import { asBits, asBool, nodeOf } from './opaque.ts'

/** What a consumer knows of the state before an instruction. */
export interface KnownBefore {
  readonly flags?: FlagWords
  readonly isMonitorHeld?: boolean
  /** The instruction may be left to the interpreter; as where there are `flags`. */
  readonly canLeave?: boolean
}

/** Computes, reads and writes NZCV. */
export abstract class FlagBuilder extends IntegerBuilder {
  /** The flags before this instruction, where the consumer keeps them as values. */
  readonly #flags: FlagWords | undefined
  #comparison: { readonly nzcv: Nzcv; readonly of: FpComparison } | undefined
  /** What the flags that this instruction sets come from. */
  compared: FpComparison | undefined
  /** The exclusive monitor is known to be held by what this instruction asks for. */
  protected readonly isMonitorHeld: boolean

  /** Whether this is for code that can leave an instruction to the interpreter. */
  protected readonly canLeave: boolean

  constructor({ flags, isMonitorHeld = false, canLeave = flags !== undefined }: KnownBefore = {}) {
    super()
    this.#flags = flags
    this.canLeave = canLeave
    this.isMonitorHeld = isMonitorHeld
  }

  /** The flags of a comparison of numbers. */
  protected nzcvOf(of: FpComparison): Nzcv {
    const compare = (name: string, a: Node, b: Node): Bool =>
      asBool(this.wasm(`${of.type}.${name}` as OpName, 'i32', a, b))
    const less = compare('lt', of.x, of.y)
    const nzcv = {
      n: less,
      z: compare('eq', of.x, of.y),
      c: this.notB(less),
      v: this.orB(compare('ne', of.x, of.x), compare('ne', of.y, of.y)),
    }
    this.#comparison = { nzcv, of }
    return nzcv
  }

  addWithCarry(a: Bits, b: Bits, carry: Bool): { readonly result: Bits; readonly nzcv: () => Nzcv } {
    const [x, y, c] = [nodeOf(a), nodeOf(b), this.truth(nodeOf(carry))]
    const sum = this.binary('add', x, y)
    const withCarry = c.constant === 0n ? sum : this.binary('add', sum, x.type === 'i64' ? this.to64(c, false) : c)
    const result = asBits(withCarry)
    return {
      result,
      nzcv: () => {
        const carryOfSum = nodeOf(this.ltU(asBits(sum), a))
        const carryOut =
          c.constant === 0n ? carryOfSum : this.binary('or', carryOfSum, nodeOf(this.ltU(result, asBits(sum))))
        const overflow = this.binary('and', this.binary('xor', x, withCarry), this.binary('xor', y, withCarry))
        return {
          n: this.isNegative(result),
          z: this.isZero(result),
          c: asBool(carryOut),
          v: this.isNegative(asBits(overflow)),
        }
      },
    }
  }
  subWithFlags(a: Bits, b: Bits): { readonly result: Bits; readonly nzcv: () => Nzcv } {
    const result = this.sub(a, b)
    return {
      result,
      nzcv: () => {
        const overflow = this.and(this.xor(a, b), this.xor(a, result))
        return { n: this.isNegative(result), z: this.isZero(result), c: this.leU(b, a), v: this.isNegative(overflow) }
      },
    }
  }
  logicalFlags(result: Bits): Nzcv {
    return { n: this.isNegative(result), z: this.isZero(result), c: this.false(), v: this.false() }
  }
  nzcvImm(field: Operand): Nzcv {
    const word = (fn: (v: number) => bigint): Node => this.derived(fn, [field], 64)
    const sign = (bit: number): Bool => this.isNegative(asBits(word((v) => ((v >> bit) & 1 ? 1n << 63n : 0n))))
    return {
      n: sign(3),
      z: this.isZero(
        asBits(
          this.to64(
            this.derived((v) => ((v >> 2) & 1 ? 0 : 1), [field], 16),
            false,
          ),
        ),
      ),
      c: asBool(this.derived((v) => (v >> 1) & 1, [field], 16)),
      v: sign(0),
    }
  }
  readNZCV(): Nzcv {
    return {
      n: this.isNegative(asBits(this.#flags?.n ?? this.state(LAYOUT.n, 'i64'))),
      z: this.isZero(asBits(this.#flags?.z ?? this.state(LAYOUT.z, 'i64'))),
      c: this.carry(),
      v: this.isNegative(asBits(this.#flags?.v ?? this.state(LAYOUT.v, 'i64'))),
    }
  }
  setNZCV(flags: Nzcv): void {
    if (flags === this.#comparison?.nzcv) this.compared = this.#comparison.of
    this.commits.push({ kind: 'state', offset: LAYOUT.n, name: 'i64.store', value: this.signWord(nodeOf(flags.n)) })
    this.commits.push({ kind: 'state', offset: LAYOUT.z, name: 'i64.store', value: this.zeroWord(nodeOf(flags.z)) })
    this.commits.push({ kind: 'state', offset: LAYOUT.c, name: 'i32.store', value: this.truth(nodeOf(flags.c)) })
    this.commits.push({ kind: 'state', offset: LAYOUT.v, name: 'i64.store', value: this.signWord(nodeOf(flags.v)) })
  }
  carry(): Bool {
    return asBool(this.#flags?.c ?? this.state(LAYOUT.c, 'i32'))
  }
  conditionHolds(cond: Operand): Bool {
    const known = this.known(cond)
    if (known !== undefined) return this.condition(known)
    // Unknown until decoded: a 16-bit row of the truth table, indexed by NZCV.
    const { n, z, c, v } = this.readNZCV()
    const bit = (b: Bool, by: number): Node =>
      this.binary('shl', this.truth(nodeOf(b)), this.constant(BigInt(by), 'i32'))
    const index = this.binary(
      'or',
      this.binary('or', bit(n, 3), bit(z, 2)),
      this.binary('or', bit(c, 1), this.truth(nodeOf(v))),
    )
    const row = this.derived(conditionRow, [cond], 16)
    return asBool(this.binary('and', this.binary('shr_u', row, index), this.constant(1n, 'i32')))
  }
  /** A condition without its lowest bit, asked of the numbers themselves: C and V are set where they are unordered. */
  private comparisonHolds(condition: number, { type, x, y }: FpComparison): Bool {
    const compare = (name: string, a = x, b = y): Bool => asBool(this.wasm(`${type}.${name}` as OpName, 'i32', a, b))
    switch (condition) {
      case 0:
        return compare('eq')
      case 1:
        return this.notB(compare('lt'))
      case 2:
        return compare('lt')
      case 3:
        return this.orB(compare('ne', x, x), compare('ne', y, y))
      case 4:
        return this.notB(compare('le'))
      case 5:
        return compare('ge')
      default:
        return compare('gt')
    }
  }
  private condition(cond: number): Bool {
    const compared = this.#flags?.compared
    if (compared && cond < 14) {
      const holds = this.comparisonHolds(cond >> 1, compared)
      return cond & 1 ? this.notB(holds) : holds
    }
    const { n, z, c, v } = this.readNZCV()
    switch (cond >> 1) {
      case 0:
        return cond & 1 ? this.notB(z) : z
      case 1:
        return cond & 1 ? this.notB(c) : c
      case 2:
        return cond & 1 ? this.notB(n) : n
      case 3:
        return cond & 1 ? this.notB(v) : v
      case 4: {
        const hi = this.andB(c, this.notB(z))
        return cond & 1 ? this.notB(hi) : hi
      }
      case 5: {
        const lt = this.xorB(n, v)
        return cond & 1 ? lt : this.notB(lt)
      }
      case 6: {
        const le = this.orB(this.xorB(n, v), z)
        return cond & 1 ? le : this.notB(le)
      }
      default:
        return this.true()
    }
  }
}

/** Truth of a condition for each NZCV (bit n of the result is for NZCV = n). [ARM] C1.2.4. */
function conditionRow(cond: number): number {
  let row = 0
  for (let nzcv = 0; nzcv < 16; nzcv++) {
    const [n, z, c, v] = [(nzcv >> 3) & 1, (nzcv >> 2) & 1, (nzcv >> 1) & 1, nzcv & 1]
    const base = [z, c, n, v, c & (z ^ 1), n ^ v ^ 1, (z ^ 1) & (n ^ v ^ 1), 1][cond >> 1] as number
    const holds = cond & 1 && cond !== 15 ? base ^ 1 : base
    row |= holds << nzcv
  }
  return row
}
