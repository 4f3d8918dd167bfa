/** Runs one program in a guest and takes the time by the host's clock. */

import type { GuestSession, Line } from '../guest/session.ts'
import { BenchError } from '../harness/errors.ts'
import { geometricMean } from '../harness/statistics.ts'
import type { Program } from './programs.ts'

/** What a run gave. */
export interface Measurement {
  /** Operations, or runs of the whole program, a second. */
  readonly speed: number
  /** What the program printed, if that is to be the same for all. */
  readonly output?: string
}

/**
 * Types the program's name and waits for its end.
 *
 * @throws {@link BenchError} When it fails, or the guest ends, or the time is over.
 */
export async function measure(session: GuestSession, program: Program, limitMs: number): Promise<Measurement> {
  const { name, measured } = program
  const from = session.position
  session.send(name)
  const lines = await session.waitFor(new RegExp(`^@end ${name} \\d+$`), limitMs, from)
  const start = lines.findIndex(({ text }) => text === `@start ${name}`)
  const end = lines.at(-1) as Line
  const output = lines.slice(start + 1, -1)
  const text = output.map((line) => line.text).join('\n')
  if (start < 0 || !end.text.endsWith(' 0')) throw new BenchError(`${name} failed in the guest (${end.text}):\n${text}`)
  if (measured) return { speed: speedOf(program, output) }
  return { speed: 1000 / (end.atMs - (lines[start] as Line).atMs), output: text }
}

/** Mean of the speeds between each pair of lines. */
function speedOf({ name, measured }: Program, output: readonly Line[]): number {
  const speeds: number[] = []
  let startedMs: number | undefined
  for (const { text, atMs } of output) {
    if (measured?.start.test(text)) startedMs = atMs
    const count = measured?.count.exec(text)?.[1]
    if (count === undefined || startedMs === undefined) continue
    speeds.push((Number(count) * 1000) / (atMs - startedMs))
    startedMs = undefined
  }
  if (speeds.length === 0)
    throw new BenchError(`${name} printed no figure:\n${output.map(({ text }) => text).join('\n')}`)
  return geometricMean(speeds)
}
