/** `pnpm bench soak`: memory and clock of a guest that keeps starting short processes. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ours } from './guest/contender.ts'
import { residentBytes } from './guest/memory.ts'
import type { GuestSession, Line } from './guest/session.ts'
import { BenchError } from './harness/errors.ts'
import { describeHost, readNodeVersion } from './harness/host.ts'
import { reportErrors } from './harness/report-errors.ts'
import { parseSoakOptions, type SoakOptions, soakUsage } from './soak/options.ts'
import { formatSample, type Sample, soakHeader, summarizeSoak } from './soak/result.ts'
import { prepareGuest, startGuest } from './userland/guest.ts'

/** How much longer than asked a sample may take to come. */
const patience = 20

// Each process is loaded and linked anew at addresses of its own, and the scripts are other bytes each time. The clock of the line is
// that of the moment when it is printed: /proc/uptime follows CLOCK_BOOTTIME, which nothing adjusts.
const script = (everySeconds: number): string => `
n=0
since=0
while :; do
  n=$((n+1))
  /usr/bin/true
  /usr/bin/dash -c "i=$n; while [ \\$i -gt $((n-40)) ]; do i=\\$((i-1)); done; exit 0"
  echo "$n" | gzip -c | gzip -dc >/dev/null
  [ $((n % 8)) = 0 ] && python3 -ISsc "
def f$n(x):
    return x * $n + len(str(x))
print(sum(f$n(i) for i in range(300)))" >/dev/null
  [ $((n % 8)) = 4 ] && echo "select $n, count(*) from sqlite_master;" | sqlite3 >/dev/null
  read -r now rest </proc/uptime
  if [ $((\${now%.*} - since)) -ge ${everySeconds} ]; then
    since=\${now%.*}
    read -r now rest </proc/uptime
    echo "@sample $now $n"
  fi
done`

/**
 * Runs the soak.
 *
 * @param argv - Arguments after the benchmark's name.
 * @returns Exit status: 0, 1 failure or a broken bound, 2 usage.
 */
export async function bench(argv: readonly string[]): Promise<number> {
  return reportErrors('soak', soakUsage, async () => {
    const options = parseSoakOptions(argv)
    if (options !== undefined) return run(options)
    console.log(soakUsage)
    return 0
  })
}

async function run(options: SoakOptions): Promise<number> {
  const { minutes, everySeconds, memory, node, json } = options
  const folder = mkdtempSync(join(tmpdir(), 'armvisor-soak-'))
  let session: GuestSession | undefined
  try {
    const guest = await prepareGuest(memory, join(folder, 'initrd'), { soak: script(everySeconds) })
    const version = readNodeVersion(node)
    session = await startGuest(ours(guest, [node]))
    console.log(
      `${version}, ${describeHost().cpu}, ${memory} of guest memory, all of it in use by the host\n\n${soakHeader}`,
    )
    const samples = await takeSamples(session, minutes * 60, everySeconds)
    const summary = summarizeSoak(samples, options)
    const offset = summary.maxClockOffsetSeconds.toFixed(2)
    console.log(
      `\nmemory ${summary.growthBytes < 0 ? 'shrank' : 'grew'} by ${Math.abs(Math.round(summary.growthBytes / 2 ** 20))} MiB in the second half; the guest's clock is off by ${(summary.clockError * 100).toFixed(3)} %, at most ${offset} s at any sample`,
    )
    if (json !== undefined) {
      const date = new Date().toISOString()
      const record = { benchmark: 'soak', date, host: describeHost(), versions: version, memory, samples, summary }
      writeFileSync(json, `${JSON.stringify(record, null, 2)}\n`)
    }
    for (const sentence of summary.broken) console.error(`bench soak: ${sentence}.`)
    return summary.broken.length === 0 ? 0 : 1
  } finally {
    session?.kill()
    rmSync(folder, { recursive: true })
  }
}

async function takeSamples(session: GuestSession, seconds: number, everySeconds: number): Promise<readonly Sample[]> {
  const samples: Sample[] = []
  let first: { readonly atMs: number; readonly guestSeconds: number } | undefined
  session.send('soak')
  do {
    const lines = await session.waitFor(/^@(sample|end) /, everySeconds * patience * 1000)
    const { text, atMs } = lines.at(-1) as Line
    const [, uptime, processes] = /^@sample (\S+) (\d+)$/.exec(text) ?? []
    if (uptime === undefined) throw new BenchError(`the guest's loop ended: ${text}`)
    const guestSeconds = Number(uptime)
    first ??= { atMs, guestSeconds }
    const resident = residentBytes(session.pid)
    if (resident === undefined)
      throw new BenchError('this system has no /proc, where the soak reads how much memory is used')
    const sample = {
      hostSeconds: (atMs - first.atMs) / 1000,
      guestSeconds: guestSeconds - first.guestSeconds,
      residentBytes: resident,
      processes: Number(processes),
    }
    samples.push(sample)
    console.log(formatSample(sample))
  } while ((samples.at(-1) as Sample).hostSeconds < seconds)
  return samples
}
