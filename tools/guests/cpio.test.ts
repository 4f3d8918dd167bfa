/** The cpio writer against archives and listings of GNU cpio 2.13. */
import { execFileSync, spawnSync } from 'node:child_process'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeCpio, encodeCpio, S_IFCHR, S_IFDIR, S_IFLNK, S_IFREG } from './cpio.mjs'

const entries = [
  { name: 'dir', mode: S_IFDIR | 0o755 },
  { name: 'dir/file', mode: S_IFREG | 0o755, data: Buffer.from('hello') },
  { name: 'link', mode: S_IFLNK | 0o777, data: Buffer.from('dir/file') },
  { name: 'console', mode: S_IFCHR | 0o600, device: [5, 1] as const },
  { name: 'empty', mode: S_IFREG | 0o640 },
  { name: '4', mode: S_IFREG | 0o644, data: Buffer.from('four') },
]

// The same six entries by `cpio -o -H newc --reproducible -R 0:0` of GNU cpio 2.13, then `gzip -9n`.
const gnuArchive = gunzipSync(
  Buffer.from(
    'H4sIAAAAAAACA9WSwQ6CMAyG+yo8ge3cAI8QRmLiifgGOiJxMoN68O0N6MhAMVNPfoetp37tn2KEERI6cJIZvoaFKTJJNMfP4LbYVg0AoOvs/njaSSOn' +
      '8HQuHOesrLQC2CmtzdjP2iehPPf0x57+fk5d1XsAO8XA3fVkNNmSPPMWbpbujBtTn0y7+nBnfs88+dU7JrSFOhzP16FTPJzc08k9naw/MijNpcGne34D' +
      '4XektlgXyXIliyAI4E+5AfH3D8QABAAA',
    'base64',
  ),
)

const plain = (archive: Uint8Array) =>
  decodeCpio(archive).map(({ name, mode, data, device }) => ({
    name,
    mode,
    data: data?.toString(),
    device: [...(device ?? [])],
  }))

const cpio = 'cpio'
const hasCpio = spawnSync(cpio, ['--version']).status === 0

describe('encodeCpio', () => {
  test('default: says the same as the archive of GNU cpio', () => {
    expect(plain(encodeCpio(entries))).toEqual(plain(gnuArchive))
  })

  test('behavior: differs from GNU cpio in times, owners of numbers and padding at the end only', () => {
    const ours = encodeCpio(entries)
    const theirs = gnuArchive
    // Fields of 8 digits from offset 6: inode 0, mtime 5, devmajor 7, devminor 8 are free; all others must agree.
    for (let offset = 0, count = 0; count <= entries.length; count++) {
      const header = (archive: Buffer) =>
        Array.from({ length: 13 }, (_, index) =>
          archive.toString('latin1', offset + 6 + index * 8, offset + 14 + index * 8),
        )
      const pick = (archive: Buffer) => header(archive).filter((_, index) => ![0, 5, 7, 8].includes(index))
      expect(pick(ours)).toEqual(pick(theirs))
      const [nameBytes, dataBytes] = [header(ours)[11], header(ours)[6]].map((field) => Number.parseInt(field, 16))
      const end = ((offset + 110 + nameBytes + 3) & ~3) + ((dataBytes + 3) & ~3)
      expect(ours.subarray(offset + 110, end)).toEqual(theirs.subarray(offset + 110, end))
      offset = end
    }
  })

  test('behavior: any entries come back as they were', () => {
    const kind = fc.constantFrom(S_IFREG | 0o644, S_IFLNK | 0o777, S_IFDIR | 0o755)
    const name = fc.stringMatching(/^[a-zé0-9/._[-]{1,40}$/)
    const entry = fc.record({ name, mode: kind, data: fc.uint8Array({ maxLength: 300 }) })
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 20 }), (list) => {
        const decoded = decodeCpio(encodeCpio(list))
        expect(decoded.map(({ name, mode, data }) => ({ name, mode, data: new Uint8Array(data ?? []) }))).toEqual(
          list.map(({ name, mode, data }) => ({ name, mode, data: new Uint8Array(data) })),
        )
      }),
    )
  })

  test('behavior: each entry has an inode number of its own, or the kernel would join them as hard links', () => {
    const archive = encodeCpio(entries).toString('latin1')
    const inodes = [...archive.matchAll(/070701([0-9A-F]{8})/g)].map((match) => match[1])
    expect(new Set(inodes.slice(0, -1)).size).toBe(entries.length)
  })

  test.runIf(hasCpio)('behavior: an installed cpio lists it', () => {
    const listing = execFileSync(cpio, ['-t', '--quiet'], { input: encodeCpio(entries) }).toString()
    expect(listing.trim().split('\n')).toEqual(entries.map(({ name }) => name))
  })
})

describe('decodeCpio', () => {
  test('error: an archive cut anywhere is refused', () => {
    const archive = encodeCpio(entries)
    const lastHeader = archive.lastIndexOf('070701')
    for (let length = 0; length < lastHeader; length += 7)
      expect(() => decodeCpio(archive.subarray(0, length))).toThrow(/at byte/)
  })

  test('error: another form of archive is refused', () => {
    expect(() => decodeCpio(Buffer.from('070707000000'))).toThrow('no newc header at byte 0')
  })
})
