/** The recording programs' guests, assembled here from their own sources. */

import { readFileSync } from 'node:fs'
import { assemble } from '@armvisor/cpu'

interface RecordedProgram {
  readonly source: readonly string[]
  /** What the GNU assembler made of it. */
  readonly words: string
}

/** The programs as they were recorded, by name. */
export const recordedPrograms: Readonly<Record<string, RecordedProgram>> = (
  JSON.parse(readFileSync(new URL('../fixtures/guest-programs.json', import.meta.url), 'utf8')) as {
    readonly programs: Record<string, RecordedProgram>
  }
).programs

/**
 * The vector table was aligned within its section, in which it began at offset 100: its first entry is shorter by that. What is
 * between the entries is NOPs.
 */
const vectors = [
  ...Array.from({ length: 16 }, (_, n) => [
    'b handler',
    ...Array.from({ length: n === 0 ? 6 : 31 }, () => 'nop'),
  ]).flat(),
  'handler:',
  ...recordedPrograms['vec'].source.slice(5).map((line) => line.replace('g_vech', 'handler')),
]

/** Sources in the form that our assembler takes: names for numeric labels, no directives of the GNU assembler. */
function portable(source: readonly string[]): string {
  const seen = new Map<string, number>()
  return source
    .filter((line) => !line.startsWith('.arch'))
    .map((line) => {
      const label = /^(\d):\s*(.*)$/.exec(line)
      if (label === null) return line
      seen.set(label[1], (seen.get(label[1]) ?? 0) + 1)
      return `label${label[1]}:\n${label[2]}`
    })
    .map((line) =>
      line
        .replace(/\b(\d)[bf]$/, 'label$1')
        .replace(/^b \.$/, 'here: b here')
        .replace('#(3<<20)', '#0x300000'),
    )
    .join('\n')
}

const assembled = new Map<string, Uint8Array>()

/** The bytes of a program. */
export function programBytes(name: string): Uint8Array {
  let bytes = assembled.get(name)
  if (bytes === undefined) {
    bytes = assemble(portable(name === 'vec' ? vectors : recordedPrograms[name].source)).bytes
    assembled.set(name, bytes)
  }
  return bytes
}
