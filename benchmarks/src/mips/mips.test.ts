/** The loops of the MIPS benchmark run to their end and execute as many instructions as they say. */

import { Cpu, cpuModels, decodeWord, disassemble, LinearMemory } from '@armvisor/cpu'
import { describe, expect, test } from 'vitest'
import { loops, programOf } from './loops.ts'
import { ours } from './machines.ts'

const BASE = 0x80_0000

describe.each(loops)('loop $name', (loop) => {
  test('default: runs to its end', () => {
    expect(ours()(programOf(loop, 1000))).toBeGreaterThan(0)
  })

  test('default: one iteration has the instructions it says', () => {
    expect(executed(programOf(loop, 51)) - executed(programOf(loop, 1))).toBe(50 * loop.instructions)
  })
})

/** Instructions of a program, counted one by one: each is followed by a trap. */
function executed(program: Uint8Array): number {
  const memory = new LinearMemory(32 << 20)
  const host = { readCounter: () => 0, accessSysReg: () => undefined }
  const cpu = new Cpu({ memory, index: 0, model: cpuModels.armv8, host })
  memory.u8.set(program, BASE)
  cpu.state.pc = BigInt(BASE)
  let count = 0
  while (true) {
    const at = Number(cpu.state.pc)
    const word = memory.u32[at >>> 2] as number
    if (decodeWord(word)?.name === 'HVC') return count
    count++
    // The instructions that may be next become HVC, which the CPU comes back from.
    const targets = [at + 4, ...branchTargets(word, cpu, at)]
    const saved = targets.map((target) => memory.u32[target >>> 2] as number)
    for (const target of targets) if (target !== at) memory.u32[target >>> 2] = 0xd4000002
    cpu.invalidateCode(BASE, program.length)
    const { kind } = cpu.run(1000)
    expect(kind).toBe('hvc')
    cpu.state.pc -= 4n
    targets.forEach((target, i) => {
      memory.u32[target >>> 2] = saved[i] as number
    })
    cpu.invalidateCode(BASE, program.length)
  }
}

/** Where a branch may go. */
function branchTargets(word: number, cpu: Cpu, at: number): number[] {
  const name = decodeWord(word)?.name ?? ''
  if (name === 'RET') return [Number(cpu.state.readX(30))]
  if (!/^(B|BL|B_cond|CBN?Z|TBN?Z)(_|$)/.test(name)) return []
  const target = /#(0x[0-9a-f]+|\d+)$/.exec(disassemble(word, { pc: BigInt(at) }))?.[1]
  return target ? [Number(target)] : []
}
