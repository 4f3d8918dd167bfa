/** The floating-point helper of generated code: operands and result in the vCPU block's helper slots. */

import { FP_OPS, type FpEnv, type FpFormat, fmaNumbers, fpSlow } from '../fp/index.ts'
import { type CpuState, LAYOUT } from '../state.ts'

/** Makes the `fp` import: `(operation, format, aux)`; see `FP_OPS`. */
export function fpHelper(state: CpuState): (op: number, format: number, aux: number) => void {
  const env: FpEnv = { fpcr: 0, fpsr: 0 }
  const { u64 } = state.memory
  const slot = (state.base + LAYOUT.helper) >>> 3
  const doubles = new Float64Array(u64.buffer, state.base + LAYOUT.helper, 3)
  return (op, format, aux) => {
    env.fpcr = state.get32(LAYOUT.fpcr)
    env.fpsr = state.get32(LAYOUT.fpsr)
    // Without BigInt a fused multiply-add of doubles takes 22 ns instead of 76; generated code does by itself only what is exact.
    if (op === FP_OPS.FPMulAdd && format === 64) {
      const result = fmaNumbers(doubles[0] as number, doubles[1] as number, doubles[2] as number, env)
      if (!Number.isNaN(result)) {
        doubles[0] = result
        state.set32(LAYOUT.fpsr, env.fpsr)
        return
      }
    }
    u64[slot] = fpSlow(
      op,
      format as FpFormat,
      u64[slot] as bigint,
      u64[slot + 1] as bigint,
      u64[slot + 2] as bigint,
      env,
      aux,
    )
    state.set32(LAYOUT.fpsr, env.fpsr)
  }
}
