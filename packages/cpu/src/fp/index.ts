/** A64 floating-point arithmetic, bit- and flag-exact: what the rest of the CPU uses of it. [ARM] A1.5, J1.3. */

export {
  FP_OPS,
  type FpOpName,
  fpConvertAux,
  fpFixedAux,
  fpRoundIntAux,
  fpSlow,
  roundByFpcr,
} from './dispatch.ts'
export { FPRounding, type FpEnv } from './env.ts'
export { fmaNumbers } from './fast-double.ts'
export type { FpFormat } from './format.ts'
