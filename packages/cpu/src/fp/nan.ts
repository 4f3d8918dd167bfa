/** NaN propagation. [ARM] J1.3 FPProcessNaN, FPProcessNaNs, FPProcessNaNs3. */

import { FPCR, FPSR, type FpEnv } from './env.ts'
import { type FpFormat, fpDefaultNaN, geometryOf } from './format.ts'
import { FPType } from './unpack.ts'

/** Quietens a NaN operand, or replaces it by the default NaN under FPCR.DN; signalling NaNs raise Invalid Operation. */
export function fpProcessNaN(format: FpFormat, type: FPType, op: bigint, env: FpEnv): bigint {
  if (type === FPType.SNaN) env.fpsr |= FPSR.IOC
  return (env.fpcr & FPCR.DN) !== 0 ? fpDefaultNaN(format) : op | geometryOf(format).quietBit
}

/**
 * The NaN result of a two-operand operation: the first signalling NaN, else the first quiet one.
 *
 * @returns `undefined` when neither operand is a NaN.
 */
export function fpProcessNaNs(
  format: FpFormat,
  type1: FPType,
  type2: FPType,
  op1: bigint,
  op2: bigint,
  env: FpEnv,
): bigint | undefined {
  if (type1 < FPType.QNaN && type2 < FPType.QNaN) return undefined
  if (type1 === FPType.SNaN) return fpProcessNaN(format, type1, op1, env)
  if (type2 === FPType.SNaN) return fpProcessNaN(format, type2, op2, env)
  return type1 === FPType.QNaN ? fpProcessNaN(format, type1, op1, env) : fpProcessNaN(format, type2, op2, env)
}

/**
 * {@link fpProcessNaNs} for three operands, in the order given.
 *
 * @returns `undefined` when no operand is a NaN.
 */
export function fpProcessNaNs3(
  format: FpFormat,
  type1: FPType,
  type2: FPType,
  type3: FPType,
  op1: bigint,
  op2: bigint,
  op3: bigint,
  env: FpEnv,
): bigint | undefined {
  for (const kind of [FPType.SNaN, FPType.QNaN]) {
    if (type1 === kind) return fpProcessNaN(format, kind, op1, env)
    if (type2 === kind) return fpProcessNaN(format, kind, op2, env)
    if (type3 === kind) return fpProcessNaN(format, kind, op3, env)
  }
  return undefined
}

/** The default NaN together with Invalid Operation: what an undefined operation returns. */
export function fpInvalid(format: FpFormat, env: FpEnv): bigint {
  env.fpsr |= FPSR.IOC
  return fpDefaultNaN(format)
}
