/** The accesses of a block beside each other: where one check of the page serves several, and which exclusive stores must succeed. */

import { ACCESS } from '../access-kind.ts'
import { registerIndex } from '../interp/record-layout.ts'
import type { Builder } from '../ir/builder.ts'
import type { AccessFacts, Node, RangeNode } from '../ir/node.ts'
import { operandOf } from '../ir/record.ts'
import type { GroupPlace, SharedCheck } from '../ir/target.ts'
import { LAYOUT, X_ZERO } from '../state.ts'

/** Bytes that a group spans at most: the wider, the more often a page ends in the middle, where each access is checked for itself. */
const MAX_SPAN = 512

/** Accesses at known distances from each other, all loads or all stores. */
class AccessGroup implements SharedCheck {
  readonly isStore: boolean
  /** Distance of the lowest byte from the group's root. */
  low = Number.POSITIVE_INFINITY
  high = Number.NEGATIVE_INFINITY
  accesses = 0
  host = -1
  asked = 0

  constructor(isStore: boolean) {
    this.isStore = isStore
  }

  /** From the lowest byte to behind the highest. */
  get span(): number {
    return this.high - this.low
  }

  /** Takes an access in unless it lies too far away. */
  add(distance: number, bytes: number): boolean {
    const low = Math.min(this.low, distance)
    const high = Math.max(this.high, distance + bytes)
    if (high - low > MAX_SPAN) return false
    this.low = low
    this.high = high
    this.accesses++
    return true
  }
}

/** A value as something unknown and a distance from it. */
interface Place {
  readonly root: object
  readonly distance: number
}

/** Only what is known to be plain: ordered accesses are checked for alignment one by one. */
function isPlain(range: RangeNode, facts: AccessFacts): boolean {
  return range.mode !== 'atomic' && facts.alignBytes === 1 && (facts.flags & (ACCESS.unprivileged | ACCESS.zva)) === 0
}

/** Follows registers through a block as far as only constants are added to them. */
class Places {
  readonly #registers = new Map<number, Place>()

  #of(index: number): Place {
    const known = this.#registers.get(index)
    if (known) return known
    const fresh = { root: {}, distance: 0 }
    this.#registers.set(index, fresh)
    return fresh
  }

  /** Undefined for what is no register plus a constant. */
  ofNode(node: Node): Place | undefined {
    const { op } = node
    if (op.kind === 'readX' && node.type === 'i64') {
      const index = registerIndex(operandOf(op.operand).value as number, op.role, false)
      return index === X_ZERO ? undefined : this.#of(index)
    }
    if (op.kind !== 'wasm' || (op.name !== 'i64.add' && op.name !== 'i64.sub')) return undefined
    const [a, b] = node.args as readonly [Node, Node]
    const place = b.constant === undefined ? undefined : this.ofNode(a)
    if (!place) return undefined
    const by = Number(BigInt.asIntN(64, b.constant as bigint))
    return Number.isSafeInteger(by)
      ? { ...place, distance: place.distance + (op.name === 'i64.add' ? by : -by) }
      : undefined
  }

  /** Takes over what an instruction writes. */
  commit(builder: Builder): void {
    const written = builder.commits.flatMap((c): [number, Place][] => {
      if (c.kind === 'lr') return [[30, { root: {}, distance: 0 }]]
      if (c.kind !== 'x') return []
      const index = registerIndex(operandOf(c.operand).value as number, c.role, true)
      return [[index, this.ofNode(c.value) ?? { root: {}, distance: 0 }]]
    })
    const { terminator } = builder
    if (terminator.kind === 'system' && terminator.destination)
      written.push([
        registerIndex(operandOf(terminator.destination).value as number, 'x', true),
        { root: {}, distance: 0 },
      ])
    for (const [index, place] of written) this.#registers.set(index, place)
  }
}

/** What is known of one instruction's accesses from those before and behind it. */
export interface InsnAccesses {
  /** For each access its place in a group, or undefined where it is alone. */
  readonly groups: (GroupPlace | undefined)[]
  /** It is the exclusive store to an exclusive load, and nothing between them can have opened the monitor. */
  readonly isMonitorHeld: boolean
}

/** Follows the exclusive monitor through a block. One thread runs all vCPUs, and none but this one while it is in a region. */
class Monitor {
  #held: { readonly place: Place; readonly bytes: number; readonly parts: number } | undefined

  /** Takes an instruction over; says whether it is an exclusive store that succeeds. */
  next({ effects, commits, terminator }: Builder, places: Places): boolean {
    const access = effects.find((e) => e.kind === 'access')
    const place = access && places.ofNode(access.range.address)
    // A pair of words and a doubleword are as wide, and not what the monitor compares.
    const parts = effects.filter(({ kind }) => kind === 'load').length
    if (effects.some((e) => e.kind === 'setState' && e.offset === LAYOUT.exclAddr)) {
      this.#held = access && place && { place, bytes: access.range.bytes, parts }
      return false
    }
    const before = this.#held
    const isOver = commits.some((c) => c.kind === 'state' && c.offset === LAYOUT.exclAddr)
    // A store in between may have changed the value that the monitor holds, the run-time anything.
    const isLost = terminator.kind === 'system' || effects.some(({ kind }) => kind === 'store' || kind === 'helper')
    if (isOver || isLost) this.#held = undefined
    if (!isOver || !access || !place || !before) return false
    return (
      before.bytes === access.range.bytes &&
      before.parts === parts &&
      before.place.root === place.root &&
      before.place.distance === place.distance
    )
  }
}

/** Looks through a straight run of instructions. */
export function studyAccesses(builders: readonly Builder[]): InsnAccesses[] {
  const places = new Places()
  const monitor = new Monitor()
  const open = [new Map<object, AccessGroup>(), new Map<object, AccessGroup>()] as const
  const groupFor = (isStore: boolean, { root, distance }: Place, bytes: number): AccessGroup => {
    const groups = open[isStore ? 1 : 0]
    const known = groups.get(root)
    if (known?.add(distance, bytes)) return known
    const group = new AccessGroup(isStore)
    group.add(distance, bytes)
    groups.set(root, group)
    return group
  }
  const found = builders.map((builder) => {
    const members = builder.effects.flatMap((e) => {
      if (e.kind !== 'access') return []
      const place = isPlain(e.range, e.facts) ? places.ofNode(e.range.address) : undefined
      return [place && { group: groupFor(e.range.mode === 'store', place, e.range.bytes), distance: place.distance }]
    })
    const isMonitorHeld = monitor.next(builder, places)
    places.commit(builder)
    // The run-time may invalidate translations.
    if (builder.terminator.kind === 'system') for (const groups of open) groups.clear()
    return { members, isMonitorHeld }
  })
  return found.map(({ members, isMonitorHeld }) => ({
    isMonitorHeld,
    groups: members.map((m) =>
      m && m.group.accesses > 1 ? { group: m.group, offset: m.distance - m.group.low } : undefined,
    ),
  }))
}
