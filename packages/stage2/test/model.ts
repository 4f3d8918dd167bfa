/** A stage-2 table as a plain map of leaves: what the engine must agree with. */

import type { Stage2Geometry } from '../src/index.ts'

export interface ModelLeaf {
  readonly ipa: number
  readonly level: number
  pa: number
  /** Permissions: r 4, w 2, x 1. */
  permissions: number
  /** Memory type and software bits: what a change of needs a new entry. */
  kind: number
  young: boolean
}

const divides = (size: number, value: number): boolean => value % size === 0

export class Model {
  /** Leaves by first IPA. */
  readonly leaves: Map<number, ModelLeaf> = new Map()
  readonly #geometry: Stage2Geometry
  readonly #sizes: { level: number; bytes: number }[]

  constructor(geometry: Stage2Geometry) {
    this.#geometry = geometry
    this.#sizes = [0, 1, 2, 3]
      .filter((level) => level >= geometry.startLevel && level >= geometry.minBlockLevel)
      .map((level) => ({ level, bytes: geometry.levelBytes[level] }))
  }

  sizeOf(leaf: ModelLeaf): number {
    return this.#geometry.levelBytes[leaf.level]
  }

  at(ipa: number): ModelLeaf | undefined {
    for (const { bytes, level } of this.#sizes) {
      const leaf = this.leaves.get(ipa - (ipa % bytes))
      if (leaf?.level === level) return leaf
    }
    return undefined
  }

  sorted(): ModelLeaf[] {
    return [...this.leaves.values()].sort((a, b) => a.ipa - b.ipa)
  }

  overlapping(start: number, end: number): ModelLeaf[] {
    return [...this.leaves.values()].filter((leaf) => leaf.ipa < end && start < leaf.ipa + this.sizeOf(leaf))
  }

  /** @returns whether some leaf stayed as it was */
  map(start: number, size: number, pa: number, prot: number, isForced: boolean, isFault: boolean): boolean {
    const end = start + size
    const page = this.#geometry.pageBytes
    let hasStayed = false
    for (let ipa = start; ipa < end; ) {
      const target = pa + (ipa - start)
      const { level, bytes } = this.#sizes.find(
        (s) =>
          s.bytes === page || (!isForced && end - ipa >= s.bytes && divides(s.bytes, ipa) && divides(s.bytes, target)),
      ) as { level: number; bytes: number }
      const old = this.at(ipa)
      const isSame = old?.level === level && old.pa === target && old.kind === (prot & ~7) && old.young
      if (isSame) {
        hasStayed = true
        if (isFault) return true
      } else {
        if (bytes > page) for (const leaf of this.overlapping(ipa, ipa + bytes)) this.leaves.delete(leaf.ipa)
        else if (old !== undefined) this.leaves.delete(old.ipa)
        this.leaves.set(ipa, { ipa, level, pa: target, permissions: prot & 7, kind: prot & ~7, young: true })
      }
      ipa += bytes
    }
    return hasStayed
  }

  unmap(start: number, size: number): void {
    for (const leaf of this.overlapping(start, start + size)) this.leaves.delete(leaf.ipa)
  }
}
