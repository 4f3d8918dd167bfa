/** Reading tables that somebody else built, of either stage, out of memory. [ARM] D8.2, D8.3 */

import { type Address, toNumber } from '../address.ts'
import { joinHalves } from '../descriptor.ts'
import { addressIn, allowsBlock, entryShift, type TableShape } from '../hardware/shape.ts'
import { type CpuFeatures, decodeStage2Registers } from '../hardware/stage2-registers.ts'
import type { DescriptorMemory } from '../hardware/stage2-walker.ts'
import { type LeafAttributes, type LeafDecoder, stage1Decoder, stage2Decoder } from './leaf-attributes.ts'
import { decodeStage1Registers, type Stage1Registers } from './stage1-registers.ts'

/** Leaves side by side of one level and with equal attributes that map memory side by side. */
export interface TableRun extends LeafAttributes {
  /** First input address. */
  readonly address: bigint
  readonly pa: bigint
  readonly sizeBytes: bigint
  readonly level: number
  /** Leaves in the run. */
  readonly entries: number
}

/** Something in tables that the hardware would fault on, beside invalid entries. */
export interface TableProblem {
  /** First input address that it is about. */
  readonly address: bigint
  readonly level: number
  /** Where the descriptor is. */
  readonly pa: bigint
  readonly descriptor: bigint
  readonly problem: string
}

/** All that tables map. */
export interface TableDump {
  readonly stage: 1 | 2
  /** The register that the tables hang on. */
  readonly name: string
  readonly shape: TableShape
  readonly runs: readonly TableRun[]
  /** Table pages by level, from level -1 on; a concatenated root counts as its tables. */
  readonly tables: readonly number[]
  readonly problems: readonly TableProblem[]
  /** There is more than could be read: see `maxTables`. */
  readonly isTruncated: boolean
}

/** One descriptor on the way to an address. */
export interface WalkStep {
  readonly level: number
  readonly index: number
  /** Where the descriptor is. */
  readonly pa: bigint
  readonly descriptor: bigint
  readonly kind: 'table' | 'block' | 'page' | 'invalid' | 'unreadable'
}

/** Limits of reading. */
export interface ReadOptions {
  /** Table pages to read at most, so that tables that point back to themselves come to an end. Default 2^17. */
  readonly maxTables?: number
}

/** A tree of tables in memory and how to read it. */
export interface ForeignTables {
  readonly stage: 1 | 2
  readonly name: string
  /** First input address. */
  readonly base: bigint
  readonly shape: TableShape
  readonly decode: LeafDecoder
}

const maxProblems = 100

/** Stage-2 tables of VTTBR_EL2 and VTCR_EL2. Undefined where there are none: `explainRegisters` says why. */
export function stage2Tables(vtcr: bigint, vttbr: bigint, cpu: CpuFeatures, fwb = false): ForeignTables | undefined {
  const { shape, problems } = decodeStage2Registers(vtcr, vttbr, cpu)
  if (shape === undefined || problems.some(({ fault }) => fault !== undefined)) return undefined
  return { stage: 2, name: 'VTTBR_EL2', base: 0n, shape, decode: stage2Decoder(fwb) }
}

/** Stage-1 tables of the halves that have any. */
export function stage1Tables(registers: Stage1Registers, cpu: CpuFeatures): ForeignTables[] {
  const suffix = registers.regime === 'EL1' ? '_EL1' : '_EL2'
  return decodeStage1Registers(registers, cpu).flatMap(({ name, base, shape, ignoresHierarchy }) => {
    if (shape === undefined) return []
    const decode = stage1Decoder(shape, registers.regime !== 'EL2', ignoresHierarchy, registers.mair)
    return [{ stage: 1 as const, name: name + suffix, base, shape, decode }]
  })
}

/** Reads all that tables map. */
export function dumpTables(tables: ForeignTables, memory: DescriptorMemory, options: ReadOptions = {}): TableDump {
  const reader = new TableReader(tables, memory, options.maxTables ?? 2 ** 17)
  reader.readRoot()
  const { stage, name, shape } = tables
  const { runs, counts, problems, isTruncated } = reader
  return { stage, name, shape, runs, tables: counts, problems, isTruncated }
}

/** The descriptors on the way to an address; none for one outside the tables' range. */
export function stepsTo(tables: ForeignTables, memory: DescriptorMemory, address: Address): WalkStep[] {
  const { shape, base } = tables
  const offset = toNumber('address', BigInt(address) - base < 0n ? 2n ** 53n : BigInt(address) - base)
  const steps: WalkStep[] = []
  if (offset >= 2 ** shape.inputBits) return steps
  let table = shape.base
  for (let level = shape.startLevel; ; level++) {
    const shift = entryShift(shape, level)
    const entries = level === shape.startLevel ? shape.rootEntries : 2 ** (shape.granuleBits - 3)
    const index = Math.floor(offset / 2 ** shift) % entries
    const pa = table + index * 8
    const isReadable = memory.contains?.(pa) ?? true
    const lo = isReadable ? memory.readLo(pa) : 0
    const hi = isReadable ? memory.readHi(pa) : 0
    const kind = isReadable ? kindOf(shape, level, lo) : 'unreadable'
    steps.push({ level, index, pa: BigInt(pa), descriptor: joinHalves(lo, hi), kind })
    if (kind !== 'table') return steps
    table = addressIn(shape, lo, hi, shape.granuleBits)
  }
}

function kindOf(shape: TableShape, level: number, lo: number): 'table' | 'block' | 'page' | 'invalid' {
  if ((lo & 1) === 0) return 'invalid'
  if (level === 3) return (lo & 2) !== 0 ? 'page' : 'invalid'
  if ((lo & 2) !== 0) return 'table'
  return allowsBlock(shape, level) ? 'block' : 'invalid'
}

interface OpenRun {
  address: number
  pa: number
  sizeBytes: number
  level: number
  entries: number
  key: string
  attributes: LeafAttributes
}

class TableReader {
  readonly runs: TableRun[] = []
  readonly counts: number[] = [0, 0, 0, 0, 0]
  readonly problems: TableProblem[] = []
  isTruncated = false
  readonly #tables: ForeignTables
  readonly #memory: DescriptorMemory
  #left: number
  #open: OpenRun | undefined
  // Attributes of the last leaf, by what of its halves is not an address.
  #lastKey = ''
  #lastAttributes: LeafAttributes | undefined

  constructor(tables: ForeignTables, memory: DescriptorMemory, maxTables: number) {
    this.#tables = tables
    this.#memory = memory
    this.#left = maxTables
  }

  readRoot(): void {
    const { shape } = this.#tables
    const pages = Math.max(1, shape.rootEntries / 2 ** (shape.granuleBits - 3))
    this.counts[shape.startLevel + 1] = pages
    this.#readTable(shape.base, shape.startLevel, shape.rootEntries, 0, 0)
    this.#close()
  }

  #readTable(table: number, level: number, entries: number, first: number, tableHi: number): void {
    const { shape } = this.#tables
    const memory = this.#memory
    const bytes = 2 ** entryShift(shape, level)
    for (let i = 0; i < entries; i++) {
      const pa = table + i * 8
      const address = first + i * bytes
      if (memory.contains !== undefined && !memory.contains(pa)) {
        this.#report(address, level, pa, 0, 0, 'the table is not in the memory image')
        return
      }
      const lo = memory.readLo(pa) | 0
      if ((lo & 1) === 0) continue
      this.#readEntry(address, level, pa, lo, memory.readHi(pa) | 0, tableHi)
    }
  }

  #readEntry(address: number, level: number, pa: number, lo: number, hi: number, tableHi: number): void {
    const { shape } = this.#tables
    const kind = kindOf(shape, level, lo)
    if (kind === 'invalid') {
      this.#report(address, level, pa, lo, hi, 'the type is reserved at this level')
      return
    }
    const shift = kind === 'table' ? shape.granuleBits : entryShift(shape, level)
    const target = addressIn(shape, lo, hi, shift)
    if (target >= 2 ** shape.outputBits) {
      const problem = `the address 0x${target.toString(16)} is outside ${shape.outputBits} bits`
      this.#report(address, level, pa, lo, hi, problem)
      return
    }
    if (kind !== 'table') {
      this.#addLeaf(address, level, target, 2 ** shift, lo, hi, tableHi)
      return
    }
    if (this.#left-- <= 0) {
      this.isTruncated = true
      return
    }
    this.counts[level + 2]++
    this.#readTable(target, level + 1, 2 ** (shape.granuleBits - 3), address, tableHi | hi)
  }

  #addLeaf(address: number, level: number, pa: number, bytes: number, lo: number, hi: number, tableHi: number): void {
    // With LPA2 bits [9:8] are address.
    const attributesLo = lo & (this.#tables.shape.isDs ? 0xcff : 0xfff)
    const key = `${level} ${attributesLo} ${hi & ~0x7_ffff} ${tableHi & 0x7800_0000}`
    if (this.#lastAttributes === undefined || key !== this.#lastKey) {
      this.#lastAttributes = this.#tables.decode(lo, hi, tableHi)
      this.#lastKey = key
    }
    const open = this.#open
    const continues =
      open !== undefined &&
      open.key === key &&
      open.address + open.sizeBytes === address &&
      open.pa + open.sizeBytes === pa
    if (open !== undefined && continues) {
      open.sizeBytes += bytes
      open.entries++
      return
    }
    this.#close()
    this.#open = { address, pa, sizeBytes: bytes, level, entries: 1, key, attributes: this.#lastAttributes }
  }

  #close(): void {
    const open = this.#open
    this.#open = undefined
    if (open === undefined) return
    const { address, pa, sizeBytes, level, entries, attributes } = open
    this.runs.push({
      address: this.#tables.base + BigInt(address),
      pa: BigInt(pa),
      sizeBytes: BigInt(sizeBytes),
      level,
      entries,
      ...attributes,
    })
  }

  #report(address: number, level: number, pa: number, lo: number, hi: number, problem: string): void {
    if (this.problems.length >= maxProblems) {
      this.isTruncated = true
      return
    }
    const at = { address: this.#tables.base + BigInt(address), level, pa: BigInt(pa) }
    this.problems.push({ ...at, descriptor: joinHalves(lo, hi), problem })
  }
}
