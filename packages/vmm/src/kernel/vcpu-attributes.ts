/** Attributes of a vCPU: PMU, timers, stolen time. [KVM-DEV] vcpu */

import {
  decodeStruct,
  KVM_ARM_VCPU_PMU_V3_CTRL,
  KVM_ARM_VCPU_PMU_V3_FILTER,
  KVM_ARM_VCPU_PMU_V3_INIT,
  KVM_ARM_VCPU_PMU_V3_IRQ,
  KVM_ARM_VCPU_PMU_V3_SET_PMU,
  KVM_ARM_VCPU_PVTIME_CTRL,
  KVM_ARM_VCPU_PVTIME_IPA,
  KVM_ARM_VCPU_TIMER_CTRL,
  KVM_PMU_EVENT_ALLOW,
  KVM_PMU_EVENT_DENY,
  kvm_pmu_event_filter,
  sizeOfStruct,
} from '@armvisor/uapi'
import { type Attributes, type AttrMemory, type DeviceAttribute, readWord, writeWord } from './device.ts'
import { hex, kvmError } from './fail.ts'
import type { LinuxRules } from './linux-rules.ts'

/** The PMU of a vCPU as its attributes set it up. */
export interface PmuState {
  /** Overflow interrupt, undefined before it is set. */
  irq: number | undefined
  isCreated: boolean
}

/** What attributes ask of the vCPU. */
export interface AttributesVcpu {
  readonly hasPmu: boolean
  readonly pmu: PmuState
  /** Guest address of the stolen-time structure, undefined before it is set. */
  stolenTimeBase: number | undefined
  /** The timers have raised interrupts already, or the VM has run. */
  readonly hasRun: boolean
  readonly vm: AttributesVm
}

/** What attributes ask of the VM. */
export interface AttributesVm {
  readonly rules: LinuxRules
  readonly hasRun: boolean
  readonly hasIrqchip: boolean
  readonly isIrqchipInitialised: boolean
  /** PPIs of the timers, by attribute. */
  readonly timerPpis: number[]
  readonly vcpus: readonly { readonly pmu: PmuState }[]
  timerPpisChanged(): void
  /** A slot has memory at the address. */
  hasMemoryAt(gpa: number): boolean
}

const setCall = 'KVM_SET_DEVICE_ATTR'
const getCall = 'KVM_GET_DEVICE_ATTR'
/** Event numbers of the PMU that a filter is over: 16 bits of them. */
const pmuEvents = 1 << 16

/** {@link Attributes} of one vCPU. */
export class VcpuAttributes implements Attributes {
  readonly #vcpu: AttributesVcpu

  constructor(vcpu: AttributesVcpu) {
    this.#vcpu = vcpu
  }

  hasAttr(group: number, attr: bigint): boolean {
    const { vm, hasPmu } = this.#vcpu
    switch (group) {
      case KVM_ARM_VCPU_PMU_V3_CTRL:
        return hasPmu && attr <= BigInt(KVM_ARM_VCPU_PMU_V3_SET_PMU)
      case KVM_ARM_VCPU_TIMER_CTRL:
        return attr < BigInt(vm.rules.hasEl2Timers ? 4 : 2)
      case KVM_ARM_VCPU_PVTIME_CTRL:
        return attr === BigInt(KVM_ARM_VCPU_PVTIME_IPA)
      default:
        return false
    }
  }

  setAttr({ group, attr, memory }: DeviceAttribute): void {
    switch (group) {
      case KVM_ARM_VCPU_PMU_V3_CTRL:
        this.#setPmu(attr, memory)
        return
      case KVM_ARM_VCPU_TIMER_CTRL:
        this.#setTimer(attr, memory)
        return
      case KVM_ARM_VCPU_PVTIME_CTRL:
        this.#setStolenTime(attr, memory)
        return
      default:
        throw none(setCall, group, attr)
    }
  }

  getAttr({ group, attr, memory }: DeviceAttribute): void {
    const { vm, pmu, hasPmu, stolenTimeBase } = this.#vcpu
    switch (group) {
      case KVM_ARM_VCPU_PMU_V3_CTRL:
        if (attr !== BigInt(KVM_ARM_VCPU_PMU_V3_IRQ)) throw none(getCall, group, attr)
        if (!vm.hasIrqchip) throw kvmError('EINVAL', getCall, 'the VM has no interrupt controller')
        if (!hasPmu) throw noPmu(getCall)
        if (pmu.irq === undefined) throw kvmError('ENXIO', getCall, 'the PMU has no interrupt yet')
        writeWord(memory, 4, BigInt(pmu.irq))
        return
      case KVM_ARM_VCPU_TIMER_CTRL:
        if (!this.hasAttr(group, attr)) throw none(getCall, group, attr)
        writeWord(memory, 4, BigInt(vm.timerPpis[Number(attr)]))
        return
      case KVM_ARM_VCPU_PVTIME_CTRL:
        if (!this.hasAttr(group, attr)) throw none(getCall, group, attr)
        writeWord(memory, 8, stolenTimeBase === undefined ? 0xffff_ffff_ffff_ffffn : BigInt(stolenTimeBase))
        return
      default:
        throw none(getCall, group, attr)
    }
  }

  #setPmu(attr: bigint, memory: AttrMemory): void {
    const { vm, pmu, hasPmu } = this.#vcpu
    if (!hasPmu) throw noPmu(setCall)
    if (pmu.isCreated) throw kvmError('EBUSY', setCall, 'the PMU is initialised already')
    switch (Number(attr)) {
      case KVM_ARM_VCPU_PMU_V3_IRQ: {
        if (!vm.hasIrqchip) throw kvmError('EINVAL', setCall, 'the VM has no interrupt controller')
        const irq = Number(BigInt.asIntN(32, readWord(memory, 4)))
        this.#checkPmuIrq(irq)
        if (pmu.irq !== undefined) throw kvmError('EBUSY', setCall, `the PMU has interrupt ${pmu.irq} already`)
        pmu.irq = irq
        return
      }
      case KVM_ARM_VCPU_PMU_V3_FILTER:
        if (vm.hasRun) throw kvmError('EBUSY', setCall, 'a vCPU has run already')
        checkFilter(memory)
        return
      case KVM_ARM_VCPU_PMU_V3_SET_PMU:
        throw kvmError('ENXIO', setCall, `the host has no PMU of type ${readWord(memory, 4)}`)
      case KVM_ARM_VCPU_PMU_V3_INIT:
        if (vm.hasIrqchip && !vm.isIrqchipInitialised) {
          throw kvmError('ENODEV', setCall, 'the interrupt controller is not initialised')
        }
        if (vm.hasIrqchip && pmu.irq === undefined) throw kvmError('ENXIO', setCall, 'the PMU has no interrupt yet')
        pmu.isCreated = true
        return
      default:
        throw none(setCall, KVM_ARM_VCPU_PMU_V3_CTRL, attr)
    }
  }

  /** A PPI that all vCPUs share, or an SPI that each has for itself. */
  #checkPmuIrq(irq: number): void {
    const isPpi = isPpiNumber(irq)
    if (!isPpi && !(irq >= 32 && irq <= 1019)) throw kvmError('EINVAL', setCall, `${irq} is neither a PPI nor an SPI`)
    const clash = this.#vcpu.vm.vcpus.find(
      ({ pmu }) => pmu !== this.#vcpu.pmu && pmu.irq !== undefined && (pmu.irq === irq) !== isPpi,
    )
    if (clash !== undefined) {
      throw kvmError('EINVAL', setCall, `interrupt ${irq} does not go with ${clash.pmu.irq} of another vCPU's PMU`)
    }
  }

  #setTimer(attr: bigint, memory: AttrMemory): void {
    const { vm, hasRun } = this.#vcpu
    if (!vm.hasIrqchip) throw kvmError('EINVAL', setCall, 'the VM has no interrupt controller')
    const irq = Number(BigInt.asIntN(32, readWord(memory, 4)))
    if (!isPpiNumber(irq)) throw kvmError('EINVAL', setCall, `${irq} is no PPI`, 'use 16 to 31')
    if (vm.rules.hasVmWideFeatures ? vm.hasRun : hasRun)
      throw kvmError('EBUSY', setCall, 'the timers are in use already')
    if (!this.hasAttr(KVM_ARM_VCPU_TIMER_CTRL, attr)) throw none(setCall, KVM_ARM_VCPU_TIMER_CTRL, attr)
    vm.timerPpis[Number(attr)] = irq
    vm.timerPpisChanged()
  }

  #setStolenTime(attr: bigint, memory: AttrMemory): void {
    const { vm, stolenTimeBase } = this.#vcpu
    if (attr !== BigInt(KVM_ARM_VCPU_PVTIME_IPA)) throw none(setCall, KVM_ARM_VCPU_PVTIME_CTRL, attr)
    const ipa = readWord(memory, 8)
    if (ipa % 64n !== 0n) throw kvmError('EINVAL', setCall, `${hex(ipa)} is not aligned to 64 bytes`)
    if (stolenTimeBase !== undefined)
      throw kvmError('EEXIST', setCall, `stolen time is at ${hex(stolenTimeBase)} already`)
    if (!vm.hasMemoryAt(Number(ipa))) throw kvmError('EINVAL', setCall, `no memory slot holds ${hex(ipa)}`)
    this.#vcpu.stolenTimeBase = Number(ipa)
  }
}

function checkFilter(memory: AttrMemory): void {
  const { base_event, nevents, action } = decodeStruct(
    kvm_pmu_event_filter,
    memory.read(sizeOfStruct(kvm_pmu_event_filter)),
  )
  const isKnown = action === KVM_PMU_EVENT_ALLOW || action === KVM_PMU_EVENT_DENY
  if (isKnown && base_event + nevents <= pmuEvents) return
  throw kvmError('EINVAL', setCall, `action ${action} for ${nevents} events from ${hex(base_event)} on`)
}

function isPpiNumber(irq: number): boolean {
  return irq >= 16 && irq < 32
}

function noPmu(call: string): Error {
  return kvmError('ENODEV', call, 'the vCPU has no PMU')
}

function none(call: string, group: number, attr: bigint): Error {
  return kvmError('ENXIO', call, `a vCPU has no attribute ${hex(attr)} in group ${group}`)
}
