/** `armvisor stage2 walk`, `dump` and `picture`: tables in a file of raw memory. */

import { Need, Stage2HardwareWalker } from '@armvisor/stage2/hardware'
import {
  drawTables,
  dumpTables,
  explainRegisters,
  type ForeignTables,
  formatDump,
  formatProblem,
  formatStep,
  MemoryImage,
  type Stage1Regime,
  stage1Tables,
  stage2Tables,
  stepsTo,
  type TableDump,
  toJson,
} from '@armvisor/stage2/inspect'
import { FailureError, UsageError } from '../errors.ts'
import type { Host } from '../host/host.ts'
import { readInputFile } from '../host/read-input-file.ts'
import { writeText } from '../host/write-text.ts'
import { parsePaBits, parseWord } from './stage2-text.ts'

/** Which tables to read and how. */
export interface TableArguments {
  readonly base: string
  readonly vtcr?: string
  readonly vttbr?: string
  readonly fwb: boolean
  readonly regime: Stage1Regime
  readonly tcr?: string
  readonly ttbr0?: string
  readonly ttbr1?: string
  readonly mair?: string
  readonly paBits: string
  readonly lpa2: boolean
  readonly json: boolean
}

/** Prints every descriptor on the way to each address and what comes of it. @throws `UsageError`, `FailureError` */
export async function walkImage(
  host: Host,
  file: string,
  addresses: readonly string[],
  args: TableArguments,
): Promise<void> {
  const asked = addresses.map((text) => parseWord('The address', text))
  const { memory, tables } = await readTables(host, file, args)
  const results = asked.map((address) => walkOne(memory, tables, address, args))
  if (args.json) {
    writeText(host.stdout, `${toJson(results)}\n`)
    return
  }
  const lines = results.flatMap(({ address, steps, outcome }) => [
    `0x${address.toString(16)}`,
    ...steps.map((step) => `  ${formatStep(step)}`),
    `  ${outcome.text}`,
  ])
  writeText(host.stdout, `${lines.join('\n')}\n`)
}

/** Prints all that tables map. @throws `UsageError`, `FailureError` */
export async function dumpImage(host: Host, file: string, args: TableArguments): Promise<void> {
  const dumps = await dumpsOf(host, file, args)
  const text = args.json ? toJson(dumps.map(jsonOf)) : dumps.flatMap(formatDump).join('\n')
  writeText(host.stdout, `${text}\n`)
}

/** Prints a picture of what tables map, as SVG. @throws `UsageError`, `FailureError` */
export async function drawImage(host: Host, file: string, args: TableArguments): Promise<void> {
  const dumps = await dumpsOf(host, file, args)
  if (args.json) {
    writeText(host.stdout, `${toJson(dumps.map((dump) => ({ name: dump.name, svg: drawTables(dump) })))}\n`)
    return
  }
  if (dumps.length > 1) throw new UsageError('A picture shows one half: give --ttbr0 or --ttbr1, or --json for both.')
  writeText(host.stdout, drawTables(dumps[0] as TableDump))
}

async function dumpsOf(host: Host, file: string, args: TableArguments): Promise<TableDump[]> {
  const { memory, tables } = await readTables(host, file, args)
  return tables.map((one) => dumpTables(one, memory))
}

function jsonOf({ shape, ...rest }: TableDump): unknown {
  const { granuleBits, inputBits, startLevel, rootEntries, base, outputBits } = shape
  return { ...rest, shape: { granuleBits, inputBits, startLevel, rootEntries, base, outputBits } }
}

interface Readable {
  readonly memory: MemoryImage
  readonly tables: readonly ForeignTables[]
}

async function readTables(host: Host, file: string, args: TableArguments): Promise<Readable> {
  const base = parseWord('--base', args.base)
  const tables = args.vtcr === undefined ? stage1Of(args) : stage2Of(args)
  const bytes = await readInputFile(host, 'The memory image', file)
  return { memory: new MemoryImage([{ base, bytes }]), tables }
}

function stage2Of(args: TableArguments): ForeignTables[] {
  if (args.vttbr === undefined) throw new UsageError('--vttbr is missing: stage-2 tables need --vtcr and --vttbr.')
  if (args.tcr !== undefined) throw new UsageError('--vtcr and --tcr exclude each other: give those of one stage.')
  const [vtcr, vttbr] = [parseWord('--vtcr', args.vtcr as string), parseWord('--vttbr', args.vttbr)]
  const cpu = cpuOf(args)
  const tables = stage2Tables(vtcr, vttbr, cpu, args.fwb)
  if (tables !== undefined) return [tables]
  const problem = explainRegisters(vtcr, vttbr, cpu).problems.find(({ fault }) => fault !== undefined)
  throw new FailureError(problem === undefined ? 'There are no such tables.' : `${formatProblem(problem)}.`)
}

function stage1Of(args: TableArguments): ForeignTables[] {
  if (args.tcr === undefined) {
    throw new UsageError(
      'No registers are given: --vtcr and --vttbr for stage 2, --tcr and --ttbr0 or --ttbr1 for stage 1.',
    )
  }
  if (args.ttbr0 === undefined && args.ttbr1 === undefined) {
    throw new UsageError('--ttbr0 or --ttbr1 is missing: stage-1 tables need --tcr and one of them.')
  }
  const registers = {
    regime: args.regime,
    tcr: parseWord('--tcr', args.tcr),
    ttbr0: parseWord('--ttbr0', args.ttbr0 ?? '0'),
    ...(args.ttbr1 !== undefined && { ttbr1: parseWord('--ttbr1', args.ttbr1) }),
    ...(args.mair !== undefined && { mair: parseWord('--mair', args.mair) }),
  }
  const wanted = stage1Tables(registers, cpuOf(args)).filter(
    ({ name }) => args.ttbr0 !== undefined || !name.startsWith('TTBR0'),
  )
  if (wanted.length === 0) {
    throw new FailureError('TCR allows no walk of these tables: its sizes, granules or EPD bits are not legal for it.')
  }
  return wanted
}

function cpuOf({ paBits, lpa2 }: TableArguments): { readonly paBits: number; readonly lpa2: boolean } {
  return { paBits: parsePaBits(paBits), lpa2 }
}

interface WalkResult {
  readonly address: bigint
  readonly steps: ReturnType<typeof stepsTo>
  readonly outcome: { readonly pa: bigint | null; readonly text: string }
}

function walkOne(
  memory: MemoryImage,
  all: readonly ForeignTables[],
  address: bigint,
  args: TableArguments,
): WalkResult {
  const tables = all.find((one) => address >= one.base && address - one.base < 1n << BigInt(one.shape.inputBits))
  if (tables === undefined) return { address, steps: [], outcome: { pa: null, text: 'is outside the address space' } }
  const steps = stepsTo(tables, memory, address)
  if (tables.stage === 2) {
    const registers = {
      vtcr: parseWord('--vtcr', args.vtcr as string),
      vttbr: parseWord('--vttbr', args.vttbr as string),
    }
    const walker = new Stage2HardwareWalker({ ...registers, memory, cpu: cpuOf(args), hcr: { fwb: args.fwb } })
    const result = walker.translate({ ipa: address, need: 0 })
    if (result.kind !== 'translated') {
      return {
        address,
        steps,
        outcome: { pa: null, text: `${result.kind} fault, level ${result.level}: ${result.reason}` },
      }
    }
    return { address, steps, outcome: outcomeOf(result.pa, namesOf(result.allowed)) }
  }
  const last = steps.at(-1)
  const dump = dumpTables(tables, memory)
  const run = dump.runs.find((one) => address >= one.address && address < one.address + one.sizeBytes)
  if (run === undefined) {
    return {
      address,
      steps,
      outcome: { pa: null, text: `fault, level ${last?.level ?? 0}: the descriptor is ${last?.kind}` },
    }
  }
  return { address, steps, outcome: outcomeOf(run.pa + address - run.address, `${run.permissions} ${run.memory}`) }
}

function outcomeOf(pa: bigint, what: string): { readonly pa: bigint; readonly text: string } {
  return { pa, text: `-> 0x${pa.toString(16)} ${what}` }
}

function namesOf(allowed: number): string {
  const names = [
    [Need.read, 'read'],
    [Need.write, 'write'],
    [Need.executeEl0, 'execute at EL0'],
    [Need.executeEl1, 'execute at EL1'],
  ] as const
  return names.flatMap(([bit, name]) => ((allowed & bit) === 0 ? [] : [name])).join(', ') || 'no access'
}
