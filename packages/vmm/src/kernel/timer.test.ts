/** The EL1 timers against a clock that the test moves. [ARM] D12.2 */

import { sysRegIndex } from '@armvisor/uapi'
import { beforeEach, describe, expect, test } from 'vitest'
import { ArchTimers, SystemCounter } from './timer.ts'

const CNTPCT = sysRegIndex(3, 3, 14, 0, 1)
const CNTVCT = sysRegIndex(3, 3, 14, 0, 2)
const CNTP = { tval: sysRegIndex(3, 3, 14, 2, 0), ctl: sysRegIndex(3, 3, 14, 2, 1), cval: sysRegIndex(3, 3, 14, 2, 2) }
const CNTV = { tval: sysRegIndex(3, 3, 14, 3, 0), ctl: sysRegIndex(3, 3, 14, 3, 1), cval: sysRegIndex(3, 3, 14, 3, 2) }
const nsPerTick = 16
const bootTicks = 1000

let nowNs: number
let lines: Map<number, boolean>
let counter: SystemCounter
let timers: ArchTimers

function read(encoding: number): bigint | undefined {
  return timers.accessSysReg(encoding, false, 0n)
}
function write(encoding: number, value: bigint): void {
  timers.accessSysReg(encoding, true, value)
}
function advance(ticks: number): void {
  nowNs += ticks * nsPerTick
  timers.update()
}

beforeEach(() => {
  nowNs = bootTicks * nsPerTick
  lines = new Map()
  counter = new SystemCounter({ monotonicNs: () => nowNs })
  timers = new ArchTimers(counter, (intid, level) => lines.set(intid, level))
})

describe('counter', () => {
  test('behavior: the virtual counter starts at 0 with the VM, the physical one is the host clock at 62.5 MHz', () => {
    expect(read(CNTVCT)).toBe(0n)
    advance(5)
    expect(read(CNTVCT)).toBe(5n)
    expect(read(CNTPCT)).toBe(BigInt(bootTicks + 5))
  })

  test('behavior: a fraction of a tick does not count', () => {
    nowNs += 15.9
    expect(read(CNTVCT)).toBe(0n)
  })

  test('behavior: the user moves each counter on its own', () => {
    counter.setVirtual(7n)
    expect(read(CNTVCT)).toBe(7n)
    counter.setPhysical(50n)
    expect(read(CNTPCT)).toBe(50n)
    expect(read(CNTVCT)).toBe(7n)
    advance(1)
    expect([read(CNTPCT), read(CNTVCT)]).toEqual([51n, 8n])
  })
})

describe.each([
  ['virtual', CNTV, 27, 0],
  ['physical', CNTP, 30, bootTicks],
] as const)('%s timer', (name, timer, intid, start) => {
  test('behavior: the line rises when the counter reaches CVAL and falls when CVAL moves away', () => {
    write(timer.cval, BigInt(start + 100))
    write(timer.ctl, 1n)
    advance(99)
    expect(lines.get(intid)).toBeUndefined()
    expect(read(timer.ctl)).toBe(1n)
    advance(1)
    expect(lines.get(intid)).toBe(true)
    expect(read(timer.ctl)).toBe(5n)
    write(timer.cval, BigInt(start + 200))
    expect(lines.get(intid)).toBe(false)
  })

  test('behavior: TVAL is the signed distance to CVAL', () => {
    write(timer.tval, 100n)
    expect(read(timer.cval)).toBe(BigInt(start + 100))
    advance(150)
    expect(read(timer.tval)).toBe(0xffff_ffcen)
    write(timer.tval, 0xffff_ffff_ffff_fff6n)
    expect(read(timer.cval)).toBe(BigInt(start + 140))
  })

  test('behavior: IMASK keeps the line low and ISTATUS visible; ISTATUS cannot be written', () => {
    write(timer.ctl, 7n)
    expect(lines.get(intid)).toBeUndefined()
    expect(read(timer.ctl)).toBe(7n)
    write(timer.cval, BigInt(start + 10))
    expect(read(timer.ctl)).toBe(3n)
  })

  test('behavior: the next deadline is that of an enabled, unmasked timer that has not fired', () => {
    expect(timers.nextDeadlineNs()).toBeUndefined()
    write(timer.cval, BigInt(start + 100))
    write(timer.ctl, 1n)
    expect(timers.nextDeadlineNs()).toBe((bootTicks + 100) * nsPerTick)
    advance(100)
    expect(timers.nextDeadlineNs()).toBeUndefined()
    write(timer.cval, BigInt(start + 300))
    write(timer.ctl, 3n)
    expect(timers.nextDeadlineNs()).toBeUndefined()
  })

  test('behavior: the user sees ISTATUS of a timer that is off', () => {
    expect(timers.readRegister(name, 'ctl')).toBe(4n)
    timers.writeRegister(name, 'cval', BigInt(start + 10))
    expect(timers.readRegister(name, 'ctl')).toBe(0n)
    expect(timers.readRegister(name, 'cval')).toBe(BigInt(start + 10))
  })

  test('behavior: CVAL of all ones never comes', () => {
    write(timer.cval, 0xffff_ffff_ffff_ffffn)
    write(timer.ctl, 1n)
    advance(1e12)
    expect(lines.get(intid)).toBeUndefined()
  })

  test('behavior: reset turns the timer off and lowers its line', () => {
    write(timer.ctl, 1n)
    expect(lines.get(intid)).toBe(true)
    timers.reset()
    expect(lines.get(intid)).toBe(false)
    expect(read(timer.ctl)).toBe(0n)
  })
})

test('behavior: moving the virtual counter moves what is due', () => {
  write(CNTV.cval, 100n)
  write(CNTV.ctl, 1n)
  counter.setVirtual(100n)
  timers.reschedule()
  expect(lines.get(27)).toBe(true)
})

test('behavior: registers of others are none of the timers, and counters cannot be written', () => {
  expect(read(sysRegIndex(3, 0, 1, 0, 0))).toBeUndefined()
  expect(timers.accessSysReg(CNTVCT, true, 0n)).toBeUndefined()
})
