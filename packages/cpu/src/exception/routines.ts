/**
 * Exception entry and return, and what else changes PSTATE, as WebAssembly: one instance for each vCPU, called by generated code and by
 * TypeScript alike, so that a system call never leaves WebAssembly. [ARM] D1.3.5, D1.3.6, D1.4, C5.2.19 SPSR_EL1.
 */

import { instantiate } from '../host.ts'
import type { LinearMemory } from '../memory.ts'
import { LAYOUT, TLB_SET_BYTES, X_SP } from '../state.ts'
import { MDSCR, SCTLR, SPSR } from '../sysreg/fields.ts'
import { SLOT } from '../sysreg/slots.ts'
import { ModuleBuilder, type Signature } from '../wasm/encoder.ts'
import { EXCEPTION } from './kind.ts'
import { type Expr, StateCode } from './state-code.ts'
import { EC, makeEsr } from './syndrome.ts'

/** Vector offsets within their group of four. */
export const VECTOR = { sync: 0x000, irq: 0x080, fiq: 0x100, serror: 0x180 } as const

/** What the routines leave to TypeScript. Each gives 1: `LAYOUT.pc` says where to go on. */
export interface RoutineFallbacks {
  /** All exceptions but SVC; `kind` is of {@link EXCEPTION}. */
  readonly raise: (kind: number, imm: number) => number
  /** ERET at EL0, to a mode that does not exist, and where software step or PSTATE.IL play a part. */
  readonly returnSlowly: () => number
  /** Takes the interrupt that is due. */
  readonly takePending: () => number
}

/** The routines. Numbers go in and out as signed 32-bit integers. */
export interface Routines {
  /** Recomputes `tlbBase`, `execTlbBase` and `fpDisabled` after a change of EL, PAN, CPACR_EL1 or the TLB's context. */
  readonly updateRegime: () => void
  /** Sets PSTATE.EL and PSTATE.SP; the current stack pointer goes to its bank and the selected one comes from its own. */
  readonly switchSp: (el: number, spsel: number) => void
  /** PSTATE as an exception would store it in SPSR_EL1. */
  readonly packPstate: () => number
  /** Sets all of PSTATE from an SPSR whose mode is legal, swaps the stack pointers, and does as `updateRegime`. */
  readonly unpackPstate: (spsr: number) => void
  /**
   * Enters EL1 through a vector of {@link VECTOR}; the preferred return address is `LAYOUT.pc`. ESR_EL1 and FAR_EL1 are the caller's,
   * before or after.
   */
  readonly takeException: (vector: number) => void
  /** The `exception` import of generated code: takes the exception of the instruction at `LAYOUT.pc`. */
  readonly exception: (kind: number, imm: number) => number
  /** The `eret` import: ERET, and whatever interrupt is due behind it. */
  readonly eret: () => number
}

const SP = LAYOUT.x + X_SP * 8
const NO_PARAMETERS: Signature = { params: [], results: [] }
const GIVES_I32: Signature = { params: [], results: ['i32'] }

/** Adds the routines to a module, one method each. */
class RoutineGenerator {
  readonly #module: ModuleBuilder
  readonly #cpuBase: number

  constructor(module: ModuleBuilder, cpuBase: number) {
    this.#module = module
    this.#cpuBase = cpuBase
  }

  #routine(name: string, signature: Signature, write: (s: StateCode) => void): number {
    const s = new StateCode(signature.params.length, this.#cpuBase)
    write(s)
    if (signature.results.length > 0) s.code.op('unreachable')
    return this.#module.addFunction(signature, s.code, name)
  }

  updateRegime(): number {
    return this.#routine('updateRegime', NO_PARAMETERS, (s) => {
      const el = s.keep(s.get32(LAYOUT.el))
      const user = s.keep(s.get32(LAYOUT.userTlbBase))
      const privileged = s.choose(s.get32(LAYOUT.pan), s.i32(LAYOUT.tlb + 2 * TLB_SET_BYTES), s.i32(LAYOUT.tlb))
      s.set32(LAYOUT.tlbBase, s.choose(el, privileged, user))
      const userExec = s.op('i32.add', user, s.i32(2 * TLB_SET_BYTES))
      s.set32(LAYOUT.execTlbBase, s.choose(el, s.i32(LAYOUT.execTlb), userExec))
      // CPACR_EL1.FPEN: 0b11 traps nothing, 0b01 traps EL0, the others both.
      const fpen = s.keep(s.and(s.shr(s.get32(SLOT.CPACR), 20), s.i32(3)))
      const isAllowed = s.or(
        s.op('i32.eq', fpen, s.i32(3)),
        s.and(s.op('i32.eq', fpen, s.i32(1)), s.op('i32.ne', el, s.i32(0))),
      )
      s.set32(LAYOUT.fpDisabled, s.isZero(isAllowed))
    })
  }

  switchSp(): number {
    return this.#routine('switchSp', { params: ['i32', 'i32'], results: [] }, (s) => {
      const wasBanked = s.keep(s.and(s.get32(LAYOUT.el), s.get32(LAYOUT.spsel)))
      const isBanked = s.keep(s.and(s.local(0), s.local(1)))
      s.set32(LAYOUT.el, s.local(0))
      s.set32(LAYOUT.spsel, s.local(1))
      const swap = (from: number, to: number): void => {
        s.set64(from, s.get64(SP))
        s.set64(SP, s.get64(to))
      }
      s.when(s.op('i32.ne', wasBanked, isBanked), () => {
        s.when(
          isBanked,
          () => swap(SLOT.SP_EL0, SLOT.SP_EL1),
          () => swap(SLOT.SP_EL1, SLOT.SP_EL0),
        )
      })
    })
  }

  packPstate(): number {
    return this.#routine('packPstate', GIVES_I32, (s) => {
      const sign = (offset: number): Expr => s.shr(s.get32(offset + 4), 31)
      s.answer(
        s.or(
          s.shl(sign(LAYOUT.n), 31),
          s.shl(s.op('i64.eqz', s.get64(LAYOUT.z)), 30),
          s.shl(s.isSet(s.get32(LAYOUT.c)), 29),
          s.shl(sign(LAYOUT.v), 28),
          s.shl(s.isSet(s.get32(LAYOUT.pan)), 22),
          s.shl(s.isSet(s.get32(LAYOUT.ss)), 21),
          s.shl(s.isSet(s.get32(LAYOUT.il)), 20),
          s.get32(LAYOUT.daif),
          s.shl(s.get32(LAYOUT.el), 2),
          s.get32(LAYOUT.spsel),
        ),
      )
    })
  }

  unpackPstate(switchSp: number, updateRegime: number): number {
    return this.#routine('unpackPstate', { params: ['i32'], results: [] }, (s) => {
      const spsr = s.local(0)
      const signWord = (bit: number): Expr => s.op('i64.shl', s.op('i64.extend_i32_u', s.bit(spsr, bit)), s.i64(63n))
      s.set64(LAYOUT.n, signWord(31))
      s.set64(LAYOUT.z, s.op('i64.extend_i32_u', s.isZero(s.bit(spsr, 30))))
      s.set32(LAYOUT.c, s.bit(spsr, 29))
      s.set64(LAYOUT.v, signWord(28))
      s.set32(LAYOUT.pan, s.bit(spsr, 22))
      s.set32(LAYOUT.ss, s.bit(spsr, 21))
      s.set32(LAYOUT.il, s.bit(spsr, 20))
      s.set32(LAYOUT.daif, s.and(spsr, s.i32(SPSR.DAIF)))
      s.call(switchSp, s.bit(spsr, 2), s.bit(spsr, 0))()
      s.call(updateRegime)()
    })
  }

  takeException(packPstate: number, switchSp: number, updateRegime: number): number {
    return this.#routine('takeException', { params: ['i32'], results: [] }, (s) => {
      const group = s.keep(
        s.choose(s.get32(LAYOUT.el), s.choose(s.get32(LAYOUT.spsel), s.i32(0x200), s.i32(0)), s.i32(0x400)),
      )
      s.set64(SLOT.SPSR, s.op('i64.extend_i32_u', s.call(packPstate)))
      s.set64(SLOT.ELR, s.get64(LAYOUT.pc))
      s.call(switchSp, s.i32(1), s.i32(1))()
      s.set32(LAYOUT.daif, s.i32(SPSR.DAIF))
      s.set32(LAYOUT.il, s.i32(0))
      s.set32(LAYOUT.ss, s.i32(0))
      s.set32(LAYOUT.pan, s.choose(s.and(s.get32(SLOT.SCTLR), s.i32(SCTLR.SPAN)), s.get32(LAYOUT.pan), s.i32(1)))
      s.call(updateRegime)()
      const offset = s.op('i64.extend_i32_u', s.or(group, s.local(0)))
      s.set64(LAYOUT.pc, s.op('i64.add', s.get64(SLOT.VBAR), offset))
    })
  }

  exception(takeException: number, raise: number): number {
    return this.#routine('exception', { params: ['i32', 'i32'], results: ['i32'] }, (s) => {
      s.when(s.op('i32.eq', s.local(0), s.i32(EXCEPTION.svc)), () => {
        s.set64(LAYOUT.pc, s.op('i64.add', s.get64(LAYOUT.pc), s.i64(4n)))
        const esr = s.or(s.i32(makeEsr(EC.svc, 0) | 0), s.and(s.local(1), s.i32(0xffff)))
        s.set64(SLOT.ESR, s.op('i64.extend_i32_u', esr))
        s.call(takeException, s.i32(VECTOR.sync))()
        s.answer(s.i32(1))
      })
      s.answer(s.call(raise, s.local(0), s.local(1)))
    })
  }

  eret(unpackPstate: number, returnSlowly: number, takePending: number): number {
    return this.#routine('eret', GIVES_I32, (s) => {
      const spsr = s.keep(s.get32(SLOT.SPSR))
      const mode = s.keep(s.and(spsr, s.i32(0x1f)))
      // EL0t, EL1t and EL1h.
      const isLegal = s.or(s.isZero(mode), s.op('i32.eq', s.and(mode, s.i32(0x1e)), s.i32(4)))
      s.when(
        s.or(
          s.isZero(s.get32(LAYOUT.el)),
          s.isZero(isLegal),
          s.and(spsr, s.i32(SPSR.IL)),
          s.and(s.get32(SLOT.MDSCR), s.i32(MDSCR.SS)),
        ),
        () => s.answer(s.call(returnSlowly)),
      )
      s.set64(LAYOUT.pc, s.get64(SLOT.ELR))
      // PSTATE.SS stays clear where nothing is stepped.
      s.call(unpackPstate, s.and(spsr, s.i32(~SPSR.SS)))()
      s.set64(LAYOUT.exclAddr, s.i64(-1n))
      s.set32(LAYOUT.event, s.i32(1))
      const due = s.and(s.get32(LAYOUT.pendingLines), s.op('i32.xor', s.get32(LAYOUT.daif), s.i32(-1)))
      s.when(due, () => s.answer(s.call(takePending)))
      s.answer(s.i32(1))
    })
  }
}

/** Makes the routines of the vCPU whose block is at `cpuBase`. */
export function createRoutines(memory: LinearMemory, cpuBase: number, fallbacks: RoutineFallbacks): Routines {
  const module = new ModuleBuilder(memory.type)
  const raise = module.importFunction('raise', { params: ['i32', 'i32'], results: ['i32'] })
  const returnSlowly = module.importFunction('returnSlowly', GIVES_I32)
  const takePending = module.importFunction('takePending', GIVES_I32)
  const generator = new RoutineGenerator(module, cpuBase)
  const updateRegime = generator.updateRegime()
  const switchSp = generator.switchSp()
  const packPstate = generator.packPstate()
  const unpackPstate = generator.unpackPstate(switchSp, updateRegime)
  const takeException = generator.takeException(packPstate, switchSp, updateRegime)
  generator.exception(takeException, raise)
  generator.eret(unpackPstate, returnSlowly, takePending)
  const { exports } = instantiate(module.encode(), { env: { memory: memory.wasm, ...fallbacks } })
  return exports as unknown as Routines
}
