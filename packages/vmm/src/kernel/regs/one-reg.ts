/** `KVM_GET_ONE_REG` and `KVM_SET_ONE_REG`: which id reaches which register, and the errno of every wrong one. [KVM-API] §4.68 */

import {
  type CoreRegName,
  type DecodedReg,
  decodeReg,
  KVM_REG_ARM_COPROC_MASK,
  KVM_REG_ARM64_SVE,
  sysRegIndex,
} from '@armvisor/uapi'
import type { CpuPort } from '../cpu-port.ts'
import { hex, kvmError } from '../fail.ts'
import { allHypercallFeatures, type HypercallFeatures } from '../hypercall.ts'
import type { LinuxRules } from '../linux-rules.ts'
import { PSCI_0_1, PSCI_0_2, PSCI_1_0, PSCI_1_1 } from '../psci.ts'
import type { ArchTimers } from '../timer.ts'
import type { IdRegisters } from './id-registers.ts'
import type { SveState } from './sve-state.ts'
import type { SysRegRow } from './sys-reg-list.ts'

const SP_EL0 = sysRegIndex(3, 0, 4, 1, 0)
const SP_EL1 = sysRegIndex(3, 4, 4, 1, 0)
const ELR_EL1 = sysRegIndex(3, 0, 4, 0, 1)
const SPSR_EL1 = sysRegIndex(3, 0, 4, 0, 0)
const FPCR = sysRegIndex(3, 3, 4, 4, 0)
const FPSR = sysRegIndex(3, 3, 4, 4, 1)
const CSSELR_EL1 = sysRegIndex(3, 2, 0, 0, 0)
const CCSIDR_EL1 = sysRegIndex(3, 1, 0, 0, 0)
/** Caches that CSSELR_EL1 can select: seven levels, instruction and data. [ARM] D24 CSSELR_EL1 */
const cacheSelectors = 14

/** CCSIDR_EL1 of 64-byte lines in one set of one way. [ARM] D24 CCSIDR_EL1 */
const minimalCache = 2n

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
  /** System registers of the vCPU by index. */
  readonly sysRegs: ReadonlyMap<number, SysRegRow>
  getCpuReg(index: number): bigint | undefined
  setCpuReg(index: number, value: bigint): void
  /** Values of those that its CPU does not have. */
  readonly kernelRegs: Map<number, bigint>
  /** Values of CCSIDR_EL1 that the user set, by selector. */
  readonly cacheSizes: Map<number, bigint>
  /** Undefined without KVM_ARM_VCPU_SVE. */
  readonly sve: SveState | undefined
  readonly vm: OneRegVm
}

/** What registers of a VM live in. */
export interface OneRegVm {
  psciVersion: number
  readonly features: HypercallFeatures
  readonly rules: LinuxRules
  readonly idRegisters: IdRegisters
  /** Selectors of the host's caches with their CCSIDR_EL1; undefined where they are made up or the CPU's. */
  readonly hostCaches: ReadonlyMap<number, bigint> | undefined
  /** A vCPU has run: the guest may have seen the features. */
  readonly hasRun: boolean
  /** Moves the virtual counter of all vCPUs so that it reads `value` now. */
  setVirtualCounter(value: bigint): void
  /** Moves the physical counter likewise. */
  setPhysicalCounter(value: bigint): void
  /** Lets all vCPUs' guests see the ID registers as they are now. */
  showIdRegisters(): void
}

/** Reads a register. @throws `KvmError` EINVAL, ENOENT */
export function getOneReg(vcpu: OneRegVcpu, id: bigint): Uint8Array {
  const reg = decodeReg(id)
  const value = new OneReg(vcpu, 'KVM_GET_ONE_REG', id).read(reg)
  const bytes = new Uint8Array(reg.sizeBytes)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number((value >> BigInt(8 * i)) & 0xffn)
  return bytes
}

/** Writes a register. @param user reads the value, of so many bytes. @throws `KvmError` EFAULT, EINVAL, ENOENT, EPERM, EBUSY */
export function setOneReg(vcpu: OneRegVcpu, id: bigint, user: (sizeBytes: number) => Uint8Array): void {
  const reg = decodeReg(id)
  const access = new OneReg(vcpu, 'KVM_SET_ONE_REG', id)
  access.check(reg)
  const bytes = user(reg.sizeBytes)
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
        if (this.#vcpu.sve !== undefined && /^v\d/.test(reg.name)) {
          throw this.#invalid('with SVE the vector registers are Z registers')
        }
        return
      case 'demux':
        if (sizeBytes !== 4 || reg.selector !== 0 || !this.#hasCache(reg.value)) throw this.#none()
        return
      case 'sysreg': {
        const index = sysRegIndex(reg.op0, reg.op1, reg.CRn, reg.CRm, reg.op2)
        if (sizeBytes !== 8) throw this.#none()
        const timer = timerRegisters.get(index)
        if (timer !== undefined && (timer[0] === 'virtual' || this.#vcpu.vm.rules.hasPhysicalTimerIds)) return
        if (!this.#vcpu.sysRegs.has(index)) throw this.#none()
        return
      }
      case 'fw':
        if (sizeBytes !== 8 || reg.index > 3) throw this.#none()
        return
      case 'fw_feat_bmap':
        if (sizeBytes !== 8 || reg.index > 2) throw this.#none()
        return
      case 'sve':
        this.#checkSve(reg.reg, reg.slice)
        return
      default:
        if (!reg.isArm64) throw this.#invalid('it is not an id of arm64')
        // Whatever the index: Linux asks for the feature first.
        if ((this.#id & KVM_REG_ARM_COPROC_MASK) === KVM_REG_ARM64_SVE) this.#checkSve(undefined, 0)
        throw this.#none()
    }
  }

  read(reg: DecodedReg): bigint {
    this.check(reg)
    const { timers, vm } = this.#vcpu
    switch (reg.class) {
      case 'core':
        return this.#readCore(reg.name as CoreRegName)
      case 'demux':
        return this.#readCacheSize(reg.value)
      case 'sysreg': {
        const index = sysRegIndex(reg.op0, reg.op1, reg.CRn, reg.CRm, reg.op2)
        const timer = timerRegisters.get(index)
        return timer === undefined ? this.#readSysReg(index) : timers.readRegister(...timer)
      }
      case 'fw':
        return reg.index === 0 ? BigInt(vm.psciVersion) : workaroundLevels[reg.index - 1]
      case 'sve':
        return this.#readSve(reg.reg)
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
        this.#writeCacheSize(reg.value, value)
        return
      case 'sysreg':
        this.#writeSysReg(sysRegIndex(reg.op0, reg.op1, reg.CRn, reg.CRm, reg.op2), value)
        return
      case 'fw':
        if (reg.index === 0) this.#writePsciVersion(value)
        else if (value > workaroundLevels[reg.index - 1]) throw this.#invalid(`level ${value} is above the host's`)
        return
      case 'sve':
        this.#writeSve(reg.reg, value)
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

  #hasCache(selector: number): boolean {
    const { rules, hostCaches } = this.#vcpu.vm
    return rules.hasFabricatedCaches || hostCaches === undefined ? selector < cacheSelectors : hostCaches.has(selector)
  }

  #readCacheSize(selector: number): bigint {
    const { cpu, cacheSizes, vm } = this.#vcpu
    const set = cacheSizes.get(selector)
    if (set !== undefined) return set
    // One set of one way: a guest that goes through the cache by set and way has nothing to do.
    if (vm.rules.hasFabricatedCaches) return minimalCache
    if (vm.hostCaches !== undefined) return vm.hostCaches.get(selector) ?? 0n
    const old = cpu.getReg(CSSELR_EL1) ?? 0n
    cpu.setReg(CSSELR_EL1, BigInt(selector))
    const value = cpu.getReg(CCSIDR_EL1) ?? 0n
    cpu.setReg(CSSELR_EL1, old)
    return value
  }

  #writeCacheSize(selector: number, value: bigint): void {
    if (value === this.#readCacheSize(selector)) return
    if (!this.#vcpu.vm.rules.hasFabricatedCaches) throw this.#invalid('the caches of this CPU are fixed')
    // Lines shorter than CTR_EL0 says would make a guest's loops over addresses skip some.
    if (value >> 28n !== 0n || (value & 7n) < (minimalCache & 7n)) throw this.#invalid(`${hex(value)} is no cache`)
    this.#vcpu.cacheSizes.set(selector, value)
  }

  #readSysReg(index: number): bigint {
    const { kernelRegs, vm } = this.#vcpu
    return vm.idRegisters.get(index) ?? kernelRegs.get(index) ?? this.#vcpu.getCpuReg(index) ?? 0n
  }

  #writeSysReg(index: number, value: bigint): void {
    const { timers, kernelRegs, sysRegs, vm } = this.#vcpu
    const timer = timerRegisters.get(index)
    if (timer !== undefined) {
      const [which, register] = timer
      if (register !== 'cnt') timers.writeRegister(which, register, value)
      else if (which === 'virtual') vm.setVirtualCounter(value)
      else vm.setPhysicalCounter(value)
      return
    }
    switch (sysRegs.get(index)?.kind) {
      case 'fixed':
        if (this.#readSysReg(index) !== value) throw this.#invalid(`${hex(value)} is not the value of this CPU model`)
        return
      case 'id': {
        const result = vm.idRegisters.set(index, value, vm.hasRun)
        if (result === 'busy')
          throw kvmError('EBUSY', this.#call, `${hex(this.#id)} cannot change after the VM has run`)
        if (result === 'invalid') throw this.#invalid(`${hex(value)} is not what this host can give`)
        vm.showIdRegisters()
        return
      }
      default:
        if (kernelRegs.has(index)) kernelRegs.set(index, value)
        else this.#vcpu.setCpuReg(index, value)
    }
  }

  #checkSve(name: string | undefined, slice: number): void {
    const { sve } = this.#vcpu
    if (sve === undefined) throw this.#invalid('the vCPU has no SVE')
    if (name === undefined || slice !== 0) throw this.#none()
    if (name !== 'vls' && !sve.isFinalized)
      throw this.#notFinal('the vector lengths are not final', 'finalize SVE first')
    if (name === 'vls' && sve.isFinalized && this.#call === 'KVM_SET_ONE_REG') {
      throw this.#notFinal('the vector lengths are final')
    }
  }

  #readSve(name: string): bigint {
    const { sve, cpu } = this.#vcpu
    if (sve === undefined) throw this.#invalid('the vCPU has no SVE')
    return name === 'vls' ? sve.lengths : sve.read(cpu.state, name)
  }

  #writeSve(name: string, value: bigint): void {
    const { sve, cpu } = this.#vcpu
    if (sve === undefined) throw this.#invalid('the vCPU has no SVE')
    if (name !== 'vls') sve.write(cpu.state, name, value)
    else if (!sve.setLengths(value)) {
      throw this.#invalid(`${hex(value)} is not the set of the host's vector lengths up to a maximum`)
    }
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

  #notFinal(problem: string, remedy?: string): Error {
    return kvmError('EPERM', this.#call, `register ${hex(this.#id)}: ${problem}`, remedy)
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
