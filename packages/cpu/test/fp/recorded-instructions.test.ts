/** Results and FPSR equal those of recorded instructions, for every operation, format and control setting. */

import { describe, expect, it } from 'vitest'
import {
  FP_OPS,
  type FPRounding,
  fpConvertAux,
  fpFixedAux,
  fpRoundIntAux,
  fpSlow,
  type roundByFpcr,
} from '../../src/fp/index.ts'
import { formatOf, type RecordedGroup, readRecording } from './recording.ts'

const comparisons: ReadonlySet<string> = new Set(['FPCompareEQ', 'FPCompareGE', 'FPCompareGT'])

function auxOf(group: RecordedGroup): number {
  const rounding = (group.rounding ?? 0) as FPRounding | typeof roundByFpcr
  switch (group.op) {
    case 'FPCompare':
      return group.signals ? 1 : 0
    case 'FPRoundInt':
      return fpRoundIntAux(rounding, group.exact!)
    case 'FPToFixed':
    case 'FixedToFP':
      return fpFixedAux(rounding, group.unsigned!, group.bits!, group.fbits!)
    case 'FPConvert':
      return fpConvertAux(rounding, formatOf(group.result))
    default:
      return 0
  }
}

function hex(value: bigint | number): string {
  return `0x${value.toString(16)}`
}

/** The cases that differ, as text. */
function differences(group: RecordedGroup): string[] {
  const found: string[] = []
  const aux = auxOf(group)
  const op = FP_OPS[group.op]
  const format = formatOf(group.op === 'FixedToFP' ? group.result : group.format)
  for (let index = 0; index < group.cases; index++) {
    const [a = 0n, b = 0n, c = 0n] = group.operandsOf(index)
    for (const [setting, fpcr] of group.fpcr.entries()) {
      const expected = group.answerOf(setting, index)
      const env = { fpcr, fpsr: 0 }
      let result = fpSlow(op, format, a, b, c, env, aux)
      // The vector compares write a mask where the pseudocode has a boolean.
      if (comparisons.has(group.op)) result = BigInt.asUintN(format, -result)
      if (result !== expected.result || env.fpsr !== expected.fpsr) {
        const operands = [a, b, c].slice(0, group.operands).map(hex)
        found.push(
          `${operands.join(', ')} under ${hex(fpcr)}: ${hex(result)} ${hex(env.fpsr)}, ` +
            `recorded ${hex(expected.result)} ${hex(expected.fpsr)}`,
        )
      }
    }
  }
  return found
}

describe.each(['arithmetic', 'others', 'conversions'])('%s', (name) => {
  const groups = readRecording(name)
  it.each(
    groups.map((group): [string, RecordedGroup] => [
      `${group.op} ${group.insn} ${group.format}→${group.result}`,
      group,
    ]),
  )('%s', (_title, group) => {
    const found = differences(group)
    expect(found.slice(0, 5), `${found.length} of ${group.cases * group.fpcr.length} cases differ`).toEqual([])
  })
})

describe('recordings', () => {
  const all = ['arithmetic', 'others', 'conversions'].flatMap(readRecording)

  it('behavior: cover every operation', () => {
    expect(new Set(all.map((group) => group.op))).toEqual(new Set(Object.keys(FP_OPS)))
  })

  it('behavior: hold at least 50 000 cases', () => {
    expect(all.reduce((sum, group) => sum + group.cases * group.fpcr.length, 0)).toBeGreaterThan(50_000)
  })
})
