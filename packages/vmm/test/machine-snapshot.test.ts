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

  const build = (gic: { readonly gicVersion: 2 | 3; readonly its?: boolean }): VirtMachine => {
    const kernel = embeddedGuest({ ipaBits, pageBytes: 4096 })
    const random = (sizeBytes: number): Uint8Array => new Uint8Array(sizeBytes)
    return createVirtMachine(openKvm(), { memoryBytes, kernel, random, console: new Console(), clock, cpus: 2, ...gic })
  }
  /** Another machine, by way of a file. */
  const moved = (machine: VirtMachine): VirtMachine => {
    const { snapshot } = decodeSnapshot(encodeSnapshot(takeSnapshot(machine)))
    machine.close()
    return restoreVirtMachine(openKvm(), { console: new Console(), clock }, snapshot)
  }

  test('behavior: a GICv2 has in the other machine what it had', () => {
    const machine = build({ gicVersion: 2 })
    const second = 1n << 32n
    const state: [number, bigint, bigint][] = [
      [1, 8n, 0x4b00_343bn],
      [1, 0x84n, 0xf0n], // IGROUPR1
      [1, 0x180n | second, 0x3n], // ICENABLER0
      [1, 0x104n, 0x101n], // ISENABLER1
      [1, 0x828n, 0x02020202n], // ITARGETSR10
      [1, 0x428n, 0x50402010n], // IPRIORITYR10
      [1, 0x304n, 0x4n], // ISACTIVER1
      [1, 0x208n, 0x8n], // ISPENDR2
      [1, 0xf24n | second, 0x0200n], // SPENDSGIR1: SGI 5 from vCPU 1
      [2, 0x4n | second, 0x1en], // GICC_PMR
      [2, 0xd0n | second, 0x10n], // GICC_APR0
      [2, 0x0n | second, 0x203n], // GICC_CTLR
      [1, 0x0n, 1n], // GICD_CTLR
    ]
    for (const [group, attr, value] of state) machine.gic.setAttr(group, attr, value)
    const other = moved(machine)
    expect(other.gicVersion).toBe(2)
    expect(other.gic.getAttr(1, 0x100n | second)).toBe(0xfffcn)
    for (const [group, attr, value] of state) {
      if (attr !== (0x180n | second)) expect([attr, other.gic.getAttr(group, attr)]).toEqual([attr, value])
    }
    other.close()
  })

  test('behavior: an ITS has its mappings and pending LPIs in the other machine', () => {
    const machine = build({ gicVersion: 3, its: true })
    const ram = 0x4000_0000n
    const at = (offset: bigint): bigint => ram + 0x20_0000n + offset
    const [config, pending, devices, collections, queue, events] = [
      0n,
      0x2_0000n,
      0x4_0000n,
      0x5_0000n,
      0x6_0000n,
      0x7_0000n,
    ].map(at) as [bigint, bigint, bigint, bigint, bigint, bigint]
    const valid = 1n << 63n
    const { bytes } = machine.memory[0] as { bytes: Uint8Array }
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    const commands = [
      [0x7_0000_0008n, 4n, valid | events, 0n], // MAPD
      [9n, 0n, valid | (1n << 16n) | 3n, 0n], // MAPC
      [0x7_0000_000an, (8200n << 32n) | 2n, 3n, 0n], // MAPTI
      [0x7_0000_0003n, 2n, 0n, 0n], // INT
    ].flat()
    commands.forEach((word, i) => {
      view.setBigUint64(Number(queue - ram) + i * 8, word, true)
    })
    const redistributor = 1n << 32n
    for (const [offset, value] of [
      [0x70n, config | 15n],
      [0x78n, pending],
      [0n, 1n],
    ] as const)
      machine.gic.setAttr(5, redistributor | offset, value)
    for (const [offset, value] of [
      [0x100n, valid | devices],
      [0x108n, valid | collections],
      [0x80n, valid | queue],
      [0n, 1n],
      [0x88n, 0x80n],
    ] as const)
      machine.its?.setAttr(8, offset, value)
    expect(machine.its?.getAttr(8, 0x90n)).toBe(0x80n)

    const other = moved(machine)
    const registers = [0n, 0x80n, 0x88n, 0x90n].map((offset) => other.its?.getAttr(8, offset))
    expect(registers).toEqual([0x8000_0001n, (3n << 59n) | valid | queue, 0x80n, 0x80n])
    expect(other.gic.getAttr(5, redistributor) & 1n).toBe(1n)
    // Saved again, the tables and the pending bit are the same.
    const { pages } = takeSnapshot(other)
    const word = (address: bigint): bigint => {
      const page = pages.addresses.indexOf(Number(address) & ~4095)
      return new DataView(pages.bytes.buffer).getBigUint64(page * 4096 + (Number(address) & 4095), true)
    }
    expect(word(devices + 56n)).toBe(valid | ((events >> 8n) << 5n) | 4n)
    expect(word(events + 16n)).toBe((8200n << 16n) | 3n)
    expect(word(collections)).toBe(valid | (1n << 16n) | 3n)
    expect(word(pending + 8200n / 8n) & 0xffn).toBe(1n)
    other.close()
  })

  test('error: a file that is none', () => {
    const machine = boot(new Console())
    const file = encodeSnapshot(takeSnapshot(machine))
    expect(() => decodeSnapshot(new Uint8Array(10))).toThrow(SnapshotError)
    expect(() => decodeSnapshot(file.subarray(0, file.length / 2))).toThrow(SnapshotError)
  })
})
