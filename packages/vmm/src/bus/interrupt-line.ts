/** A level-sensitive interrupt line, as a device sees it. */

/** What a device drives. Devices do not know what an interrupt controller is. */
export interface InterruptLine {
  /** Sets the level; called only when it changes. */
  setLevel(isHigh: boolean): void
}
