/** Arguments of the benchmarks that run guests. */

import { describe, expect, test } from 'vitest'
import { parseBootOptions } from '../boot/options.ts'
import { parseExitOptions } from '../exits/options.ts'
import { parseSoakOptions } from '../soak/options.ts'
import { parseUserlandOptions } from '../userland/options.ts'
import { UsageError } from './errors.ts'

describe('parseBootOptions', () => {
  test('default', () => {
    expect(parseBootOptions([])).toEqual({
      append: '',
      memory: '512M',
      runs: 5,
      limitSeconds: 120,
      withQemu: true,
      nodes: [process.execPath],
    })
  })

  test('args: all', () => {
    const argv =
      '--kernel k --initrd i --append quiet --memory 1G --runs 3 --timeout 9.5 --max-ratio 1.5 --json j --svg s'
    expect(parseBootOptions([...argv.split(' '), '--node', 'a', '--node', 'b'])).toMatchObject({
      kernel: 'k',
      initrd: 'i',
      append: 'quiet',
      memory: '1G',
      runs: 3,
      limitSeconds: 9.5,
      maxRatio: 1.5,
      nodes: ['a', 'b'],
      json: 'j',
      svg: 's',
    })
  })

  test.each([
    [['--runs', '0'], /--runs is "0" and must be a whole number from 1 to 100/],
    [['--pairs', '1.5'], /--pairs is "1.5"/],
    [['--timeout', ''], /--timeout is ""/],
    [['--memory', '1T'], /--memory is "1T" and must be a size such as 512M/],
    [['--kernel', 'k'], /go together/],
    [['--no-qemu', '--max-ratio', '1'], /--max-ratio is about ratios to QEMU/],
    [['--mirror'], /Unknown option '--mirror'/],
  ])('error: %j', (argv, message) => {
    expect(() => parseBootOptions(argv)).toThrow(UsageError)
    expect(() => parseBootOptions(argv)).toThrow(message)
  })
})

describe('parseUserlandOptions', () => {
  test('default: everything, five times, with QEMU', () => {
    const options = parseUserlandOptions([])
    expect(options).toMatchObject({ runs: 5, withQemu: true, memory: '512M', nodes: [process.execPath] })
    expect(options?.names).toContain('fork-exec')
  })

  test('args: --only names rows, which stay in the order of the table', () => {
    expect(parseUserlandOptions(['--only', 'pipe', '--only', '7zip'])?.names).toEqual(['7zip', 'pipe'])
  })

  test('args: --help asks for help', () => {
    expect(parseUserlandOptions(['-h'])).toBeUndefined()
  })

  test.each([
    [['--only', 'nothing'], /--only is "nothing" and must be one of 7zip/],
    [['--profile', 'nothing'], /--profile is "nothing"/],
    [['--no-qemu', '--svg', 'x'], /--svg/],
  ])('error: %j', (argv, message) => {
    expect(() => parseUserlandOptions(argv)).toThrow(message)
  })
})

describe('parseExitOptions', () => {
  test('default: all rows, five times', () => {
    const options = parseExitOptions([])
    expect(options).toMatchObject({ runs: 5 })
    expect(options?.names).toHaveLength(7)
  })

  test('args: --only names rows, which stay in the order of the table', () => {
    const argv = ['--only', 'irqfd', '--only', 'mmio-read', '--runs', '3', '--json', 'j']
    expect(parseExitOptions(argv)).toEqual({ names: ['mmio-read', 'irqfd'], runs: 3, json: 'j' })
  })

  test('args: --help asks for help', () => {
    expect(parseExitOptions(['-h'])).toBeUndefined()
  })

  test.each([
    [['--only', 'nothing'], /--only is "nothing" and must be one of mmio-write, /],
    [['--runs', '0'], /--runs is "0" and must be a whole number from 1 to 100/],
    [['--no-qemu'], /Unknown option '--no-qemu'/],
  ])('error: %j', (argv, message) => {
    expect(() => parseExitOptions(argv)).toThrow(UsageError)
    expect(() => parseExitOptions(argv)).toThrow(message)
  })
})

describe('parseSoakOptions', () => {
  test('default: what the requirement says', () => {
    expect(parseSoakOptions([])).toMatchObject({ minutes: 10, everySeconds: 10, maxClockError: 0.01 })
  })

  test.each([
    [['--minutes', '0'], /--minutes is "0" and must be a number from 0.2/],
    [['--minutes', '1', '--every', '20'], /--every is "20" and must be a number from 1 to 15/],
  ])('error: %j', (argv, message) => {
    expect(() => parseSoakOptions(argv)).toThrow(message)
  })
})
