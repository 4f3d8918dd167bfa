/** System instructions: cache maintenance, address translation, TLB invalidation. [ARM] C5.3, C5.4, C5.5. */

import type { Core } from '../exception/core.ts'
import { dataRegime } from '../exception/pstate.ts'
import { FSC, fscAtLevel, ISS_ABORT } from '../exception/syndrome.ts'
import { PERM } from '../mmu/fault.ts'
import { LAYOUT } from '../state.ts'
import { sysRegEncoding } from './encoding.ts'
import { SCTLR } from './fields.ts'
import { SLOT } from './slots.ts'

/** What an instruction is to the dispatcher. */
type Action =
  /** Done by set/way or to the whole cache: nothing to do in a coherent machine. */
  | { readonly kind: 'none' }
  /** Cache maintenance by address: the address must translate. */
  | { readonly kind: 'cache'; readonly need: number; readonly isEl0: boolean }
  | { readonly kind: 'translate'; readonly need: number; readonly regime: 'el0' | 'el1' }
  | { readonly kind: 'tlbi'; readonly by: 'all' | 'va' | 'vaAnyAsid' | 'asid'; readonly isBroadcast: boolean }

const actions = new Map<number, Action>()
function instruction(op1: number, CRn: number, CRm: number, op2: number, action: Action): void {
  actions.set(sysRegEncoding(1, op1, CRn, CRm, op2), action)
}

// biome-ignore format: the columns are the table
{
  const none = { kind: 'none' } as const
  const cache = (need: number, isEl0: boolean) => ({ kind: 'cache', need, isEl0 }) as const
  const at = (need: number, regime: 'el0' | 'el1') => ({ kind: 'translate', need, regime }) as const
  instruction(0, 7, 1,  0, none)                        // IC IALLUIS
  instruction(0, 7, 5,  0, none)                        // IC IALLU
  instruction(3, 7, 5,  1, cache(PERM.read, true))      // IC IVAU
  instruction(0, 7, 6,  1, cache(PERM.write, false))    // DC IVAC
  instruction(0, 7, 6,  2, none)                        // DC ISW
  instruction(0, 7, 10, 2, none)                        // DC CSW
  instruction(0, 7, 14, 2, none)                        // DC CISW
  instruction(3, 7, 10, 1, cache(PERM.read, true))      // DC CVAC
  instruction(3, 7, 11, 1, cache(PERM.read, true))      // DC CVAU
  instruction(3, 7, 14, 1, cache(PERM.read, true))      // DC CIVAC
  instruction(0, 7, 8,  0, at(PERM.read, 'el1'))        // AT S1E1R
  instruction(0, 7, 8,  1, at(PERM.write, 'el1'))       // AT S1E1W
  instruction(0, 7, 8,  2, at(PERM.read, 'el0'))        // AT S1E0R
  instruction(0, 7, 8,  3, at(PERM.write, 'el0'))       // AT S1E0W
  for (const CRm of [3, 7]) {
    const isBroadcast = CRm === 3
    const tlbi = (by: 'all' | 'va' | 'vaAnyAsid' | 'asid') => ({ kind: 'tlbi', by, isBroadcast }) as const
    instruction(0, 8, CRm, 0, tlbi('all'))              // TLBI VMALLE1{IS}
    instruction(0, 8, CRm, 1, tlbi('va'))               // TLBI VAE1{IS}
    instruction(0, 8, CRm, 2, tlbi('asid'))             // TLBI ASIDE1{IS}
    instruction(0, 8, CRm, 3, tlbi('vaAnyAsid'))        // TLBI VAAE1{IS}
    instruction(0, 8, CRm, 5, tlbi('va'))               // TLBI VALE1{IS}
    instruction(0, 8, CRm, 7, tlbi('vaAnyAsid'))        // TLBI VAALE1{IS}
  }
}

/** One vCPU's system instructions. DC ZVA is not among them: it is a store, and generated code makes it one. */
export class InstructionPath {
  readonly #core: Core
  /** The VM's vCPUs: inner-shareable invalidations reach all of them. */
  peers: readonly Core[]

  constructor(core: Core) {
    this.#core = core
    this.peers = [core]
  }

  /** See the contract of the `sys` import: Xt is in `LAYOUT.arg0`. */
  sys(encoding: number): number {
    const core = this.#core
    const action = actions.get(encoding)
    const isEl0 = core.state.get32(LAYOUT.el) === 0
    if (!action || (isEl0 && !(action.kind === 'cache' && action.isEl0))) {
      core.undefined()
      return 1
    }
    if (action.kind === 'cache') {
      if (isEl0 && !(core.sctlr & SCTLR.UCI)) {
        core.trapSystem(encoding, 0)
        return 1
      }
      return this.#maintain(action.need)
    }
    if (action.kind === 'translate') return this.#translate(action.need, action.regime)
    if (action.kind === 'tlbi') this.#invalidate(action.by, action.isBroadcast)
    return 0
  }

  /**
   * Caches are coherent and invisible, so only faults remain of cache maintenance by address. A stage-2 fault would make the hypervisor
   * map the page or skip the instruction (DC to an address without a memory slot); both come to nothing.
   */
  #maintain(need: number): number {
    const core = this.#core
    const { state, mmu } = core
    const lo = state.get32(LAYOUT.arg0) | 0
    const hi = state.get32(LAYOUT.arg0 + 4) | 0
    // With stage 1 off there is nothing to fault at; a booting kernel cleans all of itself this way.
    if (!mmu.stage1.isOn) return 0
    if (mmu.translate(hi, lo, dataRegime(state), need, false) || mmu.fault.isStage2) return 0
    // What does not invalidate needs rights at EL0 only: [ARM] AArch64.S1CheckPermissions.
    const isPrivileged = state.get32(LAYOUT.el) !== 0
    if (isPrivileged && need === PERM.read && (mmu.fault.fsc & ~3) === FSC.permission) return 0
    // [ARM] ESR_ELx.WnR: always 1 for cache maintenance.
    core.takeFault(hi, lo, false, 0, ISS_ABORT.CM | ISS_ABORT.WnR)
    return 1
  }

  /** AT S1E0x, S1E1x: stage 1 only, the result goes to PAR_EL1. PAN does not count. [ARM] D19.2.115 PAR_EL1. */
  #translate(need: number, regime: 'el0' | 'el1'): number {
    const core = this.#core
    const { state, mmu } = core
    const { stage1, fault } = mmu
    const lo = state.get32(LAYOUT.arg0)
    const hi = state.get32(LAYOUT.arg0 + 4)
    const isTranslated = stage1.translate(hi, lo, regime === 'el0')
    if (!isTranslated && fault.isStage2) {
      // A stage-2 fault on the walk of an AT instruction is taken to EL2 like any other.
      fault.isWrite = false
      core.takeFault(hi, lo, false, 0, ISS_ABORT.CM)
      return 1
    }
    const rights = stage1.rights[regime === 'el0' ? 0 : 1] as number
    if (isTranslated && (need & ~rights) === 0) {
      const pa = stage1.ipa
      state.set32(SLOT.PAR, (pa & 0xfffff000) | (1 << 11) | (stage1.shareability << 7))
      state.set32(SLOT.PAR + 4, Math.floor(pa / 0x1_0000_0000) | (stage1.attribute << 24))
    } else {
      const fsc = isTranslated ? fscAtLevel(FSC.permission, stage1.level) : fault.fsc
      state.set32(SLOT.PAR, (1 << 11) | (fsc << 1) | 1)
      state.set32(SLOT.PAR + 4, 0)
    }
    return 0
  }

  #invalidate(by: 'all' | 'va' | 'vaAnyAsid' | 'asid', isBroadcast: boolean): void {
    const { state } = this.#core
    // Xt: VA[55:12] in bits 43:0, ASID in bits 63:48.
    const lo = state.get32(LAYOUT.arg0)
    const hi = state.get32(LAYOUT.arg0 + 4)
    const vaLo = (lo << 12) >>> 0
    const vaHi = ((hi << 12) | (lo >>> 20)) & 0xffffff
    const asid = hi >>> 16
    if (!isBroadcast) {
      invalidateOne(this.#core, by, vaHi, vaLo, asid)
      return
    }
    const { peers } = this
    for (let i = 0; i < peers.length; i++) invalidateOne(peers[i] as Core, by, vaHi, vaLo, asid)
  }
}

function invalidateOne(
  core: Core,
  by: 'all' | 'va' | 'vaAnyAsid' | 'asid',
  vaHi: number,
  vaLo: number,
  asid: number,
): void {
  const { tlb, stage1 } = core.mmu
  if (by === 'all') tlb.dropAll()
  else if (by === 'asid') tlb.dropAsid(stage1.asidOf(asid))
  else tlb.dropVa(vaHi, vaLo, by === 'vaAnyAsid' ? -1 : stage1.asidOf(asid))
}
