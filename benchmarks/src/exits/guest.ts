/** A guest of one vCPU, driven by KVM's bytes. */

import { assemble, cpuModels, defaultJitOptions } from '@armvisor/cpu'
import {
  coreReg,
  encodeStruct,
  KVM_ARM_VCPU_INIT,
  KVM_CREATE_DEVICE,
  KVM_CREATE_VCPU,
  KVM_CREATE_VM,
  KVM_EXIT_MMIO,
  KVM_GET_VCPU_MMAP_SIZE,
  KVM_RUN,
  KVM_SET_DEVICE_ATTR,
  KVM_SET_ONE_REG,
  KVM_SET_USER_MEMORY_REGION,
  KvmError,
  kvm_create_device,
  kvm_device_attr,
  kvm_one_reg,
  kvm_run,
  kvm_userspace_memory_region,
  kvm_vcpu_init,
  offsetOfField,
} from '@armvisor/uapi'
import { createKvmProcess, type KvmFd, type KvmProcess } from '@armvisor/vmm'
import { BenchError } from '../harness/errors.ts'

/** Where a guest's program is, where nothing is, and where other slots may be. */
export const at = { code: 0x4000_0000n, mmio: 0x0900_0000, doorbell: 0x0a00_0000, data: 0x8000_0000n } as const

const codeBytes = 0x1_0000
const exitReason = BigInt(offsetOfField(kvm_run, 'exit_reason'))
const mmioData = BigInt(offsetOfField(kvm_run, 'exit.mmio.data'))

/** The guest, and the process that runs it. */
export class Guest {
  readonly process: KvmProcess
  readonly vm: KvmFd
  readonly vcpu: KvmFd
  readonly #scratch: bigint
  readonly #run: DataView

  /** @param memoryBytes - For guest memory beside the program. */
  constructor(program: string, memoryBytes = 0) {
    const host = {
      monotonicNs: () => performance.now() * 1e6,
      setTimer: (delayNs: number, callback: () => void) => {
        const timer = setTimeout(callback, delayNs / 1e6)
        return () => clearTimeout(timer)
      },
      yield: () => new Promise<void>((resolve) => setImmediate(resolve)),
    }
    const model = cpuModels.armv8
    this.process = createKvmProcess({
      memoryBytes: (64 << 20) + memoryBytes,
      codeBytes: 4 << 20,
      host,
      model,
      jit: defaultJitOptions,
    })
    const { memory } = this.process
    this.#scratch = memory.map(4096)
    const kvm = this.process.open('/dev/kvm')
    this.vm = this.process.fd(kvm.ioctl(KVM_CREATE_VM))
    const address = memory.map(codeBytes)
    memory.bytes(address, codeBytes).set(assemble(program, { base: at.code }).bytes)
    this.setSlot({ slot: 0, gpa: at.code, sizeBytes: codeBytes, address })
    this.vcpu = this.process.fd(this.vm.ioctl(KVM_CREATE_VCPU))
    this.vcpu.ioctl(KVM_ARM_VCPU_INIT, this.put(encodeStruct(kvm_vcpu_init, { target: 5, features: [1 << 2] })))
    const runBytes = kvm.ioctl(KVM_GET_VCPU_MMAP_SIZE)
    // The pages behind the structure are others' to map.
    const run = memory.bytes(this.vcpu.mmap(runBytes), memory.pageBytes)
    this.#run = new DataView(run.buffer, run.byteOffset, run.length)
    const value = new Uint8Array(BigUint64Array.of(at.code).buffer)
    memory.bytes(this.#scratch + 64n, 8).set(value)
    this.vcpu.ioctl(
      KVM_SET_ONE_REG,
      this.put(encodeStruct(kvm_one_reg, { id: coreReg('pc'), addr: this.#scratch + 64n })),
    )
  }

  /** Copies a structure to where a call may point. */
  put(bytes: Uint8Array): bigint {
    this.process.memory.bytes(this.#scratch, bytes.length).set(bytes)
    return this.#scratch
  }

  setSlot({ slot, gpa, sizeBytes, address, flags = 0 }: Slot): void {
    const region = { slot, flags, guest_phys_addr: gpa, memory_size: BigInt(sizeBytes), userspace_addr: address }
    this.vm.ioctl(KVM_SET_USER_MEMORY_REGION, this.put(encodeStruct(kvm_userspace_memory_region, region)))
  }

  /** Runs to the next exit, which must be for MMIO; the low word written. @throws {@link BenchError} */
  next(): number {
    for (;;) {
      try {
        this.vcpu.ioctl(KVM_RUN)
        break
      } catch (error) {
        // The time slice of one KVM_RUN is over.
        if (!(error instanceof KvmError && error.code === 'EINTR')) throw error
      }
    }
    const reason = this.#run.getUint32(Number(exitReason), true)
    if (reason !== KVM_EXIT_MMIO) throw new BenchError(`the guest left with exit reason ${reason}, not for MMIO`)
    return this.#run.getUint32(Number(mmioData), true)
  }

  /** Makes a GICv3 whose SPI 32 + 5 is on, and triggered by edges. */
  makeGic(): void {
    const made = this.put(encodeStruct(kvm_create_device, { type: 7 }))
    this.vm.ioctl(KVM_CREATE_DEVICE, made)
    const bytes = this.process.memory.bytes(made, 8)
    const gic = this.process.fd(new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true))
    const set = (group: number, attr: bigint, value: bigint): void => {
      this.process.memory.bytes(this.#scratch + 64n, 8).set(new Uint8Array(BigUint64Array.of(value).buffer))
      gic.ioctl(
        KVM_SET_DEVICE_ATTR,
        this.put(encodeStruct(kvm_device_attr, { group, attr, addr: this.#scratch + 64n })),
      )
    }
    set(0, 2n, 0x0800_0000n)
    set(0, 3n, 0x080a_0000n)
    set(4, 0n, 0n)
    // GICD_CTLR, GICD_IGROUPR1, GICD_ICFGR2, GICD_ISENABLER1.
    set(1, 0n, 2n)
    set(1, 0x84n, 0xffff_ffffn)
    set(1, 0xc08n, 2n << 10n)
    set(1, 0x104n, 1n << 5n)
  }
}

/** A memory slot. */
interface Slot {
  readonly slot: number
  readonly gpa: bigint
  readonly sizeBytes: number
  readonly address: bigint
  readonly flags?: number
}
