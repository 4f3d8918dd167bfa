/** Interrupts from their input to acknowledgement and end. [GICv3] §4 */

import { sysRegIndex } from '@armvisor/uapi'
import { beforeEach, describe, expect, test } from 'vitest'
import { VgicRegisters } from './registers.ts'
import { Vgic, type VgicVcpu } from './vgic.ts'

const PMR = sysRegIndex(3, 0, 4, 6, 0)
const DIR = sysRegIndex(3, 0, 12, 11, 1)
const RPR = sysRegIndex(3, 0, 12, 11, 3)
const SGI1R = sysRegIndex(3, 0, 12, 11, 5)
const SGI0R = sysRegIndex(3, 0, 12, 11, 7)
const IAR0 = sysRegIndex(3, 0, 12, 8, 0)
const EOIR0 = sysRegIndex(3, 0, 12, 8, 1)
const BPR0 = sysRegIndex(3, 0, 12, 8, 3)
const AP1R0 = sysRegIndex(3, 0, 12, 9, 0)
const IAR1 = sysRegIndex(3, 0, 12, 12, 0)
const EOIR1 = sysRegIndex(3, 0, 12, 12, 1)
const HPPIR1 = sysRegIndex(3, 0, 12, 12, 2)
const BPR1 = sysRegIndex(3, 0, 12, 12, 3)
const CTLR = sysRegIndex(3, 0, 12, 12, 4)
const SRE = sysRegIndex(3, 0, 12, 12, 5)
const IGRPEN0 = sysRegIndex(3, 0, 12, 12, 6)
const IGRPEN1 = sysRegIndex(3, 0, 12, 12, 7)
const spurious = 1023

class Cpu implements VgicVcpu {
  readonly id: number
  readonly mpidr: bigint
  irq = false
  fiq = false
  constructor(id: number) {
    this.id = id
    this.mpidr = 0x80000000n | BigInt(id)
  }
  setInterruptLine(line: 'irq' | 'fiq', level: boolean): void {
    this[line] = level
  }
}

let cpus: Cpu[]
let vgic: Vgic
let registers: VgicRegisters

function read(encoding: number, cpu = 0): number {
  return Number(vgic.cpus[cpu]?.sysRegs.access(encoding, false, 0n))
}
function write(encoding: number, value: number | bigint, cpu = 0): void {
  expect(vgic.cpus[cpu]?.sysRegs.access(encoding, true, BigInt(value))).toBe(0n)
}
function dist(offset: number, value: number | bigint, size = 4): void {
  registers.writeDistributor(offset, size, BigInt(value))
}
function redist(offset: number, value: number, cpu = 0): void {
  registers.writeRedistributor(vgic.cpus[cpu] as (typeof vgic.cpus)[number], 0x10000 + offset, 4, BigInt(value))
}
/** Enables an SPI with a priority. */
function enableSpi(intid: number, priority = 0x80): void {
  dist(0x100 + (intid >> 5) * 4, 2 ** (intid & 31))
  dist(0x400 + intid, priority, 1)
}

beforeEach(() => {
  cpus = [new Cpu(0), new Cpu(1)]
  vgic = new Vgic(96, cpus)
  registers = new VgicRegisters(vgic, (cpu) => cpu === 1)
  dist(0, 2)
  for (const cpu of [0, 1]) {
    write(PMR, 0xff, cpu)
    write(IGRPEN1, 1, cpu)
  }
})

describe('delivery', () => {
  test('default: an enabled level SPI raises IRQ, is acknowledged once and again after its end while the line is high', () => {
    enableSpi(40)
    expect(cpus[0]?.irq).toBe(false)
    vgic.setSpi(40, true)
    expect(cpus[0]?.irq).toBe(true)
    expect(read(HPPIR1)).toBe(40)
    expect(read(IAR1)).toBe(40)
    expect(cpus[0]?.irq).toBe(false)
    expect(read(IAR1)).toBe(spurious)
    write(EOIR1, 40)
    expect(cpus[0]?.irq).toBe(true)
    vgic.setSpi(40, false)
    expect(cpus[0]?.irq).toBe(false)
    expect(read(IAR1)).toBe(spurious)
  })

  test('behavior: an edge SPI is pending once for each edge, also for one that comes while it is active', () => {
    enableSpi(41)
    dist(0xc00 + 8, 2 << (2 * (41 - 32)))
    vgic.setSpi(41, true)
    vgic.setSpi(41, false)
    expect(cpus[0]?.irq).toBe(true)
    expect(read(IAR1)).toBe(41)
    vgic.setSpi(41, true)
    vgic.setSpi(41, false)
    expect(cpus[0]?.irq).toBe(false)
    write(EOIR1, 41)
    expect(read(IAR1)).toBe(41)
    write(EOIR1, 41)
    expect(read(IAR1)).toBe(spurious)
  })

  test('behavior: software makes a level interrupt pending until it is acknowledged', () => {
    enableSpi(42)
    dist(0x204, 1 << 10)
    expect(read(IAR1)).toBe(42)
    write(EOIR1, 42)
    expect(cpus[0]?.irq).toBe(false)
  })

  test('behavior: clearing the pending state does not lower a high level line', () => {
    enableSpi(42)
    vgic.setSpi(42, true)
    dist(0x284, 1 << 10)
    expect(Number(registers.readDistributor(0x204, 4))).toBe(1 << 10)
    expect(cpus[0]?.irq).toBe(true)
  })

  test('behavior: nothing passes while the distributor, the group or the interrupt is off', () => {
    enableSpi(40)
    vgic.setSpi(40, true)
    dist(0, 0)
    expect(cpus[0]?.irq).toBe(false)
    dist(0, 2)
    expect(cpus[0]?.irq).toBe(true)
    write(IGRPEN1, 0)
    expect(cpus[0]?.irq).toBe(false)
    write(IGRPEN1, 1)
    dist(0x184, 1 << 8)
    expect(cpus[0]?.irq).toBe(false)
    dist(0x104, 1 << 8)
    expect(cpus[0]?.irq).toBe(true)
  })

  test('behavior: a PPI goes to its own vCPU', () => {
    redist(0x100, 1 << 27, 1)
    vgic.setPpi(1, 27, true)
    expect(cpus.map((cpu) => cpu.irq)).toEqual([false, true])
    expect(read(IAR1, 1)).toBe(27)
  })

  test('behavior: IROUTER moves an SPI, pending or not; an affinity that nobody has keeps it', () => {
    enableSpi(40)
    vgic.setSpi(40, true)
    dist(0x6000 + 40 * 8, 1, 8)
    expect(cpus.map((cpu) => cpu.irq)).toEqual([false, true])
    dist(0x6000 + 40 * 8, 7, 8)
    expect(cpus.map((cpu) => cpu.irq)).toEqual([false, false])
    dist(0x6000 + 40 * 8, 0, 4)
    expect(cpus.map((cpu) => cpu.irq)).toEqual([true, false])
  })

  test('behavior: group 0 comes as FIQ and is acknowledged by IAR0 alone', () => {
    enableSpi(40)
    dist(0x84, 0)
    write(IGRPEN0, 1)
    vgic.setSpi(40, true)
    expect(cpus[0]).toMatchObject({ irq: false, fiq: true })
    expect(read(IAR1)).toBe(spurious)
    expect(read(IAR0)).toBe(40)
    write(EOIR0, 40)
    expect(cpus[0]?.fiq).toBe(true)
  })
})

describe('priorities', () => {
  test('behavior: the highest priority goes first, of equal ones the lowest INTID', () => {
    for (const [intid, priority] of [
      [50, 0xa0],
      [45, 0x40],
      [44, 0x40],
    ] as const) {
      enableSpi(intid, priority)
      vgic.setSpi(intid, true)
    }
    const order = [read(IAR1)]
    vgic.setSpi(44, false)
    write(EOIR1, 44)
    order.push(read(IAR1))
    vgic.setSpi(45, false)
    write(EOIR1, 45)
    order.push(read(IAR1))
    expect(order).toEqual([44, 45, 50])
  })

  test('behavior: PMR lets through only what is strictly higher', () => {
    enableSpi(40, 0x80)
    vgic.setSpi(40, true)
    write(PMR, 0x80)
    expect(cpus[0]?.irq).toBe(false)
    expect(read(HPPIR1)).toBe(40)
    write(PMR, 0x88)
    expect(cpus[0]?.irq).toBe(true)
  })

  test('behavior: a higher priority preempts a running one, a lower waits; RPR follows', () => {
    enableSpi(40, 0x80)
    enableSpi(41, 0x40)
    enableSpi(42, 0xa0)
    vgic.setSpi(40, true)
    expect(read(RPR)).toBe(0xff)
    expect(read(IAR1)).toBe(40)
    expect(read(RPR)).toBe(0x80)
    vgic.setSpi(42, true)
    expect(cpus[0]?.irq).toBe(false)
    vgic.setSpi(41, true)
    expect(cpus[0]?.irq).toBe(true)
    expect(read(IAR1)).toBe(41)
    expect(read(RPR)).toBe(0x40)
    expect(read(AP1R0)).toBe((1 << 8) | (1 << 16))
    vgic.setSpi(41, false)
    write(EOIR1, 41)
    expect(read(RPR)).toBe(0x80)
    vgic.setSpi(40, false)
    write(EOIR1, 40)
    expect(read(IAR1)).toBe(42)
  })

  test('behavior: priorities of one group, as the binary point cuts them, do not preempt each other', () => {
    write(BPR1, 7)
    enableSpi(40, 0x80)
    enableSpi(41, 0x40)
    enableSpi(42, 0x90)
    vgic.setSpi(42, true)
    expect(read(IAR1)).toBe(42)
    vgic.setSpi(40, true)
    expect(cpus[0]?.irq).toBe(false)
    vgic.setSpi(41, true)
    expect(cpus[0]?.irq).toBe(true)
  })

  test('behavior: binary points have minima, and CBPR makes group 1 use the other', () => {
    write(BPR0, 0)
    write(BPR1, 0)
    expect([read(BPR0), read(BPR1)]).toEqual([2, 3])
    write(CTLR, 1)
    write(BPR0, 5)
    expect(read(BPR1)).toBe(6)
    write(CTLR, 0)
    expect(read(BPR1)).toBe(3)
  })

  test('behavior: the distributor keeps five bits of a priority', () => {
    dist(0x400 + 40, 0x87, 1)
    expect(registers.readDistributor(0x400 + 40, 1)).toBe(0x80n)
    dist(0x400 + 40, 0xfefdfcfb)
    expect(registers.readDistributor(0x400 + 40, 4)).toBe(0xf8f8f8f8n)
  })
})

describe('end of interrupt', () => {
  test('behavior: with EOImode 1 EOIR drops the priority and DIR deactivates', () => {
    write(CTLR, 2)
    enableSpi(40)
    vgic.setSpi(40, true)
    expect(read(IAR1)).toBe(40)
    write(EOIR1, 40)
    expect(read(RPR)).toBe(0xff)
    expect(cpus[0]?.irq).toBe(false)
    write(DIR, 40)
    expect(cpus[0]?.irq).toBe(true)
  })

  test('behavior: special INTIDs end nothing', () => {
    enableSpi(40)
    vgic.setSpi(40, true)
    read(IAR1)
    write(EOIR1, spurious)
    expect(read(RPR)).toBe(0x80)
  })

  test('behavior: ICACTIVER deactivates, ISACTIVER activates', () => {
    enableSpi(40)
    vgic.setSpi(40, true)
    dist(0x304, 1 << 8)
    expect(cpus[0]?.irq).toBe(false)
    dist(0x384, 1 << 8)
    expect(cpus[0]?.irq).toBe(true)
  })
})

describe('SGIs', () => {
  beforeEach(() => {
    for (const cpu of [0, 1]) redist(0x100, 0xffff, cpu)
  })

  test('behavior: SGI1R reaches the listed affinities', () => {
    write(SGI1R, (5n << 24n) | 0b10n)
    expect(cpus.map((cpu) => cpu.irq)).toEqual([false, true])
    expect(read(IAR1, 1)).toBe(5)
    write(EOIR1, 5, 1)
    expect(cpus[1]?.irq).toBe(false)
  })

  test('behavior: IRM reaches all but the sender', () => {
    write(SGI1R, (1n << 40n) | (3n << 24n) | 0b01n)
    expect(cpus.map((cpu) => cpu.irq)).toEqual([false, true])
  })

  test('behavior: another cluster is not reached', () => {
    write(SGI1R, (1n << 16n) | (3n << 24n) | 0b11n)
    write(SGI1R, (1n << 44n) | (3n << 24n) | 0b11n)
    expect(cpus.map((cpu) => cpu.irq)).toEqual([false, false])
  })

  test('behavior: SGI0R generates group 0 only', () => {
    write(SGI0R, (3n << 24n) | 0b11n)
    expect(cpus.map((cpu) => cpu.irq)).toEqual([false, false])
    redist(0x80, 0, 1)
    write(IGRPEN0, 1, 1)
    write(SGI0R, (3n << 24n) | 0b11n)
    expect(cpus.map((cpu) => cpu.fiq)).toEqual([false, true])
  })
})

describe('registers', () => {
  test.each([
    ['GICD_IGROUPR0', 0x80],
    ['GICD_ISENABLER0', 0x100],
    ['GICD_IPRIORITYR0', 0x400],
    ['GICD_ITARGETSR8', 0x820],
    ['GICD_IROUTER0', 0x6000],
    ['beyond the last SPI', 0x100 + 96 / 8],
  ])('behavior: %s is RAZ/WI', (_, offset) => {
    dist(offset, 0xffffffff)
    expect(registers.readDistributor(offset, 4)).toBe(0n)
  })

  test.each([
    ['halfword of a word register', 0x104, 2],
    ['doubleword of word registers', 0x100, 8],
    ['misaligned word', 0x106, 4],
    ['byte of a word register', 0x104, 1],
  ])('behavior: a %s is RAZ/WI', (_, offset, size) => {
    registers.writeDistributor(offset, size, 0xffffffffn)
    expect(registers.readDistributor(offset, size)).toBe(0n)
    expect(registers.readDistributor(0x104, 4)).toBe(0n)
  })

  test('behavior: SGIs stay edge-triggered, PPIs can change', () => {
    redist(0xc00, 0)
    redist(0xc04, 0x80000000)
    const cpu = vgic.cpus[0] as (typeof vgic.cpus)[number]
    expect(registers.readRedistributor(cpu, 0x10c00, 4)).toBe(0xaaaaaaaan)
    expect(registers.readRedistributor(cpu, 0x10c04, 4)).toBe(0x80000000n)
  })

  test('behavior: GICR_TYPER reads as two words or one doubleword', () => {
    const cpu = vgic.cpus[1] as (typeof vgic.cpus)[number]
    expect(registers.readRedistributor(cpu, 8, 8)).toBe(0x1_0000_0110n)
    expect(registers.readRedistributor(cpu, 8, 4)).toBe(0x110n)
    expect(registers.readRedistributor(cpu, 12, 4)).toBe(1n)
  })

  test('behavior: ICC_SRE is fixed, CTLR tells 5 priority bits, unknown registers are none', () => {
    write(SRE, 0)
    expect(read(SRE)).toBe(7)
    expect((read(CTLR) >> 8) & 7).toBe(4)
    expect(vgic.cpus[0]?.sysRegs.access(sysRegIndex(3, 0, 12, 9, 1), false, 0n)).toBeUndefined()
    expect(vgic.cpus[0]?.sysRegs.access(IAR1, true, 0n)).toBeUndefined()
  })
})
