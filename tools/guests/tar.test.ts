/** The tar reader on streams cut into chunks of every kind. */
import { describe, expect, test } from 'vitest'
import { TarPicker } from './tar.mjs'

/** One member with a ustar header; `type` as in the format. */
function member(name: string, data: Buffer, type = '0'): Buffer {
  const header = Buffer.alloc(512)
  header.write(name.slice(0, 100), 0, 'latin1')
  header.write(data.length.toString(8).padStart(11, '0'), 124, 'latin1')
  header.write(type, 156, 'latin1')
  header.write('ustar  ', 257, 'latin1')
  return Buffer.concat([header, data, Buffer.alloc(-data.length & 511)])
}

const longName = `./usr/${'x'.repeat(150)}/file`
const kernel = Buffer.from('kernel'.repeat(300))
const archive = Buffer.concat([
  member('./', Buffer.alloc(0), '5'),
  member('./boot/', Buffer.alloc(0), '5'),
  member('./boot/config-1', Buffer.alloc(1500, 1)),
  member('./boot/vmlinuz-1', kernel),
  member('././@LongLink', Buffer.from(`${longName}\0`), 'L'),
  member(longName, Buffer.from('long')),
  Buffer.alloc(1024),
])

function pick(chunkBytes: number, isWanted: (name: string) => boolean) {
  const picker = new TarPicker(isWanted)
  let used = 0
  for (let offset = 0; offset < archive.length; offset += chunkBytes) {
    used = offset
    if (!picker.push(archive.subarray(offset, offset + chunkBytes))) break
  }
  return { found: picker.found, used }
}

describe('TarPicker', () => {
  test.each([1, 7, 511, 512, 513, 4096, archive.length])('args: chunks of %i bytes', (chunkBytes) => {
    const { found } = pick(chunkBytes, (name) => name.startsWith('./boot/vmlinuz-'))
    expect(found?.name).toBe('./boot/vmlinuz-1')
    expect(found?.data.equals(kernel)).toBe(true)
  })

  test('behavior: says when it needs no more', () => {
    expect(pick(512, (name) => name.startsWith('./boot/config')).used).toBeLessThan(512 * 7)
  })

  test('behavior: GNU long names', () => {
    expect(pick(100, (name) => name === longName).found?.data.toString()).toBe('long')
  })

  test('behavior: a folder is never a match', () => {
    expect(pick(512, (name) => name === './boot/').found).toBeUndefined()
  })
})
