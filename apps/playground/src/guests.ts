/** Where guests come from: built in, served beside the page, files, or an address. */

import type { Guest } from './vm/protocol.ts'

/** The guest that needs nothing. */
export const embedded: Guest = { name: 'built-in guest' }

/** A guest that the server offers, as `guests/index.json` lists it. Paths are relative to that file. */
export interface OfferedGuest {
  readonly name: string
  readonly kernel: string
  readonly initrd?: string
  readonly append?: string
}

/** A guest that could not be got, in a sentence. */
export class GuestError extends Error {
  override readonly name = 'GuestError'
}

/** Told how much of how much has come; the total is undefined where the server does not say. */
export type Progress = (bytes: number, totalBytes: number | undefined) => void

const listUrl = new URL('guests/index.json', document.baseURI)

/** What the server offers; nothing where it has no list, as a static site without guests. */
export async function offeredGuests(): Promise<readonly OfferedGuest[]> {
  try {
    const response = await fetch(listUrl)
    const isJson = response.headers.get('content-type')?.includes('json') ?? false
    return response.ok && isJson ? ((await response.json()) as readonly OfferedGuest[]) : []
  } catch {
    return []
  }
}

/** Fetches an offered guest. @throws {@link GuestError} */
export async function fetchOffered(offered: OfferedGuest, progress: Progress): Promise<Guest> {
  const { name, append } = offered
  let before = 0
  const kernel = await fetchBytes(new URL(offered.kernel, listUrl), progress)
  before += kernel.length
  const initrd =
    offered.initrd === undefined
      ? undefined
      : await fetchBytes(new URL(offered.initrd, listUrl), (bytes, total) =>
          progress(before + bytes, total === undefined ? undefined : before + total),
        )
  return { name, kernel, ...(initrd && { initrd }), ...(append !== undefined && { append }) }
}

/** Fetches a file. @throws {@link GuestError} */
export async function fetchBytes(url: URL, progress: Progress): Promise<Uint8Array> {
  let response: Response
  try {
    response = await fetch(url)
  } catch (error) {
    throw new GuestError(
      `${url.href} cannot be fetched: ${error instanceof Error ? error.message : String(error)}. Its server may be down, or may not let other pages read it (CORS).`,
    )
  }
  if (!response.ok || response.body === null) {
    throw new GuestError(`${url.href} cannot be fetched: the server says ${response.status} ${response.statusText}.`)
  }
  // With a content encoding the length is of what travels, not of what arrives here.
  const length = response.headers.get('content-encoding') === null ? response.headers.get('content-length') : null
  const total = length === null ? undefined : Number(length)
  const parts: Uint8Array[] = []
  let bytes = 0
  const reader = response.body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    parts.push(value)
    bytes += value.length
    progress(bytes, total)
  }
  const whole = new Uint8Array(bytes)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Reads a file that the visitor chose. @throws {@link GuestError} */
export async function readFile(file: File): Promise<Uint8Array> {
  try {
    return new Uint8Array(await file.arrayBuffer())
  } catch (error) {
    throw new GuestError(`${file.name} cannot be read: ${error instanceof Error ? error.message : String(error)}.`)
  }
}
