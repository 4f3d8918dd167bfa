/**
 * Tools for people: choosing an IPA size, explaining and checking registers, and reading tables that somebody else built out of
 * a memory image, as text, JSON or a picture.
 *
 * @example
 * ```ts
 * import { chooseIpaSize, explainRegisters } from '@armvisor/stage2/inspect'
 *
 * chooseIpaSize({ regions: [{ name: 'RAM', base: 0x4000_0000n, sizeBytes: 8n << 30n }], granule: '4K' }).smallest?.ipaBits // 34
 * explainRegisters(0x802d3558n).summary[0] // '40-bit addresses in pages of 4 KiB: 3 levels, from level 1'
 * ```
 *
 * @packageDocumentation
 */

export {
  checkConfiguration,
  type ExplainedField,
  type ExplainedRegisters,
  explainRegisters,
  formatFields,
  formatProblem,
} from './inspect/explain.ts'
export {
  dumpTables,
  type ForeignTables,
  type ReadOptions,
  stage1Tables,
  stage2Tables,
  stepsTo,
  type TableDump,
  type TableProblem,
  type TableRun,
  type WalkStep,
} from './inspect/foreign-tables.ts'
export { formatDump, formatStep, formatTableRun, toJson } from './inspect/format.ts'
export { type LeafAttributes, type LeafDecoder, stage1Decoder, stage2Decoder } from './inspect/leaf-attributes.ts'
export { MemoryImage, type MemorySegment } from './inspect/memory-image.ts'
export { drawTables, type PictureOptions } from './inspect/picture.ts'
export {
  chooseIpaSize,
  formatAlternatives,
  type RefusedSize,
  type Region,
  type SizeAlternative,
  type SizeChoice,
  type SizeOptions,
  type TableCost,
} from './inspect/smallest.ts'
export {
  decodeStage1Registers,
  type Stage1Half,
  type Stage1Regime,
  type Stage1Registers,
} from './inspect/stage1-registers.ts'
