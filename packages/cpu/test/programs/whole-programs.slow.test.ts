/** All programs that were recorded, interpreted and translated at once: see whole-programs.test.ts. */

import { describe, expect, it } from 'vitest'
import { asUsual, atOnce, Comparison, soon } from './comparison.ts'
import { GROUP, readDigests } from './digests.ts'

const digests = readDigests()
const groups = digests.answers.length / GROUP
const PARTS = 8

describe.each(Array.from({ length: PARTS }, (_, part) => part))(`part %i of ${PARTS}`, (part) => {
  const from = Math.floor((groups * part) / PARTS)
  const to = Math.floor((groups * (part + 1)) / PARTS)
  it(`behavior: programs ${from * GROUP} to ${to * GROUP - 1} leave QEMU's state`, () => {
    const comparison = new Comparison(digests, [atOnce, atOnce, soon, asUsual])
    for (let group = from; group < to; group++) expect(comparison.group(group).join('\n')).toBe('')
    const { programs, regions, notCompared } = comparison
    console.info(`${programs} programs, ${regions} regions, ${notCompared} not compared with ${digests.tool}`)
  }, 3_600_000)
})
