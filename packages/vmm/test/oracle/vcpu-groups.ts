/** Groups vcpu, reset, onereg, reglist, sve and masks of the recording program, call for call. */

import {
  KVM_ARM_GET_REG_WRITABLE_MASKS,
  KVM_ARM_PREFERRED_TARGET,
  KVM_ARM_SET_COUNTER_OFFSET,
  KVM_ARM_VCPU_FINALIZE,
  KVM_CHECK_EXTENSION,
  KVM_GET_FPU,
  KVM_GET_MP_STATE,
  KVM_GET_REG_LIST,
  KVM_GET_REGS,
  KVM_GET_SREGS,
  KVM_GET_VCPU_EVENTS,
  KVM_NMI,
  KVM_RUN,
  KVM_SET_GUEST_DEBUG,
  KVM_SET_MP_STATE,
  KVM_SET_REGS,
  KVM_SET_SIGNAL_MASK,
  KVM_SET_VCPU_EVENTS,
  KVM_TRANSLATE,
  kvm_arm_counter_offset,
  kvm_guest_debug,
  kvm_mp_state,
  kvm_vcpu_events,
  type PartialStructValue,
  reg_mask_range,
} from '@armvisor/uapi'
import { enableCap } from './memory-groups.ts'
import { CORE, chex, PCID, type Probe, PSTID, SYSR } from './probe.ts'

const FW = (n: number): bigint => 0x6030000000140000n + BigInt(n)
const BMAP = (n: number): bigint => 0x6030000000160000n + BigInt(n)

/** The function `vcpu`. */
export function vcpu(probe: Probe): void {
  life(probe)
  const vm = probe.mkvm(0n)
  const c0 = probe.vcpu(vm, 0)
  probe.vinit(c0, 4)
  reset(probe, c0)
  oneReg(probe, c0)
  probe.close(c0)
  probe.close(vm)
  sve(probe)
  masks(probe)
}

function life(probe: Probe): void {
  probe.grp = 'vcpu'
  const vm = probe.mkvm(0n)
  const preferred = probe.room(32)
  probe.J(probe.ioctl(vm, KVM_ARM_PREFERRED_TARGET, preferred), 'PREFERRED_TARGET')
  probe.V({ t: 'preferred', target: probe.get32(preferred), f0: chex(probe.get32(preferred + 4n)) })
  const mx = probe.ioctl(vm, KVM_CHECK_EXTENSION, 66n).r
  const first = probe.call(() => probe.process.fd(vm).ioctl(0xae41, 0n))
  probe.J(probe.made(first), 'CREATE_VCPU 0')
  probe.J(probe.ioctl(vm, 0xae41, 0n), 'CREATE_VCPU 0 again')
  probe.J(probe.ioctl(vm, 0xae41, BigInt(mx)), `CREATE_VCPU max=${mx}`)
  const last = probe.ioctl(vm, 0xae41, BigInt(mx - 1))
  probe.J(probe.made(last), 'CREATE_VCPU max-1')
  const c0 = first.r
  uninitialised(probe, c0)
  targetsAndFeatures(probe, c0, last.r)
  otherCalls(probe, c0)
  probe.close(last.r)
  probe.close(c0)
  probe.close(vm)
}

function uninitialised(probe: Probe, c0: number): void {
  const { J } = bound(probe)
  J(probe.ioctl(c0, KVM_RUN, 0n), 'RUN uninit')
  J(probe.ioctl(c0, KVM_RUN, 1n), 'RUN arg=1')
  J(probe.getreg(c0, PCID, probe.u64(0n)), 'GET_ONE_REG uninit')
  J(probe.ioctl(c0, KVM_GET_REG_LIST, probe.u64(0n)), 'GET_REG_LIST uninit')
  J(probe.ioctl(c0, KVM_GET_VCPU_EVENTS, probe.room(64)), 'GET_VCPU_EVENTS uninit')
  J(probe.ioctl(c0, KVM_SET_VCPU_EVENTS, probe.room(64)), 'SET_VCPU_EVENTS uninit')
  J(probe.ioctl(c0, KVM_GET_MP_STATE, probe.room(4)), 'GET_MP_STATE uninit')
  J(probe.ioctl(c0, KVM_ARM_VCPU_FINALIZE, probe.u32(4)), 'FINALIZE uninit')
}

function targetsAndFeatures(probe: Probe, c0: number, cl: number): void {
  const { J } = bound(probe)
  J(probe.vinit(c0, 0, 99), 'INIT bad target')
  const onOther = (t: string, features: number, target: number): void => {
    const vm = probe.mkvm(0n)
    const c = probe.vcpu(vm, 0)
    J(probe.vinit(c, features, target), t)
    probe.close(c)
    probe.close(vm)
  }
  for (let target = 0; target < 8; target++) onOther(`INIT target ${target}`, 0, target)
  for (let bit = 0; bit < 12; bit++) onOther(`INIT feature bit ${bit}`, 1 << bit, 5)
  J(probe.vinit(c0, 0, 5, 1), 'INIT features[1]=1')
  J(probe.vinit(c0, 0x60), 'INIT ptrauth both')
  J(probe.vinit(c0, 4), 'INIT different features')
  J(probe.vinit(c0, 0x60), 'INIT same again')
  J(probe.vinit(c0, 0x61), 'INIT same|POWER_OFF')
  J(probe.vinit(cl, 4), 'second vcpu different features')
}

function otherCalls(probe: Probe, c0: number): void {
  const { J } = bound(probe)
  const regs = probe.room(864)
  J(probe.ioctl(c0, KVM_GET_REGS, regs), 'GET_REGS')
  J(probe.ioctl(c0, KVM_SET_REGS, regs), 'SET_REGS')
  J(probe.ioctl(c0, KVM_GET_SREGS, regs), 'GET_SREGS')
  J(probe.ioctl(c0, KVM_GET_FPU, regs), 'GET_FPU')
  J(probe.ioctl(c0, KVM_TRANSLATE, regs), 'TRANSLATE')
  J(probe.ioctl(c0, 0xaeff), 'unknown vcpu ioctl')
  J(probe.ioctl(c0, KVM_NMI), 'NMI')
  const mp = probe.room(4)
  J(probe.ioctl(c0, KVM_GET_MP_STATE, mp), 'GET_MP_STATE')
  probe.V({ t: 'mp after POWER_OFF', v: probe.get32(mp) })
  const setMp = (mp_state: number) => probe.ioctl(c0, KVM_SET_MP_STATE, probe.struct(kvm_mp_state, { mp_state }))
  for (let m = 0; m < 12; m++) J(setMp(m), `SET_MP_STATE ${m}`)
  setMp(0)
  events(probe, c0)
  const mask = probe.room(32)
  const masked = (length: number) => {
    probe.view(mask, 4).setUint32(0, length, true)
    return probe.ioctl(c0, KVM_SET_SIGNAL_MASK, mask)
  }
  J(masked(8), 'SIGNAL_MASK len 8')
  J(masked(4), 'SIGNAL_MASK len 4')
  J(probe.ioctl(c0, KVM_SET_SIGNAL_MASK, 0n), 'SIGNAL_MASK null')
  const debug = (control: number) => probe.ioctl(c0, KVM_SET_GUEST_DEBUG, probe.struct(kvm_guest_debug, { control }))
  for (const bit of [0, 1, 2, 15, 16, 17, 18, 19]) J(debug(2 ** bit), `GUEST_DEBUG bit ${bit}`)
  J(debug(0), 'GUEST_DEBUG 0')
  J(enableCap(probe, c0, 177), 'vcpu ENABLE_CAP')
}

function events(probe: Probe, c0: number): void {
  const set = (t: string, value: PartialStructValue<typeof kvm_vcpu_events>): void =>
    probe.J(probe.ioctl(c0, KVM_SET_VCPU_EVENTS, probe.struct(kvm_vcpu_events, value)), t)
  set('EVENTS pad', { exception: { pad: [1] } })
  set('EVENTS reserved', { reserved: [1] })
  const esr = (serror_esr: bigint) => ({ exception: { serror_pending: 1, serror_has_esr: 1, serror_esr } })
  set('EVENTS esr bit24', esr(1n << 24n))
  set('EVENTS esr bit25', esr(1n << 25n))
  set('EVENTS has_esr only', { exception: { serror_has_esr: 1 } })
}

function reset(probe: Probe, c0: number): void {
  probe.grp = 'reset'
  const ids = [
    PCID,
    PSTID,
    CORE(0),
    CORE(248),
    CORE(272),
    SYSR(3, 0, 1, 0, 0),
    SYSR(3, 0, 1, 0, 2),
    SYSR(3, 0, 2, 0, 2),
    SYSR(3, 0, 12, 0, 0),
    SYSR(3, 0, 0, 0, 5),
    FW(0),
    FW(1),
    FW(2),
    FW(3),
    BMAP(0),
    BMAP(1),
    BMAP(2),
  ]
  for (const id of ids) {
    const at = probe.u64(0xdeadn)
    const result = probe.getreg(c0, id, at)
    if (result.r < 0) probe.J(result, `reset get ${chex(id)}`)
    else probe.V({ t: `reset ${chex(id)}`, v: chex(probe.get64(at)) })
  }
}

function oneReg(probe: Probe, c0: number): void {
  probe.grp = 'onereg'
  const at = probe.room(256)
  const get = (id: bigint, t: string): void => probe.J(probe.getreg(c0, id, at), t)
  const set = (id: bigint, value: bigint, t: string): void => probe.J(probe.set(c0, id, value), t)
  get((PCID & ~(0xfn << 60n)) | (4n << 60n), 'wrong arch ARM(4)')
  get(0x7030000000100040n, 'wrong arch 7')
  get(0x6020000000100040n, 'pc as u32')
  get(0x6030000000100041n, 'core off +1')
  get(0x60300000001000d8n, 'core off 0xd8 (end)')
  get(0x6030000000100400n, 'core off 0x400')
  get(0x6030000000150000n, 'SVE class w/o SVE')
  get(0x6030000000190000n, 'class 0x19')
  get(0x6030000000130000n | 0x7fffn, 'sysreg unknown')
  get(0x6020000000110000n, 'demux ccsidr0')
  get(0x6020000000110001n, 'demux ccsidr1')
  get(0x60200000001100ffn, 'demux ccsidr ff')
  get(0x6030000000110000n, 'demux u64')
  get(0x6020000000110100n, 'demux id1')
  set(PSTID, 0x3c5n, 'pstate EL1h')
  set(PSTID, 0x3c9n, 'pstate EL2h')
  set(PSTID, 0x3cdn, 'pstate EL3h')
  set(PSTID, 0x1d3n, 'pstate AArch32 svc')
  set(PSTID, 0x3c2n, 'pstate mode 2')
  set(PSTID, 0x3c0n, 'pstate EL0t')
  probe.set(c0, PSTID, 0x3c5n)
  set(FW(0), 0x20000n, 'PSCI 2.0')
  set(FW(0), 0x10001n, 'PSCI 1.1')
  set(FW(0), 0x10002n, 'PSCI 1.2')
  set(FW(0), 0x10003n, 'PSCI 1.3')
  set(FW(0), 1n, 'PSCI 0.1')
  set(FW(0), 2n, 'PSCI 0.2')
  set(FW(1), 3n, 'WA1=3')
  set(BMAP(0), 2n, 'STD_BMAP=2')
  set(BMAP(0), 0n, 'STD_BMAP=0')
  set(BMAP(2), 4n, 'VENDOR_HYP=4')
  set(0x6020000000160000n, 0n, 'STD_BMAP u32')
  get(BMAP(3), 'BMAP 3')
  get(FW(4), 'FW 4')
  idRegisters(probe, c0)
  registerList(probe, c0)
}

function idRegisters(probe: Probe, c0: number): void {
  const set = (id: bigint, value: bigint, t: string): void => probe.J(probe.set(c0, id, value), t)
  const MIDR = SYSR(3, 0, 0, 0, 0)
  const midr = probe.get(c0, MIDR)
  set(MIDR, midr ^ 1n, 'MIDR change')
  set(MIDR, midr, 'MIDR same')
  const MMFR0 = SYSR(3, 0, 0, 7, 0)
  let m = probe.get(c0, MMFR0)
  probe.V({ t: 'ID_AA64MMFR0', v: chex(m) })
  set(MMFR0, (m & ~0xfn) | 2n, 'MMFR0 PARange=2')
  set(MMFR0, (m & ~0xfn) | 7n, 'MMFR0 PARange=7')
  const PFR0 = SYSR(3, 0, 0, 4, 0)
  m = probe.get(c0, PFR0)
  probe.V({ t: 'ID_AA64PFR0', v: chex(m) })
  set(PFR0, m & ~(0xfn << 56n), 'PFR0 CSV2=0')
  set(PFR0, m ^ (1n << 48n), 'PFR0 DIT flip')
  set(PFR0, m | (0xfn << 16n), 'PFR0 FP=f')
  set(PFR0, m | (1n << 32n), 'PFR0 SVE=1 w/o feature')
  set(SYSR(3, 0, 0, 4, 6), 0n, 'hidden id 0,4,6 =0')
  set(SYSR(3, 0, 0, 4, 6), 1n, 'hidden id 0,4,6 =1')
}

function registerList(probe: Probe, c0: number): void {
  const list = probe.room(8 + 2000 * 8)
  const ask = (n: bigint) => {
    probe.view(list, 8).setBigUint64(0, n, true)
    return probe.ioctl(c0, KVM_GET_REG_LIST, list)
  }
  probe.J(ask(1n), 'GET_REG_LIST n=1')
  probe.V({ t: 'reglist n', v: Number(probe.get64(list)) })
  probe.J(ask(2000n), 'GET_REG_LIST')
  probe.grp = 'reglist'
  const ids = Array.from({ length: Number(probe.get64(list)) }, (_, k) => probe.get64(list + 8n + BigInt(k) * 8n))
  for (const id of ids) {
    const at = probe.room(256)
    const { r } = probe.getreg(c0, id, at)
    const row = { g: 'reglist', id: chex(id), v: chex(probe.get64(at)) }
    probe.records.push(r < 0 ? { ...row, fail: 1 } : row)
  }
}

function sve(probe: Probe): void {
  probe.grp = 'sve'
  const { J } = bound(probe)
  const VLS = 0x606000000015ffffn
  const vm = probe.mkvm(0n)
  const c0 = probe.vcpu(vm, 0)
  J(probe.vinit(c0, 4 | 16), 'INIT SVE')
  J(probe.ioctl(c0, KVM_RUN), 'RUN unfinalized')
  const vls = probe.room(64)
  J(probe.getreg(c0, VLS, vls), 'GET VLS')
  const host = probe.get64(vls)
  probe.V({ t: 'vls', v: chex(host) })
  const z = probe.room(256)
  J(probe.getreg(c0, 0x6080000000150000n, z), 'GET Z0 before finalize')
  const list = probe.room(8 + 2000 * 8)
  probe.view(list, 8).setBigUint64(0, 2000n, true)
  J(probe.ioctl(c0, KVM_GET_REG_LIST, list), 'GET_REG_LIST before finalize')
  const setVls = (value: bigint, t: string): void => {
    const at = probe.room(64)
    probe.view(at, 8).setBigUint64(0, value, true)
    J(probe.setreg(c0, VLS, at), t)
  }
  setVls(0n, 'SET VLS=0')
  setVls(1n, 'SET VLS=1')
  setVls(4n, 'SET VLS=4')
  setVls(host, 'SET VLS=host')
  J(probe.ioctl(c0, KVM_ARM_VCPU_FINALIZE, probe.u32(3)), 'FINALIZE 3')
  J(probe.ioctl(c0, KVM_ARM_VCPU_FINALIZE, probe.u32(4)), 'FINALIZE SVE')
  J(probe.ioctl(c0, KVM_ARM_VCPU_FINALIZE, probe.u32(4)), 'FINALIZE again')
  setVls(host, 'SET VLS after')
  J(probe.getreg(c0, 0x6040000000100054n, z), 'core vreg0 with SVE')
  J(probe.getreg(c0, 0x6080000000150000n, z), 'Z0')
  J(probe.getreg(c0, 0x6080000000150001n, z), 'Z0 slice1')
  J(probe.getreg(c0, 0x6050000000150600n, z), 'FFR')
  probe.view(list, 8).setBigUint64(0, 2000n, true)
  J(probe.ioctl(c0, KVM_GET_REG_LIST, list), 'GET_REG_LIST')
  probe.V({ t: 'n', v: Number(probe.get64(list)) })
  J(probe.vinit(c0, 4 | 16), 're-INIT SVE')
  probe.close(c0)
  probe.close(vm)
}

function masks(probe: Probe): void {
  probe.grp = 'masks'
  let vm = probe.mkvm(0n)
  const table = probe.room(3 * 8 * 8 * 8)
  const ask = (range: number) =>
    probe.ioctl(vm, KVM_ARM_GET_REG_WRITABLE_MASKS, probe.struct(reg_mask_range, { addr: table, range }))
  probe.J(ask(0), 'WRITABLE_MASKS')
  for (let k = 0; k < 192; k++) {
    const v = probe.get64(table + BigInt(k) * 8n)
    const op1 = Math.floor(k / 64)
    if (v !== 0n) probe.V({ t: 'mask', op1: op1 === 2 ? 3 : op1, crm: (k >> 3) & 7, op2: k & 7, v: chex(v) })
  }
  probe.J(ask(1), 'range 1')
  probe.close(vm)
  vm = probe.mkvm(0n)
  const offset = (reserved: bigint) =>
    probe.ioctl(
      vm,
      KVM_ARM_SET_COUNTER_OFFSET,
      probe.struct(kvm_arm_counter_offset, { counter_offset: 1000n, reserved }),
    )
  probe.J(offset(0n), 'COUNTER_OFFSET')
  probe.J(offset(1n), 'COUNTER_OFFSET reserved')
  probe.close(vm)
}

function bound(probe: Probe): { readonly J: Probe['J'] } {
  return { J: (result, t) => probe.J(result, t) }
}
