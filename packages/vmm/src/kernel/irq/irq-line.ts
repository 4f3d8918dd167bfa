/** `KVM_IRQ_LINE`: inputs of the interrupt controller, or of CPUs where the user plays it. [KVM-API] §4.25 */

import { decodeIrqLine, KVM_ARM_IRQ_TYPE_CPU, KVM_ARM_IRQ_TYPE_PPI, KVM_ARM_IRQ_TYPE_SPI } from '@armvisor/uapi'
import { kvmError } from '../fail.ts'
import { privateCount, sgiCount } from '../vgic/interrupts.ts'
import type { Vgic } from '../vgic/vgic.ts'

/** A vCPU as the call needs it. */
export interface IrqLineVcpu {
  readonly id: number
  readonly index: number
  setInterruptLine(line: 'irq' | 'fiq', level: boolean): void
}

/** A VM as the call needs it. */
export interface IrqLineVm {
  readonly hasIrqchip: boolean
  /** An interrupt is about to come in: a GICv2 is initialised by that. */
  prepareInput(): void
  /** The initialised interrupt controller. */
  readonly vgic: Vgic | undefined
  readonly vcpus: readonly IrqLineVcpu[]
  /** Private interrupts that the kernel drives itself. */
  readonly timerPpis: readonly number[]
}

const call = 'KVM_IRQ_LINE'

/** Drives a line. @param irq in the layout of `KVM_ARM_IRQ_*`. @throws `KvmError` ENXIO, EINVAL, EBUSY */
export function setIrqLine(vm: IrqLineVm, irq: number, level: boolean): void {
  const { type, vcpu: id, number } = decodeIrqLine(irq)
  switch (type) {
    case KVM_ARM_IRQ_TYPE_CPU: {
      if (vm.hasIrqchip) throw kvmError('ENXIO', call, 'CPU inputs belong to the interrupt controller')
      const vcpu = vcpuOf(vm, id)
      if (number > 1) throw kvmError('EINVAL', call, `a CPU has inputs 0 and 1, not ${number}`)
      vcpu.setInterruptLine(number === 0 ? 'irq' : 'fiq', level)
      return
    }
    case KVM_ARM_IRQ_TYPE_PPI: {
      checkIrqchip(vm)
      const vcpu = vcpuOf(vm, id)
      if (number < sgiCount || number >= privateCount) throw kvmError('EINVAL', call, `${number} is no PPI`)
      // The timers' lines are the timers' alone; others' calls have no effect.
      const vgic = initialisedVgic(vm)
      if (!vm.timerPpis.slice(0, 2).includes(number)) vgic.setPpi(vcpu.index, number, level)
      return
    }
    case KVM_ARM_IRQ_TYPE_SPI: {
      checkIrqchip(vm)
      if (number < privateCount) throw kvmError('EINVAL', call, `${number} is no SPI`)
      const vgic = initialisedVgic(vm)
      if (number >= vgic.irqCount) throw kvmError('EINVAL', call, `interrupt ${number} is not below ${vgic.irqCount}`)
      vgic.setSpi(number, level)
      return
    }
    default:
      throw kvmError('EINVAL', call, `type ${type} does not exist`)
  }
}

function vcpuOf(vm: IrqLineVm, id: number): IrqLineVcpu {
  const vcpu = vm.vcpus.find((it) => it.id === id)
  if (vcpu === undefined) throw kvmError('EINVAL', call, `there is no vCPU ${id}`)
  return vcpu
}

function checkIrqchip(vm: IrqLineVm): void {
  if (!vm.hasIrqchip) throw kvmError('ENXIO', call, 'the VM has no interrupt controller')
}

function initialisedVgic(vm: IrqLineVm): Vgic {
  vm.prepareInput()
  const { vgic } = vm
  if (vgic === undefined) throw kvmError('EBUSY', call, 'the interrupt controller is not initialised')
  return vgic
}
