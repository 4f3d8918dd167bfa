/**
 * Brings the text of disassemblers to one form, so that what remains different is different.
 *
 * - Numbers become decimal, modulo 2^64, without `#`: bases, signs and digits of equal values differ between tools. Floating-point
 *   constants become the shortest decimal fraction.
 * - Blanks matter only between mnemonic and operands. Register lists are written out: `{v0.8b-v1.8b}` is `{v0.8b,v1.8b}`.
 * - GNU's comments (`// #1`) and symbols (`<.data+0x8>`) go; so do its names `cs`, `cc` of the conditions `hs`, `lo`.
 * - A shift by nothing (`lsl #0`, `[x0, #0]`) goes: tools disagree on whether to show it.
 */

const CONDITION_SYNONYMS: Readonly<Record<string, string>> = { cs: 'hs', cc: 'lo' }

function number(text: string): string {
  if (/[.e]/.test(text) && !text.includes('x')) return String(Number(text))
  const isNegative = text.startsWith('-')
  const value = BigInt(text.replace(/^[-+]/, ''))
  return BigInt.asUintN(64, isNegative ? -value : value).toString()
}

/** The registers of `v3.8b-v5.8b`, modulo 32. */
function writeOutList(first: string, last: string, arrangement: string): string {
  const names: string[] = []
  for (let n = Number(first); ; n = (n + 1) & 31) {
    names.push(`v${n}.${arrangement}`)
    if (n === Number(last)) return names.join(',')
  }
}

/** The common form of a line of disassembly. */
export function normalise(line: string): string {
  const text = line
    .toLowerCase()
    .replace(/\/\/.*$/, '')
    .replace(/<[^>]*>/g, '')
    .trim()
  const [, mnemonic = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(text) ?? []
  const operands = rest
    .replace(/\s+/g, ' ')
    .replace(/\s*([,[\]{}!])\s*/g, '$1')
    .replace(/v(\d+)\.(\w+)-v(\d+)\.\w+/g, (_, first, arrangement, last) => writeOutList(first, last, arrangement))
    .replace(/(?<![\w.])#?([-+]?(?:0x[0-9a-f]+|\d+\.\d+(?:e[-+]\d+)?|\d+))(?![\w.])/g, (_, digits) => number(digits))
    .replace(/,lsl 0(?=$|\])/g, '')
    .replace(/(\[\w+),0\]/g, '$1]')
    .split(',')
    .map((operand) => CONDITION_SYNONYMS[operand] ?? operand)
    .join(',')
  const [name = '', condition] = mnemonic.split('.')
  const fullName = condition ? `${name}.${CONDITION_SYNONYMS[condition] ?? condition}` : mnemonic
  return operands === '' ? fullName : `${fullName} ${operands}`
}
