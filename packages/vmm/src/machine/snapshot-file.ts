/** A snapshot as a file: a ZIP archive with the state as JSON and the used pages of memory. [ZIP] */

import { strFromU8, strToU8, type Unzipped, unzipSync, zipSync } from 'fflate'
import type { MachineSnapshot } from './snapshot.ts'

const version = 1
const files = { state: 'machine.json', addresses: 'pages.addresses', bytes: 'pages.bytes' } as const

/** A file that is no snapshot, or one of another version. */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError'
}

/**
 * Encodes a snapshot.
 *
 * @param note - anything that whoever restores it must know, as JSON
 */
export function encodeSnapshot(snapshot: MachineSnapshot, note: unknown = null): Uint8Array {
  const { pages, ...state } = snapshot
  const text = JSON.stringify({ version, note, ...state }, (_, value: unknown) => {
    if (typeof value === 'bigint') return { hex: value.toString(16) }
    return value instanceof Uint8Array ? { bytes: [...value] } : value
  })
  return zipSync(
    {
      [files.state]: strToU8(text),
      [files.addresses]: new Uint8Array(pages.addresses.buffer, pages.addresses.byteOffset, pages.addresses.byteLength),
      [files.bytes]: pages.bytes,
    },
    { level: 1 },
  )
}

/** Decodes what {@link encodeSnapshot} made. @throws {@link SnapshotError} */
export function decodeSnapshot(file: Uint8Array): { readonly snapshot: MachineSnapshot; readonly note: unknown } {
  const parts = unzip(file)
  const [state, addresses, bytes] = [files.state, files.addresses, files.bytes].map((name) => {
    const part = parts[name]
    if (part === undefined) throw new SnapshotError(`The file is no snapshot: it has no ${name}.`)
    return part
  }) as [Uint8Array, Uint8Array, Uint8Array]
  const parsed = parse(strFromU8(state))
  if (parsed.version !== version) {
    throw new SnapshotError(`The snapshot has version ${parsed.version}, and this program reads version ${version}.`)
  }
  if (addresses.length % 8 !== 0 || bytes.length !== (addresses.length / 8) * 4096) {
    throw new SnapshotError(
      `The snapshot is damaged: ${addresses.length / 8} pages and ${bytes.length} bytes do not match.`,
    )
  }
  const { version: _, note, ...rest } = parsed
  const pages = { addresses: new Float64Array(addresses.slice().buffer), bytes }
  return { snapshot: { ...(rest as unknown as Omit<MachineSnapshot, 'pages'>), pages }, note }
}

function unzip(file: Uint8Array): Unzipped {
  try {
    return unzipSync(file)
  } catch (error) {
    throw new SnapshotError('The file is no snapshot: it is no ZIP archive, or a damaged one.', { cause: error })
  }
}

function parse(text: string): { readonly version: unknown; readonly note: unknown } {
  try {
    return JSON.parse(text, (_, value: unknown) => {
      if (value === null || typeof value !== 'object') return value
      if ('hex' in value) return BigInt(`0x${value.hex}`)
      return 'bytes' in value ? Uint8Array.from(value.bytes as number[]) : value
    }) as { readonly version: unknown; readonly note: unknown }
  } catch (error) {
    throw new SnapshotError('The snapshot is damaged: its state cannot be read.', { cause: error })
  }
}
