/** More pages of code than there is room for: which stay, and that what was dropped is decoded again. */

import { describe, expect, it } from 'vitest'
import { assemble } from '../src/asm/assemble.ts'
import { Cpu } from '../src/cpu.ts'
import { LinearMemory } from '../src/memory.ts'
import { cpuModels } from '../src/sysreg/model.ts'

const MIB = 1 << 20
const CODE = 0x180_0000
const PAGE = 4096
/** 1 MiB holds the records of two dozen pages. */
const PAGES = 60

/** A hot loop, then a walk through many pages, each of which adds one to x3, and all over again. */
class Walker {
  readonly memory = new LinearMemory(64 * MIB)
  readonly cpu: Cpu

  constructor(countsInstructions: boolean) {
    const host = { readCounter: () => 0, accessSysReg: () => undefined }
    const parts = { memory: this.memory, index: 0, model: cpuModels.armv8, host, codeBytes: MIB }
    this.cpu = new Cpu({ ...parts, countsInstructions, jit: { threshold: 50, batch: 1 } })
    const put = (at: number, text: string): void => this.memory.u8.set(assemble(text, { base: BigInt(at) }).bytes, at)
    put(CODE, `movz x1, #100\nsubs x1, x1, #1\nadd x2, x2, #1\nb.ne #${CODE + 4}\nb #${CODE + PAGE}`)
    for (let n = 1; n <= PAGES; n++)
      put(CODE + n * PAGE, `add x3, x3, #1\nb #${n === PAGES ? CODE : CODE + (n + 1) * PAGE}`)
    this.cpu.state.pc = BigInt(CODE)
  }

  /** Goes on until x3 has reached a number. */
  walkTo(pages: number): void {
    while (this.cpu.state.readX(3) < BigInt(pages)) this.cpu.run(20)
  }
}

describe('room for decoded code', () => {
  it('default: what was translated stays, and what ran once makes room', () => {
    const walker = new Walker(false)
    walker.walkTo(3 * PAGES)
    const { codeEvictions, jit } = walker.cpu.statistics
    expect(codeEvictions).toBeGreaterThan(2)
    expect(jit).toMatchObject({ regions: 1, liveRegions: 1 })
  })

  it('behavior: where instructions are counted, nothing depends on what was translated', () => {
    const walker = new Walker(true)
    walker.walkTo(3 * PAGES)
    const { codeEvictions, jit } = walker.cpu.statistics
    expect(codeEvictions).toBeGreaterThan(2)
    expect(jit?.regions).toBeGreaterThan(1)
  })

  it('behavior: dropped pages are decoded again, also when they were written meanwhile', () => {
    const walker = new Walker(false)
    walker.walkTo(PAGES)
    const before = walker.cpu.state.readX(3)
    // Of each page the first instruction: add x3, x3, #2.
    for (let n = 1; n <= PAGES; n++) {
      walker.memory.view.setUint32(CODE + n * PAGE, 0x91000863, true)
      walker.cpu.invalidateCode(CODE + n * PAGE, 4)
    }
    const loops = walker.cpu.state.readX(2)
    while (walker.cpu.state.readX(2) < loops + 300n) walker.cpu.run(20)
    expect(Number(walker.cpu.state.readX(3) - before)).toBeGreaterThan(3 * PAGES)
  })
})
