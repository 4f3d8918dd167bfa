/** `armvisor uapi struct`: layouts, hex dumps into fields, fields into hex dumps. */

import { decodeStruct, encodeStruct, type FieldLayout, LayoutError, layoutOf, type StructLayout } from '@armvisor/uapi'
import { formatValue, structTable } from '@armvisor/uapi/tables'
import { FailureError, UsageError } from '../errors.ts'
import { columns, type Description, formatHexDump, hex, parseHexDump, parseNumber } from './uapi-text.ts'

type Row = [string, string]

function typeText({ scalar, count, nested, sizeBytes }: FieldLayout): string {
  const base = scalar ?? nested?.name ?? `${nested?.kind} of ${sizeBytes} bytes`
  if (count === undefined) return base
  return `${base}[${count === Number.POSITIVE_INFINITY ? '' : count}]`
}

function layoutRows(layout: StructLayout, path: string, base: number): Row[] {
  const { fields, aliases } = layoutOf(layout)
  return [...fields, ...aliases].flatMap((field): Row[] => {
    const name = path + field.name
    const row: Row = [String(base + field.offset), `${name}: ${typeText(field)}`]
    const isInline = field.nested !== undefined && field.count === undefined
    return isInline ? [row, ...layoutRows(field.nested as StructLayout, `${name}.`, base + field.offset)] : [row]
  })
}

/** A value with the names of its flags; numbers that may be large are hexadecimal. */
function valueText(field: string, value: number | bigint): string {
  const names = formatValue(field, value)
  const number = typeof value === 'bigint' || value > 9 ? hex(value) : String(value)
  return names === '' ? number : `${number} ${names}`
}

function valueRows(struct: string, path: string, value: object): Row[] {
  return Object.entries(value).flatMap(([name, part]: [string, unknown]): Row[] => {
    const field = path + name
    if (typeof part === 'number' || typeof part === 'bigint') return [[field, valueText(`${struct}.${field}`, part)]]
    if (!Array.isArray(part)) return valueRows(struct, `${field}.`, part as object)
    if (typeof part[0] === 'object')
      return part.flatMap((one, n) => valueRows(struct, `${field}[${n}].`, one as object))
    // What is all 0 is padding as a rule.
    if (part.every((one) => Number(one) === 0)) return [[field, part.length === 0 ? 'none' : `${part.length} times 0`]]
    const texts = part.map((one: number | bigint, n) => (n === 0 ? valueText(`${struct}.${field}`, one) : hex(one)))
    return [[field, texts.join(', ')]]
  })
}

/** Assignments `a.b=1`, `a[2]=3` as the nested object that they build. @throws {@link UsageError} */
function assigned(layout: StructLayout, assignments: readonly string[]): object {
  const value = {}
  for (const assignment of assignments) {
    const match = /^([\w.[\]]+)=(\S+)$/.exec(assignment)
    const number = parseNumber(match?.[2] ?? '')
    if (match === null || number === undefined) {
      throw new UsageError(`${assignment} is no assignment: give FIELD=NUMBER, as flags=1 or args[0]=0x10.`)
    }
    assign(layout, value, match[1].split(/[.[\]]+/).filter(Boolean), number, match[1])
  }
  return value
}

function assign(layout: StructLayout, target: object, path: readonly string[], number: bigint, whole: string): void {
  const [name, ...rest] = path
  const unknown = (): UsageError =>
    new UsageError(`${layout.name ?? 'the structure'} has no field ${whole} that takes a number: see its layout.`)
  const field = layoutOf(layout).fields.find((known) => known.name === name)
  if (field === undefined) throw unknown()
  const fields = target as Record<string, unknown>
  const { nested, count } = field
  if (count !== undefined) {
    const index = Number(rest.shift())
    const array = (fields[name] ??= []) as unknown[]
    if (!Number.isInteger(index) || index >= Math.min(count, 65536)) throw unknown()
    while (array.length <= index) array.push(nested === undefined ? 0n : {})
    if (nested !== undefined) assign(nested, array[index] as object, rest, number, whole)
    else if (rest.length === 0) array[index] = number
    else throw unknown()
    return
  }
  if (nested !== undefined) {
    fields[name] ??= {}
    assign(nested, fields[name] as object, rest, number, whole)
  } else if (rest.length === 0) fields[name] = number
  else throw unknown()
}

/** The layout of a structure; with a dump its fields; with assignments the dump. */
export function describeStruct(name: string, what: readonly string[]): Description {
  const layout = [name, `kvm_${name}`]
    .filter((known) => Object.hasOwn(structTable, known))
    .map((known) => structTable[known])[0]
  if (layout === undefined) throw new FailureError(`${name} is no structure of KVM; give a name as kvm_one_reg.`)
  const struct = layout.name ?? name
  if (what.length === 0) {
    const { sizeBytes, fields } = layoutOf(layout)
    const rows = layoutRows(layout, '', 0)
    return {
      json: { name: struct, sizeBytes, fields },
      lines: [`struct ${struct}: ${sizeBytes} bytes`, ...columns(rows)],
    }
  }
  try {
    if (what[0].includes('=')) {
      const bytes = formatHexDump(encodeStruct(layout, assigned(layout, what)))
      return { json: { name: struct, bytes }, lines: [bytes] }
    }
    const value = decodeStruct(layout, parseHexDump(what.join(' ')))
    return { json: { name: struct, ...value }, lines: [`struct ${struct}`, ...columns(valueRows(struct, '', value))] }
  } catch (error) {
    if (error instanceof LayoutError) throw new FailureError(`${error.message}.`, { cause: error })
    throw error
  }
}
