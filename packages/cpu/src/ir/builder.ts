/** Runs an instruction's `exec` and records its meaning as a graph. */

import type { Ops } from '../isa/ops.ts'
import { ConversionBuilder } from './build/conversions.ts'

/**
 * Records one instruction.
 *
 * The operations are in a chain of classes, each of which needs those before it: nodes, operands, truths, integers, flags, memory,
 * exclusives, control, system, vectors, floating point, conversions. What one class keeps to itself is `private`, since `#` methods mark each
 * instance once for each class: that made translation 5 to 10 % slower.
 */
export class Builder extends ConversionBuilder implements Ops {}
