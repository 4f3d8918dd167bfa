/** Sizes and addresses as people write them in messages. */

const units: readonly (readonly [string, number])[] = [
  ['TiB', 2 ** 40],
  ['GiB', 2 ** 30],
  ['MiB', 2 ** 20],
  ['KiB', 2 ** 10],
]

/**
 * A size in the largest binary unit that expresses it exactly or to one hundredth, otherwise in bytes.
 *
 * @example formatSize(5 * 2 ** 30) // '5 GiB'
 */
export function formatSize(sizeBytes: number): string {
  for (const [name, unitBytes] of units) {
    const count = sizeBytes / unitBytes
    if (count >= 1 && Number.isInteger(count * 100)) return `${count} ${name}`
  }
  return `${sizeBytes} bytes`
}

/** An address in hexadecimal, without padding. */
export function formatAddress(address: number | bigint): string {
  return `0x${address.toString(16)}`
}
