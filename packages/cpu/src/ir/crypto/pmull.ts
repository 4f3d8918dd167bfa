/** Carry-less multiplication as a function of generated modules. [ARM] J1.3 PolynomialMult. */

import { LAYOUT } from '../../state.ts'
import { Code, type Signature } from '../../wasm/encoder.ts'
import type { OpName } from '../../wasm/opcodes.ts'

/** Two 64-bit factors, and their 128-bit product. */
export const pmullSignature: Signature = { params: ['i64', 'i64'], results: ['v128'] }

const A = 0
const B = 1
const EVERY_FOURTH = 0x1111111111111111n

/**
 * By nibbles of b: multiples of a are kept in the helper slots, and what each of them would need beyond 64 bits, three bits at most, is
 * added for all nibbles at once.
 */
export function pmullCode(cpuBase: number): Code {
  const c = new Code(2)
  const multiples = cpuBase + LAYOUT.helper
  const [low, high, multiple] = [c.newLocal('i64'), c.newLocal('i64'), c.newLocal('i64')]
  const with64 = (name: OpName, amount: number): void => {
    c.i64(BigInt(amount))
    c.op(name)
  }
  const addTo = (sum: number): void => {
    c.get(sum)
    c.op('i64.xor')
    c.set(sum)
  }
  const locals = Array.from({ length: 16 }, (_, n) => (n === 1 ? A : c.newLocal('i64')))
  for (let n = 0; n < 16; n++) {
    if (n > 1) {
      c.get(locals[n & 1 ? n - 1 : n / 2] as number)
      if (n & 1) {
        c.get(A)
        c.op('i64.xor')
      } else with64('i64.shl', 1)
      c.set(locals[n] as number)
    }
    c.i32(0)
    c.get(locals[n] as number)
    c.mem('i64.store', multiples + n * 8)
  }
  for (let j = 0; j < 16; j++) {
    c.get(B)
    if (j === 0) with64('i64.shl', 3)
    else with64('i64.shr_u', 4 * j - 3)
    c.op('i32.wrap_i64')
    c.i32(0x78)
    c.op('i32.and')
    c.mem('i64.load', multiples)
    c.set(multiple)
    c.get(multiple)
    if (j > 0) with64('i64.shl', 4 * j)
    addTo(low)
    if (j === 0) continue
    c.get(multiple)
    with64('i64.shr_u', 64 - 4 * j)
    addTo(high)
  }
  // The upper bits of a, times the upper bits of every nibble of b.
  const upper = [1, 2, 3].map((bit) => {
    const local = c.newLocal('i64')
    c.get(B)
    with64('i64.shr_u', bit)
    c.i64(EVERY_FOURTH)
    c.op('i64.and')
    c.set(local)
    return local
  })
  for (let lost = 0; lost < 3; lost++) {
    upper.slice(lost).forEach((local, i) => {
      c.get(local)
      if (i > 0) {
        with64('i64.shl', i)
        c.op('i64.xor')
      }
    })
    c.get(A)
    if (lost > 0) with64('i64.shl', lost)
    with64('i64.shr_s', 63)
    c.op('i64.and')
    addTo(high)
  }
  c.get(low)
  c.op('i64x2.splat')
  c.get(high)
  c.lane('i64x2.replace_lane', 1)
  return c
}
