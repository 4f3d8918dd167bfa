import { beforeEach, describe, expect, test } from 'vitest'
import { MmioBus, type MmioDevice, MmioOverlapError } from './mmio-bus.ts'

let log: string[]
let bus: MmioBus

function device(name: string, value = 0): MmioDevice {
  return {
    read: (offset, sizeBytes) => {
      log.push(`${name} read ${offset}/${sizeBytes}`)
      return (value + offset) >>> 0
    },
    write: (offset, sizeBytes, written) =>
      void log.push(`${name} write ${offset}/${sizeBytes} 0x${written.toString(16)}`),
  }
}

beforeEach(() => {
  log = []
  bus = new MmioBus({
    unclaimedRead: (address, sizeBytes) => void log.push(`? read 0x${address.toString(16)}/${sizeBytes}`),
    unclaimedWrite: (address, data) =>
      void log.push(`? write 0x${address.toString(16)} ${Buffer.from(data).toString('hex')}`),
  })
  bus.add('a', 0x1000, 0x100, device('a', 0xf1f2_f3f4))
  bus.add('b', 0x1100, 0x10, device('b'))
  bus.add('high', 2 ** 51, 0x1000, device('high'))
})

const read = (address: number, sizeBytes: number) => {
  const data = new Uint8Array(sizeBytes).fill(0xee)
  bus.read(address, data)
  return Buffer.from(data).toString('hex')
}
const write = (address: number, hex: string) => bus.write(address, new Uint8Array(Buffer.from(hex, 'hex')))

describe('MmioBus', () => {
  test('default: routes by address, with offsets in the window', () => {
    expect([read(0x1004, 4), read(0x1100, 4), read(2 ** 51 + 8, 1)]).toEqual(['f8f3f2f1', '00000000', '08'])
    expect(log).toEqual(['a read 4/4', 'b read 0/4', 'high read 8/1'])
    expect(bus.windows.map(({ name }) => name)).toEqual(['a', 'b', 'high'])
  })

  test('args: 1, 2, 4 and 8 bytes, little-endian', () => {
    expect([read(0x1000, 1), read(0x1000, 2), read(0x1000, 4), read(0x1000, 8)]).toEqual([
      'f4',
      'f4f3',
      'f4f3f2f1',
      'f4f3f2f1f8f3f2f1',
    ])
    log = []
    for (const hex of ['81', '8182', '81828384', '8182838485868788']) write(0x1100, hex)
    expect(log).toEqual([
      'b write 0/1 0x81',
      'b write 0/2 0x8281',
      'b write 0/4 0x84838281',
      'b write 0/4 0x84838281',
      'b write 4/4 0x88878685',
    ])
  })

  test('behavior: nobody there: reads zero, ignores writes, reports both', () => {
    expect(read(0x2000, 4)).toBe('00000000')
    write(0x0fff, '01')
    expect(log).toEqual(['? read 0x2000/4', '? write 0xfff 01'])
    expect(() => new MmioBus().read(0, new Uint8Array(8))).not.toThrow()
  })

  test('behavior: an access that crosses a window has no taker', () => {
    expect(read(0x10fe, 4)).toBe('00000000')
    expect(log).toEqual(['? read 0x10fe/4'])
  })

  test('error: windows that overlap', () => {
    expect(() => bus.add('c', 0x10ff, 1, device('c'))).toThrow(MmioOverlapError)
    expect(() => bus.add('c', 0x0ff0, 0x11, device('c'))).toThrow(
      'The window of c (0xff0 to 0x1000) overlaps that of a (0x1000 to 0x10ff): give it addresses of its own.',
    )
    expect(() => bus.add('c', 0x0ff0, 0x10, device('c'))).not.toThrow()
  })
})
