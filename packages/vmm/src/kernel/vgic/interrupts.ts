/** State of a range of interrupts: the SPIs of a VM, or the SGIs and PPIs of one vCPU. [GICv3] §4 */

/** Interrupts below this are private to a vCPU: 16 SGIs, then 16 PPIs. [GICv3] §2.2 */
export const privateCount = 32
/** Interrupts below this are SGIs. */
export const sgiCount = 16
/** The first LPI. */
export const firstLpi = 8192
/** Bits of a priority that are implemented, as in KVM: 32 levels. */
export const priorityMask = 0xf8

/** A range of interrupts with consecutive INTIDs; every array is indexed by INTID minus `first`. */
export class InterruptBank {
  readonly first: number
  readonly count: number
  readonly enabled: Uint8Array
  /** Of an edge interrupt: pending. Of a level interrupt: made pending by software. */
  readonly latch: Uint8Array
  /** The input line. */
  readonly line: Uint8Array
  readonly active: Uint8Array
  readonly isEdge: Uint8Array
  readonly group: Uint8Array
  readonly priority: Uint8Array
  /** Index of the vCPU that gets the interrupt, -1 for none. */
  readonly owner: Int16Array
  /** Index of the vCPU that has the interrupt among its candidates, -1 for none. */
  readonly queuedOn: Int16Array

  /** All inactive, disabled, level-sensitive, priority 0. */
  constructor(first: number, count: number, owner: number, group: 0 | 1) {
    this.first = first
    this.count = count
    this.enabled = new Uint8Array(count)
    this.latch = new Uint8Array(count)
    this.line = new Uint8Array(count)
    this.active = new Uint8Array(count)
    this.isEdge = new Uint8Array(count)
    this.group = new Uint8Array(count).fill(group)
    this.priority = new Uint8Array(count)
    this.owner = new Int16Array(count).fill(owner)
    this.queuedOn = new Int16Array(count).fill(-1)
  }

  isPending(i: number): boolean {
    return this.latch[i] !== 0 || (this.isEdge[i] === 0 && this.line[i] !== 0)
  }

  /** The vCPU to offer the interrupt to now; -1 when it is disabled, active, not pending, or nobody's. */
  wantedOn(i: number): number {
    return this.enabled[i] !== 0 && this.active[i] === 0 && this.isPending(i) ? this.owner[i] : -1
  }
}
