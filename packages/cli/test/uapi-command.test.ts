/** `armvisor uapi`: names, numbers and bytes, either way. */

import {
  encodeRun,
  encodeStruct,
  encodeVmType,
  kvm_one_reg,
  parseRegName,
  type StructLayout,
  sizeOfStruct,
} from '@armvisor/uapi'
import { capabilityTable, exitReasonRows, ioctlTable, structTable } from '@armvisor/uapi/tables'
import { describe, expect, test } from 'vitest'
import { runCommand } from './fake-host.ts'

const uapi = (...args: readonly string[]): ReturnType<typeof runCommand> => runCommand(['uapi', ...args])
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

async function json(...args: readonly string[]): Promise<unknown> {
  const { status, out, err } = await uapi(...args, '--json')
  expect(err).toBe('')
  expect(status).toBe(0)
  return JSON.parse(out)
}

describe('uapi ioctl', () => {
  test('default: the five fields', async () => {
    expect((await uapi('ioctl', 'KVM_RUN')).out).toBe(
      [
        'KVM_RUN 0xae80',
        '  Runs a vCPU until it exits.',
        '  Capability     basic',
        '  Architectures  all',
        '  Type           vcpu',
        '  Parameters     none',
        '  Returns        0; EINTR, EINVAL, ENOEXEC, EPERM, ENXIO, EBUSY, ENOSYS, EFAULT, EIO',
        '',
      ].join('\n'),
    )
  })

  test('behavior: every ioctl of the table, by name and by number', async () => {
    for (const { name } of ioctlTable) {
      const [row] = (await json('ioctl', name)) as { name: string; number: number }[]
      expect(row.name).toBe(name)
      const found = (await json('ioctl', `0x${row.number.toString(16)}`)) as { name: string }[]
      expect(found.map((known) => known.name)).toContain(name)
    }
  })

  test('args: --fd tells colliding numbers apart; an unknown number gives its parts', async () => {
    expect(await json('ioctl', '0x4010aeab', '--fd', 'vm')).toMatchObject([{ name: 'KVM_ARM_SET_DEVICE_ADDR' }])
    expect(await json('ioctl', '0x4010aeab')).toHaveLength(2)
    expect(await json('ioctl', '0x4010aeff')).toEqual([
      { name: null, number: 0x4010aeff, dir: 'write', sizeBytes: 16, type: 0xae, nr: 0xff },
    ])
  })
})

describe('uapi struct', () => {
  test('default: the layout of every structure', async () => {
    for (const [name, layout] of Object.entries(structTable)) {
      const { out } = await uapi('struct', name)
      expect(out.split('\n')[0]).toBe(`struct ${name}: ${sizeOfStruct(layout)} bytes`)
      expect(await json('struct', name)).toMatchObject({ name, sizeBytes: sizeOfStruct(layout) })
    }
  })

  test('behavior: fields to bytes and back', async () => {
    const bytes = hexOf(encodeStruct(kvm_one_reg, { id: 0x603000000013c080n, addr: 0x1000n }))
    expect((await uapi('struct', 'one_reg', 'id=0x603000000013c080', 'addr=4096')).out).toBe(`${bytes}\n`)
    expect(await json('struct', 'kvm_one_reg', bytes)).toEqual({
      name: 'kvm_one_reg',
      id: '0x603000000013c080',
      addr: '0x1000',
    })
  })

  test('behavior: arrays, nested structures, arrays of structures', async () => {
    const { out } = await uapi('struct', 'kvm_irq_routing', 'nr=1', 'entries[0].gsi=7', 'entries[0].u.msi.data=9')
    const back = (await json('struct', 'kvm_irq_routing', out.trim())) as { entries: unknown[] }
    expect(back).toMatchObject({ nr: 1, entries: [{ gsi: 7, u: { msi: { data: 9 } } }] })
    const cap = (await uapi('struct', 'kvm_enable_cap', 'cap=168', 'args[0]=3')).out.trim()
    expect(await json('struct', 'kvm_enable_cap', cap)).toMatchObject({ cap: 168, args: ['0x3', '0x0', '0x0', '0x0'] })
  })

  test('behavior: flags get their names, bytes may be written as strace does', async () => {
    const bytes = encodeStruct(structTable['kvm_userspace_memory_region'] as StructLayout, { slot: 1, flags: 3 })
    const escaped = [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
    expect((await uapi('struct', 'kvm_userspace_memory_region', escaped)).out).toContain(
      'flags            3 KVM_MEM_LOG_DIRTY_PAGES | KVM_MEM_READONLY',
    )
  })

  test('error: sentences with the way out', async () => {
    expect(await uapi('struct', 'toString')).toMatchObject({
      status: 1,
      err: 'armvisor: toString is no structure of KVM; give a name as kvm_one_reg.\n',
    })
    expect(await uapi('struct', 'kvm_one_reg', '00')).toMatchObject({
      status: 1,
      err: 'armvisor: kvm_one_reg needs 16 bytes and there are 1.\n',
    })
    expect(await uapi('struct', 'kvm_one_reg', '0')).toMatchObject({ status: 2 })
    for (const wrong of ['nothing=1', 'id=x', 'id[0]=1', 'id.a=1']) {
      expect(await uapi('struct', 'kvm_one_reg', wrong), wrong).toMatchObject({ status: 2 })
    }
  })
})

describe('uapi reg, cap, exit, esr, vm-type, attr', () => {
  test('behavior: registers either way', async () => {
    expect(await json('reg', 'sctlr_el1')).toMatchObject({ name: 'SCTLR_EL1', id: '0x603000000013c080' })
    expect(await json('reg', '0x603000000013c080')).toMatchObject({ name: 'SCTLR_EL1', op0: 3, CRn: 1 })
    expect(await json('reg', '3,0,1,0,0')).toMatchObject({ name: 'SCTLR_EL1' })
    expect(await json('reg', 'pc')).toMatchObject({ class: 'core', offset: 256 })
    const timer = parseRegName('CNTV_CVAL_EL0') as bigint
    expect((await uapi('reg', `0x${timer.toString(16)}`)).out).toMatch(
      /^CNTV_CVAL_EL0\n[\s\S]*CNTVCT_EL0: the two were swapped/,
    )
    expect(await json('reg', '0x1000')).toMatchObject({ name: null, class: 'unknown' })
    expect(await uapi('reg', 'nothing')).toMatchObject({ status: 1 })
  })

  test('behavior: every capability and exit reason by name, short name and number', async () => {
    for (const [command, table, prefix] of [
      ['cap', capabilityTable, 'KVM_CAP_'],
      ['exit', exitReasonRows, 'KVM_EXIT_'],
    ] as const) {
      for (const { name, value } of table) {
        for (const text of [name, name.slice(prefix.length).toLowerCase(), String(value)]) {
          expect(await json(command, text), text).toMatchObject({ name, value })
        }
      }
    }
    expect((await uapi('cap', '245')).out).toContain('since Linux 6.19')
    expect(await uapi('cap', '9999')).toMatchObject({ status: 1 })
  })

  test('behavior: a dump of kvm_run is the exit that it tells of', async () => {
    const mmio = { reason: 'mmio', physAddr: 0x0900_0000n, data: Uint8Array.of(1, 2), len: 2, isWrite: true } as const
    expect(await json('exit', hexOf(encodeRun(mmio)))).toEqual({
      name: 'KVM_EXIT_MMIO',
      reason: 'mmio',
      physAddr: '0x9000000',
      data: [1, 2],
      len: 2,
      isWrite: true,
    })
    const debug = encodeRun({ reason: 'debug', hsr: 0xf200_0005, hsrHigh: 0, far: 0n })
    expect((await uapi('exit', hexOf(debug))).out).toContain('BRK #5')
    const nisv = encodeRun({ reason: 'arm_nisv', esrIss: 0x45n, faultIpa: 0x0900_0000n })
    expect((await uapi('exit', hexOf(nisv))).out).toContain('translation fault, level 1')
    expect(await uapi('exit', '00'.repeat(100))).toMatchObject({ status: 2 })
  })

  test('behavior: syndromes', async () => {
    expect(await json('esr', '0xf2000005')).toMatchObject({ name: 'BRK64', sentence: 'BRK #5', fields: { comment: 5 } })
    expect(await json('esr', '0x4f', '--iss')).toMatchObject({ name: 'DABT_LOWER', fields: { WnR: 1, DFSC: 15 } })
    expect(await json('esr', 'brk64')).toEqual({ ec: 0x3c, name: 'BRK64' })
    expect(await uapi('esr', 'nothing')).toMatchObject({ status: 1 })
  })

  test('behavior: machine types either way', async () => {
    for (const ipaBits of [32, 36, 40, 48, 52]) {
      const word = `0x${encodeVmType({ ipaBits }).toString(16)}`
      expect(await json('vm-type', word)).toMatchObject({ ipaBits })
      expect((await uapi('vm-type', '--ipa-bits', String(ipaBits))).out).toBe(`${word}\n`)
    }
    expect((await uapi('vm-type', '0')).out).toBe('40-bit IPA space, by default\n')
    expect(await uapi('vm-type', '52', '--ipa-limit', '48')).toMatchObject({ status: 1 })
    expect(await uapi('vm-type', '--ipa-bits', 'x')).toMatchObject({ status: 1 })
    expect(await uapi('vm-type')).toMatchObject({ status: 2 })
  })

  test('behavior: device attributes', async () => {
    expect(await json('attr', 'vgic-its')).toHaveLength(3)
    expect((await uapi('attr', 'KVM_VGIC_V3_ADDR_TYPE_DIST')).out).toMatch(/^vgic-v3: KVM_DEV_ARM_VGIC_GRP_ADDR = 0/)
    expect(((await json('attr')) as unknown[]).length).toBeGreaterThan(20)
    expect(await uapi('attr', 'nothing')).toMatchObject({ status: 1 })
  })
})
