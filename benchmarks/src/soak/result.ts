/** What a long run shows: memory over time, and the guest's clock beside the host's. */

/** One look at a running guest. */
export interface Sample {
  /** Seconds since the first sample, by the host. */
  readonly hostSeconds: number
  /** Seconds since the first sample, by the guest: between the same two lines of its console. */
  readonly guestSeconds: number
  readonly residentBytes: number
  /** Processes that the guest has started. */
  readonly processes: number
}

/** What must hold. */
export interface Bounds {
  /** The second half of the run may add so much to the most that the first half had. */
  readonly maxGrowthBytes: number
  /** By how much of the host's time the guest's may differ. */
  readonly maxClockError: number
}

/** The verdict. */
export interface SoakSummary {
  /** The most of the second half less the most of the first. */
  readonly growthBytes: number
  /** Guest's seconds by host's seconds less 1, over the whole run. */
  readonly clockError: number
  /** The largest difference of the two clocks at any sample, in seconds. */
  readonly maxClockOffsetSeconds: number
  /** One sentence for each bound that is broken. */
  readonly broken: readonly string[]
}

/** Judges at least two samples. */
export function summarizeSoak(samples: readonly Sample[], { maxGrowthBytes, maxClockError }: Bounds): SoakSummary {
  const last = samples.at(-1) as Sample
  const most = (from: number, to: number): number =>
    Math.max(
      ...samples
        .filter(({ hostSeconds }) => hostSeconds >= from * last.hostSeconds && hostSeconds <= to * last.hostSeconds)
        .map(({ residentBytes }) => residentBytes),
    )
  const growthBytes = most(0.5, 1) - most(0, 0.5)
  const clockError = last.guestSeconds / last.hostSeconds - 1
  const offsets = samples.map(({ hostSeconds, guestSeconds }) => Math.abs(guestSeconds - hostSeconds))
  const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`
  const percent = (share: number): string => `${(share * 100).toFixed(2)} %`
  return {
    growthBytes,
    clockError,
    maxClockOffsetSeconds: Math.max(...offsets),
    broken: [
      ...(growthBytes > maxGrowthBytes
        ? [
            `memory grew by ${mebibytes(growthBytes)} in the second half, above the bound of ${mebibytes(maxGrowthBytes)}`,
          ]
        : []),
      ...(Math.abs(clockError) > maxClockError
        ? [`the guest's clock is off by ${percent(clockError)}, beyond the bound of ${percent(maxClockError)}`]
        : []),
    ],
  }
}

/** The table's first line. */
export const soakHeader = `${'host s'.padStart(10)}${'guest s'.padStart(10)}${'MiB'.padStart(8)}${'processes'.padStart(11)}`

/** A line of the table. */
export function formatSample({ hostSeconds, guestSeconds, residentBytes, processes }: Sample): string {
  const memory = `${Math.round(residentBytes / 2 ** 20)}`
  return `${hostSeconds.toFixed(2).padStart(10)}${guestSeconds.toFixed(2).padStart(10)}${memory.padStart(8)}${`${processes}`.padStart(11)}`
}
