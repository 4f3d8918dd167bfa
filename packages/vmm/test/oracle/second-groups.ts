/** The second recording program: dirty rings, CPU inputs, redistributors, order of initialisation, MPIDR. */

import {
  KVM_DIRTY_LOG_PAGE_OFFSET,
  KVM_GET_DIRTY_LOG,
  KVM_RESET_DIRTY_RINGS,
  KVM_RUN,
  kvm_dirty_log,
  kvm_run,
  offsetOfField,
} from '@armvisor/uapi'
import { MAP_PRIVATE, MAP_SHARED, PROT_EXEC, PROT_READ, PROT_WRITE } from '../../src/index.ts'
import { irqLine } from './device-groups.ts'
import { enableCap } from './memory-groups.ts'
import { type CallResult, CORE, chex, type GuestContext, PCID, type Probe, RAM, SYSR } from './probe.ts'

const logged = 0x50000000n
const loggedPages = 2000n
const entryBytes = 16
/** Bytes of the guests' RAM. */
const ramBytes = 0x400000n

/** The function `all` of the second program. */
export function second(probe: Probe): void {
  probe.grp = 'ring2'
  for (const size of [512n, 1024n, 2048n, 4096n, 8192n, 16384n, 65536n, 1048576n, 2097152n]) {
    const vm = probe.mkvm(0n)
    probe.J(enableCap(probe, vm, 223, size), `ACQ_REL ${size}`)
    probe.close(vm)
  }
  for (const withBitmap of [0, 1]) ring(probe, withBitmap)
  cpuInputs(probe)
  redistributors(probe)
  for (const mode of [0, 1, 2]) runOrder(probe, mode)
  mpidr(probe)
}

/** A VM with RAM and one vCPU, without a program. */
function bare(probe: Probe, program: string, before: (vm: number) => void): GuestContext {
  const vm = probe.mkvm(0n)
  before(vm)
  const mem = probe.amem(ramBytes)
  probe.load(mem, program)
  probe.slot(vm, 0, 0, RAM, ramBytes, mem)
  const vc = probe.vcpu(vm, 0)
  const run = probe.process.fd(vc).mmap(Number(probe.PG) * 2)
  return { vm, vc, run, mem }
}

function ring(probe: Probe, withBitmap: number): void {
  const { PG } = probe
  const page = Number(PG)
  const vm = probe.mkvm(0n)
  probe.J(enableCap(probe, vm, 223, PG), 'ring PG bytes')
  if (withBitmap === 1) probe.J(enableCap(probe, vm, 225), 'WITH_BITMAP')
  const mem = probe.amem(ramBytes)
  probe.slot(vm, 0, 0, RAM, ramBytes, mem)
  const r = probe.amem(PG * loggedPages)
  probe.J(probe.slot(vm, 1, 1, logged, PG * loggedPages, r), 'log slot')
  const vc = probe.vcpu(vm, 0)
  const file = probe.process.fd(vc)
  const run = file.mmap(page * 2)
  probe.vinit(vc, 4)
  probe.load(mem, 'wr')
  probe.set(vc, PCID, RAM)
  const context = { vm, vc, run, mem }
  probe.xreg(context, 10, logged)
  probe.xreg(context, 11, loggedPages)
  probe.xreg(context, 12, PG)
  const offset = KVM_DIRTY_LOG_PAGE_OFFSET * page
  const g = file.mmap(page, { offset })
  probe.V({ t: 'ring mmap', ok: 1, entries: page / entryBytes })
  const mapped = (length: number, prot: number, flags: number): CallResult =>
    probe.call(() => {
      file.mmap(length, { prot, flags, offset })
      return 0
    })
  probe.J(mapped(page, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED), 'ring mmap PROT_EXEC')
  probe.J(mapped(page, PROT_READ | PROT_WRITE, MAP_PRIVATE), 'ring mmap PRIVATE')
  probe.V({ t: 'ring mmap 2 pages', ok: mapped(page * 2, PROT_READ | PROT_WRITE, MAP_SHARED).r === 0 ? 1 : 0 })
  harvests(probe, context, g)
  const log = probe.struct(kvm_dirty_log, { slot: 1, dirty_bitmap: probe.room(512) })
  probe.J(probe.ioctl(vm, KVM_GET_DIRTY_LOG, log), `GET_DIRTY_LOG wb=${withBitmap}`)
  probe.close(vc)
  probe.close(vm)
}

function harvests(probe: Probe, { vm, vc, run }: GuestContext, g: bigint): void {
  const { PG } = probe
  const entries = Number(PG) / entryBytes
  let index = 0
  for (let it = 0; it < 4; it++) {
    const result = probe.ioctl(vc, KVM_RUN)
    const page = Number((probe.get(vc, CORE(80)) - logged) / PG)
    if (result.r < 0) probe.J(result, `RUN it${it} x10 page=${page}`)
    else probe.V({ t: `run it${it}`, exit: probe.get32(run + BigInt(offsetOfField(kvm_run, 'exit_reason'))), page })
    let n = 0
    let first = -1
    let last = 0
    for (; n < entries; n++, index++) {
      const at = g + BigInt((index % entries) * entryBytes)
      const flags = probe.get32(at)
      if ((flags & 1) === 0) break
      const off = Number(probe.get64(at + 8n))
      if (n === 0) {
        first = off
        probe.V({ t: 'entry', slot: probe.get32(at + 4n), off, flags })
      }
      last = off
      probe.view(at, 4).setUint32(0, 2, true)
    }
    probe.V({ t: 'harvested', n, first, last })
    probe.J(probe.ioctl(vm, KVM_RESET_DIRTY_RINGS), 'RESET')
    probe.J(probe.ioctl(vm, KVM_RESET_DIRTY_RINGS), 'RESET again')
  }
}

function cpuInputs(probe: Probe): void {
  probe.grp = 'irqline0'
  const vm = probe.mkvm(0n)
  const vc = probe.vcpu(vm, 0)
  const irqs = [0, 1, 2, (1 << 24) | 40, (2 << 24) | 20, 1 << 16, 3 << 24]
  for (const irq of irqs) probe.J(irqLine(probe, vm, irq), `no irqchip irq=${chex(irq)}`)
  probe.vinit(vc, 4)
  for (const irq of irqs.slice(0, 3)) probe.J(irqLine(probe, vm, irq), `no irqchip inited irq=${chex(irq)}`)
  probe.close(vc)
  probe.close(vm)
}

function redistributors(probe: Probe): void {
  probe.grp = 'redist2'
  const vm = probe.mkvm(0n)
  const vcpus = [0, 1, 2, 3].map((id) => {
    const vc = probe.vcpu(vm, id)
    probe.vinit(vc, 4)
    return vc
  })
  const { fd } = probe.mkdev(vm, 7, 0)
  const set = (t: string, attr: number, value: bigint): void =>
    probe.J(probe.dattr(fd, 0, 0, attr, probe.u64(value)), t)
  const get = (cpu: number, offset: bigint) => {
    const v = probe.u64(0n)
    const result = probe.dattr(fd, 1, 5, (BigInt(cpu) << 32n) | offset, v)
    return { result, value: chex(probe.get64(v)) }
  }
  const typer = (cpu: number): void => {
    const { result, value } = get(cpu, 8n)
    probe.V({ t: 'TYPER', cpu, r: result.r, lo: value })
  }
  set('DIST', 2, 0x8000000n)
  set('R0 2@8100000', 5, (2n << 52n) | 0x8100000n)
  set('R1 1@8240000', 5, (1n << 52n) | 0x8240000n | 1n)
  for (let cpu = 0; cpu < 4; cpu++) probe.J(get(cpu, 8n).result, 'TYPER before init')
  probe.J(probe.dattr(fd, 0, 4, 0, 0n), 'INIT (3 slots for 4 vcpus)')
  for (let cpu = 0; cpu < 4; cpu++) {
    typer(cpu)
    probe.V({ t: 'TYPER_HI', cpu, v: get(cpu, 12n).value })
  }
  set('R2 after init', 5, (1n << 52n) | 0x8300000n | 2n)
  typer(3)
  for (const open of [...vcpus, fd, vm]) probe.close(open)
}

function runOrder(probe: Probe, mode: number): void {
  probe.grp = 'run_v3'
  const c = bare(probe, 'loop', () => {})
  const { fd } = probe.mkdev(c.vm, 7, 0)
  probe.vinit(c.vc, 4)
  const set = (t: string, attr: number, value: bigint): void =>
    probe.J(probe.dattr(fd, 0, 0, attr, probe.u64(value)), t)
  if (mode >= 1) set('dist', 2, 0x8000000n)
  if (mode >= 1) set('redist', 3, 0x80a0000n)
  if (mode === 2) probe.J(probe.dattr(fd, 0, 4, 0, 0n), 'init')
  probe.view(c.run, 8).setUint8(1, 1)
  probe.J(probe.ioctl(c.vc, KVM_RUN), `RUN mode${mode}`)
  probe.J(probe.ioctl(c.vc, KVM_RUN), `RUN again mode${mode}`)
  if (mode === 2) set('addr after run', 2, 0x80a0000n)
  probe.close(fd)
  probe.un(c)
}

function mpidr(probe: Probe): void {
  probe.grp = 'mpidr'
  const vm = probe.mkvm(0n)
  for (const id of [0, 1, 15, 16, 17, 255, 256, 511]) {
    const vc = probe.vcpu(vm, id)
    probe.vinit(vc, 4)
    probe.V({ t: `id ${id}`, mpidr: chex(probe.get(vc, SYSR(3, 0, 0, 0, 5))) })
    probe.close(vc)
  }
  probe.close(vm)
}
