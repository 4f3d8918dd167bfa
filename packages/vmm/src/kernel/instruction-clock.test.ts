/** Time made of instructions, against a count that the test moves. */

import { describe, expect, test } from 'vitest'
import { IcountShiftError, InstructionClock } from './instruction-clock.ts'

function clockAt(shift: number, epochMs = 0): { clock: InstructionClock; execute(instructions: number): void } {
  let count = 0
  const clock = new InstructionClock({ shift, epochMs })
  clock.count(() => count)
  return {
    clock,
    execute: (instructions) => {
      count += instructions
    },
  }
}

describe('time', () => {
  test.each([
    [0, 1],
    [3, 8],
    [10, 1024],
  ])('default: with shift %i an instruction takes %i ns', (shift, ns) => {
    const { clock, execute } = clockAt(shift)
    execute(1000)
    expect([clock.monotonicNs(), clock.instructions]).toEqual([1000 * ns, 1000])
  })

  test.each([-1, 11, 1.5, Number.NaN])('error: shift %d', (shift) => {
    expect(() => new InstructionClock({ shift })).toThrow(IcountShiftError)
    expect(() => new InstructionClock({ shift })).toThrow('from 0 to 10')
  })

  test('behavior: the wall clock starts at the epoch, in 2025 unless told otherwise', () => {
    const { clock, execute } = clockAt(0, 1_000_000)
    execute(5_000_000)
    expect([clock.wallClock.nowMs(), clock.realtimeNs()]).toEqual([1_000_005, 1_000_005_000_000n])
    expect(new Date(new InstructionClock().wallClock.nowMs()).toISOString()).toBe('2025-01-01T00:00:00.000Z')
  })

  test('behavior: a wait passes time but no instructions, and never back', () => {
    const { clock, execute } = clockAt(3)
    execute(10)
    clock.skipTo(1000)
    clock.skipTo(500)
    execute(1)
    expect([clock.monotonicNs(), clock.instructions]).toEqual([1008, 11])
  })

  test('behavior: another CPU goes on where the first one was', () => {
    const { clock, execute } = clockAt(3)
    execute(10)
    clock.skipTo(200)
    let other = 7000
    clock.count(() => other)
    expect([clock.monotonicNs(), clock.instructions]).toEqual([200, 10])
    other++
    expect([clock.monotonicNs(), clock.instructions]).toEqual([208, 11])
  })
})

describe('timers', () => {
  test('behavior: run at the first instruction at which they are due, in order', () => {
    const { clock, execute } = clockAt(3)
    const ran: string[] = []
    clock.setTimer(17, () => ran.push('17'))
    clock.setTimer(9, () => ran.push('9'))
    clock.setTimer(17, () => ran.push('17 again'))
    const cancel = clock.setTimer(10, () => ran.push('never'))
    cancel()
    expect([clock.nextTimerNs, clock.instructionsUntil(9)]).toEqual([9, 2])
    execute(1)
    clock.runTimers()
    expect(ran).toEqual([])
    execute(1)
    clock.runTimers()
    expect(ran).toEqual(['9'])
    execute(1)
    clock.runTimers()
    expect(ran).toEqual(['9', '17', '17 again'])
    expect(clock.nextTimerNs).toBe(undefined)
  })
})
