/** The CPUs of one linear memory: made once for a state block, lent to the vCPUs of one VM after another. */

import { type CpuHost, type CpuStatistics, type LinearMemory, OutOfLinearMemoryError } from '@armvisor/cpu'
import type { CpuFactory, CpuPort } from './cpu-port.ts'

/** A CPU that belongs to a vCPU until it is released. */
export interface LentCpu {
  readonly cpu: CpuPort
  release(): void
}

/** The host of the vCPU that has a CPU now, undefined while it is free. */
interface Borrower {
  host: CpuHost | undefined
}

interface Block {
  readonly cpu: CpuPort
  readonly borrower: Borrower
}

/** State blocks of CPUs, shared by all VMs over one {@link LinearMemory}. */
export class CpuBlocks {
  readonly #memory: LinearMemory
  readonly #factory: CpuFactory
  readonly #blocks: Block[] = []

  constructor(memory: LinearMemory, factory: CpuFactory) {
    this.#memory = memory
    this.#factory = factory
  }

  /** How many belong to a vCPU now. */
  get lent(): number {
    return this.#blocks.filter((it) => it.borrower.host !== undefined).length
  }

  /** Of the CPUs that count, lent or not. */
  get statistics(): CpuStatistics[] {
    return this.#blocks.flatMap(({ cpu }) => cpu.statistics ?? [])
  }

  /** A CPU in reset state, undefined when all are in use and the memory has no room for another. */
  lend(host: CpuHost): LentCpu | undefined {
    const block = this.#blocks.find((it) => it.borrower.host === undefined) ?? this.#create()
    if (block === undefined) return undefined
    block.borrower.host = host
    block.cpu.reset()
    return {
      cpu: block.cpu,
      release: () => {
        block.cpu.setStage2(undefined)
        block.cpu.tlbiVmid()
        block.borrower.host = undefined
      },
    }
  }

  /** Tells the CPUs of one VM of each other. */
  connect(cpus: readonly CpuPort[]): void {
    this.#factory.connect(cpus)
  }

  /** Drops decoded code of memory that somebody else than a guest wrote. */
  invalidateCode(pa: number, sizeBytes: number): void {
    // Slots may point beyond the memory, where nothing can have been decoded.
    const end = Math.min(pa + sizeBytes, this.#memory.totalBytes)
    if (pa < end) for (const block of this.#blocks) block.cpu.invalidateCode(pa, end - pa)
  }

  #create(): Block | undefined {
    const index = this.#blocks.length
    const borrower: Borrower = { host: undefined }
    const current = (): CpuHost => {
      const { host } = borrower
      if (host === undefined) throw new Error(`CPU ${index} runs without a vCPU`)
      return host
    }
    try {
      const cpu = this.#factory.create({
        memory: this.#memory,
        index,
        host: {
          readCounter: () => current().readCounter(),
          accessSysReg: (encoding, isWrite, value) => current().accessSysReg(encoding, isWrite, value),
        },
      })
      const block: Block = { cpu, borrower }
      this.#blocks.push(block)
      return block
    } catch (error) {
      if (error instanceof OutOfLinearMemoryError) return undefined
      throw error
    }
  }
}
