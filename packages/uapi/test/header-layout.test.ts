/** Every structure layout against what the C compiler makes of the headers of Linux 6.12 (`fixtures/linux-6.12.117.json`). */

import { describe, expect, test } from 'vitest'
import type { FieldLayout, StructLayout } from '../src/index.ts'
import * as uapi from '../src/index.ts'
import { ioctlTable, structTable } from '../src/tables.ts'
import fixture from './fixtures/linux-6.12.117.json' with { type: 'json' }

interface RecordedField {
  readonly offset: number
  readonly size: number
  readonly element?: number
  readonly type: string
}
type RecordedStruct = { readonly size: number; readonly fields: Readonly<Record<string, RecordedField>> }
const recorded = fixture.structs as unknown as Readonly<Record<string, RecordedStruct>>

function isLayout(value: unknown): value is StructLayout & { readonly name: string } {
  return typeof value === 'object' && value !== null && 'kind' in value && 'fields' in value && 'name' in value
}

/** Fields that came after Linux 6.12. */
const newer: readonly string[] = ['', '.flags', '.esr', '.gva', '.gpa'].map((field) => `kvm_run.arm_sea${field}`)

/** Fields by dotted path from the outermost structure, without the step for an anonymous union. */
function flatten(layout: StructLayout, path = '', base = 0): [string, FieldLayout, number][] {
  const { fields, aliases } = uapi.layoutOf(layout)
  return [...fields, ...aliases].flatMap((field): [string, FieldLayout, number][] => {
    const { nested, offset } = field
    if (nested?.anonymous === true) return flatten(nested, path, base + offset)
    const self: [string, FieldLayout, number] = [path + field.name, field, base + offset]
    return nested === undefined || field.count !== undefined
      ? [self]
      : [self, ...flatten(nested, `${path}${field.name}.`, base + offset)]
  })
}

function recordOf(field: FieldLayout): { size: number; element?: number; isSigned: boolean } {
  const size = field.sizeBytes
  const isSigned = field.scalar?.startsWith('s') ?? false
  if (field.count === undefined) return { size, isSigned }
  const element = field.nested === undefined ? Number(field.scalar?.slice(1)) / 8 : uapi.sizeOfStruct(field.nested)
  return { size, element, isSigned }
}

/** The C++ helper that the headers put before a flexible array: no bytes, where the array begins. */
const helper = /(^|\.)__empty_(\w+)$/

describe('structures against the headers', () => {
  const counts = { structs: 0, fields: 0, helpers: 0 }

  test.each(Object.entries(recorded))('behavior: %s has the size and offsets of the header', (name, record) => {
    const layout = structTable[name]
    expect(layout, 'it has a layout').toBeDefined()
    expect(layout.name).toBe(name)
    expect(uapi.sizeOfStruct(layout)).toBe(record.size)
    const ours = new Map(flatten(layout).map(([path, field, offset]) => [path, { field, offset }]))
    for (const [path, { type, ...numbers }] of Object.entries(record.fields)) {
      const flexible = helper.exec(path)
      if (flexible !== null) {
        expect({ ...numbers, offset: ours.get(flexible[2])?.offset }, path).toEqual(numbers)
        counts.helpers += 1
        continue
      }
      const field = ours.get(path)
      expect(field, path).toBeDefined()
      if (field === undefined) continue
      const isNested = field.field.nested !== undefined
      expect(isNested, path).toBe(type === 'struct' || type === 'union')
      expect({ offset: field.offset, ...recordOf(field.field) }, path).toEqual({
        ...numbers,
        isSigned: type === 'signed',
      })
      counts.fields += 1
    }
    for (const path of ours.keys()) {
      expect(path in record.fields || newer.includes(`${name}.${path}`), `${path} is in the header`).toBe(true)
    }
    counts.structs += 1
  })

  test('default: nothing is missing', () => {
    const fields = Object.values(recorded).flatMap((record) => Object.keys(record.fields))
    console.log(
      `${counts.structs} of ${Object.keys(recorded).length} structures, ${counts.fields + counts.helpers} of ${fields.length} fields compared (${counts.helpers} of them C++ helpers of no bytes)`,
    )
    expect(counts.structs).toBe(Object.keys(recorded).length)
    expect(Object.keys(structTable).sort()).toEqual(Object.keys(recorded).sort())
    expect(counts.fields + counts.helpers).toBe(fields.length)
  })

  test('behavior: the table and the exports are the same', () => {
    const exported = Object.fromEntries(Object.entries(uapi).filter(([, value]) => isLayout(value)))
    expect(exported).toEqual(structTable)
  })

  test('behavior: every structure an ioctl takes has a layout', () => {
    const missing = ioctlTable.filter((row) => recorded[row.arg] !== undefined && !(row.arg in structTable))
    expect(missing).toEqual([])
  })
})
