import { describe, expect, test } from 'vitest'
import { FakeHost, runCommand } from './fake-host.ts'

async function refused(argv: readonly string[]): Promise<string> {
  const { status, out, err } = await runCommand(argv)
  expect({ status, out }).toEqual({ status: 2, out: '' })
  const [sentence, hint, ...rest] = err.split('\n')
  expect(sentence).toMatch(/^armvisor: \S.*[.)?]$/)
  expect(hint).toBe('See armvisor --help, or --help after a command.')
  expect(rest).toEqual([''])
  return sentence.slice('armvisor: '.length)
}

describe('help and version', () => {
  test('default: go to stdout with status 0', async () => {
    expect(await runCommand(['--version'])).toEqual({ status: 0, out: '1.2.3\n', err: '' })
    const help = await runCommand(['--help'])
    expect(help).toMatchObject({ status: 0, err: '' })
    for (const command of ['run', 'stage2', 'disasm', 'asm']) expect(help.out).toContain(`  ${command} `)
  })

  test('behavior: a command lists its options and the exit statuses', async () => {
    const { status, out } = await runCommand(['run', '--help'])
    expect(status).toBe(0)
    const options = [
      'kernel',
      'initrd',
      'append',
      'memory',
      'ipa-bits',
      'granule',
      'cpu',
      'gic',
      'its',
      'no-reboot',
      'timeout',
    ]
    for (const option of options) expect(out).toContain(`--${option}`)
    expect(out).toContain('124 out of\ntime')
  })
})

describe('error: command lines that say nothing sensible', () => {
  test('no command', async () => {
    const { status, err } = await runCommand([])
    expect(status).toBe(2)
    expect(err).toContain('armvisor: a command is missing')
  })

  test.each([
    [['boot'], /unknown command 'boot'/],
    [['run', '--kernal', 'x'], /unknown option '--kernal' \(Did you mean --kernel\?\)/],
    [['run', '--kernel'], /'--kernel <FILE>' argument missing/],
    [['run', 'vmlinuz'], /too many arguments for 'run'/],
    [['run', '--granule', '8K'], /'8K' is invalid. Allowed choices are 4K, 16K, 64K/],
    [['run', '--cpu', 'cortex-a57'], /'cortex-a57' is invalid. Allowed choices are armv8, armv8-lpa2/],
    [['run', '--gic', '4'], /'4' is invalid. Allowed choices are 2, 3/],
    [['run', '--gic', '2', '--its'], /--its needs a GICv3: give --gic 3, or leave --its out/],
    [['stage2', 'geometry'], /required option '--ipa-bits <N>' not specified/],
    [['asm'], /missing required argument/],
    [['disasm'], /missing required argument/],
  ])('%s', async (argv, sentence) => {
    expect(await refused(argv)).toMatch(sentence)
  })
})

describe('error: impossible machines', () => {
  const choices = '32 to 48, 0 for the default of 40, or auto'
  test.each([
    ['1', `--ipa-bits 1 is below 32, the smallest IPA size there is: give ${choices}.`],
    ['31', `--ipa-bits 31 is below 32, the smallest IPA size there is: give ${choices}.`],
    ['-4', `--ipa-bits -4 is below 32, the smallest IPA size there is: give ${choices}.`],
    ['many', `--ipa-bits many is no number: give ${choices}.`],
    ['40.5', `--ipa-bits 40.5 is no number: give ${choices}.`],
    ['', `--ipa-bits  is no number: give ${choices}.`],
    [
      '49',
      `--ipa-bits 49 is above 48, the limit of CPU armv8 with the 4K granule: give ${choices}, or --cpu armv8-lpa2 for up to 52.`,
    ],
    [
      '52',
      `--ipa-bits 52 is above 48, the limit of CPU armv8 with the 4K granule: give ${choices}, or --cpu armv8-lpa2 for up to 52.`,
    ],
    ['53', `--ipa-bits 53 is above 48, the limit of CPU armv8 with the 4K granule: give ${choices}.`],
  ])('--ipa-bits %s', async (bits, sentence) => {
    expect(await refused(['run', `--ipa-bits=${bits}`])).toBe(sentence)
  })

  test('--ipa-bits above the limit of a larger CPU', async () => {
    expect(await refused(['run', '--ipa-bits', '53', '--cpu', 'armv8-lpa2', '--granule', '64K'])).toBe(
      '--ipa-bits 53 is above 52, the limit of CPU armv8-lpa2 with the 64K granule: give 32 to 52, 0 for the default of 40, or auto.',
    )
  })

  test('memory that does not fit the IPA size', async () => {
    expect(await refused(['run', '--ipa-bits', '32', '--memory', '4G'])).toBe(
      '4 GiB of memory does not fit an IPA space of 32 bits (4 GiB): RAM starts at 1 GiB and so ends at 5 GiB; use at least 33 IPA bits, or at most 3 GiB of memory (--ipa-bits 33 or auto, --memory).',
    )
  })

  test('more memory than the linear memory holds', async () => {
    expect(await refused(['run', '--memory', '4G'])).toMatch(
      /^--memory 4G is more than 39\d\d MiB, which is what a WebAssembly memory of 4 GiB has room for .*: give less\.$/,
    )
    expect(await refused(['run', '--ipa-bits', 'auto', '--memory', '8192G'])).toMatch(
      /^--memory 8192G is more than 39\d\d MiB/,
    )
  })

  test.each(['0', '12Q', '-1G', 'much', '1.5G', ''])('--memory %s', async (memory) => {
    expect(await refused(['run', `--memory=${memory}`])).toBe(
      `--memory ${memory} is no size: give a number above 0, with K, M or G for KiB, MiB or GiB, as 512M.`,
    )
  })

  test('memory that is no multiple of the page', async () => {
    expect(await refused(['run', '--memory', '100K', '--granule', '64K'])).toMatch(
      /^A memory size of 102400 bytes is impossible: give a multiple of 64 KiB .* \(--memory\)\.$/,
    )
  })

  test.each(['0', 'soon', '-1', '1e3', '99999999999'])('--timeout %s', async (timeout) => {
    expect(await refused(['run', `--timeout=${timeout}`])).toMatch(
      / is no time: give seconds above 0 and up to 2147483/,
    )
  })
})

describe('error: files', () => {
  async function failed(argv: readonly string[], host: FakeHost): Promise<string> {
    const { status, err } = await runCommand(argv, host)
    expect(status).toBe(1)
    expect(err).toMatch(/^armvisor: [^\n]*\.\n$/)
    return err.slice('armvisor: '.length, -1)
  }

  test.each(['--kernel', '--initrd'])('%s: missing, unreadable, a folder', async (option) => {
    const host = new FakeHost()
    host.files.set('secret', 'EACCES')
    host.files.set('folder', 'EISDIR')
    expect(await failed(['run', option, 'nowhere'], host)).toBe(`${option} nowhere does not exist; check the path.`)
    expect(await failed(['run', option, 'secret'], new FakeHostLike(host))).toMatch(/may not be read by this user/)
    expect(await failed(['run', option, 'folder'], new FakeHostLike(host))).toBe(
      `${option} folder is a folder; give a file.`,
    )
  })

  test('a kernel of no known format', async () => {
    const host = new FakeHost()
    host.files.set('zImage', 'this is no kernel')
    expect(await failed(['run', '--kernel', 'zImage'], host)).toMatch(
      /^--kernel zImage: The kernel's first bytes are 74 68 69 73 .*: give an arm64 Image, Image.gz, EFI zboot image \(vmlinuz\) or AArch64 ELF file\.$/,
    )
  })

  test('an empty kernel', async () => {
    const host = new FakeHost()
    host.files.set('empty', '')
    expect(await failed(['run', '--kernel', 'empty'], host)).toMatch(/^--kernel empty: The kernel file is empty: give/)
  })

  test('an initrd that is larger than memory', async () => {
    const host = new FakeHost()
    host.files.set('big.img', new Uint8Array(3 * 2 ** 20))
    expect(await failed(['run', '--initrd', 'big.img', '--memory', '2M'], host)).toMatch(
      /^--initrd big\.img: The initrd needs 3 MiB of memory in one piece and .* are free: give the guest more memory or a smaller initrd \(--memory\)\.$/,
    )
  })

  test('a command line that the kernel would cut', async () => {
    expect(await failed(['run', '--append', 'x'.repeat(2048)], new FakeHost())).toBe(
      'The kernel command line has 2048 bytes and the kernel takes 2047: shorten it (--append).',
    )
  })
})

/** Another host with the same files. */
class FakeHostLike extends FakeHost {
  constructor(other: FakeHost) {
    super()
    for (const [name, file] of other.files) this.files.set(name, file)
  }
}
