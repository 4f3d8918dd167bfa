/** Numbers and bytes on the command line, and what `armvisor uapi` prints. */

import { UsageError } from '../errors.ts'
import type { Host } from '../host/host.ts'
import { writeText } from '../host/write-text.ts'

/** What a command found: keys for scripts, lines for people. */
export interface Description {
  readonly json: unknown
  readonly lines: readonly string[]
}

/** `0x…`, at least `digits` long. */
export function hex(value: number | bigint, digits = 1): string {
  return `0x${value.toString(16).padStart(digits, '0')}`
}

/** A decimal or `0x…` number of at most 64 bits; a leading minus takes the two's complement. */
export function parseNumber(text: string): bigint | undefined {
  const match = /^(-?)(0x[0-9a-f]+|\d+)$/i.exec(text.replaceAll('_', ''))
  if (match === null) return undefined
  const value = match[1] === '-' ? -BigInt(match[2]) : BigInt(match[2])
  return value < 1n << 64n && value >= -(1n << 63n) ? BigInt.asUintN(64, value) : undefined
}

/** A number that has to be one. @throws {@link UsageError} */
export function requireNumber(text: string, what: string): bigint {
  const value = parseNumber(text)
  if (value === undefined) throw new UsageError(`${text} is no ${what}: give a number below 2^64, decimal or after 0x.`)
  return value
}

/** Bytes of a hex dump: digits with spaces, commas, `0x` or `\x` between them. @throws {@link UsageError} */
export function parseHexDump(text: string): Uint8Array {
  const digits = text.replace(/\\x|\b0x|[\s,"]/gi, '')
  if (!/^([0-9a-f]{2})*$/i.test(digits)) {
    throw new UsageError(`${text} is no hex dump: give two hexadecimal digits for each byte.`)
  }
  return Uint8Array.from(digits.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
}

/** Bytes as a hex dump that {@link parseHexDump} reads. */
export function formatHexDump(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Rows of names and values, the values in one column. */
export function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`.trimEnd())
}

/** 64-bit numbers have no place in JSON: they become hexadecimal text. */
const jsonValue = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? hex(value) : value)

/** Prints a description, as one JSON text with `json`. */
export function print(host: Host, { json, lines }: Description, isJson: boolean): void {
  writeText(host.stdout, isJson ? `${JSON.stringify(json, jsonValue)}\n` : lines.map((line) => `${line}\n`).join(''))
}
