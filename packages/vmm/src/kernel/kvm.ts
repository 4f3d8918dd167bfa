/** `/dev/kvm`: a KVM for arm64 in one linear memory. [KVM-API] §4 */

import {
  Cpu,
  type CpuModel,
  type CpuStatistics,
  canShareMemory,
  cpuModels,
  type JitOptions,
  LinearMemory,
} from '@armvisor/cpu'
import { computeGeometry, type Granule } from '@armvisor/stage2'
import { decodeVmType, KVM_CAP_MSI_DEVID, type Kvm, type Vm } from '@armvisor/uapi'
import { capabilityValue, maxVcpuIds } from './capabilities.ts'
import { CpuBlocks } from './cpu-blocks.ts'
import type { CpuFactory, CpuModelPort } from './cpu-port.ts'
import { kvmError } from './fail.ts'
import { debugCountsOf } from './guest-debug.ts'
import type { InstructionClock } from './instruction-clock.ts'
import type { KvmEvents } from './kvm-events.ts'
import type { KvmHost } from './kvm-host.ts'
import { type LinuxRules, type LinuxVersion, linuxRules } from './linux-rules.ts'
import type { Quirks } from './mmio.ts'
import { LinearUserMemory, type UserMapping } from './user-memory.ts'
import { KernelVm } from './vm.ts'

const KVM_API_VERSION = 12

/** What {@link createKvmWith} makes a KVM from. */
export interface KvmOptions {
  /** Size of the linear memory: guest RAM, tables, CPU state and decoded code of all VMs. At most 4 GiB. */
  readonly memoryBytes: number
  readonly host: KvmHost
  /** Host page size, and with it the stage-2 granule. Default 4K. */
  readonly granule?: Granule
  /** Taken branches, or with `icount` instructions, that a vCPU executes between two looks at its timers. Default 50000, or 500000. */
  readonly sliceBudget?: number
  /** Lets other threads reach the linear memory, as a translator on one of them must. Default false. */
  readonly isMemoryShared?: boolean
  /** Time after which `run` returns `intr` to share the thread, in nanoseconds. Default 8 ms. */
  readonly sliceNs?: number
  /** Told of what happens while guests run. */
  readonly events?: KvmEvents
  /**
   * Repeatable runs: counters, timers and the real-time clock show this clock instead of the host's, and a guest that waits for a timer
   * finds itself at its time. A guest that is given the same files and `fillRandom` then executes the same instructions in every run, up to
   * its first input. One vCPU only.
   */
  readonly icount?: InstructionClock
  /** The version of Linux whose answers are given. Default 6.12. */
  readonly compat?: LinuxVersion
  /** Whether VMs can have a GICv2: not every host with a GICv3 lets them. Default true. */
  readonly hasGicv2?: boolean
  /** Mistakes of Linux to repeat. Default none. */
  readonly quirks?: Quirks
  /** Bytes of linear memory for the decoded code of each CPU; the default is an eighth of the memory, between 4 and 128 MiB. */
  readonly codeBytes?: number
}

/** Which CPU, and how it runs. */
export interface KvmModelOptions {
  readonly model?: CpuModel
  readonly jit?: JitOptions
}

/** {@link KvmOptions} with the CPU to use; with `icount` it must count instructions. */
export interface KvmCpuOptions extends KvmOptions {
  readonly model: CpuModelPort
  readonly cpus: CpuFactory
}

/**
 * Opens a KVM: one linear memory, in which VMs with vCPUs of one model run.
 *
 * Each vCPU takes an eighth of the memory, 4 to 128 MiB, for decoded code; a VM's RAM and tables must fit beside it.
 *
 * @throws RangeError for a memory size that no linear memory has
 * @example
 * const kvm = createKvm({ memoryBytes: 256 << 20, host })
 * const vm = kvm.createVm(36n)
 */
export function createKvm(options: KvmOptions & KvmModelOptions): Kvm {
  return createKvmWith(kvmCpuOptions(options))
}

/**
 * Opens a KVM on the given CPU implementation.
 *
 * @throws RangeError for a memory size that no linear memory has
 */
export function createKvmWith(options: KvmCpuOptions): Kvm {
  return new KernelKvm(options)
}

/** {@link KvmCpuOptions} with the CPUs of `@armvisor/cpu`. */
export function kvmCpuOptions(options: KvmOptions & KvmModelOptions): KvmCpuOptions {
  const model = options.model ?? cpuModels.armv8
  const { jit, codeBytes } = options
  const countsInstructions = options.icount !== undefined
  const cpus: CpuFactory = {
    create: ({ memory, index, host }) =>
      new Cpu({ memory, index, model, host, countsInstructions, ...(jit && { jit }), ...(codeBytes && { codeBytes }) }),
    // All CPUs come from `create` above.
    connect: (group) => Cpu.connect(group as readonly Cpu[]),
  }
  const isMemoryShared = jit?.compileHost !== undefined && canShareMemory()
  return { isMemoryShared, ...options, model, cpus }
}

/** The limit of the host, as PARange and the page size allow: 4K and 16K pages pass 48 bits only with FEAT_LPA2. */
export function hostIpaLimit(model: CpuModelPort, granule: Granule): number {
  return granule === '64K' || model.lpa2 ? model.paBits : Math.min(model.paBits, 48)
}

/** The implementation, for the files over it. */
export class KernelKvm implements Kvm {
  readonly memory: LinearUserMemory
  readonly #options: KvmCpuOptions
  readonly linear: LinearMemory
  readonly rules: LinuxRules
  readonly #granule: Granule
  readonly #ipaLimit: number
  readonly #vms = new Set<KernelVm>()
  readonly #blocks: CpuBlocks
  readonly #vmids = new Set<number>()

  constructor(options: KvmCpuOptions) {
    this.#options = options
    this.rules = linuxRules[options.compat ?? '6.12']
    this.linear = new LinearMemory(options.memoryBytes, options.isMemoryShared)
    this.#granule = options.granule ?? '4K'
    this.#ipaLimit = hostIpaLimit({ ...options.model, lpa2: this.#usesLpa2 }, this.#granule)
    const { pageBytes, blockSizes } = computeGeometry({ ipaBits: 32, granule: this.#granule })
    this.#blocks = new CpuBlocks(this.linear, options.cpus)
    this.memory = new LinearUserMemory(this.linear, pageBytes, blockSizes[1] ?? pageBytes, (mapping) =>
      this.#unmapped(mapping),
    )
  }

  getApiVersion(): number {
    return KVM_API_VERSION
  }

  checkExtension(capability: number): number {
    if (capability === KVM_CAP_MSI_DEVID) {
      throw kvmError('EINVAL', 'KVM_CHECK_EXTENSION', 'KVM_CAP_MSI_DEVID is a question about a VM', 'ask the VM')
    }
    return this.#capability(capability)
  }

  /** The run page and the page of the coalesced ring. */
  getVcpuMmapSize(): number {
    return 2 * this.memory.pageBytes
  }

  createVm(type = 0n): Vm {
    return this.createKernelVm(type)
  }

  /** {@link Kvm.createVm} with all that the kernel side has of it. */
  createKernelVm(type: bigint): KernelVm {
    const { ipaBits } = decodeVmType(type, { ipaLimit: this.#ipaLimit })
    const {
      model,
      host,
      icount,
      sliceBudget = icount ? 500_000 : 50_000,
      sliceNs = 8_000_000,
      quirks = {},
    } = this.#options
    const geometry = computeGeometry({ ipaBits, granule: this.#granule, ...this.#addressing })
    const vmid = this.#allocateVmid()
    const vm: KernelVm = new KernelVm({
      memory: this.linear,
      userMemory: this.memory,
      host,
      icount,
      geometry,
      ipaLimit: this.#ipaLimit,
      model,
      paBits: this.#addressing.paBits,
      rules: this.rules,
      quirks,
      vmid,
      hasGicv2: this.#options.hasGicv2 ?? true,
      timing: { sliceBudget, sliceNs },
      cpuBlocks: this.#blocks,
      events: this.#options.events,
      checkExtension: (capability) => this.#capability(capability),
      onClose: () => {
        this.#vms.delete(vm)
        this.#vmids.delete(vmid)
      },
    })
    this.#vmids.add(vmid)
    this.#vms.add(vm)
    return vm
  }

  /** See `inspectCpus`. */
  get cpuStatistics(): CpuStatistics[] {
    return this.#blocks.statistics
  }

  close(): void {
    for (const vm of [...this.#vms]) vm.close()
  }

  #capability(capability: number): number {
    const { model, host, icount } = this.#options
    const { blockSizes } = computeGeometry({
      ipaBits: this.#ipaLimit,
      granule: this.#granule,
      ...this.#addressing,
    })
    return capabilityValue(capability, {
      rules: this.rules,
      features: model.features ?? {},
      debugCounts: debugCountsOf(model.idRegisters),
      ipaLimit: this.#ipaLimit,
      blockSizes,
      maxVcpus: icount ? 1 : maxVcpuIds,
      hasRealtime: icount !== undefined || host.realtimeNs !== undefined,
    })
  }

  /** FEAT_LPA2 in use: a Linux that does not know it has addresses of 48 bits. */
  get #usesLpa2(): boolean {
    return this.#options.model.lpa2 && this.rules.knowsLpa2
  }

  get #addressing(): { readonly lpa2: boolean; readonly paBits: number } {
    const { paBits } = this.#options.model
    return { lpa2: this.#usesLpa2, paBits: this.#usesLpa2 || this.#granule === '64K' ? paBits : Math.min(paBits, 48) }
  }

  /** The lowest free one from 1 on; 16 bits. */
  #allocateVmid(): number {
    for (let vmid = 1; vmid < 0x10000; vmid++) if (!this.#vmids.has(vmid)) return vmid
    throw kvmError('ENOMEM', 'KVM_CREATE_VM', 'all 65535 VMIDs are in use')
  }

  /** Host memory goes away: no VM may reach it any more, nor keep code decoded from it. */
  #unmapped(mapping: UserMapping): void {
    for (const vm of this.#vms) {
      for (const slot of vm.slots.inHostRange(mapping.start, mapping.end)) {
        const start = Math.max(slot.hva, mapping.start)
        const end = Math.min(slot.hva + slot.sizeBytes, mapping.end)
        vm.stage2.unmap(slot.gpa + (start - slot.hva), end - start)
      }
    }
    this.#blocks.invalidateCode(mapping.backing, mapping.end - mapping.start)
  }
}
