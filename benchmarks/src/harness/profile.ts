/** What a CPU profile says, by function: self times, longest first. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BenchError } from './errors.ts'

/** The part that is read of what V8 calls Profiler.Profile. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
    readonly children?: readonly number[]
  }[]
  /** Ids of nodes, one a sample. */
  readonly samples: readonly number[]
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[]
}

/** CPU time of the threads of one name. */
export interface ThreadTime {
  readonly name: string
  readonly seconds: number
}

/** A function and the share of samples that found it on top. */
export interface SelfTime {
  readonly name: string
  readonly share: number
}

/** Clock ticks of the kernel's figures a second: USER_HZ, everywhere 100. proc(5) */
const ticksPerSecond = 100

/** Self times of a profile, idle time left out. Of WebAssembly the interpreter's loop alone has a name. */
export function selfTimes({ nodes, samples, timeDeltas }: CpuProfile): readonly SelfTime[] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  const times = new Map<string, number>()
  samples.forEach((id, i) => {
    const name = names.get(id) ?? 'unknown'
    if (name !== '(idle)') times.set(name, (times.get(name) ?? 0) + Math.max(0, timeDeltas[i] ?? 0))
  })
  const total = [...times.values()].reduce((sum, time) => sum + time, 0)
  return [...times]
    .map(([name, time]) => ({ name, share: total === 0 ? 0 : time / total }))
    .sort((a, b) => b.share - a.share)
}

function isWasm(url: string): boolean {
  return url.startsWith('wasm://')
}

function nameOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  // What lies between the two languages has names: "wasm-to-js:iii:i".
  if (isWasm(url) && functionName.includes('-to-')) return functionName.replace(/:.*/, ' calls')
  if (isWasm(url)) return functionName === 'run' ? 'interpreter loop' : 'translated code'
  const file = url.replace(/^.*\//, '')
  if (url === '') return functionName || '(anonymous)'
  return `${functionName || '(anonymous)'} ${file}:${lineNumber + 1}`
}

/** CPU time between two readings of /proc/PID/task/TID/stat, by the names of threads. */
export function threadTimes(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly ThreadTime[] {
  const seconds = new Map<string, number>()
  for (const [id, stat] of after) {
    const { name, ticks } = parseStat(stat)
    const earlier = before.get(id)
    const spent = ticks - (earlier === undefined ? 0 : parseStat(earlier).ticks)
    seconds.set(name, (seconds.get(name) ?? 0) + spent / ticksPerSecond)
  }
  return [...seconds]
    .map(([name, time]) => ({ name, seconds: time }))
    .filter((thread) => thread.seconds > 0)
    .sort((a, b) => b.seconds - a.seconds)
}

/** proc(5): the name is in parentheses and may hold any character; utime and stime are fields 14 and 15. */
function parseStat(stat: string): { name: string; ticks: number } {
  const [, name = '', rest = ''] = /^\d+ \((.*)\) (.*)$/s.exec(stat) ?? []
  const fields = rest.split(' ')
  return { name, ticks: Number(fields[11]) + Number(fields[12]) }
}

/** Reads the profile that `node --cpu-prof` left in a folder. @throws {@link BenchError} when there is none */
export function readProfile(folder: string): CpuProfile {
  const file = readdirSync(folder).find((name) => name.endsWith('.cpuprofile'))
  if (file === undefined) throw new BenchError(`node left no profile in ${folder}`)
  return JSON.parse(readFileSync(join(folder, file), 'utf8'))
}

/** The functions that take most, and the threads. */
export function formatProfile(profile: CpuProfile, threads: readonly ThreadTime[], most = 30): string {
  const lines = selfTimes(profile)
    .slice(0, most)
    .map(({ name, share }) => `${(share * 100).toFixed(1).padStart(6)} %  ${name}`)
  const times = threads.map(({ name, seconds }) => `${name} ${seconds.toFixed(2)} s`).join(', ')
  return [...lines, ...(times === '' ? [] : ['', `CPU time by thread: ${times}`])].join('\n')
}
