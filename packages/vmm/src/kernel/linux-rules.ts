/** Where Linux 6.1 answers otherwise than 6.12: one name for each difference. */

/** The version whose answers are given. */
export type LinuxVersion = '6.1' | '6.12'

/** What differs. */
export interface LinuxRules {
  readonly version: LinuxVersion
  /** Old trace requests exist and are not supported (EOPNOTSUPP), or are unknown (EINVAL). */
  readonly hasTraceRequests: boolean
  /** `KVM_CAP_DIRTY_LOG_RING_ACQ_REL`. */
  readonly hasDirtyRing: boolean
  /** `KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE`. */
  readonly hasEagerSplit: boolean
  /** `KVM_SET_USER_MEMORY_REGION2`. */
  readonly hasRegion2: boolean
  /** Features belong to the VM, and POWER_OFF is none; or to each vCPU, POWER_OFF included. */
  readonly hasVmWideFeatures: boolean
  /** ID registers can be set within masks until the first run, and `KVM_ARM_GET_REG_WRITABLE_MASKS` tells them. */
  readonly hasWritableIdRegisters: boolean
  /** The PFR0.GIC field goes when the VM runs without a GICv3. */
  readonly hidesGicField: boolean
  /** `KVM_ARM_SET_COUNTER_OFFSET`. */
  readonly hasCounterOffset: boolean
  /** The physical timer has register ids. */
  readonly hasPhysicalTimerIds: boolean
  /** Timers of EL2 have attributes. */
  readonly hasEl2Timers: boolean
  /** `KVM_ARM_VM_SMCCC_FILTER` and other VM attributes. */
  readonly hasVmAttributes: boolean
  /** An SMC is answered like an HVC, or as not supported. */
  readonly answersSmc: boolean
  /** ESR_EL1 of an injected abort has bits 63:32 set, by a sign extension. */
  readonly signExtendsEsr: boolean
  /** CCSIDR values are made up and can be set; or they are the host's. */
  readonly hasFabricatedCaches: boolean
  /** FEAT_LPA2 is used where the CPU has it: 52-bit addresses with pages of 4K and 16K. */
  readonly knowsLpa2: boolean
}

const latest: LinuxRules = {
  version: '6.12',
  hasTraceRequests: false,
  hasDirtyRing: true,
  hasEagerSplit: true,
  hasRegion2: true,
  hasVmWideFeatures: true,
  hasWritableIdRegisters: true,
  hidesGicField: true,
  hasCounterOffset: true,
  hasPhysicalTimerIds: true,
  hasEl2Timers: true,
  hasVmAttributes: true,
  answersSmc: true,
  signExtendsEsr: false,
  hasFabricatedCaches: true,
  knowsLpa2: true,
}

/** The answers of each version. */
export const linuxRules: Readonly<Record<LinuxVersion, LinuxRules>> = {
  '6.12': latest,
  '6.1': {
    version: '6.1',
    hasTraceRequests: true,
    hasDirtyRing: false,
    hasEagerSplit: false,
    hasRegion2: false,
    hasVmWideFeatures: false,
    hasWritableIdRegisters: false,
    hidesGicField: false,
    hasCounterOffset: false,
    hasPhysicalTimerIds: false,
    hasEl2Timers: false,
    hasVmAttributes: false,
    answersSmc: false,
    signExtendsEsr: true,
    hasFabricatedCaches: false,
    knowsLpa2: false,
  },
}
