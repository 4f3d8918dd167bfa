/** `CpuOptions.countsInstructions`: runs stop at the instruction asked for, interpreted or translated. */

import { describe, expect, test } from 'vitest'
import { assemble, Cpu, type CpuExit, cpuModels, type JitOptions, LAYOUT, LinearMemory } from '../src/index.ts'

const CODE = 0x400f00
const VECTORS = 0x410000
const FAR_CODE = 0x404000
const DATA = 0x420000

const tiers: Readonly<Record<string, JitOptions | undefined>> = {
  interpreted: undefined,
  'translated at once': { threshold: 1, batch: 1 },
  'translated after a while': { threshold: 7, batch: 1 },
}

interface Guest {
  readonly cpu: Cpu
  readonly memory: LinearMemory
}

/** A CPU at `text`, whose counter is its own instruction count. Exceptions from EL1 come to `vector`. @param onHost called with each call */
function guest(
  jit: JitOptions | undefined,
  text: string,
  vector = 'hvc #1',
  far = 'ret',
  onHost: () => void = () => {},
): Guest {
  const memory = new LinearMemory(16 << 20)
  const cpu: Cpu = new Cpu({
    memory,
    index: 0,
    model: cpuModels.armv8,
    host: {
      readCounter: () => {
        onHost()
        return cpu.instructions
      },
      accessSysReg: () => {
        onHost()
        return 0n
      },
    },
    countsInstructions: true,
    ...(jit && { jit }),
  })
  const put = (base: number, source: string): void => {
    memory.u8.set(assemble(source, { base: BigInt(base) }).bytes, base)
  }
  put(CODE, text)
  put(FAR_CODE, far)
  for (let n = 0; n < 16; n++) put(VECTORS + n * 0x80, n === 4 ? vector : 'hvc #2')
  cpu.state.pc = BigInt(CODE)
  return { cpu, memory }
}

const setUp = `
  mov x0, #${VECTORS & 0xffff}
  movk x0, #${VECTORS >>> 16}, lsl #16
  msr vbar_el1, x0
  mov x10, #${DATA & 0xffff}
  movk x10, #${DATA >>> 16}, lsl #16`

/** Loops, calls into another page, exclusives, flags, traps, a read of the counter, code that crosses its page. */
const everything = `${setUp}
  mov x0, #3
  lsl x0, x0, #20
  msr cpacr_el1, x0
  mov x1, #9
loop:
  ldr x2, [x10]
  add x2, x2, x1
  str x2, [x10], #8
  tbz x1, #0, even
  bl #${FAR_CODE}
even:
  ldxr x3, [x10]
  add x3, x3, #1
  stxr w4, x3, [x10]
  mrs x5, cntvct_el0
  str x5, [x10, #256]
  fmov d0, x5
  fadd d1, d1, d0
  subs x1, x1, #1
  b.ne loop
  mov x6, #1
  lsl x6, x6, #52
  mov x1, #5
faults:
  ldr x7, [x6]
  svc #7
  brk #1
  add x8, x8, x1
  subs x1, x1, #1
  b.gt faults
  mov x1, #40
  nop
  nop
crossing:
  add x9, x9, x1
  eor x9, x9, x1, lsl #3
  add x11, x11, #1
  nop
  nop
  nop
  nop
  nop
  nop
  nop
  nop
  nop
  nop
  nop
  nop
  nop
  nop
  subs x1, x1, #1
  b.ne crossing
  hvc #3`

/** Steps over what raised the exception, but for SVC, which is behind itself already. */
const skip = `
  mrs x20, esr_el1
  lsr x20, x20, #26
  cmp x20, #0x15
  b.eq done
  mrs x21, elr_el1
  add x21, x21, #4
  msr elr_el1, x21
done:
  add x22, x22, #1
  eret`

const far = `
  mul x12, x1, x1
  cmp x12, #16
  csel x13, x12, x13, hi
  ret`

function stateOf({ cpu, memory }: Guest): string {
  const { state } = cpu
  const x = Array.from({ length: 32 }, (_, n) => state.get64(LAYOUT.x + n * 8).toString(16))
  const v = [0, 1].map((n) => state.readV(n).toString(16))
  const data = memory.u64.subarray(DATA / 8, DATA / 8 + 64).join()
  return [state.pc.toString(16), cpu.readPstate().toString(16), cpu.instructions, ...x, ...v, data].join(' ')
}

function runToEnd(it: Guest, budget: number): CpuExit {
  for (;;) {
    const exit = it.cpu.run(budget)
    if (exit.kind !== 'slice') return exit
  }
}

describe.each(Object.entries(tiers))('counting, %s', (_, jit) => {
  test.each([
    ['straight code', `${setUp}\n hvc #3`, 6],
    ['a loop', `mov x1, #100\n loop: add x2, x2, x1\n subs x1, x1, #1\n b.ne loop\n hvc #3`, 1 + 100 * 3 + 1],
    ['calls', `mov x1, #30\n loop: bl #${FAR_CODE}\n subs x1, x1, #1\n b.ne loop\n hvc #3`, 1 + 30 * 4 + 1],
    ['an exception and its return', `${setUp}\n svc #0\n mov x5, #1\n hvc #3`, 5 + 1 + 6 + 1 + 1],
    ['a load that faults', `${setUp}\n mov x6, #1\n lsl x6, x6, #52\n ldr x7, [x6]\n hvc #3`, 5 + 2 + 1 + 9 + 1],
  ])('behavior: %s', (_name, text, expected) => {
    const it = guest(jit, text, skip)
    expect(runToEnd(it, 1 << 20)).toEqual({ kind: 'hvc', imm: 3 })
    expect(it.cpu.instructions).toBe(expected)
    const again = guest(jit, text, skip)
    expect(runToEnd(again, 1)).toEqual({ kind: 'hvc', imm: 3 })
    expect(again.cpu.instructions).toBe(expected)
  })

  test('behavior: the counter includes the instruction that reads it', () => {
    const it = guest(jit, `nop\n nop\n mrs x1, cntvct_el0\n mrs x2, cntvct_el0\n hvc #3`)
    expect(runToEnd(it, 100)).toEqual({ kind: 'hvc', imm: 3 })
    expect([it.cpu.state.readX(1), it.cpu.state.readX(2)]).toEqual([3n, 4n])
  })

  test('behavior: a run of N stops before instruction N + 1, with the state that single steps leave', () => {
    const stepped = guest(undefined, everything, skip, far)
    const states: string[] = []
    const limit = 5000
    for (;;) {
      states.push(stateOf(stepped))
      const exit = stepped.cpu.run(1)
      if (exit.kind !== 'slice') break
      expect(stepped.cpu.instructions).toBe(states.length)
      expect(states.length).toBeLessThan(limit)
    }
    expect(stepped.cpu.state.readX(22)).toBe(15n)
    expect(states.length).toBeGreaterThan(1000)
    // From the start in one run, and then in runs of odd lengths, so that regions are entered with every rest of a budget.
    for (const size of [1, 2, 3, 5, 7, 11, 17, 23, 50, 97, 256, 700]) {
      const it = guest(jit, everything, skip, far)
      for (let n = size; n < states.length; n += size) {
        expect(it.cpu.run(size)).toEqual({ kind: 'slice' })
        expect(stateOf(it)).toBe(states[n])
      }
      if (jit && size > 5) expect(it.cpu.statistics.jit?.regions).toBeGreaterThan(2)
      expect(runToEnd(it, size)).toEqual({ kind: 'hvc', imm: 3 })
      expect(it.cpu.instructions).toBe(states.length)
    }
  })

  test('behavior: an interrupt raised at an instruction is taken before the next', () => {
    const text = `${setUp}\n msr daifclr, #15\n mov x1, #1000\n loop: add x2, x2, #1\n subs x1, x1, #1\n b.ne loop\n hvc #3`
    for (let at = 10; at < 22; at++) {
      const it = guest(jit, text)
      // Hot by then, where anything gets hot.
      expect(it.cpu.run(1500 + at)).toEqual({ kind: 'slice' })
      const { pc } = it.cpu.state
      it.cpu.setInterruptLine('irq', true)
      expect(it.cpu.run(1000)).toEqual({ kind: 'hvc', imm: 2 })
      expect([it.cpu.getReg(0xc201), it.cpu.instructions]).toEqual([pc, 1500 + at + 1])
    }
  })

  test('behavior: a run that ends in a branch to nowhere has not fetched there', () => {
    const text = `${setUp}
      mov x6, #1
      lsl x6, x6, #52
      msr daifclr, #15
      mov x1, #40
    loop:
      subs x1, x1, #1
      b.ne loop
      br x6`
    const untilBranch = 5 + 4 + 40 * 2 + 1
    const it = guest(jit, text)
    expect(it.cpu.run(untilBranch)).toEqual({ kind: 'slice' })
    expect(it.cpu.state.pc).toBe(1n << 52n)
    // The interrupt comes first, and the fetch faults when it has been dealt with.
    it.cpu.setInterruptLine('irq', true)
    expect(it.cpu.run(1)).toEqual({ kind: 'hvc', imm: 2 })
    expect(it.cpu.getReg(0xc201)).toBe(1n << 52n)
  })

  test('behavior: code that is stored over while it runs counts as it is executed', () => {
    const text = `${setUp}
      mov x1, #60
      mov w3, #0x0042
      movk w3, #0x9100, lsl #16
      adr x4, patched
    loop:
      cmp x1, #20
      b.ne patched
      str w3, [x4]
    patched:
      nop
      subs x1, x1, #1
      b.ne loop
      hvc #3`
    const it = guest(jit, text)
    expect(runToEnd(it, 37)).toEqual({ kind: 'hvc', imm: 3 })
    expect(it.cpu.instructions).toBe(5 + 4 + 60 * 5 + 1 + 1)
  })
})

describe.each(Object.entries(tiers))('a host that speaks up, %s', (_, jit) => {
  // Three rounds, so that regions are there in the last.
  const text = `
    mov x9, #12
  loop:
    mrs x1, cntvct_el0
    add x2, x2, #1
    msr cntv_cval_el0, x2
    add x3, x3, #1
    subs x9, x9, #1
    b.ne loop
    hvc #3`

  test('behavior: endSlice ends a run after the instruction that reached the host', () => {
    const it: Guest = guest(jit, text, undefined, undefined, () => it.cpu.endSlice())
    const stops: number[] = []
    for (let exit = it.cpu.run(1000); exit.kind === 'slice'; exit = it.cpu.run(1000)) stops.push(it.cpu.instructions)
    expect(stops).toEqual(Array.from({ length: 12 }, (_, n) => [n * 6 + 2, n * 6 + 4]).flat())
    expect(it.cpu.instructions).toBe(1 + 12 * 6 + 1)
    expect([2, 3].map((n) => it.cpu.state.readX(n))).toEqual([12n, 12n])
  })

  test('behavior: an interrupt that it raises is taken behind that instruction', () => {
    const it: Guest = guest(jit, `msr daifclr, #15\n ${text}`, undefined, undefined, () => {
      if (it.cpu.instructions === 63) it.cpu.setInterruptLine('irq', true)
    })
    it.cpu.setReg(0xc600, BigInt(VECTORS))
    // Instruction 63 is the read of the counter in the eleventh round; 64 is the vector's.
    expect(runToEnd(it, 1000)).toEqual({ kind: 'hvc', imm: 2 })
    expect([it.cpu.instructions, it.cpu.state.readX(2), it.cpu.state.readX(1)]).toEqual([64, 10n, 63n])
  })
})
