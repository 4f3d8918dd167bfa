/** Constant folding of two-operand integer operations: what makes generated code for known operands small. */

import type { Node } from './node.ts'

const FOLDS: Record<string, (a: bigint, b: bigint, bits: number) => bigint> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b, bits) => a << (b % BigInt(bits)),
  shr_u: (a, b, bits) => a >> (b % BigInt(bits)),
  shr_s: (a, b, bits) => BigInt.asIntN(bits, a) >> (b % BigInt(bits)),
  eq: (a, b) => (a === b ? 1n : 0n),
  ne: (a, b) => (a !== b ? 1n : 0n),
  lt_u: (a, b) => (a < b ? 1n : 0n),
  le_u: (a, b) => (a <= b ? 1n : 0n),
}

/** Names where an operand of zero on the right changes nothing. */
const RIGHT_ZERO = new Set(['add', 'sub', 'or', 'xor', 'shl', 'shr_u', 'shr_s', 'rotr', 'rotl'])

/** The folded value, one of the operands, or undefined where the operation must be done at run time. */
export function foldBinary(name: string, a: Node, b: Node): bigint | Node | undefined {
  const [x, y] = [a.constant, b.constant]
  if (x !== undefined && y !== undefined) return FOLDS[name]?.(x, y, a.type === 'i64' ? 64 : 32)
  if (y === 0n && RIGHT_ZERO.has(name)) return a
  if (x === 0n && (name === 'add' || name === 'or')) return b
  return undefined
}
