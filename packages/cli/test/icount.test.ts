/** `--icount` and `--seed`: runs of one guest are the same, whatever the host's clock does and however the guest is executed. */

import { describe, expect, test } from 'vitest'
import { FakeHost, runCommand } from './fake-host.ts'
import { echo, powerOff, testKernel } from './test-kernel.ts'

/**
 * A loop that the virtual timer interrupts 12 times, at odd distances. The handler prints how far the loop was and the counter, so that
 * an interrupt one instruction later changes the output.
 */
const interrupted = `
    adr   x0, vectors
    msr   vbar_el1, x0
    movz  x1, #0x800, lsl #16
    mov   w0, #0x12
    str   w0, [x1]
    movz  x1, #0x80a, lsl #16
    ldr   w0, [x1, #0x14]
    and   w0, w0, #0xfffffffd
    str   w0, [x1, #0x14]
    add   x1, x1, #16, lsl #12
    mov   w0, #-1
    str   w0, [x1, #0x80]
    mov   w0, #0x08000000
    str   w0, [x1, #0x100]
    mov   x0, #7
    msr   icc_sre_el1, x0
    mov   x0, #0xff
    msr   icc_pmr_el1, x0
    mov   x0, #1
    msr   icc_igrpen1_el1, x0
    mov   x25, #12
    mov   x26, #7919
    msr   cntv_tval_el0, x26
    msr   cntv_ctl_el0, x0
    isb
    msr   daifclr, #2
    adr   x11, cell
loop:
    add   x10, x10, #1
    ldr   x12, [x11]
    add   x12, x12, x10
    tbz   x10, #2, loop
    str   x12, [x11]
    b     loop
onIrq:
    mrs   x0, icc_iar1_el1
    msr   icc_eoir1_el1, x0
    mov   x1, x10
    bl    hex
    mrs   x1, elr_el1
    bl    hex
    mrs   x1, cntvct_el0
    bl    hex
    add   x26, x26, #101
    msr   cntv_tval_el0, x26
    subs  x25, x25, #1
    b.ne  back
    ${powerOff}
back:
    eret
other:
    b     other
hex:
    mov   w2, #28
digit:
    lsr   w3, w1, w2
    and   w3, w3, #15
    add   w4, w3, #48
    add   w5, w3, #87
    cmp   w3, #10
    csel  w3, w4, w5, lo
    str   w3, [x19]
    subs  w2, w2, #4
    b.ge  digit
    mov   w3, #10
    str   w3, [x19]
    ret
    .align 3
cell: .quad 0
    .align 11
vectors:
${Array.from({ length: 16 }, (_, n) => `.align 7\n ${n === 5 ? 'b onIrq' : 'b other'}`).join('\n')}
`

/** Prints what `w3` holds, 4 bits a letter from A on. */
const printNibbles = Array.from(
  { length: 8 },
  (_, n) => `lsr w2, w3, #${n * 4}\n and w2, w2, #15\n add w2, w2, #65\n str w2, [x19]`,
).join('\n')

/** 32 bits of the TRNG. */
const random = `
    movz  w0, #0x53
    movk  w0, #0x8400, lsl #16
    mov   w1, #32
    hvc   #0
    ${printNibbles}
    ${powerOff}
`

/** Seconds of the PL031. */
const clockChip = `
    movz  x1, #0x901, lsl #16
    ldr   w3, [x1]
    ${printNibbles}
    ${powerOff}
`

class Host extends FakeHost {
  constructor(program: string) {
    super()
    this.files.set('kernel', testKernel(program))
    this.stdin.onStart = () => this.stdin.end()
  }
}

const run = (program: string, options: readonly string[], host: FakeHost = new Host(program)) =>
  runCommand(['run', '--memory', '4M', '--kernel', 'kernel', ...options], host)

describe('--icount', () => {
  test('behavior: the same output after the same number of instructions with --jit off, on, always and another host', async () => {
    const outcomes = new Set<string>()
    for (const jit of ['off', 'on', 'always', 'on']) {
      const host = new Host(interrupted)
      // A host whose clock runs as it likes.
      let ns = 0
      host.kvm.monotonicNs = () => {
        ns += Math.random() * 4e6
        return ns
      }
      const { status, out, err } = await run(interrupted, ['--icount', '--jit', jit], host)
      expect(status).toBe(0)
      expect(out.split('\n')).toHaveLength(12 * 3 + 1)
      expect(err).toMatch(/^armvisor: \d+ instructions\n$/)
      outcomes.add(out + err)
    }
    expect([...outcomes]).toHaveLength(1)
    // Interrupted at varied places of the loop, as hot code and cold.
    const places = [...outcomes][0].split('\n').filter((_, n) => n % 3 === 1)
    expect(new Set(places).size).toBeGreaterThan(2)
  })

  test('behavior: SHIFT is how much time an instruction takes', async () => {
    const instructions = async (shift: string): Promise<number> =>
      Number.parseInt((await run(interrupted, ['--icount', shift])).err.slice('armvisor: '.length), 10)
    const [slow, fast] = [await instructions('4'), await instructions('2')]
    // The time of the interrupts is the timer's: a quarter of the time takes four times the instructions.
    expect(fast / slow).toBeGreaterThan(3.5)
    expect(fast / slow).toBeLessThan(4.1)
  })

  test('behavior: real time starts at 2025-01-01', async () => {
    const { out } = await run(clockChip, ['--icount'])
    const seconds = [...out].reduce((sum, letter, n) => sum + (letter.charCodeAt(0) - 65) * 16 ** n, 0)
    expect(new Date(seconds * 1000).toISOString()).toBe('2025-01-01T00:00:00.000Z')
  })

  test('behavior: input from a pipe is there before the guest starts', async () => {
    const host = new Host(echo)
    host.stdin.onStart = () => {
      queueMicrotask(() => host.stdin.type('a'))
      queueMicrotask(() => {
        host.stdin.type('b.')
        host.stdin.end()
      })
    }
    const first = await run(echo, ['--icount'], host)
    const other = new Host(echo)
    other.stdin.onStart = () => {
      other.stdin.type('ab.')
      other.stdin.end()
    }
    const second = await run(echo, ['--icount'], other)
    expect(first).toEqual(second)
    expect(first).toMatchObject({ status: 0, out: '[a][b]' })
  })

  test('behavior: says why nothing happens while the input does not end, and --timeout counts meanwhile', async () => {
    const host = new Host(echo)
    host.stdin.onStart = () => {}
    const { status, out, err } = await run(echo, ['--icount', '--timeout', '3'], host)
    expect({ status, out }).toEqual({ status: 124, out: '' })
    expect(err).toBe(
      'armvisor: with --icount the guest starts when its input has ended; without input give </dev/null\narmvisor: the 3 s of --timeout are over\narmvisor: 0 instructions\n',
    )
  })

  test.each(['11', '-1', 'x', '1.5'])('error: --icount %s', async (shift) => {
    const { status, err } = await run(echo, [`--icount=${shift}`])
    expect(status).toBe(2)
    expect(err).toContain(`armvisor: --icount ${shift} is no shift: give 0 to 10`)
  })
})

describe('--seed', () => {
  test('behavior: the same random bytes for the same seed; --icount alone is seed 0', async () => {
    const out = async (...options: string[]): Promise<string> => (await run(random, options)).out
    const [none, zero, one, counted] = [
      await out(),
      await out('--seed', '0'),
      await out('--seed', '1'),
      await out('--icount'),
    ]
    expect(none).toBe('KFKFKFKF')
    expect(zero).not.toBe(one)
    expect(zero).not.toBe(none)
    expect(counted).toBe(zero)
    expect(await out('--seed', '1', '--icount')).toBe(one)
  })

  test('error: no integer', async () => {
    const { status, err } = await run(echo, ['--seed', 'two'])
    expect(status).toBe(2)
    expect(err).toContain('armvisor: --seed two is no seed: give an integer from 0 to 9007199254740991.')
  })
})
