/** Every structure layout against what the C compiler makes of the headers of Linux 6.12 (`fixtures/linux-6.12.117.json`). */

import { describe, expect, test } from 'vitest'
import type { FieldLayout, StructLayout } from '../src/index.ts'
import * as uapi from '../src/index.ts'
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
const layouts = Object.entries(uapi as Readonly<Record<string, unknown>>).filter(
  (entry): entry is [string, StructLayout & { name: string }] => isLayout(entry[1]),
)

/** Fields by dotted path from the outermost structure, without the step for an anonymous union. */
function flatten(layout: StructLayout, path = '', base = 0): [string, FieldLayout, number][] {
  return uapi.layoutOf(layout).fields.flatMap((field): [string, FieldLayout, number][] => {
    const { nested, offset } = field
    if (nested?.anonymous === true) return flatten(nested, path, base + offset)
    const self: [string, FieldLayout, number] = [path + field.name, field, base + offset]
    return nested === undefined ? [self] : [self, ...flatten(nested, `${path}${field.name}.`, base + offset)]
  })
}

function recordOf(field: FieldLayout): { size: number; element?: number; isSigned: boolean } {
  const size = field.sizeBytes
  const isSigned = field.scalar?.startsWith('s') ?? false
  if (field.count === undefined) return { size, isSigned }
  return { size, element: Number(field.scalar?.slice(1)) / 8, isSigned }
}

/** Fields of the headers that our layouts leave out, with the reason. */
const leftOut: readonly [RegExp, string][] = [
  [
    /^kvm_run\.(ex|io|iocsr_io|tpr_access|s390_|dcr|emulation_failure|osi|papr_hcall|epr|eoi|hyperv|msr|xen|riscv_)/,
    'another architecture',
  ],
  [/^kvm_run\.notify/, 'another architecture'],
  [/^kvm_run\.hypercall\.longmode$/, 'x86 name of hypercall.flags'],
  [/^kvm_run\.system_event\.flags$/, 'old name of system_event.data[0]'],
  [/^kvm_irq_level\.status$/, 'what KVM_IRQ_LINE_STATUS returns in irq'],
  [/^kvm_(clear_)?dirty_log\.padding2$/, 'fixes the size of the pointer'],
  [/^kvm_coalesced_mmio(_zone)?\.pad$/, 'old name of pio'],
  [/^kvm_irq_routing\.entries$/, 'kvm_irq_routing_entry follows'],
  [/^kvm_irq_routing_entry\.u\.(adapter|hv_sint|xen_evtchn)/, 'another architecture'],
  [/^kvm_irq_routing_entry\.u\.msi\.(pad|$)/, 'shares its bytes with devid'],
  [/\.__empty_\w+$/, 'C++ helper of a flexible array'],
]

describe('structures against the headers', () => {
  const counts = { structs: layouts.length, fields: 0, leftOut: 0 }

  test.each(layouts)('behavior: %s has the offsets of the header', (name, layout) => {
    expect(layout.name).toBe(name)
    const record = recorded[name]
    expect(record, 'the header defines it').toBeDefined()
    expect(uapi.sizeOfStruct(layout)).toBe(record.size)
    const ours = flatten(layout)
    for (const [path, field, offset] of ours) {
      const theirs = record.fields[path]
      expect(theirs, path).toBeDefined()
      const isNested = field.nested !== undefined
      expect(isNested, path).toBe(theirs.type === 'struct' || theirs.type === 'union')
      const { type, ...numbers } = theirs
      expect({ offset, ...recordOf(field) }, path).toEqual({ ...numbers, isSigned: type === 'signed' })
      counts.fields += 1
    }
    const paths = new Set(ours.map(([path]) => path))
    for (const path of Object.keys(record.fields)) {
      if (paths.has(path)) continue
      const reason = leftOut.find(([pattern]) => pattern.test(`${name}.${path}`))
      expect(reason, `${name}.${path} is in the header and not in the layout`).toBeDefined()
      counts.leftOut += 1
    }
  })

  test('default: everything was compared', () => {
    console.log(
      `${counts.structs} structures, ${counts.fields} fields compared, ${counts.leftOut} left out with a reason`,
    )
    expect(counts.structs).toBeGreaterThanOrEqual(40)
    expect(counts.fields).toBeGreaterThanOrEqual(200)
  })

  test('behavior: kvm_arm_device_addr to kvm_vcpu_init: every structure an arm64 ioctl takes has a layout', () => {
    const missing = uapi.ioctlTable
      .filter((row) => row.fds.length > 0 && recorded[row.arg] !== undefined && !(row.arg in uapi))
      .map((row) => row.arg)
    expect(missing).toEqual([])
  })
})
