/** A machine's whole state, taken and put back through its handles. */

import type { Vcpu } from '@armvisor/uapi'
import type { Pl011State } from '../devices/pl011/index.ts'
import type { Pl031State } from '../devices/pl031/index.ts'
import { readMpidr } from './boot-vcpu.ts'
import { readGicv2 } from './gicv2-state.ts'
import { type ItsState, readIts, writeIts } from './its-state.ts'
import { MachineError } from './machine-error.ts'
import { type GicVersion, interruptCount } from './vgic.ts'
import { readVgic, type VgicState, writeVgic } from './vgic-state.ts'
import type { GuestMemory, VirtMachine } from './virt.ts'

/** A page of guest memory. */
const pageBytes = 4096

/** A vCPU: every register of `KVM_GET_REG_LIST`, and its `KVM_GET_MP_STATE`. */
export interface VcpuSnapshot {
  readonly registers: readonly (readonly [id: bigint, value: Uint8Array])[]
  readonly mpState: number
}

/** A machine that stands still. */
export interface MachineSnapshot {
  /** log2 of the IPA space as it was asked for: 0 for the default. */
  readonly ipaBits: number
  readonly memoryBytes: number
  readonly vcpus: readonly VcpuSnapshot[]
  /** Missing where it is 3. */
  readonly gicVersion?: GicVersion
  readonly vgic: VgicState
  /** Missing where there is no ITS. */
  readonly its?: ItsState
  readonly uart: Pl011State
  readonly rtc: Pl031State
  /** Guest physical addresses of the pages that are not all zero, ascending, and their bytes one after another. */
  readonly pages: { readonly addresses: Float64Array; readonly bytes: Uint8Array }
}

/**
 * Takes a snapshot of a machine that does not run: before its first `run`, or after `stop` was answered by `stopped`. The machine
 * may go on afterwards.
 *
 * The exclusive monitors are not part of it: an exclusive store after a restore fails once, as after any interrupt.
 *
 * @throws `KvmError`
 */
export function takeSnapshot(machine: VirtMachine): MachineSnapshot {
  const { gic, gicVersion, its } = machine
  for (const vcpu of machine.vcpus) settle(vcpu)
  return {
    ipaBits: machine.ipaBits,
    memoryBytes: machine.memory[0]?.bytes.length ?? 0,
    vcpus: machine.vcpus.map((vcpu) => ({
      registers: vcpu.getRegList().map((id) => [id, vcpu.getOneReg(id)] as const),
      mpState: vcpu.getMpState(),
    })),
    gicVersion,
    vgic:
      gicVersion === 2
        ? readGicv2(gic, machine.vcpus.length, interruptCount)
        : readVgic(gic, machine.vcpus.map(readMpidr), interruptCount),
    // The tables that this writes are part of the pages below.
    ...(its && { its: readIts(gic, its) }),
    uart: machine.uart.state(),
    rtc: machine.rtc.state(),
    pages: usedPages(machine.memory),
  }
}

/** Lets a device access that is under way reach its end. */
function settle(vcpu: Vcpu): void {
  vcpu.immediateExit = true
  vcpu.run()
  vcpu.immediateExit = false
}

function usedPages(memory: readonly GuestMemory[]): MachineSnapshot['pages'] {
  const addresses: number[] = []
  const parts: Uint8Array[] = []
  for (const { base, bytes } of memory) {
    for (let at = 0; at < bytes.length; at += pageBytes) {
      const page = bytes.subarray(at, at + pageBytes)
      if (isZero(page)) continue
      addresses.push(base + at)
      parts.push(page)
    }
  }
  const bytes = new Uint8Array(parts.length * pageBytes)
  parts.forEach((part, i) => {
    bytes.set(part, i * pageBytes)
  })
  return { addresses: Float64Array.from(addresses), bytes }
}

function isZero(page: Uint8Array): boolean {
  const words = new Int32Array(page.buffer, page.byteOffset, page.length / 4)
  for (let i = 0; i < words.length; i++) if (words[i] !== 0) return false
  return true
}

/**
 * Puts a snapshot's vCPUs, interrupt controller and memory into a machine that was just built for it.
 *
 * @throws {@link MachineError} snapshot-memory, `KvmError`
 */
export function putSnapshot(machine: VirtMachine, snapshot: MachineSnapshot): void {
  const { addresses, bytes } = snapshot.pages
  addresses.forEach((address, i) => {
    const region = machine.memory.find((it) => address >= it.base && address < it.base + it.bytes.length)
    if (region === undefined) throw new MachineError({ kind: 'snapshot-memory', address })
    region.bytes.set(bytes.subarray(i * pageBytes, (i + 1) * pageBytes), address - region.base)
  })
  snapshot.vcpus.forEach(({ registers, mpState }, i) => {
    const vcpu = machine.vcpus[i] as Vcpu
    for (const [id, value] of registers) vcpu.setOneReg(id, value)
    vcpu.setMpState(mpState)
  })
  writeVgic(machine.gic, snapshot.vgic)
  if (machine.its !== undefined && snapshot.its !== undefined) writeIts(machine.its, snapshot.its)
}
