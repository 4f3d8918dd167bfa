/** Differences from the recordings that are as they should be, each with its reason. */

/** Records that may differ. */
export interface Accepted {
  /** Which recordings. */
  readonly recordings: readonly ('6.12' | '6.12 second' | '6.1')[]
  readonly keys: readonly string[]
  readonly why: string
}

const both = ['6.12', '6.1'] as const

/** Capabilities that differ within the one record that holds them all: number and reason. */
export const acceptedCapabilities: Readonly<Record<string, string>> = {
  9: 'NR_VCPUS is the number of CPUs online; all vCPUs share one thread here',
  93: 'the CPU has no AArch32',
}

/** The list. */
export const accepted: readonly Accepted[] = [
  {
    recordings: both,
    keys: ['sys: caps #0'],
    why: 'one record with all capabilities; those that differ are in acceptedCapabilities',
  },
  {
    recordings: both,
    keys: ['vcpu: INIT feature bit 1 #0'],
    why: 'the CPU has no AArch32: KVM_ARM_VCPU_EL1_32BIT answers as on a host without it',
  },
  {
    recordings: both,
    keys: ['reglist: 0x603000000013df1a #0'],
    why: 'the virtual counter: what time it was',
  },
  {
    recordings: ['6.12'],
    keys: ['reglist: 0x603000000013df01 #0'],
    why: 'the physical counter: what time it was',
  },
  {
    recordings: both,
    keys: ['guest: nisv cas cap=1 #0'],
    why: 'WnR of an atomic is 0 where a read would have faulted too ([ARM] D24 ESR_EL2 WnR); the recording emulator set it',
  },
  {
    recordings: both,
    keys: [
      'guest: fetch unmapped #3',
      ...[36, 0].flatMap((type) =>
        [31, 32, 36, 39, 40, 44, 47, 48, 51].map(
          (bits) => `guest: fetch ipa=0x${((1n << BigInt(bits)) | 0x18n).toString(16)} type=${type} #3`,
        ),
      ),
    ],
    why: 'SPSR_EL1.BTYPE after a BR: the recording CPU had FEAT_BTI, ours has not',
  },
  { recordings: both, keys: ['guest: psci #53'], why: 'a random number' },
  { recordings: both, keys: ['guest: psci #60', 'guest: psci #61'], why: 'the wall clock' },
  {
    recordings: ['6.1'],
    keys: ['guest: sysregs #10'],
    why: 'CTR_EL0 as the recording CPU has it; Linux 6.1 shows the user another value, from which ours is taken',
  },
  {
    recordings: ['6.1'],
    keys: ['mte: VM_SHARED slot with MTE #0'],
    why: 'no user memory is MAP_SHARED here',
  },
]
