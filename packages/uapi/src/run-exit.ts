/** `kvm_run` as a discriminated union of exits, both ways. [KVM-API] §5. */

import { exitReasonTable, type VcpuExit } from './exit.ts'
import { KVM_EXIT_ARM_LDST64B, KVM_EXIT_ARM_SEA } from './exit-reason.ts'
import { sizeOfStruct } from './layout/define.ts'
import { kvm_run } from './layout/kvm-run.ts'
import { type StructView, viewStructAt } from './layout/view.ts'

/**
 * An exit as `kvm_run` has it: those of {@link VcpuExit}, with all that the structure holds, and those that came after
 * Linux 6.12.
 *
 * @see {@link decodeRun}
 */
export type RunExit =
  | Exclude<VcpuExit, { readonly reason: 'hypercall' }>
  | {
      readonly reason: 'hypercall'
      readonly nr: bigint
      readonly flags: bigint
      readonly args: readonly bigint[]
      readonly ret: bigint
    }
  /** Since 6.19. `gpa` is valid with `KVM_EXIT_ARM_SEA_FLAG_GPA_VALID`, `gva` unless `esr` says FnV. */
  | {
      readonly reason: 'arm_sea'
      readonly flags: bigint
      readonly esr: bigint
      readonly gva: bigint
      readonly gpa: bigint
    }
  /** Since 7.0. */
  | { readonly reason: 'arm_ldst64b'; readonly esrIss: bigint; readonly faultIpa: bigint }

const reasons: ReadonlyMap<number, RunExit['reason']> = /* @__PURE__ */ new Map<number, RunExit['reason']>([
  ...(Object.entries(exitReasonTable) as [VcpuExit['reason'], number][]).map(
    ([reason, value]) => [value, reason] as const,
  ),
  [KVM_EXIT_ARM_SEA, 'arm_sea'],
  [KVM_EXIT_ARM_LDST64B, 'arm_ldst64b'],
])

/** The first `count` elements; the structure says how many are filled in, and could say more than it has. */
const take = <V>(values: Iterable<V>, count: number): V[] => [...values].slice(0, count)

/**
 * The exit that `bytes`, which begin with a `kvm_run`, tell of. `data` of an `mmio` exit is the bytes of the structure
 * themselves, so that a read is answered by filling it. A reason that arm64 does not have is `unknown`.
 *
 * @throws {@link LayoutError} if the bytes are too few or misaligned.
 * @see [KVM-API] §5
 */
export function decodeRun(bytes: Uint8Array): RunExit {
  const run = viewStructAt(kvm_run, bytes)
  const { exit } = run
  const exitReason = run.exit_reason
  const reason = reasons.get(exitReason) ?? 'unknown'
  switch (reason) {
    case 'intr':
    case 'dirty_ring_full':
      return { reason }
    case 'mmio': {
      const { phys_addr, data, len, is_write } = exit.mmio
      return { reason, physAddr: phys_addr, data: data.subarray(0, len), len, isWrite: is_write !== 0 }
    }
    case 'system_event': {
      const { type, ndata, data } = exit.system_event
      return { reason, type, data: take(data, ndata) }
    }
    case 'hypercall': {
      const { nr, args, ret, flags } = exit.hypercall
      return { reason, nr, flags, args: [...args], ret }
    }
    case 'arm_nisv':
    case 'arm_ldst64b':
      return { reason, esrIss: exit.arm_nisv.esr_iss, faultIpa: exit.arm_nisv.fault_ipa }
    case 'fail_entry': {
      const { hardware_entry_failure_reason, cpu } = exit.fail_entry
      return { reason, hardwareEntryFailureReason: hardware_entry_failure_reason, cpu }
    }
    case 'internal_error': {
      const { suberror, ndata, data } = exit.internal
      return { reason, suberror, data: take(data, ndata) }
    }
    case 'debug': {
      const { hsr, hsr_high, far } = exit.debug.arch
      return { reason, hsr, hsrHigh: hsr_high, far }
    }
    case 'memory_fault': {
      const { flags, gpa, size } = exit.memory_fault
      return { reason, flags, gpa, size }
    }
    case 'arm_sea': {
      const { flags, esr, gva, gpa } = exit.arm_sea
      return { reason, flags, esr, gva, gpa }
    }
    case 'unknown':
      return { reason, exitReason }
  }
}

type ExitFields = StructView<typeof kvm_run>['exit']

const fill = <V>(array: { set(index: number, value: V): void }, values: readonly V[]): void => {
  for (const [index, value] of values.entries()) array.set(index, value)
}

function writeExit(exit: ExitFields, told: RunExit): void {
  switch (told.reason) {
    case 'mmio':
      exit.mmio.phys_addr = told.physAddr
      exit.mmio.data.set(told.data)
      exit.mmio.len = told.len
      exit.mmio.is_write = told.isWrite ? 1 : 0
      break
    case 'system_event':
      exit.system_event.type = told.type
      exit.system_event.ndata = told.data.length
      fill(exit.system_event.data, told.data)
      break
    case 'hypercall':
      exit.hypercall.nr = told.nr
      exit.hypercall.ret = told.ret
      exit.hypercall.flags = told.flags
      fill(exit.hypercall.args, told.args)
      break
    case 'arm_nisv':
    case 'arm_ldst64b':
      exit.arm_nisv.esr_iss = told.esrIss
      exit.arm_nisv.fault_ipa = told.faultIpa
      break
    case 'fail_entry':
      exit.fail_entry.hardware_entry_failure_reason = told.hardwareEntryFailureReason
      exit.fail_entry.cpu = told.cpu
      break
    case 'internal_error':
      exit.internal.suberror = told.suberror
      exit.internal.ndata = told.data.length
      fill(exit.internal.data, told.data)
      break
    case 'debug':
      exit.debug.arch.hsr = told.hsr
      exit.debug.arch.hsr_high = told.hsrHigh
      exit.debug.arch.far = told.far
      break
    case 'memory_fault':
      exit.memory_fault.flags = told.flags
      exit.memory_fault.gpa = told.gpa
      exit.memory_fault.size = told.size
      break
    case 'arm_sea':
      exit.arm_sea.flags = told.flags
      exit.arm_sea.esr = told.esr
      exit.arm_sea.gva = told.gva
      exit.arm_sea.gpa = told.gpa
      break
  }
}

/**
 * Writes an exit into `bytes`, which begin with a `kvm_run`, as KVM would: the reason and the member of the union, whose
 * other bytes become 0. What lies outside the union stays. Without `bytes` in a structure of its own, which is returned.
 *
 * @throws {@link LayoutError} if the bytes are too few or misaligned, RangeError if there is more data than room.
 * @see {@link decodeRun}, the inverse
 */
export function encodeRun(told: RunExit, bytes: Uint8Array = new Uint8Array(sizeOfStruct(kvm_run))): Uint8Array {
  const run = viewStructAt(kvm_run, bytes)
  run.exit.padding.fill(0)
  run.exit_reason =
    told.reason === 'unknown'
      ? told.exitReason
      : [...reasons].filter(([, reason]) => reason === told.reason).map(([value]) => value)[0]
  writeExit(run.exit, told)
  return bytes
}
