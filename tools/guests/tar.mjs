/** Reads the members of a tar stream that are wanted, so that a kernel package is read only as far as its kernel. [POSIX] pax, ustar. */

const blockBytes = 512
/** Members that name the next one when it is too long for its header: name, link target. GNU tar. */
const longTypes = ['L', 'K']
/** @type {Readonly<Record<string, TarMember['type']>>} */
const types = { 0: 'file', '\0': 'file', 1: 'link', 2: 'symlink', 5: 'folder' }

/**
 * @typedef {object} TarMember
 * @property {string} name
 * @property {'file' | 'link' | 'symlink' | 'folder' | 'other'} type
 * @property {number} mode Permission bits.
 * @property {string} target Of a link: a member's name; of a symbolic link: what it holds.
 */
/** @typedef {{ sizeBytes: number, longType: string, chunks: Buffer[], gotBytes: number, member: TarMember }} OpenMember */

/** A streaming reader for the tar members that Debian packages have: files, folders, links and GNU long names. */
export class TarReader {
  /** @type {Buffer} */
  #pending = Buffer.alloc(0)
  #skipBytes = 0
  #isDone = false
  /** @type {Record<string, string>} */
  #long = {}
  /** @type {OpenMember | undefined} */
  #member
  #isWanted
  #take

  /**
   * @param {(member: TarMember) => boolean} isWanted Whether `take` is to have the member.
   * @param {(member: TarMember, data: Buffer) => boolean} take Gets it with its data, which only files have, and says whether more
   *   members are wanted.
   */
  constructor(isWanted, take) {
    this.#isWanted = isWanted
    this.#take = take
  }

  /**
   * Takes the next part of the stream.
   *
   * @param {Buffer} chunk
   * @returns {boolean} Whether more is wanted.
   */
  push(chunk) {
    let rest = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
    while (!this.#isDone) {
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
      this.#start(rest.subarray(0, blockBytes))
      rest = rest.subarray(blockBytes)
    }
    this.#pending = Buffer.from(rest)
    return !this.#isDone
  }

  /** @param {Buffer} header */
  #start(header) {
    if (header.every((byte) => byte === 0)) return
    const prefix = header.toString('latin1', 257, 263) === 'ustar\0' ? text(header, 345, 155) : ''
    const shortName = prefix === '' ? text(header, 0, 100) : `${prefix}/${text(header, 0, 100)}`
    const { L: name = shortName, K: target = text(header, 157, 100) } = this.#long
    const sizeBytes = octal(header, 124, 12)
    if (Number.isNaN(sizeBytes)) throw new Error(`tar member ${name} has no size`)
    const letter = header.toString('latin1', 156, 157)
    const member = { name, type: types[letter] ?? 'other', mode: octal(header, 100, 8) & 0o7777, target }
    const longType = longTypes.includes(letter) ? letter : ''
    if (longType === '') this.#long = {}
    if (longType !== '' || this.#isWanted(member))
      this.#member = { sizeBytes, longType, chunks: [], gotBytes: 0, member }
    else this.#skipBytes = roundUp(sizeBytes)
  }

  /** @param {OpenMember} open */
  #finish({ sizeBytes, longType, chunks, member }) {
    const data = Buffer.concat(chunks)
    this.#member = undefined
    this.#skipBytes = roundUp(sizeBytes) - sizeBytes
    if (longType !== '') this.#long[longType] = text(data, 0, data.length)
    else this.#isDone = !this.#take(member, data)
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
function octal(bytes, offset, length) {
  return Number.parseInt(text(bytes, offset, length).trim() || '0', 8)
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
