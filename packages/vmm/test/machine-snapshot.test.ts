/** A machine that is stopped in the middle, saved, and goes on elsewhere. */

import { describe, expect, test } from 'vitest'
import { embeddedGuest, withLastPage } from '../src/guest.ts'
import {
  createKvm,
  createVirtMachine,
  decodeSnapshot,
  encodeSnapshot,
  type KvmHost,
  linearMemoryBytes,
  MachineError,
  restoreVirtMachine,
  SnapshotError,
  takeSnapshot,
  type VirtMachine,
} from '../src/index.ts'

const memoryBytes = 4 << 20
const ipaBits = 36

/** A host whose time passes as it is looked at, so that timers come due. */
function host(): KvmHost {
  let now = 0
  return {
    monotonicNs: () => (now += 1000),
    setTimer: (_, callback) => {
      queueMicrotask(callback)
      return () => {}
    },
    yield: () => Promise.resolve(),
  }
}

const openKvm = (): ReturnType<typeof createKvm> =>
  createKvm({ memoryBytes: linearMemoryBytes(memoryBytes, '4K'), host: host() })
const clock = { nowMs: () => 0, after: () => () => {} }

/** A console that stops its machine at a text. */
class Console {
  text = ''
  #stopAt: string | undefined
  machine: VirtMachine | undefined

  constructor(stopAt?: string) {
    this.#stopAt = stopAt
  }
  write(byte: number): void {
    this.text += String.fromCharCode(byte)
    if (this.#stopAt === undefined || !this.text.endsWith(this.#stopAt)) return
    this.#stopAt = undefined
    this.machine?.stop()
  }
}

function boot(console: Console): VirtMachine {
  const kvm = openKvm()
  const machine = createVirtMachine(kvm, {
    memoryBytes,
    ipaBits,
    kernel: embeddedGuest({ ipaBits, pageBytes: 4096 }),
    random: (sizeBytes) => new Uint8Array(sizeBytes),
    console,
    clock,
  })
  console.machine = withLastPage(kvm, machine, memoryBytes)
  return console.machine
}

/** Runs a guest up to a text, saves it, and lets another machine go on from the file. */
async function runInTwoParts(stopAt: string): Promise<{ first: string; second: string; reason: string }> {
  const before = new Console(stopAt)
  const machine = boot(before)
  const { reason: stopped } = await machine.run()
  expect(stopped).toBe('stopped')
  const file = encodeSnapshot(takeSnapshot(machine), { a: 'note' })
  machine.close()
  const { snapshot, note } = decodeSnapshot(file)
  expect(note).toEqual({ a: 'note' })
  const after = new Console()
  const kvm = openKvm()
  const restored = restoreVirtMachine(kvm, { console: after, clock }, snapshot, (it) =>
    withLastPage(kvm, it, memoryBytes),
  )
  const { reason } = await restored.run()
  restored.close()
  return { first: before.text, second: after.text, reason }
}

describe('a snapshot', () => {
  // In the middle of a word: the guest waits for the serial port, or is inside an interrupt.
  test.each(['MIDR', 'last pa', 'timer interrupt   1', 'timer interrupt   2, INT'])(
    'behavior: a guest stopped at %o prints the rest in another machine',
    async (stopAt) => {
      const whole = new Console()
      await boot(whole).run()
      const { first, second, reason } = await runInTwoParts(stopAt)
      expect(first.endsWith(stopAt)).toBe(true)
      expect(first + second).toBe(whole.text)
      expect(reason).toBe('poweroff')
    },
    30_000,
  )

  test('behavior: the machine itself goes on after it', async () => {
    const whole = new Console()
    await boot(whole).run()
    const console = new Console('timer')
    const machine = boot(console)
    await machine.run()
    const first = takeSnapshot(machine)
    const { pages, vgic } = takeSnapshot(machine)
    expect({ pages, vgic }).toEqual({ pages: first.pages, vgic: first.vgic })
    await machine.run()
    expect(console.text).toBe(whole.text)
  })

  test('error: memory that the new machine lacks', async () => {
    const console = new Console('timer')
    const machine = boot(console)
    await machine.run()
    const snapshot = takeSnapshot(machine)
    expect(() => restoreVirtMachine(openKvm(), { console, clock }, snapshot)).toThrow(MachineError)
  })

  test.each([
    ['a GICv2', { gicVersion: 2 }],
    ['an ITS', { its: true }],
  ] as const)('error: of a machine with %s', (controller, gic) => {
    const kernel = embeddedGuest({ ipaBits, pageBytes: 4096 })
    const random = (sizeBytes: number): Uint8Array => new Uint8Array(sizeBytes)
    const machine = createVirtMachine(openKvm(), { memoryBytes, kernel, random, console: new Console(), clock, ...gic })
    expect(() => takeSnapshot(machine)).toThrow(`Snapshots of a machine with ${controller} are not possible`)
    machine.close()
  })

  test('error: a file that is none', () => {
    const machine = boot(new Console())
    const file = encodeSnapshot(takeSnapshot(machine))
    expect(() => decodeSnapshot(new Uint8Array(10))).toThrow(SnapshotError)
    expect(() => decodeSnapshot(file.subarray(0, file.length / 2))).toThrow(SnapshotError)
  })
})
