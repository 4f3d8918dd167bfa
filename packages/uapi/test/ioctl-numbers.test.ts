/** The ioctl table against the numbers computed from the headers of Linux 6.12 (`fixtures/ioctls-6.12.json`). */

import { expect, test } from 'vitest'
import * as uapi from '../src/index.ts'
import { findIoctls, type IoctlRow, ioctlDoc, ioctlTable } from '../src/tables.ts'
import recorded from './fixtures/ioctls-6.12.json' with { type: 'json' }

const dirs = { _IO: 'none', _IOW: 'write', _IOR: 'read', _IOWR: 'read-write' } as const

test('default: the table has every ioctl with number, direction and argument', () => {
  const byName = new Map(ioctlTable.map((row) => [row.name, row]))
  for (const { name, kind, nr, arg, value } of recorded) {
    const row = byName.get(name)
    expect(row, name).toMatchObject({
      nr: Number(nr),
      dir: dirs[kind as keyof typeof dirs],
      arg: arg.replace('struct ', ''),
    })
    expect(uapi.ioctlNumber(row as IoctlRow), name).toBe(Number(value))
  }
  expect(byName.size).toBe(recorded.length)
  console.log(`${recorded.length} ioctls compared`)
})

test('behavior: the exported numbers are those of the table', () => {
  const exported = uapi as unknown as Readonly<Record<string, unknown>>
  for (const row of ioctlTable) expect(exported[row.name], row.name).toBe(uapi.ioctlNumber(row))
})

test('behavior: an argument that is a structure with a layout has its size', () => {
  const exported = uapi as unknown as Readonly<Record<string, uapi.StructLayout>>
  for (const row of ioctlTable) {
    if (row.arg in uapi) expect(uapi.sizeOfStruct(exported[row.arg]), row.name).toBe(row.sizeBytes)
  }
})

test('behavior: decoding a number gives its parts', () => {
  for (const row of ioctlTable) {
    const { dir, sizeBytes, nr } = row
    expect(uapi.decodeIoctlNumber(uapi.ioctlNumber(row))).toEqual({ dir, sizeBytes, nr, type: uapi.KVMIO })
  }
})

test('behavior: no two ioctls of one handle share a number', () => {
  for (const fd of ['sys', 'vm', 'vcpu', 'device'] as const) {
    const own = ioctlTable.filter((row) => row.fds.includes(fd))
    expect(new Set(own.map((row) => uapi.ioctlNumber(row))).size, fd).toBe(own.length)
  }
})

test('behavior: the handle tells colliding numbers apart', () => {
  expect(
    findIoctls(0x4010aeab)
      .map((row) => row.name)
      .sort(),
  ).toEqual(['KVM_ARM_SET_DEVICE_ADDR', 'KVM_GET_ONE_REG'])
  expect(findIoctls(0x4010aeab, 'vm').map((row) => row.name)).toEqual(['KVM_ARM_SET_DEVICE_ADDR'])
  expect(findIoctls(0x4010aeab, 'vcpu').map((row) => row.name)).toEqual(['KVM_GET_ONE_REG'])
  expect(findIoctls(0xae99)).toEqual([])
})

test('behavior: every ioctl has all five fields', () => {
  for (const row of ioctlTable) {
    const doc = ioctlDoc(row)
    expect(Object.keys(doc)).toEqual(['capability', 'architectures', 'type', 'parameters', 'returns'])
    for (const [field, text] of Object.entries(doc)) expect(text, `${row.name} ${field}`).not.toBe('')
    expect(doc.capability, row.name).toMatch(/^(basic|KVM_CAP_\w+)(, KVM_CAP_\w+)*$/)
    if (row.fds.length > 0) expect(row.what, row.name).not.toBe('')
  }
})
