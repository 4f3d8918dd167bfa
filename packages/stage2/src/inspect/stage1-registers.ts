/** TCR_EL1, TCR_EL2 and TTBRs: the shapes of stage-1 tables. [ARM] TCR_EL1, TCR_EL2, D8.2 */

import { entryShift, rootAddress, type TableShape } from '../hardware/shape.ts'
import type { CpuFeatures } from '../hardware/stage2-registers.ts'
import { decodePaRange } from '../vtcr.ts'

/**
 * Which translation regime the registers are of: `EL1` has two halves, `EL2` one; `EL2&0` is EL2 with HCR_EL2.E2H = 1, whose
 * registers look like EL1's.
 */
export type Stage1Regime = 'EL1' | 'EL2' | 'EL2&0'

/** What {@link decodeStage1Registers} decodes. */
export interface Stage1Registers {
  readonly regime: Stage1Regime
  readonly tcr: bigint
  readonly ttbr0: bigint
  /** Of the upper half. */
  readonly ttbr1?: bigint
  /** MAIR_ELx, for names of memory types. */
  readonly mair?: bigint
}

/** One half of a virtual address space. */
export interface Stage1Half {
  readonly name: 'TTBR0' | 'TTBR1'
  /** First virtual address. */
  readonly base: bigint
  /** Undefined where there are no walks: see `problem`. */
  readonly shape: TableShape | undefined
  /** APTable, UXNTable and PXNTable are ignored (HPD). */
  readonly ignoresHierarchy: boolean
  readonly problem: string | undefined
}

const granules0 = [12, 16, 14, undefined]
const granules1 = [undefined, 14, 12, 16]

/** Decodes the registers of a stage-1 regime. */
export function decodeStage1Registers(registers: Stage1Registers, cpu: CpuFeatures): Stage1Half[] {
  const { regime, tcr, ttbr0, ttbr1 } = registers
  const field = (lsb: number, width: number): number => Number(BigInt.asUintN(width, tcr >> BigInt(lsb)))
  if (regime === 'EL2') {
    const shared = { ps: field(16, 3), isDs: field(32, 1) === 1, isOff: false }
    return [
      half('TTBR0', ttbr0, { ...shared, size: field(0, 6), granule: granules0[field(14, 2)], hpd: field(24, 1) }, cpu),
    ]
  }
  const shared = { ps: field(32, 3), isDs: field(59, 1) === 1 }
  const lower = {
    ...shared,
    size: field(0, 6),
    granule: granules0[field(14, 2)],
    hpd: field(41, 1),
    isOff: field(7, 1) === 1,
  }
  const upper = {
    ...shared,
    size: field(16, 6),
    granule: granules1[field(30, 2)],
    hpd: field(42, 1),
    isOff: field(23, 1) === 1,
  }
  const halves = [half('TTBR0', ttbr0, lower, cpu)]
  if (ttbr1 !== undefined) halves.push(half('TTBR1', ttbr1, upper, cpu))
  return halves
}

interface HalfFields {
  readonly ps: number
  readonly isDs: boolean
  readonly isOff: boolean
  readonly size: number
  readonly granule: number | undefined
  readonly hpd: number
}

function half(name: 'TTBR0' | 'TTBR1', ttbr: bigint, fields: HalfFields, cpu: CpuFeatures): Stage1Half {
  const n = name === 'TTBR0' ? 0 : 1
  const inputBits = 64 - fields.size
  const base = n === 0 ? 0n : (1n << 64n) - (1n << BigInt(inputBits))
  const none = (problem: string): Stage1Half => ({ name, base, shape: undefined, ignoresHierarchy: false, problem })
  const granuleBits = fields.granule
  if (fields.isOff) return none(`TCR.EPD${n} is 1: there are no walks`)
  if (granuleBits === undefined) return none(`TCR.TG${n} is reserved`)
  const isDs = fields.isDs && cpu.lpa2 === true && granuleBits !== 16
  const isLpa = granuleBits === 16 && cpu.paBits >= 52
  const least = isDs || isLpa ? 12 : 16
  const most = cpu.ttst === true ? (granuleBits === 16 ? 47 : 48) : 39
  if (fields.size < least || fields.size > most)
    return none(`TCR.T${n}SZ ${fields.size} is not from ${least} to ${most}`)
  const startLevel = 4 - Math.ceil((inputBits - granuleBits) / (granuleBits - 3))
  const rootEntries = 2 ** (inputBits - entryShift({ granuleBits }, startLevel))
  const psBits = decodePaRange(fields.ps) ?? cpu.paBits
  const outputBits = Math.min(psBits, cpu.paBits, isDs || isLpa ? 52 : 48)
  const root = rootAddress(ttbr, rootEntries, isDs || (isLpa && psBits === 52))
  const shape = { granuleBits, inputBits, startLevel, rootEntries, base: root, outputBits, isDs, isLpa }
  const problem = root >= 2 ** outputBits ? `${name} 0x${root.toString(16)} is outside ${outputBits} bits` : undefined
  return { name, base, shape: problem === undefined ? shape : undefined, ignoresHierarchy: fields.hpd === 1, problem }
}
