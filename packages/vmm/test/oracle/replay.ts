/** The recording programs, whole, on our kernel side. */

import { readFileSync } from 'node:fs'
import type { KvmProcess } from '../../src/index.ts'
import { dev } from './device-groups.ts'
import { guest } from './guest-groups.ts'
import { mem, sys } from './memory-groups.ts'
import { Probe, type ProbeRecord } from './probe.ts'
import { second } from './second-groups.ts'
import { vcpu } from './vcpu-groups.ts'

/** Reads recorded lines. */
export function readRecording(name: string): ProbeRecord[] {
  const text = readFileSync(new URL(`fixtures/${name}.jsonl`, import.meta.url), 'utf8')
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ProbeRecord)
}

/** The first program. */
export function replayFirst(process: KvmProcess): readonly ProbeRecord[] {
  const probe = new Probe(process)
  sys(probe)
  mem(probe)
  vcpu(probe)
  guest(probe)
  dev(probe)
  return probe.records
}

/** The second program. */
export function replaySecond(process: KvmProcess): readonly ProbeRecord[] {
  const probe = new Probe(process)
  second(probe)
  return probe.records
}
