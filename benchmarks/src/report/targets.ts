/** What the project wants of its speed, and which rows and means miss it. */

import type { BenchRecord } from '../harness/record.ts'

/** Least speeds by QEMU's: of each row, of the mean of all, of the means of groups. */
interface Targets {
  readonly row: number
  readonly mean?: number
  readonly groups?: Readonly<Record<string, number>>
}

/** By benchmark. */
const targets: Readonly<Record<string, Targets>> = {
  mechanisms: { row: 1, mean: 2, groups: { 'mean of FP': 3, 'mean of SIMD': 4, 'mean of traps': 2 } },
  boot: { row: 1 },
  userland: { row: 0.8, mean: 1.5 },
}

/** A sentence for each of our columns by each of QEMU's that is below its target. */
export function missedTargets({ benchmark, columns, results, means, groups = [] }: BenchRecord): readonly string[] {
  const { row, mean, groups: groupTargets = {} } = targets[benchmark] ?? { row: 0 }
  const rows = [
    ...results.map(({ name, ratios }) => ({ name, ratios, least: row })),
    ...groups.map(({ name, ratios }) => ({ name, ratios, least: groupTargets[name] ?? 0 })),
    { name: 'mean of all', ratios: means, least: mean ?? 0 },
  ]
  const title = (id: string): string => columns.find((column) => column.id === id)?.title ?? id
  return rows.flatMap(({ name, ratios, least }) =>
    ratios
      .filter(({ ratio }) => ratio < least)
      .map(
        ({ ours, reference, ratio }) =>
          `${benchmark}, ${name}: ${title(ours)} by ${title(reference)} is ${ratio.toFixed(2)}, the target ${least}`,
      ),
  )
}
