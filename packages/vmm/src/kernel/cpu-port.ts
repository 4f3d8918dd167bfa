/** What the kernel side needs of a CPU: the one place where the two packages touch. */

import type { CpuExit, CpuHost, CpuState, CpuStatistics, HostDebug, LinearMemory } from '@armvisor/cpu'

/** An abort that the hypervisor injects into the guest's EL1. [ARM] D24 ESR_EL1. */
export interface InjectedAbort {
  readonly kind: 'data' | 'prefetch'
  /** What FAR_EL1 will hold. */
  readonly far: bigint
  /** Fault status code, ISS[5:0]: 0x10 synchronous external abort, 0x00 address size fault at level 0. */
  readonly fsc: number
}

/** Stage-2 translation as the CPU sees it. */
export interface Stage2Registers {
  readonly vttbr: bigint
  readonly vtcr: bigint
}

/**
 * One CPU that executes EL0 and EL1.
 *
 * System registers go by the encoding op0<<14 | op1<<11 | CRn<<7 | CRm<<3 | op2. `getReg` and `setReg` are the
 * hypervisor's access, not the guest's: they reach MPIDR_EL1, SP_EL0, SP_EL1, ELR_EL1 and SPSR_EL1 whatever EL the
 * guest is at, and never call {@link CpuHost.accessSysReg}.
 */
export interface CpuPort {
  readonly state: CpuState
  /** Runs for at most about `budget` taken branches; a CPU that counts instructions for at most `budget` of those, exactly. */
  run(budget: number): CpuExit
  /** Instructions executed so far, exact also while the guest calls its {@link CpuHost}; asked only of a CPU that counts them. */
  readonly instructions: number
  /** Lets {@link CpuPort.run} return after the instruction under way. */
  endSlice(): void
  setInterruptLine(line: 'irq' | 'fiq' | 'serror', level: boolean): void
  injectAbort(abort: InjectedAbort): void
  injectUndefined(): void
  /** Makes an SError interrupt pending, with ISS[24:0] of its syndrome. */
  injectSError(iss: number): void
  /** An injected SError is not taken yet. */
  readonly isSErrorPending: boolean
  /** Debugs the guest: debug exceptions become exits. Undefined leaves them to the guest. */
  setDebug(debug: HostDebug | undefined): void
  setStage2(registers: Stage2Registers | undefined): void
  /** Forgets what was translated through the stage-2 page at `ipa`. */
  tlbiIpa(ipa: number): void
  /** Forgets what was translated for the current VMID. */
  tlbiVmid(): void
  /** Undefined for a register that this CPU does not have. */
  getReg(encoding: number): bigint | undefined
  /** Called only for registers that {@link CpuPort.getReg} knows. */
  setReg(encoding: number, value: bigint): void
  /** PSTATE in the layout of SPSR_EL1. Writing it changes EL and SP selection as an exception return does. */
  readPstate(): number
  writePstate(value: number): void
  /** CNTVOFF_EL2: CNTVCT_EL0 is the physical counter minus this, modulo 2^64. */
  counterOffset: number
  reset(): void
  /** For `inspectCpus`; a CPU that counts nothing has none. */
  readonly statistics?: CpuStatistics
  /** Drops decoded code of host physical memory that somebody else wrote. */
  invalidateCode(pa: number, sizeBytes: number): void
}

/** Extensions that let the kernel side offer something. What a model lacks answers as on a host without it. */
export interface HostFeatures {
  /** Vector lengths of FEAT_SVE in quadwords, ascending. */
  readonly sve?: readonly number[]
  /** FEAT_MTE2: tags of memory. */
  readonly mte?: boolean
  /** FEAT_PAuth, addresses and generic. */
  readonly pauth?: boolean
  /** FEAT_PMUv3. */
  readonly pmu?: boolean
  /** FEAT_RAS: a virtual SError has a syndrome. */
  readonly ras?: boolean
}

/** What the kernel side must know of a CPU model. */
export interface CpuModelPort {
  /** Physical address size in bits, as in ID_AA64MMFR0_EL1.PARange. */
  readonly paBits: number
  /** FEAT_LPA2 at both stages. */
  readonly lpa2: boolean
  readonly features?: HostFeatures
  /** ID registers of the host, by encoding, that are not what the emulated CPU says of itself. */
  readonly idRegisters?: ReadonlyMap<number, bigint>
  /** CCSIDR_EL1 of the host's caches by CSSELR_EL1, for versions of Linux that show them. Default: the CPU's. */
  readonly caches?: ReadonlyMap<number, bigint>
}

/** How the kernel side comes by CPUs. */
export interface CpuFactory {
  /** Makes the CPU whose state block is number `index` of `memory`. It is never given back, but reset and used again. */
  create(options: { readonly memory: LinearMemory; readonly index: number; readonly host: CpuHost }): CpuPort
  /** Tells CPUs that they belong to one VM, so that broadcast maintenance reaches all; after each new vCPU. */
  connect(cpus: readonly CpuPort[]): void
}
