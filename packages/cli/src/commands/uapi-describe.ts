/** `armvisor uapi ioctl`, `cap`, `exit`, `reg`, `esr`, `vm-type` and `attr`: names to numbers and numbers to names. */

import {
  decodeDataAbortIss,
  decodeEsr,
  decodeIoctlNumber,
  decodeReg,
  decodeRun,
  decodeVmType,
  encodeVmType,
  esrClasses,
  ioctlNumber,
  KVM_REG_ARM_TIMER_CNT,
  KVM_REG_ARM_TIMER_CVAL,
  KVMIO,
  KvmError,
  kvm_run,
  parseRegName,
  type RunExit,
  regName,
  sizeOfStruct,
  sysRegName,
} from '@armvisor/uapi'
import {
  capabilityTable,
  deviceAttributeTable,
  exitReasonRows,
  type FdKind,
  findIoctls,
  type IoctlRow,
  ioctlDoc,
  ioctlTable,
  type NumberRow,
  regClassTable,
} from '@armvisor/uapi/tables'
import { FailureError, UsageError } from '../errors.ts'
import { columns, type Description, hex, parseHexDump, parseNumber, requireNumber } from './uapi-text.ts'

const since = (version: string): string => (version === '' ? '' : ` (since Linux ${version})`)

function ioctlLines(row: IoctlRow): string[] {
  const { capability, architectures, type, parameters, returns } = ioctlDoc(row)
  return [
    `${row.name} ${hex(ioctlNumber(row), 4)}${since(row.since)}`,
    ...(row.what === '' ? [] : [`  ${row.what}.`]),
    ...columns([
      ['Capability', capability],
      ['Architectures', architectures],
      ['Type', type],
      ['Parameters', parameters],
      ['Returns', returns],
    ]),
  ]
}

const ioctlJson = (row: IoctlRow): object => ({
  name: row.name,
  number: ioctlNumber(row),
  what: row.what,
  ...ioctlDoc(row),
  sizeBytes: row.sizeBytes,
  since: row.since,
})

/** Ioctls by name, or by number and perhaps handle. */
export function describeIoctl(text: string, fd: FdKind | undefined): Description {
  const number = parseNumber(text)
  const name = text.toUpperCase().replace(/^(KVM_)?/, 'KVM_')
  const rows =
    number === undefined
      ? ioctlTable.filter((row) => row.name === name)
      : number > 0xffff_ffffn
        ? []
        : findIoctls(Number(number), fd)
  if (rows.length > 0) return { json: rows.map(ioctlJson), lines: rows.flatMap(ioctlLines) }
  if (number === undefined || number > 0xffff_ffffn) {
    throw new FailureError(`${text} is no ioctl of KVM; give a name as KVM_RUN, or a number of 32 bits.`)
  }
  const { dir, sizeBytes, type, nr } = decodeIoctlNumber(Number(number))
  const what = type === KVMIO ? 'KVM has no such ioctl' : 'the type is not that of KVM'
  return {
    json: [{ name: null, number: Number(number), dir, sizeBytes, type, nr }],
    lines: [
      `${hex(number, 4)}: ${what}`,
      `  direction ${dir}, ${sizeBytes} bytes, type ${hex(type)}, number ${hex(nr)}`,
    ],
  }
}

function numberRow(table: readonly NumberRow[], prefix: string, kind: string, text: string): NumberRow {
  const number = parseNumber(text)
  const name = text.toUpperCase()
  const row = table.find((known) =>
    number === undefined ? known.name === name || known.name === prefix + name : BigInt(known.value) === number,
  )
  if (row === undefined) throw new FailureError(`${text} is no ${kind} that Linux has; give a number or a name.`)
  return row
}

function describeRow(row: NumberRow, other: string): Description {
  const doc = row.doc === '' ? other : row.doc
  return {
    json: { ...row, doc },
    lines: [`${row.name} = ${row.value}${since(row.since)}`, `  ${doc[0].toUpperCase()}${doc.slice(1)}.`],
  }
}

/** A capability by name or number. */
export function describeCapability(text: string): Description {
  return describeRow(numberRow(capabilityTable, 'KVM_CAP_', 'capability', text), 'of other architectures: 0 on arm64')
}

function exitText(exit: RunExit): string[] {
  const fields = Object.entries(exit).filter(([name]) => name !== 'reason')
  const text = (value: unknown): string => {
    if (typeof value === 'bigint') return hex(value)
    if (value instanceof Uint8Array) return [...value].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    return Array.isArray(value) ? value.map(text).join(' ') : String(value)
  }
  return columns(fields.map(([name, value]) => [name, text(value)]))
}

/** Words for the syndromes that an exit holds. */
function exitSyndrome(exit: RunExit): string[] {
  if (exit.reason === 'arm_nisv' || exit.reason === 'arm_ldst64b')
    return [`  ${decodeDataAbortIss(exit.esrIss).sentence}`]
  if (exit.reason === 'debug') return [`  ${decodeEsr((BigInt(exit.hsrHigh) << 32n) | BigInt(exit.hsr)).sentence}`]
  return exit.reason === 'arm_sea' ? [`  ${decodeEsr(exit.esr).sentence}`] : []
}

/** An exit reason by name or number, or the exit in a dump of `kvm_run`. */
export function describeExit(text: string): Description {
  // A dump of kvm_run is longer than any number or name.
  if (text.length < 64) {
    return describeRow(numberRow(exitReasonRows, 'KVM_EXIT_', 'exit reason', text), 'of other architectures')
  }
  const bytes = parseHexDump(text)
  const sizeBytes = sizeOfStruct(kvm_run)
  if (bytes.length < sizeBytes) {
    throw new UsageError(`kvm_run has ${sizeBytes} bytes and the dump ${bytes.length}: give all of it.`)
  }
  const exit = decodeRun(bytes)
  const number = new DataView(bytes.buffer).getUint32(8, true)
  const name = exitReasonRows.find((row) => row.value === number)?.name ?? `exit reason ${number}`
  const json = 'data' in exit && exit.data instanceof Uint8Array ? { ...exit, data: [...exit.data] } : exit
  return { json: { name, ...json }, lines: [name, ...exitText(exit), ...exitSyndrome(exit)] }
}

const swapped: readonly bigint[] = [KVM_REG_ARM_TIMER_CVAL, KVM_REG_ARM_TIMER_CNT]

/** A register by id, name, or `op0,op1,CRn,CRm,op2`. */
export function describeReg(text: string): Description {
  const fields = text.split(',').map(Number)
  const isEncoding = fields.length === 5 && fields.every((field) => Number.isInteger(field))
  const name = isEncoding ? `S${fields[0]}_${fields[1]}_C${fields[2]}_C${fields[3]}_${fields[4]}` : text
  const id = parseNumber(name) ?? parseRegName(name)
  if (id === undefined) {
    throw new FailureError(`${text} is no register; give an id, a name as SCTLR_EL1 or pc, or op0,op1,CRn,CRm,op2.`)
  }
  const reg = decodeReg(id)
  const known = regName(id)
  const row = regClassTable.find((entry) => entry.class === reg.class)
  const rows: [string, string][] = [
    ['id', hex(id, 16)],
    ['class', row === undefined ? 'unknown' : `${row.name}: ${row.doc}`],
    ['size', `${reg.sizeBytes} bytes`],
  ]
  if (reg.class === 'sysreg') {
    const { op0, op1, CRn, CRm, op2 } = reg
    rows.push(['encoding', `op0 ${op0}, op1 ${op1}, CRn ${CRn}, CRm ${CRm}, op2 ${op2}`])
    if (swapped.includes(id)) rows.push(['note', `the id has the encoding of ${sysRegName(reg)}: the two were swapped`])
  }
  if (reg.class === 'core') rows.push(['offset', `${reg.offset} in kvm_regs`])
  return {
    json: { ...reg, name: known ?? null, id },
    lines: [known ?? 'no register', ...columns(rows)],
  }
}

/** An exception syndrome, or a class of them by name. */
export function describeEsr(text: string, isIss: boolean): Description {
  const value = parseNumber(text)
  if (value === undefined) {
    const row = esrClasses().find(({ name }) => name === text.toUpperCase())
    if (row === undefined) throw new FailureError(`${text} is no exception class; give a syndrome, or a name as BRK64.`)
    return { json: row, lines: [`${row.name}: EC ${hex(row.ec, 2)}, ESR ${hex(BigInt(row.ec) << 26n, 8)} and more`] }
  }
  const decoded = isIss ? decodeDataAbortIss(value) : decodeEsr(value)
  const fields = Object.entries(decoded.fields).map(([name, field]): [string, string] => [name, hex(field)])
  return {
    json: decoded,
    lines: [
      decoded.sentence,
      `  ${decoded.name}: EC ${hex(decoded.ec, 2)}, IL ${Number(decoded.il)}`,
      ...columns(fields),
    ],
  }
}

/** A machine-type word on a host, or the word for a size with `ipaBits`. @throws {@link FailureError} */
export function describeVmType(
  text: string | undefined,
  args: { readonly ipaLimit: string; readonly ipaBits?: string; readonly protected: boolean },
): Description {
  if ((text === undefined) === (args.ipaBits === undefined)) {
    throw new UsageError('vm-type takes a word or --ipa-bits, one of the two.')
  }
  try {
    if (text === undefined) {
      const word = encodeVmType({ ipaBits: Number(args.ipaBits), isProtected: args.protected })
      return { json: { word }, lines: [hex(word)] }
    }
    const ipaLimit = Number(requireNumber(args.ipaLimit, 'limit'))
    const word = requireNumber(text, 'machine-type word')
    const type = decodeVmType(word, { ipaLimit, protectedMode: args.protected })
    const size = `${type.ipaBits}-bit IPA space${type.isDefault ? ', by default' : ''}`
    return { json: { word, ...type }, lines: [`${size}${type.isProtected ? ', protected' : ''}`] }
  } catch (error) {
    if (error instanceof KvmError) throw new FailureError(`${error.message}.`, { cause: error })
    throw error
  }
}

/** Groups of device attributes: all, of one device, or those that have a name. */
export function describeAttr(text: string | undefined): Description {
  const upper = text?.toUpperCase()
  const rows = deviceAttributeTable.filter(
    ({ on, group, attrs }) =>
      text === undefined || on === text || Object.keys({ ...group, ...attrs }).some((name) => name === upper),
  )
  if (rows.length === 0) {
    const devices = [...new Set(deviceAttributeTable.map(({ on }) => on))].join(', ')
    throw new FailureError(`${text} has no attributes; give one of ${devices}, or the name of a group or an attribute.`)
  }
  return {
    json: rows,
    lines: rows.flatMap(({ on, group, attrs, value, doc, since: version }) => [
      ...Object.entries(group).map(
        ([name, number]) => `${on}: ${name} = ${number}, ${doc}, value ${value}${since(version)}`,
      ),
      ...columns(Object.entries(attrs).map(([name, number]) => [name, String(number)])),
    ]),
  }
}
