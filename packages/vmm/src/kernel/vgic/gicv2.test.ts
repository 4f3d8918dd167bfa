/** A GICv2's registers, and the device over them. [GICv2] §4, [KVM-DEV] arm-vgic */

import { KvmError } from '@armvisor/uapi'
import { beforeEach, describe, expect, test } from 'vitest'
import { DeviceHandle } from '../device.ts'
import { Gicv2Device } from './gicv2-device.ts'
import type { Vgic, VgicVcpu } from './vgic.ts'

const GICD = 0x0800_0000
const GICC = 0x0801_0000
const [ADDR, DIST_REGS, CPU_REGS, NR_IRQS, CTRL] = [0, 1, 2, 3, 4]

class Cpu implements VgicVcpu {
  readonly id: number
  readonly mpidr: bigint
  irq = false
  fiq = false
  constructor(id: number) {
    this.id = id
    this.mpidr = BigInt(id)
  }
  setInterruptLine(line: 'irq' | 'fiq', level: boolean): void {
    this[line] = level
  }
}

let cpus: Cpu[]
let device: Gicv2Device
let handle: DeviceHandle
let made: Vgic | undefined

beforeEach(() => {
  cpus = [new Cpu(0), new Cpu(1)]
  made = undefined
  device = new Gicv2Device({
    ipaBits: 40,
    vcpus: cpus,
    guestMemory: undefined as never,
    checkAlive: () => {},
    initialised: (vgic) => {
      made = vgic
    },
  })
  handle = new DeviceHandle(5, device)
})

function start(): Vgic {
  handle.setAttr(ADDR, 0n, BigInt(GICD))
  handle.setAttr(ADDR, 1n, BigInt(GICC))
  handle.setAttr(NR_IRQS, 0n, 96n)
  handle.setAttr(CTRL, 0n, 0n)
  write(GICD, 1)
  for (const cpu of [0, 1]) {
    write(GICC + 4, 0xf8, cpu)
    write(GICC, 1, cpu)
  }
  return made as Vgic
}

function read(address: number, cpu = 0, size = 4): number {
  return Number(device.readMmio(address, size, cpu))
}
function write(address: number, value: number, cpu = 0, size = 4): void {
  expect(device.writeMmio(address, size, BigInt(value >>> 0), cpu)).toBe(true)
}
function errno(action: () => void): string {
  try {
    action()
  } catch (error) {
    if (error instanceof KvmError) return error.code
    throw error
  }
  return 'ok'
}

describe('the device', () => {
  test('error: addresses are checked, and set once', () => {
    expect(handle.getAttr(ADDR, 0n)).toBe(0xffff_ffff_ffff_ffffn)
    expect(errno(() => handle.setAttr(ADDR, 0n, 0x0800_0800n))).toBe('EINVAL')
    expect(errno(() => handle.setAttr(ADDR, 1n, (1n << 40n) - 0x1000n))).toBe('E2BIG')
    expect(errno(() => handle.setAttr(ADDR, 2n, 0n))).toBe('ENXIO')
    handle.setAttr(ADDR, 0n, (1n << 40n) - 0x1000n)
    expect(errno(() => handle.setAttr(ADDR, 0n, 0n))).toBe('EEXIST')
  })

  test('behavior: it is mapped when a vCPU first runs: both addresses, apart; that initialises it', () => {
    expect(device.mapResources()?.code).toBe('ENXIO')
    handle.setAttr(ADDR, 0n, 0x1000n)
    handle.setAttr(ADDR, 1n, 0n)
    expect(device.mapResources()?.code).toBe('EINVAL')
    expect(made).toBeUndefined()
  })

  test('behavior: an interrupt or a register initialises it too', () => {
    expect(handle.getAttr(DIST_REGS, 4n)).toBe(0x27n)
    expect(made?.irqCount).toBe(256)
    expect(errno(() => handle.setAttr(NR_IRQS, 0n, 96n))).toBe('EBUSY')
  })

  test('error: of vCPUs, registers and commands that are not there', () => {
    start()
    expect(errno(() => handle.getAttr(DIST_REGS, 2n << 32n))).toBe('EINVAL')
    expect(errno(() => handle.getAttr(DIST_REGS, 0x40n))).toBe('ENXIO')
    expect(errno(() => handle.getAttr(DIST_REGS, 0x100n + 12n))).toBe('ENXIO')
    expect(errno(() => handle.getAttr(CPU_REGS, 0xcn))).toBe('ENXIO')
    expect(errno(() => handle.setAttr(CTRL, 3n, 0n))).toBe('ENXIO')
    expect(errno(() => handle.setAttr(DIST_REGS, 8n, 0x4b00_143bn))).toBe('EINVAL')
    expect([0n, 1n, 2n].map((attr) => handle.hasAttr(ADDR, attr))).toEqual([true, true, false])
    expect(handle.hasAttr(DIST_REGS, 0xf20n)).toBe(true)
    expect(handle.hasAttr(CPU_REGS, 0xfcn)).toBe(true)
  })

  test('behavior: the user has the groups once it has written GICD_IIDR, and the priority mask without its low bits', () => {
    start()
    handle.setAttr(DIST_REGS, 0x84n, 1n)
    expect(handle.getAttr(DIST_REGS, 0x84n)).toBe(0n)
    handle.setAttr(DIST_REGS, 8n, 0x4b00_243bn)
    handle.setAttr(DIST_REGS, 0x84n, 1n)
    expect(handle.getAttr(DIST_REGS, 0x84n)).toBe(1n)
    expect(handle.getAttr(CPU_REGS, 4n)).toBe(0x1fn)
    handle.setAttr(CPU_REGS, 4n, 0x10n)
    expect(read(GICC + 4)).toBe(0x80)
  })

  test('behavior: an SGI that the user makes pending comes from its receiver', () => {
    start()
    handle.setAttr(DIST_REGS, (1n << 32n) | 0x200n, 1n << 4n)
    expect(read(GICC + 0xc, 1)).toBe(4 | (1 << 10))
  })
})

describe('interrupts', () => {
  test('behavior: a line goes to the first vCPU of GICD_ITARGETSR, and to vCPU 0 without any', () => {
    const vgic = start()
    write(GICD + 0x104, 1 << 8)
    vgic.setSpi(40, true)
    expect(cpus.map(({ irq }) => irq)).toEqual([true, false])
    write(GICD + 0x828, 0xfe, 0, 1)
    expect(read(GICD + 0x828, 0, 1)).toBe(2)
    expect(cpus.map(({ irq }) => irq)).toEqual([false, true])
    expect(read(GICC + 0xc, 0)).toBe(1023)
    expect(read(GICC + 0xc, 1)).toBe(40)
    write(GICC + 0x10, 40, 1)
    expect(cpus[1]?.irq).toBe(true)
  })

  test('behavior: registers of private interrupts are those of the vCPU that reads them', () => {
    start()
    expect([read(GICD + 0x800, 0), read(GICD + 0x81c, 1)]).toEqual([0x01010101, 0x02020202])
    write(GICD + 0x100, 1 << 27, 1)
    expect([read(GICD + 0x100, 0), read(GICD + 0x100, 1)]).toEqual([0xffff, 0x0800ffff])
  })

  test('behavior: SGIR reaches a list, all others, or the sender', () => {
    start()
    write(GICD + 0xf00, (3 << 16) | 1)
    write(GICD + 0xf00, (1 << 24) | 2)
    write(GICD + 0xf00, (2 << 24) | 3)
    expect([read(GICD + 0xf20, 0), read(GICD + 0xf20, 1)]).toEqual([0x01000100, 0x00010100])
    write(GICD + 0xf11, 1, 0, 1)
    expect(read(GICC + 0xc)).toBe(3)
  })

  test('behavior: group 0 is an IRQ, or an FIQ where GICC_CTLR.FIQEn says so', () => {
    const vgic = start()
    write(GICD + 0x104, 1 << 8)
    vgic.setSpi(40, true)
    expect(cpus[0]).toMatchObject({ irq: true, fiq: false })
    write(GICC, 9)
    expect(cpus[0]).toMatchObject({ irq: false, fiq: true })
  })

  test('behavior: GICC_IAR leaves group 1 to GICC_AIAR unless GICC_CTLR.AckCtl is set', () => {
    const vgic = start()
    write(GICD + 0x84, 1 << 8)
    write(GICD + 0x104, 1 << 8)
    write(GICC, 3)
    vgic.setSpi(40, true)
    expect([read(GICC + 0xc), read(GICC + 0x18), read(GICC + 0x28)]).toEqual([1022, 1022, 40])
    write(GICC, 7)
    expect([read(GICC + 0x18), read(GICC + 0xc)]).toEqual([40, 40])
    expect(read(GICC + 0x14)).toBe(0)
    write(GICC + 0x10, 40)
    write(GICC, 3)
    expect(read(GICC + 0x20)).toBe(40)
  })

  test('behavior: with EOImode the priority drops first, and GICC_DIR ends the interrupt', () => {
    const vgic = start()
    write(GICC, 0x201)
    write(GICD + 0x104, 1 << 8)
    write(GICD + 0x428, 0x40, 0, 1)
    vgic.setSpi(40, true)
    expect(read(GICC + 0xc)).toBe(40)
    expect([read(GICC + 0x14), read(GICC + 0xd0)]).toEqual([0x40, 1 << 8])
    write(GICC + 0x10, 40)
    expect([read(GICC + 0x14), read(GICC + 0xc), read(GICD + 0x304)]).toEqual([0xff, 1023, 1 << 8])
    write(GICC + 0x1000, 40)
    expect(read(GICC + 0xc)).toBe(40)
  })
})
