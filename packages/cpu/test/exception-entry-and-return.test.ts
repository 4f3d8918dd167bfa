import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EXCEPTION, MSR_IMM, WFX } from '../src/exception/kind.ts'
import { LAYOUT, TLB_SET_BYTES } from '../src/state.ts'
import { EL0, EL1, fixture, PAN } from './system-fixture.ts'

const VBAR = 0xffff_8000_0001_0000n
const PC = 0xffff_8000_1234_5678n

function at(pstate: number) {
  const f = fixture()
  f.setReg('VBAR_EL1', VBAR)
  f.mode(pstate)
  f.state.pc = PC
  return f
}

describe('exception entry', () => {
  test.each([
    ['EL1t', 0x4, 0x000n],
    ['EL1h', EL1, 0x200n],
    ['EL0', EL0, 0x400n],
  ])('behavior: SVC from %s goes to the vector group of its origin', (_, mode, group) => {
    const f = at(mode)
    expect(f.system.exception(EXCEPTION.svc, 0x123)).toBe(1)
    expect(f.state.pc).toBe(VBAR + group)
    expect(f.reg('ESR_EL1')).toBe(0x56000123n)
    expect(f.reg('ELR_EL1')).toBe(PC + 4n)
    expect(f.reg('SPSR_EL1')).toBe(BigInt(mode))
    expect(f.system.pstate).toBe(0x3c5)
  })

  test('behavior: BRK, UNDEFINED and the FP trap return to the instruction itself', () => {
    for (const [kind, imm, esr] of [
      [EXCEPTION.brk, 5, 0xf2000005n],
      [EXCEPTION.undefined, 0, 0x02000000n],
      [EXCEPTION.hlt, 5, 0x02000000n],
      [EXCEPTION.fpTrap, 0, 0x1fe00000n],
      [EXCEPTION.illegalState, 0, 0x3a000000n],
    ] as const) {
      const f = at(EL0)
      f.system.exception(kind, imm)
      expect(f.reg('ESR_EL1')).toBe(esr)
      expect(f.reg('ELR_EL1')).toBe(PC)
      expect(f.state.pc).toBe(VBAR + 0x400n)
    }
  })

  test('behavior: SPAN decides about PAN', () => {
    const f = at(EL0)
    f.system.exception(EXCEPTION.svc, 0)
    expect(f.state.get32(LAYOUT.pan)).toBe(0)
    f.setReg('SCTLR_EL1', 0x00450078n)
    f.mode(EL0)
    f.system.exception(EXCEPTION.svc, 0)
    expect(f.state.get32(LAYOUT.pan)).toBe(1)
    expect(f.state.get32(LAYOUT.tlbBase)).toBe(LAYOUT.tlb + 2 * TLB_SET_BYTES)
  })

  test('behavior: stack pointers are banked', () => {
    const f = at(EL1)
    f.state.sp = 0x1111n
    f.setReg('SP_EL0', 0x2222n)
    f.mode(EL0)
    expect(f.state.sp).toBe(0x2222n)
    f.state.sp = 0x3333n
    expect(f.reg('SP_EL0')).toBe(0x3333n)
    expect(f.reg('SP_EL1')).toBe(0x1111n)
    f.system.exception(EXCEPTION.svc, 0)
    expect(f.state.sp).toBe(0x1111n)
    f.system.msrImm(MSR_IMM.SPSel, 0)
    expect(f.state.sp).toBe(0x3333n)
  })

  test('behavior: a misaligned PC reports itself in FAR', () => {
    const f = at(EL0)
    f.state.pc = 0x1002n
    // The vector cannot be fetched either (stage 1 is off, VBAR is beyond the physical address size), so the lookup gives up.
    f.setReg('VBAR_EL1', 0x800000n)
    expect(f.system.execLookup()).toBe(1)
    expect(f.reg('ESR_EL1')).toBe(0x8a000000n)
    expect(f.reg('FAR_EL1')).toBe(0x1002n)
    expect(f.state.pc).toBe(0x800400n)
  })

  test('behavior: an unfetchable vector leaves the loop instead of hanging', () => {
    const f = at(EL0)
    expect(f.system.execLookup()).toBe(0)
    expect(f.state.get32(LAYOUT.attention)).toBe(1)
    expect(f.system.exit).toBeUndefined()
  })
})

describe('exception return', () => {
  test('behavior: entry and return are inverse for every legal PSTATE', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0, 4, 5),
        fc.nat(15),
        fc.nat(15),
        fc.boolean(),
        fc.bigInt(0n, (1n << 64n) - 1n),
        (mode, flags, daif, pan, pc) => {
          const f = fixture()
          const pstate = (flags * 2 ** 28 + daif * 64 + (pan ? PAN : 0) + mode) >>> 0
          f.mode(pstate)
          f.state.pc = pc
          f.state.sp = 0xabc0n
          f.system.exception(EXCEPTION.brk, 0)
          expect(f.reg('SPSR_EL1')).toBe(BigInt(pstate))
          f.system.eret()
          expect(f.system.pstate).toBe(pstate)
          expect(f.state.pc).toBe(pc)
          expect(f.state.sp).toBe(0xabc0n)
        },
      ),
    )
  })

  test('behavior: clears the exclusive monitor', () => {
    const f = at(EL1)
    f.state.set64(LAYOUT.exclAddr, 0x1000n)
    f.setReg('SPSR_EL1', 0n)
    f.system.eret()
    expect(f.state.get64(LAYOUT.exclAddr)).toBe(0xffff_ffff_ffff_ffffn)
  })

  test.each([[0x9], [0xd], [0x1], [0x7], [0x10], [0x13]])(
    'behavior: to mode 0x%x is illegal and raises Illegal Execution state',
    (mode) => {
      const f = at(EL1)
      f.setReg('ELR_EL1', 0x4000n)
      f.setReg('SPSR_EL1', 0x80000000n | BigInt(mode))
      f.system.eret()
      expect(f.reg('ESR_EL1')).toBe(0x3a000000n)
      expect(f.reg('ELR_EL1')).toBe(0x4000n)
      // EL and SP as before, flags from SPSR, IL set.
      expect(f.reg('SPSR_EL1')).toBe(0x80100005n)
      expect(f.state.pc).toBe(VBAR + 0x200n)
      expect(f.system.pstate & (1 << 20)).toBe(0)
    },
  )

  test('behavior: is UNDEFINED at EL0', () => {
    const f = at(EL0)
    f.system.eret()
    expect(f.reg('ESR_EL1')).toBe(0x02000000n)
  })
})

describe('interrupts', () => {
  test('behavior: wait for the mask, then enter at the current PC', () => {
    const f = at(EL1 | 0x3c0)
    f.system.setInterruptLine('irq', true)
    expect(f.state.get32(LAYOUT.attention)).toBe(0)
    expect(f.system.takePendingInterrupt()).toBe(false)
    expect(f.mrs('ISR_EL1')).toBe(0x80n)
    expect(f.system.msrImm(MSR_IMM.DAIFClr, 2)).toBe(1)
    expect(f.state.pc).toBe(VBAR + 0x280n)
    expect(f.reg('ELR_EL1')).toBe(PC + 4n)
    expect(f.reg('SPSR_EL1')).toBe(0x345n)
  })

  test('behavior: an unmasked line asks for attention', () => {
    const f = at(EL0)
    f.system.setInterruptLine('fiq', true)
    expect(f.state.get32(LAYOUT.attention)).toBe(1)
    expect(f.system.takePendingInterrupt()).toBe(true)
    expect(f.state.pc).toBe(VBAR + 0x500n)
    expect(f.system.takePendingInterrupt()).toBe(false)
  })

  test('behavior: a return that unmasks takes the interrupt at the return address', () => {
    const f = at(EL1 | 0x3c0)
    f.system.setInterruptLine('irq', true)
    f.setReg('ELR_EL1', 0x8000n)
    f.setReg('SPSR_EL1', 0n)
    f.system.eret()
    expect(f.state.pc).toBe(VBAR + 0x480n)
    expect(f.reg('ELR_EL1')).toBe(0x8000n)
  })

  test('behavior: writes to DAIF unmask too', () => {
    const f = at(EL1 | 0x3c0)
    f.system.setInterruptLine('irq', true)
    expect(f.msr('DAIF', 0x340n)).toBe(1)
    expect(f.reg('ELR_EL1')).toBe(PC + 4n)
  })

  test('behavior: an injected SError has its syndrome and is taken once', () => {
    const f = at(EL1)
    f.system.injectSError(0x1234)
    expect(f.system.isSErrorPending).toBe(true)
    expect(f.system.takePendingInterrupt()).toBe(true)
    expect(f.reg('ESR_EL1')).toBe(0xbe001234n)
    expect(f.state.pc).toBe(VBAR + 0x380n)
    expect(f.system.isSErrorPending).toBe(false)
  })
})

describe('traps to the hypervisor', () => {
  test('behavior: HVC leaves past itself, SMC at itself', () => {
    const f = at(EL1)
    f.system.exception(EXCEPTION.hvc, 7)
    expect(f.system.exit).toEqual({ kind: 'hvc', imm: 7 })
    expect(f.state.pc).toBe(PC + 4n)
    f.system.exit = undefined
    f.system.exception(EXCEPTION.smc, 8)
    expect(f.system.exit).toEqual({ kind: 'smc', imm: 8 })
    expect(f.state.pc).toBe(PC + 4n)
    expect(f.state.get32(LAYOUT.attention)).toBe(1)
  })

  test('behavior: both are UNDEFINED at EL0', () => {
    for (const kind of [EXCEPTION.hvc, EXCEPTION.smc]) {
      const f = at(EL0)
      f.system.exception(kind, 0)
      expect(f.system.exit).toBeUndefined()
      expect(f.reg('ESR_EL1')).toBe(0x02000000n)
    }
  })

  test('behavior: WFI waits only when nothing is pending, masked or not', () => {
    const f = at(EL1 | 0x3c0)
    f.system.setInterruptLine('irq', true)
    expect(f.system.wfx(WFX.wfi)).toBe(0)
    f.system.setInterruptLine('irq', false)
    expect(f.system.wfx(WFX.wfi)).toBe(1)
    expect(f.system.exit).toEqual({ kind: 'wfi' })
    expect(f.state.pc).toBe(PC + 4n)
  })

  test('behavior: WFI and WFE at EL0 trap unless SCTLR lets them', () => {
    const f = at(EL0)
    f.setReg('SCTLR_EL1', 0x00c00078n)
    f.system.wfx(WFX.wfi)
    expect(f.reg('ESR_EL1')).toBe(0x07e00000n)
    f.mode(EL0)
    f.system.wfx(WFX.wfe)
    expect(f.reg('ESR_EL1')).toBe(0x07e00001n)
  })

  test('behavior: an event lets WFE pass once', () => {
    const f = at(EL1)
    expect(f.system.wfx(WFX.sevl)).toBe(0)
    expect(f.system.wfx(WFX.wfe)).toBe(0)
    expect(f.system.wfx(WFX.wfe)).toBe(1)
    expect(f.system.exit).toEqual({ kind: 'slice' })
  })
})

describe('injection by the hypervisor', () => {
  test.each([
    ['data', EL1, 0x10, 0x96000010n],
    ['prefetch', EL1, 0x10, 0x86000010n],
    ['data', EL0, 0x10, 0x92000010n],
    ['prefetch', EL0, 0x10, 0x82000010n],
    ['data', EL1, 0, 0x96000000n],
    ['prefetch', EL1, 0, 0x86000000n],
  ] as const)('behavior: %s abort in mode %i with FSC %i', (kind, mode, fsc, esr) => {
    const f = at(mode)
    f.system.injectAbort(kind, 0x1_0000_0123n, fsc)
    expect(f.reg('ESR_EL1')).toBe(esr)
    expect(f.reg('FAR_EL1')).toBe(0x1_0000_0123n)
    expect(f.reg('ELR_EL1')).toBe(PC)
    expect(f.state.pc).toBe(VBAR + (mode === EL1 ? 0x200n : 0x400n))
  })

  test('behavior: UNDEFINED', () => {
    const f = at(EL1)
    f.system.injectUndefined()
    expect(f.reg('ESR_EL1')).toBe(0x02000000n)
  })
})

describe('software step', () => {
  test('behavior: a due step is taken before the next instruction', () => {
    const f = at(EL1)
    f.msr('MDSCR_EL1', 1n)
    f.msr('OSLAR_EL1', 0n)
    f.setReg('ELR_EL1', 0x8000n)
    f.setReg('SPSR_EL1', 1n << 21n)
    f.system.eret()
    expect(f.state.get32(LAYOUT.ss)).toBe(1)
    expect(f.system.takePendingInterrupt()).toBe(false)
    f.state.pc = 0x8004n
    f.state.set32(LAYOUT.ss, 0)
    expect(f.system.takePendingInterrupt()).toBe(true)
    expect(f.reg('ESR_EL1')).toBe(0xca000022n)
    expect(f.reg('ELR_EL1')).toBe(0x8004n)
  })
})
