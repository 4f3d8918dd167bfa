import { describe, expect, test } from 'vitest'
import { runCommand } from './fake-host.ts'

const hex = (value: bigint): string => `0x${value.toString(16).padStart(16, '0')}`

/** What the guest prints between its last page and its interrupts. */
async function runEdges(options: readonly string[]): Promise<{ status: number; lines: string[]; err: string }> {
  const { status, out, err } = await runCommand(['run', '--memory', '4M', ...options])
  return { status, lines: out.replaceAll('\r', '').split('\n'), err }
}

/** The line that begins with a word, without it. */
const fieldOf = (lines: readonly string[], name: string): string | undefined =>
  lines.find((line) => line.startsWith(name))?.slice(18)

const pages = { '4K': 0x1000n, '16K': 0x4000n, '64K': 0x10000n }
const sizes = Array.from({ length: 52 - 32 + 1 }, (_, i) => 32 + i)

describe('the embedded guest', () => {
  test('default: says what it runs on, visits the edges, takes interrupts and powers off', async () => {
    const { status, out, err } = await runCommand(['run'])
    expect({ status, err }).toEqual({ status: 0, err: '' })
    expect(out.replaceAll('\r\n', '\n')).toMatchInlineSnapshot(`
      "
      armvisor embedded guest

      MIDR_EL1          0x00000000000f0a10
      ID_AA64PFR0_EL1   0x1100000001000011
      ID_AA64MMFR0_EL1  0x0000000000100025
      ID_AA64ISAR0_EL1  0x0000000000211120
      CurrentEL         EL1
      CNTFRQ_EL0        62500000 Hz
      IPA space         40 bits

      last page         0x000000fffffff000 written and read back
      beyond it         0x0000010000000000 external abort
        ESR_EL1         0x0000000096000010
        FAR_EL1         0x0000010000000000
      timer interrupt   1, INTID 27
      timer interrupt   2, INTID 27
      timer interrupt   3, INTID 27

      power off
      "
    `)
  })

  describe.each(['4K', '16K', '64K'] as const)('granule %s', (granule) => {
    test.each(sizes)('behavior: reaches the last page below 2^%i and aborts beyond it', async (bits) => {
      const cpu = bits > 48 ? 'armv8-lpa2' : 'armv8'
      const end = 2n ** BigInt(bits)
      const { status, lines, err } = await runEdges(['--granule', granule, '--ipa-bits', String(bits), '--cpu', cpu])
      expect({ status, err }).toEqual({ status: 0, err: '' })
      expect(fieldOf(lines, 'IPA space')).toBe(`${bits} bits`)
      expect(fieldOf(lines, 'last page')).toBe(`${hex(end - pages[granule])} written and read back`)
      // At the CPU's own physical size stage 1 knows already that there is no such address; the IPA size is stage 2's.
      const isPhysicalSize = bits === (cpu === 'armv8' ? 48 : 52)
      expect(fieldOf(lines, 'beyond it')).toBe(
        `${hex(end)} ${isPhysicalSize ? 'address size fault' : 'external abort'}`,
      )
      expect(fieldOf(lines, '  ESR_EL1')).toBe(hex(isPhysicalSize ? 0x96000000n : 0x96000010n))
      expect(fieldOf(lines, '  FAR_EL1')).toBe(hex(end))
      expect(lines.filter((line) => line.startsWith('timer interrupt'))).toEqual([
        'timer interrupt   1, INTID 27',
        'timer interrupt   2, INTID 27',
        'timer interrupt   3, INTID 27',
      ])
      expect(lines.at(-2)).toBe('power off')
    })
  })

  test('behavior: --ipa-bits auto takes the smallest size and says why', async () => {
    const { status, lines, err } = await runEdges(['--ipa-bits', 'auto'])
    expect(status).toBe(0)
    expect(fieldOf(lines, 'IPA space')).toBe('32 bits')
    expect(err).toBe(
      'armvisor: --ipa-bits auto is 32: RAM of 4 MiB at 0x40000000 ends at 0x403fffff, which takes 31 bits, and 32 is the smallest size there is\n',
    )
  })

  test('behavior: RAM up to the end of the IPA space holds the last page itself', async () => {
    const { status, lines } = await runEdges(['--memory', '3G', '--ipa-bits', '32'])
    expect(status).toBe(0)
    expect(fieldOf(lines, 'last page')).toBe('0x00000000fffff000 written and read back')
  })
})
