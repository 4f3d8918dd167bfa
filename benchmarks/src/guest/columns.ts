/** The columns of a benchmark that runs guests: our side under one Node or several, and QEMU's two. */

import type { Column } from '../harness/comparison.ts'
import { readNodeVersion, readQemuVersion } from '../harness/host.ts'
import { type Contender, type Guest, ours, qemu, qemuCpus, type Reference } from './contender.ts'

/** A column and what runs its guest. */
export interface GuestColumn extends Column {
  readonly contender: Contender
}

/** Short names of QEMU's columns. */
export const referenceTitles: Readonly<Record<Reference, string>> = { cortexA57: 'QEMU a57', max: 'QEMU max' }

/**
 * The columns, ours first. Ours are called `ours`, and from the second on `ours2` and so on.
 *
 * @param nodes - Programs that run our side, a column each.
 * @throws `BenchError` When one of them is absent.
 */
export function guestColumns(guest: Guest, nodes: readonly string[], withQemu: boolean): readonly GuestColumn[] {
  const own = nodes.map((node, i) => ({
    id: i === 0 ? 'ours' : `ours${i + 1}`,
    title: readNodeVersion(node).replace(/^(Node )v(\d+).*/, '$1$2'),
    isOurs: true,
    contender: ours(guest, [node]),
  }))
  const theirs = (Object.keys(qemuCpus) as Reference[]).map((id) => ({
    id,
    title: referenceTitles[id],
    isOurs: false,
    contender: qemu(guest, id),
  }))
  return withQemu ? [...own, ...theirs] : own
}

/** "Node v20.20.2, QEMU 7.2.22" */
export function describeVersions(nodes: readonly string[], withQemu: boolean): string {
  return [...nodes.map(readNodeVersion), ...(withQemu ? [readQemuVersion()] : [])].join(', ')
}
