/** `KVM_GET_VCPU_EVENTS` and `KVM_SET_VCPU_EVENTS`: exceptions on their way to the guest. [KVM-API] §4.31 */

import type { kvm_vcpu_events, StructValue } from '@armvisor/uapi'
import { hex, kvmError } from './fail.ts'

/** `struct kvm_vcpu_events`. */
export type VcpuEvents = StructValue<typeof kvm_vcpu_events>

/** ISS of ESR_EL1: what an SError's syndrome may say. [ARM] D24 */
const issMask = 0x1ff_ffffn

/** What events do to a vCPU. */
export interface EventsVcpu {
  /** FEAT_RAS. */
  readonly hasRas: boolean
  readonly serror: { isPending: boolean; esr: bigint }
  /** Makes a virtual SError pending, with a syndrome where FEAT_RAS has one. */
  pendSerror(esr: bigint): void
  /** Injects an external abort for the access that the vCPU left for, in place of its completion. */
  injectExternalAbort(): void
}

/** The events as the user gets them. An injected abort is never seen again. */
export function getVcpuEvents(vcpu: EventsVcpu): VcpuEvents {
  const { isPending, esr } = vcpu.serror
  return {
    exception: {
      serror_pending: isPending ? 1 : 0,
      serror_has_esr: vcpu.hasRas ? 1 : 0,
      ext_dabt_pending: 0,
      pad: [0, 0, 0, 0, 0],
      serror_esr: isPending && vcpu.hasRas ? esr : 0n,
    },
    reserved: Array.from({ length: 12 }, () => 0),
  }
}

/** @throws `KvmError` EINVAL */
export function setVcpuEvents(vcpu: EventsVcpu, { exception, reserved }: VcpuEvents): void {
  const call = 'KVM_SET_VCPU_EVENTS'
  if (reserved.some((word) => word !== 0)) throw kvmError('EINVAL', call, 'reserved words are not 0')
  if (exception.pad.some((byte) => byte !== 0)) throw kvmError('EINVAL', call, 'padding is not 0')
  const { serror_pending, serror_has_esr, ext_dabt_pending, serror_esr } = exception
  if (serror_pending !== 0 && serror_has_esr !== 0) {
    if (!vcpu.hasRas) throw kvmError('EINVAL', call, 'this CPU has no syndrome for an SError', 'leave serror_has_esr 0')
    if ((serror_esr & ~issMask) !== 0n)
      throw kvmError('EINVAL', call, `syndrome ${hex(serror_esr)} is more than an ISS`)
    vcpu.pendSerror(serror_esr)
  } else if (serror_pending !== 0) vcpu.pendSerror(0n)
  if (ext_dabt_pending !== 0) vcpu.injectExternalAbort()
}
