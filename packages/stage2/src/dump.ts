/** Reading a table out as runs of equal mappings, and as text. */

import { formatBytes, type Stage2Geometry } from './geometry.ts'
import { formatPermissions, type Prot, softwareMask } from './prot.ts'
import { type DescriptorFormat, DescriptorHi, DescriptorLo, formatMemAttr } from './pte.ts'
import type { Result } from './result.ts'
import type { TableState } from './state.ts'
import { type WalkContext, WalkFlags, type WalkVisitor, walkRange } from './walk.ts'

/** Leaves side by side that have one level and equal attributes and map memory side by side. */
export interface Stage2Run {
  readonly ipa: bigint
  readonly pa: bigint
  readonly sizeBytes: number
  readonly level: number
  /** Leaves in the run. */
  readonly entries: number
  readonly prot: Prot
  readonly memAttr: number
  readonly af: boolean
  readonly dbm: boolean
  readonly contiguous: boolean
}

type MutableRun = { -readonly [K in keyof Stage2Run]: Stage2Run[K] }

// While a run grows its addresses are numbers.
interface OpenRun extends Omit<MutableRun, 'ipa' | 'pa'> {
  ipa: number
  pa: number
}

class RunVisitor implements WalkVisitor {
  readonly flags: number = WalkFlags.leaf
  readonly isReadOnly: boolean = true
  readonly runs: Stage2Run[] = []
  #open: OpenRun | undefined

  visit(context: WalkContext): Result {
    if (!context.isValid) return 0
    const { lo, hi, level, pa, sizeBytes } = context
    const ipa = context.entryIpa
    const next: OpenRun = {
      ipa,
      pa,
      sizeBytes,
      level,
      entries: 1,
      prot: context.state.format.prot(lo, hi),
      memAttr: (lo >>> 2) & 0xf,
      af: (lo & DescriptorLo.af) !== 0,
      dbm: (hi & DescriptorHi.dbm) !== 0,
      contiguous: (hi & DescriptorHi.contiguous) !== 0,
    }
    const last = this.#open
    if (last !== undefined && continues(last, next)) {
      last.sizeBytes += sizeBytes
      last.entries++
    } else {
      this.close()
      this.#open = next
    }
    return 0
  }

  close(): void {
    const run = this.#open
    if (run !== undefined) this.runs.push({ ...run, ipa: BigInt(run.ipa), pa: BigInt(run.pa) })
    this.#open = undefined
  }
}

function continues(last: OpenRun, next: OpenRun): boolean {
  return (
    last.ipa + last.sizeBytes === next.ipa &&
    last.pa + last.sizeBytes === next.pa &&
    last.level === next.level &&
    last.prot === next.prot &&
    last.memAttr === next.memAttr &&
    last.af === next.af &&
    last.dbm === next.dbm &&
    last.contiguous === next.contiguous
  )
}

/** Runs of what is mapped in a range, whole entries, in order of IPA. */
export function collectRuns(state: TableState, ipa: number, sizeBytes: number): Stage2Run[] {
  const visitor = new RunVisitor()
  walkRange(state, ipa, sizeBytes, visitor)
  visitor.close()
  return visitor.runs
}

/** One line for a run: `0x0040000000-0x0040200000 -> 0x0080000000 rwx Normal-WB AF L2 x1 (2 MiB)`. */
export function formatRun(
  run: Stage2Run,
  table: { readonly geometry: Stage2Geometry; readonly format: DescriptorFormat },
): string {
  const { geometry, format } = table
  const hex = (address: bigint, bits: number): string => `0x${address.toString(16).padStart(Math.ceil(bits / 4), '0')}`
  const flags = [run.af ? 'AF' : 'old', ...(run.dbm ? ['DBM'] : []), ...(run.contiguous ? ['contiguous'] : [])]
  if ((run.prot & softwareMask) !== 0)
    flags.push(`sw=${((run.prot & softwareMask) >>> 5).toString(2).padStart(4, '0')}`)
  const from = hex(run.ipa, geometry.ipaBits)
  const to = hex(run.ipa + BigInt(run.sizeBytes), geometry.ipaBits)
  const memory = formatMemAttr(run.memAttr, format.fwb)
  const size = formatBytes(run.sizeBytes)
  const what = `${formatPermissions(run.prot)} ${memory} ${flags.join(' ')} L${run.level} x${run.entries} (${size})`
  return `${from}-${to} -> ${hex(run.pa, 40)} ${what}`
}
