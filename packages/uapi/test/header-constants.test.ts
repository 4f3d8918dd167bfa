/** Every number under a header name against the headers of Linux 6.12 (`fixtures/linux-6.12.117.json`). */

import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
// @boundaries-ignore the writer of these files is a tool, and nothing that is published may export it
import { staleConstantFiles } from '../../../tools/uapi/write-constants.ts'
import * as uapi from '../src/index.ts'
import {
  capabilityTable,
  deviceAttributeTable,
  exitMember,
  exitReasonRows,
  flagTable,
  type NumberRow,
  regClassTable,
} from '../src/tables.ts'
import fixture from './fixtures/linux-6.12.117.json' with { type: 'json' }

const recorded = new Map(Object.entries(fixture.constants).map(([name, value]) => [name, BigInt(value)]))

/** Exports under a specification's name that the headers of 6.12 do not have, with the version that brought them. */
const newer: Readonly<Record<string, string>> = {
  GUEST_MEMFD_FLAG_INIT_SHARED: '6.18',
  GUEST_MEMFD_FLAG_MMAP: '6.18',
  KVM_ARM_VCPU_HAS_EL2_E2H0: '6.16',
  KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED: '6.17',
  KVM_CAP_ARM_EL2: '6.16',
  KVM_CAP_ARM_EL2_E2H0: '6.16',
  KVM_CAP_ARM_SEA_TO_USER: '6.19',
  KVM_CAP_ARM_WRITABLE_IMP_ID_REGS: '6.15',
  KVM_CAP_GUEST_MEMFD_FLAGS: '6.18',
  KVM_DEV_ARM_VGIC_GRP_MAINT_IRQ: '6.16',
  KVM_EXIT_ARM_LDST64B: '7.0',
  KVM_EXIT_ARM_SEA: '6.19',
  KVM_EXIT_ARM_SEA_FLAG_GPA_VALID: '6.19',
  KVM_SYSTEM_EVENT_SHUTDOWN_FLAG_PSCI_OFF2: '6.13',
  PSCI_1_3_FN_SYSTEM_OFF2: '6.13',
  PSCI_1_3_FN64_SYSTEM_OFF2: '6.13',
  PSCI_1_3_OFF_TYPE_HIBERNATE_OFF: '6.13',
  KVM_VM_TYPE_ARM_PROTECTED: '7.x',
}

/** Names that only a proposal had. */
const proposed: readonly string[] = ['KVM_VM_TYPE_ARM_PHYS_SHIFT_MASK']

const exported = uapi as Readonly<Record<string, unknown>>
const numbers = Object.entries(exported).filter(
  (entry): entry is [string, number | bigint] =>
    /^[A-Z][A-Z0-9_]+$/.test(entry[0]) && ['number', 'bigint'].includes(typeof entry[1]),
)
const isErrno = (name: string): boolean => /^E[A-Z0-9]+$/.test(name)

test('default: every number of the headers is exported, with its value', () => {
  const names = [...recorded.keys()].filter((name) => !isErrno(name))
  for (const name of names) {
    const value = exported[name]
    expect(value, name).toBeDefined()
    expect(BigInt.asUintN(64, BigInt(value as number | bigint)), name).toBe(recorded.get(name))
  }
  console.log(`${names.length} of ${names.length} constants of the headers compared`)
  expect(names.length).toBe(758)
})

test('behavior: every exported number is of the headers, or marked as newer', () => {
  const own = numbers.map(([name]) => name).filter((name) => !recorded.has(name) && !proposed.includes(name))
  expect(own.sort()).toEqual(Object.keys(newer).sort())
})

test('behavior: what is newer says so in its documentation', () => {
  const folder = new URL('../src/', import.meta.url)
  const text = readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(new URL(file, folder), 'utf8'))
    .join('\n')
  for (const [name, version] of Object.entries(newer)) {
    const [comment] = new RegExp(`/\\*\\*(?:(?!\\*/)[^])*\\*/\nexport const ${name} =`).exec(text) ?? ['']
    expect(comment, name).toMatch(new RegExp(`(Since|Linux) ${version.replace('.', '\\.')}`))
  }
})

test('behavior: errnos are those of the C library', () => {
  for (const [name, value] of Object.entries(uapi.errnoTable)) expect(recorded.get(name), name).toBe(BigInt(value))
})

test('behavior: the files of constants are what the tables give', () => {
  expect(staleConstantFiles()).toEqual([])
})

test('behavior: the tables hold all capabilities, exit reasons and ioctls of the headers', () => {
  const names = (pattern: RegExp): string[] => [...recorded.keys()].filter((name) => pattern.test(name)).sort()
  const rows = (table: readonly NumberRow[]): string[] =>
    table
      .map((row) => row.name)
      .filter((name) => !(name in newer))
      .sort()
  expect(rows(capabilityTable)).toEqual(names(/^KVM_CAP_/))
  expect(rows(exitReasonRows)).toEqual(names(/^KVM_EXIT_(?!IO_|HYPERV_|XEN_HCALL|FAIL_ENTRY_CPU_UNSUPPORTED)/))
  for (const { name, value } of [...capabilityTable, ...exitReasonRows]) expect(exported[name], name).toBe(value)
})

test('behavior: an exit reason with a member of the union names one that exists', () => {
  const members = Object.keys(uapi.kvm_run.fields.exit.fields)
  const named = exitReasonRows.map((row) => exitMember(row.name)).filter((member) => members.includes(member))
  // debug, mmio and padding aside every member belongs to a reason; emulation_failure is another form of internal.
  expect(members.filter((member) => !named.includes(member))).toEqual(['emulation_failure', 'padding'])
})

test('behavior: the groups of device attributes and the classes of registers of arm64 are in their tables', () => {
  const groups = new Set(deviceAttributeTable.flatMap((row) => Object.keys(row.group)))
  const attrs = new Set(deviceAttributeTable.flatMap((row) => Object.keys(row.attrs)))
  for (const name of recorded.keys()) {
    if (/^KVM_DEV_ARM_VGIC_GRP_|^KVM_ARM_V(CPU|M)_\w+_CTRL$/.test(name)) expect(groups.has(name), name).toBe(true)
    if (/^KVM_VGIC_\w+_ADDR_TYPE|^KVM_ARM_VCPU_(TIMER_IRQ|PMU_V3|PVTIME_IPA)_/.test(name) && !groups.has(name)) {
      expect(attrs.has(name), name).toBe(true)
    }
  }
  for (const row of regClassTable) expect(recorded.get(row.name), row.name).toBe(row.value)
  expect(regClassTable).toHaveLength(6)
})

test('behavior: values of flags are numbers of the headers', () => {
  let compared = 0
  for (const [field, { values }] of Object.entries(flagTable)) {
    expect(Object.keys(values).length, field).toBeGreaterThan(0)
    for (const [name, value] of Object.entries(values)) {
      expect(exported[name], `${field} ${name}`).toBe(value)
      compared += 1
    }
  }
  console.log(`${compared} named values of ${Object.keys(flagTable).length} fields`)
})
