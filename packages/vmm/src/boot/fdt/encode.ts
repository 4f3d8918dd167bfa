/** Flattens a device tree. [DT] §5 "Flattened Devicetree (DTB) Format", version 17. */

import { type FdtNode, utf8 } from './node.ts'

const MAGIC = 0xd00dfeed
const VERSION = 17
const LAST_COMPATIBLE_VERSION = 16
const FDT_BEGIN_NODE = 1
const FDT_END_NODE = 2
const FDT_PROP = 3
const FDT_END = 9

const headerBytes = 40
const maxNameLength = 31

/** Memory that the guest must leave alone. [DT] §5.3 */
export interface FdtReservation {
  readonly address: bigint
  readonly sizeBytes: bigint
}

/** Settings of {@link encodeFdt}. */
export interface FdtOptions {
  readonly reservations?: readonly FdtReservation[]
  /** `boot_cpuid_phys`: the `reg` of the CPU that boots; default 0. */
  readonly bootCpu?: number
}

/** A device tree that cannot be flattened: a name against the rules. */
export class FdtNameError extends Error {
  override readonly name = 'FdtNameError'

  constructor(facts: { readonly kind: 'node' | 'property'; readonly value: string; readonly parent: string }) {
    const characters =
      facts.kind === 'node' ? 'letters, digits and ,._+-, then @unit-address' : 'letters, digits and ,._+?#-'
    super(
      `The device-tree ${facts.kind} name '${facts.value}' under '${facts.parent}' is not 1 to ${maxNameLength} of ${characters}: rename it.`,
    )
  }
}

/**
 * The tree as a blob: header, reservations, structure, strings. Its length is a multiple of nothing in particular; place it
 * at a multiple of 8.
 *
 * @throws {@link FdtNameError}
 */
export function encodeFdt(root: FdtNode, options: FdtOptions = {}): Uint8Array {
  const reservations = options.reservations ?? []
  const structure = new ByteWriter()
  const strings = new StringsBlock()
  writeNode(structure, strings, root, undefined)
  structure.u32(FDT_END)

  const structureOffset = headerBytes + 16 * (reservations.length + 1)
  const stringsOffset = structureOffset + structure.length
  const totalBytes = stringsOffset + strings.bytes.length

  const blob = new Uint8Array(totalBytes)
  const view = new DataView(blob.buffer)
  const header = [
    MAGIC,
    totalBytes,
    structureOffset,
    stringsOffset,
    headerBytes, // off_mem_rsvmap: 40 is a multiple of 8
    VERSION,
    LAST_COMPATIBLE_VERSION,
    options.bootCpu ?? 0,
    strings.bytes.length,
    structure.length,
  ]
  header.forEach((word, i) => {
    view.setUint32(i * 4, word)
  })
  reservations.forEach(({ address, sizeBytes }, i) => {
    view.setBigUint64(headerBytes + 16 * i, address)
    view.setBigUint64(headerBytes + 16 * i + 8, sizeBytes)
  })
  blob.set(structure.bytes(), structureOffset)
  blob.set(strings.bytes, stringsOffset)
  return blob
}

function writeNode(out: ByteWriter, strings: StringsBlock, node: FdtNode, parentPath: string | undefined): void {
  const isRoot = parentPath === undefined && node.name === ''
  if (!isRoot && !isNodeName(node.name)) {
    throw new FdtNameError({ kind: 'node', value: node.name, parent: parentPath || '/' })
  }
  const path = isRoot ? '' : `${parentPath ?? ''}/${node.name}`
  out.u32(FDT_BEGIN_NODE)
  out.padded([...utf8(node.name), 0])
  for (const [name, value] of Object.entries(node.properties)) {
    if (!/^[\w,.+?#-]{1,31}$/.test(name)) throw new FdtNameError({ kind: 'property', value: name, parent: path || '/' })
    out.u32(FDT_PROP)
    out.u32(value.length)
    out.u32(strings.offset(name))
    out.padded(value)
  }
  for (const child of node.children) writeNode(out, strings, child, path)
  out.u32(FDT_END_NODE)
}

/** [DT] §2.2.1: a name of 1 to 31 characters, then, where there is one, a unit address. */
function isNodeName(name: string): boolean {
  return /^[a-zA-Z0-9,._+-]{1,31}(@[a-zA-Z0-9,._+-]+)?$/.test(name)
}

/** Property names, each once; a name that ends another shares its bytes. */
class StringsBlock {
  bytes: number[] = []
  readonly #offsets = new Map<string, number>()

  offset(name: string): number {
    const known = this.#offsets.get(name)
    if (known !== undefined) return known
    const text = `${name}\0`
    const found = String.fromCharCode(...this.bytes).indexOf(text)
    const offset = found >= 0 ? found : this.bytes.length
    if (found < 0) this.bytes.push(...utf8(text))
    this.#offsets.set(name, offset)
    return offset
  }
}

/** A byte buffer that grows. */
class ByteWriter {
  length = 0
  #buffer = new Uint8Array(4096)

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.length)
  }

  u32(value: number): void {
    const at = this.#grow(4)
    new DataView(this.#buffer.buffer).setUint32(at, value)
  }

  /** The bytes, then zeroes to a multiple of 4. */
  padded(bytes: ArrayLike<number>): void {
    const at = this.#grow(Math.ceil(bytes.length / 4) * 4)
    this.#buffer.set(bytes, at)
  }

  #grow(sizeBytes: number): number {
    const at = this.length
    this.length += sizeBytes
    if (this.length > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(this.length, this.#buffer.length * 2))
      larger.set(this.#buffer)
      this.#buffer = larger
    }
    return at
  }
}
