/** `KVM_ARM_VM_SMCCC_FILTER`: which hypercalls the kernel answers, refuses, or forwards to the user. [KVM-DEV] vm */

import {
  decodeStruct,
  KVM_ARM_VM_SMCCC_CTRL,
  KVM_ARM_VM_SMCCC_FILTER,
  KVM_SMCCC_FILTER_DENY,
  KVM_SMCCC_FILTER_FWD_TO_USER,
  KVM_SMCCC_FILTER_HANDLE,
  kvm_smccc_filter,
  sizeOfStruct,
} from '@armvisor/uapi'
import type { Attributes, AttrMemory, DeviceAttribute } from './device.ts'
import { hex, kvmError } from './fail.ts'

/** What becomes of a call. */
export type SmcccAction = 'handle' | 'deny' | 'forward'

interface Range {
  readonly first: number
  readonly last: number
  readonly action: SmcccAction
}

const call = 'KVM_SET_DEVICE_ATTR'
const actions: Readonly<Record<number, SmcccAction>> = {
  [KVM_SMCCC_FILTER_HANDLE]: 'handle',
  [KVM_SMCCC_FILTER_DENY]: 'deny',
  [KVM_SMCCC_FILTER_FWD_TO_USER]: 'forward',
}
/** The architecture's own fast calls of both widths: they stay the kernel's. [SMCCC] §7 */
const reserved: readonly Range[] = [
  { first: 0x8000_0000, last: 0x8000_ffff, action: 'handle' },
  { first: 0xc000_0000, last: 0xc000_ffff, action: 'handle' },
]

/** The filter of one VM, as the VM's attribute. */
export class SmcccFilter implements Attributes {
  readonly #hasRun: () => boolean
  #ranges: Range[] = []

  constructor(hasRun: () => boolean) {
    this.#hasRun = hasRun
  }

  actionOf(functionId: number): SmcccAction {
    return this.#ranges.find(({ first, last }) => functionId >= first && functionId <= last)?.action ?? 'handle'
  }

  hasAttr(group: number, attr: bigint): boolean {
    return group === KVM_ARM_VM_SMCCC_CTRL && attr === BigInt(KVM_ARM_VM_SMCCC_FILTER)
  }

  setAttr({ group, attr, memory }: DeviceAttribute): void {
    if (!this.hasAttr(group, attr))
      throw kvmError('ENXIO', call, `a VM has no attribute ${hex(attr)} in group ${group}`)
    this.#add(memory)
  }

  getAttr({ group, attr }: DeviceAttribute): void {
    throw kvmError('EINVAL', 'KVM_GET_DEVICE_ATTR', `attribute ${hex(attr)} of group ${group} of a VM cannot be read`)
  }

  #add(memory: AttrMemory): void {
    const filter = decodeStruct(kvm_smccc_filter, memory.read(sizeOfStruct(kvm_smccc_filter)))
    if (filter.pad.some((byte) => byte !== 0)) throw kvmError('EINVAL', call, 'padding of the filter is not 0')
    const first = filter.base
    const last = (first + filter.nr_functions - 1) >>> 0
    const action = actions[filter.action]
    if (last < first || action === undefined) {
      throw kvmError(
        'EINVAL',
        call,
        `action ${filter.action} for ${filter.nr_functions} functions from ${hex(first)} on`,
      )
    }
    if (this.#hasRun()) throw kvmError('EBUSY', call, 'a vCPU has run already', 'set filters before')
    const overlapping = [...reserved, ...this.#ranges].find((it) => it.first <= last && first <= it.last)
    if (overlapping !== undefined) {
      throw kvmError(
        'EEXIST',
        call,
        `${hex(first)} to ${hex(last)} overlaps ${hex(overlapping.first)} to ${hex(overlapping.last)}`,
      )
    }
    this.#ranges = [...this.#ranges, { first, last, action }]
  }
}
