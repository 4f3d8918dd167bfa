/** What `exec` holds are nodes of the graph under opaque types: here the two meet. */

import type { Bits, Bool, Vec, Width } from '../../isa/ops.ts'
import type { ValueType } from '../../wasm/opcodes.ts'
import type { Node } from '../node.ts'

/** The node of an opaque value. */
export const nodeOf = (value: Bits | Bool | Vec): Node => value as unknown as Node
/** A node as an integer. */
export const asBits = (node: Node): Bits => node as unknown as Bits
/** A node as a truth. */
export const asBool = (node: Node): Bool => node as unknown as Bool
/** A node as a vector. */
export const asVec = (node: Node): Vec => node as unknown as Vec
/** Type of an integer of a width. */
export const typeOf = (w: Width): ValueType => (w === 64 ? 'i64' : 'i32')
