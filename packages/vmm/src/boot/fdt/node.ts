/** A device tree as values, before it is flattened. [DT] §2. */

/** Properties by name, in order; each value is the bytes as they will stand. */
export type FdtProperties = Readonly<Record<string, Uint8Array>>

/** A node: its name with unit address (empty for the root), properties and children in order. */
export interface FdtNode {
  readonly name: string
  readonly properties: FdtProperties
  readonly children: readonly FdtNode[]
}

/** Builds a node. */
export function fdtNode(name: string, properties: FdtProperties, children: readonly FdtNode[] = []): FdtNode {
  return { name, properties, children }
}

/** `<empty>`: presence is the value. [DT] §2.2.4 */
export const fdtEmpty: Uint8Array = new Uint8Array(0)

/** `<prop-encoded-array>` of 32-bit big-endian cells. Each value must be an integer in 0..2^32-1. */
export function fdtCells(...cells: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(cells.length * 4)
  const view = new DataView(bytes.buffer)
  cells.forEach((cell, i) => {
    if (!Number.isInteger(cell) || cell < 0 || cell > 0xffff_ffff) {
      throw new RangeError(`A device-tree cell of ${cell} is outside 0..0xffffffff: pass larger numbers with fdtU64s.`)
    }
    view.setUint32(i * 4, cell)
  })
  return bytes
}

/** Pairs of cells, as `reg` has them under `#address-cells` and `#size-cells` of 2. Each value must be in 0..2^53-1. */
export function fdtU64s(...values: readonly number[]): Uint8Array {
  return fdtCells(...values.flatMap((value) => [Math.floor(value / 2 ** 32), value % 2 ** 32]))
}

/** `<string>` or `<stringlist>`: UTF-8, each followed by a zero byte. [DT] §2.2.4 */
export function fdtStrings(...strings: readonly string[]): Uint8Array {
  return Uint8Array.from(strings.flatMap((string) => [...utf8(string), 0]))
}

/** UTF-8 bytes of a string. The core packages have no TextEncoder. */
export function utf8(text: string): readonly number[] {
  const bytes: number[] = []
  for (const character of text) {
    const code = character.codePointAt(0) as number
    if (code < 0x80) bytes.push(code)
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63))
    else if (code < 0x1_0000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63))
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63))
  }
  return bytes
}
