/** The tar reader on streams cut into chunks of every kind. */
import { describe, expect, test } from 'vitest'
import { type TarMember, TarReader } from './tar.mjs'

/** One member with a ustar header; `type` as in the format. */
function member(name: string, data: Buffer, type = '0', target = ''): Buffer {
  const header = Buffer.alloc(512)
  header.write(name.slice(0, 100), 0, 'latin1')
  header.write('0100755', 100, 'latin1')
  header.write(data.length.toString(8).padStart(11, '0'), 124, 'latin1')
  header.write(type, 156, 'latin1')
  header.write(target.slice(0, 100), 157, 'latin1')
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
  member('./vmlinuz', Buffer.alloc(0), '2', 'boot/vmlinuz-1'),
  member('././@LongLink', Buffer.from(`${longName}\0`), 'K'),
  member('./again', Buffer.alloc(0), '1', longName),
  Buffer.alloc(1024),
])

function read(chunkBytes: number, isWanted: (member: TarMember) => boolean, most = Number.POSITIVE_INFINITY) {
  const found: (TarMember & { data: Buffer })[] = []
  const reader = new TarReader(isWanted, (member, data) => found.push({ ...member, data }) < most)
  let used = 0
  for (let offset = 0; offset < archive.length; offset += chunkBytes) {
    used = offset
    if (!reader.push(archive.subarray(offset, offset + chunkBytes))) break
  }
  return { found, used }
}

describe('TarReader', () => {
  test.each([1, 7, 511, 512, 513, 4096, archive.length])('args: chunks of %i bytes', (chunkBytes) => {
    const { found } = read(chunkBytes, ({ name }) => name.startsWith('./boot/vmlinuz-'))
    expect(found).toEqual([{ name: './boot/vmlinuz-1', type: 'file', mode: 0o755, target: '', data: kernel }])
  })

  test('behavior: says when it needs no more', () => {
    expect(read(512, ({ name }) => name.startsWith('./boot/config'), 1).used).toBeLessThan(512 * 7)
  })

  test('behavior: GNU long names', () => {
    expect(read(100, ({ name }) => name === longName).found[0]?.data.toString()).toBe('long')
  })

  test('behavior: links with their targets, and long ones', () => {
    const { found } = read(100, ({ type }) => type.endsWith('link'))
    expect(found.map(({ name, type, target }) => [name, type, target])).toEqual([
      ['./vmlinuz', 'symlink', 'boot/vmlinuz-1'],
      ['./again', 'link', longName],
    ])
  })

  test('behavior: every member, in the order of the stream', () => {
    const { found } = read(512, () => true)
    expect(found.map(({ type }) => type)).toEqual(['folder', 'folder', 'file', 'file', 'file', 'symlink', 'link'])
  })
})
