/**
 * C structures over bytes: offsets from field types by the rules of the arm64 C ABI (little-endian, natural alignment).
 *
 * A layout is a plain literal, so that a bundler drops what is not used; offsets are computed at first use.
 */

import { type ScalarType, scalarBytes } from './scalar.ts'

/**
 * A flexible array of structures at the end of a structure.
 *
 * @see {@link FieldType}
 */
export interface StructArray {
  readonly kind: 'array'
  /** Layout of each element. */
  readonly of: StructLayout
}

/**
 * Type of a field: a scalar, an array (`u32[7]`), a flexible array at the end (`u64[]`, or {@link StructArray}), or a
 * nested layout.
 *
 * @see {@link StructLayout}
 */
export type FieldType = ScalarType | `${ScalarType}[${number | ''}]` | StructLayout | StructArray

/**
 * A C structure or union, as a literal.
 *
 * Padding that the header names is a field; padding that the compiler inserts is not. The fields of an anonymous union
 * of the header hang under one field here, whose name the header does not have (`anonymous`).
 *
 * @see {@link layoutOf} for offsets, `viewStruct` for access
 */
export interface StructLayout {
  readonly kind: 'struct' | 'union'
  /** Name without `struct`; nested layouts have none. */
  readonly name?: string
  /** The header has no name for the field that holds this. */
  readonly anonymous?: true
  /** Fields in the order of the header. */
  readonly fields: Readonly<Record<string, FieldType>>
  /**
   * Further names of the header for the bytes of a field, with the type they have there. They have offsets and no place
   * in values and views.
   */
  readonly aliases?: Readonly<Record<string, readonly [field: string, type: FieldType]>>
}

/** Where a field is. @see {@link layoutOf} */
export interface FieldLayout {
  readonly name: string
  /** Bytes from the beginning of the structure. */
  readonly offset: number
  /** Bytes of the whole field; 0 for a flexible array. */
  readonly sizeBytes: number
  /** Scalar of the field or of the array's elements; undefined for a nested structure. */
  readonly scalar: ScalarType | undefined
  /** Number of elements; undefined if the field is no array, `Infinity` if it is flexible. */
  readonly count: number | undefined
  /** Layout of a nested structure, or of the elements of an array of structures. */
  readonly nested: StructLayout | undefined
}

/** Size, alignment and fields of a structure. @see {@link layoutOf} */
export interface ComputedLayout {
  readonly sizeBytes: number
  readonly alignBytes: number
  readonly fields: readonly FieldLayout[]
  /** Further names of the header for bytes of the fields. */
  readonly aliases: readonly FieldLayout[]
}

const computed: WeakMap<StructLayout, ComputedLayout> = /* @__PURE__ */ new WeakMap()

const alignUp = (value: number, alignBytes: number): number => Math.ceil(value / alignBytes) * alignBytes

function fieldShape(type: FieldType): Omit<FieldLayout, 'name' | 'offset'> & { readonly alignBytes: number } {
  if (typeof type === 'object' && type.kind === 'array') {
    const { alignBytes } = layoutOf(type.of)
    return { sizeBytes: 0, alignBytes, scalar: undefined, count: Number.POSITIVE_INFINITY, nested: type.of }
  }
  if (typeof type === 'object') {
    const { sizeBytes, alignBytes } = layoutOf(type)
    return { sizeBytes, alignBytes, scalar: undefined, count: undefined, nested: type }
  }
  const bracket = type.indexOf('[')
  const scalar = (bracket < 0 ? type : type.slice(0, bracket)) as ScalarType
  const elementBytes = scalarBytes[scalar]
  if (bracket < 0) {
    return { sizeBytes: elementBytes, alignBytes: elementBytes, scalar, count: undefined, nested: undefined }
  }
  const length = type.slice(bracket + 1, -1)
  const isFlexible = length === ''
  const count = isFlexible ? Number.POSITIVE_INFINITY : Number(length)
  const sizeBytes = isFlexible ? 0 : count * elementBytes
  return { sizeBytes, alignBytes: elementBytes, scalar, count, nested: undefined }
}

/**
 * Size, alignment and field offsets of a layout, computed once.
 *
 * @see [AAPCS64] §5.3
 */
export function layoutOf(layout: StructLayout): ComputedLayout {
  const known = computed.get(layout)
  if (known !== undefined) return known
  const fields: FieldLayout[] = []
  let end = 0
  let structAlign = 1
  for (const name of Object.keys(layout.fields)) {
    const { alignBytes, ...shape } = fieldShape(layout.fields[name])
    const offset = layout.kind === 'union' ? 0 : alignUp(end, alignBytes)
    fields.push({ name, offset, ...shape })
    end = Math.max(end, offset + shape.sizeBytes)
    structAlign = Math.max(structAlign, alignBytes)
  }
  const aliases = Object.entries(layout.aliases ?? {}).map(([name, [of, type]]): FieldLayout => {
    const { alignBytes: _, ...shape } = fieldShape(type)
    return { name, offset: fields.find((field) => field.name === of)?.offset ?? 0, ...shape }
  })
  const result: ComputedLayout = { sizeBytes: alignUp(end, structAlign), alignBytes: structAlign, fields, aliases }
  computed.set(layout, result)
  return result
}

/** `sizeof` of a structure, in bytes. @see {@link layoutOf} */
export function sizeOfStruct(layout: StructLayout): number {
  return layoutOf(layout).sizeBytes
}

function namedField({ fields, aliases }: ComputedLayout, name: string): FieldLayout | undefined {
  return [...fields, ...aliases].find((candidate) => candidate.name === name)
}

/**
 * `offsetof` of a field, in bytes. A dotted name goes into nested structures: `exit.mmio.len`.
 *
 * @throws RangeError if there is no such field.
 * @see {@link layoutOf}
 */
export function offsetOfField(layout: StructLayout, path: string): number {
  let offset = 0
  let current: StructLayout | undefined = layout
  for (const name of path.split('.')) {
    const field: FieldLayout | undefined = current === undefined ? undefined : namedField(layoutOf(current), name)
    if (field === undefined) throw new RangeError(`${layout.name ?? layout.kind} has no field ${path}`)
    offset += field.offset
    current = field.nested
  }
  return offset
}
