/** The stage-2 benchmark's measurements: the same operations by the engine and by the builder in C. */

import { spawnSync } from 'node:child_process'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  computeGeometry,
  DescriptorLo,
  encodeVtcr,
  Prot,
  Stage2Table,
  TablePool,
  type WalkContext,
  WalkFlags,
  type WalkVisitor,
} from '@armvisor/stage2'
import { Need, Stage2HardwareWalker } from '@armvisor/stage2/hardware'

/** Operations in the order in which a round does them. */
export const operations = ['map', 'walk', 'translate', 'write-protect', 'unmap'] as const
/** One of {@link operations}. */
export type OperationName = (typeof operations)[number]

/** Best time of all rounds for each operation, in nanoseconds a leaf. */
export type Times = Readonly<Record<OperationName, number>>

/** What is mapped. */
export interface Case {
  readonly sizeBytes: number
  /** 3 for pages, 2 for blocks of 2 MiB. */
  readonly leafLevel: 2 | 3
  readonly rounds: number
}

/** What the engine needed. */
export interface EngineResult {
  readonly times: Times
  /** Bytes of the JavaScript heap that mapping took, a leaf. */
  readonly heapBytes: number
  /** Bytes of table memory, reference counts included, a leaf. */
  readonly tableBytes: number
}

const base = 2 ** 30
const offset = 2 ** 32

class SumVisitor implements WalkVisitor {
  readonly flags: number = WalkFlags.leaf
  readonly isReadOnly: boolean = true
  sum = 0
  visit(context: WalkContext): number {
    if ((context.lo & DescriptorLo.valid) !== 0) this.sum = (this.sum + context.lo) | 0
    return 0
  }
}

/** Runs a case with the engine over a table pool. */
export function measureEngine({ sizeBytes, leafLevel, rounds }: Case): EngineResult {
  const geometry = computeGeometry({ ipaBits: 40, granule: '4K' })
  const leafBytes = geometry.levelBytes[leafLevel]
  const leaves = sizeBytes / leafBytes
  const pages = Math.ceil(leaves / 512) * 2 + 64
  const pool = new TablePool({ buffer: new ArrayBuffer(pages * 4100), pageBytes: 4096 })
  const table = new Stage2Table({ geometry, mm: pool, minBlockLevel: leafLevel })
  const registers = { vtcr: encodeVtcr({ geometry, paBits: 44 }), vttbr: table.vttbr(1) }
  const walker = new Stage2HardwareWalker({ ...registers, memory: pool, cpu: { paBits: 44 } })
  const visitor = new SumVisitor()
  const best: Record<OperationName, number> = {
    map: 1e12,
    walk: 1e12,
    translate: 1e12,
    'write-protect': 1e12,
    unmap: 1e12,
  }
  const time = (name: OperationName, run: () => void, isCounted: boolean): void => {
    const start = performance.now()
    run()
    if (isCounted) best[name] = Math.min(best[name], ((performance.now() - start) * 1e6) / leaves)
  }
  const before = usedHeap()
  let heapBytes = 0
  let tableBytes = 0
  for (let round = 0; round <= rounds; round++) {
    // The first round warms up.
    const isCounted = round > 0
    time('map', () => expect(table.map(base, sizeBytes, base + offset, Prot.rwx)), isCounted)
    if (round === rounds) {
      heapBytes = Math.max(0, usedHeap() - before) / leaves
      tableBytes = (pool.usedPages * 4100) / leaves
    }
    time('walk', () => expect(table.walk(visitor, base, sizeBytes)), isCounted)
    time(
      'translate',
      () => {
        for (let ipa = base; ipa < base + sizeBytes; ipa += leafBytes) {
          if (walker.walk(ipa, Need.read) !== -1) throw new Error(`IPA ${ipa} does not translate`)
        }
      },
      isCounted,
    )
    time('write-protect', () => expect(table.writeProtect(base, sizeBytes)), isCounted)
    time('unmap', () => expect(table.unmap(base, sizeBytes)), isCounted)
  }
  if (pool.usedPages !== 2) throw new Error(`${pool.usedPages} pages are in use after unmap, not the root's 2`)
  return { times: best, heapBytes, tableBytes }
}

function expect(result: number): void {
  if (result !== 0) throw new Error(`an operation gave ${result}`)
}

let collect: (() => void) | undefined

function usedHeap(): number {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as () => void
  }
  collect()
  return process.memoryUsage().heapUsed
}

/** Runs a case with the compiled builder. @throws when it fails */
export function measureC(program: string, { sizeBytes, leafLevel, rounds }: Case): Times {
  const { status, stdout, stderr } = spawnSync(program, [String(sizeBytes), String(leafLevel), String(rounds + 1)], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${program} ended with status ${status}: ${stderr}`)
  return parseTimes(stdout)
}

/** The builder's output: a line with name, leaves and seconds for each operation. */
export function parseTimes(text: string): Times {
  const times: Partial<Record<OperationName, number>> = {}
  for (const line of text.trim().split('\n')) {
    const [name, leaves, seconds] = line.split(' ')
    times[name as OperationName] = (Number(seconds) * 1e9) / Number(leaves)
  }
  const missing = operations.find((name) => !(Number(times[name]) >= 0))
  if (missing !== undefined) throw new Error(`the builder printed no time for ${missing}: ${text}`)
  return times as Times
}
