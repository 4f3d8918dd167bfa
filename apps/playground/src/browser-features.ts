/** What this browser lacks, and what that means for the VM. */

/** Something missing: without it nothing runs, or something runs slower. */
export interface MissingFeature {
  readonly isFatal: boolean
  readonly message: string
}

/** A function that returns a v128 constant: what validates where SIMD is there. [WASM] §5 */
// biome-ignore format: bytes of a module
const simdModule = Uint8Array.of(
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 22, 1, 20, 0, 253, 12,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11,
)

/** Looks for everything that the VM uses. */
export function missingFeatures(): readonly MissingFeature[] {
  const missing: MissingFeature[] = []
  if (typeof WebAssembly === 'undefined') {
    missing.push({
      isFatal: true,
      message: 'This browser has no WebAssembly, in which the machine runs: try another one.',
    })
  } else if (!WebAssembly.validate(simdModule)) {
    missing.push({
      isFatal: true,
      message: "This browser's WebAssembly has no SIMD, which the guest's vector registers need: try a newer one.",
    })
  }
  if (typeof Worker === 'undefined') {
    missing.push({ isFatal: true, message: 'This browser has no workers, in one of which the machine runs.' })
  }
  if (!globalThis.crossOriginIsolated) {
    missing.push({
      isFatal: false,
      message:
        'This page is not cross-origin isolated (its server sends no COOP and COEP headers), so threads cannot share memory: the machine does all its work on one.',
    })
  }
  return missing
}
