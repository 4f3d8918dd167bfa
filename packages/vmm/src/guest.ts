/**
 * A guest to try a machine with: no kernel needs to be at hand.
 *
 * @example
 * ```ts
 * import { embeddedGuest } from '@armvisor/vmm/guest'
 *
 * const kernel = embeddedGuest({ ipaBits: 40, pageBytes: 4096 })
 * new TextDecoder().decode(kernel.subarray(56, 60)) // 'ARMd', the mark of an arm64 Image
 * ```
 *
 * @packageDocumentation
 */

export { type EmbeddedGuestOptions, embeddedGuest } from './guest/embedded-guest.ts'
export { withLastPage } from './guest/last-page.ts'
