import { expect, test } from 'vitest'
import { assemble, Cpu, cpuModels, LinearMemory } from '../src/index.ts'

/**
 * A kernel in small: it turns translation on with 2 MiB blocks, goes to EL0, which makes system calls, loads from nowhere, and writes over
 * an instruction that it has executed and executes again. A vector that is not expected ends with HVC #1.
 */
test('behavior: EL1 and EL0 under translation: SVC, data abort, self-modifying code, interrupt, WFI', () => {
  const memory = new LinearMemory(16 << 20)
  const cpu = new Cpu({
    memory,
    index: 0,
    model: cpuModels.armv8,
    host: { readCounter: () => 0, accessSysReg: () => undefined },
  })
  const put = (base: number, text: string) => {
    memory.u8.set(assemble(text, { base: BigInt(base) }).bytes, base)
  }
  const TABLES = 0x640000
  const USER = 0x610000
  const constant = (register: string, value: number) =>
    `mov ${register}, #${value & 0xffff}\n movk ${register}, #${(value >>> 16) & 0xffff}, lsl #16`
  put(
    0x620000,
    `
    ${constant('x0', TABLES)}
    ${constant('x2', 0x600401)}
    str x2, [x0, #24]
    ${constant('x2', 0x600441)}
    str x2, [x0, #32]
    msr ttbr0_el1, x0
    mov x1, #0xff
    msr mair_el1, x1
    ${constant('x1', 0x00800022)}
    movk x1, #2, lsl #32
    msr tcr_el1, x1
    ${constant('x1', 0x600800)}
    msr vbar_el1, x1
    isb
    ${constant('x1', 0x00c50079)}
    msr sctlr_el1, x1
    isb
    mov x19, #0
    ${constant('x1', USER + 0x200000)}
    msr elr_el1, x1
    msr spsr_el1, xzr
    eret
  `,
  )
  // Vectors: synchronous from EL0 at 0x400, IRQ from EL0 at 0x480; anything else ends.
  for (let vector = 0x600800; vector < 0x601000; vector += 0x80) put(vector, 'hvc #1')
  put(
    0x600800 + 0x400,
    `
    mrs x20, esr_el1
    lsr x21, x20, #26
    cmp x21, #0x15
    b.eq call
    mrs x22, far_el1
    mrs x23, elr_el1
    add x23, x23, #4
    msr elr_el1, x23
    eret
  call:
    add x19, x19, #1
    cmp x19, #3
    b.eq rest
    eret
  rest:
    wfi
    hvc #2
  `,
  )
  put(
    0x600800 + 0x480,
    `
    mov x24, #77
    hvc #3
  `,
  )
  // What the user code writes over one of its instructions: add x26, x26, #5.
  put(
    USER,
    `
    svc #0
    ${constant('x1', 0x123458)}
    ldr x0, [x1]
    mov x26, #0
    mov x5, #2
  again:
    adr x1, patched
    ${constant('w2', 0x9100175a)}
  patched:
    mov x27, #1
    str w2, [x1]
    subs x5, x5, #1
    b.ne again
    svc #1
    svc #2
    mov x27, #1
  `,
  )
  cpu.state.pc = 0x620000n
  const exit = cpu.run(100_000)
  expect([exit, cpu.state.readX(20).toString(16)]).toEqual([{ kind: 'wfi' }, '56000002'])
  expect(cpu.state.readX(22)).toBe(0x123458n)
  expect(cpu.state.readX(26)).toBe(5n)
  expect(cpu.run(1000)).toEqual({ kind: 'hvc', imm: 2 })
  // Back to EL0 with interrupts on, a line raised: taken before the next instruction.
  cpu.writePstate(0)
  cpu.state.pc = BigInt(USER + 0x200000)
  cpu.setInterruptLine('irq', true)
  expect(cpu.run(1000)).toEqual({ kind: 'hvc', imm: 3 })
  expect(cpu.state.readX(24)).toBe(77n)
  expect(cpu.getReg(0xc201)).toBe(BigInt(USER + 0x200000))
})
