/** Picks single files out of a tar stream, so that a kernel package is read only as far as its kernel. [POSIX] pax, ustar. */

const blockBytes = 512

/**
 * A streaming reader for the tar members that Debian packages have: files, folders, links and GNU long names.
 *
 * @example
 * const picker = new TarPicker((name) => name.startsWith('./boot/vmlinuz-'))
 * stream.on('data', (chunk) => picker.push(chunk))
 */
export class TarPicker {
  /** @type {{ name: string, data: Buffer } | undefined} The first regular file that matched. */
  found
  /** @type {Buffer} */
  #pending = Buffer.alloc(0)
  #skipBytes = 0
  #longName = ''
  /** @type {{ name: string, sizeBytes: number, isLongName: boolean, chunks: Buffer[], gotBytes: number } | undefined} */
  #member
  /** @type {(name: string) => boolean} */
  #isWanted

  /** @param {(name: string) => boolean} isWanted Decides by the member's full name. */
  constructor(isWanted) {
    this.#isWanted = isWanted
  }

  /**
   * Takes the next part of the stream.
   *
   * @param {Buffer} chunk
   * @returns {boolean} Whether more is wanted.
   */
  push(chunk) {
    let rest = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
    while (this.found === undefined) {
      if (this.#member !== undefined) {
        const member = this.#member
        const part = rest.subarray(0, member.sizeBytes - member.gotBytes)
        member.chunks.push(part)
        member.gotBytes += part.length
        rest = rest.subarray(part.length)
        if (member.gotBytes < member.sizeBytes) break
        this.#finish(member)
        continue
      }
      const skipped = Math.min(this.#skipBytes, rest.length)
      this.#skipBytes -= skipped
      rest = rest.subarray(skipped)
      if (this.#skipBytes > 0 || rest.length < blockBytes) break
      this.#startMember(rest.subarray(0, blockBytes))
      rest = rest.subarray(blockBytes)
    }
    this.#pending = Buffer.from(rest)
    return this.found === undefined
  }

  /** @param {Buffer} header */
  #startMember(header) {
    if (header.every((byte) => byte === 0)) return
    const prefix = header.toString('latin1', 257, 263) === 'ustar\0' ? text(header, 345, 155) : ''
    const shortName = prefix === '' ? text(header, 0, 100) : `${prefix}/${text(header, 0, 100)}`
    const name = this.#longName === '' ? shortName : this.#longName
    const sizeBytes = Number.parseInt(text(header, 124, 12).trim() || '0', 8)
    if (Number.isNaN(sizeBytes)) throw new Error(`tar member ${name} has no size`)
    const type = header.toString('latin1', 156, 157)
    const isLongName = type === 'L'
    this.#longName = ''
    if (isLongName || ((type === '0' || type === '\0') && this.#isWanted(name)))
      this.#member = { name, sizeBytes, isLongName, chunks: [], gotBytes: 0 }
    else this.#skipBytes = roundUp(sizeBytes)
  }

  /** @param {{ name: string, sizeBytes: number, isLongName: boolean, chunks: Buffer[] }} member */
  #finish(member) {
    const data = Buffer.concat(member.chunks)
    this.#member = undefined
    this.#skipBytes = roundUp(member.sizeBytes) - member.sizeBytes
    if (member.isLongName) this.#longName = text(data, 0, data.length)
    else this.found = { name: member.name, data }
  }
}

/** @param {number} bytes */
function roundUp(bytes) {
  return Math.ceil(bytes / blockBytes) * blockBytes
}

/**
 * @param {Buffer} bytes
 * @param {number} offset
 * @param {number} length
 */
function text(bytes, offset, length) {
  const field = bytes.subarray(offset, offset + length)
  const end = field.indexOf(0)
  return field.toString('utf8', 0, end < 0 ? field.length : end)
}
