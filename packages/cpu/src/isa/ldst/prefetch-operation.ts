/** Names of prefetch operations. [ARM] C6.2 PRFM. */

import { formatNumber, NUMBER, parseNumber, type Syntax } from '../syntax.ts'

const TYPES = ['pld', 'pli', 'pst']
/** By type, target and policy; undefined where there is a number only. */
const NAMES = Array.from({ length: 32 }, (_, n) => {
  const [type, level] = [TYPES[n >> 3], (n >> 1) & 3]
  return type && level < 3 ? `${type}l${level + 1}${n & 1 ? 'strm' : 'keep'}` : undefined
})

/** The operation in field Rt. */
export const prefetchOperation: Syntax = {
  pattern: `(?:p(?:ld|li|st)l[123](?:keep|strm)|${NUMBER})`,
  format: (f) => NAMES[f.Rt as number] ?? formatNumber(f.Rt as number),
  parse: (text) => {
    const n = /^p/.test(text) ? NAMES.indexOf(text) : Number(parseNumber(text))
    return n >= 0 && n < 32 ? { Rt: n } : undefined
  },
}
