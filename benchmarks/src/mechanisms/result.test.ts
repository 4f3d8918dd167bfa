/** Arguments, rows and means of the benchmark of mechanisms. */

import { describe, expect, test } from 'vitest'
import { type Column, compare, ratioOf } from '../harness/comparison.ts'
import { parseMechanismOptions } from './options.ts'
import { formatMechanism, formatMechanismHeader, groupMeans } from './result.ts'

const columns: readonly Column[] = [
  { id: 'ours', title: 'Node 20', isOurs: true },
  { id: 'max', title: 'QEMU max', isOurs: false },
]
const row = (name: string, group: 'integer' | 'FP', ours: number) => ({
  ...compare({ name, runs: { ours: [ours], max: [1] } }, columns),
  group,
  rampMs: { ours: 30.4 },
})

describe('result', () => {
  test('default: means are geometric, over each group', () => {
    const means = groupMeans([row('alu', 'integer', 2), row('flags', 'integer', 8), row('fp', 'FP', 3)], columns)
    expect(means.map(({ name }) => name)).toEqual(['mean of integer', 'mean of FP'])
    expect(means.map((mean) => ratioOf(mean, 'ours', 'max'))).toEqual([expect.closeTo(4), expect.closeTo(3)])
  })

  test('default: the last column is how long the translator takes', () => {
    const line = formatMechanism(row('alu', 'integer', 2), columns)
    expect(line.split(/ +/)).toEqual(['alu', '2.000', '1.000', '2.00', '30'])
    expect(line).toHaveLength(formatMechanismHeader(columns).length)
  })
})

describe('options', () => {
  test('default: everything, five times, with QEMU', () => {
    const options = parseMechanismOptions([])
    expect(options).toMatchObject({ runs: 5, withQemu: true })
    expect(options?.names).toContain('syscall')
  })

  test('args: --only names rows, which stay in the order of the table', () => {
    expect(parseMechanismOptions(['--only', 'fp', '--only', 'alu'])?.names).toEqual(['alu', 'fp'])
  })

  test('args: --help asks for help', () => {
    expect(parseMechanismOptions(['-h'])).toBeUndefined()
  })

  test.each([
    [['--only', 'nothing'], /--only is "nothing"/],
    [['--runs', '0'], /--runs is "0"/],
    [['--runs', '1.5'], /--runs is "1.5"/],
    [['--no-qemu', '--svg', 'x'], /--svg/],
    [['--bogus'], /bogus/],
  ])('error: %j', (argv, message) => {
    expect(() => parseMechanismOptions(argv)).toThrow(message)
  })
})
