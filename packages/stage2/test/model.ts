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
  /** Pages that belong to somebody else. */
  readonly owned: Set<number> = new Set()
  readonly #geometry: Stage2Geometry
  readonly #sizes: { level: number; bytes: number }[]

  constructor(geometry: Stage2Geometry, minBlockLevel: number = geometry.minBlockLevel) {
    this.#geometry = geometry
    this.#sizes = [0, 1, 2, 3]
      .filter((level) => level >= geometry.startLevel && level >= minBlockLevel)
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
        this.#disown(ipa, ipa + bytes)
        this.leaves.set(ipa, { ipa, level, pa: target, permissions: prot & 7, kind: prot & ~7, young: true })
      }
      ipa += bytes
    }
    return hasStayed
  }

  unmap(start: number, size: number): void {
    for (const leaf of this.overlapping(start, start + size)) this.leaves.delete(leaf.ipa)
    this.#disown(start, start + size)
  }

  setOwner(start: number, size: number, owner: number): void {
    this.unmap(start, size)
    if (owner === 0) return
    for (let ipa = start; ipa < start + size; ipa += this.#geometry.pageBytes) this.owned.add(ipa)
  }

  /** @returns whether `tables` were enough */
  split(start: number, size: number, tables: number): boolean {
    const end = start + size
    let left = tables
    const splitLeaf = (leaf: ModelLeaf): boolean => {
      if (leaf.level === 3) return true
      if (left === 0) return false
      const entries = this.#geometry.tableEntries
      const whole = leaf.level === 2 ? 1 : 1 + entries
      const isWhole = leaf.level === 2 || left >= whole
      left -= isWhole ? whole : 1
      const level = isWhole ? 3 : leaf.level + 1
      const bytes = this.#geometry.levelBytes[level]
      this.leaves.delete(leaf.ipa)
      const children: ModelLeaf[] = []
      for (let at = 0; at < this.sizeOf(leaf); at += bytes) {
        children.push({ ...leaf, ipa: leaf.ipa + at, pa: leaf.pa + at, level })
      }
      for (const child of children) this.leaves.set(child.ipa, child)
      return children.every((child) => child.ipa + bytes <= start || child.ipa >= end || splitLeaf(child))
    }
    return this.overlapping(start, end)
      .sort((a, b) => a.ipa - b.ipa)
      .every(splitLeaf)
  }

  #disown(start: number, end: number): void {
    for (const ipa of this.owned) if (ipa >= start && ipa < end) this.owned.delete(ipa)
  }
}
