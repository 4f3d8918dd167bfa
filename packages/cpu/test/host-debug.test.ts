/** The hypervisor debugs: steps, breakpoints, watchpoints and BRK are exits, in interpreted and in translated code. [ARM] D2 */

import { describe, expect, test } from 'vitest'
import { assemble, Cpu, type CpuExit, type CpuOptions, cpuModels, type HostDebug, LinearMemory } from '../src/index.ts'
import { rowNamed } from '../src/sysreg/table.ts'

const CODE = 0x620000
const VECTORS = 0x600800
const DATA = 0x640000n

type Way = Pick<CpuOptions, 'jit' | 'countsInstructions'>
const atOnce = { threshold: 1, batch: 1 }
const ways: readonly [string, Way][] = [
  ['interpreted', {}],
  ['translated at once', { jit: atOnce }],
  ['translated at once, counting instructions', { jit: atOnce, countsInstructions: true }],
]

interface Machine {
  readonly cpu: Cpu
  readonly at: (label: string) => bigint
  /** Runs to the next exit that is no slice. */
  readonly next: () => CpuExit
}

/** A flat machine at EL1h; every vector counts in X20 and returns behind the instruction, but for those of calls, which return to it. */
function machine(way: Way, program: string): Machine {
  const memory = new LinearMemory(16 << 20)
  const host = { readCounter: () => 0, accessSysReg: () => undefined }
  const cpu = new Cpu({ memory, index: 0, model: cpuModels.armv8, host, ...way })
  const vector = `
    add x20, x20, #1
    mrs x21, esr_el1
    lsr x22, x21, #26
    cmp x22, #0x15
    b.eq out
    mrs x22, elr_el1
    add x22, x22, #4
    msr elr_el1, x22
  out: eret`
  for (let offset = 0; offset < 0x800; offset += 0x80)
    memory.u8.set(assemble(vector, { base: BigInt(VECTORS + offset) }).bytes, VECTORS + offset)
  const { bytes, labels } = assemble(program, { base: BigInt(CODE) })
  memory.u8.set(bytes, CODE)
  cpu.setReg(rowNamed('VBAR_EL1').encoding, BigInt(VECTORS))
  cpu.setReg(rowNamed('CPACR_EL1').encoding, 3n << 20n)
  cpu.state.pc = BigInt(CODE)
  return {
    cpu,
    at: (label) => labels.get(label) as bigint,
    next: () => {
      for (let turn = 0; turn < 1000; turn++) {
        const exit = cpu.run(10_000)
        if (exit.kind !== 'slice') return exit
      }
      throw new Error('the program does not end')
    },
  }
}

const none = { breakpoints: [], watchpoints: [] }
/** E, both ELs, all bytes. */
const BP = 0x1e7n
function breakAt(...addresses: bigint[]): HostDebug {
  return { step: false, registers: { ...none, breakpoints: addresses.map((value) => ({ control: BP, value })) } }
}
const LSC = { load: 1n << 3n, store: 2n << 3n, both: 3n << 3n }
function watch(value: bigint, control: bigint): HostDebug {
  return { step: false, registers: { ...none, watchpoints: [{ control: control | 7n, value }] } }
}
const bas = (bytes: bigint): bigint => bytes << 5n

/** Calls, faults, atomics, system registers and a store into the code ahead. */
const everything = `
    mov x9, #3
    mov x1, #${DATA}
  loop: ldr x2, [x1]
    add x2, x2, #1
    swpal x2, x3, [x1]
    cbz x2, loop
    svc #7
    mov x4, #-4096
    ldr x5, [x4]
    mrs x6, currentel
    msr daifset, #2
    bl leaf
    adr x7, patched
    ldr w8, [x7, #8]
    str w8, [x7]
    dc cvau, x7
    dsb ish
    ic ivau, x7
    dsb ish
    isb
  patched: add x10, x10, #1
    b over
    add x10, x10, #16
  over: fmov d0, x2
    fadd d0, d0, d0
    subs x9, x9, #1
    b.ne loop
    hvc #1
  leaf: adr x11, far
    br x11
  far: ret`

describe.each(ways)('%s', (_, way) => {
  test('behavior: steps go through the same instructions as runs of one, and end alike', () => {
    const reference = machine({ countsInstructions: true }, everything)
    const m = machine(way, everything)
    m.cpu.setDebug({ step: true })
    let steps = 0
    for (; ; steps++) {
      const expected = reference.cpu.run(1)
      const exit = m.next()
      if (expected.kind === 'hvc') {
        expect(exit).toEqual(expected)
        break
      }
      expect(exit.kind).toBe('debug')
      expect(m.cpu.state.pc.toString(16)).toBe(reference.cpu.state.pc.toString(16))
    }
    expect(steps).toBeGreaterThan(100)
    for (let n = 0; n < 31; n++)
      if (n < 21 || n > 22) expect([n, m.cpu.state.readX(n)]).toEqual([n, reference.cpu.state.readX(n)])
    expect(m.cpu.state.readX(10)).toBe(48n)
    // The call itself was a step, which is told of before anything else happens.
    expect(m.next()).toEqual({ kind: 'debug', esr: 0xca000022, far: 0n })
  })

  test('behavior: the syndrome tells of exclusive loads, and PSTATE of no step', () => {
    const m = machine(way, `mov x1, #${DATA}\nldaxr w0, [x1]\nldr w0, [x1]\nsvc #0\nhvc #1`)
    m.cpu.setDebug({ step: true })
    const esrs = Array.from({ length: 4 }, () => (m.next() as { esr: number }).esr.toString(16))
    expect(esrs).toEqual(['cb000022', 'cb000062', 'cb000022', 'ca000022'])
    expect(m.cpu.state.pc).toBe(BigInt(VECTORS + 0x200))
    expect(m.cpu.readPstate() & (1 << 21)).toBe(0)
  })

  test('behavior: a fault is a step to the vector, with the state of before the instruction', () => {
    const m = machine(way, 'mov x4, #-4096\nldr x5, [x4]\nhvc #1')
    m.cpu.setDebug({ step: true })
    m.next()
    m.next()
    expect(m.cpu.state.pc).toBe(BigInt(VECTORS + 0x200))
    // SPSR_EL1.SS: the instruction is to be stepped again.
    expect((m.cpu.getReg(rowNamed('SPSR_EL1').encoding) as bigint) >> 21n).toBe(1n)
  })

  test('behavior: an interrupt takes the place of a step', () => {
    const m = machine(way, 'msr daifclr, #2\nnop\nnop\nhvc #1')
    m.cpu.setDebug({ step: true })
    m.next()
    m.cpu.setInterruptLine('irq', true)
    m.next()
    expect(m.cpu.state.pc).toBe(BigInt(VECTORS + 0x280))
    m.cpu.setInterruptLine('irq', false)
    m.next()
    expect([m.cpu.state.pc, m.cpu.state.readX(20)]).toEqual([BigInt(VECTORS + 0x284), 1n])
  })

  test('behavior: WFI and HVC count as steps, SMC when it was skipped', () => {
    const m = machine(way, 'wfi\nhvc #3\nsmc #4\nnop')
    m.cpu.setDebug({ step: true })
    expect([m.next().kind, m.next().kind, m.cpu.state.pc]).toEqual(['wfi', 'debug', BigInt(CODE + 4)])
    expect([m.next().kind, m.next().kind, m.cpu.state.pc]).toEqual(['hvc', 'debug', BigInt(CODE + 8)])
    expect([m.next().kind, m.next().kind, m.cpu.state.pc]).toEqual(['smc', 'smc', BigInt(CODE + 8)])
  })

  test('behavior: BRK is an exit at the BRK while debugging, and the guest’s otherwise', () => {
    const m = machine(way, 'nop\nbrk #0x1234\nhvc #1')
    m.cpu.setDebug({ step: false })
    for (let i = 0; i < 2; i++) {
      expect(m.next()).toEqual({ kind: 'debug', esr: 0xf2001234, far: 0n })
      expect(m.cpu.state.pc).toBe(BigInt(CODE + 4))
    }
    m.cpu.setDebug(undefined)
    expect(m.next()).toEqual({ kind: 'hvc', imm: 1 })
    expect([m.cpu.state.readX(20), m.cpu.state.readX(21)]).toEqual([1n, 0xf2001234n])
  })

  const counting = `
    mov x9, #3000
    mov x1, #${DATA}
  loop: add x0, x0, #1
    str x0, [x1, #8]
  middle: ldr x2, [x1, #8]
    subs x9, x9, #1
    b.ne loop
    hvc #1`

  test('behavior: a breakpoint stops hot code before the instruction, each time', () => {
    const m = machine(way, counting)
    m.cpu.run(1500)
    const before = m.cpu.state.readX(0)
    expect(before).toBeGreaterThan(100n)
    m.cpu.setDebug(breakAt(m.at('middle')))
    expect(m.next()).toEqual({ kind: 'debug', esr: 0xc2000022, far: 0n })
    const first = m.cpu.state.readX(0)
    expect(m.cpu.state.pc).toBe(m.at('middle'))
    // It is hit again until it is stepped over.
    expect(m.next().kind).toBe('debug')
    expect(m.cpu.state.readX(0)).toBe(first)
    m.cpu.setDebug({ step: true })
    m.next()
    m.cpu.setDebug(breakAt(0x1000n, m.at('middle')))
    m.next()
    expect([m.cpu.state.readX(0), m.cpu.state.pc]).toEqual([first + 1n, m.at('middle')])
    m.cpu.setDebug(undefined)
    expect(m.next()).toEqual({ kind: 'hvc', imm: 1 })
    expect(m.cpu.state.readX(0)).toBe(3000n)
  })

  test('behavior: a breakpoint elsewhere in the page changes nothing', () => {
    const m = machine(way, counting)
    m.cpu.setDebug(breakAt(m.at('loop') + 0x800n, (1n << 40n) | m.at('loop')))
    expect(m.next()).toEqual({ kind: 'hvc', imm: 1 })
    expect(m.cpu.state.readX(0)).toBe(3000n)
  })

  test.each([
    ['disabled', BP & ~1n],
    ['of EL0', 0x1e5n],
    ['of Secure state', BP | (2n << 14n)],
    ['of AArch32', BP | (4n << 20n)],
    ['linked to none', BP | (1n << 20n) | (3n << 16n)],
  ])('behavior: a breakpoint %s is never hit', (_name, control) => {
    const m = machine(way, 'nop\nhvc #1')
    m.cpu.setDebug({ step: false, registers: { ...none, breakpoints: [{ control, value: BigInt(CODE) }] } })
    expect(m.next()).toEqual({ kind: 'hvc', imm: 1 })
  })

  test('behavior: breakpoints of a context, alone and linked', () => {
    const m = machine(way, 'nop\nnop\nhvc #1')
    m.cpu.setReg(rowNamed('CONTEXTIDR_EL1').encoding, 77n)
    const context = (type: bigint, value: bigint) => ({ control: BP | (type << 20n), value })
    const linked = { control: BP | (1n << 20n) | (1n << 16n), value: BigInt(CODE + 4) }
    m.cpu.setDebug({ step: false, registers: { ...none, breakpoints: [linked, context(3n, 77n)] } })
    expect([m.next().kind, m.cpu.state.pc]).toEqual(['debug', BigInt(CODE + 4)])
    m.cpu.setDebug({ step: false, registers: { ...none, breakpoints: [context(2n, 77n)] } })
    expect([m.next().kind, m.cpu.state.pc]).toEqual(['debug', BigInt(CODE + 4)])
    m.cpu.setDebug({ step: false, registers: { ...none, breakpoints: [linked, context(3n, 78n), context(2n, 78n)] } })
    expect(m.next().kind).toBe('hvc')
  })

  test('behavior: a watchpoint stops hot code before the access, and stays clear of what is beside it', () => {
    const m = machine(way, counting)
    m.cpu.run(1500)
    m.cpu.setDebug(watch(DATA + 8n, LSC.store | bas(0xffn)))
    expect(m.next()).toEqual({ kind: 'debug', esr: 0xd2000062, far: DATA + 8n })
    const stored = m.cpu.state.readX(0)
    expect(m.cpu.state.memory.u64[Number(DATA + 8n) >> 3]).toBe(stored - 1n)
    m.cpu.setDebug(watch(DATA + 8n, LSC.load | bas(0xffn)))
    expect(m.next()).toEqual({ kind: 'debug', esr: 0xd2000022, far: DATA + 8n })
    expect(m.cpu.state.pc).toBe(m.at('middle'))
    m.cpu.setDebug(watch(DATA, LSC.both | bas(0xffn)))
    expect(m.next()).toEqual({ kind: 'hvc', imm: 1 })
    expect(m.cpu.state.readX(0)).toBe(3000n)
  })

  test.each([
    ['ldrb w0, [x1]', DATA, LSC.load | bas(1n), DATA],
    ['ldrb w0, [x1]', DATA, LSC.load | bas(2n), undefined],
    ['ldr x0, [x1]', DATA, LSC.load | bas(8n), DATA + 3n],
    ['ldr x0, [x1]', DATA + 4n, LSC.load | bas(8n), DATA + 7n],
    ['ldr w0, [x1]', DATA + 4n, LSC.load | bas(0xfn), undefined],
    ['ldr x0, [x1]', DATA, LSC.store | bas(0xffn), undefined],
    ['str x0, [x1]', DATA, LSC.load | bas(0xffn), undefined],
    ['ldp x2, x3, [x1]', DATA + 8n, LSC.load | bas(0xffn), DATA + 8n],
    ['st1 {v0.16b, v1.16b}, [x1]', DATA + 24n, LSC.store | bas(0xffn), DATA + 24n],
    ['ldur x0, [x1, #-4]', DATA - 8n, LSC.load | bas(0xffn), DATA - 4n],
    ['ldur x0, [x1, #-4]', DATA, LSC.load | bas(0xffn), DATA],
    ['strb w0, [x1, #0x7f]', DATA, LSC.store | bas(0xffn) | (7n << 24n), DATA + 0x7fn],
    ['strb w0, [x1, #0x80]', DATA, LSC.store | bas(0xffn) | (7n << 24n), undefined],
    ['strb w0, [x1, #0x80]', DATA & ~0x7fff_ffffn, LSC.store | bas(0xffn) | (31n << 24n), DATA + 0x80n],
    ['ldadd x0, x2, [x1]', DATA, LSC.store | bas(0xffn), DATA],
    ['ldadd x0, x2, [x1]', DATA, LSC.load | bas(0xffn), DATA],
  ])('behavior: %s with a watchpoint at 0x%s, control %s', (insn, value, control, far) => {
    const m = machine(way, `mov x1, #${DATA}\n${insn}\nhvc #1`)
    m.cpu.setDebug(watch(value, control))
    const isWrite = (insn.startsWith('st') || insn.startsWith('ldadd')) && !(control & LSC.load)
    const hit = { kind: 'debug', esr: isWrite ? 0xd2000062 : 0xd2000022, far }
    expect(m.next()).toEqual(far === undefined ? { kind: 'hvc', imm: 1 } : hit)
    if (far !== undefined) expect(m.cpu.state.pc).toBe(BigInt(CODE + 4))
  })

  test('behavior: DC ZVA is a store to its whole block', () => {
    const m = machine(way, `mov x1, #${DATA}\nadd x1, x1, #8\ndc zva, x1\nhvc #1`)
    m.cpu.setDebug(watch(DATA + 32n, LSC.store | bas(0xffn)))
    expect(m.next()).toEqual({ kind: 'debug', esr: 0xd2000062, far: DATA + 32n })
  })

  test('behavior: registers of the hypervisor hide the guest’s, and without them the guest’s are exits', () => {
    const m = machine(way, 'nop\nnop\nnop\nhvc #1')
    const set = (name: string, value: bigint) => m.cpu.setReg(rowNamed(name).encoding, value)
    set('MDSCR_EL1', 1n << 15n)
    set('DBGBVR1_EL1', BigInt(CODE + 4))
    set('DBGBCR1_EL1', BP)
    m.cpu.setDebug({ step: false })
    expect([m.next().kind, m.cpu.state.pc]).toEqual(['debug', BigInt(CODE + 4)])
    m.cpu.setDebug(breakAt(BigInt(CODE + 8)))
    expect([m.next().kind, m.cpu.state.pc]).toEqual(['debug', BigInt(CODE + 8)])
    m.cpu.setDebug(breakAt())
    expect(m.next().kind).toBe('hvc')
  })
})
