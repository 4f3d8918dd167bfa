/** Group guest of the recording program, run for run. */

import {
  KVM_CLEAR_DIRTY_LOG,
  KVM_GET_DIRTY_LOG,
  KVM_GET_MP_STATE,
  KVM_GET_VCPU_EVENTS,
  KVM_IOEVENTFD,
  KVM_SET_GUEST_DEBUG,
  KVM_SET_VCPU_EVENTS,
  kvm_clear_dirty_log,
  kvm_dirty_log,
  kvm_guest_debug,
  kvm_ioeventfd,
  kvm_vcpu_events,
} from '@armvisor/uapi'
import { go } from './go.ts'
import { enableCap } from './memory-groups.ts'
import { CORE, chex, type GuestContext, type Probe, RAM } from './probe.ts'

/** A call in x0 to x3. */
type Call = readonly (bigint | number)[]

const hypercalls: readonly Call[] = [
  [0x84000000, 0, 0],
  [0x80000000, 0, 0],
  [0x80000001, 0x80008000, 0],
  [0x80000001, 0x80003fff, 0],
  [0x80000001, 0xc5000020, 0],
  [0x80000001, 0x84000050, 0],
  [0x80000001, 0x86000000, 0],
  [0x84000006, 0, 0],
  [0xc4000003, 0, 0x40000000, 1],
  [0xc4000003, 1, 0x40000000, 1],
  [0xc4000004, 0, 0],
  [0xc4000004, 5, 0],
  [0xc4000004, 0, 1],
  [0x8400000a, 0x84000001, 0],
  [0x8400000a, 0xc4000001, 0],
  [0x8400000a, 0xc4000003, 0],
  [0x8400000a, 0xc400000e, 0],
  [0x8400000a, 0x84000012, 0],
  [0x8400000a, 0xc4000012, 0],
  [0x8400000a, 0x80000000, 0],
  [0x8400000a, 0x84000007, 0],
  [0x84000005, 0, 0],
  [0x84000007, 0, 0],
  [0x84000050, 0, 0],
  [0x84000052, 0, 0],
  [0xc4000053, 256, 0],
  [0xc4000053, 192, 0],
  [0xc4000053, 0, 0],
  [0x8600ff01, 0, 0],
  [0x86000000, 0, 0],
  [0x86000001, 0, 0],
  [0xc5000020, 0xc5000021, 0],
  [0xc5000021, 0, 0],
  [0x12345678, 0, 0],
  [0x95c1ba5e, 0, 0],
]

/** Writes the table of calls that the program `psci` goes through. */
export function putCalls(probe: Probe, context: GuestContext, calls: readonly Call[]): void {
  const table = context.mem + 0x4000n
  probe.process.memory.bytes(table, 0x1000).fill(0)
  const view = probe.view(table, 0x1000)
  calls.forEach((call, n) => {
    call.forEach((value, k) => {
      view.setBigUint64((n * 4 + k) * 8, BigInt(value), true)
    })
  })
  probe.xreg(context, 11, RAM + 0x4000n)
}

/** The function `guest`. */
export function guest(probe: Probe): void {
  probe.grp = 'guest'
  const run = (program: string, t: string, max: number): void => {
    const context = probe.mk(program)
    go(probe, context, t, max)
    probe.un(context)
  }
  run('mmio', 'mmio', 60)
  run('unal', 'unaligned', 5)
  const noSyndrome = [
    ['ldp', 'ldp'],
    ['wb', 'ldr_writeback'],
    ['fp', 'ldr_q'],
    ['cas', 'cas'],
    ['zva', 'dc_zva'],
  ] as const
  for (const [program, name] of noSyndrome) {
    for (const cap of [0, 1]) {
      const context = probe.mk(program)
      if (cap === 1) enableCap(probe, context.vm, 177)
      go(probe, context, `nisv ${name} cap=${cap}`, 8)
      probe.un(context)
    }
  }
  run('dc', 'cache-maint unmapped', 10)
  run('fetch', 'fetch unmapped', 10)
  beyondIpa(probe)
  psci(probe)
  readOnly(probe)
  dirtyRuns(probe)
  manualRuns(probe)
  debug(probe)
  interruptions(probe)
  externalAbort(probe)
  ioEventFd(probe)
}

function beyondIpa(probe: Probe): void {
  probe.V({ t: 'ipa_limit', v: probe.kvm.ioctl(0xae03, 165n) })
  ;[32n, 36n, 40n, 0n].forEach((type, k) => {
    probe.vmtype = type
    for (const bits of [31n, 32n, 36n, 39n, 40n, 44n, 47n, 48n, 51n]) {
      const address = (1n << bits) | 0x18n
      for (const [program, kind] of [
        ['oor', 'data'],
        ['oorf', 'fetch'],
      ] as const) {
        if (kind === 'fetch' && k !== 1 && k !== 3) continue
        const context = probe.mk(program)
        probe.xreg(context, 10, address)
        go(probe, context, `${kind} ipa=${chex(address)} type=${type}`, 8)
        probe.un(context)
      }
    }
  })
  probe.vmtype = 0n
}

function psci(probe: Probe): void {
  let c = probe.mk('psci')
  putCalls(probe, c, hypercalls)
  hypercalls.forEach(([fn, a1, a2], k) => {
    probe.V({ t: `psci call ${k}`, fn: chex(fn), a1: chex(a1), a2: chex(a2) })
  })
  go(probe, c, 'psci', 90)
  probe.un(c)
  probe.vfeat = 0
  c = probe.mk('psci')
  putCalls(probe, c, hypercalls)
  go(probe, c, 'psci no PSCI_0_2 feature', 6)
  probe.un(c)
  probe.vfeat = 4
  c = probe.mk('smc')
  go(probe, c, 'smc/hvc1', 6)
  probe.un(c)
  c = probe.mk('sys')
  go(probe, c, 'sysregs', 40)
  probe.un(c)
  const suspend = [0xc400000e, 0x40000000, 5, 0]
  const systemCalls: readonly (readonly [Call, string, number])[] = [
    [[0x84000009, 0, 0, 0], 'SYSTEM_RESET', 0],
    [[0xc4000012, 0, 7, 0], 'SYSTEM_RESET2 t=0', 0],
    [suspend, 'SYSTEM_SUSPEND nocap', 0],
    [suspend, 'SYSTEM_SUSPEND cap', 1],
  ]
  for (const [call, name, cap] of systemCalls) {
    c = probe.mk('psci')
    if (cap === 1) enableCap(probe, c.vm, 216)
    putCalls(probe, c, [call])
    go(probe, c, name, 5)
    const mp = probe.room(4)
    probe.ioctl(c.vc, KVM_GET_MP_STATE, mp)
    probe.V({ t: `after ${name}`, x0: chex(probe.get(c.vc, CORE(0))), mp: probe.get32(mp) })
    probe.un(c)
  }
}

function readOnly(probe: Probe): void {
  for (const cap of [0, 1]) {
    const c = probe.mk('ro')
    if (cap === 1) enableCap(probe, c.vm, 177)
    const size = probe.PG * 4n
    const r = probe.amem(size)
    probe.process.memory.bytes(r, Number(size)).fill(0x5a)
    probe.slot(c.vm, 1, 2, 0x48000000n, size, r)
    probe.xreg(c, 10, 0x48000010n)
    go(probe, c, cap === 1 ? 'readonly slot NISV cap' : 'readonly slot', 8)
    probe.un(c)
  }
}

function bitmap(probe: Probe, at: bigint): string[] {
  return [0n, 8n, 16n, 24n].map((offset) => chex(probe.get64(at + offset)))
}

/** A guest that writes to some pages of a logging slot. */
function writer(
  probe: Probe,
  manual: boolean,
): { readonly c: GuestContext; readonly bm: bigint; readonly log: bigint } {
  const c = probe.mk('dirty')
  if (manual) enableCap(probe, c.vm, 168, 1n)
  const r = probe.amem(probe.PG * 256n)
  probe.slot(c.vm, 1, 1, 0x50000000n, probe.PG * 256n, r)
  const list = c.mem + 0x4000n
  probe.process.memory.bytes(list, 0x400).fill(0)
  ;[0n, 1n, 63n, 64n, 65n, 200n, 255n].forEach((page, k) => {
    probe.view(list, 0x400).setBigUint64(k * 8, 0x50000000n + probe.PG * page + 8n, true)
  })
  probe.xreg(c, 11, RAM + 0x4000n)
  const bm = probe.room(32)
  return { c, bm, log: probe.struct(kvm_dirty_log, { slot: 1, dirty_bitmap: bm }) }
}

function dirtyRuns(probe: Probe): void {
  const { c, bm, log } = writer(probe, false)
  const get = (n: number): void => {
    probe.J(probe.ioctl(c.vm, KVM_GET_DIRTY_LOG, log), `GET${n}`)
    probe.V({ t: `bitmap${n}`, v: bitmap(probe, bm) })
  }
  go(probe, c, 'dirty run', 1)
  get(1)
  get(2)
  probe.xreg(c, 11, RAM + 0x4000n)
  probe.xreg(c, 20, RAM + 0x4000n)
  go(probe, c, 'dirty run2', 1)
  get(3)
  probe.un(c)
}

function manualRuns(probe: Probe): void {
  const { c, bm, log } = writer(probe, true)
  const get = (t: string): void => {
    probe.ioctl(c.vm, KVM_GET_DIRTY_LOG, log)
    probe.V({ t, v: bitmap(probe, bm) })
  }
  go(probe, c, 'manual run', 1)
  probe.ioctl(c.vm, KVM_GET_DIRTY_LOG, log)
  get('manual GET twice')
  const mask = probe.room(32)
  probe.view(mask, 8).setBigUint64(0, 0xffffffffffffffffn, true)
  const clear = { slot: 1, num_pages: 64, first_page: 64n, dirty_bitmap: mask }
  probe.J(probe.ioctl(c.vm, KVM_CLEAR_DIRTY_LOG, probe.struct(kvm_clear_dirty_log, clear)), 'CLEAR 64@64')
  get('after CLEAR')
  probe.xreg(c, 20, RAM + 0x4000n)
  go(probe, c, 'manual run2', 1)
  get('after run2')
  probe.un(c)
}

function debug(probe: Probe): void {
  const set = (c: GuestContext, control: number, address?: bigint): unknown => {
    const arch = address === undefined ? {} : { dbg_bvr: [address], dbg_bcr: [(0xfn << 5n) | (3n << 1n) | 1n] }
    return probe.ioctl(c.vc, KVM_SET_GUEST_DEBUG, probe.struct(kvm_guest_debug, { control, arch }))
  }
  let c = probe.mk('step')
  set(c, 3)
  go(probe, c, 'singlestep', 4)
  set(c, 1 | (1 << 16))
  go(probe, c, 'sw_bp', 1)
  probe.un(c)
  c = probe.mk('step')
  set(c, 1 | (1 << 17), RAM + 8n)
  go(probe, c, 'hw_bp', 1)
  probe.un(c)
}

function interruptions(probe: Probe): void {
  let c = probe.mk('loop')
  probe.view(c.run, 8).setUint8(1, 1)
  go(probe, c, 'immediate_exit', 1)
  probe.un(c)
  c = probe.mk('loop')
  probe.slot(c.vm, 0, 0, 0n, 0n, 0n)
  go(probe, c, 'pc slot deleted', 2)
  probe.un(c)
  c = probe.mk('loop')
  probe.process.memory.unmap(c.mem)
  go(probe, c, 'hva unmapped', 2)
  probe.un(c)
}

function externalAbort(probe: Probe): void {
  const c = probe.mk('oor')
  const events = probe.struct(kvm_vcpu_events, { exception: { ext_dabt_pending: 1 } })
  probe.xreg(c, 10, 0x09000000n)
  go(probe, c, 'ext_dabt first exit', 1)
  probe.J(probe.ioctl(c.vc, KVM_SET_VCPU_EVENTS, events), 'SET ext_dabt')
  probe.ioctl(c.vc, KVM_GET_VCPU_EVENTS, events)
  probe.V({ t: 'get events', ext: probe.view(events, 8).getUint8(2) })
  go(probe, c, 'ext_dabt then', 6)
  probe.un(c)
}

function ioEventFd(probe: Probe): void {
  const c = probe.mk('mmio')
  const event = probe.process.eventfd()
  const io = { addr: 0x09000004n, len: 4, fd: event.fd, flags: 0, datamatch: 0n }
  const J = (t: string, changes: Partial<typeof io> = {}): void => {
    Object.assign(io, changes)
    probe.J(probe.ioctl(c.vm, KVM_IOEVENTFD, probe.struct(kvm_ioeventfd, io)), t)
  }
  J('IOEVENTFD 4')
  J('IOEVENTFD dup')
  J('IOEVENTFD datamatch same addr (wildcard exists)', { flags: 1, datamatch: 0x55667788n })
  J('DEASSIGN wildcard', { flags: 4 })
  J('DEASSIGN again')
  J('datamatch', { flags: 1 })
  J('datamatch other', { datamatch: 1n })
  J('len 3', { len: 3 })
  J('len 0 + datamatch', { len: 0 })
  J('len 0 wildcard', { flags: 0, addr: 0x09000008n })
  J('wrap', { addr: 0xffffffffffffffffn - 2n, len: 8 })
  J('flags 16', { addr: 0x1000n, len: 4, flags: 16 })
  J('PIO flag', { flags: 2 })
  J('bad fd', { flags: 0, fd: -1 })
  J('not eventfd', { fd: probe.kvm.fd })
  go(probe, c, 'ioeventfd mmio', 60)
  const n = probe.room(8)
  const { r } = probe.call(() => event.read(n, 8))
  probe.V({ t: 'eventfd count', v: r < 0 ? -1 : Number(probe.get64(n)) })
  probe.un(c)
  event.close()
}
