/** What is measured: each row makes its guest and says how one run goes. */

import {
  encodeStruct,
  KVM_GET_DIRTY_LOG,
  KVM_IOEVENTFD,
  KVM_IRQFD,
  KVM_MEM_LOG_DIRTY_PAGES,
  kvm_dirty_log,
  kvm_ioeventfd,
  kvm_irqfd,
} from '@armvisor/uapi'
import { BenchError } from '../harness/errors.ts'
import { at, Guest } from './guest.ts'

/** One run: what was done, and in how long. */
interface ExitRun {
  readonly count: number
  readonly ms: number
}

/** A row of the table. */
interface ExitRow {
  readonly name: string
  readonly title: string
  /** What is printed: how often a second, or milliseconds of one. */
  readonly unit: 'a second' | 'ms'
  /** Makes the guest; what is returned makes one run of about the given number of milliseconds. */
  readonly prepare: () => (ms: number) => ExitRun
}

/** What a guest does between two exits, where it does not leave for each. */
const BATCH = 1000

/** Repeats something until the time is up. */
function repeat(ms: number, perCall: number, call: () => void): ExitRun {
  const start = performance.now()
  let count = 0
  let now = start
  while (now - start < ms) {
    for (let i = 0; i < 10; i++) call()
    count += 10 * perCall
    now = performance.now()
  }
  return { count, ms: now - start }
}

/** A guest that does something in batches, and tells of each batch by MMIO. */
function batches(insns: string): string {
  return `
    mov x1, #${at.mmio}
    mov x2, #${at.doorbell}
  again: mov x19, #${BATCH}
  loop: ${insns}
    subs x19, x19, #1
    b.ne loop
    str w19, [x1]
    b again`
}

function mmio(insn: string): () => (ms: number) => ExitRun {
  return () => {
    const guest = new Guest(`mov x1, #${at.mmio}\nagain: ${insn}\nb again`)
    return (ms) => repeat(ms, 1, () => guest.next())
  }
}

function prepareHypercalls(): (ms: number) => ExitRun {
  // PSCI_VERSION.
  const guest = new Guest(batches('mov w0, #0x84000000\nhvc #0'))
  return (ms) => repeat(ms, BATCH, () => guest.next())
}

function readCount(guest: Guest, event: ReturnType<Guest['process']['eventfd']>): number {
  const address = guest.put(new Uint8Array(8))
  event.read(address, 8)
  const bytes = guest.process.memory.bytes(address, 8)
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
}

function prepareIoEventFd(): (ms: number) => ExitRun {
  const guest = new Guest(batches('str w19, [x2]'))
  const event = guest.process.eventfd()
  const request = { addr: BigInt(at.doorbell), len: 4, fd: event.fd }
  guest.vm.ioctl(KVM_IOEVENTFD, guest.put(encodeStruct(kvm_ioeventfd, request)))
  return (ms) =>
    repeat(ms, BATCH, () => {
      guest.next()
      const kicks = readCount(guest, event)
      if (kicks !== BATCH) throw new BenchError(`${kicks} of ${BATCH} kicks arrived`)
    })
}

function prepareIrqFd(): (ms: number) => ExitRun {
  const guest = new Guest(`
    adr x0, vectors
    msr vbar_el1, x0
    mov x1, #${at.mmio}
    mov x0, #0xff
    msr s3_0_c4_c6_0, x0
    mov x0, #1
    msr s3_0_c12_c12_7, x0
    isb
    msr daifclr, #2
    str wzr, [x1]
  wait: wfi
    b wait
  .p2align 11
  vectors: .space 0x280
    mrs x0, s3_0_c12_c12_0
    msr s3_0_c12_c12_1, x0
    str w0, [x1]
    eret`)
  guest.makeGic()
  const event = guest.process.eventfd()
  guest.vm.ioctl(KVM_IRQFD, guest.put(encodeStruct(kvm_irqfd, { fd: event.fd, gsi: 5 })))
  guest.next()
  const one = new Uint8Array(BigUint64Array.of(1n).buffer)
  return (ms) =>
    repeat(ms, 1, () => {
      event.write(guest.put(one), 8)
      const intid = guest.next()
      if (intid !== 37) throw new BenchError(`the guest took interrupt ${intid}, not 37`)
    })
}

/** A guest that writes to each page of a range, tells when it is through, and begins anew. */
function toucher(sizeBytes: number): string {
  return `
    mov x1, #${at.mmio}
  again: mov x2, #${at.data}
    mov x3, #${sizeBytes}
    add x3, x2, x3
  loop: str x2, [x2]
    add x2, x2, #1, lsl #12
    cmp x2, x3
    b.ne loop
    str w2, [x1]
    b again`
}

function prepareFaults(): (ms: number) => ExitRun {
  const sizeBytes = 256 << 20
  const guest = new Guest(toucher(sizeBytes), sizeBytes + (8 << 20))
  // Not aligned to a block, so that every page has its own fault.
  const address = guest.process.memory.map(sizeBytes + 4096) + 4096n
  const pages = sizeBytes / 4096
  return () => {
    guest.setSlot({ slot: 1, gpa: at.data, sizeBytes, address })
    const start = performance.now()
    guest.next()
    const ms = performance.now() - start
    guest.setSlot({ slot: 1, gpa: at.data, sizeBytes: 0, address })
    return { count: pages, ms }
  }
}

function prepareHarvest(): (ms: number) => ExitRun {
  const sizeBytes = 2 ** 30
  const guest = new Guest(toucher(sizeBytes), sizeBytes + (32 << 20))
  const { memory } = guest.process
  const address = memory.map(sizeBytes)
  const bitmapBytes = sizeBytes / 4096 / 8
  const bitmap = memory.map(bitmapBytes)
  guest.setSlot({ slot: 1, gpa: at.data, sizeBytes, address, flags: KVM_MEM_LOG_DIRTY_PAGES })
  return () => {
    guest.next()
    const request = guest.put(encodeStruct(kvm_dirty_log, { slot: 1, dirty_bitmap: bitmap }))
    const start = performance.now()
    guest.vm.ioctl(KVM_GET_DIRTY_LOG, request)
    const ms = performance.now() - start
    if (memory.bytes(bitmap, bitmapBytes).some((byte) => byte !== 0xff)) throw new BenchError('a page is not dirty')
    return { count: 1, ms }
  }
}

/** The rows. */
export const exitRows: readonly ExitRow[] = [
  { name: 'mmio-write', title: 'MMIO write: exit, return', unit: 'a second', prepare: mmio('str w0, [x1]') },
  { name: 'mmio-read', title: 'MMIO read: exit, return', unit: 'a second', prepare: mmio('ldr w0, [x1]') },
  { name: 'hypercall', title: 'HVC answered in the kernel', unit: 'a second', prepare: prepareHypercalls },
  { name: 'ioeventfd', title: 'ioeventfd kick', unit: 'a second', prepare: prepareIoEventFd },
  { name: 'irqfd', title: 'irqfd: taken, told by MMIO', unit: 'a second', prepare: prepareIrqFd },
  { name: 'fault', title: 'stage-2 fault of a 4K page', unit: 'a second', prepare: prepareFaults },
  { name: 'dirty-log', title: 'dirty log of 1 GiB, all written', unit: 'ms', prepare: prepareHarvest },
]
