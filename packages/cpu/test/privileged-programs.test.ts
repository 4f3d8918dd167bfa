/** Programs of EL1 and EL0 that live on exceptions and system registers: the same outcome interpreted and translated. */

import { describe, expect, test } from 'vitest'
import { assemble, Cpu, type CpuOptions, cpuModels, LinearMemory } from '../src/index.ts'
import { rowNamed } from '../src/sysreg/table.ts'

const CODE = 0x620000
const VECTORS = 0x600800
/** IRQ and synchronous exceptions of EL1h, and of EL0, behind VBAR_EL1. */
const VECTOR = { sync: 0x200, irq: 0x280, lowerSync: 0x400, lowerIrq: 0x480 } as const

type Way = Pick<CpuOptions, 'jit' | 'countsInstructions'>
const atOnce = { threshold: 1, batch: 1 }
const ways: readonly [string, Way][] = [
  ['interpreted', {}],
  ['translated at once', { jit: atOnce }],
  ['translated at once, counting instructions', { jit: atOnce, countsInstructions: true }],
]

interface Machine {
  readonly cpu: Cpu
  /** Address of a label of the program. */
  readonly at: (label: string) => bigint
  /** Runs to the next HVC; its number. */
  readonly next: () => number
  readonly x: (n: number) => bigint
  readonly reg: (name: string) => bigint | undefined
}

/** A flat machine at EL1h with everything masked; vectors that are not given end with HVC #99. */
function machine(way: Way, program: string, handlers: Partial<Record<keyof typeof VECTOR, string>>): Machine {
  const memory = new LinearMemory(16 << 20)
  const host = { readCounter: () => 0, accessSysReg: () => undefined }
  const cpu = new Cpu({ memory, index: 0, model: cpuModels.armv8, host, ...way })
  const put = (base: number, text: string): ReadonlyMap<string, bigint> => {
    const { bytes, labels } = assemble(text, { base: BigInt(base) })
    memory.u8.set(bytes, base)
    return labels
  }
  for (let vector = 0; vector < 0x800; vector += 0x80) put(VECTORS + vector, 'hvc #99')
  for (const [name, text] of Object.entries(handlers)) put(VECTORS + VECTOR[name as keyof typeof VECTOR], text)
  const labels = put(CODE, program)
  const reg = (name: string): bigint | undefined => cpu.getReg(rowNamed(name).encoding)
  cpu.setReg(rowNamed('VBAR_EL1').encoding, BigInt(VECTORS))
  cpu.state.pc = BigInt(CODE)
  return {
    cpu,
    at: (label) => labels.get(label) as bigint,
    next: () => {
      for (let turn = 0; turn < 1000; turn++) {
        const exit = cpu.run(10_000)
        if (exit.kind === 'hvc') return exit.imm
        if (exit.kind !== 'slice') throw new Error(`unexpected exit ${exit.kind}`)
      }
      throw new Error('the program does not end')
    },
    x: (n) => cpu.state.readX(n),
    reg,
  }
}

/** Fifty system calls from EL0, in each of which EL1 makes one of its own. */
function nesting(way: Way): Machine {
  return machine(
    way,
    `
    adr x1, user
    msr elr_el1, x1
    msr spsr_el1, xzr
    mov x1, #0x5000
    mov sp, x1
    mov x1, #0x3000
    msr sp_el0, x1
    mov x9, #50
    eret
  user: subs x9, x9, #1
    svc #0
    add x10, sp, #0
    b.ne user
    svc #1`,
    {
      lowerSync: `
        mrs x2, esr_el1
        tbnz x2, #0, end
        mrs x3, elr_el1
        mrs x4, spsr_el1
        add x11, sp, #0
        svc #2
        msr elr_el1, x3
        msr spsr_el1, x4
        cmp xzr, xzr
        eret
      end: hvc #1`,
      sync: 'add x12, x12, #1\nmrs x5, currentel\neret',
    },
  )
}

describe.each(ways)('%s', (_, way) => {
  test.each([
    ['MSR DAIFClr', 'msr daifclr, #2'],
    ['MSR DAIF', 'msr daif, x1'],
  ])('behavior: an interrupt that %s unmasks is taken before the next instruction', (_name, unmask) => {
    const m = machine(
      way,
      `
      mov x1, #0x340
    again: mov x9, #8
    loop: add x0, x0, #1
      ${unmask}
    unmasked: add x0, x0, #0x100
      msr daifset, #2
      subs x9, x9, #1
      b.ne loop
      hvc #1
      b again`,
      { irq: 'mrs x2, elr_el1\nmrs x3, spsr_el1\nmrs x4, daif\nhvc #2' },
    )
    expect(m.next()).toBe(1)
    expect(m.x(0)).toBe(8n * 0x101n)
    m.cpu.setInterruptLine('irq', true)
    expect(m.next()).toBe(2)
    expect(m.x(2)).toBe(m.at('unmasked'))
    expect(m.x(3)).toBe(0x60000345n)
    expect(m.x(4)).toBe(0x3c0n)
    expect(m.x(0)).toBe(8n * 0x101n + 1n)
  })

  test('behavior: an interrupt that ERET unmasks is taken before the instruction that it returns to', () => {
    const m = machine(
      way,
      `
      adr x1, user
      msr elr_el1, x1
      msr spsr_el1, xzr
      mov x9, #8
      eret
    user: add x0, x0, #1
      svc #5
    back: subs x9, x9, #1
      b.ne user
      mov x9, #8
      svc #6
      b user`,
      {
        lowerSync: `
          mrs x2, esr_el1
          and x2, x2, #0xffff
          cmp x2, #6
          b.ne done
          hvc #1
        done: eret`,
        lowerIrq: 'mrs x3, elr_el1\nmrs x4, spsr_el1\nhvc #2',
      },
    )
    expect(m.next()).toBe(1)
    expect(m.x(0)).toBe(8n)
    // EL1 has it masked, up to its ERET.
    m.cpu.setInterruptLine('irq', true)
    expect(m.next()).toBe(2)
    expect(m.x(3)).toBe(m.reg('ELR_EL1'))
    expect(m.x(3)).toBe(m.at('back') + 16n)
    expect(m.x(0)).toBe(8n)
  })

  test('behavior: exceptions nest; ELR_EL1, SPSR_EL1, flags and both stack pointers come back', () => {
    const m = nesting(way)
    expect(m.next()).toBe(1)
    expect(m.x(9)).toBe(0n)
    expect(m.x(12)).toBe(50n)
    expect([m.x(10), m.x(11), m.x(5)]).toEqual([0x3000n, 0x5000n, 4n])
    expect(m.reg('SP_EL0')).toBe(0x3000n)
    expect(m.cpu.state.sp).toBe(0x5000n)
  })

  test.each([
    ['mrs x0, elr_el1'],
    ['mrs x0, currentel'],
    ['mrs x0, sp_el0'],
    ['msr spsr_el1, x0'],
    ['msr tpidr_el1, x0'],
    ['msr tpidrro_el0, x0'],
  ])('error: %s, used at EL1 before, is UNDEFINED at EL0', (access) => {
    const m = machine(
      way,
      `
      mov x9, #8
    loop: bl subroutine
      subs x9, x9, #1
      b.ne loop
      adr x1, user
      msr elr_el1, x1
      msr spsr_el1, xzr
      eret
    user: bl subroutine
      svc #0
    subroutine: add x8, x8, #1
    access: ${access}
      ret`,
      { lowerSync: 'mrs x2, esr_el1\nmrs x3, elr_el1\nhvc #1' },
    )
    expect(m.next()).toBe(1)
    expect(m.x(2)).toBe(0x02000000n)
    expect(m.x(3)).toBe(m.at('access'))
    expect(m.x(8)).toBe(9n)
  })

  test('error: SP_EL0 is UNDEFINED while it is the stack pointer', () => {
    const m = machine(
      way,
      `
      mov x9, #8
    loop: mrs x0, sp_el0
      msr sp_el0, x0
      subs x9, x9, #1
      b.ne loop
      msr spsel, #0
    read: mrs x0, sp_el0
      hvc #5`,
      {},
    )
    // From EL1t the vector is the first of all.
    expect(m.next()).toBe(99)
    expect(m.cpu.state.pc).toBe(BigInt(VECTORS + 4))
    expect(m.reg('ELR_EL1')).toBe(m.at('read'))
  })

  test('behavior: registers that are storage keep what the architecture lets them hold', () => {
    const ones = 0xffff_ffff_ffff_ffffn
    const kept: readonly [string, bigint][] = [
      ['elr_el1', ones],
      ['spsr_el1', 0xffff_ffffn],
      ['esr_el1', ones],
      ['far_el1', ones],
      ['par_el1', ones],
      ['vbar_el1', 0xffff_ffff_ffff_f800n],
      ['contextidr_el1', 0xffff_ffffn],
      ['tpidr_el1', ones],
      ['tpidr_el0', ones],
      ['tpidrro_el0', ones],
      ['sp_el0', ones],
      ['daif', 0x3c0n],
    ]
    for (const [name, value] of kept) {
      const m = machine(
        way,
        `mov x0, #-1\nmov x9, #4\nloop: msr ${name}, x0\nmrs x1, ${name}\nsubs x9, x9, #1\nb.ne loop\nhvc #1`,
        {},
      )
      expect(m.next()).toBe(1)
      expect(`${name} ${m.x(1).toString(16)}`).toBe(`${name} ${value.toString(16)}`)
    }
  })

  test('behavior: flags, SP and FPCR that a system register write changes are seen by what follows in the loop', () => {
    const m = machine(
      way,
      `
      mov x1, #0x300000
      msr cpacr_el1, x1
      mov x9, #6
      mov x6, #0x4000
      mov sp, x6
      mov x7, #0x2000
      msr sp_el0, x7
      mov x2, #0x40000000
      mov x3, #0x02000000
    loop: cmp x9, #100
      msr nzcv, x2
      cinc x10, x10, eq
      msr spsel, #0
      add x11, sp, #0
      msr spsel, #1
      add x12, sp, #0
      msr fpcr, x3
      mrs x13, fpcr
      sub x9, x9, #1
      cbnz x9, loop
      hvc #1`,
      {},
    )
    expect(m.next()).toBe(1)
    expect([m.x(10), m.x(11), m.x(12), m.x(13)]).toEqual([6n, 0x2000n, 0x4000n, 0x02000000n])
  })
})

test('behavior: as many instructions are counted translated as interpreted', () => {
  const counts = [{ countsInstructions: true }, { countsInstructions: true, jit: atOnce }].map((way) => {
    const m = nesting(way)
    m.next()
    return m.cpu.instructions
  })
  // Nine before `user`, seventeen a round, and the last call with its three.
  expect(counts).toEqual([counts[0], counts[0]])
  expect(counts[0]).toBe(9 + 50 * 17 + 1 + 3)
})
