import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FakeHost, runCommand } from './fake-host.ts'

describe('disasm', () => {
  test('default: words of the command line, with addresses', async () => {
    expect(await runCommand(['disasm', '8b020020', '0xd65f03c0', 'D503201F', '0x0'])).toEqual({
      status: 0,
      out: [
        '0000000000000000:  8b020020  add x0, x1, x2',
        '0000000000000004:  d65f03c0  ret',
        '0000000000000008:  d503201f  nop',
        '000000000000000c:  00000000  udf #0',
        '',
      ].join('\n'),
      err: '',
    })
  })

  test('args: --address is the address of the first word', async () => {
    const { out } = await runCommand(['disasm', '14000002', '--address', '0x40000000'])
    expect(out).toBe('0000000040000000:  14000002  b #0x40000008\n')
  })

  test('behavior: a file is little-endian words', async () => {
    const host = new FakeHost()
    host.files.set('code.bin', Uint8Array.of(0x20, 0x00, 0x02, 0x8b, 0xc0, 0x03, 0x5f, 0xd6))
    const { out } = await runCommand(['disasm', 'code.bin', '--address', '4096'], host)
    expect(out).toBe('0000000000001000:  8b020020  add x0, x1, x2\n0000000000001004:  d65f03c0  ret\n')
  })

  test('behavior: what is not allocated reads as data', async () => {
    expect((await runCommand(['disasm', 'ffffffff'])).out).toContain('.inst 0xffffffff')
  })

  test.each([
    [['nowhere.bin'], 1, 'The file nowhere.bin does not exist; check the path.'],
    [['8b020020', 'xyz'], 2, 'xyz is no instruction word:'],
    [['8b020020', '--address', '2'], 2, '--address 2 is no address of an instruction:'],
    [['8b020020', '--address', 'here'], 2, '--address here is no address of an instruction:'],
    [['8b020020', '--address', '0x10000000000000000'], 2, 'give a multiple of 4 below 2^64'],
  ])('error: %s', async (args, status, sentence) => {
    const result = await runCommand(['disasm', ...args])
    expect(result).toMatchObject({ status, out: '' })
    expect(result.err).toContain(sentence)
  })

  test('error: a file with a part of an instruction', async () => {
    const host = new FakeHost()
    host.files.set('odd.bin', new Uint8Array(6))
    const { status, err } = await runCommand(['disasm', 'odd.bin'], host)
    expect(status).toBe(1)
    expect(err).toMatch(/^armvisor: The file odd\.bin has 6 bytes, which are no whole number/)
  })
})

describe('asm', () => {
  test('default: one word a line', async () => {
    expect(await runCommand(['asm', 'add x0, x1, x2\nret'])).toEqual({
      status: 0,
      out: '8b020020\nd65f03c0\n',
      err: '',
    })
    expect((await runCommand(['asm', 'ret'])).out).toBe('d65f03c0\n')
  })

  test('behavior: a file is a program', async () => {
    const host = new FakeHost()
    host.files.set('loop.s', 'loop: subs x0, x0, #1 // count\n b.ne loop\n .byte 1, 2, 3\n')
    expect((await runCommand(['asm', 'loop.s'], host)).out).toBe('f1000400\n54ffffe1\n030201\n')
  })

  test('behavior: a file may be called like an instruction', async () => {
    const host = new FakeHost()
    host.files.set('nop', 'ret')
    expect((await runCommand(['asm', 'nop'], host)).out).toBe('d65f03c0\n')
  })

  test.each([
    ['ad x0, x1, x2', 'line 1: no instruction is called ad in "ad x0, x1, x2".'],
    ['add x0, x1, x2\nadd x0, y1, x2', 'line 2: '],
    ['prog.s', 'The file prog.s does not exist; check the path.'],
    ['src/prog', 'The file src/prog does not exist; check the path.'],
  ])('error: %j', async (text, sentence) => {
    const { status, out, err } = await runCommand(['asm', text])
    expect({ status, out }).toEqual({ status: 1, out: '' })
    expect(err).toMatch(/^armvisor: [^\n]*\.\n$/)
    expect(err).toContain(sentence)
  })

  test('error: a mistake in a file names the file', async () => {
    const host = new FakeHost()
    host.files.set('a.s', '\nnonsense\n')
    expect((await runCommand(['asm', 'a.s'], host)).err).toMatch(/^armvisor: a\.s, line 2: /)
  })
})

test('behavior: asm makes words that disasm shows alike', async () => {
  // Not always the same words: some immediates have encodings beside the one that assemblers write.
  const textOf = (listing: string): string[] =>
    listing
      .trimEnd()
      .split('\n')
      .map((line) => line.slice(29))
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 64, maxLength: 64 }), async (code) => {
      const host = new FakeHost()
      host.files.set('random.bin', code)
      const texts = textOf((await runCommand(['disasm', 'random.bin'], host)).out)
      host.files.set('random.s', texts.join('\n'))
      const assembled = await runCommand(['asm', 'random.s'], Object.assign(new FakeHost(), { files: host.files }))
      expect(assembled).toMatchObject({ status: 0, err: '' })
      const again = await runCommand(['disasm', ...assembled.out.trimEnd().split('\n')])
      expect(textOf(again.out)).toEqual(texts)
    }),
    { numRuns: 50 },
  )
})
