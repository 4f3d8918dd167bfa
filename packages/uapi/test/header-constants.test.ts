/** Every number under a header name against the headers of Linux 6.12 (`fixtures/linux-6.12.117.json`). */

import { expect, test } from 'vitest'
import * as uapi from '../src/index.ts'
import fixture from './fixtures/linux-6.12.117.json' with { type: 'json' }

const recorded = new Map(Object.entries(fixture.constants).map(([name, value]) => [name, BigInt(value)]))

/** Exports under a specification's name that the headers of 6.12 do not have, with where they come from. */
const notInHeaders: Readonly<Record<string, string>> = {
  KVM_VM_TYPE_ARM_PROTECTED: 'Linux 7.x',
  KVM_VM_TYPE_ARM_PHYS_SHIFT_MASK: 'version 3 of the series',
}

const numbers = Object.entries(uapi as Readonly<Record<string, unknown>>).filter(
  (entry): entry is [string, number | bigint] =>
    /^[A-Z][A-Z0-9_]+$/.test(entry[0]) && ['number', 'bigint'].includes(typeof entry[1]),
)

test('default: every exported number equals the header', () => {
  let compared = 0
  for (const [name, value] of numbers) {
    if (name in notInHeaders) {
      expect(recorded.has(name), name).toBe(false)
      continue
    }
    expect(recorded.get(name), name).toBe(BigInt.asUintN(64, BigInt(value)))
    compared += 1
  }
  console.log(`${compared} constants compared, ${Object.keys(notInHeaders).length} from elsewhere`)
  expect(compared).toBeGreaterThanOrEqual(290)
})

test('behavior: errnos are those of the C library', () => {
  for (const [name, value] of Object.entries(uapi.errnoTable)) expect(recorded.get(name), name).toBe(BigInt(value))
})

test('behavior: ioctls of the table equal the macros', () => {
  for (const row of uapi.ioctlTable) {
    expect(BigInt(uapi.ioctlNumber(row)), row.name).toBe(recorded.get(row.name))
  }
})

test('behavior: all exit reasons, capabilities, vgic groups and vCPU features that arm64 has are exported', () => {
  const ours = new Set(numbers.map(([name]) => name))
  const wanted = [...recorded.keys()].filter((name) =>
    /^KVM_(CAP_(ARM|.*DIRTY_LOG)|DEV_ARM_VGIC_GRP|VGIC_|SYSTEM_EVENT_(?!SEV)|ARM_VCPU_|ARM_VM_|MP_STATE_S[TU])/.test(
      name,
    ),
  )
  // Superseded by the capability whose name ends in 2, and never returned.
  const missing = wanted.filter((name) => !ours.has(name) && name !== 'KVM_CAP_MANUAL_DIRTY_LOG_PROTECT')
  expect(missing).toEqual([])
})
