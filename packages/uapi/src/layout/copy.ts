/** Structures copied out of bytes and into them. */

import { type FieldLayout, layoutOf, type StructLayout } from './define.ts'
import { type ScalarType, type ScalarValue, scalarBytes, writeScalar } from './scalar.ts'
import { dataOf, flexibleElementBytes, viewField } from './view.ts'

type FieldValue<F> = F extends `${infer S extends ScalarType}[${string}]`
  ? readonly ScalarValue<S>[]
  : F extends { readonly kind: 'array'; readonly of: infer E extends StructLayout }
    ? readonly StructValue<E>[]
    : F extends StructLayout
      ? StructValue<F>
      : F extends ScalarType
        ? ScalarValue<F>
        : never

/**
 * A structure as a plain object: arrays are arrays, nested structures objects. Of a union every member is there.
 *
 * @see {@link decodeStruct}
 */
export type StructValue<L extends StructLayout> = { readonly [K in keyof L['fields']]: FieldValue<L['fields'][K]> }

/**
 * What {@link encodeStruct} takes: any of the fields; those left out are 0.
 *
 * @see {@link encodeStruct}
 */
export type PartialStructValue<L extends StructLayout> = {
  readonly [K in keyof L['fields']]?: L['fields'][K] extends StructLayout
    ? PartialStructValue<L['fields'][K]>
    : FieldValue<L['fields'][K]>
}

function copyOut(layout: StructLayout, data: DataView, base: number): object {
  const value: Record<string, unknown> = {}
  for (const field of layoutOf(layout).fields) {
    const { nested, count } = field
    const part = viewField(data, base, field)
    if (nested !== undefined && count === undefined) value[field.name] = copyOut(nested, data, base + field.offset)
    else if (count === undefined) value[field.name] = part
    else if (nested === undefined) value[field.name] = [...(part as Iterable<number | bigint>)]
    else {
      const { length } = part as { readonly length: number }
      const at = base + field.offset
      value[field.name] = Array.from({ length }, (_, index) =>
        copyOut(nested, data, at + index * layoutOf(nested).sizeBytes),
      )
    }
  }
  return value
}

/**
 * A structure as a plain object, copied out of `bytes`.
 *
 * @throws {@link LayoutError} as `viewStruct` does.
 * @see {@link encodeStruct}, the inverse
 */
export function decodeStruct<const L extends StructLayout>(layout: L, bytes: Uint8Array): StructValue<L> {
  return copyOut(layout, dataOf(layout, bytes, true), 0) as StructValue<L>
}

type Fields = Readonly<Record<string, unknown>>

function copyIn(layout: StructLayout, data: DataView, base: number, value: Fields): void {
  const { fields } = layoutOf(layout)
  for (const name of Object.keys(value)) {
    const field = fields.find((candidate) => candidate.name === name)
    const part = value[name]
    if (field === undefined) throw new RangeError(`${layout.name ?? layout.kind} has no field ${name}`)
    if (part !== undefined) copyFieldIn(field, data, base + field.offset, part)
  }
}

function copyFieldIn(field: FieldLayout, data: DataView, at: number, part: unknown): void {
  const { nested, count } = field
  const scalar = field.scalar as ScalarType
  const write = (to: number, value: unknown): void => {
    if (nested !== undefined) copyIn(nested, data, to, value as Fields)
    else writeScalar(data, to, scalar, value as number | bigint)
  }
  if (count === undefined) {
    write(at, part)
    return
  }
  const values = part as ArrayLike<unknown>
  if (values.length > count) {
    throw new RangeError(`${field.name} has ${count} elements and ${values.length} are given`)
  }
  const elementBytes = nested === undefined ? scalarBytes[scalar] : layoutOf(nested).sizeBytes
  for (let index = 0; index < values.length; index += 1) write(at + index * elementBytes, values[index])
}

/** Bytes that the flexible array of `value`, if any, adds to `sizeof`. */
function flexibleBytes(layout: StructLayout, value: Fields): number {
  const name = layoutOf(layout).fields.at(-1)?.name ?? ''
  const values = value[name] as ArrayLike<unknown> | undefined
  const elementBytes = flexibleElementBytes(layout)
  return elementBytes === 0 ? 0 : (values?.length ?? 0) * elementBytes
}

/**
 * Bytes of a structure with the given fields, all others 0: `sizeof` bytes and those of a flexible array's elements.
 * Members of a union are written in the order of `value`.
 *
 * @throws RangeError for a field the structure does not have and for an array that is too long.
 * @example
 * encodeStruct(kvm_one_reg, { id: coreReg('pc'), addr: 0x1000n })
 * @see {@link decodeStruct}, the inverse
 */
export function encodeStruct<const L extends StructLayout>(layout: L, value: PartialStructValue<L>): Uint8Array {
  const record = value as Fields
  const bytes = new Uint8Array(layoutOf(layout).sizeBytes + flexibleBytes(layout, record))
  copyIn(layout, new DataView(bytes.buffer), 0, record)
  return bytes
}
