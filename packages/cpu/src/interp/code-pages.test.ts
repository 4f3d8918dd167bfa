import { describe, expect, test } from 'vitest'
import { assembleLine } from '../asm/assemble-line.ts'
import { Cpu } from '../cpu.ts'
import { LinearMemory } from '../memory.ts'
import { cpuModels } from '../sysreg/model.ts'

const BASE = 0x600000
const PAGES = 24

describe('records of code', () => {
  /** Page n adds n somewhere in the page and goes on to the next; the last goes on with page 0 until x9 is zero. */
  function run(jit?: { readonly threshold: number; readonly batch: number }): Cpu {
    const memory = new LinearMemory(16 << 20)
    const host = { readCounter: () => 0, accessSysReg: () => undefined }
    // The least there is: sixteen pages of records.
    const cpu = new Cpu({ memory, index: 0, model: cpuModels.armv8, host, codeBytes: 1, ...(jit && { jit }) })
    // Pages that have the same records one after another have code in the same places.
    const at = (n: number): number => BASE + n * 4096 + (n % 2) * 2048
    for (let n = 0; n < PAGES; n++) {
      const isLast = n === PAGES - 1
      const next = `#0x${at((n + 1) % PAGES).toString(16)}`
      const lines = [
        `add x0, x0, #${n}`,
        ...(isLast ? ['sub x9, x9, #1', `cbnz x9, ${next}`, 'hvc #1'] : [`b ${next}`]),
      ]
      lines.forEach((line, i) => {
        const pc = at(n) + 4 * i
        memory.u32[pc >>> 2] = assembleLine(line, BigInt(pc))
      })
    }
    cpu.state.pc = BigInt(at(0))
    cpu.state.writeX(9, 5n)
    for (let turn = 0; turn < 100 && cpu.run(1000).kind === 'slice'; turn++);
    return cpu
  }

  test.each([
    ['interpreted', undefined],
    ['translated', { threshold: 1, batch: 1 }],
  ])('behavior: what a page of records held before is not executed again, %s', (_, jit) => {
    const cpu = run(jit)
    expect(cpu.statistics.codeEvictions).toBeGreaterThan(4)
    expect(cpu.state.readX(0)).toBe(BigInt((5 * PAGES * (PAGES - 1)) / 2))
  })
})
