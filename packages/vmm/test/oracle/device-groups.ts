/** The groups of devices and of what hangs on a VM, of the recording program, call for call. */

import {
  KVM_ARM_MTE_COPY_TAGS,
  KVM_ARM_SET_DEVICE_ADDR,
  KVM_CREATE_IRQCHIP,
  KVM_CREATE_VCPU,
  KVM_GET_STATS_FD,
  KVM_IRQ_LINE,
  KVM_IRQFD,
  KVM_REGISTER_COALESCED_MMIO,
  KVM_RUN,
  KVM_SET_GSI_ROUTING,
  KVM_SIGNAL_MSI,
  KVM_UNREGISTER_COALESCED_MMIO,
  kvm_arm_copy_mte_tags,
  kvm_arm_device_addr,
  kvm_coalesced_mmio_zone,
  kvm_irq_level,
  kvm_irq_routing,
  kvm_irqfd,
  kvm_msi,
  kvm_pmu_event_filter,
  kvm_smccc_filter,
  kvm_stats_desc,
  kvm_stats_header,
  type PartialStructValue,
  sizeOfStruct,
} from '@armvisor/uapi'
import { go } from './go.ts'
import { putCalls } from './guest-groups.ts'
import { enableCap } from './memory-groups.ts'
import { type CallResult, chex, type Probe, RAM, SYSR } from './probe.ts'

const SPI = 1 << 24
const PPI = 2 << 24

/** KVM_IRQ_LINE with a high level. */
export function irqLine(probe: Probe, vm: number, irq: number): CallResult {
  return probe.ioctl(vm, KVM_IRQ_LINE, probe.struct(kvm_irq_level, { irq, level: 1 }))
}

function signalMsi(probe: Probe, vm: number, value: PartialStructValue<typeof kvm_msi>): CallResult {
  return probe.ioctl(vm, KVM_SIGNAL_MSI, probe.struct(kvm_msi, value))
}

function irqfd(probe: Probe, vm: number, value: PartialStructValue<typeof kvm_irqfd>): CallResult {
  return probe.ioctl(vm, KVM_IRQFD, probe.struct(kvm_irqfd, value))
}

/** Descriptors are unsigned in `struct kvm_irqfd`. */
const badFd = 0xffff_ffff

/** The function `dev`. */
export function dev(probe: Probe): void {
  deviceTypes(probe)
  vgicV3(probe)
  redistributors(probe)
  runWithoutAddresses(probe)
  timer(probe)
  pmu(probe)
  pvtime(probe)
  legacyAddress(probe)
  coalesced(probe)
  stats(probe)
  mte(probe)
  smccc(probe)
  counter(probe)
}

function deviceTypes(probe: Probe): void {
  probe.grp = 'device'
  let vm = probe.mkvm(0n)
  for (let type = 0; type < 14; type++) {
    const other = probe.mkvm(0n)
    probe.J(probe.mkdev(other, type, 1), `TEST type ${type}`)
    probe.close(other)
  }
  const made = probe.mkdev(vm, 7, 2)
  probe.J(made, 'flags 2')
  probe.J(irqLine(probe, vm, SPI | 40), 'IRQ_LINE SPI w/o irqchip')
  probe.J(irqLine(probe, vm, 0), 'IRQ_LINE CPU no vcpu')
  const vc = probe.vcpu(vm, 0)
  probe.J(irqLine(probe, vm, 0), 'IRQ_LINE CPU irq=0')
  probe.J(irqLine(probe, vm, 2), 'IRQ_LINE CPU irq=2')
  probe.J(signalMsi(probe, vm, {}), 'SIGNAL_MSI no irqchip')
  const event = probe.process.eventfd()
  probe.J(irqfd(probe, vm, { fd: event.fd, gsi: 0 }), 'IRQFD no irqchip')
  probe.J(probe.ioctl(vm, KVM_CREATE_IRQCHIP), 'CREATE_IRQCHIP (vgic v2)')
  for (const fd of [vm, vc, made.fd, event.fd]) probe.close(fd)
  probe.grp = 'vgicv2'
  vm = probe.mkvm(0n)
  probe.J(probe.mkdev(vm, 5, 0), 'CREATE V2')
  probe.close(vm)
}

function vgicV3(probe: Probe): void {
  probe.grp = 'vgicv3'
  const vm = probe.mkvm(0n)
  const c0 = probe.vcpu(vm, 0)
  const made = probe.mkdev(vm, 7, 0)
  const { fd } = made
  probe.J(made, 'CREATE V3')
  probe.J(probe.mkdev(vm, 7, 0), 'CREATE V3 again')
  probe.J(probe.mkdev(vm, 5, 0), 'CREATE V2 after V3')
  probe.J(probe.ioctl(vm, KVM_CREATE_IRQCHIP), 'CREATE_IRQCHIP after')
  for (let group = 0; group < 11; group++) {
    for (let attr = 0; attr < 6; attr++) {
      const result = probe.dattr(fd, 2, group, attr, 0n)
      if (result.r === 0) probe.J(result, `HAS grp ${group} attr ${attr}`)
    }
  }
  probe.J(probe.dattr(fd, 2, 20, 0, 0n), 'HAS grp 20')
  probe.J(probe.ioctl(fd, 0xaeff), 'unknown device ioctl')
  probe.J(probe.dattr(fd, 0, 0, 2, 0n), 'attr flags=1')
  vgicAddresses(probe, fd)
  vgicSize(probe, vm, fd)
  vgicRegisters(probe, fd)
  probe.vinit(c0, 4)
  probe.J(probe.dattr(fd, 0, 4, 3, 0n), 'SAVE_PENDING after init')
  for (const spi of [31, 32, 1023, 1024]) probe.J(irqLine(probe, vm, SPI | spi), `SPI ${spi}`)
  probe.J(irqLine(probe, vm, PPI | 15), 'PPI 15')
  probe.J(irqLine(probe, vm, PPI | 16), 'PPI 16')
  probe.J(irqLine(probe, vm, PPI | 27), 'PPI 27 (timer owned)')
  probe.J(irqLine(probe, vm, PPI | 32), 'PPI 32')
  probe.J(irqLine(probe, vm, PPI | (1 << 16) | 20), 'PPI vcpu1')
  probe.J(irqLine(probe, vm, 0), 'CPU type with irqchip')
  probe.J(irqLine(probe, vm, (3 << 24) | 40), 'type 3')
  irqfds(probe, vm)
  its(probe, vm)
  probe.close(fd)
  probe.close(c0)
  probe.close(vm)
}

function vgicAddresses(probe: Probe, fd: number): void {
  const set = (t: string, attr: number, value: bigint): void =>
    probe.J(probe.dattr(fd, 0, 0, attr, probe.u64(value)), t)
  const a = probe.u64(0n)
  probe.J(probe.dattr(fd, 1, 0, 2, a), 'GET DIST addr unset')
  probe.V({ t: 'dist addr', v: chex(probe.get64(a)) })
  set('DIST misaligned', 2, 0x8001n)
  set('DIST beyond IPA', 2, 1n << 40n)
  const other = probe.mkvm(0n)
  const otherDevice = probe.mkdev(other, 7, 0).fd
  probe.J(probe.dattr(otherDevice, 0, 0, 2, probe.u64((1n << 40n) - 0x10000n)), 'DIST at last 64K')
  probe.close(otherDevice)
  probe.close(other)
  set('V2 DIST addr on V3', 0, 0x08000000n)
  set('DIST ok', 2, 0x08000000n)
  set('DIST again', 2, 0x08000000n)
  set('REDIST overlap dist', 3, 0x08000000n)
  set('REDIST legacy', 3, 0x080a0000n)
  set('REDIST legacy again', 3, 0x080a0000n)
  set('REGION after legacy', 5, 0x09000000n | (1n << 52n))
  probe.J(probe.dattr(fd, 0, 0, 3, 0n), 'null ptr')
}

function vgicSize(probe: Probe, vm: number, fd: number): void {
  const set = (t: string, count: number): void => probe.J(probe.dattr(fd, 0, 3, 0, probe.u32(count)), t)
  for (const count of [31, 32, 65, 1025, 1024]) set(`NR_IRQS ${count}`, count)
  set('NR_IRQS 128 again', 128)
  const w = probe.u32(0)
  probe.J(probe.dattr(fd, 1, 3, 0, w), 'GET NR_IRQS')
  probe.V({ t: 'nr_irqs', v: probe.get32(w) })
  const v = probe.u64(0n)
  probe.J(probe.dattr(fd, 1, 1, 0, v), 'GICD_CTLR before init')
  probe.J(probe.dattr(fd, 1, 5, 0, v), 'GICR before init')
  probe.J(probe.dattr(fd, 0, 4, 3, 0n), 'SAVE_PENDING before init')
  probe.J(probe.dattr(fd, 0, 4, 0, 0n), 'CTRL_INIT')
  probe.J(probe.dattr(fd, 0, 4, 0, 0n), 'CTRL_INIT again')
  probe.J(probe.dattr(fd, 0, 4, 9, 0n), 'CTRL 9')
  probe.J(probe.ioctl(vm, KVM_CREATE_VCPU, 1n), 'CREATE_VCPU after init')
  set('NR_IRQS after init', 64)
}

function vgicRegisters(probe: Probe, fd: number): void {
  const show = (name: string, group: number, offsets: readonly number[]): void => {
    for (const offset of offsets) {
      const v = probe.u64(0n)
      const result = probe.dattr(fd, 1, group, offset, v)
      if (result.r < 0) probe.J(result, `${name} ${chex(offset)}`)
      else probe.V({ t: `${name} ${chex(offset)}`, v: chex(probe.get64(v) & 0xffffffffn) })
    }
  }
  show('GICD', 1, [0, 4, 8, 0x80, 0x100, 0xc00, 0x6000, 0xffe8])
  show('GICR', 5, [0, 4, 8, 0xc, 0x14, 0x70, 0x78, 0x10080, 0x10400, 0xffe8])
  const get = (t: string, group: number, attr: number | bigint): void =>
    probe.J(probe.dattr(fd, 1, group, attr, probe.u64(0n)), t)
  get('GICD unaligned off 2', 1, 2)
  get('GICD off 64K', 1, 0x10000)
  get('GICR mpidr 1', 5, 1n << 32n)
  get('ICC_PMR', 6, (3 << 14) | (4 << 7) | (6 << 3))
  get('ICC bogus', 6, 0x7fff)
  get('LEVEL_INFO intid0', 7, 0)
  get('LEVEL_INFO intid1', 7, 1)
  get('LEVEL_INFO info1', 7, 1 << 10)
}

function irqfds(probe: Probe, vm: number): void {
  probe.grp = 'irqfd'
  const event = probe.process.eventfd()
  const request = { fd: event.fd, gsi: 5, flags: 0, resamplefd: 0 }
  const J = (t: string, changes: Partial<typeof request> = {}): void => {
    Object.assign(request, changes)
    probe.J(irqfd(probe, vm, request), t)
  }
  J('IRQFD')
  J('IRQFD same eventfd')
  J('IRQFD same eventfd other gsi', { gsi: 6 })
  J('flags 4', { flags: 4 })
  J('bad fd', { flags: 0, fd: badFd })
  J('not eventfd', { fd: probe.kvm.fd })
  J('DEASSIGN', { fd: event.fd, gsi: 5, flags: 1 })
  J('DEASSIGN again')
  J('RESAMPLE bad fd', { flags: 2, resamplefd: badFd })
  J('gsi 100000', { flags: 0, gsi: 100000 })
  routing(probe, vm)
  const doorbell = { address_lo: 0x8080040, data: 1, devid: 0 }
  probe.J(signalMsi(probe, vm, { ...doorbell, flags: 1 }), 'SIGNAL_MSI no ITS')
  probe.J(signalMsi(probe, vm, { ...doorbell, flags: 2 }), 'SIGNAL_MSI flags 2')
  probe.J(signalMsi(probe, vm, { ...doorbell, flags: 0, pad: [1] }), 'SIGNAL_MSI pad')
}

function routing(probe: Probe, vm: number): void {
  const entry = (gsi: number, type: number, pin: number, irqchip = 0) => ({
    gsi,
    type,
    u: { irqchip: { irqchip, pin } },
  })
  const msi = (gsi: number, flags: number) => ({ gsi, type: 2, flags, u: { msi: { address_lo: 0x8080040, devid: 1 } } })
  const J = (
    t: string,
    entries: PartialStructValue<typeof kvm_irq_routing>['entries'],
    nr?: number,
    flags = 0,
  ): void => {
    const at = probe.struct(kvm_irq_routing, { nr: nr ?? entries?.length ?? 0, flags, entries: entries ?? [] })
    probe.J(probe.ioctl(vm, KVM_SET_GSI_ROUTING, at), t)
  }
  J('ROUTING nr 0', [])
  J('nr 5000', [], 5000)
  J('flags 1', [entry(0, 0, 0)] as never, 1, 1)
  J('irqchip pin 10', [entry(7, 1, 10)] as never)
  J('irqchip 1', [entry(7, 1, 10, 1)] as never)
  J('pin 4000', [entry(7, 1, 4000)] as never)
  J('type 9', [entry(7, 9, 10)] as never)
  J('dup gsi same chip', [entry(7, 1, 10), entry(7, 1, 10)] as never)
  J('msi devid', [entry(7, 1, 10), msi(8, 1)] as never)
  J('msi flags 2', [entry(7, 1, 10), msi(8, 2)] as never)
  J('gsi 4096', [entry(7, 1, 10), msi(4096, 0)] as never)
}

function its(probe: Probe, vm: number): void {
  probe.grp = 'its'
  const made = probe.mkdev(vm, 8, 0)
  const it = made.fd
  const setAddress = (fd: number, value: bigint, t: string): void =>
    probe.J(probe.dattr(fd, 0, 0, 4, probe.u64(value)), t)
  probe.J(made, 'CREATE ITS')
  setAddress(it, 0x8081000n, 'ITS addr misaligned')
  setAddress(it, (1n << 40n) - 0x10000n, 'ITS addr 64K below limit')
  probe.J(probe.dattr(it, 1, 8, 0, probe.u64(0n)), 'ITS regs before addr')
  setAddress(it, 0x08080000n, 'ITS addr')
  setAddress(it, 0x08080000n, 'ITS addr again')
  probe.J(probe.dattr(it, 0, 4, 0, 0n), 'ITS INIT')
  probe.J(probe.dattr(it, 0, 4, 1, 0n), 'SAVE_TABLES')
  probe.J(probe.dattr(it, 0, 4, 2, 0n), 'RESTORE_TABLES')
  probe.J(probe.dattr(it, 0, 4, 4, 0n), 'ITS_RESET')
  for (const offset of [0, 4, 8, 0x80, 0x88, 0x90, 0x100, 0x108, 0xffe8]) {
    const v = probe.u64(0n)
    const result = probe.dattr(it, 1, 8, offset, v)
    if (result.r < 0) probe.J(result, `GITS ${chex(offset)}`)
    else probe.V({ t: `GITS ${chex(offset)}`, v: chex(probe.get64(v)) })
  }
  probe.J(probe.dattr(it, 1, 8, 2, probe.u64(0n)), 'GITS off 2')
  probe.J(probe.dattr(it, 0, 8, 4, probe.u64(2n << 24n)), 'GITS_IIDR rev2')
  const second = probe.mkdev(vm, 8, 0)
  probe.J(second, 'second ITS')
  setAddress(second.fd, 0x08080000n, 'second ITS overlap')
  const message = { address_lo: 0x8090040, data: 1, devid: 0 }
  probe.J(signalMsi(probe, vm, { ...message, flags: 1 }), 'SIGNAL_MSI to ITS unmapped ev')
  probe.J(signalMsi(probe, vm, { ...message, flags: 0 }), 'SIGNAL_MSI no devid')
  probe.close(it)
  probe.close(second.fd)
}

/** `RG` of the recording program. */
function region(count: number, base: bigint, flags: number, index: number): bigint {
  return (BigInt(count) << 52n) | base | (BigInt(flags) << 12n) | BigInt(index)
}

function redistributors(probe: Probe): void {
  probe.grp = 'redist'
  const vm = probe.mkvm(0n)
  const vcpus = [0, 1, 2, 3].map((id) => probe.vcpu(vm, id))
  const { fd } = probe.mkdev(vm, 7, 0)
  const regions: readonly (readonly [string, bigint])[] = [
    ['count 0', region(0, 0x8100000n, 0, 0)],
    ['flags 1', region(2, 0x8100000n, 1, 0)],
    ['index 1 first', region(2, 0x8100000n, 0, 1)],
    ['2@0x8100000 idx0', region(2, 0x8100000n, 0, 0)],
    ['same again idx0', region(2, 0x8100000n, 0, 0)],
    ['overlap idx1', region(1, 0x8120000n, 0, 1)],
    ['idx2 gap', region(2, 0x8200000n, 0, 2)],
    ['beyond IPA idx1', region(1, 1n << 40n, 0, 1)],
    ['straddle IPA idx1', region(2, (1n << 40n) - 0x20000n, 0, 1)],
    ['idx1 ok', region(2, 0x8200000n, 0, 1)],
  ]
  for (const [t, value] of regions) probe.J(probe.dattr(fd, 0, 0, 5, probe.u64(value)), `REGION ${t}`)
  const a = probe.u64(0n)
  probe.J(probe.dattr(fd, 1, 0, 5, a), 'GET REGION idx0')
  probe.V({ t: 'region0', v: chex(probe.get64(a)) })
  probe.J(probe.dattr(fd, 1, 0, 5, probe.u64(2n)), 'GET REGION idx2')
  probe.J(probe.dattr(fd, 0, 0, 3, probe.u64(0x9000000n)), 'legacy after region')
  const typer = (cpu: number) => {
    const v = probe.u64(0n)
    return { v, result: probe.dattr(fd, 1, 5, (BigInt(cpu) << 32n) | 8n, v) }
  }
  for (let cpu = 0; cpu < 4; cpu++) {
    const { result } = typer(cpu)
    if (result.r < 0) probe.J(result, `TYPER cpu${cpu} before init`)
  }
  probe.J(probe.dattr(fd, 0, 4, 0, 0n), 'INIT')
  for (let cpu = 0; cpu < 4; cpu++) {
    const { v, result } = typer(cpu)
    probe.V({ t: `TYPER cpu${cpu}`, v: chex(probe.get64(v) & 0xffffffffn), r: result.r })
  }
  for (const open of [...vcpus, fd, vm]) probe.close(open)
}

function runWithoutAddresses(probe: Probe): void {
  probe.grp = 'run_vgic'
  const c = probe.mk('loop')
  const { fd } = probe.mkdev(c.vm, 7, 0)
  probe.view(c.run, 8).setUint8(1, 1)
  probe.J(probe.ioctl(c.vc, KVM_RUN), 'RUN v3 uninit')
  probe.dattr(fd, 0, 4, 0, 0n)
  probe.J(probe.ioctl(c.vc, KVM_RUN), 'RUN v3 init no addr')
  probe.J(probe.dattr(fd, 0, 0, 2, probe.u64(0x08000000n)), 'set dist after failed run')
  probe.J(probe.dattr(fd, 0, 0, 3, probe.u64(0x080a0000n)), 'set redist')
  probe.J(probe.ioctl(c.vc, KVM_RUN), 'RUN v3 all set (immediate_exit)')
  probe.close(fd)
  probe.un(c)
}

function timer(probe: Probe): void {
  probe.grp = 'timer'
  const vm = probe.mkvm(0n)
  const c0 = probe.vcpu(vm, 0)
  probe.vinit(c0, 4)
  probe.J(probe.dattr(c0, 2, 1, 0, 0n), 'HAS VTIMER')
  probe.J(probe.dattr(c0, 2, 1, 1, 0n), 'HAS PTIMER')
  probe.J(probe.dattr(c0, 2, 1, 2, 0n), 'HAS 2')
  const set = (t: string, attr: number, irq: number): void => probe.J(probe.dattr(c0, 0, 1, attr, probe.u32(irq)), t)
  set('SET VTIMER no irqchip', 0, 27)
  const w = probe.u32(27)
  probe.J(probe.dattr(c0, 1, 1, 0, w), 'GET VTIMER')
  probe.V({ t: 'vtimer', v: probe.get32(w) })
  probe.dattr(c0, 1, 1, 1, w)
  probe.V({ t: 'ptimer', v: probe.get32(w) })
  const { fd } = probe.mkdev(vm, 7, 0)
  set('SET VTIMER 40', 0, 40)
  set('SET VTIMER 5', 0, 5)
  set('SET VTIMER 30', 0, 30)
  set('SET PTIMER 30 (dup)', 1, 30)
  for (const open of [fd, c0, vm]) probe.close(open)
}

function pmu(probe: Probe): void {
  probe.grp = 'pmu'
  const withVcpu = (features: number, body: (vm: number, c0: number) => void): void => {
    const vm = probe.mkvm(0n)
    const c0 = probe.vcpu(vm, 0)
    if (features !== 0) probe.vinit(c0, features)
    body(vm, c0)
    probe.close(c0)
    probe.close(vm)
  }
  const irq = (c0: number, value: number): CallResult => probe.dattr(c0, 0, 0, 0, probe.u32(value))
  withVcpu(4, (_, c0) => {
    probe.J(irq(c0, 23), 'IRQ w/o feature')
    probe.J(probe.dattr(c0, 2, 0, 0, 0n), 'HAS IRQ w/o feature')
  })
  withVcpu(0, (_, c0) => {
    probe.J(probe.vinit(c0, 4 | 8), 'INIT PMU')
    probe.J(irq(c0, 23), 'IRQ no irqchip')
    probe.J(probe.dattr(c0, 0, 0, 1, 0n), 'PMU INIT no irqchip')
  })
  withVcpu(12, (vm, c0) => {
    const { fd } = probe.mkdev(vm, 7, 0)
    const filter = (t: string, value: PartialStructValue<typeof kvm_pmu_event_filter>): void =>
      probe.J(probe.dattr(c0, 0, 0, 2, probe.struct(kvm_pmu_event_filter, value)), t)
    probe.J(probe.dattr(c0, 1, 0, 0, probe.u32(23)), 'GET IRQ unset')
    probe.J(probe.dattr(c0, 0, 0, 1, 0n), 'PMU INIT before vgic init')
    probe.J(irq(c0, 5), 'IRQ 5')
    probe.J(irq(c0, 23), 'IRQ 23')
    probe.J(irq(c0, 23), 'IRQ again')
    filter('FILTER', { base_event: 0x11, nevents: 1, action: 0 })
    filter('FILTER action 2', { base_event: 0x11, nevents: 1, action: 2 })
    filter('FILTER overflow', { base_event: 0xffff, nevents: 2, action: 0 })
    probe.J(probe.dattr(c0, 0, 0, 3, probe.u32(999)), 'SET_PMU 999')
    probe.dattr(fd, 0, 0, 2, probe.u64(0x8000000n))
    probe.dattr(fd, 0, 0, 3, probe.u64(0x80a0000n))
    probe.dattr(fd, 0, 4, 0, 0n)
    probe.J(probe.dattr(c0, 0, 0, 1, 0n), 'PMU INIT')
    probe.J(probe.dattr(c0, 0, 0, 1, 0n), 'PMU INIT again')
    filter('FILTER after init', { base_event: 1, nevents: 1 })
    probe.close(fd)
  })
}

function pvtime(probe: Probe): void {
  probe.grp = 'pvtime'
  const vm = probe.mkvm(0n)
  const c0 = probe.vcpu(vm, 0)
  probe.vinit(c0, 4)
  const p = probe.amem(probe.PG * 16n)
  probe.slot(vm, 0, 0, RAM, probe.PG * 16n, p)
  probe.J(probe.dattr(c0, 2, 2, 0, 0n), 'HAS')
  const set = (t: string, address: bigint): void => probe.J(probe.dattr(c0, 0, 2, 0, probe.u64(address)), t)
  set('unaligned', RAM + 8n)
  set('no slot', 0x90000000n)
  set('ok', RAM + 64n)
  set('again', RAM + 64n)
  probe.J(probe.dattr(c0, 1, 2, 0, probe.u64(RAM + 64n)), 'GET')
  probe.J(probe.dattr(c0, 2, 3, 0, 0n), 'HAS grp3')
  probe.close(c0)
  probe.close(vm)
}

function legacyAddress(probe: Probe): void {
  probe.grp = 'legacy_addr'
  const vm = probe.mkvm(0n)
  const set = (t: string, id: bigint): void => {
    const at = probe.struct(kvm_arm_device_addr, { id, addr: 0x8000000n })
    probe.J(probe.ioctl(vm, KVM_ARM_SET_DEVICE_ADDR, at), t)
  }
  set('no vgic', 0n)
  set('dev id 5', 5n << 16n)
  probe.close(vm)
}

function coalesced(probe: Probe): void {
  probe.grp = 'coalesced'
  const vm = probe.mkvm(0n)
  const call = (request: number, t: string, pio: number): void => {
    const at = probe.struct(kvm_coalesced_mmio_zone, { addr: 0x9000000n, size: 0x1000, pio })
    probe.J(probe.ioctl(vm, request, at), t)
  }
  call(KVM_REGISTER_COALESCED_MMIO, 'REGISTER', 0)
  call(KVM_REGISTER_COALESCED_MMIO, 'REGISTER same', 0)
  call(KVM_REGISTER_COALESCED_MMIO, 'pio 2', 2)
  call(KVM_UNREGISTER_COALESCED_MMIO, 'UNREG pio 2', 2)
  call(KVM_UNREGISTER_COALESCED_MMIO, 'UNREG', 0)
  call(KVM_UNREGISTER_COALESCED_MMIO, 'UNREG again', 0)
  probe.close(vm)
}

function stats(probe: Probe): void {
  probe.grp = 'stats'
  const vm = probe.mkvm(0n)
  const vmStats = probe.ioctl(vm, KVM_GET_STATS_FD)
  probe.J(probe.made(vmStats), 'GET_STATS_FD vm')
  const c0 = probe.vcpu(vm, 0)
  for (const [kind, fd] of [
    ['vm', vmStats.r],
    ['vcpu', probe.ioctl(c0, KVM_GET_STATS_FD).r],
  ] as const) {
    showStats(probe, kind, fd)
    probe.close(fd)
  }
  probe.close(c0)
  probe.close(vm)
}

function showStats(probe: Probe, kind: string, fd: number): void {
  const b = probe.room(65536)
  const total = probe.process.fd(fd).read(b, 65536, 0)
  const [flags, name_size, num, id_off, desc_off, data_off] = Array.from(
    { length: sizeOfStruct(kvm_stats_header) / 4 },
    (_, k) => probe.get32(b + BigInt(k * 4)),
  )
  const text = (at: bigint): string => {
    const bytes = probe.process.memory.bytes(at, name_size)
    return String.fromCharCode(...bytes.subarray(0, bytes.indexOf(0)))
  }
  const id = text(b + BigInt(id_off))
  probe.V({ t: `stats ${kind}`, flags, name_size, num, id_off, desc_off, data_off, total, id })
  const headBytes = sizeOfStruct(kvm_stats_desc)
  for (let d = 0; d < num; d++) {
    const at = b + BigInt(desc_off + d * (headBytes + name_size))
    const view = probe.view(at, headBytes)
    probe.V({
      t: 'stat',
      name: text(at + BigInt(headBytes)),
      flags: chex(view.getUint32(0, true)),
      exp: view.getInt16(4, true),
      size: view.getUint16(6, true),
      off: view.getUint32(8, true),
    })
  }
}

function mte(probe: Probe): void {
  const { PG } = probe
  probe.grp = 'mte'
  const vm = probe.mkvm(0n)
  probe.J(enableCap(probe, vm, 205), 'ENABLE MTE')
  const p = probe.amem(PG * 16n)
  probe.slot(vm, 0, 0, RAM, PG * 16n, p)
  const request = { guest_ipa: RAM, length: PG, addr: probe.room(65536), flags: 1n, reserved: [0n] }
  const J = (t: string, changes: Partial<typeof request> = {}): void => {
    Object.assign(request, changes)
    probe.J(probe.ioctl(vm, KVM_ARM_MTE_COPY_TAGS, probe.struct(kvm_arm_copy_mte_tags, request)), t)
  }
  J('FROM_GUEST')
  J('TO_GUEST', { flags: 0n })
  J('flags 2', { flags: 2n })
  J('len 16', { flags: 1n, length: 16n })
  J('ipa unaligned', { length: PG, guest_ipa: RAM + 16n })
  J('reserved', { guest_ipa: RAM, reserved: [1n] })
  J('no slot', { reserved: [0n], guest_ipa: 0x90000000n })
  J('partial', { guest_ipa: RAM + PG * 15n, length: PG * 2n })
  const shared = probe.amem(PG * 4n)
  probe.J(probe.slot(vm, 1, 0, 0x50000000n, PG * 4n, shared), 'VM_SHARED slot with MTE')
  probe.close(vm)
}

function smccc(probe: Probe): void {
  probe.grp = 'smccc'
  const vm = probe.mkvm(0n)
  const filter = (fd: number, value: PartialStructValue<typeof kvm_smccc_filter>): CallResult =>
    probe.dattr(fd, 0, 0, 0, probe.struct(kvm_smccc_filter, value))
  probe.J(probe.dattr(vm, 2, 0, 0, 0n), 'HAS')
  probe.J(probe.dattr(vm, 2, 0, 1, 0n), 'HAS 1')
  probe.J(probe.dattr(vm, 2, 1, 0, 0n), 'HAS grp1')
  const forward = { base: 0xc7000000, nr_functions: 0x100, action: 2 }
  probe.J(filter(vm, forward), 'FWD 0xc7000000+0x100')
  probe.J(filter(vm, forward), 'overlap')
  probe.J(filter(vm, { ...forward, base: 0x80000000 }), 'reserved SMC32 arch')
  probe.J(filter(vm, { ...forward, base: 0xc0000000 }), 'reserved SMC64 arch')
  probe.J(filter(vm, { ...forward, base: 0x1000, nr_functions: 0 }), 'nr 0')
  probe.J(filter(vm, { ...forward, base: 0xffffffff, nr_functions: 2 }), 'overflow')
  probe.J(filter(vm, { base: 0x1000, nr_functions: 1, action: 3 }), 'action 3')
  const pad = Array.from({ length: 15 }, (_, n) => (n === 14 ? 1 : 0))
  probe.J(filter(vm, { base: 0x1000, nr_functions: 1, action: 1, pad }), 'pad')
  probe.close(vm)

  const c = probe.mk('psci')
  filter(c.vm, forward)
  filter(c.vm, { base: 0x84000000, nr_functions: 1, action: 1 })
  putCalls(probe, c, [
    [0xc7000001, 1, 2, 3],
    [0x84000000, 0, 0, 0],
    [0x84000008, 0, 0, 0],
  ])
  go(probe, c, 'filter run', 12)
  probe.J(filter(c.vm, { base: 0xc6000000, nr_functions: 1, action: 1 }), 'after run')
  const STD_BMAP = 0x6030000000160000n
  const PFR0 = SYSR(3, 0, 0, 4, 0)
  probe.J(probe.set(c.vc, STD_BMAP, 0n), 'STD_BMAP=0 after run')
  probe.J(probe.set(c.vc, STD_BMAP, 1n), 'STD_BMAP=1 same after run')
  const m = probe.get(c.vc, PFR0)
  probe.J(probe.set(c.vc, PFR0, m), 'ID reg same after run')
  probe.J(probe.set(c.vc, PFR0, m & ~(0xfn << 56n)), 'ID reg change after run')
  probe.un(c)
}

function counter(probe: Probe): void {
  probe.grp = 'counter'
  const c = probe.mk('loop')
  const CNT = 0x603000000013df1an
  probe.J(probe.getreg(c.vc, CNT, probe.u64(0n)), 'TIMER_CNT')
  probe.J(probe.getreg(c.vc, 0x603000000013df02n, probe.u64(0n)), 'TIMER_CVAL')
  probe.J(probe.set(c.vc, CNT, 12345n), 'SET CNT')
  const v = probe.get(c.vc, CNT)
  probe.V({ t: 'CNT readback >= 12345', v: v >= 12345n && v < 12345n + 1000000000n ? 1 : 0 })
  probe.un(c)
}
