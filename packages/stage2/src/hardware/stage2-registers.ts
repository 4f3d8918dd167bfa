/** What the hardware makes of VTCR_EL2 and VTTBR_EL2, with every rule that they break. [ARM] AArch64.S2Translate */

import { decodeVtcr, type VtcrFields } from '../vtcr.ts'
import { entryShift, rootAddress, type TableShape } from './shape.ts'

/** What a CPU implements, as far as stage 2 goes. */
export interface CpuFeatures {
  /** Physical address size: ID_AA64MMFR0_EL1.PARange in bits. */
  readonly paBits: number
  /** FEAT_LPA2: VTCR_EL2.DS means something. Default false. */
  readonly lpa2?: boolean
  /** FEAT_TTST: small tables. Default false. */
  readonly ttst?: boolean
  /** FEAT_XNX: XN[0], bit 53, means something. Default true. */
  readonly xnx?: boolean
  /** FEAT_HAFDBS: hardware sets the access flag, and dirty state. Default both. */
  readonly hafdbs?: 'none' | 'access flag' | 'dirty state'
  /** IMPLEMENTATION DEFINED: a contiguous run that is larger than the input address space faults. Default false. */
  readonly faultsOnContiguous?: boolean
}

/** A rule that register values break. */
export interface ConfigurationProblem {
  /** The field that is wrong. */
  readonly field: string
  readonly value: number | bigint
  /** What is wrong, with the limit: a clause after the value. */
  readonly problem: string
  /** What to do instead. */
  readonly remedy: string
  /** What every walk ends with, or undefined where the hardware ignores it. */
  readonly fault: 'translation' | 'addressSize' | undefined
}

/** Stage-2 registers as the hardware uses them. */
export interface Stage2Setup {
  readonly vtcr: VtcrFields
  readonly vmid: number
  /** Undefined where there is no such table: see `problems`. */
  readonly shape: TableShape | undefined
  readonly setsAccessFlag: boolean
  readonly setsDirty: boolean
  /** Broken rules in the order in which the hardware checks them. */
  readonly problems: readonly ConfigurationProblem[]
}

/** Decodes the registers and checks them against all rules that the hardware has. */
export function decodeStage2Registers(vtcrWord: bigint, vttbr: bigint, cpu: CpuFeatures): Stage2Setup {
  const vtcr = decodeVtcr(vtcrWord)
  const granuleBits = vtcr.granule === undefined ? 12 : { '4K': 12, '16K': 14, '64K': 16 }[vtcr.granule]
  const isDs = granuleBits !== 16 && cpu.lpa2 === true && vtcr.ds
  const isLpa = granuleBits === 16 && cpu.paBits >= 52
  const reach = isDs || isLpa ? 52 : 48
  const outputBits = Math.min(vtcr.paBits ?? cpu.paBits, cpu.paBits, reach)
  const problems: ConfigurationProblem[] = []
  if (vtcr.granule === undefined) {
    problems.push({
      field: 'TG0',
      value: 3,
      problem: 'is a reserved granule, which the CPU takes for one that it has',
      remedy: 'use 0 for 4K, 2 for 16K or 1 for 64K',
      fault: undefined,
    })
  }
  checkSize(vtcr, cpu, reach, problems)
  const startLevel = checkStart(vtcr, cpu, granuleBits, isDs, problems)
  const lsb = startLevel === undefined ? 0 : entryShift({ granuleBits }, startLevel)
  const isWalkable = startLevel !== undefined && vtcr.ipaBits > lsb && vtcr.ipaBits <= lsb + granuleBits - 3 + 4
  let shape: TableShape | undefined
  if (isWalkable && !problems.some(({ fault }) => fault !== undefined)) {
    const rootEntries = 2 ** (vtcr.ipaBits - lsb)
    const base = rootAddress(vttbr, rootEntries, isDs || (isLpa && vtcr.ps === 6))
    shape = { granuleBits, inputBits: vtcr.ipaBits, startLevel, rootEntries, base, outputBits, isDs, isLpa }
    checkRoot(vttbr, shape, vtcr, problems)
  }
  checkRest(vtcrWord, vtcr, cpu, granuleBits, problems)
  const hafdbs = cpu.hafdbs ?? 'dirty state'
  const setsAccessFlag = vtcr.ha && hafdbs !== 'none'
  const vmid = Number(BigInt.asUintN(vtcr.vmid16 ? 16 : 8, vttbr >> 48n))
  const setsDirty = setsAccessFlag && vtcr.hd && hafdbs === 'dirty state'
  return { vtcr, vmid, shape, setsAccessFlag, setsDirty, problems }
}

function checkSize(vtcr: VtcrFields, cpu: CpuFeatures, reach: number, problems: ConfigurationProblem[]): void {
  const most = Math.min(cpu.paBits, reach)
  const maxT0sz = cpu.ttst === true ? (vtcr.granule === '64K' ? 47 : 48) : 39
  if (vtcr.ipaBits > most) {
    const why =
      cpu.paBits < reach ? `the CPU's physical addresses have ${cpu.paBits} bits` : `this format has ${reach} bits`
    problems.push({
      field: 'T0SZ',
      value: vtcr.t0sz,
      problem: `means ${vtcr.ipaBits}-bit addresses, but ${why}`,
      remedy: `use T0SZ ${64 - most} or more`,
      fault: 'translation',
    })
  } else if (vtcr.t0sz > maxT0sz) {
    problems.push({
      field: 'T0SZ',
      value: vtcr.t0sz,
      problem: `means ${vtcr.ipaBits}-bit addresses, fewer than the ${64 - maxT0sz} that the CPU supports`,
      remedy: `use T0SZ ${maxT0sz} or less${cpu.ttst === true ? '' : ', or a CPU with FEAT_TTST'}`,
      fault: 'translation',
    })
  }
}

function checkStart(
  vtcr: VtcrFields,
  cpu: CpuFeatures,
  granuleBits: number,
  isDs: boolean,
  problems: ConfigurationProblem[],
): number | undefined {
  const { sl0 } = vtcr
  const sl2 = granuleBits === 12 && isDs ? vtcr.sl2 : 0
  const isTtst = cpu.ttst === true
  const refuse = (problem: string, remedy: string): undefined => {
    const value = sl2 * 4 + sl0
    problems.push({ field: sl2 === 1 ? 'SL2:SL0' : 'SL0', value, problem, remedy, fault: 'translation' })
    return undefined
  }
  let startLevel: number
  if (granuleBits === 12) {
    if (sl2 === 1 && sl0 !== 0) return refuse('is reserved', 'use SL2 = 1 only with SL0 = 0, which starts at level -1')
    if (sl2 === 0 && sl0 === 3 && !isTtst)
      return refuse('starts at level 3, which needs FEAT_TTST', 'use SL0 0, 1 or 2')
    if (sl2 === 0 && sl0 === 2 && cpu.paBits < 44) {
      return refuse('starts at level 0, which needs physical addresses of 44 bits', 'use SL0 0 or 1')
    }
    startLevel = sl2 === 1 ? -1 : sl0 === 3 ? 3 : 2 - sl0
  } else {
    const needed = granuleBits === 14 ? 42 : 44
    if (sl0 === 3 && granuleBits === 16) return refuse('is reserved with 64K', 'use SL0 0, 1 or 2')
    if (sl0 === 3 && !isDs) return refuse('starts at level 0, which needs VTCR_EL2.DS', 'use SL0 0, 1 or 2')
    if (sl0 === 2 && cpu.paBits < needed) {
      return refuse(`starts at level 1, which needs physical addresses of ${needed} bits`, 'use SL0 0 or 1')
    }
    startLevel = 3 - sl0
  }
  const least = entryShift({ granuleBits }, startLevel) + 1
  const most = least + granuleBits - 4 + 4
  if (vtcr.ipaBits < least || vtcr.ipaBits > most) {
    return refuse(
      `starts at level ${startLevel}, which takes ${least}- to ${most}-bit addresses, but T0SZ ${vtcr.t0sz} means ${vtcr.ipaBits}`,
      `use the SL0 of a level that takes ${vtcr.ipaBits} bits, or T0SZ ${64 - most} to ${64 - least}`,
    )
  }
  return startLevel
}

function checkRoot(vttbr: bigint, shape: TableShape, vtcr: VtcrFields, problems: ConfigurationProblem[]): void {
  if (shape.base >= 2 ** shape.outputBits) {
    problems.push({
      field: 'BADDR',
      value: BigInt(shape.base),
      problem: `is outside the ${shape.outputBits}-bit physical addresses of VTCR_EL2.PS`,
      remedy: `use an address below 2^${shape.outputBits}`,
      fault: 'addressSize',
    })
  }
  const is52 = shape.isDs || (shape.isLpa && vtcr.ps === 6)
  const given = is52 ? vttbr & 0xffff_ffff_ffc0n : vttbr & 0xffff_ffff_fffen
  const used = BigInt(shape.base) & 0xffff_ffff_ffffn
  if (given !== used) {
    const bytes = Math.max(is52 ? 64 : 8, shape.rootEntries * 8)
    problems.push({
      field: 'BADDR',
      value: given,
      problem: `is not aligned to ${bytes} bytes, as ${shape.rootEntries} root entries need; the CPU uses 0x${used.toString(16)}`,
      remedy: `use a multiple of 0x${bytes.toString(16)}`,
      fault: undefined,
    })
  }
}

function checkRest(
  word: bigint,
  vtcr: VtcrFields,
  cpu: CpuFeatures,
  granuleBits: number,
  problems: ConfigurationProblem[],
): void {
  const report = (field: string, value: number, problem: string, remedy: string): void => {
    problems.push({ field, value, problem, remedy, fault: undefined })
  }
  if (((word >> 31n) & 1n) === 0n) report('RES1', 0, 'is bit 31, which must be 1', 'set bit 31')
  if (vtcr.paBits !== undefined && vtcr.paBits > cpu.paBits) {
    report(
      'PS',
      vtcr.ps,
      `means ${vtcr.paBits} bits, more than the CPU's ${cpu.paBits}`,
      `use the code of ${cpu.paBits} bits`,
    )
  }
  if (vtcr.ds && cpu.lpa2 !== true)
    report('DS', 1, 'needs FEAT_LPA2 and is ignored', 'clear DS, or use a CPU with FEAT_LPA2')
  if (vtcr.ds && granuleBits === 16) report('DS', 1, 'means nothing with 64K', 'clear DS')
  if (vtcr.sl2 === 1 && (granuleBits !== 12 || !vtcr.ds)) {
    report('SL2', 1, 'means something only with 4K and DS = 1', 'clear SL2')
  }
  if (vtcr.sh0 === 1) report('SH0', 1, 'is reserved', 'use 0, 2 or 3')
  if (vtcr.hd && !vtcr.ha) report('HD', 1, 'needs HA', 'set HA, or clear HD')
  const hafdbs = cpu.hafdbs ?? 'dirty state'
  if (vtcr.ha && hafdbs === 'none')
    report('HA', 1, 'needs FEAT_HAFDBS and is ignored', 'clear HA, or set access flags in software')
  if (vtcr.hd && hafdbs === 'access flag')
    report('HD', 1, 'needs FEAT_HAFDBS for dirty state and is ignored', 'clear HD')
}
