/** CRC32 and CRC32C of one value, as the A64 instructions compute them: reflected, no inversion. [ARM] C6.2.97. */

const POLYNOMIALS = [0xedb88320, 0x82f63b78] as const
let tables: readonly Uint32Array[] | undefined

function makeTable(polynomial: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte
    for (let i = 0; i < 8; i++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
    return crc
  })
}

/** The `crc32` import: accumulator, value as two words, and size in bytes with bit 4 for CRC32C. */
export function crc32(acc: number, lo: number, hi: number, kind: number): number {
  tables ??= POLYNOMIALS.map(makeTable)
  const table = tables[kind & 16 ? 1 : 0] as Uint32Array
  let crc = acc
  for (let i = 0; i < (kind & 15); i++) {
    const byte = (i < 4 ? lo >>> (i * 8) : hi >>> ((i - 4) * 8)) & 0xff
    crc = (crc >>> 8) ^ (table[(crc ^ byte) & 0xff] as number)
  }
  return crc | 0
}
