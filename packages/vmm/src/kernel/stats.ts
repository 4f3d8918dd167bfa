/** Binary statistics of VMs and vCPUs, and the file that shows them. [KVM-API] §4.133 */

import {
  encodeStruct,
  KVM_STATS_BASE_POW10,
  KVM_STATS_TYPE_CUMULATIVE,
  KVM_STATS_TYPE_INSTANT,
  KVM_STATS_TYPE_LOG_HIST,
  KVM_STATS_UNIT_BOOLEAN,
  KVM_STATS_UNIT_NONE,
  KVM_STATS_UNIT_SECONDS,
  kvm_stats_desc,
  kvm_stats_header,
  sizeOfStruct,
} from '@armvisor/uapi'

interface StatRow {
  readonly name: string
  readonly flags: number
  readonly exponent: number
  /** Values: one, or the buckets of a histogram. */
  readonly size: number
}

/** Bytes of a name, as Linux has it. */
const nameBytes = 48

const count = (name: string): StatRow => ({
  name,
  flags: KVM_STATS_TYPE_CUMULATIVE | KVM_STATS_UNIT_NONE | KVM_STATS_BASE_POW10,
  exponent: 0,
  size: 1,
})
const nanoseconds = (name: string): StatRow => ({
  name,
  flags: KVM_STATS_TYPE_CUMULATIVE | KVM_STATS_UNIT_SECONDS | KVM_STATS_BASE_POW10,
  exponent: -9,
  size: 1,
})
const histogram = (name: string): StatRow => ({
  name,
  flags: KVM_STATS_TYPE_LOG_HIST | KVM_STATS_UNIT_SECONDS | KVM_STATS_BASE_POW10,
  exponent: -9,
  size: 32,
})
const boolean = (name: string): StatRow => ({
  name,
  flags: KVM_STATS_TYPE_INSTANT | KVM_STATS_UNIT_BOOLEAN | KVM_STATS_BASE_POW10,
  exponent: 0,
  size: 1,
})

const vmRows = [count('remote_tlb_flush'), count('remote_tlb_flush_requests')] as const
// Nothing polls before it waits: the statistics of that stay 0.
const vcpuRows = [
  count('halt_successful_poll'),
  count('halt_attempted_poll'),
  count('halt_poll_invalid'),
  count('halt_wakeup'),
  nanoseconds('halt_poll_success_ns'),
  nanoseconds('halt_poll_fail_ns'),
  nanoseconds('halt_wait_ns'),
  histogram('halt_poll_success_hist'),
  histogram('halt_poll_fail_hist'),
  histogram('halt_wait_hist'),
  boolean('blocking'),
  count('hvc_exit_stat'),
  count('wfe_exit_stat'),
  count('wfi_exit_stat'),
  count('mmio_exit_user'),
  count('mmio_exit_kernel'),
  count('signal_exits'),
  count('exits'),
] as const

/** Counts of a VM or a vCPU by name. */
export class Statistics<Name extends string> {
  readonly rows: readonly StatRow[]
  readonly #values = new Map<Name, number>()

  constructor(rows: readonly StatRow[]) {
    this.rows = rows
  }

  add(name: Name, by = 1): void {
    this.#values.set(name, (this.#values.get(name) ?? 0) + by)
  }
  set(name: Name, value: number): void {
    this.#values.set(name, value)
  }
  get(name: string): number {
    return this.#values.get(name as Name) ?? 0
  }
}

/** Statistics of a VM. */
export type VmStatistics = Statistics<'remote_tlb_flush' | 'remote_tlb_flush_requests'>
/** Statistics of a vCPU. */
export type VcpuStatistics = Statistics<
  | 'halt_wakeup'
  | 'halt_wait_ns'
  | 'blocking'
  | 'hvc_exit_stat'
  | 'wfe_exit_stat'
  | 'wfi_exit_stat'
  | 'mmio_exit_user'
  | 'mmio_exit_kernel'
  | 'signal_exits'
  | 'exits'
>

/** Fresh statistics of a VM. */
export function vmStatistics(): VmStatistics {
  return new Statistics(vmRows)
}

/** Fresh statistics of a vCPU. */
export function vcpuStatistics(): VcpuStatistics {
  return new Statistics(vcpuRows)
}

/** The file: header, id, descriptors, data. */
export function encodeStatistics(id: string, statistics: VmStatistics | VcpuStatistics): Uint8Array {
  const { rows } = statistics
  const headerBytes = sizeOfStruct(kvm_stats_header)
  const descBytes = sizeOfStruct(kvm_stats_desc) + nameBytes
  const descOffset = headerBytes + nameBytes
  const dataOffset = descOffset + rows.length * descBytes
  const values = rows.reduce((sum, { size }) => sum + size, 0)
  const bytes = new Uint8Array(dataOffset + values * 8)
  bytes.set(
    encodeStruct(kvm_stats_header, {
      name_size: nameBytes,
      num_desc: rows.length,
      id_offset: headerBytes,
      desc_offset: descOffset,
      data_offset: dataOffset,
    }),
  )
  bytes.set(ascii(id), headerBytes)
  const view = new DataView(bytes.buffer)
  let offset = 0
  rows.forEach(({ name, flags, exponent, size }, n) => {
    const desc = encodeStruct(kvm_stats_desc, { flags, exponent, size, offset, name: ascii(name) })
    bytes.set(desc, descOffset + n * descBytes)
    view.setBigUint64(dataOffset + offset, BigInt(statistics.get(name)), true)
    offset += size * 8
  })
  return bytes
}

/** Text that ends within a name's bytes, its NUL included. */
function ascii(text: string): number[] {
  return Array.from(text.slice(0, nameBytes - 1), (char) => char.charCodeAt(0))
}
