/** Text on an output stream. */

import type { OutputStream } from './host.ts'

const encoder = new TextEncoder()

/** Writes text as UTF-8. */
export function writeText(stream: OutputStream, text: string): void {
  stream.write(encoder.encode(text))
}
