/**
 * C structures over bytes: offsets from field types by the rules of the arm64 C ABI (little-endian, natural alignment).
 *
 * A layout is a plain literal, so that a bundler drops what is not used; offsets are computed at first use.
 */

/**
 * Scalar of a C structure. `u64`, `s64` and `u128` are bigints in JavaScript, all others numbers.
 *
 * @see [AAPCS64] §5.1
 */
export type ScalarType = 'u8' | 's8' | 'u16' | 's16' | 'u32' | 's32' | 'u64' | 's64' | 'u128'

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
 * @see {@link layoutOf} for offsets, {@link viewStruct} for access
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

/**
 * What is wrong with bytes that hold no structure: too few, more than it has, or not where the C ABI puts it.
 *
 * @see {@link LayoutError}
 */
export type LayoutProblem = 'truncated' | 'oversized' | 'misaligned'

/** Bytes that do not hold a structure. @see {@link viewStruct} */
export class LayoutError extends RangeError {
  readonly problem: LayoutProblem
  /** Name of the structure. */
  readonly struct: string
  /** Bytes that it needs; of a misaligned one the alignment that it needs. */
  readonly neededBytes: number
  /** Bytes that there are; of a misaligned one the offset in the buffer. */
  readonly actualBytes: number

  constructor(problem: LayoutProblem, struct: string, neededBytes: number, actualBytes: number) {
    super(
      problem === 'misaligned'
        ? `${struct} needs an offset that is a multiple of ${neededBytes} and is at ${actualBytes}`
        : `${struct} needs ${neededBytes} bytes and there are ${actualBytes}`,
    )
    this.name = 'LayoutError'
    this.problem = problem
    this.struct = struct
    this.neededBytes = neededBytes
    this.actualBytes = actualBytes
  }
}

const scalarBytes: Readonly<Record<ScalarType, number>> = {
  u8: 1,
  s8: 1,
  u16: 2,
  s16: 2,
  u32: 4,
  s32: 4,
  u64: 8,
  s64: 8,
  u128: 16,
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

/** JavaScript type of a scalar. */
export type ScalarValue<S extends ScalarType> = S extends 'u64' | 's64' | 'u128' ? bigint : number

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

function readScalar(data: DataView, offset: number, scalar: ScalarType): number | bigint {
  switch (scalar) {
    case 'u8':
      return data.getUint8(offset)
    case 's8':
      return data.getInt8(offset)
    case 'u16':
      return data.getUint16(offset, true)
    case 's16':
      return data.getInt16(offset, true)
    case 'u32':
      return data.getUint32(offset, true)
    case 's32':
      return data.getInt32(offset, true)
    case 'u64':
      return data.getBigUint64(offset, true)
    case 's64':
      return data.getBigInt64(offset, true)
    case 'u128':
      return data.getBigUint64(offset, true) | (data.getBigUint64(offset + 8, true) << 64n)
  }
}

// Values wrap to the width of the field, as an assignment in C does.
function writeScalar(data: DataView, offset: number, scalar: ScalarType, value: number | bigint): void {
  switch (scalarBytes[scalar]) {
    case 1:
      data.setUint8(offset, Number(value))
      break
    case 2:
      data.setUint16(offset, Number(value), true)
      break
    case 4:
      data.setUint32(offset, Number(value), true)
      break
    case 8:
      data.setBigUint64(offset, BigInt(value), true)
      break
    default:
      data.setBigUint64(offset, BigInt(value), true)
      data.setBigUint64(offset + 8, BigInt(value) >> 64n, true)
  }
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

function viewField(data: DataView, base: number, field: FieldLayout): unknown {
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
function flexibleElementBytes(layout: StructLayout): number {
  const last = layoutOf(layout).fields.at(-1)
  if (last?.count !== Number.POSITIVE_INFINITY) return 0
  return last.nested === undefined ? scalarBytes[last.scalar as ScalarType] : layoutOf(last.nested).sizeBytes
}

function dataOf(layout: StructLayout, bytes: Uint8Array, isWhole: boolean): DataView {
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
 * @see {@link decodeStruct} for a copy, {@link viewStructAt} for a part of a larger buffer
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
      const { length } = part as NestedArrayView
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
 * @throws {@link LayoutError} as {@link viewStruct} does.
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
