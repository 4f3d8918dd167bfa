/** `KVM_SET_GUEST_DEBUG`: what the CPU is told of it. [KVM-API] §4.87 */

import { DEBUG_COUNTS, type DebugRegisterPair, type HostDebug } from '@armvisor/cpu'
import {
  KVM_GUESTDBG_ENABLE,
  KVM_GUESTDBG_SINGLESTEP,
  KVM_GUESTDBG_USE_HW,
  KVM_GUESTDBG_USE_SW_BP,
  type kvm_guest_debug,
  type StructValue,
  sysRegIndex,
} from '@armvisor/uapi'
import { hex, kvmError } from './fail.ts'

/** `struct kvm_guest_debug`. */
export type GuestDebug = StructValue<typeof kvm_guest_debug>

/** Flags of `control`; `KVM_CAP_SET_GUEST_DEBUG2`. */
export const guestDebugFlags: number =
  KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP | KVM_GUESTDBG_USE_SW_BP | KVM_GUESTDBG_USE_HW

/** @throws `KvmError` EINVAL for a flag that arm64 does not have. */
export function checkGuestDebug({ control }: GuestDebug): void {
  if ((control & ~guestDebugFlags) === 0) return
  throw kvmError(
    'EINVAL',
    'KVM_SET_GUEST_DEBUG',
    `control ${hex(control >>> 0)} holds bits beyond ${hex(guestDebugFlags)}`,
  )
}

function pairs(controls: readonly bigint[], values: readonly bigint[], count: number): DebugRegisterPair[] {
  return controls.slice(0, count).map((control, n) => ({ control, value: values[n] }))
}

/**
 * While debugging is on every debug exception is an exit, BRK among them, whether its flag is set or not: Linux routes them all alike. Of the
 * registers those count that the host has.
 */
export function hostDebugOf(debug: GuestDebug, counts: DebugCounts): HostDebug | undefined {
  const { control, arch } = debug
  if ((control & KVM_GUESTDBG_ENABLE) === 0) return undefined
  const step = (control & KVM_GUESTDBG_SINGLESTEP) !== 0
  if ((control & KVM_GUESTDBG_USE_HW) === 0) return { step }
  const breakpoints = pairs(arch.dbg_bcr, arch.dbg_bvr, counts.breakpoints)
  const watchpoints = pairs(arch.dbg_wcr, arch.dbg_wvr, counts.watchpoints)
  return { step, registers: { breakpoints, watchpoints } }
}

/** Hardware breakpoints and watchpoints. */
export interface DebugCounts {
  readonly breakpoints: number
  readonly watchpoints: number
}

const ID_AA64DFR0_EL1 = sysRegIndex(3, 0, 0, 5, 0)

/** What the host has, as its ID register says: BRPs and WRPs are one less. */
export function debugCountsOf(idRegisters: ReadonlyMap<number, bigint> | undefined): DebugCounts {
  const dfr0 = idRegisters?.get(ID_AA64DFR0_EL1)
  if (dfr0 === undefined) return DEBUG_COUNTS
  return { breakpoints: Number((dfr0 >> 12n) & 15n) + 1, watchpoints: Number((dfr0 >> 20n) & 15n) + 1 }
}
