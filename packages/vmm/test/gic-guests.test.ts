/** Bare-metal guests on the real CPU: interrupts through a GICv2, and LPIs through an ITS and its tables in guest memory. */

import { assemble } from '@armvisor/cpu'
import {
  coreReg,
  type Device,
  KVM_DEV_ARM_ITS_CTRL_RESET,
  KVM_DEV_ARM_ITS_RESTORE_TABLES,
  KVM_DEV_ARM_ITS_SAVE_TABLES,
  KVM_DEV_ARM_VGIC_CTRL_INIT,
  KVM_DEV_ARM_VGIC_GRP_ADDR,
  KVM_DEV_ARM_VGIC_GRP_CTRL,
  KVM_DEV_ARM_VGIC_GRP_ITS_REGS,
  KVM_DEV_TYPE_ARM_VGIC_ITS,
  KVM_DEV_TYPE_ARM_VGIC_V2,
  KVM_DEV_TYPE_ARM_VGIC_V3,
  type Kvm,
  type Vcpu,
} from '@armvisor/uapi'
import { beforeEach, describe, expect, test } from 'vitest'
import { createKvm } from '../src/kernel/kvm.ts'
import type { KernelVm } from '../src/kernel/vm.ts'
import { FakeHost } from './fake-cpu.ts'

const RAM = 0x4000_0000
const RAM_BYTES = 0x20_0000
/** The guest keeps what it acknowledged here. */
const RESULTS = 0x8000
const CTRL = KVM_DEV_ARM_VGIC_GRP_CTRL

let kvm: Kvm
let vm: KernelVm
let ram: DataView

beforeEach(() => {
  kvm = createKvm({ memoryBytes: 64 << 20, host: new FakeHost() })
  vm = kvm.createVm() as KernelVm
  const hva = kvm.memory.map(RAM_BYTES)
  vm.setUserMemoryRegion({
    slot: 0,
    flags: 0,
    guest_phys_addr: BigInt(RAM),
    memory_size: BigInt(RAM_BYTES),
    userspace_addr: hva,
  })
  const bytes = kvm.memory.bytes(hva, RAM_BYTES)
  ram = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
})

function makeVcpu(id: number, program: string): Vcpu {
  const entry = RAM + id * 0x1000
  const { bytes } = assemble(program, { base: BigInt(entry) })
  bytes.forEach((byte, i) => {
    ram.setUint8(entry - RAM + i, byte)
  })
  const vcpu = vm.createVcpu(id)
  vcpu.init({ target: 5, features: [4] })
  const pc = new Uint8Array(8)
  new DataView(pc.buffer).setBigUint64(0, BigInt(entry), true)
  vcpu.setOneReg(coreReg('pc'), pc)
  return vcpu
}

/** Runs until the guest powers off; `store` is told what it stores to its device. */
function run(vcpu: Vcpu, store: (value: number) => void): void {
  for (let exits = 0; exits < 1000; exits++) {
    const exit = vcpu.run()
    if (exit.reason === 'mmio' && exit.isWrite) store(exit.data[0] ?? 0)
    else if (exit.reason === 'system_event') return
    else if (exit.reason !== 'intr') throw new Error(`unexpected exit ${exit.reason}`)
  }
  throw new Error('the guest never ends')
}

function results(count: number, at = RESULTS): number[] {
  return Array.from({ length: count }, (_, i) => ram.getUint32(at + i * 4, true))
}

const off = 'mov w0, #0x84000000\n movk w0, #8\n hvc #0'
/** IRQ from EL1 with its own stack is at 0x280. */
const vectors = (handler: string): string => `.p2align 11\n vectors: .space 0x280\n ${handler}`

describe('GICv2', () => {
  const setUp = `
    adr x0, vectors
    msr vbar_el1, x0
    mov x20, #0x08000000
    mov x21, #0x08010000
    mov x22, #0x09000000
    mov x19, #${RAM}
    mov w1, #1
    str w1, [x20]
    mov w2, #0xf8
    str w2, [x21, #4]
    str w1, [x21]`
  const handler = vectors(`
    ldr w10, [x21, #0xc]
    ldr w11, [x21, #0x14]
    str w10, [x19], #4
    str w11, [x19], #4
    cmp w10, #27
    b.ne notTimer
    msr cntv_ctl_el0, xzr
    notTimer: cmp w10, #40
    b.ne ended
    str wzr, [x22]
    ended: str w10, [x21, #0x10]
    eret`)

  function makeGic(): Device {
    const gic = vm.createDevice(KVM_DEV_TYPE_ARM_VGIC_V2)
    gic.setAttr(KVM_DEV_ARM_VGIC_GRP_ADDR, 0n, 0x0800_0000n)
    gic.setAttr(KVM_DEV_ARM_VGIC_GRP_ADDR, 1n, 0x0801_0000n)
    return gic
  }

  test('default: an SGI, the timer and a device interrupt a guest, which acknowledges and ends each', () => {
    const vcpu = makeVcpu(
      0,
      `${setUp}
      add x19, x19, #${RESULTS}
      mov w2, #0x08000000
      str w2, [x20, #0x100]
      mov w2, #0x100
      str w2, [x20, #0x104]
      mov w2, #0x50
      strb w2, [x20, #0x41b]
      mov w2, #0x60
      strb w2, [x20, #0x428]
      strb w1, [x20, #0x828]
      msr daifclr, #2
      mov w2, #0x02000000
      add w2, w2, #5
      str w2, [x20, #0xf00]
      mov x3, #1
      msr cntv_tval_el0, xzr
      msr cntv_ctl_el0, x3
      timer: mrs x4, cntv_ctl_el0
      cbnz x4, timer
      str w1, [x22]
      nop
      ldr w5, [x21, #0x14]
      str w5, [x19]
      ${off}
      ${handler}`,
    )
    // Not initialised by CTRL_INIT: the first run does it.
    makeGic()
    run(vcpu, (value) => vm.irqLine((1 << 24) | 40, value === 1))
    expect(results(7)).toEqual([5, 0, 27, 0x50, 40, 0x60, 0xff])
  })

  test('behavior: SGIs of several senders come one after another, each with its source', () => {
    const receive = (count: number): string => `
      mov w6, #${count}
      again: ldr w10, [x21, #0xc]
      str w10, [x19], #4
      str w10, [x21, #0x10]
      subs w6, w6, #1
      b.ne again
      ${off}\n .p2align 11\n vectors: nop`
    const first = makeVcpu(0, `${setUp}\n add x19, x19, #${RESULTS}\n ${receive(4)}`)
    const send = (filterAndTargets: string): string => `${setUp}
      mov w2, #${filterAndTargets}
      add w2, w2, #3
      str w2, [x20, #0xf00]
      str w1, [x22]
      .p2align 11
      vectors: nop`
    const [toFirst, toAllOthers] = [makeVcpu(1, send('0x00010000')), makeVcpu(2, send('0x01000000'))]
    const gic = makeGic()
    gic.setAttr(CTRL, BigInt(KVM_DEV_ARM_VGIC_CTRL_INIT), 0n)
    for (const sender of [toFirst, toAllOthers]) expect(sender.run().reason).toBe('mmio')
    // GICD_SPENDSGIR0 of each vCPU: SGI 3 from vCPUs 1 and 2.
    expect(gic.getAttr(1, 0xf20n)).toBe(0x0600_0000n)
    expect(gic.getAttr(1, (1n << 32n) | 0xf20n)).toBe(0x0400_0000n)
    run(first, () => {})
    expect(results(4)).toEqual([3 | (1 << 10), 3 | (2 << 10), 1023, 1023])
  })

  test('behavior: its guest finds the system registers of a GICv3 off', () => {
    // ICC_SRE_EL1 reads as zero, ICC_PMR_EL1 is UNDEFINED: an exception from the current EL, at 0x200.
    const vcpu = makeVcpu(
      0,
      `${setUp}
      add x19, x19, #${RESULTS}
      mov x4, #7
      mrs x4, s3_0_c12_c12_5
      str w4, [x19]
      mrs x5, s3_0_c4_c6_0
      ${off}
      .p2align 11
      vectors: .space 0x200
      mrs x4, esr_el1
      lsr x4, x4, #26
      add x4, x4, #0x100
      str w4, [x19, #4]
      ${off}`,
    )
    makeGic()
    run(vcpu, () => {})
    expect(results(2)).toEqual([0, 0x100])
  })
})

describe('ITS', () => {
  const config = 0x10_0000
  const devices = 0x12_0000
  const collections = 0x13_0000
  const queue = 0x14_0000
  const events = 0x15_0000
  const valid = 1n << 63n
  const lpi = 8200
  const doorbell = { address: 0x0809_0040n, data: 2, deviceId: 7 }

  const program = `
    adr x0, vectors
    msr vbar_el1, x0
    mov x20, #0x08000000
    mov x21, #0x080a0000
    mov x23, #0x08080000
    mov x22, #0x09000000
    mov x24, #${RAM}
    add x19, x24, #${RESULTS}
    mov w1, #2
    str w1, [x20]
    mov x1, #0xf8
    msr s3_0_c4_c6_0, x1
    mov x1, #1
    msr s3_0_c12_c12_7, x1
    // GICR_PROPBASER with 16 bits of INTID, GICR_PENDBASER, EnableLPIs.
    add x2, x24, #0x100, lsl #12
    add x3, x2, #15
    str x3, [x21, #0x70]
    add x3, x2, #0x10, lsl #12
    str x3, [x21, #0x78]
    str w1, [x21]
    // Priority and enable bit of the LPI.
    mov w3, #0xa1
    strb w3, [x2, #8]
    // GITS_BASER0 and 1, GITS_CBASER, GITS_CTLR.
    mov x4, #0x8000000000000000
    add x3, x2, #0x20, lsl #12
    orr x3, x3, x4
    str x3, [x23, #0x100]
    add x3, x2, #0x30, lsl #12
    orr x3, x3, x4
    str x3, [x23, #0x108]
    add x5, x2, #0x40, lsl #12
    orr x3, x5, x4
    str x3, [x23, #0x80]
    str w1, [x23]
    msr daifclr, #2
    // MAPD, MAPC, MAPTI, INV, INT: 160 bytes.
    adr x6, commands
    mov w7, #20
    copy: ldr x8, [x6], #8
    str x8, [x5], #8
    subs w7, w7, #1
    b.ne copy
    mov x7, #160
    str x7, [x23, #0x88]
    nop
    str w1, [x22]
    nop
    ldr x7, [x23, #0x90]
    str w7, [x19]
    ${off}
    .p2align 3
    commands:
    .quad 0x700000008, 4, 0x8000000040150000, 0
    .quad 9, 0, 0x8000000000000003, 0
    .quad 0x70000000a, 0x200800000002, 3, 0
    .quad 0x70000000c, 2, 0, 0
    .quad 0x700000003, 2, 0, 0
    ${vectors(`
    mrs x10, s3_0_c12_c12_0
    mrs x11, s3_0_c12_c11_3
    str w10, [x19], #4
    str w11, [x19], #4
    msr s3_0_c12_c12_1, x10
    eret`)}`

  let gic: Device
  let its: Device
  let vcpu: Vcpu
  const itsRegister = (offset: number): bigint => its.getAttr(KVM_DEV_ARM_VGIC_GRP_ITS_REGS, BigInt(offset))
  const setItsRegister = (offset: number, value: bigint): void =>
    its.setAttr(KVM_DEV_ARM_VGIC_GRP_ITS_REGS, BigInt(offset), value)

  beforeEach(() => {
    vcpu = makeVcpu(0, program)
    gic = vm.createDevice(KVM_DEV_TYPE_ARM_VGIC_V3)
    gic.setAttr(KVM_DEV_ARM_VGIC_GRP_ADDR, 2n, 0x0800_0000n)
    gic.setAttr(KVM_DEV_ARM_VGIC_GRP_ADDR, 3n, 0x080a_0000n)
    its = vm.createDevice(KVM_DEV_TYPE_ARM_VGIC_ITS)
    its.setAttr(KVM_DEV_ARM_VGIC_GRP_ADDR, 4n, 0x0808_0000n)
    its.setAttr(CTRL, BigInt(KVM_DEV_ARM_VGIC_CTRL_INIT), 0n)
    gic.setAttr(CTRL, BigInt(KVM_DEV_ARM_VGIC_CTRL_INIT), 0n)
  })

  test('default: INT and a message make the mapped LPI pending; it has a priority and no active state', () => {
    const sent: boolean[] = []
    run(vcpu, () => sent.push(vm.signalMsi(doorbell)))
    expect(sent).toEqual([true])
    expect(results(5)).toEqual([lpi, 0xa0, lpi, 0xa0, 160])
  })

  test('behavior: a GSI that is routed to the doorbell sends the message when its level rises', () => {
    const message = { address_lo: 0x0809_0040, address_hi: 0, data: 2, devid: 7 }
    vm.routing.set([{ gsi: 9, type: 2, flags: 1, u: { irqchip: { irqchip: 0, pin: 0 }, msi: message } }])
    run(vcpu, () => {
      vm.routing.setLevel(9, true)
      vm.routing.setLevel(9, false)
    })
    expect(results(5)).toEqual([lpi, 0xa0, lpi, 0xa0, 160])
  })

  test('behavior: tables are saved in the layout of KVM, and restored', () => {
    run(vcpu, () => {})
    expect(vm.signalMsi(doorbell)).toBe(true)
    its.setAttr(CTRL, BigInt(KVM_DEV_ARM_ITS_SAVE_TABLES), 0n)
    gic.setAttr(CTRL, 3n, 0n)
    expect(ram.getBigUint64(devices + 7 * 8, true)).toBe(valid | ((BigInt(RAM + events) >> 8n) << 5n) | 4n)
    expect(ram.getBigUint64(events + 2 * 8, true)).toBe((BigInt(lpi) << 16n) | 3n)
    expect(ram.getBigUint64(collections, true)).toBe(valid | 3n)
    expect(ram.getBigUint64(collections + 8, true)).toBe(0n)
    expect(ram.getUint8(0x11_0000 + lpi / 8)).toBe(1 << (lpi % 8))

    const [cbaser, cwriter, creadr, baser0, baser1] = [0x80, 0x88, 0x90, 0x100, 0x108].map(itsRegister) as [
      bigint,
      bigint,
      bigint,
      bigint,
      bigint,
    ]
    expect(Number(baser0 & 0xffff_ffff_0000n)).toBe(RAM + devices)
    expect(Number(cbaser & 0xffff_ffff_0000n)).toBe(RAM + queue)
    its.setAttr(CTRL, BigInt(KVM_DEV_ARM_ITS_CTRL_RESET), 0n)
    expect(() => vm.signalMsi(doorbell)).toThrow('EBUSY')
    setItsRegister(0x100, baser0)
    setItsRegister(0x108, baser1)
    its.setAttr(CTRL, BigInt(KVM_DEV_ARM_ITS_RESTORE_TABLES), 0n)
    setItsRegister(0x80, cbaser)
    setItsRegister(0x90, creadr)
    setItsRegister(0x88, cwriter)
    setItsRegister(0, 1n)
    // What was pending came from the table, and its bit there is consumed.
    expect(ram.getUint8(0x11_0000 + lpi / 8)).toBe(0)
    expect(vm.vgic?.lpis.bank.latch[lpi - 8192]).toBe(1)
    expect(vm.signalMsi(doorbell)).toBe(true)
    expect(vm.signalMsi({ ...doorbell, data: 3 })).toBe(false)
  })

  test('behavior: the distributor and the redistributor tell of LPIs', () => {
    expect(gic.getAttr(1, 4n)).toBe(0x7a0007n)
    expect(gic.getAttr(5, 8n) & 1n).toBe(1n)
    expect(gic.getAttr(5, 0x78n)).toBe(0x580n)
    expect(ram.getUint8(config)).toBe(0)
  })
})
