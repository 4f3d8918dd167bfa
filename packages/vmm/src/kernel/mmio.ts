/** MMIO: what a decoded access loads and stores, in the kernel's devices or as an exit that completes at the next run. */

import { type CpuState, LAYOUT } from '@armvisor/cpu'
import type { AbortSyndrome } from './syndrome.ts'

/** Devices that the kernel answers for itself. `vcpu` is the index of the one that accesses them. */
export interface MmioDevices {
  /** The value read as `sizeBytes` little-endian bytes, or undefined when no device is there. */
  readMmio(address: number, sizeBytes: number, vcpu: number): bigint | undefined
  /** False when no device is there. */
  writeMmio(address: number, sizeBytes: number, value: bigint, vcpu: number): boolean
}

/** A read that waits for the user to fill `data`, or a write that waits for the next run to count as done. */
export interface PendingMmio {
  readonly syndrome: AbortSyndrome
  readonly data: Uint8Array
}

/** Little-endian bytes of a value. */
export function encodeMmioData(value: bigint, sizeBytes: number): Uint8Array {
  const data = new Uint8Array(sizeBytes)
  for (let i = 0; i < sizeBytes; i++) data[i] = Number((value >> BigInt(8 * i)) & 0xffn)
  return data
}

/** The value of little-endian bytes. */
export function decodeMmioData(data: Uint8Array): bigint {
  let value = 0n
  for (let i = data.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(data[i])
  return value
}

/** Mistakes of Linux that can be asked for. */
export interface Quirks {
  /**
   * LDRSB, LDRSH and LDRSW from a device give a zero-extended value: Linux to 6.12 extends the sign and then masks it away.
   * Fixed upstream.
   */
  readonly mmioZeroExtends?: boolean
}

/**
 * Finishes an access: a read writes its register, and the PC moves past the instruction. Sign extension is the architecture's:
 * LDRSB gives a negative number.
 */
export function completeMmio(state: CpuState, syndrome: AbortSyndrome, value: bigint, quirks: Quirks): void {
  if (!syndrome.isWrite) {
    const bits = syndrome.sizeBytes * 8
    const isSigned = syndrome.isSignExtended && quirks.mmioZeroExtends !== true
    const extended = isSigned ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value)
    state.writeX(syndrome.register, BigInt.asUintN(syndrome.is64Bit ? 64 : 32, extended))
  }
  skipInstruction(state)
}

/** Moves the PC past the current A64 instruction, as an exception return after emulation does. */
export function skipInstruction(state: CpuState): void {
  state.pc = BigInt.asUintN(64, state.pc + 4n)
  state.set32(LAYOUT.ss, 0)
}
