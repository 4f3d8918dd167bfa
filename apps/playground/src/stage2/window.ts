/** The part of the IPA space that a map shows: moved and zoomed without ever leaving the space. */

/** A range of addresses; exact integers up to 2^52. */
export interface Window {
  readonly base: number
  readonly sizeBytes: number
}

/** All of an IPA space. */
export function wholeSpace(ipaBits: number): Window {
  return { base: 0, sizeBytes: 2 ** ipaBits }
}

/**
 * Zooms by a factor about an address, which stays where it is on the screen. Sizes are powers of two, from a page up to the space.
 *
 * @param factor - a power of two; above 1 shows less
 */
export function zoom(window: Window, factor: number, about: number, ipaBits: number, pageBytes: number): Window {
  const sizeBytes = Math.min(2 ** ipaBits, Math.max(pageBytes, window.sizeBytes / factor))
  const place = (about - window.base) / window.sizeBytes
  return clamp({ base: about - place * sizeBytes, sizeBytes }, ipaBits, pageBytes)
}

/** Moves by a share of the window's size. */
export function pan(window: Window, share: number, ipaBits: number, pageBytes: number): Window {
  return clamp({ base: window.base + share * window.sizeBytes, sizeBytes: window.sizeBytes }, ipaBits, pageBytes)
}

/** The smallest window of a power of two that shows a range with some room around. */
export function fit(base: number, sizeBytes: number, ipaBits: number, pageBytes: number): Window {
  let size = pageBytes
  while (size < sizeBytes * 1.1 && size < 2 ** ipaBits) size *= 2
  return clamp({ base: base - (size - sizeBytes) / 2, sizeBytes: size }, ipaBits, pageBytes)
}

function clamp({ base, sizeBytes }: Window, ipaBits: number, pageBytes: number): Window {
  const aligned = Math.round(base / pageBytes) * pageBytes
  return { base: Math.max(0, Math.min(2 ** ipaBits - sizeBytes, aligned)), sizeBytes }
}
