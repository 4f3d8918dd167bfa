import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { Pl011 } from './pl011.ts'

const [DR, RSR, FR, IBRD, FBRD, LCR_H, CR, IFLS, IMSC, RIS, MIS, ICR, DMACR] = [
  0x00, 0x04, 0x18, 0x24, 0x28, 0x2c, 0x30, 0x34, 0x38, 0x3c, 0x40, 0x44, 0x48,
]
const RXFE = 0x10
const RXFF = 0x40
const RX = 0x10
const TX = 0x20
const RT = 0x40

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text))

let output: number[]
let levels: boolean[]
let drained: number
let uart: Pl011

const wiring = {
  line: { setLevel: (isHigh: boolean) => void levels.push(isHigh) },
  output: (byte: number) => void output.push(byte),
  inputDrained: () => void drained++,
}
const read = (offset: number) => uart.read(offset, 4)
const write = (offset: number, value: number) => uart.write(offset, 4, value)
const isEmpty = () => (read(FR) & RXFE) !== 0

beforeEach(() => {
  output = []
  levels = []
  drained = 0
  uart = new Pl011(wiring)
})

/** Reads until the FIFO is empty, as an interrupt handler does. */
function drain(limit = Number.POSITIVE_INFINITY): string {
  const bytes: number[] = []
  while (bytes.length < limit && !isEmpty()) bytes.push(read(DR))
  return Buffer.from(bytes).toString()
}

/** What Linux' driver does when the port is opened: look for pending interrupts, set up, throw away up to 32 bytes. */
function linuxStartup(): string {
  write(ICR, 0x7f0)
  const saved = read(IMSC)
  write(IMSC, RX | RT)
  write(IMSC, saved)
  write(IFLS, 0x12)
  write(LCR_H, 0x70)
  write(CR, 0xb01)
  write(ICR, RX | RT)
  let lost = ''
  for (let i = 0; i < 32 && !isEmpty(); i++) lost += String.fromCharCode(read(DR))
  write(IMSC, RX | RT)
  return lost
}

describe('registers', () => {
  test('default: reset values of the manual', () => {
    expect(read(CR)).toBe(0x300)
    expect(read(IFLS)).toBe(0x12)
    expect(read(FR) & (RXFE | RXFF | 0x80 | 0x20 | 8)).toBe(RXFE | 0x80)
    for (const offset of [DR, RSR, IBRD, FBRD, LCR_H, IMSC, RIS, MIS, DMACR]) expect(read(offset)).toBe(0)
  })

  test('behavior: each holds its implemented bits', () => {
    for (const [offset, bits] of [
      [0x20, 0xff],
      [IBRD, 0xffff],
      [FBRD, 0x3f],
      [LCR_H, 0xff],
      [CR, 0xff87],
      [IFLS, 0x3f],
      [IMSC, 0x7ff],
      [DMACR, 7],
    ]) {
      write(offset, 0xffff_ffff)
      expect(read(offset), `0x${offset.toString(16)}`).toBe(bits)
    }
  })

  test('behavior: identification as revision 1, whose FIFOs have 16 entries', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 7].map((i) => read(0xfe0 + 4 * i))).toEqual([
      0x11, 0x10, 0x14, 0, 0x0d, 0xf0, 0x05, 0xb1,
    ])
  })

  test('behavior: reserved and read-only registers read as they are and ignore writes', () => {
    for (const offset of [0x08, 0x1c, 0x4c, 0x80, 0xfdc, 0xfe0, FR, RIS, MIS]) {
      const before = read(offset)
      write(offset, 0xffff_ffff)
      expect(read(offset)).toBe(before)
    }
    expect(read(0x08)).toBe(0)
  })

  test('behavior: narrow accesses', () => {
    uart.write(IBRD, 2, 0xabcd)
    expect(uart.read(IBRD, 1)).toBe(0xcd)
    expect(uart.read(IBRD + 1, 1)).toBe(0xab)
    expect(uart.read(IBRD + 2, 2)).toBe(0)
    uart.write(IBRD + 1, 1, 0xff)
    expect(read(IBRD)).toBe(0xabcd)
  })
})

describe('output', () => {
  test('default: bytes leave at once, whether or not the UART is enabled', () => {
    for (const byte of bytesOf('ok\n')) write(DR, byte)
    uart.write(DR, 1, 0x21)
    expect(Buffer.from(output).toString()).toBe('ok\n!')
  })

  test('behavior: each write raises the transmit interrupt; clearing lowers it', () => {
    write(IMSC, TX)
    expect(levels).toEqual([])
    write(DR, 65)
    expect([read(RIS), read(MIS), levels]).toEqual([TX, TX, [true]])
    write(ICR, TX)
    expect([read(RIS), levels]).toEqual([0, [true, false]])
  })

  test('behavior: a masked interrupt shows in RIS only, and appears when unmasked', () => {
    write(DR, 65)
    expect([read(RIS), read(MIS), levels]).toEqual([TX, 0, []])
    write(IMSC, TX)
    expect(levels).toEqual([true])
    write(IMSC, 0)
    expect(levels).toEqual([true, false])
  })

  test('behavior: loop back returns it as input', () => {
    write(CR, 0x381)
    write(DR, 0x5a)
    expect(output).toEqual([])
    expect(isEmpty()).toBe(false)
    expect(read(DR)).toBe(0x5a)
  })
})

describe('input', () => {
  test('default: an interrupt-driven guest', () => {
    write(LCR_H, 0x70)
    write(IMSC, RX | RT)
    uart.receive(bytesOf('ls\n'))
    expect(levels).toEqual([true])
    expect(read(MIS)).toBe(RT)
    expect(drain()).toBe('ls\n')
    expect(read(RIS)).toBe(0)
    expect(levels).toEqual([true, false])
    expect(drained).toBe(1)
  })

  test.each([
    [0, 2],
    [1, 4],
    [2, 8],
    [3, 12],
    [4, 14],
  ])('behavior: with level select %i the receive interrupt comes at %i bytes', (select, level) => {
    write(LCR_H, 0x10)
    write(IFLS, select << 3)
    write(IMSC, RX)
    uart.receive(new Uint8Array(level - 1))
    expect([read(RIS) & RX, levels]).toEqual([0, []])
    uart.receive(new Uint8Array(1))
    expect([read(RIS) & RX, levels]).toEqual([RX, [true]])
    read(DR)
    expect([read(RIS) & RX, levels]).toEqual([0, [true, false]])
  })

  test('behavior: without FIFOs one byte is full and interrupts', () => {
    write(IMSC, RX)
    uart.receive(bytesOf('ab'))
    expect(read(FR) & (RXFF | RXFE)).toBe(RXFF)
    expect(read(MIS)).toBe(RX)
    expect(drain()).toBe('ab')
  })

  test('behavior: the FIFO is full at 16 bytes and the rest waits', () => {
    write(LCR_H, 0x10)
    write(IMSC, RX | RT)
    uart.receive(new Uint8Array(15))
    expect(read(FR) & RXFF).toBe(0)
    uart.receive(new Uint8Array(985))
    expect(read(FR) & RXFF).toBe(RXFF)
    expect(uart.pendingInputBytes).toBe(1000)
    expect(drain()).toHaveLength(1000)
    expect(uart.pendingInputBytes).toBe(0)
  })

  test('behavior: clearing the interrupts without reading does not stop later ones', () => {
    write(LCR_H, 0x10)
    write(IMSC, RX | RT)
    uart.receive(bytesOf('a'))
    write(ICR, 0x7ff)
    expect(levels).toEqual([true, false])
    uart.receive(bytesOf('b'))
    expect(levels).toEqual([true, false, true])
    expect(drain()).toBe('ab')
  })

  test('behavior: a handler that reads one byte per interrupt gets all', () => {
    write(LCR_H, 0x10)
    write(IMSC, RX | RT)
    uart.receive(bytesOf('0123456789abcdefghijklmnop'))
    let got = ''
    while (levels.at(-1)) {
      write(ICR, read(MIS))
      got += String.fromCharCode(read(DR))
    }
    expect(got).toBe('0123456789abcdefghijklmnop')
  })

  test('behavior: a guest that polls gets it without interrupts', () => {
    uart.receive(bytesOf('hello from a pipe, longer than one FIFO'))
    let got = ''
    for (let polls = 0; polls < 2000 && uart.pendingInputBytes > 0; polls++) {
      if (!isEmpty()) got += String.fromCharCode(read(DR))
    }
    expect(got).toBe('hello from a pipe, longer than one FIFO')
    expect(levels).toEqual([])
  })

  test('behavior: a guest that polls and prints meanwhile gets it too', () => {
    uart.receive(bytesOf('x'))
    let got = ''
    for (let turn = 0; turn < 100 && got === ''; turn++) {
      if (!isEmpty()) got += String.fromCharCode(read(DR))
      read(FR)
      write(DR, 0x2e)
    }
    expect(got).toBe('x')
  })

  test('behavior: what was piped in before the driver starts survives its start', () => {
    uart.receive(bytesOf('uname -m; cat /proc/cpuinfo; poweroff\n'))
    // The early console: one look at the flags before each byte, one after each line.
    for (let line = 0; line < 300; line++) {
      for (let i = 0; i < 40; i++) {
        read(FR)
        write(DR, 0x2e)
      }
      read(FR)
    }
    expect(linuxStartup()).toBe('')
    expect(levels.at(-1)).toBe(true)
    expect(drain()).toBe('uname -m; cat /proc/cpuinfo; poweroff\n')
  })

  test('behavior: a driver that masks the interrupt and then reads finds the bytes it was told of', () => {
    write(LCR_H, 0x10)
    write(IMSC, RX | RT)
    uart.receive(new Uint8Array(40))
    expect(read(MIS)).toBe(RX | RT)
    write(IMSC, 0)
    expect(drain()).toHaveLength(16)
    write(IMSC, RX | RT)
    expect(drain()).toHaveLength(24)
  })

  test('behavior: throttling holds input back and loses none', () => {
    write(LCR_H, 0x10)
    write(IMSC, RX | RT)
    uart.receive(bytesOf('ab'))
    expect(drain(1)).toBe('a')
    write(IMSC, TX)
    uart.receive(bytesOf('c'.repeat(100)))
    write(IMSC, TX | RX | RT)
    expect(drain()).toBe(`b${'c'.repeat(100)}`)
  })

  test('behavior: order and count survive any mixture of chunks and reads', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.uint8Array({ maxLength: 700 }), fc.nat(60))), fc.boolean(), (steps, hasFifo) => {
        levels = []
        uart = new Pl011(wiring)
        write(LCR_H, hasFifo ? 0x10 : 0)
        write(IMSC, RX | RT)
        const sent: number[] = []
        const got: number[] = []
        for (const step of steps) {
          if (typeof step === 'number') {
            for (let i = 0; i < step && !isEmpty(); i++) got.push(read(DR))
          } else {
            sent.push(...step)
            uart.receive(step)
          }
          expect(levels.at(-1) ?? false).toBe(uart.pendingInputBytes > 0)
        }
        while (!isEmpty()) got.push(read(DR))
        expect(got).toEqual(sent)
      }),
      { numRuns: 50 },
    )
  })
})

describe('state', () => {
  test('default: goes on where it was taken, line included', () => {
    write(LCR_H, 0x70)
    write(IBRD, 13)
    write(IMSC, RX | RT | TX)
    uart.receive(bytesOf('the rest of the line'))
    read(DR)
    const state = uart.state()
    expect(structuredClone(state)).toEqual(state)

    levels = []
    uart = Pl011.fromState(state, wiring)
    expect(levels).toEqual([true])
    expect([read(IBRD), read(LCR_H), read(RIS)]).toEqual([13, 0x70, RX | RT])
    expect(uart.state()).toEqual({ ...state, isFifoNoticed: true })
    expect(drain()).toBe('he rest of the line')
  })

  test('behavior: a copy, not a view', () => {
    uart.receive(bytesOf('abc'))
    const { input } = uart.state()
    input.fill(0)
    expect(Buffer.from(uart.state().input).toString()).toBe('abc')
  })
})
