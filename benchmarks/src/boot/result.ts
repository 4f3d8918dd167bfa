/** The numbers of the boot benchmark and how they are shown. */

/** Milliseconds to the marker of one run of each, taken one right after the other. */
export interface Pair {
  readonly oursMs: number
  readonly qemuMs: number
}

/** Medians over all pairs. */
export interface Summary {
  readonly oursMs: number
  readonly qemuMs: number
  /** Median of the ratios of each pair: load that both runs of a pair suffer cancels out. */
  readonly ratio: number
}

/** The middle value, or the mean of the middle two. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('the median of no values')
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
}

/** Summarizes at least one pair. */
export function summarize(pairs: readonly Pair[]): Summary {
  return {
    oursMs: median(pairs.map(({ oursMs }) => oursMs)),
    qemuMs: median(pairs.map(({ qemuMs }) => qemuMs)),
    ratio: median(pairs.map(({ oursMs, qemuMs }) => oursMs / qemuMs)),
  }
}

/** One line of the table: label, ours and QEMU's in seconds, ratio. */
export function formatRow(label: string, { oursMs, qemuMs }: Pair, ratio: number = oursMs / qemuMs): string {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`.padStart(10)
  return `${label.padEnd(8)}${seconds(oursMs)}${seconds(qemuMs)}${ratio.toFixed(2).padStart(8)}`
}
