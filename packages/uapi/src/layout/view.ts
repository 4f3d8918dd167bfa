/** Structures over bytes: every access reads or writes the bytes. */

import { type FieldLayout, layoutOf, type StructLayout } from './define.ts'
import { LayoutError } from './layout-error.ts'
import { readScalar, type ScalarType, type ScalarValue, scalarBytes, writeScalar } from './scalar.ts'

/**
 * An array of a structure: reads and writes go to the bytes.
 *
 * @see {@link viewStruct}
 */
export interface ArrayView<Value> extends Iterable<Value> {
  readonly length: number
  /** @throws RangeError for an index outside. */
  get(index: number): Value
  /** @throws RangeError for an index outside. */
  set(index: number, value: Value): void
}

/**
 * An array of structures: each element is a view of the same bytes.
 *
 * @see {@link viewStruct}
 */
export interface StructArrayView<L extends StructLayout> extends Iterable<StructView<L>> {
  readonly length: number
  /** @throws RangeError for an index outside. */
  get(index: number): StructView<L>
}

type ElementView<S extends ScalarType> = S extends 'u8' ? Uint8Array : ArrayView<ScalarValue<S>>

type FieldView<F> = F extends `${infer S extends ScalarType}[${string}]`
  ? ElementView<S>
  : F extends { readonly kind: 'array'; readonly of: infer E extends StructLayout }
    ? StructArrayView<E>
    : F extends StructLayout
      ? StructView<F>
      : F extends ScalarType
        ? ScalarValue<F>
        : never

/**
 * A structure over bytes: scalars are assignable, arrays and nested structures are views of the same bytes.
 *
 * @see {@link viewStruct}
 */
export type StructView<L extends StructLayout> = {
  -readonly [K in keyof L['fields'] as L['fields'][K] extends ScalarType ? K : never]: FieldView<L['fields'][K]>
} & {
  readonly [K in keyof L['fields'] as L['fields'][K] extends ScalarType ? never : K]: FieldView<L['fields'][K]>
}

function checkIndex(index: number, length: number): void {
  if (!(Number.isInteger(index) && index >= 0 && index < length)) {
    throw new RangeError(`index ${index} is not in an array of ${length}`)
  }
}

class ScalarArrayView implements ArrayView<number | bigint> {
  readonly length: number
  readonly #data: DataView
  readonly #offset: number
  readonly #scalar: ScalarType

  constructor(data: DataView, offset: number, scalar: ScalarType, length: number) {
    this.length = length
    this.#data = data
    this.#offset = offset
    this.#scalar = scalar
  }

  #at(index: number): number {
    checkIndex(index, this.length)
    return this.#offset + index * scalarBytes[this.#scalar]
  }

  get(index: number): number | bigint {
    return readScalar(this.#data, this.#at(index), this.#scalar)
  }

  set(index: number, value: number | bigint): void {
    writeScalar(this.#data, this.#at(index), this.#scalar, value)
  }

  *[Symbol.iterator](): Generator<number | bigint, void> {
    for (let index = 0; index < this.length; index += 1) yield this.get(index)
  }
}

class NestedArrayView {
  readonly length: number
  readonly #at: (index: number) => object

  constructor(length: number, at: (index: number) => object) {
    this.length = length
    this.#at = at
  }

  get(index: number): object {
    checkIndex(index, this.length)
    return this.#at(index)
  }

  *[Symbol.iterator](): Generator<object, void> {
    for (let index = 0; index < this.length; index += 1) yield this.get(index)
  }
}

/** A field: a scalar's value, or a view of what is larger. */
export function viewField(data: DataView, base: number, field: FieldLayout): unknown {
  const at = base + field.offset
  const { nested, count } = field
  const elementBytes = nested === undefined ? scalarBytes[field.scalar as ScalarType] : layoutOf(nested).sizeBytes
  const length = Math.min(count ?? 1, Math.floor((data.byteLength - at) / elementBytes))
  if (nested !== undefined) {
    const view = (index: number): object => viewAt(nested, data, at + index * elementBytes)
    return count === undefined ? view(0) : new NestedArrayView(length, view)
  }
  const scalar = field.scalar as ScalarType
  if (count === undefined) return readScalar(data, at, scalar)
  if (scalar === 'u8') return new Uint8Array(data.buffer, data.byteOffset + at, length)
  return new ScalarArrayView(data, at, scalar, length)
}

/** A view of a structure that begins at `base`. */
function viewAt(layout: StructLayout, data: DataView, base: number): object {
  const properties: PropertyDescriptorMap = {}
  for (const field of layoutOf(layout).fields) {
    const { scalar } = field
    const isScalar = scalar !== undefined && field.count === undefined
    properties[field.name] = {
      enumerable: true,
      get: () => viewField(data, base, field),
      ...(isScalar && {
        set: (value: number | bigint) => writeScalar(data, base + field.offset, scalar, value),
      }),
    }
  }
  return Object.defineProperties({}, properties)
}

/** Bytes of one element of the flexible array that ends a structure; 0 if none does. */
export function flexibleElementBytes(layout: StructLayout): number {
  const last = layoutOf(layout).fields.at(-1)
  if (last?.count !== Number.POSITIVE_INFINITY) return 0
  return last.nested === undefined ? scalarBytes[last.scalar as ScalarType] : layoutOf(last.nested).sizeBytes
}

/** The bytes as a view for a structure, which they must hold; all of them where `isWhole`. */
export function dataOf(layout: StructLayout, bytes: Uint8Array, isWhole: boolean): DataView {
  const { sizeBytes, alignBytes } = layoutOf(layout)
  const { byteOffset, length } = bytes
  const name = layout.name ?? layout.kind
  if (byteOffset % alignBytes !== 0) throw new LayoutError('misaligned', name, alignBytes, byteOffset)
  if (length < sizeBytes) throw new LayoutError('truncated', name, sizeBytes, length)
  if (isWhole && length > sizeBytes) {
    const element = flexibleElementBytes(layout)
    if (element === 0) throw new LayoutError('oversized', name, sizeBytes, length)
    const whole = sizeBytes + Math.ceil((length - sizeBytes) / element) * element
    if (whole !== length) throw new LayoutError('truncated', name, whole, length)
  }
  return new DataView(bytes.buffer, byteOffset, length)
}

/**
 * A view of the structure that `bytes` are. Nothing is copied: every access reads or writes the bytes, and a flexible
 * array reaches to their end. Values wrap to the width of their field.
 *
 * @throws {@link LayoutError} if the bytes are not as many as the structure has, with whole elements of a flexible
 * array, or do not begin at its alignment.
 * @example
 * const run = viewStruct(kvm_run, bytes)
 * if (run.exit_reason === KVM_EXIT_MMIO) run.exit.mmio.data.fill(0)
 * @see `decodeStruct` for a copy, {@link viewStructAt} for a part of a larger buffer
 */
export function viewStruct<const L extends StructLayout>(layout: L, bytes: Uint8Array): StructView<L> {
  return viewAt(layout, dataOf(layout, bytes, true), 0) as StructView<L>
}

/**
 * A view of a structure `offset` bytes into a larger buffer, such as `kvm_run` in the mapping of a vCPU. A flexible array
 * reaches to the end of the buffer.
 *
 * @throws {@link LayoutError} if the rest of the buffer is too short or does not begin at the structure's alignment.
 * @see {@link viewStruct}
 */
export function viewStructAt<const L extends StructLayout>(
  layout: L,
  bytes: Uint8Array,
  offset: number = 0,
): StructView<L> {
  return viewAt(layout, dataOf(layout, bytes.subarray(offset), false), 0) as StructView<L>
}
