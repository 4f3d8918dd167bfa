/** `armvisor uapi strace`: says after each line of an strace log that is about KVM what it means. */

import { decodeSysRegIndex, decodeVmType, KvmError, maxIpaBits, regName, sysRegName } from '@armvisor/uapi'
import {
  capabilityTable,
  deviceAttributeTable,
  exitReasonRows,
  type FdKind,
  findIoctls,
  formatValue,
  type IoctlRow,
  ioctlTable,
} from '@armvisor/uapi/tables'
import { hex, parseNumber } from './uapi-text.ts'

/** What a descriptor of the traced program is. `device` of a device is the name that attributes have in the table. */
interface Handle {
  readonly kind: FdKind
  readonly device?: string
}

const devices: Readonly<Record<string, string>> = { 4: 'vfio', 5: 'vgic-v2', 7: 'vgic-v3', 8: 'vgic-its' }
const deviceNames: Readonly<Record<string, string>> = {
  KVM_DEV_TYPE_VFIO: 'vfio',
  KVM_DEV_TYPE_ARM_VGIC_V2: 'vgic-v2',
  KVM_DEV_TYPE_ARM_VGIC_V3: 'vgic-v3',
  KVM_DEV_TYPE_ARM_VGIC_ITS: 'vgic-its',
}

/** `ioctl(3</dev/kvm>, REQUEST, ARGUMENT) = RESULT`, after a process number or a time. */
const call = /\bioctl\((\d+)(?:<([^>]*)>)?, (.*)\)\s+= (-?\d+|0x[0-9a-f]+|\?)(.*)$/
const opened = /\bopen(?:at)?\(.*"\/dev\/kvm".*\)\s+= (\d+)/
const closed = /\bclose\((\d+)/
const duplicated = /\b(?:dup[23]?\((\d+)|fcntl\((\d+)(?:<[^>]*>)?, F_DUPFD).*\)\s+= (\d+)/

/** The value of `name=` in what strace prints of a structure. */
function fieldOf(argument: string, name: string): string | undefined {
  return new RegExp(`\\b${name}=([^,}\\]]+)`).exec(argument)?.[1]
}

const numberOf = (text: string | undefined): bigint | undefined => parseNumber(text?.trim() ?? '')

/** The parts of what strace prints for a request that it has no name for. */
function rawRequest(text: string): number | undefined {
  const direct = parseNumber(text)
  if (direct !== undefined) return direct < 1n << 32n ? Number(direct) : undefined
  const match = /^_IOC\(([\w|]+), (0x[0-9a-f]+), (0x[0-9a-f]+|0), (0x[0-9a-f]+|0)\)$/i.exec(text)
  if (match === null) return undefined
  const dir = (match[1].includes('_IOC_WRITE') ? 1 : 0) | (match[1].includes('_IOC_READ') ? 2 : 0)
  return ((dir << 30) | (Number(match[4]) << 16) | (Number(match[2]) << 8) | Number(match[3])) >>> 0
}

/** Rows that a request may mean: strace joins names that share a number with `or`. */
function rowsOf(request: string, handle: Handle | undefined): readonly IoctlRow[] {
  const raw = rawRequest(request)
  const named =
    raw === undefined
      ? request.split(' or ').flatMap((name) => ioctlTable.filter((row) => row.name === name.trim()))
      : findIoctls(raw)
  const own = named.filter((row) => handle !== undefined && row.fds.includes(handle.kind))
  return own.length > 0 ? own : named
}

function attributeText(handle: Handle | undefined, argument: string): string[] {
  const on = handle?.kind === 'device' ? handle.device : handle?.kind
  const group = numberOf(fieldOf(argument, 'group'))
  const attr = numberOf(fieldOf(argument, 'attr'))
  const row = deviceAttributeTable.find((known) => known.on === on && BigInt(Object.values(known.group)[0]) === group)
  if (row === undefined || attr === undefined) return []
  const groupName = Object.keys(row.group)[0]
  const name = Object.entries(row.attrs).find(([, value]) => BigInt(value) === attr)?.[0]
  if (name !== undefined) return [`${groupName}, ${name}`]
  if (groupName.endsWith('CPU_SYSREGS')) {
    return [`${groupName}, affinity ${hex(attr >> 32n)}, ${sysRegName(decodeSysRegIndex(Number(attr & 0xffffn)))}`]
  }
  return [`${groupName}, ${hex(attr)}`]
}

function vmTypeText(argument: string): string[] {
  const word = numberOf(argument)
  if (word === undefined) return []
  try {
    const type = decodeVmType(word, { ipaLimit: maxIpaBits })
    return [`${type.ipaBits}-bit IPA space${type.isDefault ? ' by default' : ''}`]
  } catch (error) {
    if (error instanceof KvmError) return [error.problem]
    throw error
  }
}

function capabilityText(argument: string): string[] {
  const number = numberOf(argument)
  const row = capabilityTable.find((known) =>
    number === undefined ? known.name === argument : BigInt(known.value) === number,
  )
  if (row === undefined) return []
  const doc = row.doc === '' ? 'of other architectures' : row.doc
  return [number === undefined ? doc : `${row.name}: ${doc}`]
}

/** Names of the flags in the structure that strace printed as numbers. */
function flagsText(row: IoctlRow, argument: string): string[] {
  return [...argument.matchAll(/\b(\w+)=\[?(0x[0-9a-f]+|\d+)/g)].flatMap(([, field, value]) => {
    const names = formatValue(`${row.arg}.${field}`, BigInt(value))
    return names === '' ? [] : [`${field} ${names}`]
  })
}

function argumentText(row: IoctlRow, argument: string, handle: Handle | undefined): string[] {
  switch (row.name) {
    case 'KVM_CREATE_VM':
      return vmTypeText(argument)
    case 'KVM_CHECK_EXTENSION':
      return capabilityText(argument)
    case 'KVM_ENABLE_CAP':
      return capabilityText(fieldOf(argument, 'cap') ?? '')
    case 'KVM_GET_ONE_REG':
    case 'KVM_SET_ONE_REG': {
      const id = numberOf(fieldOf(argument, 'id'))
      return id === undefined ? [] : [regName(id) ?? 'no register of arm64']
    }
    case 'KVM_SET_DEVICE_ATTR':
    case 'KVM_GET_DEVICE_ATTR':
    case 'KVM_HAS_DEVICE_ATTR':
      return attributeText(handle, argument)
    default:
      return flagsText(row, argument)
  }
}

/** The exit that newer versions of strace print after the result. */
function exitText(rest: string): string[] {
  const name = /\b(KVM_EXIT_\w+)/.exec(rest)?.[1]
  const row = exitReasonRows.find((known) => known.name === name)
  return row === undefined || row.doc === '' ? [] : [row.doc]
}

/** The descriptor by what strace says of it with `-y`. */
function handleOfPath(path: string | undefined): Handle | undefined {
  if (path === '/dev/kvm') return { kind: 'sys' }
  if (path?.includes('kvm-vm')) return { kind: 'vm' }
  if (path?.includes('kvm-vcpu')) return { kind: 'vcpu' }
  const device = /kvm-(arm-vgic-v[23]|arm-vgic-its|vfio)/.exec(path ?? '')?.[1].replace('arm-', '')
  return device === undefined ? undefined : { kind: 'device', device }
}

/** The handle that a call made, under its number. */
function made(row: IoctlRow, argument: string, result: number): readonly [number, Handle] | undefined {
  if (row.name === 'KVM_CREATE_VM') return [result, { kind: 'vm' }]
  if (row.name === 'KVM_CREATE_VCPU') return [result, { kind: 'vcpu' }]
  const fd = numberOf(fieldOf(argument, 'fd'))
  if (row.name !== 'KVM_CREATE_DEVICE' || fd === undefined) return undefined
  const type = fieldOf(argument, 'type')?.trim() ?? ''
  const device = deviceNames[type] ?? devices[String(numberOf(type))]
  return [Number(fd), { kind: 'device', ...(device !== undefined && { device }) }]
}

/** A line of the log with what it means, if it is about KVM. */
export interface AnnotatedLine {
  readonly line: string
  /** Name of the ioctl; undefined where the line is about something else. */
  readonly ioctl: string | undefined
  readonly handle: FdKind | undefined
  /** Clauses, perhaps none. */
  readonly notes: readonly string[]
}

/** Follows the descriptors of one traced program from line to line. */
class StraceReader {
  readonly #handles = new Map<number, Handle>()
  /** Calls that have not returned, by process: with -f another process may come between. */
  readonly #unfinished = new Map<string, string>()

  read(line: string): AnnotatedLine {
    const process = /^(?:\[pid +(\d+)\]|(\d+) )/.exec(line)
    const key = process?.[1] ?? process?.[2] ?? ''
    if (line.endsWith('<unfinished ...>')) {
      this.#unfinished.set(key, line.slice(0, -'<unfinished ...>'.length).trimEnd())
      return { line, ioctl: undefined, handle: undefined, notes: [] }
    }
    const resumed = /<\.\.\. \w+ resumed>/.exec(line)
    if (resumed === null) return this.#annotate(line)
    const whole = `${this.#unfinished.get(key) ?? ''}${line.slice(resumed.index + resumed[0].length)}`
    return { ...this.#annotate(whole), line }
  }

  #annotate(line: string): AnnotatedLine {
    const match = call.exec(line)
    if (match === null) {
      this.#follow(line)
      return { line, ioctl: undefined, handle: undefined, notes: [] }
    }
    const [, fd, path, inside, result, rest] = match
    const handle = handleOfPath(path) ?? this.#handles.get(Number(fd))
    // The request ends at the first comma that no parenthesis holds.
    const [, request, argument = ''] = /^(_IOC\([^)]*\)|[^,]+)(?:, (.*))?$/.exec(inside) ?? ['', inside]
    const rows = rowsOf(request, handle)
    if (rows.length === 0) return { line, ioctl: undefined, handle: handle?.kind, notes: [] }
    const [row] = rows
    const handles = row.fds.length === 1 ? row.fds[0] : handle?.kind
    const created = Number(result) >= 0 ? made(row, argument, Number(result)) : undefined
    if (created !== undefined) this.#handles.set(...created)
    const isNamed = rawRequest(request) === undefined && !request.includes(' or ')
    const names = rows.map(({ name }) => name).join(' or ')
    const notes = [
      ...(isNamed ? [] : [names]),
      ...(rows.length === 1 ? argumentText(row, argument, handle ?? (handles && { kind: handles })) : []),
      ...exitText(rest),
      ...(result === '-1' ? [`${row.name} returns ${row.returns}`] : []),
    ]
    return {
      line,
      ioctl: names,
      handle: handle?.kind ?? handles,
      notes: notes.length === 0 && row.what !== '' ? [row.what] : notes,
    }
  }

  #follow(line: string): void {
    const open = opened.exec(line)
    if (open !== null) this.#handles.set(Number(open[1]), { kind: 'sys' })
    const copy = duplicated.exec(line)
    const original = copy === null ? undefined : this.#handles.get(Number(copy[1] ?? copy[2]))
    if (copy !== null && original !== undefined) this.#handles.set(Number(copy[3]), original)
    const close = closed.exec(line)
    if (close !== null) this.#handles.delete(Number(close[1]))
  }
}

/** Every line of a log, annotated. */
export function annotateStrace(text: string): AnnotatedLine[] {
  const reader = new StraceReader()
  return text
    .replace(/\r?\n$/, '')
    .split(/\r?\n/)
    .map((line) => reader.read(line))
}
