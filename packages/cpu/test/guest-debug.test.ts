/** A guest debugs its own EL0, and itself: software step, breakpoints and watchpoints through EL1's vectors. [ARM] D2 */

import { describe, expect, test } from 'vitest'
import { assemble, Cpu, type CpuOptions, cpuModels, LinearMemory } from '../src/index.ts'
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

interface Taken {
  readonly ec: number
  readonly esr: bigint
  readonly elr: bigint
  readonly far: bigint
}

/**
 * Runs a program at EL0 behind a kernel that turns a debugger on: MDSCR_EL1 and what else `setUp` writes. Each exception is an exit, HVC #2;
 * `answer` may change registers, and the kernel returns.
 */
function debugged(
  way: Way,
  program: string,
  options: { readonly mdscr: bigint; readonly spsr?: bigint; readonly registers?: Record<string, bigint> },
  answer: (taken: Taken, reg: { get(name: string): bigint; set(name: string, value: bigint): void }) => boolean,
): Cpu {
  const memory = new LinearMemory(16 << 20)
  const host = { readCounter: () => 0, accessSysReg: () => undefined }
  const cpu = new Cpu({ memory, index: 0, model: cpuModels.armv8, host, ...way })
  const put = (base: number, text: string): void => {
    memory.u8.set(assemble(text, { base: BigInt(base) }).bytes, base)
  }
  for (let offset = 0; offset < 0x800; offset += 0x80) put(VECTORS + offset, 'hvc #2\neret')
  put(CODE, program)
  // The kernel writes MDSCR_EL1 itself, in code that has become hot.
  put(0x610000, 'mov x9, #40\nagain: subs x9, x9, #1\nb.ne again\nmsr oslar_el1, xzr\nmsr mdscr_el1, x10\nisb\neret')
  const reg = {
    get: (name: string): bigint => cpu.getReg(rowNamed(name).encoding) as bigint,
    set: (name: string, value: bigint): void => cpu.setReg(rowNamed(name).encoding, value),
  }
  reg.set('VBAR_EL1', BigInt(VECTORS))
  reg.set('ELR_EL1', BigInt(CODE))
  reg.set('SPSR_EL1', options.spsr ?? 0n)
  for (const [name, value] of Object.entries(options.registers ?? {})) reg.set(name, value)
  cpu.state.writeX(2, DATA)
  cpu.state.writeX(10, options.mdscr)
  cpu.state.pc = 0x610000n
  for (let turn = 0; turn < 10_000; turn++) {
    const exit = cpu.run(1000)
    if (exit.kind === 'slice') continue
    if (exit.kind !== 'hvc') throw new Error(`unexpected exit ${exit.kind}`)
    const esr = reg.get('ESR_EL1')
    if (!answer({ ec: Number(esr >> 26n), esr, elr: reg.get('ELR_EL1'), far: reg.get('FAR_EL1') }, reg)) return cpu
  }
  throw new Error('the program does not end')
}

const SVC = 0x15
const SS = 1n << 21n
const MDE = 1n << 15n
const KDE = 1n << 13n

describe.each(ways)('%s', (_, way) => {
  test('behavior: a kernel steps a program: one exception an instruction, none lost or doubled at calls and faults', () => {
    const seen: string[] = []
    const program = `
      mov x0, #2
    loop: subs x0, x0, #1
      b.ne loop
      svc #1
      ldr x1, [x2]
      ldxr x3, [x2]
      svc #9`
    const registers = { ELR_EL1: BigInt(CODE), SP_EL0: DATA }
    debugged(way, program, { mdscr: 1n, spsr: SS, registers }, ({ ec, elr, esr }, reg) => {
      seen.push(`${ec.toString(16)} ${(elr - BigInt(CODE)).toString(16)} ${(reg.get('SPSR_EL1') & SS) === 0n ? 0 : 1}`)
      if (ec === SVC && (esr & 0xffffn) === 9n) return false
      // A system call has been stepped when it returns; what follows is stepped again once the debugger says so.
      if (ec === 0x32) reg.set('SPSR_EL1', reg.get('SPSR_EL1') | SS)
      return true
    })
    expect(seen).toEqual([
      '32 4 0',
      '32 8 0',
      '32 4 0',
      '32 8 0',
      '32 c 0',
      '15 10 0',
      '32 10 0',
      '32 14 0',
      '32 18 0',
      '15 1c 0',
    ])
  })

  test('behavior: an instruction that faults is stepped when it is repeated', () => {
    const seen: string[] = []
    debugged(way, 'mov x1, #-4096\nldr x2, [x1]\nsvc #9', { mdscr: 1n, spsr: SS }, ({ ec, elr }, reg) => {
      seen.push(`${ec.toString(16)} ${(elr - BigInt(CODE)).toString(16)} ${(reg.get('SPSR_EL1') & SS) === 0n ? 0 : 1}`)
      if (ec === SVC) return false
      if (ec === 0x32) reg.set('SPSR_EL1', reg.get('SPSR_EL1') | SS)
      // Whatever it was, the second time it is there.
      return seen.length < 4
    })
    expect(seen).toEqual(['32 4 0', '24 4 1', '24 4 1', '24 4 1'])
  })

  const counting = `
      mov x0, #0
      mov x1, #${DATA}
    loop: add x0, x0, #1
      str x0, [x1, #16]
      cmp x0, #400
      b.ne loop
      svc #9`

  test('behavior: a breakpoint in a program, until the kernel disables it', () => {
    let hits = 0
    const registers = { DBGBVR5_EL1: BigInt(CODE + 12), DBGBCR5_EL1: 0x1e5n }
    const cpu = debugged(way, counting, { mdscr: MDE, registers }, ({ ec, esr, elr }, reg) => {
      if (ec === SVC) return false
      expect([esr, elr]).toEqual([0xc2000022n, BigInt(CODE + 12)])
      if (++hits === 3) reg.set('DBGBCR5_EL1', 0n)
      return true
    })
    expect([hits, cpu.state.readX(0)]).toEqual([3, 400n])
  })

  test('behavior: a watchpoint in a program reports the address', () => {
    let hits = 0
    const registers = { DBGWVR3_EL1: DATA + 16n, DBGWCR3_EL1: (0xffn << 5n) | (2n << 3n) | 5n }
    const cpu = debugged(way, counting, { mdscr: MDE, registers }, ({ ec, esr, elr, far }, reg) => {
      if (ec === SVC) return false
      expect([esr, elr, far]).toEqual([0xd2000062n, BigInt(CODE + 12), DATA + 16n])
      if (++hits === 2) reg.set('MDSCR_EL1', 0n)
      return true
    })
    expect([hits, cpu.state.readX(0)]).toEqual([2, 400n])
  })

  test.each([
    ['without MDE', 0n, 0x1e5n],
    ['for EL1 alone', MDE, 0x1e3n],
  ])('behavior: no breakpoint %s', (_name, mdscr, control) => {
    const registers = { DBGBVR0_EL1: BigInt(CODE + 4), DBGBCR0_EL1: control }
    const ecs: number[] = []
    debugged(way, counting, { mdscr, registers }, ({ ec }) => ecs.push(ec) < 1)
    expect(ecs).toEqual([SVC])
  })

  test('behavior: the OS lock ends it', () => {
    const registers = { DBGBVR0_EL1: BigInt(CODE + 4), DBGBCR0_EL1: 0x1e5n }
    const ecs: number[] = []
    debugged(way, counting, { mdscr: MDE, registers }, ({ ec }, reg) => {
      reg.set('OSLAR_EL1', 1n)
      return ecs.push(ec) < 2
    })
    expect(ecs).toEqual([0x30, SVC])
  })

  test.each([
    ['with KDE', MDE | KDE, 0x5n, 0x31],
    ['with KDE, but PSTATE.D', MDE | KDE, 0x205n, SVC],
    ['without KDE', MDE, 0x5n, SVC],
  ])('behavior: a kernel that debugs itself, %s', (_name, mdscr, spsr, ec) => {
    const registers = { DBGBVR0_EL1: BigInt(CODE + 8), DBGBCR0_EL1: 0x1e3n }
    const taken: Taken[] = []
    debugged(way, counting, { mdscr, spsr, registers }, (it) => {
      taken.push(it)
      return false
    })
    expect(taken.map((it) => it.ec)).toEqual([ec])
  })
})
