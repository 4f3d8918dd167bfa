import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkSettings, formatSettings, geometryOf, parseSettings, type VmSettings } from './settings.ts'

const settings: fc.Arbitrary<VmSettings> = fc.record({
  ipaBits: fc.integer({ min: 0, max: 60 }),
  granule: fc.constantFrom('4K', '16K', '64K'),
  memoryMiB: fc.integer({ min: 0, max: 8192 }),
  cpu: fc.constantFrom('armv8', 'armv8-lpa2'),
  jit: fc.constantFrom('on', 'off'),
  dirtyLog: fc.boolean(),
})

describe('the address of a set-up', () => {
  test('default: nothing said is a VM that can be made', () => {
    expect(formatSettings(parseSettings('')).toString()).toBe('')
    expect(checkSettings(parseSettings(''))).toBeUndefined()
  })

  test('behavior: reading undoes writing', () => {
    fc.assert(
      fc.property(settings, (it) => {
        expect(parseSettings(`?${formatSettings(it)}`)).toEqual(it)
      }),
    )
  })

  test('behavior: what is unknown has its default, other words stay', () => {
    expect(parseSettings('?ipa=many&granule=8K&cpu=x86')).toEqual(parseSettings(''))
    expect(formatSettings(parseSettings('?ipa=36'), new URLSearchParams('a=b')).toString()).toBe('a=b&ipa=36')
  })
})

describe('checkSettings', () => {
  const check = (changes: Partial<VmSettings>): ReturnType<typeof checkSettings> =>
    checkSettings({ ...parseSettings(''), ...changes })

  test.each([
    [{ ipaBits: 31 }, 'ipaBits', '31'],
    [{ ipaBits: 53 }, 'ipaBits', '53'],
    [{ ipaBits: 49 }, 'ipaBits', '48'],
    [{ ipaBits: 32, memoryMiB: 4000 }, 'ipaBits', '33'],
    [{ memoryMiB: 0 }, 'memoryMiB', '0'],
    [{ memoryMiB: 4096, ipaBits: 36 }, 'memoryMiB', '4 GiB'],
  ] as const)('error: %o', (changes, field, named) => {
    const problem = check(changes)
    expect(problem?.field).toBe(field)
    expect(problem?.message).toContain(named)
  })

  test('behavior: settings without a problem have a geometry', () => {
    fc.assert(
      fc.property(settings, (it) => {
        if (checkSettings(it) === undefined) expect(geometryOf(it)?.granule).toBe(it.granule)
      }),
    )
  })
})
