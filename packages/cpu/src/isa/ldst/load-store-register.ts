/** What all single-register loads and stores of integer registers do once the address is known. [ARM] C6.2 LDR, STR. */

import type { Operand } from '../dsl.ts'
import type { AccessOptions, Bits, Ops, Size } from '../ops.ts'

/** `opc` as in the load/store classes: 0 store, 1 load, 2 load and sign-extend to 64 bits, 3 to 32 bits. */
export function loadStoreRegister(
  m: Ops,
  a: {
    readonly bytes: Size
    readonly opc: number
    readonly Rt: Operand
    readonly address: Bits
    readonly options: AccessOptions
    /** With write-back there is no valid syndrome. */
    readonly hasWriteBack?: boolean
  },
): void {
  const { bytes, opc, Rt, address } = a
  const w = opc === 2 || bytes === 8 ? 64 : 32
  const signExtend = opc >= 2
  const options: AccessOptions = a.hasWriteBack
    ? a.options
    : {
        ...a.options,
        syndrome: { size: bytes, signExtend, Rt, sixtyFour: w === 64, acquireRelease: a.options.ordered ?? false },
      }
  if (opc === 0) {
    m.store(address, bytes, m.readX(Rt, bytes === 8 ? 64 : 32), options)
    return
  }
  const value = m.load(address, bytes, options)
  m.writeX(Rt, w, signExtend ? m.signExtend(value, bytes * 8, w) : value)
}
