/** `pnpm bench stage2`: the page-table engine and a straightforward table builder in C, on the same work in turn. */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Case, type EngineResult, measureC, measureEngine, operations, type Times } from './stage2/measure.ts'

const usage = `Usage: pnpm bench stage2 [options]

Maps, walks, translates, write-protects and unmaps 1 GiB and 64 GiB of IPA with
4K pages and with 2M blocks, by the engine and by benchmarks/c/stage2.c (cc -O2)
in turn, and prints leaves a second and the ratio engine / C.

  --runs N       times that both are measured, the best counts (default: 3)
  --min-ratio N  fail when a ratio is below N, translate's left aside
  --small        1 GiB alone
  --json FILE    also write all numbers there`

// What the target is set for.
const engineOperations = operations.filter((name) => name !== 'translate')

interface Row {
  readonly name: string
  readonly c: Times
  readonly engine: EngineResult
}

const cases: readonly (Case & { readonly name: string })[] = [
  { name: '1 GiB, 4K pages', sizeBytes: 2 ** 30, leafLevel: 3, rounds: 20 },
  { name: '64 GiB, 4K pages', sizeBytes: 2 ** 36, leafLevel: 3, rounds: 2 },
  { name: '1 GiB, 2M blocks', sizeBytes: 2 ** 30, leafLevel: 2, rounds: 3000 },
  { name: '64 GiB, 2M blocks', sizeBytes: 2 ** 36, leafLevel: 2, rounds: 100 },
]

/**
 * Runs the benchmark.
 *
 * @param argv - Arguments after the benchmark's name.
 * @returns Exit status: 0, 1 failure or below --min-ratio, 2 usage.
 */
export async function bench(argv: readonly string[]): Promise<number> {
  const options = {
    runs: { type: 'string', default: '3' },
    'min-ratio': { type: 'string' },
    small: { type: 'boolean', default: false },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  } as const
  let values: ReturnType<typeof parseArgs<{ options: typeof options }>>['values']
  try {
    values = parseArgs({ args: [...argv], options }).values
  } catch (error) {
    console.error(`bench stage2: ${(error as Error).message}\n\n${usage}`)
    return 2
  }
  const runs = Number(values.runs)
  const minRatio = values['min-ratio'] === undefined ? 0 : Number(values['min-ratio'])
  if (values.help || !Number.isInteger(runs) || runs < 1 || !(minRatio >= 0)) {
    console[values.help ? 'log' : 'error'](usage)
    return values.help ? 0 : 2
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'armvisor-bench-'))
  try {
    const program = compile(folder)
    if (program === undefined) return 1
    const rows: Row[] = []
    for (const one of cases) {
      if (values.small && one.sizeBytes > 2 ** 30) continue
      const row = measure(program, one, runs)
      print(row)
      rows.push(row)
    }
    const least = Math.min(
      ...rows.flatMap((row) => engineOperations.map((name) => row.c[name] / row.engine.times[name])),
    )
    console.log(`least ratio ${least.toFixed(2)}, without translate, which is the hardware's walk and not the engine's`)
    if (values.json !== undefined) {
      const host = { cpu: cpus()[0]?.model ?? 'unknown', node: process.version }
      await writeFile(values.json, `${JSON.stringify({ benchmark: 'stage2', host, rows }, null, 2)}\n`)
    }
    if (least >= minRatio) return 0
    console.error(`bench stage2: the least ratio is ${least.toFixed(2)}, below the limit of ${minRatio}.`)
    return 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function compile(folder: string): string | undefined {
  const source = fileURLToPath(new URL('../c/stage2.c', import.meta.url))
  const program = path.join(folder, 'stage2')
  const flags = ['-O2', '-std=c11', '-D_POSIX_C_SOURCE=200809L', '-o', program, source]
  const { status, stderr, error } = spawnSync('cc', flags, { encoding: 'utf8' })
  if (status === 0) return program
  console.error(
    error === undefined
      ? `bench stage2: cc does not compile ${source}: ${stderr}`
      : 'bench stage2: there is no C compiler "cc" on PATH: install one, in Debian the package gcc.',
  )
  return undefined
}

/** The best of some runs of each, one after the other, so that both see the same load. */
function measure(program: string, one: Case & { readonly name: string }, runs: number): Row {
  let c: Times | undefined
  let engine: EngineResult | undefined
  for (let run = 0; run < runs; run++) {
    c = best(c, measureC(program, one))
    const result = measureEngine(one)
    engine = { ...result, times: best(engine?.times, result.times) }
  }
  return { name: one.name, c: c as Times, engine: engine as EngineResult }
}

function best(a: Times | undefined, b: Times): Times {
  if (a === undefined) return b
  return Object.fromEntries(operations.map((name) => [name, Math.min(a[name], b[name])])) as Times
}

function print({ name, c, engine }: Row): void {
  console.log(`${name.padEnd(20)}${'engine'.padStart(14)}${'C'.padStart(14)}${'ratio'.padStart(8)}`)
  const perSecond = (ns: number): string => `${(1e3 / ns).toFixed(1)} M/s`.padStart(14)
  for (const operation of operations) {
    const [ours, theirs] = [engine.times[operation], c[operation]]
    console.log(
      `  ${operation.padEnd(18)}${perSecond(ours)}${perSecond(theirs)}${(theirs / ours).toFixed(2).padStart(8)}`,
    )
  }
  console.log(`  heap ${engine.heapBytes.toFixed(2)} bytes a leaf, tables ${engine.tableBytes.toFixed(2)}\n`)
}
