/** `/dev/kvm`: a KVM for arm64 in one linear memory. [KVM-API] §4 */

import { CPU_BASE, CPU_STRIDE, type CpuHost, FIRST_FREE, LinearMemory } from '@armvisor/cpu'
import { computeGeometry, type Granule } from '@armvisor/stage2'
import { decodeVmType, KVM_CAP_MSI_DEVID, type Kvm, type Vm } from '@armvisor/uapi'
import { capabilityValue } from './capabilities.ts'
import type { CpuFactory, CpuModelPort, CpuPort } from './cpu-port.ts'
import { kvmError } from './fail.ts'
import type { KvmHost } from './kvm-host.ts'
import { LinearUserMemory, type UserMapping } from './user-memory.ts'
import { type CpuBlocks, KernelVm } from './vm.ts'

const KVM_API_VERSION = 12

/** What {@link createKvmWith} makes a KVM from. */
export interface KvmOptions {
  /** Size of the linear memory: guest RAM, tables, CPU state and decoded code of all VMs. At most 4 GiB. */
  readonly memoryBytes: number
  readonly host: KvmHost
  /** Host page size, and with it the stage-2 granule. Default 4K. */
  readonly granule?: Granule
  /** Taken branches that a vCPU executes between two looks at its timers. Default 50000. */
  readonly sliceBudget?: number
  /** Time after which `run` returns `intr` to share the thread, in nanoseconds. Default 8 ms. */
  readonly sliceNs?: number
}

/** {@link KvmOptions} with the CPU to use. */
export interface KvmCpuOptions extends KvmOptions {
  readonly model: CpuModelPort
  readonly createCpu: CpuFactory
}

/**
 * Opens a KVM on the given CPU implementation.
 *
 * @throws RangeError for a memory size that no linear memory has
 */
export function createKvmWith(options: KvmCpuOptions): Kvm {
  return new KernelKvm(options)
}

/** The limit of the host, as PARange and the page size allow: 4K and 16K pages pass 48 bits only with FEAT_LPA2. */
export function hostIpaLimit(model: CpuModelPort, granule: Granule): number {
  return granule === '64K' || model.lpa2 ? model.paBits : Math.min(model.paBits, 48)
}

class KernelKvm implements Kvm {
  readonly memory: LinearUserMemory
  readonly #options: KvmCpuOptions
  readonly #linear: LinearMemory
  readonly #granule: Granule
  readonly #ipaLimit: number
  readonly #vms = new Set<KernelVm>()
  readonly #blocks: LinearCpuBlocks
  readonly #vmids = new Set<number>()

  constructor(options: KvmCpuOptions) {
    this.#options = options
    this.#linear = new LinearMemory(options.memoryBytes)
    this.#granule = options.granule ?? '4K'
    this.#ipaLimit = hostIpaLimit(options.model, this.#granule)
    const { pageBytes, blockSizes } = computeGeometry({ ipaBits: 32, granule: this.#granule })
    this.#blocks = new LinearCpuBlocks(this.#linear, options.createCpu)
    this.memory = new LinearUserMemory(this.#linear, pageBytes, blockSizes[1] ?? pageBytes, (mapping) =>
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
    const { ipaBits } = decodeVmType(type, { ipaLimit: this.#ipaLimit })
    const { model, host, sliceBudget = 50_000, sliceNs = 8_000_000 } = this.#options
    const geometry = computeGeometry({ ipaBits, granule: this.#granule, lpa2: model.lpa2, paBits: model.paBits })
    const vmid = this.#allocateVmid()
    const vm: KernelVm = new KernelVm({
      memory: this.#linear,
      userMemory: this.memory,
      host,
      geometry,
      ipaLimit: this.#ipaLimit,
      paBits: model.paBits,
      vmid,
      timing: { sliceBudget, sliceNs },
      cpuBlocks: this.#blocks,
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

  close(): void {
    for (const vm of [...this.#vms]) vm.close()
  }

  #capability(capability: number): number {
    const { model, host } = this.#options
    const { blockSizes } = computeGeometry({
      ipaBits: this.#ipaLimit,
      granule: this.#granule,
      lpa2: model.lpa2,
      paBits: model.paBits,
    })
    return capabilityValue(capability, {
      ipaLimit: this.#ipaLimit,
      blockSizes,
      maxVcpus: this.#blocks.count,
      hasRealtime: host.realtimeNs !== undefined,
    })
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
      for (const vcpu of vm.vcpus) vcpu.cpu.invalidateCode(mapping.start, mapping.end - mapping.start)
    }
  }
}

/** The blocks below {@link FIRST_FREE}. */
class LinearCpuBlocks implements CpuBlocks {
  readonly count: number = Math.floor((FIRST_FREE - CPU_BASE) / CPU_STRIDE)
  readonly #memory: LinearMemory
  readonly #createCpu: CpuFactory
  readonly #used = new Set<number>()

  constructor(memory: LinearMemory, createCpu: CpuFactory) {
    this.#memory = memory
    this.#createCpu = createCpu
  }

  create(host: CpuHost): { readonly cpu: CpuPort; readonly release: () => void } | undefined {
    let index = 0
    while (this.#used.has(index)) index++
    if (index >= this.count) return undefined
    const base = CPU_BASE + index * CPU_STRIDE
    this.#memory.u8.fill(0, base, base + CPU_STRIDE)
    const cpu = this.#createCpu({ memory: this.#memory, index, host })
    this.#used.add(index)
    return { cpu, release: () => this.#used.delete(index) }
  }
}
