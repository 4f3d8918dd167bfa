/**
 * The machine-type word of `KVM_CREATE_VM`: log2 of the guest's physical address space. [KVM-API] §4.2.
 *
 * | bits | meaning |
 * |---|---|
 * | 7:0 | IPA size in bits; 0 means 40 |
 * | 31 | protected VM: only a host in protected mode takes it |
 * | all others | must be 0, else EINVAL; all 64 are examined |
 */

import { KvmError } from './errno.ts'

/**
 * Bits of the machine-type word that hold the IPA size.
 *
 * @see [KVM-API] §4.2
 */
export const KVM_VM_TYPE_ARM_IPA_SIZE_MASK = 0xffn

/**
 * The IPA-size field of a machine-type word, as the header's macro: masks, checks nothing.
 *
 * @see {@link encodeVmType}, which refuses what no host takes.
 */
export function KVM_VM_TYPE_ARM_IPA_SIZE(ipaBits: number | bigint): bigint {
  return BigInt(ipaBits) & KVM_VM_TYPE_ARM_IPA_SIZE_MASK
}

/**
 * Bit 31 of the machine-type word: a protected VM. Linux 7.x defines it; without a protected mode it is EINVAL.
 *
 * @see {@link DecodeVmTypeOptions.protectedMode}
 */
export const KVM_VM_TYPE_ARM_PROTECTED = 0x8000_0000n

/**
 * Mask of the field under the name it had when it was proposed (version 3 of the series, June 2018).
 *
 * @deprecated Linux merged it as {@link KVM_VM_TYPE_ARM_IPA_SIZE_MASK}; the value is the same.
 * @see [SERIES] v3 15/20
 */
export const KVM_VM_TYPE_ARM_PHYS_SHIFT_MASK: bigint = KVM_VM_TYPE_ARM_IPA_SIZE_MASK

/**
 * The field under the name it had when it was proposed (version 3 of the series, June 2018).
 *
 * @deprecated Linux merged it as {@link KVM_VM_TYPE_ARM_IPA_SIZE}; the value is the same.
 * @see [SERIES] v3 15/20
 */
export const KVM_VM_TYPE_ARM_PHYS_SHIFT: (ipaBits: number | bigint) => bigint = KVM_VM_TYPE_ARM_IPA_SIZE

/**
 * IPA size in bits of a VM whose machine-type word is 0: what every arm64 VM had before the size could be chosen.
 *
 * @see [KVM-API] §4.2
 */
export const defaultIpaBits = 40

/**
 * Smallest IPA size in bits that `KVM_CREATE_VM` takes: the smallest physical address range of the architecture.
 *
 * @see {@link paRangeBits}
 */
export const minIpaBits = 32

/**
 * Largest IPA size in bits of any host that Linux 6.12 knows (`ID_AA64MMFR0_EL1.PARange` = 6).
 * The limit of one host is what `KVM_CAP_ARM_VM_IPA_SIZE` returns.
 *
 * @see {@link paRangeBits}
 */
export const maxIpaBits = 52

/**
 * Physical address size in bits by `ID_AA64MMFR0_EL1.PARange` code (and `VTCR_EL2.PS`), codes 0 to 6.
 * Code 7 (56 bits, FEAT_D128) is absent: Linux 6.12 does not know it.
 *
 * @see [ARM] D23 ID_AA64MMFR0_EL1
 */
export const paRangeBits: readonly number[] = [32, 36, 40, 42, 44, 48, 52]

/**
 * What a machine-type word asks for.
 *
 * @see {@link encodeVmType}
 */
export interface VmTypeRequest {
  /** IPA size in bits, 32 to {@link maxIpaBits}; 0 or absent for the default of 40. */
  readonly ipaBits?: number
  /** Ask for a protected VM (bit 31). */
  readonly isProtected?: boolean
}

/**
 * What a machine-type word means on one host.
 *
 * @see {@link decodeVmType}
 */
export interface VmType {
  /** IPA size of the VM in bits, 32 to the host's limit. */
  readonly ipaBits: number
  /** The word's field was 0, so that the size is the default. */
  readonly isDefault: boolean
  /** Bit 31 was set and the host took it. */
  readonly isProtected: boolean
}

/**
 * The host that a machine-type word is decoded for.
 *
 * @see {@link decodeVmType}
 */
export interface DecodeVmTypeOptions {
  /** The host's limit in bits: what `KVM_CAP_ARM_VM_IPA_SIZE` returns. */
  readonly ipaLimit: number
  /**
   * The host runs KVM in protected mode: bit 31 is legal, and every VM gets the host's limit whatever the field says.
   * Off by default.
   */
  readonly protectedMode?: boolean
}

// Sentences are short, and built from shared parts: a bundle with the two functions below is to stay under 1 kB.
function invalid(problem: string, remedy: string): KvmError {
  return new KvmError({ code: 'EINVAL', call: 'KVM_CREATE_VM', problem, remedy })
}

function invalidSize(ipaBits: number, problem: string, ipaLimit: number): KvmError {
  const upTo = ipaLimit > minIpaBits ? ` to ${ipaLimit}` : ''
  const orDefault = ipaLimit < defaultIpaBits ? '' : `, or 0 for ${defaultIpaBits}`
  return invalid(`an IPA size of ${ipaBits} bits is ${problem}`, `ask for ${minIpaBits}${upTo} bits${orDefault}`)
}

function checkIpaBits(ipaBits: number, ipaLimit: number, limitName: string): void {
  if (!Number.isInteger(ipaBits)) throw invalidSize(ipaBits, 'no integer', ipaLimit)
  if (ipaBits < minIpaBits) throw invalidSize(ipaBits, `below the smallest, ${minIpaBits}`, ipaLimit)
  if (ipaBits > ipaLimit) throw invalidSize(ipaBits, `above ${limitName}, ${ipaLimit}`, ipaLimit)
}

/**
 * Machine-type word for `KVM_CREATE_VM`.
 *
 * Every integer size from 32 to 52 has a word, whether or not it is a {@link paRangeBits} size; whether one host
 * takes it is for the host to say ({@link decodeVmType}). 40 is encoded as 40, only 0 or absence as 0.
 *
 * @throws {@link KvmError} EINVAL if no host can take the size: 1 to 31, above 52, negative, not an integer.
 * @see [KVM-API] §4.2
 * @example
 * encodeVmType({ ipaBits: 48 }) // 0x30n
 */
export function encodeVmType(request: VmTypeRequest = {}): bigint {
  const ipaBits = request.ipaBits ?? 0
  if (ipaBits !== 0) checkIpaBits(ipaBits, maxIpaBits, 'the largest')
  return KVM_VM_TYPE_ARM_IPA_SIZE(ipaBits) | (request.isProtected === true ? KVM_VM_TYPE_ARM_PROTECTED : 0n)
}

function checkBits(word: bigint, allowed: bigint): void {
  const extra = word & ~allowed
  if (extra === 0n) return
  const type = `machine type 0x${word.toString(16)}`
  throw extra === KVM_VM_TYPE_ARM_PROTECTED
    ? invalid(`${type} asks for a protected VM (bit 31), unknown to this host`, 'clear it')
    : invalid(`${type} has unknown bits 0x${extra.toString(16)}`, 'clear them')
}

/**
 * Meaning of a machine-type word on a host, by the rules of Linux.
 *
 * All 64 bits are examined; a negative `word` is taken as the two's complement that C would pass.
 * Unknown bits are refused before the size is looked at.
 *
 * @throws {@link KvmError} EINVAL for an unknown bit, a size from 1 to 31, a size above the limit, the default of 40
 * on a host whose limit is lower, and a word of more than 64 bits.
 * @see [KVM-API] §4.2
 * @example
 * decodeVmType(0n, { ipaLimit: 48 }).ipaBits // 40
 */
export function decodeVmType(word: bigint, options: DecodeVmTypeOptions): VmType {
  const { ipaLimit, protectedMode = false } = options
  // What does not fit in 64 bits keeps its upper bits, which are unknown ones.
  const type = word === BigInt.asIntN(64, word) ? BigInt.asUintN(64, word) : word
  checkBits(type, KVM_VM_TYPE_ARM_IPA_SIZE_MASK | (protectedMode ? KVM_VM_TYPE_ARM_PROTECTED : 0n))
  const isProtected = (type & KVM_VM_TYPE_ARM_PROTECTED) !== 0n
  const field = Number(type & KVM_VM_TYPE_ARM_IPA_SIZE_MASK)
  const isDefault = field === 0
  if (protectedMode) return { ipaBits: ipaLimit, isDefault, isProtected }
  const ipaBits = isDefault ? defaultIpaBits : field
  checkIpaBits(ipaBits, ipaLimit, `this host's limit${isDefault ? ' (0 means the default)' : ''}`)
  return { ipaBits, isDefault, isProtected }
}

/**
 * The condensed machine type that review of the proposal suggested: a 3-bit `PARange` code instead of 8 bits of log2.
 *
 * **Not what `KVM_CREATE_VM` takes**; for interfaces that have three bits to spare and need no more than the seven
 * architectural sizes. Its 0 means 32 bits, not the default, and the sizes between (33, 39, 43, …) have no code.
 *
 * @throws {@link KvmError} EINVAL for a size that has no code.
 * @see {@link encodeVmType} for the word Linux takes; [SERIES] v3 15/20, review
 * @example
 * encodeVmTypeParange({ ipaBits: 48 }) // 5n
 */
export function encodeVmTypeParange(request: { readonly ipaBits: number }): bigint {
  const code = paRangeBits.indexOf(request.ipaBits)
  if (code < 0) {
    throw invalid(`an IPA size of ${request.ipaBits} bits has no PARange code`, `use one of ${paRangeBits.join(', ')}`)
  }
  return BigInt(code)
}

/**
 * IPA size that a condensed machine type asks for, the inverse of {@link encodeVmTypeParange}.
 *
 * @throws {@link KvmError} EINVAL for code 7, any bit above [2:0], and a size above the limit.
 * @see {@link decodeVmType} for the word Linux takes
 * @example
 * decodeVmTypeParange(5n, { ipaLimit: 48 }).ipaBits // 48
 */
export function decodeVmTypeParange(
  word: bigint,
  options: { readonly ipaLimit: number },
): { readonly ipaBits: number } {
  const ipaBits = word < 0n ? undefined : paRangeBits[Number(word)]
  if (ipaBits === undefined) {
    throw invalid(`${word} is no PARange code that Linux knows`, `use a code from 0 to ${paRangeBits.length - 1}`)
  }
  if (ipaBits > options.ipaLimit) {
    throw invalid(
      `PARange code ${word} means ${ipaBits} bits, above this host's limit, ${options.ipaLimit}`,
      'use a smaller code',
    )
  }
  return { ipaBits }
}
