/** `go` of the recording program: runs a guest and prints its exits. */

import { KVM_RUN, kvm_run, offsetOfField } from '@armvisor/uapi'
import { CORE, chex, type GuestContext, PCID, type Probe, type ProbeRecord } from './probe.ts'

const at = (path: string): bigint => BigInt(offsetOfField(kvm_run, path))
const exitReason = at('exit_reason')
const mmio = {
  addr: at('exit.mmio.phys_addr'),
  data: at('exit.mmio.data'),
  len: at('exit.mmio.len'),
  isWrite: at('exit.mmio.is_write'),
}
const event = {
  type: at('exit.system_event.type'),
  ndata: at('exit.system_event.ndata'),
  data: at('exit.system_event.data'),
}

const KVM_EXIT_HYPERCALL = 3
const KVM_EXIT_DEBUG = 4
const KVM_EXIT_MMIO = 6
const KVM_EXIT_SYSTEM_EVENT = 24
const KVM_EXIT_ARM_NISV = 28

/** What every MMIO load reads. */
const answer = 0xf8f7f6f5f4f3f2f1n

/** Runs until something other than MMIO, NISV, DEBUG or HYPERCALL, at most `max` times. */
export function go(probe: Probe, context: GuestContext, t: string, max: number): void {
  for (let i = 0; i < max; i++) {
    const result = probe.ioctl(context.vc, KVM_RUN)
    const pc = probe.get(context.vc, PCID)
    const reason = probe.get32(context.run + exitReason)
    if (result.r < 0) {
      probe.J(result, `${t} KVM_RUN#${i} exit_reason=${reason} pc=${chex(pc)}`)
      return
    }
    if (!printExit(probe, context, t, reason, pc)) return
  }
}

/** Prints an exit and answers it; false where the recording program stops. */
function printExit(probe: Probe, { vc, run }: GuestContext, t: string, reason: number, pc: bigint): boolean {
  const V = (fields: ProbeRecord): void => probe.V({ t, ...fields, pc: chex(pc) })
  switch (reason) {
    case KVM_EXIT_MMIO: {
      const isWrite = probe.view(run + mmio.isWrite, 1).getUint8(0)
      const data = probe.get64(run + mmio.data)
      const addr = chex(probe.get64(run + mmio.addr))
      V({ exit: 'MMIO', addr, len: probe.get32(run + mmio.len), w: isWrite, data: isWrite ? chex(data) : '0' })
      if (!isWrite) probe.view(run + mmio.data, 8).setBigUint64(0, answer, true)
      return true
    }
    case KVM_EXIT_SYSTEM_EVENT:
      V({
        exit: 'SYSTEM_EVENT',
        type: probe.get32(run + event.type),
        ndata: probe.get32(run + event.ndata),
        d0: Number(probe.get64(run + event.data)),
      })
      return false
    case KVM_EXIT_ARM_NISV:
      V({
        exit: 'ARM_NISV',
        esr_iss: chex(probe.get64(run + at('exit.arm_nisv.esr_iss'))),
        ipa: chex(probe.get64(run + at('exit.arm_nisv.fault_ipa'))),
      })
      probe.set(vc, PCID, pc + 4n)
      return true
    case KVM_EXIT_DEBUG:
      V({
        exit: 'DEBUG',
        hsr: chex(probe.get32(run + at('exit.debug.arch.hsr'))),
        hsr_high: chex(probe.get32(run + at('exit.debug.arch.hsr_high'))),
        far: chex(probe.get64(run + at('exit.debug.arch.far'))),
        flags: probe.view(run + at('flags'), 2).getUint16(0, true),
      })
      return true
    case KVM_EXIT_HYPERCALL:
      V({
        exit: 'HYPERCALL',
        nr: chex(probe.get64(run + at('exit.hypercall.nr'))),
        flags: Number(probe.get64(run + at('exit.hypercall.flags'))),
      })
      probe.set(vc, CORE(0), 0x1234n)
      return true
    default:
      V({ exit: reason })
      return false
  }
}
