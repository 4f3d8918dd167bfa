/** A64 floating-point arithmetic, bit- and flag-exact. [ARM] A1.5, J1.3. */

export { fpAdd, fpAddExact, fpSub, fpSubExact } from './add.ts'
export { fpCompare, fpCompareEQ, fpCompareGE, fpCompareGT } from './compare.ts'
export { fpConvert, fpConvertExact } from './convert.ts'
export {
  FP_OPS,
  type FpOpName,
  fpConvertAux,
  fpFixedAux,
  fpRoundIntAux,
  fpSlow,
  roundByFpcr,
} from './dispatch.ts'
export { fpDiv, fpDivExact } from './div.ts'
export { FPCR, FPRounding, FPSR, type FpEnv, fpRoundingMode } from './env.ts'
export {
  fpRecipEstimate,
  fpRecpX,
  fpRSqrtEstimate,
  unsignedRecipEstimate,
  unsignedRSqrtEstimate,
} from './estimate.ts'
export { fmaNumbers } from './fast-double.ts'
export { fixedToFP, fixedToFPExact, fpToFixed, fpToFixedExact, type IntegerBits } from './fixed.ts'
export { fpMulAdd, fpMulAddExact } from './fma.ts'
export { type FpFormat, fpDefaultNaN, fpInfinity, fpMaxNormal, fpZero } from './format.ts'
export { fpMax, fpMaxNum, fpMin, fpMinNum } from './minmax.ts'
export { fpMul, fpMulExact, fpMulX } from './mul.ts'
export { fpProcessNaN, fpProcessNaNs, fpProcessNaNs3 } from './nan.ts'
export { fpRound, fpRoundCV } from './round.ts'
export { fpRoundInt, fpRoundIntExact } from './round-int.ts'
export { fpAbs, fpNeg } from './sign.ts'
export { fpSqrt, fpSqrtExact } from './sqrt.ts'
export { fpRecipStepFused, fpRSqrtStepFused } from './step.ts'
export { FPType, fpUnpack, fpUnpackCV, type Unpacked } from './unpack.ts'
