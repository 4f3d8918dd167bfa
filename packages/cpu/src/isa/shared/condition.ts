/** Condition codes. [ARM] C1.2.4. */

import { keyword, type Syntax } from '../syntax.ts'

/** Condition names by code. */
const CONDITIONS: readonly string[] = [
  'eq',
  'ne',
  'hs',
  'lo',
  'mi',
  'pl',
  'vs',
  'vc',
  'hi',
  'ls',
  'ge',
  'lt',
  'gt',
  'le',
  'al',
  'nv',
]

/** Other spellings of conditions, understood and never written. */
const SYNONYMS: Readonly<Record<string, string>> = { cs: 'hs', cc: 'lo' }

/** The condition of field `cond`. */
export const condition: Syntax = {
  ...keyword('cond', CONDITIONS),
  pattern: `(?:${[...CONDITIONS, ...Object.keys(SYNONYMS)].join('|')})`,
  parse: (text) => ({ cond: CONDITIONS.indexOf(SYNONYMS[text] ?? text) }),
}

/** The condition whose opposite field `cond` holds. AL and NV have none. */
export const invertedCondition: Syntax = {
  pattern: condition.pattern,
  format: (f) => CONDITIONS[(f.cond as number) ^ 1] as string,
  parse: (text) => {
    const cond = CONDITIONS.indexOf(SYNONYMS[text] ?? text)
    return cond < 14 ? { cond: cond ^ 1 } : undefined
  },
}
