/** Compares two outputs of the recording program, record by record. */

import type { ProbeRecord } from './probe.ts'

/** A record that differs; undefined where one side has none. */
export interface Difference {
  /** What names the record: group, title or id, and its number among those of one name. */
  readonly key: string
  readonly recorded: ProbeRecord | undefined
  readonly ours: ProbeRecord | undefined
}

function canonical(record: ProbeRecord | undefined): string {
  return record === undefined ? '' : JSON.stringify(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** What a failed run is called holds its outcome: the part before names it. */
function nameOf({ g, t, id }: ProbeRecord): string {
  return `${g}: ${id ?? String(t).replace(/ KVM_RUN#.*/, '')}`
}

function byKey(records: readonly ProbeRecord[]): Map<string, ProbeRecord> {
  const counts = new Map<string, number>()
  const keyed = new Map<string, ProbeRecord>()
  for (const record of records) {
    const name = nameOf(record)
    const n = counts.get(name) ?? 0
    counts.set(name, n + 1)
    keyed.set(`${name} #${n}`, record)
  }
  return keyed
}

/** All differences, in the order of the recording; then what only we have. */
export function compareRecords(recorded: readonly ProbeRecord[], ours: readonly ProbeRecord[]): Difference[] {
  const ourRecords = byKey(ours)
  const differences: Difference[] = []
  for (const [key, record] of byKey(recorded)) {
    const own = ourRecords.get(key)
    ourRecords.delete(key)
    if (canonical(record) !== canonical(own)) differences.push({ key, recorded: record, ours: own })
  }
  for (const [key, own] of ourRecords) differences.push({ key, recorded: undefined, ours: own })
  return differences
}
