/** The instruction table: every encoding class that this CPU implements. [ARM] C4. */

import { barriers } from './branch/barriers.ts'
import { branchImm } from './branch/branch-imm.ts'
import { branchReg } from './branch/branch-reg.ts'
import { compareBranchImm } from './branch/compare-branch-imm.ts'
import { exceptionGeneration } from './branch/exception-generation.ts'
import { hints } from './branch/hints.ts'
import { pstate } from './branch/pstate.ts'
import { systemInstructions } from './branch/system-instructions.ts'
import { systemRegisterMove } from './branch/system-register-move.ts'
import { testBranchImm } from './branch/test-branch-imm.ts'
import { crypto } from './crypto/crypto.ts'
import { addSubImm } from './dp-imm/add-sub-imm.ts'
import { bitfield } from './dp-imm/bitfield.ts'
import { extract } from './dp-imm/extract.ts'
import { logicalImm } from './dp-imm/logical-imm.ts'
import { moveWideImm } from './dp-imm/move-wide-imm.ts'
import { pcRelAddressing } from './dp-imm/pc-rel-addressing.ts'
import { addSubCarry } from './dp-reg/add-sub-carry.ts'
import { addSubExtended } from './dp-reg/add-sub-extended.ts'
import { addSubShifted } from './dp-reg/add-sub-shifted.ts'
import { conditionalCompare } from './dp-reg/conditional-compare.ts'
import { conditionalSelect } from './dp-reg/conditional-select.ts'
import { dp1source } from './dp-reg/dp-1source.ts'
import { dp2source } from './dp-reg/dp-2source.ts'
import { dp3source } from './dp-reg/dp-3source.ts'
import { logicalShifted } from './dp-reg/logical-shifted.ts'
import type { Insn } from './dsl.ts'
import { atomicMemoryOperations } from './ldst/atomic-memory-operations.ts'
import { compareAndSwap } from './ldst/compare-and-swap.ts'
import { ldstExclusive } from './ldst/ldst-exclusive.ts'
import { ldstIndexed } from './ldst/ldst-indexed.ts'
import { ldstPair } from './ldst/ldst-pair.ts'
import { ldstRegisterOffset } from './ldst/ldst-register-offset.ts'
import { ldstUnprivileged } from './ldst/ldst-unprivileged.ts'
import { ldstUnscaledImm } from './ldst/ldst-unscaled-imm.ts'
import { ldstUnsignedImm } from './ldst/ldst-unsigned-imm.ts'
import { loadLiteral } from './ldst/load-literal.ts'
import { simdAcrossLanes } from './simd-fp/across-lanes.ts'
import { fpCompare } from './simd-fp/fp-compare.ts'
import { fpDataProcessing } from './simd-fp/fp-data-processing.ts'
import { fpImmediate } from './simd-fp/fp-immediate.ts'
import { fpIntegerConversion } from './simd-fp/fp-integer-conversion.ts'
import { simdIndexed } from './simd-fp/indexed.ts'
import { ldstStructures } from './simd-fp/ldst-structures.ts'
import { ldstVectorPair } from './simd-fp/ldst-vector-pair.ts'
import { ldstVectorRegister } from './simd-fp/ldst-vector-register.ts'
import { simdScalarIndexed } from './simd-fp/scalar-indexed.ts'
import { simdScalarPairwise } from './simd-fp/scalar-pairwise.ts'
import { simdScalarShiftImm } from './simd-fp/scalar-shift-imm.ts'
import { simdScalarThreeDifferent } from './simd-fp/scalar-three-different.ts'
import { simdScalarThreeSame } from './simd-fp/scalar-three-same.ts'
import { simdScalarTwoRegMisc } from './simd-fp/scalar-two-reg-misc.ts'
import { simdShiftImm } from './simd-fp/shift-imm.ts'
import { simdCopy } from './simd-fp/simd-copy.ts'
import { simdModifiedImmediate } from './simd-fp/simd-modified-immediate.ts'
import { simdPermute } from './simd-fp/simd-permute.ts'
import { simdThreeDifferent } from './simd-fp/three-different.ts'
import { simdThreeSame } from './simd-fp/three-same.ts'
import { simdTwoRegMisc } from './simd-fp/two-reg-misc.ts'

/** All rows. Order does not matter: overlapping rows say which wins. */
export const instructionTable: readonly Insn[] = [
  ...addSubImm,
  ...branchImm,
  ...ldstUnsignedImm,
  ...bitfield,
  ...extract,
  ...logicalImm,
  ...moveWideImm,
  ...pcRelAddressing,
  ...crypto,
  ...fpCompare,
  ...fpDataProcessing,
  ...fpImmediate,
  ...fpIntegerConversion,
  ...addSubCarry,
  ...addSubExtended,
  ...addSubShifted,
  ...conditionalCompare,
  ...conditionalSelect,
  ...dp1source,
  ...dp2source,
  ...dp3source,
  ...logicalShifted,
  ...ldstVectorRegister,
  ...ldstVectorPair,
  ...ldstStructures,
  ...barriers,
  ...branchReg,
  ...compareBranchImm,
  ...exceptionGeneration,
  ...hints,
  ...pstate,
  ...systemInstructions,
  ...systemRegisterMove,
  ...testBranchImm,
  ...simdCopy,
  ...simdModifiedImmediate,
  ...simdPermute,
  ...simdAcrossLanes,
  ...simdIndexed,
  ...simdScalarIndexed,
  ...simdScalarPairwise,
  ...simdScalarShiftImm,
  ...simdScalarThreeDifferent,
  ...simdScalarThreeSame,
  ...simdScalarTwoRegMisc,
  ...simdShiftImm,
  ...simdThreeDifferent,
  ...simdThreeSame,
  ...simdTwoRegMisc,
  ...atomicMemoryOperations,
  ...compareAndSwap,
  ...ldstExclusive,
  ...ldstIndexed,
  ...ldstPair,
  ...ldstRegisterOffset,
  ...ldstUnprivileged,
  ...ldstUnscaledImm,
  ...loadLiteral,
]
