/** Register ids of `KVM_GET_ONE_REG` / `KVM_SET_ONE_REG` on arm64: build, parse, size. [KVM-API] §4.68. */

/** Architecture of an id, bits [63:56]. @see [KVM-API] §4.68 */
export const KVM_REG_ARCH_MASK = 0xff00_0000_0000_0000n
/** Architecture byte of arm64 ids. @see [KVM-API] §4.68 */
export const KVM_REG_ARM64 = 0x6000_0000_0000_0000n

/** Position of log2 of the register's size in bytes. @see [KVM-API] §4.68 */
export const KVM_REG_SIZE_SHIFT = 52n
/** Mask of the size field. @see [KVM-API] §4.68 */
export const KVM_REG_SIZE_MASK = 0x00f0_0000_0000_0000n
/** Size field of a 1-byte register. @see [KVM-API] §4.68 */
export const KVM_REG_SIZE_U8 = 0x0000_0000_0000_0000n
/** Size field of a 2-byte register. @see [KVM-API] §4.68 */
export const KVM_REG_SIZE_U16 = 0x0010_0000_0000_0000n
/** Size field of a 4-byte register. @see [KVM-API] §4.68 */
export const KVM_REG_SIZE_U32 = 0x0020_0000_0000_0000n
/** Size field of an 8-byte register. @see [KVM-API] §4.68 */
export const KVM_REG_SIZE_U64 = 0x0030_0000_0000_0000n
/** Size field of a 16-byte register. @see [KVM-API] §4.68 */
export const KVM_REG_SIZE_U128 = 0x0040_0000_0000_0000n
/** Size field of a 32-byte register. @see [KVM-API] §4.68 */
export const KVM_REG_SIZE_U256 = 0x0050_0000_0000_0000n
/** Size field of a 64-byte register. @see [KVM-API] §4.68 */
export const KVM_REG_SIZE_U512 = 0x0060_0000_0000_0000n
/** Size field of a 128-byte register. @see [KVM-API] §4.68 */
export const KVM_REG_SIZE_U1024 = 0x0070_0000_0000_0000n
/** Size field of a 256-byte register. @see [KVM-API] §4.68 */
export const KVM_REG_SIZE_U2048 = 0x0080_0000_0000_0000n

/** Position of the register class. @see [KVM-API] §4.68 */
export const KVM_REG_ARM_COPROC_SHIFT = 16n
/** Mask of the register class. @see [KVM-API] §4.68 */
export const KVM_REG_ARM_COPROC_MASK = 0x0fff_0000n
/** Class of the registers in `struct kvm_regs`. @see [KVM-API] §4.68 */
export const KVM_REG_ARM_CORE = 0x0010_0000n
/** Class of registers behind a selector: CCSIDR by CSSELR. @see [KVM-API] §4.68 */
export const KVM_REG_ARM_DEMUX = 0x0011_0000n
/** Class of the system registers. @see [KVM-API] §4.68 */
export const KVM_REG_ARM64_SYSREG = 0x0013_0000n
/** Class of the firmware pseudo-registers. @see [KVM-API] §4.68 */
export const KVM_REG_ARM_FW = 0x0014_0000n
/** Class of the SVE registers. @see [KVM-API] §4.68 */
export const KVM_REG_ARM64_SVE = 0x0015_0000n
/** Class of the firmware feature bitmaps. @see [KVM-API] §4.68 */
export const KVM_REG_ARM_FW_FEAT_BMAP = 0x0016_0000n

/** Selector field of a DEMUX id. @see [KVM-API] §4.68 */
export const KVM_REG_ARM_DEMUX_ID_MASK = 0xff00n
/** Selector value: CCSIDR_EL1 behind CSSELR_EL1. @see [KVM-API] §4.68 */
export const KVM_REG_ARM_DEMUX_ID_CCSIDR = 0n
/** Value field of a DEMUX id. @see [KVM-API] §4.68 */
export const KVM_REG_ARM_DEMUX_VAL_MASK = 0x00ffn

/**
 * Virtual timer control, `CNTV_CTL_EL0`.
 *
 * @see [KVM-API] §4.68
 */
export const KVM_REG_ARM_TIMER_CTL = 0x6030_0000_0013_df19n
/**
 * Virtual timer compare value, `CNTV_CVAL_EL0` — under the encoding of `CNTVCT_EL0`.
 *
 * The ids of CVAL and CNT were swapped by mistake when they were introduced and are ABI:
 * `sysReg` of the architectural encoding names the other register.
 *
 * @see [KVM-API] §4.68
 */
export const KVM_REG_ARM_TIMER_CVAL = 0x6030_0000_0013_df02n
/**
 * Virtual counter, `CNTVCT_EL0` — under the encoding of `CNTV_CVAL_EL0`; see {@link KVM_REG_ARM_TIMER_CVAL}.
 *
 * @see [KVM-API] §4.68
 */
export const KVM_REG_ARM_TIMER_CNT = 0x6030_0000_0013_df1an
/** Physical timer control, `CNTP_CTL_EL0`. @see [KVM-API] §4.68 */
export const KVM_REG_ARM_PTIMER_CTL = 0x6030_0000_0013_df11n
/** Physical timer compare value, `CNTP_CVAL_EL0`; not swapped. @see [KVM-API] §4.68 */
export const KVM_REG_ARM_PTIMER_CVAL = 0x6030_0000_0013_df12n
/** Physical counter, `CNTPCT_EL0`; not swapped. @see [KVM-API] §4.68 */
export const KVM_REG_ARM_PTIMER_CNT = 0x6030_0000_0013_df01n

/** PSCI version that the guest sees: major in [31:16], minor in [15:0]. @see [KVM-API] arm/fw-pseudo-registers */
export const KVM_REG_ARM_PSCI_VERSION = 0x6030_0000_0014_0000n
/** State of SMCCC_ARCH_WORKAROUND_1 (Spectre v2). @see [KVM-API] arm/fw-pseudo-registers */
export const KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1 = 0x6030_0000_0014_0001n
/** State of SMCCC_ARCH_WORKAROUND_2 (Spectre v4). @see [KVM-API] arm/fw-pseudo-registers */
export const KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2 = 0x6030_0000_0014_0002n
/** State of SMCCC_ARCH_WORKAROUND_3 (Spectre BHB). @see [KVM-API] arm/fw-pseudo-registers */
export const KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_3 = 0x6030_0000_0014_0003n
/** Standard secure services of SMCCC: bit 0 TRNG 1.0. @see [KVM-API] arm/fw-pseudo-registers */
export const KVM_REG_ARM_STD_BMAP = 0x6030_0000_0016_0000n
/** Standard hypervisor services of SMCCC: bit 0 PV time. @see [KVM-API] arm/fw-pseudo-registers */
export const KVM_REG_ARM_STD_HYP_BMAP = 0x6030_0000_0016_0001n
/** Vendor hypervisor services of SMCCC: bit 0 features, bit 1 PTP. @see [KVM-API] arm/fw-pseudo-registers */
export const KVM_REG_ARM_VENDOR_HYP_BMAP = 0x6030_0000_0016_0002n

/** SVE vector lengths pseudo-register: 512-bit bitmap of quadword counts. @see [KVM-API] §4.68 */
export const KVM_REG_ARM64_SVE_VLS = 0x6060_0000_0015_ffffn

/** Architecture byte of no architecture. @see [KVM-API] §4.68 */
export const KVM_REG_GENERIC = 0x0n
/** Architecture byte of PowerPC ids. @see [KVM-API] §4.68 */
export const KVM_REG_PPC = 0x1000000000000000n
/** Architecture byte of x86 ids. @see [KVM-API] §4.68 */
export const KVM_REG_X86 = 0x2000000000000000n
/** Architecture byte of Itanium ids. @see [KVM-API] §4.68 */
export const KVM_REG_IA64 = 0x3000000000000000n
/** Architecture byte of 32-bit Arm ids. @see [KVM-API] §4.68 */
export const KVM_REG_ARM = 0x4000000000000000n
/** Architecture byte of s390 ids. @see [KVM-API] §4.68 */
export const KVM_REG_S390 = 0x5000000000000000n
/** Architecture byte of MIPS ids. @see [KVM-API] §4.68 */
export const KVM_REG_MIPS = 0x7000000000000000n
/** Architecture byte of RISC-V ids. @see [KVM-API] §4.68 */
export const KVM_REG_RISCV = 0x8000000000000000n
/** Architecture byte of LoongArch ids. @see [KVM-API] §4.68 */
export const KVM_REG_LOONGARCH = 0x9000000000000000n
/** Position of the selector in a DEMUX id. @see [KVM-API] §4.68 */
export const KVM_REG_ARM_DEMUX_ID_SHIFT = 0x8n
/** Position of the value in a DEMUX id. @see [KVM-API] §4.68 */
export const KVM_REG_ARM_DEMUX_VAL_SHIFT = 0x0n
/** Mask of op0 in the id of a system register. @see [KVM-API] §4.68 */
export const KVM_REG_ARM64_SYSREG_OP0_MASK = 0xc000n
/** Position of op0 in the id of a system register. @see [KVM-API] §4.68 */
export const KVM_REG_ARM64_SYSREG_OP0_SHIFT = 0xen
/** Mask of op1 in the id of a system register. @see [KVM-API] §4.68 */
export const KVM_REG_ARM64_SYSREG_OP1_MASK = 0x3800n
/** Position of op1 in the id of a system register. @see [KVM-API] §4.68 */
export const KVM_REG_ARM64_SYSREG_OP1_SHIFT = 0xbn
/** Mask of CRn in the id of a system register. @see [KVM-API] §4.68 */
export const KVM_REG_ARM64_SYSREG_CRN_MASK = 0x780n
/** Position of CRn in the id of a system register. @see [KVM-API] §4.68 */
export const KVM_REG_ARM64_SYSREG_CRN_SHIFT = 0x7n
/** Mask of CRm in the id of a system register. @see [KVM-API] §4.68 */
export const KVM_REG_ARM64_SYSREG_CRM_MASK = 0x78n
/** Position of CRm in the id of a system register. @see [KVM-API] §4.68 */
export const KVM_REG_ARM64_SYSREG_CRM_SHIFT = 0x3n
/** Mask of op2 in the id of a system register. @see [KVM-API] §4.68 */
export const KVM_REG_ARM64_SYSREG_OP2_MASK = 0x7n
/** Position of op2 in the id of a system register. @see [KVM-API] §4.68 */
export const KVM_REG_ARM64_SYSREG_OP2_SHIFT = 0x0n
/** Index of the first slice of Z0. @see [KVM-API] §4.68 */
export const KVM_REG_ARM64_SVE_ZREG_BASE = 0x0n
/** Index of the first slice of P0. @see [KVM-API] §4.68 */
export const KVM_REG_ARM64_SVE_PREG_BASE = 0x400n
/** Index of the first slice of FFR. @see [KVM-API] §4.68 */
export const KVM_REG_ARM64_SVE_FFR_BASE = 0x600n
/** Number of SVE vector registers. @see [KVM-API] §4.68 */
export const KVM_ARM64_SVE_NUM_ZREGS = 0x20
/** Number of SVE predicate registers. @see [KVM-API] §4.68 */
export const KVM_ARM64_SVE_NUM_PREGS = 0x10
/** Slices that an SVE register may have. @see [KVM-API] §4.68 */
export const KVM_ARM64_SVE_MAX_SLICES = 0x20
/** Shortest vector in quadwords. @see [KVM-API] §4.68 */
export const KVM_ARM64_SVE_VQ_MIN = 1
/** Longest vector in quadwords. @see [KVM-API] §4.68 */
export const KVM_ARM64_SVE_VQ_MAX = 0x200
/** 64-bit words of `KVM_REG_ARM64_SVE_VLS`. @see [KVM-API] §4.68 */
export const KVM_ARM64_SVE_VLS_WORDS = 8
/** State of workaround 1: not available. @see [KVM-API] arm/fw-pseudo-registers */
export const KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1_NOT_AVAIL = 0
/** State of workaround 1: available and needed. @see [KVM-API] arm/fw-pseudo-registers */
export const KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1_AVAIL = 1
/** State of workaround 1: not needed. @see [KVM-API] arm/fw-pseudo-registers */
export const KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1_NOT_REQUIRED = 2
/** State of workaround 2: not available. @see [KVM-API] arm/fw-pseudo-registers */
export const KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2_NOT_AVAIL = 0
/** State of workaround 2: unknown. @see [KVM-API] arm/fw-pseudo-registers */
export const KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2_UNKNOWN = 1
/** State of workaround 2: available and needed. @see [KVM-API] arm/fw-pseudo-registers */
export const KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2_AVAIL = 2
/** State of workaround 2: not needed. @see [KVM-API] arm/fw-pseudo-registers */
export const KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2_NOT_REQUIRED = 3
/** State of workaround 2: available and switched on (a flag). @see [KVM-API] arm/fw-pseudo-registers */
export const KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2_ENABLED = 0x10
/** State of workaround 3: not available. @see [KVM-API] arm/fw-pseudo-registers */
export const KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_3_NOT_AVAIL = 0
/** State of workaround 3: available and needed. @see [KVM-API] arm/fw-pseudo-registers */
export const KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_3_AVAIL = 1
/** State of workaround 3: not needed. @see [KVM-API] arm/fw-pseudo-registers */
export const KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_3_NOT_REQUIRED = 2
/** Bit of `KVM_REG_ARM_STD_BMAP`: TRNG 1.0. @see [KVM-API] arm/fw-pseudo-registers */
export const KVM_REG_ARM_STD_BIT_TRNG_V1_0 = 0
/** Bit of `KVM_REG_ARM_STD_HYP_BMAP`: stolen time. @see [KVM-API] arm/fw-pseudo-registers */
export const KVM_REG_ARM_STD_HYP_BIT_PV_TIME = 0
/** Bit of `KVM_REG_ARM_VENDOR_HYP_BMAP`: identification and features. @see [KVM-API] arm/fw-pseudo-registers */
export const KVM_REG_ARM_VENDOR_HYP_BIT_FUNC_FEAT = 0
/** Bit of `KVM_REG_ARM_VENDOR_HYP_BMAP`: the clock of the host. @see [KVM-API] arm/fw-pseudo-registers */
export const KVM_REG_ARM_VENDOR_HYP_BIT_PTP = 1

/** Digits for register numbers 0 to 30. */
type Number0To30 =
  | 0
  | 1
  | 2
  | 3
  | 4
  | 5
  | 6
  | 7
  | 8
  | 9
  | 10
  | 11
  | 12
  | 13
  | 14
  | 15
  | 16
  | 17
  | 18
  | 19
  | 20
  | 21
  | 22
  | 23
  | 24
  | 25
  | 26
  | 27
  | 28
  | 29
  | 30

/**
 * Name of a register in `struct kvm_regs`. `sp` is `SP_EL0`; `spsr_el1` to `spsr_fiq` are the array `spsr`.
 *
 * @see [KVM-API] §4.68
 */
export type CoreRegName =
  | `x${Number0To30}`
  | 'sp'
  | 'pc'
  | 'pstate'
  | 'sp_el1'
  | 'elr_el1'
  | 'spsr_el1'
  | 'spsr_abt'
  | 'spsr_und'
  | 'spsr_irq'
  | 'spsr_fiq'
  | `v${Number0To30 | 31}`
  | 'fpsr'
  | 'fpcr'

/** Registers of `struct kvm_regs` from offset 248, by name: byte offset. */
const namedCoreOffsets: Readonly<Record<string, number>> = {
  sp: 248,
  pc: 256,
  pstate: 264,
  sp_el1: 272,
  elr_el1: 280,
  spsr_el1: 288,
  spsr_abt: 296,
  spsr_und: 304,
  spsr_irq: 312,
  spsr_fiq: 320,
  fpsr: 848,
  fpcr: 852,
}

/** Offset of `fp_regs.vregs` in `struct kvm_regs`: the 8 bytes before it are a hole for the alignment of u128. */
const vregsOffset = 336
const fpsrOffset = 848

/**
 * Offset in bytes of a core register in `struct kvm_regs`; undefined for a name that is none.
 *
 * @see {@link coreReg}
 */
export function coreRegOffset(name: string): number | undefined {
  if (Object.hasOwn(namedCoreOffsets, name)) return namedCoreOffsets[name]
  const match = /^([xv])(0|[1-9]\d?)$/.exec(name)
  if (match === null) return undefined
  const n = Number(match[2])
  if (match[1] === 'x') return n <= 30 ? n * 8 : undefined
  return n <= 31 ? vregsOffset + n * 16 : undefined
}

/** Name and size of the core register that starts at `offset`; undefined where none starts. */
function coreRegAt(offset: number): { readonly name: CoreRegName; readonly sizeBytes: number } | undefined {
  if (offset < 248) return offset % 8 === 0 ? { name: `x${offset / 8}` as CoreRegName, sizeBytes: 8 } : undefined
  if (offset >= vregsOffset && offset < fpsrOffset) {
    const n = (offset - vregsOffset) / 16
    return Number.isInteger(n) ? { name: `v${n}` as CoreRegName, sizeBytes: 16 } : undefined
  }
  for (const name of Object.keys(namedCoreOffsets)) {
    if (namedCoreOffsets[name] === offset) {
      return { name: name as CoreRegName, sizeBytes: offset < vregsOffset ? 8 : 4 }
    }
  }
  return undefined
}

/** Size field for a size in bytes that is a power of two from 1 to 256. */
function sizeField(sizeBytes: number): bigint {
  return BigInt(31 - Math.clz32(sizeBytes)) << KVM_REG_SIZE_SHIFT
}

/**
 * Id of a core register: 8 bytes for x0 to spsr_fiq, 16 for v0 to v31, 4 for fpsr and fpcr.
 *
 * @throws RangeError if the name is none of {@link CoreRegName}.
 * @see [KVM-API] §4.68
 * @example
 * coreReg('pc') // 0x6030000000100040n
 */
export function coreReg(name: CoreRegName): bigint {
  const offset = coreRegOffset(name)
  if (offset === undefined) throw new RangeError(`no core register is named ${name}`)
  const sizeBytes = offset < vregsOffset ? 8 : offset < fpsrOffset ? 16 : 4
  return KVM_REG_ARM64 | sizeField(sizeBytes) | KVM_REG_ARM_CORE | BigInt(offset / 4)
}

/**
 * Encoding of a system register, as in `MRS`/`MSR`: op0 2 to 3, op1 0 to 7, CRn and CRm 0 to 15, op2 0 to 7.
 *
 * @see [ARM] C5.1.2
 */
export interface SysRegEncoding {
  readonly op0: number
  readonly op1: number
  readonly CRn: number
  readonly CRm: number
  readonly op2: number
}

/**
 * Id of a 64-bit system register by its encoding. Fields are masked to their width, as the header's macro does.
 *
 * For the virtual timer's compare value and counter use {@link KVM_REG_ARM_TIMER_CVAL} and
 * {@link KVM_REG_ARM_TIMER_CNT}: their ids are not their encodings.
 *
 * @see [KVM-API] §4.68
 * @example
 * sysReg(3, 0, 0, 0, 0) // MIDR_EL1: 0x603000000013c000n
 */
export function sysReg(op0: number, op1: number, CRn: number, CRm: number, op2: number): bigint {
  return KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM64_SYSREG | BigInt(sysRegIndex(op0, op1, CRn, CRm, op2))
}

/**
 * Low 16 bits of a system register's id, also what vgic `CPU_SYSREGS` attributes hold.
 *
 * @see {@link sysReg}
 */
export function sysRegIndex(op0: number, op1: number, CRn: number, CRm: number, op2: number): number {
  return ((op0 & 3) << 14) | ((op1 & 7) << 11) | ((CRn & 15) << 7) | ((CRm & 15) << 3) | (op2 & 7)
}

/**
 * Id of CCSIDR_EL1 for a value of CSSELR_EL1 (0 to 255).
 *
 * @see [KVM-API] §4.68
 */
export function ccsidrReg(csselr: number): bigint {
  return KVM_REG_ARM64 | KVM_REG_SIZE_U32 | KVM_REG_ARM_DEMUX | (BigInt(csselr) & KVM_REG_ARM_DEMUX_VAL_MASK)
}

/**
 * Id of a firmware pseudo-register by number; the header's macro.
 *
 * @see [KVM-API] arm/fw-pseudo-registers
 */
export function KVM_REG_ARM_FW_REG(index: number): bigint {
  return KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_FW | BigInt(index & 0xffff)
}

/**
 * Id of a firmware feature bitmap by number; the header's macro.
 *
 * @see [KVM-API] arm/fw-pseudo-registers
 */
export function KVM_REG_ARM_FW_FEAT_BMAP_REG(index: number): bigint {
  return KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_FW_FEAT_BMAP | BigInt(index & 0xffff)
}

/**
 * Id of a slice of SVE register Z`n` (n 0 to 31, slice 0 to 31); the header's macro.
 *
 * @see [KVM-API] §4.68
 */
export function KVM_REG_ARM64_SVE_ZREG(n: number, slice: number): bigint {
  return KVM_REG_ARM64 | KVM_REG_ARM64_SVE | KVM_REG_SIZE_U2048 | BigInt(((n & 31) << 5) | (slice & 31))
}

/**
 * Id of a slice of SVE predicate P`n` (n 0 to 15, slice 0 to 31); the header's macro.
 *
 * @see [KVM-API] §4.68
 */
export function KVM_REG_ARM64_SVE_PREG(n: number, slice: number): bigint {
  return KVM_REG_ARM64 | KVM_REG_ARM64_SVE | KVM_REG_SIZE_U256 | BigInt(0x400 | ((n & 15) << 5) | (slice & 31))
}

/**
 * Id of a slice of the SVE first-fault register (slice 0 to 31); the header's macro.
 *
 * @see [KVM-API] §4.68
 */
export function KVM_REG_ARM64_SVE_FFR(slice: number): bigint {
  return KVM_REG_ARM64 | KVM_REG_ARM64_SVE | KVM_REG_SIZE_U256 | BigInt(0x600 | (slice & 31))
}

/**
 * Size in bytes of the register that an id names; the header's macro.
 *
 * @see [KVM-API] §4.68
 */
export function KVM_REG_SIZE(id: bigint): number {
  return 2 ** Number((id & KVM_REG_SIZE_MASK) >> KVM_REG_SIZE_SHIFT)
}

/**
 * Parts of a register id.
 *
 * `sizeBytes` is what the id says, which for an invalid id need not be the size of the register. `unknown` is another
 * architecture, a class without a name, a bit set that no field covers, or an SVE index without a register.
 *
 * @see {@link decodeReg}
 */
export type DecodedReg =
  | {
      readonly class: 'core'
      readonly sizeBytes: number
      readonly offset: number
      readonly name: CoreRegName | undefined
    }
  | { readonly class: 'demux'; readonly sizeBytes: number; readonly selector: number; readonly value: number }
  | ({ readonly class: 'sysreg'; readonly sizeBytes: number } & SysRegEncoding)
  | { readonly class: 'fw'; readonly sizeBytes: number; readonly index: number }
  | { readonly class: 'fw_feat_bmap'; readonly sizeBytes: number; readonly index: number }
  | { readonly class: 'sve'; readonly sizeBytes: number; readonly reg: string; readonly slice: number }
  | { readonly class: 'unknown'; readonly sizeBytes: number; readonly isArm64: boolean }

function decodeSve(sizeBytes: number, index: number): DecodedReg {
  const slice = index & 31
  const n = index >> 5
  if (index === 0xffff && sizeBytes === 64) return { class: 'sve', sizeBytes, reg: 'vls', slice: 0 }
  if (index < 0x400 && sizeBytes === 256) return { class: 'sve', sizeBytes, reg: `z${n}`, slice }
  if (index >= 0x400 && index < 0x600 && sizeBytes === 32) {
    return { class: 'sve', sizeBytes, reg: `p${n - 0x20}`, slice }
  }
  if (index >= 0x600 && index < 0x620 && sizeBytes === 32) return { class: 'sve', sizeBytes, reg: 'ffr', slice }
  return { class: 'unknown', sizeBytes, isArm64: true }
}

/**
 * Parts of a register id.
 *
 * A core id keeps its offset even where no register starts or the size is wrong; its `name` is then undefined.
 * Timer ids decode to the encoding they carry, swap and all.
 *
 * @see [KVM-API] §4.68
 * @example
 * decodeReg(0x603000000013c080n) // { class: 'sysreg', op0: 3, op1: 0, CRn: 1, CRm: 0, op2: 0, sizeBytes: 8 }
 */
export function decodeReg(id: bigint): DecodedReg {
  const sizeBytes = KVM_REG_SIZE(id)
  const isArm64 = (id & KVM_REG_ARCH_MASK) === KVM_REG_ARM64
  const index = Number(id & 0xffffn)
  const reserved = id & 0x000f_ffff_f000_0000n
  if (!isArm64 || reserved !== 0n) return { class: 'unknown', sizeBytes, isArm64 }
  switch (id & KVM_REG_ARM_COPROC_MASK) {
    case KVM_REG_ARM_CORE: {
      const offset = index * 4
      const reg = coreRegAt(offset)
      return { class: 'core', sizeBytes, offset, name: reg?.sizeBytes === sizeBytes ? reg.name : undefined }
    }
    case KVM_REG_ARM_DEMUX:
      return { class: 'demux', sizeBytes, selector: index >> 8, value: index & 0xff }
    case KVM_REG_ARM64_SYSREG:
      return { class: 'sysreg', sizeBytes, ...decodeSysRegIndex(index) }
    case KVM_REG_ARM_FW:
      return { class: 'fw', sizeBytes, index }
    case KVM_REG_ARM64_SVE:
      return decodeSve(sizeBytes, index)
    case KVM_REG_ARM_FW_FEAT_BMAP:
      return { class: 'fw_feat_bmap', sizeBytes, index }
    default:
      return { class: 'unknown', sizeBytes, isArm64 }
  }
}

/**
 * System register encoding from the low 16 bits of its id, the inverse of {@link sysRegIndex}.
 *
 * @see {@link sysReg}
 */
export function decodeSysRegIndex(index: number): SysRegEncoding {
  return {
    op0: (index >> 14) & 3,
    op1: (index >> 11) & 7,
    CRn: (index >> 7) & 15,
    CRm: (index >> 3) & 15,
    op2: index & 7,
  }
}
