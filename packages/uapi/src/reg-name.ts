/** Names of the registers of `KVM_GET_ONE_REG`, both ways. [KVM-API] §4.68. */

import {
  type CoreRegName,
  ccsidrReg,
  coreReg,
  coreRegOffset,
  decodeReg,
  KVM_REG_ARM_FW_FEAT_BMAP_REG,
  KVM_REG_ARM_FW_REG,
  KVM_REG_ARM_TIMER_CNT,
  KVM_REG_ARM_TIMER_CVAL,
  KVM_REG_ARM64_SVE_FFR,
  KVM_REG_ARM64_SVE_PREG,
  KVM_REG_ARM64_SVE_VLS,
  KVM_REG_ARM64_SVE_ZREG,
  sysReg,
} from './one-reg.ts'
import { parseSysRegName, sysRegName } from './sysreg-name.ts'

const fwNames: readonly string[] = [
  'PSCI_VERSION',
  'SMCCC_ARCH_WORKAROUND_1',
  'SMCCC_ARCH_WORKAROUND_2',
  'SMCCC_ARCH_WORKAROUND_3',
]
const bitmapNames: readonly string[] = ['STD_BMAP', 'STD_HYP_BMAP', 'VENDOR_HYP_BMAP']

/**
 * Names that belong to other ids than their encodings say: the ids of the virtual timer's compare value and counter
 * were swapped by mistake when they came, and are ABI. The physical timer's are not swapped.
 */
const swapped: readonly (readonly [bigint, string])[] = [
  [KVM_REG_ARM_TIMER_CVAL, 'CNTV_CVAL_EL0'],
  [KVM_REG_ARM_TIMER_CNT, 'CNTVCT_EL0'],
]

/**
 * Name of the register that an id stands for: `pc`, `SCTLR_EL1`, `S3_0_C0_C3_3`, `CCSIDR_EL1.2`, `z3.0`, `vls`,
 * `PSCI_VERSION`, `STD_BMAP`. Undefined if no register has the id, or not with the size that it says.
 *
 * The virtual timer's ids get the names of what they hold: see {@link KVM_REG_ARM_TIMER_CVAL}.
 *
 * @see [KVM-API] §4.68
 * @example
 * regName(0x603000000013c080n) // 'SCTLR_EL1'
 */
export function regName(id: bigint): string | undefined {
  const name = nameOf(id)
  // What does not come back has a size that the register does not have, or bits that mean nothing.
  return name !== undefined && parseRegName(name) === id ? name : undefined
}

function nameOf(id: bigint): string | undefined {
  const reg = decodeReg(id)
  switch (reg.class) {
    case 'core':
      return reg.name
    case 'demux':
      return `CCSIDR_EL1.${reg.value}`
    case 'sysreg':
      return swapped.find(([known]) => known === id)?.[1] ?? sysRegName(reg)
    case 'fw':
      return fwNames[reg.index] ?? `FW.${reg.index}`
    case 'fw_feat_bmap':
      return bitmapNames[reg.index] ?? `FW_FEAT_BMAP.${reg.index}`
    case 'sve':
      return reg.reg === 'vls' ? 'vls' : `${reg.reg}.${reg.slice}`
    default:
      return undefined
  }
}

const indexed: readonly (readonly [RegExp, number, (index: number) => bigint])[] = [
  [/^CCSIDR_EL1\.(\d+)$/, 0xff, ccsidrReg],
  [/^FW\.(\d+)$/, 0xffff, KVM_REG_ARM_FW_REG],
  [/^FW_FEAT_BMAP\.(\d+)$/, 0xffff, KVM_REG_ARM_FW_FEAT_BMAP_REG],
  [/^FFR\.(\d+)$/, 31, KVM_REG_ARM64_SVE_FFR],
]

/**
 * Id of a register by the name that {@link regName} gives, in any case; undefined if it is no name of a register. Only
 * `spsr_el1`, `elr_el1` and `sp_el1` depend on the case: core registers in lower, system registers in upper case.
 *
 * @see [KVM-API] §4.68
 * @example
 * parseRegName('sctlr_el1') // 0x603000000013c080n
 */
export function parseRegName(name: string): bigint | undefined {
  const upper = name.toUpperCase()
  const lower = name.toLowerCase()
  const timer = swapped.find(([, known]) => known === upper)
  if (timer !== undefined) return timer[0]
  // SPSR_EL1, ELR_EL1 and SP_EL1 are core registers in lower case and system registers in upper case.
  const isCore = coreRegOffset(lower) !== undefined && (name === lower || parseSysRegName(name) === undefined)
  if (isCore) return coreReg(lower as CoreRegName)
  if (upper === 'VLS') return KVM_REG_ARM64_SVE_VLS
  if (fwNames.includes(upper)) return KVM_REG_ARM_FW_REG(fwNames.indexOf(upper))
  if (bitmapNames.includes(upper)) return KVM_REG_ARM_FW_FEAT_BMAP_REG(bitmapNames.indexOf(upper))
  for (const [pattern, max, build] of indexed) {
    const index = Number(pattern.exec(upper)?.[1] ?? Number.NaN)
    if (index <= max) return build(index)
  }
  const sve = /^([ZP])(\d+)\.(\d+)$/.exec(upper)
  if (sve !== null) {
    const [n, slice] = [Number(sve[2]), Number(sve[3])]
    if (slice > 31 || n > (sve[1] === 'Z' ? 31 : 15)) return undefined
    return sve[1] === 'Z' ? KVM_REG_ARM64_SVE_ZREG(n, slice) : KVM_REG_ARM64_SVE_PREG(n, slice)
  }
  const encoding = parseSysRegName(name)
  if (encoding === undefined) return undefined
  const { op0, op1, CRn, CRm, op2 } = encoding
  const id = sysReg(op0, op1, CRn, CRm, op2)
  const other = swapped.find(([known]) => known === id)
  // The generic spelling of a swapped id is what the id says, not what it holds.
  return other === undefined || upper.startsWith('S3_') ? id : undefined
}
