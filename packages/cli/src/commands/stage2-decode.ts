/** `armvisor stage2 decode`. */

import { explainRegisters, formatFields, formatProblem, toJson } from '@armvisor/stage2/inspect'
import type { Host } from '../host/host.ts'
import { writeText } from '../host/write-text.ts'
import { parsePaBits, parseWord } from './stage2-text.ts'

/** Its options. */
export interface DecodeArguments {
  readonly vtcr: string
  readonly vttbr?: string
  readonly paBits: string
  readonly lpa2: boolean
  readonly ttst: boolean
  readonly json: boolean
}

/** Prints what VTCR_EL2 and VTTBR_EL2 say, and every rule that they break. @throws `UsageError` */
export function showRegisters(host: Host, args: DecodeArguments): void {
  const vttbr = args.vttbr === undefined ? undefined : parseWord('--vttbr', args.vttbr)
  const cpu = { paBits: parsePaBits(args.paBits), lpa2: args.lpa2, ttst: args.ttst }
  const explained = explainRegisters(parseWord('--vtcr', args.vtcr), vttbr, cpu)
  if (args.json) {
    writeText(host.stdout, `${toJson(explained)}\n`)
    return
  }
  const lines = [`VTCR_EL2 ${args.vtcr}`, ...formatFields(explained.vtcr).map(indent)]
  if (args.vttbr !== undefined) lines.push(`VTTBR_EL2 ${args.vttbr}`, ...formatFields(explained.vttbr).map(indent))
  lines.push('', ...explained.summary)
  if (explained.problems.length > 0)
    lines.push('', ...explained.problems.map((one) => `problem: ${formatProblem(one)}`))
  writeText(host.stdout, `${lines.join('\n')}\n`)
}

function indent(line: string): string {
  return `  ${line.trimEnd()}`
}
