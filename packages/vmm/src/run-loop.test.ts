import { coreReg, type VcpuExit } from '@armvisor/uapi'
import { describe, expect, test } from 'vitest'
import { MmioBus } from './bus/mmio-bus.ts'
import { RunLoop, type RunLoopOptions } from './run-loop.ts'
import { FakeKvm, type FakeScript, type FakeVcpu } from './testing/fake-kvm.ts'

const off: VcpuExit = { reason: 'system_event', type: 1, data: [0n] }
const intr: VcpuExit = { reason: 'intr' }

function mmio(address: number, sizeBytes: number, written?: number): VcpuExit & { reason: 'mmio' } {
  const data = new Uint8Array(sizeBytes)
  if (written !== undefined) data[0] = written
  return { reason: 'mmio', physAddr: BigInt(address), data, len: sizeBytes, isWrite: written !== undefined }
}

/** A loop over vCPUs with these scripts and a device at 0x1000 that counts. */
function setUp(scripts: (FakeScript | VcpuExit[])[], options: RunLoopOptions = {}) {
  const kvm = new FakeKvm({
    script: (id) => {
      const script = scripts[id]
      return Array.isArray(script) ? script[Symbol.iterator]() : script
    },
  })
  const vm = kvm.createVm()
  const vcpus = scripts.map((_, id) => {
    const vcpu = vm.createVcpu(id) as FakeVcpu
    vcpu.init(vm.preferredTarget())
    vcpu.setOneReg(coreReg('pc'), Uint8Array.of(0x10, 0x32, 0x54, 0, 0, 0, 0, 0))
    return vcpu
  })
  const written: number[] = []
  const bus = new MmioBus()
  bus.add('counter', 0x1000, 0x1000, {
    read: (offset, sizeBytes) => offset + sizeBytes,
    write: (_offset, _sizeBytes, value) => void written.push(value),
  })
  return { kvm, vcpus, bus, written, loop: new RunLoop(vcpus, bus, options) }
}

describe('RunLoop', () => {
  test.each([
    [1, 'poweroff'],
    [2, 'reset'],
    [3, 'crash'],
  ])('default: system event %i is %s', async (type, reason) => {
    const { loop } = setUp([[{ reason: 'system_event', type, data: [7n] }]])
    expect(await loop.run()).toEqual({ reason, vcpu: 0, data: [7n] })
  })

  test('behavior: device accesses go to the bus; a read is answered in the data of the exit', async () => {
    const read = mmio(0x1010, 4)
    const nobody = mmio(0x9000, 8)
    nobody.data.fill(0xff)
    const { loop, written } = setUp([[mmio(0x1000, 1, 42), read, nobody, mmio(0x1008, 4, 43), off]])
    await loop.run()
    expect(written).toEqual([42, 43])
    expect([...read.data]).toEqual([0x14, 0, 0, 0])
    expect([...nobody.data]).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
  })

  test('behavior: accesses are not awaited; interruptions are', async () => {
    const { loop, vcpus } = setUp([[...Array.from({ length: 500 }, () => mmio(0x1000, 4)), intr, intr, off]])
    await loop.run()
    expect([vcpus[0].runs, vcpus[0].waits]).toEqual([503, 2])
  })

  test('behavior: a guest that polls a device for ever still gives way', async () => {
    function* polls(): FakeScript {
      for (;;) yield mmio(0x1000, 4)
    }
    const { loop, vcpus } = setUp([polls()])
    const run = loop.run()
    await Promise.resolve()
    loop.stop()
    expect(await run).toEqual({ reason: 'stopped', vcpu: undefined, data: [] })
    expect(vcpus[0].waits).toBeGreaterThan(0)
  })

  test('behavior: stop ends the wait of an idle guest, and the run may go on later', async () => {
    const { loop, vcpus } = setUp([[intr]])
    const first = loop.run()
    setTimeout(() => loop.stop(), 1)
    expect(await first).toMatchObject({ reason: 'stopped' })
    expect(vcpus[0].immediateExit).toBe(false)
    const second = loop.run()
    setTimeout(() => loop.stop(), 1)
    expect(await second).toMatchObject({ reason: 'stopped' })
  })

  test('behavior: stop before run ends that run', async () => {
    const { loop } = setUp([[off]])
    loop.stop()
    expect(await loop.run()).toMatchObject({ reason: 'stopped' })
    expect(await loop.run()).toMatchObject({ reason: 'poweroff' })
  })

  test('behavior: stop from a device in the midst of a turn', async () => {
    const { loop, bus, vcpus } = setUp([[mmio(0x3000, 4, 1), off]])
    bus.add('stopper', 0x3000, 4, { read: () => 0, write: () => loop.stop() })
    expect(await loop.run()).toMatchObject({ reason: 'stopped' })
    expect(vcpus[0].runs).toBe(1)
    expect(await loop.run()).toMatchObject({ reason: 'poweroff' })
  })

  test('behavior: several CPUs take turns, and one that powers off ends all', async () => {
    const order: number[] = []
    function* script(id: number): FakeScript {
      for (let i = 0; i < 3; i++) {
        order.push(id)
        yield intr
      }
      if (id === 1) yield off
    }
    const { loop, vcpus } = setUp([script(0), script(1), []])
    expect(await loop.run()).toEqual({ reason: 'poweroff', vcpu: 1, data: [0n] })
    expect(order).toEqual([0, 1, 0, 1, 0, 1])
    expect(vcpus.map(({ immediateExit }) => immediateExit)).toEqual([false, false, false])
  })

  test('behavior: a wake-up event makes the vCPU runnable and is not the end', async () => {
    const { loop, kvm } = setUp([[{ reason: 'system_event', type: 4, data: [] }, off]])
    expect(await loop.run()).toMatchObject({ reason: 'poweroff' })
    expect(kvm.callsOf('vcpu.setMpState')).toEqual([[0, 0]])
  })

  test('behavior: back pressure holds the vCPU, and stop does not wait for it', async () => {
    let release = (): void => {}
    let isHeld = true
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const { loop, vcpus } = setUp([[intr, off]], { backPressure: () => (isHeld ? held : undefined) })
    const run = loop.run()
    await new Promise((resolve) => setTimeout(resolve, 2))
    expect(vcpus[0].runs).toBe(1)
    isHeld = false
    release()
    expect(await run).toMatchObject({ reason: 'poweroff' })

    const stuck = setUp([[intr, off]], { backPressure: () => new Promise(() => {}) })
    const stuckRun = stuck.loop.run()
    await Promise.resolve()
    stuck.loop.stop()
    expect(await stuckRun).toMatchObject({ reason: 'stopped' })
  })

  test('error: exits that nothing can be done about', async () => {
    const messages = await Promise.all(
      (
        [
          { reason: 'arm_nisv', esrIss: 0x47n, faultIpa: 0x900_0000n },
          { reason: 'fail_entry', hardwareEntryFailureReason: 5n, cpu: 0 },
          { reason: 'internal_error', suberror: 1, data: [2n, 3n] },
          { reason: 'system_event', type: 9, data: [] },
          { reason: 'unknown', exitReason: 77 },
          { reason: 'dirty_ring_full' },
        ] satisfies VcpuExit[]
      ).map((exit) =>
        setUp([[exit]])
          .loop.run()
          .then(
            () => 'no error',
            (error: Error) => `${error.name}: ${error.message}`,
          ),
      ),
    )
    expect(messages[0]).toBe(
      'MachineError: CPU 0 stopped with KVM_EXIT_ARM_NISV (access at 0x9000000 by an instruction that its syndrome 0x47 does not describe, PC 0x543210): make the guest use plain loads and stores of one register for devices, and check that the address is right.',
    )
    expect(messages[1]).toContain('KVM_EXIT_FAIL_ENTRY (hardware entry failure reason 0x5, PC 0x543210)')
    expect(messages[2]).toContain('KVM_EXIT_INTERNAL_ERROR (suberror 1, 0x2 0x3, PC')
    expect(messages[3]).toContain('KVM_EXIT_SYSTEM_EVENT (type 9, no data')
    expect(messages[4]).toContain('KVM_EXIT_UNKNOWN (exit reason 77')
    expect(messages[5]).toContain('KVM_EXIT_DIRTY_RING_FULL (which this machine did not ask for')
  })

  test('error: what KVM_RUN throws ends all CPUs and comes out of run', async () => {
    function* failing(): FakeScript {
      yield intr
      throw new Error('KVM_RUN: dead')
    }
    const { loop } = setUp([[intr], failing()])
    await expect(loop.run()).rejects.toThrow('KVM_RUN: dead')
  })

  test('error: two runs at once', async () => {
    const { loop } = setUp([[intr]])
    const run = loop.run()
    await expect(loop.run()).rejects.toThrow(TypeError)
    loop.stop()
    await run
  })
})
