/** `KVM_GET_ONE_REG` and `KVM_SET_ONE_REG`: which id reaches which register, and the errno of every wrong one. [KVM-API] §4.68 */

import {
  type CoreRegName,
  type DecodedReg,
  decodeReg,
  KVM_REG_ARM_COPROC_MASK,
  KVM_REG_ARM64_SVE,
  sysRegIndex,
} from '@armvisor/uapi'
import type { CpuPort } from './cpu-port.ts'
import { hex, kvmError } from './fail.ts'
import { allHypercallFeatures, type HypercallFeatures } from './hypercall.ts'
import { PSCI_0_1, PSCI_0_2, PSCI_1_0, PSCI_1_1 } from './psci.ts'
import type { ArchTimers } from './timer.ts'
import { isGicRegister } from './vgic/cpu-interface.ts'

const SP_EL0 = sysRegIndex(3, 0, 4, 1, 0)
const SP_EL1 = sysRegIndex(3, 4, 4, 1, 0)
const ELR_EL1 = sysRegIndex(3, 0, 4, 0, 1)
const SPSR_EL1 = sysRegIndex(3, 0, 4, 0, 0)
const FPCR = sysRegIndex(3, 3, 4, 4, 0)
const FPSR = sysRegIndex(3, 3, 4, 4, 1)
const MPIDR_EL1 = sysRegIndex(3, 0, 0, 0, 5)
const CSSELR_EL1 = sysRegIndex(3, 2, 0, 0, 0)
const CCSIDR_EL1 = sysRegIndex(3, 1, 0, 0, 0)
/** Caches that CSSELR_EL1 can select: seven levels, instruction and data. [ARM] D24 CSSELR_EL1 */
const cacheSelectors = 14

/** Bytes of `struct kvm_regs`. */
const coreBytes = 864

/** Timer registers by the id's system-register index: of the virtual timer CNT and CVAL are swapped, which is ABI. */
const timerRegisters: ReadonlyMap<number, readonly ['virtual' | 'physical', 'ctl' | 'cval' | 'cnt']> = new Map([
  [0xdf19, ['virtual', 'ctl']],
  [0xdf02, ['virtual', 'cval']],
  [0xdf1a, ['virtual', 'cnt']],
  [0xdf11, ['physical', 'ctl']],
  [0xdf12, ['physical', 'cval']],
  [0xdf01, ['physical', 'cnt']],
])

/** Levels of SMCCC_ARCH_WORKAROUND_1 to 3 here: not required; not available; not available. [KVM-API] arm/fw-pseudo-registers */
const workaroundLevels: readonly bigint[] = [2n, 0n, 0n]

/** What registers of a vCPU live in. */
export interface OneRegVcpu {
  readonly cpu: CpuPort
  readonly timers: ArchTimers
  /** SPSR_abt, und, irq and fiq: AArch32's, kept for the user alone. */
  readonly bankedSpsr: BigUint64Array
  /** KVM_ARM_VCPU_PSCI_0_2. */
  readonly hasPsci02: boolean
  readonly vm: OneRegVm
}

/** What registers of a VM live in. */
export interface OneRegVm {
  psciVersion: number
  readonly features: HypercallFeatures
  /** A vCPU has run: the guest may have seen the features. */
  readonly hasRun: boolean
  /** Moves the virtual counter of all vCPUs so that it reads `value` now. */
  setVirtualCounter(value: bigint): void
  /** Moves the physical counter likewise. */
  setPhysicalCounter(value: bigint): void
}

/** Reads a register. @throws `KvmError` EINVAL, ENOENT */
export function getOneReg(vcpu: OneRegVcpu, id: bigint): Uint8Array {
  const reg = decodeReg(id)
  const value = new OneReg(vcpu, 'KVM_GET_ONE_REG', id).read(reg)
  const bytes = new Uint8Array(reg.sizeBytes)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number((value >> BigInt(8 * i)) & 0xffn)
  return bytes
}

/** Writes a register. @throws `KvmError` EFAULT for bytes of another size, EINVAL, ENOENT, EBUSY */
export function setOneReg(vcpu: OneRegVcpu, id: bigint, bytes: Uint8Array): void {
  const call = 'KVM_SET_ONE_REG'
  const reg = decodeReg(id)
  const access = new OneReg(vcpu, call, id)
  access.check(reg)
  if (bytes.length < reg.sizeBytes) {
    throw kvmError('EFAULT', call, `${bytes.length} bytes are fewer than the ${reg.sizeBytes} of ${hex(id)}`)
  }
  let value = 0n
  for (let i = reg.sizeBytes - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i])
  access.write(reg, value)
}

/** One access. */
class OneReg {
  readonly #vcpu: OneRegVcpu
  readonly #call: string
  readonly #id: bigint

  constructor(vcpu: OneRegVcpu, call: string, id: bigint) {
    this.#vcpu = vcpu
    this.#call = call
    this.#id = id
  }

  /** Throws for an id without a register. */
  check(reg: DecodedReg): void {
    const { sizeBytes } = reg
    switch (reg.class) {
      case 'core':
        if (reg.offset + sizeBytes >= coreBytes) throw this.#none()
        if (reg.name === undefined) throw this.#invalid('no register of that size starts there')
        return
      case 'demux':
        if (sizeBytes !== 4 || reg.selector !== 0 || reg.value >= cacheSelectors) throw this.#none()
        return
      case 'sysreg': {
        const index = sysRegIndex(reg.op0, reg.op1, reg.CRn, reg.CRm, reg.op2)
        if (sizeBytes !== 8) throw this.#none()
        if (timerRegisters.has(index)) return
        if (isGicRegister(index) || this.#vcpu.cpu.getReg(index) === undefined) throw this.#none()
        return
      }
      case 'fw':
        if (sizeBytes !== 8 || reg.index > 3) throw this.#none()
        return
      case 'fw_feat_bmap':
        if (sizeBytes !== 8 || reg.index > 2) throw this.#none()
        return
      case 'sve':
        throw this.#noSve()
      default:
        if (!reg.isArm64) throw this.#invalid('it is not an id of arm64')
        // Whatever the index: Linux asks for the feature first.
        if ((this.#id & KVM_REG_ARM_COPROC_MASK) === KVM_REG_ARM64_SVE) throw this.#noSve()
        throw this.#none()
    }
  }

  read(reg: DecodedReg): bigint {
    this.check(reg)
    const { cpu, timers, vm } = this.#vcpu
    switch (reg.class) {
      case 'core':
        return this.#readCore(reg.name as CoreRegName)
      case 'demux':
        return this.#readCacheSize(reg.value)
      case 'sysreg': {
        const index = sysRegIndex(reg.op0, reg.op1, reg.CRn, reg.CRm, reg.op2)
        const timer = timerRegisters.get(index)
        return timer === undefined ? (cpu.getReg(index) ?? 0n) : timers.readRegister(...timer)
      }
      case 'fw':
        return reg.index === 0 ? BigInt(vm.psciVersion) : workaroundLevels[reg.index - 1]
      default:
        return BigInt(vm.features[featureOf(reg)])
    }
  }

  write(reg: DecodedReg, value: bigint): void {
    switch (reg.class) {
      case 'core':
        this.#writeCore(reg.name as CoreRegName, value)
        return
      case 'demux':
        if (value !== this.#readCacheSize(reg.value)) throw this.#invalid('the caches of this CPU are fixed')
        return
      case 'sysreg':
        this.#writeSysReg(sysRegIndex(reg.op0, reg.op1, reg.CRn, reg.CRm, reg.op2), reg.CRn, value)
        return
      case 'fw':
        if (reg.index === 0) this.#writePsciVersion(value)
        else if (value > workaroundLevels[reg.index - 1]) throw this.#invalid(`level ${value} is above the host's`)
        return
      default:
        this.#writeFeatures(featureOf(reg), value)
    }
  }

  #readCore(name: CoreRegName): bigint {
    const { cpu, bankedSpsr } = this.#vcpu
    switch (name) {
      case 'sp':
        return cpu.getReg(SP_EL0) ?? 0n
      case 'pc':
        return cpu.state.pc
      case 'pstate':
        return BigInt(cpu.readPstate() >>> 0)
      case 'sp_el1':
        return cpu.getReg(SP_EL1) ?? 0n
      case 'elr_el1':
        return cpu.getReg(ELR_EL1) ?? 0n
      case 'spsr_el1':
        return cpu.getReg(SPSR_EL1) ?? 0n
      case 'spsr_abt':
      case 'spsr_und':
      case 'spsr_irq':
      case 'spsr_fiq':
        return bankedSpsr[bankedIndex(name)]
      case 'fpsr':
        return cpu.getReg(FPSR) ?? 0n
      case 'fpcr':
        return cpu.getReg(FPCR) ?? 0n
      default:
        return name.startsWith('v') ? cpu.state.readV(Number(name.slice(1))) : cpu.state.readX(Number(name.slice(1)))
    }
  }

  #writeCore(name: CoreRegName, value: bigint): void {
    const { cpu, bankedSpsr } = this.#vcpu
    switch (name) {
      case 'sp':
        cpu.setReg(SP_EL0, value)
        return
      case 'pc':
        cpu.state.pc = value
        return
      case 'pstate':
        this.#writePstate(value)
        return
      case 'sp_el1':
        cpu.setReg(SP_EL1, value)
        return
      case 'elr_el1':
        cpu.setReg(ELR_EL1, value)
        return
      case 'spsr_el1':
        cpu.setReg(SPSR_EL1, value)
        return
      case 'spsr_abt':
      case 'spsr_und':
      case 'spsr_irq':
      case 'spsr_fiq':
        bankedSpsr[bankedIndex(name)] = value
        return
      case 'fpsr':
        cpu.setReg(FPSR, value)
        return
      case 'fpcr':
        cpu.setReg(FPCR, value)
        return
      default:
        if (name.startsWith('v')) cpu.state.writeV(Number(name.slice(1)), value)
        else cpu.state.writeX(Number(name.slice(1)), value)
    }
  }

  /** EL0t, EL1t and EL1h are the modes of an AArch64 guest. */
  #writePstate(value: bigint): void {
    const mode = Number(value & 0x1fn)
    if (mode !== 0 && mode !== 4 && mode !== 5) throw this.#invalid(`mode ${hex(mode)} is none that this vCPU has`)
    this.#vcpu.cpu.writePstate(Number(BigInt.asUintN(32, value)))
  }

  #readCacheSize(selector: number): bigint {
    const { cpu } = this.#vcpu
    const old = cpu.getReg(CSSELR_EL1) ?? 0n
    cpu.setReg(CSSELR_EL1, BigInt(selector))
    const value = cpu.getReg(CCSIDR_EL1) ?? 0n
    cpu.setReg(CSSELR_EL1, old)
    return value
  }

  #writeSysReg(index: number, CRn: number, value: bigint): void {
    const { cpu, timers, vm } = this.#vcpu
    const timer = timerRegisters.get(index)
    if (timer !== undefined) {
      const [which, register] = timer
      if (register !== 'cnt') timers.writeRegister(which, register, value)
      else if (which === 'virtual') vm.setVirtualCounter(value)
      else vm.setPhysicalCounter(value)
      return
    }
    // Identification is the model's: only what it says already may be written, as when a snapshot is restored.
    if (index >= 0xc000 && CRn === 0 && index !== MPIDR_EL1 && index !== CSSELR_EL1) {
      if (cpu.getReg(index) !== value) throw this.#invalid(`${hex(value)} is not the value of this CPU model`)
      return
    }
    cpu.setReg(index, value)
  }

  #writePsciVersion(value: bigint): void {
    const version = Number(BigInt.asUintN(32, value))
    const isNew = version === PSCI_0_2 || version === PSCI_1_0 || version === PSCI_1_1
    if (this.#vcpu.hasPsci02 ? !isNew : version !== PSCI_0_1) {
      throw this.#invalid(`PSCI version ${hex(value)} does not go with the features of this vCPU`)
    }
    this.#vcpu.vm.psciVersion = version
  }

  #writeFeatures(feature: keyof HypercallFeatures, value: bigint): void {
    const { vm } = this.#vcpu
    const all = BigInt(allHypercallFeatures[feature])
    if ((value & ~all) !== 0n) throw this.#invalid(`${hex(value)} has bits that the host does not have (${hex(all)})`)
    if (vm.hasRun && value !== BigInt(vm.features[feature])) {
      throw kvmError('EBUSY', this.#call, `${hex(this.#id)} cannot change after the VM has run`)
    }
    vm.features[feature] = Number(value)
  }

  #noSve(): Error {
    return this.#invalid('the vCPU has no SVE')
  }

  #none(): Error {
    return kvmError('ENOENT', this.#call, `there is no register ${hex(this.#id)}`)
  }

  #invalid(problem: string): Error {
    return kvmError('EINVAL', this.#call, `register ${hex(this.#id)}: ${problem}`)
  }
}

function bankedIndex(name: 'spsr_abt' | 'spsr_und' | 'spsr_irq' | 'spsr_fiq'): number {
  return ['spsr_abt', 'spsr_und', 'spsr_irq', 'spsr_fiq'].indexOf(name)
}

function featureOf(reg: DecodedReg): keyof HypercallFeatures {
  const index = reg.class === 'fw_feat_bmap' ? reg.index : 0
  return (['std', 'stdHyp', 'vendorHyp'] as const)[index]
}
