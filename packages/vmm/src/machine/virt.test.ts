import { readFileSync } from 'node:fs'
import { type CoreRegName, coreReg, KVM_CAP_ARM_VM_IPA_SIZE, KvmError, type VcpuExit } from '@armvisor/uapi'
import { describe, expect, test } from 'vitest'
import { decodeFdt, nodeAt } from '../../test/fdt-decode.ts'
import { fdtCells, fdtU64s } from '../boot/fdt/node.ts'
import { encodeImageHeader } from '../boot/image.ts'
import { LoadError } from '../boot/load-error.ts'
import { FakeKvm, type FakeKvmOptions } from '../testing/fake-kvm.ts'
import { MachineError } from './machine-error.ts'
import { createVirtMachine, type VirtConfig } from './virt.ts'

const MiB = 2 ** 20
const GiB = 2 ** 30
const RAM = 0x4000_0000

const kernel = new Uint8Array(8192).fill(0x5a)
kernel.set(encodeImageHeader({ textOffset: 0, imageBytes: 2 * MiB, flags: 0b1010 }))

const off: VcpuExit = { reason: 'system_event', type: 1, data: [0n] }
const access = (physAddr: number, value?: number): VcpuExit & { reason: 'mmio' } => ({
  reason: 'mmio',
  physAddr: BigInt(physAddr),
  data: value === undefined ? new Uint8Array(4) : Uint8Array.of(value, 0, 0, 0),
  len: 4,
  isWrite: value !== undefined,
})

function setUp(config: Partial<VirtConfig> = {}, options: FakeKvmOptions & { exits?: VcpuExit[] } = {}) {
  const kvm = new FakeKvm({
    capabilities: { [KVM_CAP_ARM_VM_IPA_SIZE]: 48 },
    script: () => options.exits?.[Symbol.iterator](),
    ...options,
  })
  const output: number[] = []
  const create = () =>
    createVirtMachine(kvm, {
      memoryBytes: 16 * MiB,
      kernel,
      random: (sizeBytes) => new Uint8Array(sizeBytes).map((_, i) => 0x80 + i),
      console: { write: (byte) => void output.push(byte) },
      clock: { nowMs: () => 1_700_000_000_000, after: () => () => {} },
      ...config,
    })
  return { kvm, output, create }
}

function register(kvm: FakeKvm, name: CoreRegName): bigint {
  return Buffer.from(kvm.vcpus[0].getOneReg(coreReg(name))).readBigUInt64LE()
}

/** The device tree that x0 of the first CPU points to. */
function treeOf(kvm: FakeKvm, memoryBytes = 16 * MiB) {
  const hva = (kvm.callsOf('vm.setUserMemoryRegion')[0][0] as { userspace_addr: bigint }).userspace_addr
  const ram = kvm.memory.bytes(hva, memoryBytes)
  const at = Number(register(kvm, 'x0')) - RAM
  const size = new DataView(ram.buffer, ram.byteOffset + at).getUint32(4)
  return decodeFdt(ram.slice(at, at + size)).root
}

const text = (value: Uint8Array | undefined) => Buffer.from(value ?? []).toString()

describe('createVirtMachine', () => {
  test('default: asks the KVM for memory, GIC and vCPU in an order that Linux accepts', () => {
    const { kvm, create } = setUp()
    create()
    expect(kvm.calls.map(({ call }) => call).filter((call) => call !== 'vcpu.setOneReg')).toEqual([
      'memory.map',
      'createVm',
      'vm.setUserMemoryRegion',
      'vm.createVcpu',
      'vcpu.init',
      'vm.createDevice',
      'device.setAttr',
      'device.setAttr',
      'device.setAttr',
      'device.setAttr',
    ])
    expect(kvm.callsOf('createVm')).toEqual([[0n]])
    expect(kvm.callsOf('vm.setUserMemoryRegion')).toMatchObject([
      [{ slot: 0, flags: 0, guest_phys_addr: 0x4000_0000n, memory_size: BigInt(16 * MiB) }],
    ])
    expect(kvm.callsOf('vcpu.init')).toEqual([[0, { target: 5, features: [4, 0, 0, 0, 0, 0, 0] }]])
    expect(kvm.callsOf('vm.createDevice')).toEqual([[7, 0]])
    expect(kvm.callsOf('device.setAttr')).toEqual([
      [0, 2n, 0x0800_0000n],
      [0, 3n, 0x080a_0000n],
      [3, 0n, 288n],
      [4, 0n, 0n],
    ])
  })

  test('behavior: boot registers', () => {
    const { kvm, create } = setUp()
    const machine = create()
    expect(register(kvm, 'pc')).toBe(0x4000_0000n)
    expect(register(kvm, 'pstate')).toBe(0x3c5n)
    expect(register(kvm, 'x0')).toBe(BigInt(machine.layout!.deviceTreeAddress))
    expect((['x1', 'x2', 'x3'] as const).map((name) => register(kvm, name))).toEqual([0n, 0n, 0n])
  })

  test('args: IPA bits become the machine type', () => {
    const { kvm, create } = setUp({ ipaBits: 36 })
    expect(create().ipaBits).toBe(36)
    expect(kvm.callsOf('createVm')).toEqual([[36n]])
    expect(setUp().create().ipaBits).toBe(40)
  })

  test('args: CPUs beyond the first are powered off; all are in the tree with their affinity', () => {
    const { kvm, create } = setUp({ cpus: 18 })
    create()
    expect(kvm.callsOf('vcpu.init').map(([, init]) => (init as { features: number[] }).features[0])).toEqual([
      4,
      ...new Array(17).fill(5),
    ])
    const cpus = nodeAt(treeOf(kvm), '/cpus').children.map(({ name }) => name)
    expect(cpus.slice(0, 3)).toEqual(['cpu-map', 'cpu@0', 'cpu@1'])
    expect(cpus.slice(-2)).toEqual(['cpu@100', 'cpu@101'])
    expect(nodeAt(treeOf(kvm), '/intc@8000000').properties['reg']).toEqual(
      fdtU64s(0x0800_0000, 0x1_0000, 0x080a_0000, 18 * 0x2_0000),
    )
  })

  test('behavior: command line, initrd, seeds and memory are in the tree', () => {
    const { kvm, create } = setUp({ append: 'console=ttyAMA0', initrd: new Uint8Array(5000).fill(1) })
    const { initrd: disk } = create().layout ?? {}
    const root = treeOf(kvm)
    const { properties } = nodeAt(root, '/chosen')
    expect(text(properties['bootargs'])).toBe('console=ttyAMA0\0')
    expect(properties['linux,initrd-start']).toEqual(fdtU64s(disk!.address))
    expect(properties['linux,initrd-end']).toEqual(fdtU64s(disk!.address + 5000))
    expect([properties['kaslr-seed'].length, properties['rng-seed'].length]).toEqual([8, 32])
    expect(nodeAt(root, '/memory@40000000').properties['reg']).toEqual(fdtU64s(RAM, 16 * MiB))
  })

  test.each([
    ['virt', { gicVersion: 3 }],
    ['virt-gicv3-its', { gicVersion: 3, its: true }],
    ['virt-gicv2', { gicVersion: 2 }],
  ] as const)('behavior: every node is as QEMU writes it in %s, apart from what is listed', (file, gic) => {
    const { kvm, create } = setUp({
      ...gic,
      cpus: 2,
      memoryBytes: 512 * MiB,
      append: 'console=ttyAMA0 root=/dev/ram',
      cpuCompatible: 'arm,cortex-a57',
    })
    create()
    const ours = treeOf(kvm, 512 * MiB)
    const qemu = decodeFdt(readFileSync(new URL(`../../test/fixtures/fdt/${file}.dtb`, import.meta.url))).root
    const differences: string[] = []
    const compare = (path: string): void => {
      const [mine, theirs] = [nodeAt(ours, path).properties, nodeAt(qemu, path).properties]
      for (const name of new Set([...Object.keys(mine), ...Object.keys(theirs)])) {
        if (!Buffer.from(mine[name] ?? 'none').equals(Buffer.from(theirs[name] ?? 'none')))
          differences.push(`${path} ${name}`)
      }
      for (const child of nodeAt(ours, path).children) compare(`${path}/${child.name}`)
    }
    compare('')
    expect(differences.filter((line) => !/ (phandle|clocks|cpu|interrupt-parent)$/.test(line)).sort()).toEqual([
      '/chosen kaslr-seed', // random
      '/chosen rng-seed', // random
      // Only the redistributors that there are.
      ...(gic.gicVersion === 3 ? ['/intc@8000000 reg'] : []),
    ])
    const absent = qemu.children
      .map(({ name }) => name)
      .filter((name) => !ours.children.some((child) => child.name === name))
    expect(absent.filter((name) => !name.startsWith('virtio_mmio')).sort()).toEqual([
      'flash@0',
      'fw-cfg@9020000',
      'gpio-keys',
      'pcie@10000000',
      'pl061@9030000',
      'platform-bus@c000000',
      'pmu',
    ])
  })

  test('behavior: phandles lead to the nodes they name', () => {
    const { kvm, create } = setUp({ cpus: 2 })
    create()
    const root = treeOf(kvm)
    const phandle = (path: string) => nodeAt(root, path).properties['phandle']
    expect(root.properties['interrupt-parent']).toEqual(phandle('/intc@8000000'))
    expect(nodeAt(root, '/pl031@9010000').properties['clocks']).toEqual(phandle('/apb-pclk'))
    expect(nodeAt(root, '/cpus/cpu-map/socket0/cluster0/core1').properties['cpu']).toEqual(phandle('/cpus/cpu@1'))
    const all = ['/intc@8000000', '/apb-pclk', '/cpus/cpu@0', '/cpus/cpu@1'].map((path) => text(phandle(path)))
    expect(new Set(all).size).toBe(4)
    expect(all).not.toContain(text(fdtCells(0)))
  })
})

describe('VirtMachine', () => {
  test('default: prints, reads the time, powers off', async () => {
    const time = access(0x0901_0000)
    const { output, create } = setUp({}, { exits: [access(0x0900_0000, 0x68), access(0x0900_0000, 0x69), time, off] })
    expect(await create().run()).toEqual({ reason: 'poweroff', vcpu: 0, data: [0n] })
    expect(Buffer.from(output).toString()).toBe('hi')
    expect(Buffer.from(time.data).readUInt32LE()).toBe(1_700_000_000)
  })

  test('behavior: input raises SPI 1, and reading it lowers it', async () => {
    const { kvm, create } = setUp(
      {},
      { exits: [access(0x0900_0038, 0x50), { reason: 'intr' }, access(0x0900_0000), off] },
    )
    const machine = create()
    machine.input(Uint8Array.of(0x41))
    expect(kvm.callsOf('vm.irqLine')).toEqual([])
    await machine.run()
    expect(kvm.callsOf('vm.irqLine')).toEqual([
      [(1 << 24) | 33, true],
      [(1 << 24) | 33, false],
    ])
    expect(machine.uart.pendingInputBytes).toBe(0)
  })

  test('behavior: accesses that nobody answers are reported', async () => {
    const seen: number[] = []
    const { create } = setUp(
      { busEvents: { unclaimedRead: (address) => void seen.push(address) } },
      { exits: [access(0x0903_0000), off] },
    )
    await create().run()
    expect(seen).toEqual([0x0903_0000])
  })

  test('behavior: close gives everything back', () => {
    const { kvm, create } = setUp({ cpus: 3 })
    const machine = create()
    expect(kvm.openHandles).toBe(6)
    machine.close()
    machine.close()
    expect(kvm.openHandles).toBe(0)
    expect(kvm.calls.at(-1)?.call).toBe('memory.unmap')
  })
})

describe('bad input', () => {
  function errorOf(config: Partial<VirtConfig>, options: FakeKvmOptions = {}): Error {
    const { kvm, create } = setUp(config, options)
    try {
      create()
    } catch (error) {
      expect(kvm.openHandles).toBe(0)
      return error as Error
    }
    throw new Error('was accepted')
  }

  test('error: memory that does not fit the IPA size', () => {
    expect(errorOf({ ipaBits: 32, memoryBytes: 4 * GiB })).toMatchObject({
      name: 'MachineError',
      fault: { kind: 'memory-beyond-ipa', neededBits: 33, fittingBytes: 3 * GiB },
    })
  })

  test('error: IPA sizes that do not exist or that the host lacks', () => {
    for (const ipaBits of [1, 31, 49, 53, -1, 33.5, Number.NaN]) {
      expect(errorOf({ ipaBits }).message).toBe(
        `An IPA size of ${ipaBits} bits is not possible here: give 0 for the default, or 32 to 48.`,
      )
    }
    expect(errorOf({ ipaBits: 41 }, { capabilities: {} }).message).toContain('32 to 40')
  })

  test('error: a GICv2 has no ITS, and at most 8 CPUs', () => {
    expect(errorOf({ gicVersion: 2, its: true })).toMatchObject({ fault: { kind: 'its-of-gicv2' } })
    expect(errorOf({ gicVersion: 2, cpus: 9 })).toMatchObject({ fault: { kind: 'cpu-count', cpus: 9, limit: 8 } })
  })

  test('error: number of CPUs, length of the command line', () => {
    for (const cpus of [0, 124, 1.5])
      expect(errorOf({ cpus }).message).toBe(`${cpus} CPUs are not possible here: give 1 to 123.`)
    expect(errorOf({ append: 'é'.repeat(1024) }).message).toBe(
      'The kernel command line has 2048 bytes and the kernel takes 2047: shorten it.',
    )
  })

  test('error: a kernel or initrd that cannot be loaded, with nothing left behind', () => {
    expect(errorOf({ kernel: new Uint8Array(10) })).toBeInstanceOf(LoadError)
    expect(errorOf({ memoryBytes: MiB })).toMatchObject({ fault: { kind: 'too-large', item: 'kernel' } })
    expect(errorOf({ initrd: new Uint8Array(15 * MiB) })).toMatchObject({
      fault: { kind: 'too-large', item: 'initrd' },
    })
  })

  test('error: no memory, no GICv3, any other refusal', () => {
    expect(errorOf({}, { memoryLimitBytes: MiB })).toMatchObject({
      message: '16 MiB of guest memory cannot be had from this host: give the guest less memory.',
      fault: { kind: 'memory-unavailable' },
    })
    const enodev = new KvmError({ code: 'ENODEV', call: 'KVM_CREATE_DEVICE', problem: 'no such device' })
    expect(errorOf({}, { failing: { call: 'vm.createDevice', error: enodev } })).toBeInstanceOf(MachineError)
    const einval = new KvmError({ code: 'EINVAL', call: 'KVM_SET_DEVICE_ATTR', problem: 'misaligned' })
    for (const call of [
      'createVm',
      'vm.setUserMemoryRegion',
      'vm.createVcpu',
      'vcpu.init',
      'device.setAttr',
      'vcpu.setOneReg',
    ]) {
      expect(errorOf({}, { failing: { call, error: einval } })).toBe(einval)
    }
  })
})
