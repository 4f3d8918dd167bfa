/** vCPUs of a machine as they are when the kernel starts. [BOOT] "4. Call the kernel image". */

import { type CoreRegName, coreReg, sysReg, type Vcpu, type Vm } from '@armvisor/uapi'

const KVM_ARM_VCPU_POWER_OFF = 1 << 0
const KVM_ARM_VCPU_PSCI_0_2 = 1 << 2

/** EL1 with its own stack pointer; D, A, I and F masked. [ARM] C5.2.19 */
const PSTATE_EL1H_DAIF = 0x3c5n

/** Initialises vCPUs with PSCI; all but the first are powered off until the guest turns them on. */
export function initVcpus(vm: Vm, vcpus: readonly Vcpu[]): void {
  const { target, features } = vm.preferredTarget()
  const [first = 0, ...rest] = features
  vcpus.forEach((vcpu, i) => {
    const power = i === 0 ? 0 : KVM_ARM_VCPU_POWER_OFF
    vcpu.init({ target, features: [first | KVM_ARM_VCPU_PSCI_0_2 | power, ...rest] })
  })
}

/** Sets what the boot protocol asks of the first CPU: x0 the device tree, x1 to x3 zero, all interrupts masked at EL1. */
export function setBootRegisters(vcpu: Vcpu, entry: number, deviceTreeAddress: number): void {
  const registers: Partial<Record<CoreRegName, bigint>> = {
    x0: BigInt(deviceTreeAddress),
    x1: 0n,
    x2: 0n,
    x3: 0n,
    pc: BigInt(entry),
    pstate: PSTATE_EL1H_DAIF,
  }
  for (const [name, value] of Object.entries(registers)) vcpu.setOneReg(coreReg(name as CoreRegName), u64(value))
}

/** MPIDR_EL1. */
export function readMpidr(vcpu: Vcpu): bigint {
  const bytes = vcpu.getOneReg(sysReg(3, 0, 0, 0, 5))
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true)
}

function u64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, value, true)
  return bytes
}
