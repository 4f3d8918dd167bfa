import { beforeEach, describe, expect, test } from 'vitest'
import { Pl031 } from './pl031.ts'

const [DR, MR, LR, CR, IMSC, RIS, MIS, ICR] = [0x00, 0x04, 0x08, 0x0c, 0x10, 0x14, 0x18, 0x1c]

/** A clock that the test moves. */
class TestClock {
  ms = 1_700_000_000_250
  timers: { at: number; callback: () => void }[] = []

  nowMs(): number {
    return this.ms
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.ms + delayMs, callback }
    this.timers.push(timer)
    return () => {
      this.timers = this.timers.filter((other) => other !== timer)
    }
  }

  advance(ms: number): void {
    const end = this.ms + ms
    for (;;) {
      const [next] = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (next === undefined) break
      this.timers = this.timers.filter((other) => other !== next)
      this.ms = next.at
      next.callback()
    }
    this.ms = end
  }
}

let clock: TestClock
let levels: boolean[]
let rtc: Pl031
const wiring = () => ({ clock, line: { setLevel: (isHigh: boolean) => void levels.push(isHigh) } })
const read = (offset: number) => rtc.read(offset, 4)
const write = (offset: number, value: number) => rtc.write(offset, 4, value)

beforeEach(() => {
  clock = new TestClock()
  levels = []
  rtc = new Pl031(wiring())
})

describe('time', () => {
  test('default: the seconds of the wall clock', () => {
    expect(read(DR)).toBe(1_700_000_000)
    clock.advance(749)
    expect(read(DR)).toBe(1_700_000_000)
    clock.advance(1)
    expect(read(DR)).toBe(1_700_000_001)
  })

  test('behavior: the guest sets it and it goes on from there', () => {
    write(LR, 1000)
    expect([read(DR), read(LR)]).toEqual([1000, 1000])
    clock.advance(5000)
    expect([read(DR), read(LR)]).toEqual([1005, 1000])
  })

  test('behavior: wraps at 2^32', () => {
    write(LR, 0xffff_ffff)
    clock.advance(2000)
    expect(read(DR)).toBe(1)
  })

  test('behavior: always started; identification', () => {
    write(CR, 0)
    expect(read(CR)).toBe(1)
    expect([0, 1, 2, 3, 4, 5, 6, 7].map((i) => read(0xfe0 + 4 * i))).toEqual([
      0x31, 0x10, 0x04, 0, 0x0d, 0xf0, 0x05, 0xb1,
    ])
    expect([read(0x20), read(0xfdc), rtc.read(DR + 1, 1)]).toEqual([0, 0, (1_700_000_000 >>> 8) & 0xff])
  })
})

describe('match', () => {
  test('default: raises the line when the second comes, and not before', () => {
    write(IMSC, 1)
    write(MR, 1_700_000_003)
    clock.advance(2749)
    expect(levels).toEqual([])
    clock.advance(1)
    expect([levels, read(RIS), read(MIS)]).toEqual([[true], 1, 1])
    write(ICR, 1)
    expect([levels, read(RIS), read(MIS)]).toEqual([[true, false], 0, 0])
    clock.advance(10_000)
    expect(levels).toEqual([true, false])
  })

  test('behavior: a masked match shows in RIS, keeps no timer, and appears when unmasked', () => {
    write(MR, 1_700_000_002)
    expect(clock.timers).toEqual([])
    clock.advance(60_000)
    expect([read(RIS), read(MIS), levels]).toEqual([1, 0, []])
    write(IMSC, 1)
    expect(levels).toEqual([true])
    write(IMSC, 0)
    expect(levels).toEqual([true, false])
  })

  test('behavior: the current second matches at once', () => {
    write(IMSC, 1)
    write(MR, 1_700_000_000)
    expect(levels).toEqual([true])
  })

  test('behavior: setting the clock to the match raises it; past it does not', () => {
    write(IMSC, 1)
    write(MR, 5000)
    write(LR, 5001)
    expect(levels).toEqual([])
    write(LR, 5000)
    expect(levels).toEqual([true])
  })

  test('behavior: months away, with timers of at most a day', () => {
    write(IMSC, 1)
    write(MR, 1_700_000_000 + 90 * 86_400)
    expect(Math.max(...clock.timers.map(({ at }) => at - clock.ms))).toBeLessThanOrEqual(86_400_000)
    clock.advance(90 * 86_400_000 - 1000)
    expect(levels).toEqual([])
    clock.advance(1000)
    expect(levels).toEqual([true])
  })

  test('behavior: the wall clock set back raises nothing', () => {
    write(MR, 1_700_000_500)
    clock.ms -= 3_600_000
    expect(read(RIS)).toBe(0)
    clock.advance(3_600_000 + 500_000)
    expect(read(RIS)).toBe(1)
  })

  test('behavior: close gives back the timer', () => {
    write(IMSC, 1)
    write(MR, 1_700_000_100)
    expect(clock.timers).toHaveLength(1)
    rtc.close()
    expect(clock.timers).toEqual([])
  })
})

describe('state', () => {
  test('default: goes on where it was taken, and a match passed meanwhile is raised', () => {
    write(LR, 1000)
    write(IMSC, 1)
    write(MR, 1100)
    const state = rtc.state()
    rtc.close()
    expect(structuredClone(state)).toEqual(state)
    clock.advance(200_000)
    expect(levels).toEqual([])
    rtc = Pl031.fromState(state, wiring())
    expect([read(DR), read(MR), levels]).toEqual([1200, 1100, [true]])
  })
})
