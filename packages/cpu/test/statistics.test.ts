/** `Cpu.statistics`: what can be counted by hand of small programs. */

import { describe, expect, test } from 'vitest'
import { assemble, Cpu, cpuModels, type JitOptions, LinearMemory } from '../src/index.ts'
import { AF, AP, AT, EL0, EL1, fixture, NG, PAGE, put, stage1, tcr } from './system-fixture.ts'

const CODE = 0x400000
const DATA = 0x420000

function run(text: string, jit?: JitOptions): Cpu {
  const memory = new LinearMemory(16 << 20)
  const host = { readCounter: () => 0, accessSysReg: () => undefined }
  const cpu = new Cpu({ memory, index: 0, model: cpuModels.armv8, host, ...(jit && { jit }) })
  memory.u8.set(assemble(text, { base: BigInt(CODE) }).bytes, CODE)
  cpu.state.pc = BigInt(CODE)
  while (cpu.run(1000).kind !== 'hvc');
  return cpu
}

/** Touches two pages `times` times each. */
const loads = (times: number): string => `
  movz x1, #${DATA >>> 16}, lsl #16
  add  x2, x1, #1, lsl #12
  mov  x0, #${times}
loop:
  ldr  x3, [x1]
  ldr  x3, [x2]
  subs x0, x0, #1
  b.ne loop
  wfi
  hvc  #0
  b    loop
`

describe('Cpu.statistics', () => {
  test.each([10, 5000])('default: %i rounds of a loop miss the TLB once a page', (times) => {
    const { statistics } = run(loads(times))
    expect(statistics.tlb).toMatchObject({ dataMisses: 2, dataFills: 4, execMisses: 1, execFills: 1 })
    expect(statistics.exits).toMatchObject({ wfi: 1, hvc: 1, abort: 0, smc: 0 })
    expect(statistics.exits.slice > 0).toBe(times > 1000)
    // All of the program, in one run that its last branch ends; no word is twice in it.
    expect(statistics).toMatchObject({ decoded: 10, copied: 0, codeEvictions: 0 })
    expect(statistics.recordBytes).toBeGreaterThan(10 * 32)
    expect(statistics.recordBytes).toBeLessThan(statistics.recordPoolBytes)
    expect(statistics.jit).toBeUndefined()
  })

  test('behavior: words that were decoded before are copied', () => {
    const { statistics } = run(
      `${'add x0, x0, #1\n'.repeat(8)} b next\n .skip 256\nnext: ${'add x0, x0, #1\n'.repeat(8)} hvc #0`,
    )
    // Within one run the first word is the only one known when the next is met behind a jump.
    expect(statistics.copied).toBeGreaterThanOrEqual(8)
    expect(statistics.decoded - statistics.copied).toBeGreaterThanOrEqual(3)
  })

  test('behavior: the clock of JitOptions times translation', () => {
    let now = 0
    const { jit } = run(loads(5000), { threshold: 10, batch: 1, nowMs: () => now++ }).statistics
    expect(jit?.regions).toBeGreaterThan(0)
    expect(jit?.translateMs).toBeGreaterThan(0)
    expect(jit?.compileMs).toBeGreaterThan(0)
    expect(run(loads(5000), { threshold: 10, batch: 1 }).statistics.jit?.translateMs).toBe(0)
  })

  test('behavior: a context of EL0 that is found again is not emptied', () => {
    const f = fixture()
    put(f, AT.tables, 0, BigInt(AT.page) | PAGE | AF | AP(1) | NG)
    stage1(f, tcr(4, 34))
    const enter = (asid: bigint): void => {
      f.mode(EL1)
      f.msr('TTBR0_EL1', BigInt(AT.tables) | (asid << 48n))
      f.mode(EL0)
    }
    enter(1n)
    enter(2n)
    const before = f.system.tlbStatistics
    enter(1n)
    enter(2n)
    enter(3n)
    const after = f.system.tlbStatistics
    expect(after.contextSwitches - before.contextSwitches).toBe(3)
    expect(after.contextsEmptied - before.contextsEmptied).toBe(1)
  })
})
