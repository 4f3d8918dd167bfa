/** Writes and reads cpio archives of the "newc" form, the one the Linux kernel unpacks as its initramfs. [INITRAMFS-FORMAT] */

/** File type bits of `mode`, by their POSIX names. [POSIX] sys/stat.h. */
export const S_IFREG = 0o100000
export const S_IFDIR = 0o040000
export const S_IFLNK = 0o120000
export const S_IFCHR = 0o020000

/**
 * @typedef {object} CpioEntry
 * @property {string} name Path without a leading slash.
 * @property {number} mode Type and permission bits.
 * @property {Uint8Array} [data] A regular file's contents, a symbolic link's target.
 * @property {readonly [major: number, minor: number]} [device] A device node's number.
 */

const magic = '070701'
const trailer = 'TRAILER!!!'
const headerBytes = 110

/**
 * Encodes the entries in the given order, parents before children; owner is root and all times are zero, so that
 * equal input gives equal bytes.
 *
 * @param {readonly CpioEntry[]} entries
 * @returns {Buffer} A multiple of 4 bytes, trailer included.
 */
export function encodeCpio(entries) {
  const parts = entries.map((entry, index) => encodeEntry(entry, index + 1))
  return Buffer.concat([...parts, encodeEntry({ name: trailer, mode: 0 }, 0)])
}

/**
 * @param {CpioEntry} entry
 * @param {number} inode Distinct for each entry: two names with one inode number and nlink > 1 would be hard links.
 */
function encodeEntry({ name, mode, data = new Uint8Array(), device = [0, 0] }, inode) {
  const nameBytes = Buffer.from(`${name}\0`)
  const links = (mode & 0o170000) === S_IFDIR ? 2 : 1
  // ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check
  const fields = [inode, mode, 0, 0, links, 0, data.length, 0, 0, device[0], device[1], nameBytes.length, 0]
  const header = magic + fields.map((field) => field.toString(16).toUpperCase().padStart(8, '0')).join('')
  return Buffer.concat([pad4(Buffer.concat([Buffer.from(header), nameBytes])), pad4(data)])
}

/** @param {Uint8Array} bytes */
function pad4(bytes) {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)])
}

/**
 * Decodes one archive up to its trailer.
 *
 * @param {Uint8Array} archive
 * @returns {CpioEntry[]}
 * @throws {Error} When the archive is cut short or a header is not newc.
 */
export function decodeCpio(archive) {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.length)
  /** @type {CpioEntry[]} */
  const entries = []
  let offset = 0
  for (;;) {
    if (!/^070701[\da-f]{104}$/i.test(bytes.toString('latin1', offset, offset + headerBytes)))
      throw new Error(`no newc header at byte ${offset}`)
    const header = offset
    /** @param {number} index */
    const field = (index) =>
      Number.parseInt(bytes.toString('latin1', header + 6 + index * 8, header + 14 + index * 8), 16)
    const nameBytes = field(11)
    const dataBytes = field(6)
    const data = (header + headerBytes + nameBytes + 3) & ~3
    if (data + dataBytes > bytes.length) throw new Error(`entry at byte ${offset} ends after the archive`)
    const name = bytes.toString('utf8', header + headerBytes, header + headerBytes + nameBytes - 1)
    if (name === trailer) return entries
    entries.push({ name, mode: field(1), data: bytes.subarray(data, data + dataBytes), device: [field(9), field(10)] })
    offset = (data + dataBytes + 3) & ~3
  }
}
