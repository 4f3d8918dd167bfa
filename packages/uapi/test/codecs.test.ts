/** Every structure of the table: encode and decode undo each other, and bytes that do not fit give a `LayoutError`. */

import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeStruct,
  encodeStruct,
  type FieldLayout,
  LayoutError,
  layoutOf,
  type ScalarType,
  type StructLayout,
  viewStruct,
  viewStructAt,
} from '../src/index.ts'
import { structTable } from '../src/tables.ts'

const structs = Object.entries(structTable)
/** Elements that flexible arrays have here, at most. */
const flexibleCount = 5

const bits = (scalar: ScalarType): number => Number(scalar.slice(1))

function scalarValue(scalar: ScalarType): fc.Arbitrary<number | bigint> {
  const width = bits(scalar)
  const [min, max] = scalar.startsWith('s')
    ? [-(1n << BigInt(width - 1)), (1n << BigInt(width - 1)) - 1n]
    : [0n, (1n << BigInt(width)) - 1n]
  const big = fc.bigInt({ min, max })
  return width >= 64 ? big : big.map(Number)
}

function fieldValue({ nested, scalar, count }: FieldLayout): fc.Arbitrary<unknown> {
  const element: fc.Arbitrary<unknown> = nested === undefined ? scalarValue(scalar as ScalarType) : structValue(nested)
  if (count === undefined) return element
  const isFlexible = count === Number.POSITIVE_INFINITY
  return fc.array(element, {
    minLength: isFlexible ? 0 : count,
    maxLength: isFlexible ? flexibleCount : count,
    size: 'max',
  })
}

/** All fields of a structure, one member of a union. */
function structValue(layout: StructLayout): fc.Arbitrary<object> {
  const fields = layoutOf(layout).fields.map((field) => [field.name, fieldValue(field)] as const)
  if (layout.kind === 'struct') return fc.record(Object.fromEntries(fields))
  return fc.oneof(...fields.map(([name, value]) => fc.record({ [name]: value })))
}

/** Bytes that a field covers; what the compiler pads is covered by none. */
function cover(layout: StructLayout, base: number, covered: Uint8Array): void {
  for (const field of layoutOf(layout).fields) {
    const at = base + field.offset
    if (field.nested === undefined)
      covered.fill(0xff, at, field.count === Number.POSITIVE_INFINITY ? undefined : at + field.sizeBytes)
    else if (field.count === undefined) cover(field.nested, at, covered)
    else {
      const { sizeBytes } = layoutOf(field.nested)
      for (let next = at; next + sizeBytes <= covered.length; next += sizeBytes) cover(field.nested, next, covered)
    }
  }
}

/** `decoded` with only the members of unions that `value` has. */
function pick(decoded: unknown, value: unknown): unknown {
  if (Array.isArray(value)) {
    expect((decoded as unknown[]).length).toBe(value.length)
    return value.map((element, index) => pick((decoded as unknown[])[index], element))
  }
  if (typeof value !== 'object' || value === null) return decoded
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, pick((decoded as Record<string, unknown>)[name], part)]),
  )
}

/** Bytes of the flexible element that ends a structure, 0 without one. */
function elementBytes(layout: StructLayout): number {
  const last = layoutOf(layout).fields.at(-1)
  if (last?.count !== Number.POSITIVE_INFINITY) return 0
  return last.nested === undefined ? bits(last.scalar as ScalarType) / 8 : layoutOf(last.nested).sizeBytes
}

const thrown = (action: () => unknown): unknown => {
  try {
    action()
  } catch (error) {
    return error
  }
  return undefined
}

describe.each(structs)('%s', (_, layout) => {
  const { sizeBytes, alignBytes } = layoutOf(layout)
  const element = elementBytes(layout)

  test('behavior: encode then decode gives the fields', () => {
    fc.assert(
      fc.property(structValue(layout), (value) => {
        const bytes = encodeStruct(layout, value)
        expect(pick(decodeStruct(layout, bytes), value)).toEqual(value)
      }),
      { verbose: true, numRuns: 40 },
    )
  })

  test('behavior: decode then encode gives the bytes, and 0 for what no field covers', () => {
    const sizes = fc.nat({ max: element === 0 ? 0 : flexibleCount }).map((count) => sizeBytes + count * element)
    const contents = sizes.chain((size) => fc.uint8Array({ minLength: size, maxLength: size, size: 'max' }))
    fc.assert(
      fc.property(contents, (bytes) => {
        const covered = new Uint8Array(bytes.length)
        cover(layout, 0, covered)
        const value = decodeStruct(layout, bytes)
        expect(encodeStruct(layout, value)).toEqual(bytes.map((byte, index) => byte & covered[index]))
      }),
      { verbose: true, numRuns: 40 },
    )
  })

  test('behavior: a view reads what a copy has, and what is assigned is in the bytes', () => {
    fc.assert(
      fc.property(structValue(layout), (value) => {
        const bytes = encodeStruct(layout, value)
        const view = viewStruct(layout, bytes) as Record<string, unknown>
        const decoded = decodeStruct(layout, bytes) as Record<string, unknown>
        for (const { name, nested, count, scalar } of layoutOf(layout).fields) {
          if (nested !== undefined) continue
          if (count !== undefined) {
            expect([...(view[name] as Iterable<unknown>)]).toEqual(decoded[name])
            continue
          }
          expect(view[name]).toBe(decoded[name])
          const one = bits(scalar as ScalarType) >= 64 ? 1n : 1
          view[name] = one
          expect((decodeStruct(layout, bytes) as Record<string, unknown>)[name]).toBe(one)
        }
      }),
      { verbose: true, numRuns: 10 },
    )
  })

  test('error: truncated at every length', () => {
    for (let length = 0; length < sizeBytes; length += 1) {
      for (const read of [decodeStruct, viewStruct, viewStructAt]) {
        const error = thrown(() => read(layout, new Uint8Array(length)))
        expect(error).toBeInstanceOf(LayoutError)
        expect(error).toMatchObject({
          problem: 'truncated',
          struct: layout.name,
          neededBytes: sizeBytes,
          actualBytes: length,
        })
      }
    }
  })

  test('error: oversized, and a last element that is cut', () => {
    for (let more = 1; more <= 2 * Math.max(element, 8); more += 1) {
      const bytes = new Uint8Array(sizeBytes + more)
      for (const read of [decodeStruct, viewStruct]) {
        const error = thrown(() => read(layout, bytes))
        if (element !== 0 && more % element === 0) expect(error).toBeUndefined()
        else {
          expect(error).toBeInstanceOf(LayoutError)
          expect(error).toMatchObject({
            problem: element === 0 ? 'oversized' : 'truncated',
            actualBytes: sizeBytes + more,
          })
        }
      }
      expect(thrown(() => viewStructAt(layout, bytes))).toBeUndefined()
    }
  })

  test('error: misaligned', () => {
    const buffer = new Uint8Array(sizeBytes + 32)
    for (let offset = 0; offset < 32; offset += 1) {
      const bytes = buffer.subarray(offset, offset + sizeBytes)
      for (const error of [
        thrown(() => decodeStruct(layout, bytes)),
        thrown(() => viewStruct(layout, bytes)),
        thrown(() => viewStructAt(layout, buffer, offset)),
      ]) {
        if (offset % alignBytes === 0) expect(error).toBeUndefined()
        else {
          expect(error).toBeInstanceOf(LayoutError)
          expect(error).toMatchObject({ problem: 'misaligned', neededBytes: alignBytes, actualBytes: offset })
        }
      }
    }
  })
})

test('default: every structure was tried', () => {
  console.log(`${structs.length} structures: encode and decode are inverse, bytes that do not fit are refused`)
  expect(structs.length).toBe(60)
})
