/** Routes accesses of the guest to devices by address. */

/** A device in a window of the address space. */
export interface MmioDevice {
  /**
   * Reads `sizeBytes` (1, 2 or 4) at `offset` in the window; the result is unsigned. 8-byte accesses arrive as two of 4,
   * the lower address first, as a bridge to a 32-bit peripheral bus splits them.
   */
  read(offset: number, sizeBytes: number): number
  /** Writes `sizeBytes` (1, 2 or 4) at `offset`; `value` is unsigned. */
  write(offset: number, sizeBytes: number, value: number): void
}

/** A window of a bus; `end` is the first address after it. */
export interface MmioWindow {
  readonly name: string
  readonly base: number
  readonly end: number
  readonly device: MmioDevice
}

/** What the bus tells of accesses that no device answers. Such reads give zero and such writes have no effect. */
export interface MmioBusEvents {
  unclaimedRead?(address: number, sizeBytes: number): void
  unclaimedWrite?(address: number, data: Uint8Array): void
}

/** Two windows that share an address: a mistake of the program that builds the machine. */
export class MmioOverlapError extends Error {
  override readonly name = 'MmioOverlapError'

  constructor(window: MmioWindow, other: MmioWindow) {
    const range = ({ name, base, end }: MmioWindow): string =>
      `${name} (0x${base.toString(16)} to 0x${(end - 1).toString(16)})`
    super(`The window of ${range(window)} overlaps that of ${range(other)}: give it addresses of its own.`)
  }
}

/** Devices by address. */
export class MmioBus {
  readonly #events: MmioBusEvents
  readonly #windows: MmioWindow[] = []
  /** The last window hit: accesses come in runs to one device. */
  #last: MmioWindow | undefined

  constructor(events: MmioBusEvents = {}) {
    this.#events = events
  }

  /** All windows, in order of address. */
  get windows(): readonly MmioWindow[] {
    return this.#windows
  }

  /**
   * Puts a device at `base`.
   *
   * @throws {@link MmioOverlapError}
   */
  add(name: string, base: number, sizeBytes: number, device: MmioDevice): void {
    const window = { name, base, end: base + sizeBytes, device }
    const other = this.#windows.find((taken) => taken.base < window.end && base < taken.end)
    if (other !== undefined) throw new MmioOverlapError(window, other)
    this.#windows.push(window)
    this.#windows.sort((a, b) => a.base - b.base)
  }

  /** Fills `data` (1, 2, 4 or 8 bytes, little-endian) from `address`. An access that crosses a window's end has no taker. */
  read(address: number, data: Uint8Array): void {
    const window = this.#find(address, data.length)
    if (window === undefined) {
      data.fill(0)
      this.#events.unclaimedRead?.(address, data.length)
      return
    }
    const offset = address - window.base
    if (data.length <= 4) {
      storeLittle(data, 0, data.length, window.device.read(offset, data.length))
    } else {
      storeLittle(data, 0, 4, window.device.read(offset, 4))
      storeLittle(data, 4, 4, window.device.read(offset + 4, 4))
    }
  }

  /** Writes `data` (1, 2, 4 or 8 bytes, little-endian) to `address`. */
  write(address: number, data: Uint8Array): void {
    const window = this.#find(address, data.length)
    if (window === undefined) {
      this.#events.unclaimedWrite?.(address, data)
      return
    }
    const offset = address - window.base
    if (data.length <= 4) {
      window.device.write(offset, data.length, loadLittle(data, 0, data.length))
    } else {
      window.device.write(offset, 4, loadLittle(data, 0, 4))
      window.device.write(offset + 4, 4, loadLittle(data, 4, 4))
    }
  }

  #find(address: number, sizeBytes: number): MmioWindow | undefined {
    const last = this.#last
    if (last !== undefined && address >= last.base && address + sizeBytes <= last.end) return last
    const window = this.#windows.find(({ base, end }) => address >= base && address + sizeBytes <= end)
    if (window !== undefined) this.#last = window
    return window
  }
}

function loadLittle(data: Uint8Array, at: number, sizeBytes: number): number {
  let value = 0
  for (let i = sizeBytes - 1; i >= 0; i--) value = (value << 8) | data[at + i]
  return value >>> 0
}

function storeLittle(data: Uint8Array, at: number, sizeBytes: number, value: number): void {
  for (let i = 0; i < sizeBytes; i++) data[at + i] = value >>> (8 * i)
}
