/** SMCCC calls that the kernel answers: PSCI, TRNG, workarounds, vendor services. [SMCCC] 1.1, [PSCI] 1.1, [TRNG] 1.0 */

import { type CallOutcome, type CallResult, one } from './call-outcome.ts'
import { callPsci, type PsciTarget, type PsciVm, SMCCC_VERSION_1_1 } from './psci.ts'
import { type StolenTimeVm, stolenTimeBytes, writeGuest } from './stolen-time.ts'

/** Numbers of the functions answered here. [SMCCC] §7, [TRNG] §4, [KVM-API] arm/hypercalls */
const fn = {
  SMCCC_VERSION: 0x8000_0000,
  SMCCC_ARCH_FEATURES: 0x8000_0001,
  SMCCC_ARCH_WORKAROUND_1: 0x8000_8000,
  PV_TIME_FEATURES: 0xc500_0020,
  PV_TIME_ST: 0xc500_0021,
  TRNG_VERSION: 0x8400_0050,
  TRNG_FEATURES: 0x8400_0051,
  TRNG_GET_UUID: 0x8400_0052,
  TRNG_RND32: 0x8400_0053,
  TRNG_RND64: 0xc400_0053,
  VENDOR_HYP_FEATURES: 0x8600_0000,
  VENDOR_HYP_PTP: 0x8600_0001,
  VENDOR_HYP_UID: 0x8600_ff01,
} as const

const NOT_SUPPORTED = -1n
/** SMCCC_ARCH_WORKAROUND_1 answers 1: this CPU does not need it. [SMCCC] §7.5 */
const WORKAROUND_UNAFFECTED = 1n
const TRNG_INVALID_PARAMETERS = -2n
const TRNG_VERSION_1_0 = 0x10000n

/** UUID that tells guests the TRNG is KVM's; 32-bit words as they appear in x0 to x3. */
const trngUuid: CallResult = [0x00e0210dn, 0xeb118443n, 0x44527080n, 0x4c5a4e55n]
/** UUID that tells guests the vendor services are KVM's. [KVM-API] arm/hypercalls */
const vendorUuid: CallResult = [0xb66fb428n, 0xe911c52en, 0x564bcaa9n, 0x743a004dn]

/** Feature bitmaps that the user may trim before the first run. [KVM-API] arm/fw-pseudo-registers */
export interface HypercallFeatures {
  /** Bit 0: TRNG. */
  std: number
  /** Bit 0: PV time. */
  stdHyp: number
  /** Bit 0: FEATURES and UID, bit 1: PTP. */
  vendorHyp: number
}

/** All bits that exist. */
export const allHypercallFeatures: Readonly<HypercallFeatures> = { std: 1, stdHyp: 1, vendorHyp: 3 }

/** The VM as hypercalls see it. */
export interface HypercallVm extends PsciVm, StolenTimeVm {
  readonly vcpus: readonly (PsciTarget & { readonly stolenTimeBase: number | undefined })[]
  readonly features: Readonly<HypercallFeatures>
  /** Fills with randomness; undefined when the host has none. */
  readonly fillRandom: ((bytes: Uint8Array) => void) | undefined
  /** Wall-clock nanoseconds; undefined when the host has none. */
  readonly realtimeNs: (() => bigint) | undefined
  /** Reads a counter for PTP: 0 virtual, 1 physical. */
  readCounter(which: number): bigint
}

/** Answers the call in x0 to x3 (`args`) of the vCPU with index `self` of `vm.vcpus`. [SMCCC] §2.9 */
export function callHypervisor(vm: HypercallVm, self: number, args: CallResult): CallOutcome {
  const id = Number(BigInt.asUintN(32, args[0]))
  switch (id) {
    case fn.SMCCC_VERSION:
      return one(SMCCC_VERSION_1_1)
    case fn.SMCCC_ARCH_FEATURES:
      return one(archFeatures(vm, Number(BigInt.asUintN(32, args[1]))))
    case fn.PV_TIME_FEATURES:
    case fn.PV_TIME_ST:
      return one(callPvTime(vm, self, id, Number(BigInt.asUintN(32, args[1]))))
    case fn.TRNG_VERSION:
    case fn.TRNG_FEATURES:
    case fn.TRNG_GET_UUID:
    case fn.TRNG_RND32:
    case fn.TRNG_RND64:
      return callTrng(vm, id, args[1])
    case fn.VENDOR_HYP_UID:
      return (vm.features.vendorHyp & 1) !== 0 ? { result: vendorUuid } : one(NOT_SUPPORTED)
    case fn.VENDOR_HYP_FEATURES:
      return one((vm.features.vendorHyp & 1) !== 0 ? BigInt(availableVendorFeatures(vm)) : NOT_SUPPORTED)
    case fn.VENDOR_HYP_PTP:
      return callPtp(vm, args[1])
    default:
      return callPsci(vm, self, id, args)
  }
}

/** Stolen time, if the user gave it a place. [KVM-API] arm/pvtime */
function callPvTime(vm: HypercallVm, self: number, id: number, feature: number): bigint {
  const base = vm.vcpus[self].stolenTimeBase
  if ((vm.features.stdHyp & 1) === 0 || base === undefined) return NOT_SUPPORTED
  if (id === fn.PV_TIME_FEATURES)
    return feature === fn.PV_TIME_FEATURES || feature === fn.PV_TIME_ST ? 0n : NOT_SUPPORTED
  writeGuest(vm, base, new Uint8Array(stolenTimeBytes))
  return BigInt(base)
}

function archFeatures(vm: HypercallVm, feature: number): bigint {
  if (feature === fn.SMCCC_ARCH_WORKAROUND_1) return WORKAROUND_UNAFFECTED
  if (feature === fn.PV_TIME_FEATURES && (vm.features.stdHyp & 1) !== 0) return 0n
  return NOT_SUPPORTED
}

function availableVendorFeatures(vm: HypercallVm): number {
  return vm.realtimeNs === undefined ? vm.features.vendorHyp & 1 : vm.features.vendorHyp
}

function callTrng(vm: HypercallVm, id: number, arg: bigint): CallOutcome {
  if ((vm.features.std & 1) === 0 || vm.fillRandom === undefined) return one(NOT_SUPPORTED)
  switch (id) {
    case fn.TRNG_VERSION:
      return one(TRNG_VERSION_1_0)
    case fn.TRNG_GET_UUID:
      return { result: trngUuid }
    case fn.TRNG_FEATURES: {
      const known: readonly number[] = [
        fn.TRNG_VERSION,
        fn.TRNG_FEATURES,
        fn.TRNG_GET_UUID,
        fn.TRNG_RND32,
        fn.TRNG_RND64,
      ]
      return one(known.includes(Number(BigInt.asUintN(32, arg))) ? 0n : NOT_SUPPORTED)
    }
    default:
      return random(vm.fillRandom, id === fn.TRNG_RND64 ? 64n : 32n, BigInt.asUintN(32, arg))
  }
}

/** Up to three registers of random bits, the least significant in x3. [TRNG] §4.4 */
function random(fill: (bytes: Uint8Array) => void, registerBits: bigint, count: bigint): CallOutcome {
  if (count > 3n * registerBits) return one(TRNG_INVALID_PARAMETERS)
  const bytes = new Uint8Array(24)
  fill(bytes)
  let bits = 0n
  for (const byte of bytes) bits = (bits << 8n) | BigInt(byte)
  bits = BigInt.asUintN(Number(count), bits)
  const register = (n: bigint): bigint => BigInt.asUintN(Number(registerBits), bits >> (n * registerBits))
  return { result: [0n, register(2n), register(1n), register(0n)] }
}

/** Wall clock and counter of one moment, high words first. [KVM-API] arm/ptp_kvm */
function callPtp(vm: HypercallVm, which: bigint): CallOutcome {
  if ((availableVendorFeatures(vm) & 2) === 0 || vm.realtimeNs === undefined || which > 1n) return one(NOT_SUPPORTED)
  const time = vm.realtimeNs()
  const counter = vm.readCounter(Number(which))
  const low = (value: bigint): bigint => BigInt.asUintN(32, value)
  return { result: [low(time >> 32n), low(time), low(counter >> 32n), low(counter)] }
}
