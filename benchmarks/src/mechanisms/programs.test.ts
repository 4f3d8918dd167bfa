/** The programs of the benchmark run to their end, do as much as they say, and end alike interpreted and translated. */

import { Cpu, cpuModels, decodeWord, disassemble, type JitOptions, LinearMemory } from '@armvisor/cpu'
import { describe, expect, test } from 'vitest'
import { imageOf, withPlan } from './image.ts'
import { finish, load, programBase } from './machines.ts'
import { mechanisms } from './programs.ts'

/** Translates at once, one entry at a time. */
const eager: JitOptions = { threshold: 2, batch: 1 }

describe.each(mechanisms)('program $name', (mechanism) => {
  const image = imageOf(mechanism)
  const iterations = mechanism.name === 'cold' ? 8 : 1200

  test('behavior: ends in the same state interpreted and translated', () => {
    const interpreted = load(image, iterations).cpu
    const translated = load(image, iterations, eager).cpu
    finish(interpreted)
    finish(translated)
    expect(registersOf(translated)).toEqual(registersOf(interpreted))
    expect(translated.statistics.jit?.regions).toBeGreaterThan(0)
  })

  if (mechanism.isUser) {
    test('default: one iteration is one round trip', () => {
      const { cpu } = load(image, iterations)
      finish(cpu)
      // What the handler counted.
      expect(cpu.state.readX(20)).toBe(BigInt(iterations))
    })
  } else {
    test('default: one iteration has the instructions it says', () => {
      expect(executedByIteration(withPlan(image, { iterations: 2 }))).toBe(mechanism.work)
    })
  }
})

function registersOf({ state }: Cpu): unknown {
  const each = <T>(read: (n: number) => T) => Array.from({ length: 32 }, (_, n) => read(n))
  return {
    x: each((n) => state.readX(n)),
    v: each((n) => state.readV(n)),
    sp: state.sp,
    pc: state.pc,
    nzcv: state.nzcv,
  }
}

/** Instructions of the last iteration, counted one by one: each is followed by a trap. */
function executedByIteration(program: Uint8Array): number {
  const memory = new LinearMemory(32 << 20)
  const host = { readCounter: () => 0, accessSysReg: () => undefined }
  const cpu = new Cpu({ memory, index: 0, model: cpuModels.armv8, host })
  memory.u8.set(program, programBase)
  cpu.state.pc = BigInt(programBase)
  let count = 0
  /** What was counted when X28 changed: set at the start, and as each iteration ends. */
  const marks: number[] = []
  let left = 0n
  while (true) {
    const at = Number(cpu.state.pc)
    const word = memory.u32[at >>> 2] as number
    if (decodeWord(word)?.name === 'HVC') return (marks.at(-1) as number) - (marks.at(-2) as number)
    count++
    // The instructions that may be next become HVC, which the CPU comes back from.
    const targets = [at + 4, ...branchTargets(word, cpu, at)].filter((target) => target !== at)
    const saved = targets.map((target) => memory.u32[target >>> 2] as number)
    for (const target of targets) write(target, 0xd4000002)
    expect(cpu.run(1000).kind).toBe('hvc')
    cpu.state.pc -= 4n
    if (cpu.state.readX(28) !== left) marks.push(count)
    left = cpu.state.readX(28)
    targets.forEach((target, i) => {
      write(target, saved[i] as number)
    })
  }

  function write(address: number, word: number): void {
    memory.u32[address >>> 2] = word
    cpu.invalidateCode(address, 4)
  }
}

/** Where a branch may go. */
function branchTargets(word: number, cpu: Cpu, at: number): number[] {
  const name = decodeWord(word)?.name ?? ''
  if (/^(RET|BR|BLR)$/.test(name)) return [Number(cpu.state.readX((word >> 5) & 31))]
  if (!/^(B|BL|B_cond|CBN?Z|TBN?Z)(_|$)/.test(name)) return []
  const target = /#(0x[0-9a-f]+|\d+)$/.exec(disassemble(word, { pc: BigInt(at) }))?.[1]
  return target ? [Number(target)] : []
}
