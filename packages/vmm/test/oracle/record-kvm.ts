/**
 * `pnpm oracle:kvm [--granule 4K|16K] [--compat 6.1] --out FILE`: the recording programs on our kernel side, a line of JSON for each
 * record in the form of the recordings, and what differs from those.
 */

import { writeFileSync } from 'node:fs'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { accepted } from './accepted.ts'
import { compareRecords } from './compare.ts'
import { recordedProcess } from './recorded-host.ts'
import { readRecording, replayFirst, replaySecond } from './replay.ts'

const { values } = parseArgs({
  options: {
    granule: { type: 'string', default: '4K' },
    compat: { type: 'string', default: '6.12' },
    out: { type: 'string' },
  },
})
const { granule, compat, out } = values
if (out === undefined || (granule !== '4K' && granule !== '16K') || (compat !== '6.1' && compat !== '6.12')) {
  console.error('usage: pnpm oracle:kvm [--granule 4K|16K] [--compat 6.1|6.12] --out FILE')
  process.exit(2)
}

const recordings = compat === '6.1' ? ['linux-6.1.192-4k'] : ['linux-6.12.117-4k', 'linux-6.12.117-4k-second']
const [host] = recordings.map((name) => readRecording(name))
const outputs = [replayFirst, replaySecond]
  .slice(0, recordings.length)
  .map((replay) => replay(recordedProcess({ records: host, compat, granule })))
writeFileSync(
  out,
  `${outputs
    .flat()
    .map((record) => JSON.stringify(record))
    .join('\n')}\n`,
)
console.log(`${outputs.flat().length} records in ${out}`)

// There is no recording of other granules in this repository.
if (granule === '4K') {
  const reasons = new Map(accepted.flatMap(({ keys, why }) => keys.map((key) => [key, why] as const)))
  recordings.forEach((name, n) => {
    const recorded = readRecording(name)
    const differences = compareRecords(recorded, outputs[n])
    console.log(`${name}: ${recorded.length - differences.length} of ${recorded.length} records equal`)
    for (const { key, recorded: theirs, ours } of differences) {
      console.log(`  ${key}: ${reasons.get(key) ?? 'NOT ACCEPTED'}`)
      if (!reasons.has(key)) console.log(`    recorded ${JSON.stringify(theirs)}\n    ours     ${JSON.stringify(ours)}`)
    }
  })
}
