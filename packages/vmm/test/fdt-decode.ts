/** Unflattens a device tree blob, for tests. [DT] §5; written apart from the encoder so that one checks the other. */

import type { FdtNode } from '../src/boot/fdt/node.ts'

export interface DecodedFdt {
  readonly root: FdtNode
  readonly reservations: readonly { readonly address: bigint; readonly sizeBytes: bigint }[]
  readonly version: number
  readonly lastCompatibleVersion: number
  readonly bootCpu: number
}

export function decodeFdt(blob: Uint8Array): DecodedFdt {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength)
  const [
    magic,
    total,
    structure,
    strings,
    reserve,
    version,
    lastCompatibleVersion,
    bootCpu,
    stringsSize,
    structureSize,
  ] = Array.from({ length: 10 }, (_, i) => view.getUint32(i * 4))
  if (magic !== 0xd00dfeed) throw new Error('bad magic')
  if (total !== blob.length) throw new Error(`totalsize ${total}, blob ${blob.length}`)
  if (structure % 4 !== 0 || reserve % 8 !== 0) throw new Error('misaligned block')
  if (strings + stringsSize > total || structure + structureSize > total) throw new Error('block outside the blob')

  const reservations: { address: bigint; sizeBytes: bigint }[] = []
  for (let at = reserve; ; at += 16) {
    const entry = { address: view.getBigUint64(at), sizeBytes: view.getBigUint64(at + 8) }
    if (entry.address === 0n && entry.sizeBytes === 0n) break
    reservations.push(entry)
  }

  let at = structure
  const text = (from: number): string => Buffer.from(blob.subarray(from, blob.indexOf(0, from))).toString()
  const word = (): number => view.getUint32((at += 4) - 4)
  const node = (): FdtNode => {
    const name = text(at)
    at += (Buffer.byteLength(name) + 4) & ~3
    const properties: Record<string, Uint8Array> = {}
    const children: FdtNode[] = []
    for (;;) {
      const token = word()
      if (token === 3) {
        const length = word()
        const key = text(strings + word())
        properties[key] = blob.slice(at, at + length)
        at += (length + 3) & ~3
      } else if (token === 1) children.push(node())
      else if (token === 2) return { name, properties, children }
      else throw new Error(`token ${token} at ${at - 4}`)
    }
  }
  if (word() !== 1) throw new Error('no root')
  const root = node()
  if (word() !== 9 || at !== structure + structureSize) throw new Error('structure does not end where it should')
  return { root, reservations, version, lastCompatibleVersion, bootCpu }
}

/** The node at a path such as `/cpus/cpu@0`; throws if it is not there. */
export function nodeAt(root: FdtNode, path: string): FdtNode {
  return path
    .split('/')
    .filter(Boolean)
    .reduce((parent, name) => {
      const child = parent.children.find((candidate) => candidate.name === name)
      if (child === undefined) throw new Error(`no ${name} in ${path}`)
      return child
    }, root)
}
