/** Numbers as the page shows them. */

export { formatBytes } from '@armvisor/stage2'

/** An address in hexadecimal, in groups of four digits. */
export function formatHex(value: number | bigint, digits = 0): string {
  const text = value.toString(16).padStart(digits, '0')
  return `0x${text.replace(/\B(?=(.{4})+$)/g, '_')}`
}

/** Parses what {@link formatHex} writes, and decimal. Undefined for anything else. */
export function parseAddress(text: string): bigint | undefined {
  const digits = text.trim().replaceAll('_', '')
  return /^(0x[\da-f]+|\d+)$/i.test(digits) ? BigInt(digits) : undefined
}

/** Whole numbers with thin spaces between thousands. */
export function formatCount(value: number): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, '\u2009')
}
