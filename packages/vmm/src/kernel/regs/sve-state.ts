/** SVE registers of a vCPU as the user sees them. [KVM-API] §4.68, [ARM] B1.2 */

import type { CpuState } from '@armvisor/cpu'

/** Quadwords of the longest vector that the register ids have room for. */
const maxQuadwords = 512
/** Bytes of Z and P registers in their ids' sizes: one slice. */
const zBytes = 256
const pBytes = 32

/** Vector lengths and the registers beyond the V registers, which are the low 128 bits of Z. */
export class SveState {
  /** Lengths of the host in quadwords, ascending. */
  readonly hostLengths: readonly number[]
  /** `KVM_ARM_VCPU_FINALIZE` was called. */
  isFinalized = false
  #maxLength: number
  readonly #z = new Uint8Array(32 * zBytes)
  readonly #p = new Uint8Array(17 * pBytes)

  constructor(hostLengths: readonly number[]) {
    this.hostLengths = hostLengths
    this.#maxLength = Math.max(...hostLengths)
  }

  /** All registers zero, as after a reset. */
  reset(): void {
    this.#z.fill(0)
    this.#p.fill(0)
  }

  /** The pseudo-register: bit n-1 for vectors of n quadwords. */
  get lengths(): bigint {
    return this.hostLengths.filter((n) => n <= this.#maxLength).reduce((bits, n) => bits | (1n << BigInt(n - 1)), 0n)
  }

  /** False unless the set is the host's up to a maximum, and not empty. */
  setLengths(bits: bigint): boolean {
    let max = 0
    for (let n = 1; n <= maxQuadwords; n++) if (((bits >> BigInt(n - 1)) & 1n) !== 0n) max = n
    const expected = this.hostLengths.filter((n) => n <= max).reduce((sum, n) => sum | (1n << BigInt(n - 1)), 0n)
    if (max === 0 || max > Math.max(...this.hostLengths) || bits !== expected) return false
    this.#maxLength = max
    return true
  }

  /** Ids of all registers: Z, P, FFR and the lengths; `n` counts P16 as FFR. */
  read(cpu: CpuState, name: string): bigint {
    if (name.startsWith('z')) {
      const n = Number(name.slice(1))
      return ((this.#bits(this.#z, n * zBytes, this.#maxLength * 16) >> 128n) << 128n) | cpu.readV(n)
    }
    return this.#bits(this.#p, predicateOf(name) * pBytes, this.#maxLength * 2)
  }

  write(cpu: CpuState, name: string, value: bigint): void {
    if (name.startsWith('z')) {
      const n = Number(name.slice(1))
      store(this.#z, n * zBytes, this.#maxLength * 16, value)
      cpu.writeV(n, BigInt.asUintN(128, value))
      return
    }
    store(this.#p, predicateOf(name) * pBytes, this.#maxLength * 2, value)
  }

  #bits(bytes: Uint8Array, at: number, sizeBytes: number): bigint {
    let value = 0n
    for (let i = sizeBytes - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i])
    return value
  }
}

function predicateOf(name: string): number {
  return name === 'ffr' ? 16 : Number(name.slice(1))
}

function store(bytes: Uint8Array, at: number, sizeBytes: number, value: bigint): void {
  for (let i = 0; i < sizeBytes; i++) bytes[at + i] = Number((value >> BigInt(8 * i)) & 0xffn)
}
