/** What counts as an instruction where the hypervisor is in between: stage-2 faults, device accesses, hypercalls. On the real CPU. */

import { assemble, type JitOptions } from '@armvisor/cpu'
import { coreReg } from '@armvisor/uapi'
import { describe, expect, test } from 'vitest'
import { InstructionClock } from '../src/kernel/instruction-clock.ts'
import { createKvm } from '../src/kernel/kvm.ts'
import { FakeHost } from './fake-cpu.ts'

const RAM = 0x4000_0000
const RAM_BYTES = 0x40_0000
const DEVICE = 0x900_0000

/** Instructions that a guest executes until it powers off; its exits to a device are answered with 7. */
function count(program: string, jit: JitOptions | undefined): number {
  const icount = new InstructionClock()
  const kvm = createKvm({ memoryBytes: 64 << 20, host: new FakeHost(), icount, ...(jit && { jit }) })
  const vm = kvm.createVm()
  // Two pages apart of 2 MiB, so that each fault maps a page and not a block.
  const ram = kvm.memory.map(RAM_BYTES + 0x1000)
  vm.setUserMemoryRegion({
    slot: 0,
    flags: 0,
    guest_phys_addr: BigInt(RAM),
    memory_size: BigInt(RAM_BYTES),
    userspace_addr: ram + 0x1000n,
  })
  const { bytes } = assemble(program, { base: BigInt(RAM) })
  kvm.memory.bytes(ram + 0x1000n, bytes.length).set(bytes)
  const vcpu = vm.createVcpu(0)
  vcpu.init({ target: 5, features: [4] })
  const pc = new Uint8Array(8)
  new DataView(pc.buffer).setBigUint64(0, BigInt(RAM), true)
  vcpu.setOneReg(coreReg('pc'), pc)
  for (;;) {
    const exit = vcpu.run()
    if (exit.reason === 'mmio') exit.data.fill(7, 0, exit.isWrite ? 0 : 1)
    else if (exit.reason === 'system_event') return icount.instructions
    else if (exit.reason !== 'intr') throw new Error(`unexpected exit ${exit.reason}`)
  }
}

const off = 'mov w0, #0x84000000\n movk w0, #8\n hvc #0'
const offInsns = 3

describe.each([
  ['interpreted', undefined],
  ['translated at once', { threshold: 1, batch: 1 }],
  ['translated after a while', { threshold: 5, batch: 1 }],
] as const)('%s', (_, jit) => {
  test('behavior: an access that is emulated counts once', () => {
    const device = `mov x1, #${DEVICE}\n mov x2, #20\n loop: ldr w3, [x1]\n str w3, [x1, #4]\n subs x2, x2, #1\n b.ne loop`
    expect(count(`${device}\n ${off}`, jit)).toBe(2 + 20 * 4 + offInsns)
  })

  test('behavior: an access counts again after a stage-2 fault was mended, a fetch does not', () => {
    // 16 fresh pages are stored to; the program's own page was faulted in by its fetch.
    const pages = `mov x1, #${RAM}\n mov x2, #16\n loop: add x1, x1, #1, lsl #12\n str x2, [x1]\n ldr x3, [x1, #8]\n subs x2, x2, #1\n b.ne loop`
    expect(count(`${pages}\n ${off}`, jit)).toBe(2 + 16 * (5 + 1) + offInsns)
  })

  test('behavior: a hypercall counts once', () => {
    // PSCI_VERSION.
    const calls = 'mov x9, #30\n loop: mov w0, #0x84000000\n hvc #0\n subs x9, x9, #1\n b.ne loop'
    expect(count(`${calls}\n ${off}`, jit)).toBe(1 + 30 * 4 + offInsns)
  })
})
