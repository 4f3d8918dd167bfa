/** PSCI 0.1 to 1.1 as KVM answers it. [PSCI] §5 */

import { type CallOutcome, type CallResult, one } from './call-outcome.ts'

/** [SMCCC] §7.2: major in [30:16], minor in [15:0]. */
export const SMCCC_VERSION_1_1 = 0x10001n
/** PSCI versions that `KVM_REG_ARM_PSCI_VERSION` knows. */
export const PSCI_0_1 = 0x1
export const PSCI_0_2 = 0x2
export const PSCI_1_0 = 0x10000
export const PSCI_1_1 = 0x10001

/** Function numbers; those with a 64-bit form have it at bit 30. [PSCI] §5.1 */
const fn = {
  PSCI_VERSION: 0x8400_0000,
  CPU_SUSPEND: 0x8400_0001,
  CPU_OFF: 0x8400_0002,
  CPU_ON: 0x8400_0003,
  AFFINITY_INFO: 0x8400_0004,
  MIGRATE_INFO_TYPE: 0x8400_0006,
  SYSTEM_OFF: 0x8400_0008,
  SYSTEM_RESET: 0x8400_0009,
  PSCI_FEATURES: 0x8400_000a,
  SYSTEM_SUSPEND: 0x8400_000e,
  SYSTEM_RESET2: 0x8400_0012,
  SMCCC_VERSION: 0x8000_0000,
} as const

/** Numbers that KVM gave to PSCI 0.1, which left them to the device tree. [LINUX-UAPI] asm/kvm.h KVM_PSCI_FN */
const legacyCpuOff = 0x95c1_ba5f
const legacyCpuOn = 0x95c1_ba60

const is64Bit = 0x4000_0000
/** Functions that exist in a 64-bit form. */
const has64BitForm: readonly number[] = [
  fn.CPU_SUSPEND,
  fn.CPU_ON,
  fn.AFFINITY_INFO,
  fn.SYSTEM_SUSPEND,
  fn.SYSTEM_RESET2,
]

const SUCCESS = 0n
const NOT_SUPPORTED = -1n
const INVALID_PARAMETERS = -2n
const ALREADY_ON = -4n
const INTERNAL_FAILURE = -6n
/** MIGRATE_INFO_TYPE: there is no Trusted OS. [PSCI] §5.9 */
const TOS_NOT_PRESENT = 2n
const AFFINITY_ON = 0n
const AFFINITY_OFF = 1n

/** Types and flags of `KVM_EXIT_SYSTEM_EVENT`. [KVM-API] §5 */
const KVM_SYSTEM_EVENT_SHUTDOWN = 1
const KVM_SYSTEM_EVENT_RESET = 2
const KVM_SYSTEM_EVENT_SUSPEND = 5
const KVM_SYSTEM_EVENT_RESET_FLAG_PSCI_RESET2 = 1n

/** Affinity fields of MPIDR_EL1. [ARM] D24 MPIDR_EL1 */
const affinityMask = 0xff_00ff_ffffn

/** Another vCPU as PSCI sees it. */
export interface PsciTarget {
  /** MPIDR_EL1, 0 before the vCPU is initialised. */
  readonly mpidr: bigint
  readonly isStopped: boolean
  /** Resets the vCPU and lets it run. */
  turnOn(entry: bigint, context: bigint): void
  /** MP state STOPPED. */
  turnOff(): void
}

/** The VM as PSCI sees it. */
export interface PsciVm {
  /** Version that the guest gets. */
  readonly psciVersion: number
  /** KVM_CAP_ARM_SYSTEM_SUSPEND is on. */
  readonly isSystemSuspendEnabled: boolean
  readonly vcpus: readonly PsciTarget[]
}

/** Answers a PSCI call by the vCPU with index `self` of `vm.vcpus`; anything unknown is NOT_SUPPORTED. */
export function callPsci(vm: PsciVm, self: number, id: number, args: CallResult): CallOutcome {
  if (vm.psciVersion === PSCI_0_1) {
    if (id === legacyCpuOff) return turnSelfOff(vm, self)
    if (id === legacyCpuOn) return one(turnOn(vm, args[1], args[2], args[3]))
    return one(NOT_SUPPORTED)
  }
  const base = baseFunction(id)
  const isWide = (id & is64Bit) !== 0
  const arg = (n: 1 | 2 | 3): bigint => (isWide ? args[n] : BigInt.asUintN(32, args[n]))
  switch (base) {
    case fn.PSCI_VERSION:
      return one(BigInt(vm.psciVersion))
    case fn.CPU_SUSPEND:
      return { ...one(SUCCESS), isWaiting: true }
    case fn.CPU_OFF:
      return turnSelfOff(vm, self)
    case fn.CPU_ON:
      return one(turnOn(vm, arg(1), arg(2), arg(3)))
    case fn.AFFINITY_INFO:
      return one(affinityInfo(vm, arg(1), arg(2)))
    case fn.MIGRATE_INFO_TYPE:
      return one(TOS_NOT_PRESENT)
    case fn.SYSTEM_OFF:
      return systemEvent(vm, KVM_SYSTEM_EVENT_SHUTDOWN, 0n)
    case fn.SYSTEM_RESET:
      return systemEvent(vm, KVM_SYSTEM_EVENT_RESET, 0n)
    default:
      return vm.psciVersion >= PSCI_1_0 ? callPsci1(vm, base, arg) : one(NOT_SUPPORTED)
  }
}

function callPsci1(vm: PsciVm, base: number | undefined, arg: (n: 1 | 2 | 3) => bigint): CallOutcome {
  switch (base) {
    case fn.PSCI_FEATURES:
      return one(isSupported(vm, Number(BigInt.asUintN(32, arg(1)))) ? SUCCESS : NOT_SUPPORTED)
    case fn.SYSTEM_SUSPEND:
      // Registers stay as they are: the user decides whether the call succeeds, and where it returns to.
      if (!vm.isSystemSuspendEnabled) return one(NOT_SUPPORTED)
      return { exit: { reason: 'system_event', type: KVM_SYSTEM_EVENT_SUSPEND, data: [] } }
    case fn.SYSTEM_RESET2:
      if (vm.psciVersion < PSCI_1_1) return one(NOT_SUPPORTED)
      // Type 0 is a warm reset; types with bit 31 are the vendor's and everything else is reserved.
      if (arg(1) !== 0n && arg(1) < 0x8000_0000n) return one(INVALID_PARAMETERS)
      return systemEvent(vm, KVM_SYSTEM_EVENT_RESET, KVM_SYSTEM_EVENT_RESET_FLAG_PSCI_RESET2)
    default:
      return one(NOT_SUPPORTED)
  }
}

/** The 32-bit number of a function, undefined for the 64-bit number of one that has no such form. */
function baseFunction(id: number): number | undefined {
  if ((id & is64Bit) === 0) return id
  const base = (id & ~is64Bit) >>> 0
  return has64BitForm.includes(base) ? base : undefined
}

function isSupported(vm: PsciVm, id: number): boolean {
  switch (baseFunction(id)) {
    case fn.SYSTEM_SUSPEND:
      return vm.isSystemSuspendEnabled
    case fn.SYSTEM_RESET2:
      return vm.psciVersion >= PSCI_1_1
    default:
      return (Object.values(fn) as (number | undefined)[]).includes(baseFunction(id))
  }
}

function turnSelfOff(vm: PsciVm, self: number): CallOutcome {
  vm.vcpus[self].turnOff()
  // The result is what the caller would see if it came back, which it does not.
  return { ...one(INTERNAL_FAILURE), isWaiting: true }
}

function turnOn(vm: PsciVm, mpidr: bigint, entry: bigint, context: bigint): bigint {
  const target = vm.vcpus.find((vcpu) => vcpu.mpidr !== 0n && (vcpu.mpidr & affinityMask) === (mpidr & affinityMask))
  if (target === undefined) return INVALID_PARAMETERS
  if (!target.isStopped) return vm.psciVersion === PSCI_0_1 ? INVALID_PARAMETERS : ALREADY_ON
  target.turnOn(entry, context)
  return SUCCESS
}

function affinityInfo(vm: PsciVm, affinity: bigint, level: bigint): bigint {
  const masks = [0xff_00ff_ffffn, 0xff_00ff_ff00n, 0xff_00ff_0000n, 0xff_0000_0000n]
  const mask = level <= 3n ? masks[Number(level)] : undefined
  if (mask === undefined) return INVALID_PARAMETERS
  const matching = vm.vcpus.filter((vcpu) => (vcpu.mpidr & mask) === (affinity & mask))
  if (matching.length === 0) return INVALID_PARAMETERS
  return matching.some((vcpu) => !vcpu.isStopped) ? AFFINITY_ON : AFFINITY_OFF
}

function systemEvent(vm: PsciVm, type: number, flags: bigint): CallOutcome {
  for (const vcpu of vm.vcpus) vcpu.turnOff()
  // Should the user let the guest go on all the same, the call has failed.
  return { ...one(INTERNAL_FAILURE), exit: { reason: 'system_event', type, data: [flags] } }
}
