/** Exception syndromes: ESR_EL1 and ESR_EL2 into their fields and a sentence. [ARM] D24.2.40 ESR_EL2. */

import { sysRegName } from './sysreg-name.ts'

/** A decoded exception syndrome. @see {@link decodeEsr} */
export interface DecodedEsr {
  /** Exception class, bits [31:26]. */
  readonly ec: number
  /** Name of the class, as `DABT_LOWER`; `UNKNOWN_0x3f` where the architecture has none. */
  readonly name: string
  /** The trapped instruction has 32 bits, or the class does not say. */
  readonly il: boolean
  /** Bits [24:0]. */
  readonly iss: number
  /** Bits [55:32]. */
  readonly iss2: number
  /** Fields of the ISS by the manual's names; only those of the class. */
  readonly fields: Readonly<Record<string, number>>
  /** What happened, without full stop. */
  readonly sentence: string
}

type Fields = Readonly<Record<string, number>>

// Formats of the ISS: field names with their bits.
const conditional = 'CV:24 COND:23-20 '
const coprocessor = `${conditional}Opc2:19-17 Opc1:16-14 CRn:13-10 Rt:9-5 CRm:4-1 Direction:0`
const coprocessorPair = `${conditional}Opc1:19-16 Rt2:14-10 Rt:9-5 CRm:4-1 Direction:0`
const immediate = 'imm16:15-0'
const instructionAbort = 'SET:12-11 FnV:10 EA:9 S1PTW:7 IFSC:5-0'
const dataAbort =
  'ISV:24 SAS:23-22 SSE:21 SRT:20-16 SF:15 AR:14 VNCR:13 LST:12-11 FnV:10 EA:9 CM:8 S1PTW:7 WnR:6 DFSC:5-0'
const floatingPoint = 'TFV:23 VECITR:10-8 IDF:7 IXF:4 UFF:3 OFF:2 DZF:1 IOF:0'
const step = 'ISV:24 EX:6 IFSC:5-0'
const watchpoint = 'WPT:23-18 WPTV:17 WPF:16 FnP:15 VNCR:13 FnV:10 CM:8 WnR:6 DFSC:5-0'

// Class, name, format, sentence; `{…}` are made by `phrase`. [ARM] D24.2.40, EC.
const classes: readonly (readonly [ec: number, name: string, format: string, sentence: string])[] = [
  [0x00, 'UNKNOWN', '', 'unknown reason, as of an UNDEFINED instruction'],
  [0x01, 'WFX', `${conditional}RN:9-5 RV:2 TI:1-0`, 'trapped {TI}'],
  [0x03, 'CP15_32', coprocessor, 'trapped {MCR} of cp15'],
  [0x04, 'CP15_64', coprocessorPair, 'trapped {MCRR} of cp15'],
  [0x05, 'CP14_32', coprocessor, 'trapped {MCR} of cp14'],
  [0x06, 'CP14_LS', `${conditional}imm8:19-12 Rn:9-5 Offset:4 AM:3-1 Direction:0`, 'trapped {LDC} of cp14'],
  [0x07, 'FP_ASIMD', conditional, 'trapped access to SVE, Advanced SIMD or floating point'],
  [0x08, 'CP10_ID', coprocessor, 'trapped VMRS'],
  [0x09, 'PAC', '', 'trapped use of pointer authentication'],
  [0x0a, 'OTHER', 'ISS:24-0', 'trapped instruction without a class of its own, as LD64B or ST64B'],
  [0x0c, 'CP14_64', coprocessorPair, 'trapped {MCRR} of cp14'],
  [0x0d, 'BTI', 'BTYPE:1-0', 'branch target exception with BTYPE {BTYPE}'],
  [0x0e, 'ILL', '', 'illegal execution state'],
  [0x11, 'SVC32', immediate, 'SVC #{imm16} of AArch32'],
  [0x12, 'HVC32', immediate, 'HVC #{imm16} of AArch32'],
  [0x13, 'SMC32', `${conditional}CCKNOWNPASS:19`, 'SMC of AArch32'],
  [0x14, 'SYS128', 'Op0:21-20 Op2:19-17 Op1:16-14 CRn:13-10 Rt:9-6 CRm:4-1 Direction:0', 'trapped 128-bit {SYS}'],
  [0x15, 'SVC64', immediate, 'SVC #{imm16}'],
  [0x16, 'HVC64', immediate, 'HVC #{imm16}'],
  [0x17, 'SMC64', immediate, 'SMC #{imm16}'],
  [0x18, 'SYS64', 'Op0:21-20 Op2:19-17 Op1:16-14 CRn:13-10 Rt:9-5 CRm:4-1 Direction:0', 'trapped {SYS}'],
  [0x19, 'SVE', '', 'trapped access to SVE'],
  [0x1a, 'ERET', 'ERET:1 ERETA:0', 'trapped {ERET}'],
  [0x1b, 'TSTART', 'Rd:9-5', 'trapped TSTART'],
  [0x1c, 'FPAC', 'IorD:1 AorB:0', 'pointer authentication failed with the {key} key'],
  [0x1d, 'SME', 'SMTC:2-0', 'trapped access to SME'],
  [0x1e, 'GPC', 'S2PTW:21 InD:20 GPCSC:19-14 VNCR:13 CM:8 S1PTW:7 WnR:6 xFSC:5-0', 'granule protection check: {fault}'],
  [0x1f, 'IMP_DEF', 'ISS:24-0', 'IMPLEMENTATION DEFINED exception to EL3'],
  [0x20, 'IABT_LOWER', instructionAbort, 'instruction abort from a lower Exception level: {fault}'],
  [0x21, 'IABT_SAME', instructionAbort, 'instruction abort from the same Exception level: {fault}'],
  [0x22, 'PC_ALIGN', '', 'PC alignment fault'],
  [0x24, 'DABT_LOWER', dataAbort, 'data abort from a lower Exception level: {access}, {fault}'],
  [0x25, 'DABT_SAME', dataAbort, 'data abort from the same Exception level: {access}, {fault}'],
  [0x26, 'SP_ALIGN', '', 'SP alignment fault'],
  [
    0x27,
    'MOPS',
    'MemInst:24 isSETG:23 Options:22-19 FromEpilogue:18 WrongOption:17 OptionA:16 destreg:14-10 srcreg:9-5 sizereg:4-0',
    'memory copy or set in a wrong state',
  ],
  [0x28, 'FP_EXC32', floatingPoint, 'trapped floating-point exception of AArch32{flags}'],
  [0x2c, 'FP_EXC64', floatingPoint, 'trapped floating-point exception{flags}'],
  [0x2d, 'GCS', 'ExType:23-20 Raddr:14-10 Rn:9-5 IT:4-0', 'guarded control stack exception'],
  [0x2f, 'SERROR', 'IDS:24 WnRV:18 WU:17-16 IESB:13 AET:12-10 EA:9 WnR:6 DFSC:5-0', 'SError interrupt{serror}'],
  [0x30, 'BREAKPT_LOWER', 'IFSC:5-0', 'breakpoint from a lower Exception level'],
  [0x31, 'BREAKPT_SAME', 'IFSC:5-0', 'breakpoint from the same Exception level'],
  [0x32, 'SOFTSTP_LOWER', step, 'software step from a lower Exception level{EX}'],
  [0x33, 'SOFTSTP_SAME', step, 'software step from the same Exception level{EX}'],
  [0x34, 'WATCHPT_LOWER', watchpoint, 'watchpoint from a lower Exception level on a {WnR}'],
  [0x35, 'WATCHPT_SAME', watchpoint, 'watchpoint from the same Exception level on a {WnR}'],
  [0x38, 'BKPT32', 'comment:15-0', 'BKPT #{comment} of AArch32'],
  [0x3a, 'VECTOR32', '', 'vector catch of AArch32'],
  [0x3c, 'BRK64', 'comment:15-0', 'BRK #{comment}'],
  [0x3d, 'PMU', 'SYNC:0', 'PMU exception'],
]

// Fault status codes that are no plain "kind, level": [ARM] D24.2.40, DFSC and IFSC.
const faults: Readonly<Record<number, string>> = {
  16: 'synchronous external abort',
  17: 'synchronous tag check fault',
  18: 'synchronous external abort on a table walk, level -2',
  19: 'synchronous external abort on a table walk, level -1',
  24: 'parity or ECC error',
  27: 'parity or ECC error on a table walk, level -1',
  33: 'alignment fault',
  34: 'granule protection fault on a table walk, level -2',
  35: 'granule protection fault on a table walk, level -1',
  40: 'granule protection fault',
  41: 'address size fault, level -1',
  42: 'translation fault, level -2',
  43: 'translation fault, level -1',
  44: 'address size fault, level -2',
  48: 'TLB conflict',
  49: 'unsupported atomic hardware update',
  52: 'IMPLEMENTATION DEFINED fault (lockdown)',
  53: 'IMPLEMENTATION DEFINED fault (unsupported exclusive or atomic access)',
}
/** Kinds of faults by bits [5:2] of the code, whose bits [1:0] are the level. */
const leveled: Readonly<Record<number, string>> = {
  0: 'address size fault',
  1: 'translation fault',
  2: 'access flag fault',
  3: 'permission fault',
  5: 'synchronous external abort on a table walk',
  7: 'parity or ECC error on a table walk',
  9: 'granule protection fault on a table walk',
}

/**
 * What a fault status code means: DFSC, IFSC, or FST of PAR_EL1.
 *
 * @see [ARM] D24.2.40
 */
export function faultStatus(code: number): string {
  const kind = leveled[code >> 2]
  return (
    faults[code] ?? (kind === undefined ? `reserved fault code 0x${code.toString(16)}` : `${kind}, level ${code & 3}`)
  )
}

const hex = (value: number): string => `0x${value.toString(16)}`
const register = (n: number, isWide: boolean): string =>
  n === 31 ? (isWide ? 'xzr' : 'wzr') : `${isWide ? 'x' : 'w'}${n}`

function access(f: Fields): string {
  if (f['CM'] === 1) return 'cache maintenance or address translation'
  const what = f['WnR'] === 1 ? 'write' : 'read'
  if (f['ISV'] === 0) return `${what} without a description of the instruction`
  const size = 1 << f['SAS']
  const sign = f['SSE'] === 1 ? ' sign-extended' : ''
  const order = f['AR'] === 1 ? (f['WnR'] === 1 ? ' with release' : ' with acquire') : ''
  const place = f['WnR'] === 1 ? 'from' : 'to'
  return `${what} of ${size} byte${size === 1 ? '' : 's'} ${place} ${register(f['SRT'], f['SF'] === 1)}${sign}${order}`
}

function fault(f: Fields): string {
  const code = f['DFSC'] ?? f['IFSC'] ?? f['xFSC']
  const walk = f['S1PTW'] === 1 ? ' of stage 2 on a stage-1 table walk' : ''
  return `${faultStatus(code)}${walk}${f['FnV'] === 1 && code === 16 ? ', FAR not valid' : ''}`
}

function systemAccess(f: Fields): string {
  const encoding = { op0: f['Op0'], op1: f['Op1'], CRn: f['CRn'], CRm: f['CRm'], op2: f['Op2'] }
  const rt = register(f['Rt'], true)
  // op0 1 is the space of SYS instructions.
  if (encoding.op0 < 2) {
    const { op1, CRn, CRm, op2 } = encoding
    return f['Direction'] === 1
      ? `SYSL ${rt}, #${op1}, C${CRn}, C${CRm}, #${op2}`
      : `SYS #${op1}, C${CRn}, C${CRm}, #${op2}, ${rt}`
  }
  const name = sysRegName(encoding)
  return f['Direction'] === 1 ? `MRS ${rt}, ${name}` : `MSR ${name}, ${rt}`
}

function serror(f: Fields): string {
  if (f['IDS'] === 1) return ' with an IMPLEMENTATION DEFINED syndrome'
  if (f['DFSC'] !== 0x11) return ''
  const states = ['uncontainable', 'unrecoverable', 'restartable', 'recoverable', '', '', 'corrected']
  return `: asynchronous, ${states[f['AET']] || 'of reserved severity'}`
}

const floatingPointFlags: Readonly<Record<string, string>> = {
  IOF: 'invalid operation',
  DZF: 'division by zero',
  OFF: 'overflow',
  UFF: 'underflow',
  IXF: 'inexact',
  IDF: 'input denormal',
}

function floatingPointException(f: Fields): string {
  if (f['TFV'] === 0) return ''
  const names = Object.keys(floatingPointFlags).filter((name) => f[name] === 1)
  return `: ${names.map((name) => floatingPointFlags[name]).join(', ')}`
}

function coprocessorAccess(f: Fields): string {
  const { Opc1, CRn, CRm, Opc2 } = f
  return `${f['Direction'] === 1 ? 'MRC' : 'MCR'} ${Opc1}, r${f['Rt']}, c${CRn}, c${CRm}, ${Opc2}`
}

const phrases: Readonly<Record<string, (f: Fields) => string>> = {
  access,
  fault,
  serror,
  SYS: systemAccess,
  flags: floatingPointException,
  TI: (f) => ['WFI', 'WFE', 'WFIT', 'WFET'][f['TI']],
  MCR: coprocessorAccess,
  MCRR: (f) => `${f['Direction'] === 1 ? 'MRRC' : 'MCRR'} ${f['Opc1']}, r${f['Rt']}, r${f['Rt2']}, c${f['CRm']}`,
  LDC: (f) => (f['Direction'] === 1 ? 'LDC' : 'STC'),
  ERET: (f) => (f['ERET'] === 0 ? 'ERET' : f['ERETA'] === 0 ? 'ERETAA' : 'ERETAB'),
  key: (f) => `${f['IorD'] === 1 ? 'data' : 'instruction'} ${f['AorB'] === 1 ? 'B' : 'A'}`,
  EX: (f) => (f['ISV'] === 1 && f['EX'] === 1 ? ' over a load-exclusive' : ''),
  WnR: (f) => (f['WnR'] === 1 ? 'write' : 'read'),
}

function fieldsOf(format: string, iss: number): Record<string, number> {
  const fields: Record<string, number> = {}
  for (const part of format.trim().split(' ')) {
    const [name, bits] = part.split(':')
    if (bits === undefined) continue
    const [high, low = high] = bits.split('-').map(Number)
    fields[name] = (iss >> low) & (2 ** (high - low + 1) - 1)
  }
  return fields
}

/** Classes that the architecture defines, by number. @see {@link decodeEsr} */
export function esrClasses(): { readonly ec: number; readonly name: string }[] {
  return classes.map(([ec, name]) => ({ ec, name }))
}

/**
 * Fields and meaning of an exception syndrome, of AArch64 state, whichever register it is from. Also of
 * `kvm_run.debug.arch.hsr` and of the ESR in `kvm_run.arm_sea`; for `arm_nisv.esr_iss` use {@link decodeDataAbortIss}.
 *
 * Fields that mean something only with others (`SRT` with `ISV`) are there all the same.
 *
 * @see [ARM] D24.2.40
 * @example
 * decodeEsr(0x9600_0010n).sentence // 'data abort from a lower Exception level: read without …'
 */
export function decodeEsr(esr: bigint | number): DecodedEsr {
  const word = BigInt.asUintN(64, BigInt(esr))
  const low = Number(word & 0xffff_ffffn)
  const ec = low >>> 26
  const iss = low & 0x1ff_ffff
  const row = classes.find(([known]) => known === ec)
  const [, name, format, sentence] = row ?? [
    ec,
    `UNKNOWN_${hex(ec)}`,
    'ISS:24-0',
    `reserved exception class ${hex(ec)}`,
  ]
  const fields = fieldsOf(format, iss)
  return {
    ec,
    name,
    il: ((low >>> 25) & 1) === 1,
    iss,
    iss2: Number((word >> 32n) & 0xff_ffffn),
    fields,
    sentence: sentence.replace(/\{(\w+)\}/g, (_, key: string) => phrases[key]?.(fields) ?? String(fields[key])),
  }
}

/**
 * The data abort whose ISS alone is known, as `kvm_run.arm_nisv.esr_iss`: from a lower Exception level.
 *
 * @see [KVM-API] §5
 */
export function decodeDataAbortIss(iss: bigint | number): DecodedEsr {
  return decodeEsr((0x24n << 26n) | (1n << 25n) | (BigInt(iss) & 0x1ff_ffffn))
}
