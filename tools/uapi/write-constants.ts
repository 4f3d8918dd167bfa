/**
 * Writes the constants of `@armvisor/uapi` from its tables: capabilities, exit reasons, ioctl numbers, each under its
 * header name with the documentation that the table has.
 *
 * A constant has to be an export of its own, so that a bundle holds only those that are used; the tables stay the only
 * place where a number is written by hand. A test compares the files with what this gives.
 *
 * Usage: `tsx tools/uapi/write-constants.ts`
 */

import { readFileSync, writeFileSync } from 'node:fs'
// @boundaries-ignore the tables are what this writes the exports from; they are no exports themselves
import { capabilityTable } from '../../packages/uapi/src/capability-table.ts'
// @boundaries-ignore as above
import { exitReasonRows } from '../../packages/uapi/src/exit-reason-table.ts'
// @boundaries-ignore as above
import { ioctlNumber } from '../../packages/uapi/src/ioctl.ts'
// @boundaries-ignore as above
import { type IoctlRow, ioctlDoc, ioctlTable } from '../../packages/uapi/src/ioctl-table.ts'
// @boundaries-ignore as above
import type { NumberRow } from '../../packages/uapi/src/number-table.ts'

const lineWidth = 120
const source = new URL('../../packages/uapi/src/', import.meta.url)

/** Words in lines of a block comment. */
function wrap(text: string): string[] {
  const lines: string[] = []
  let line = ' *'
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > lineWidth) {
      lines.push(line)
      line = ' *'
    }
    line += ` ${word}`
  }
  return [...lines, line]
}

function constant(name: string, value: string, paragraphs: readonly (readonly string[])[], see: string): string {
  const single = `/** ${paragraphs.flat().join(' ')} @see ${see} */`
  const blocks = paragraphs.map((paragraph) => paragraph.flatMap(wrap).join('\n'))
  const comment =
    paragraphs.length === 1 && single.length <= lineWidth
      ? single
      : `/**\n${[...blocks, ` * @see ${see}`].join('\n *\n')}\n */`
  return `${comment}\nexport const ${name} = ${value}\n`
}

/** Header names, of constants, structures and their fields, as code. */
const code = (text: string): string =>
  text.replace(
    /\b(?:KVM_(?!CAP_)\w+|KVM_CAP_\w+(?= and never)|kvm_[\w.]+\w|reg_mask_range|vcpu2_index)|\bdata(?= are)/g,
    '`$&`',
  )

const sentence = (clause: string, since: string): string =>
  code(`${clause[0].toUpperCase()}${clause.slice(1)}.`) + (since === '' ? '' : ` Since ${since}.`)

function numbers(rows: readonly NumberRow[], other: string, see: string): string {
  return rows
    .map(({ name, value, since, doc }) =>
      constant(name, String(value), [[doc === '' ? other : sentence(doc, since)]], see),
    )
    .join('')
}

function ioctlConstant(row: IoctlRow): string {
  const { capability, architectures, type, parameters, returns } = ioctlDoc(row)
  const fields = `Capability: ${capability}. Architectures: ${architectures}. Type: ${type}. Parameters: ${code(parameters)}.`
  const what = row.what === '' ? 'Of other architectures.' : sentence(row.what, row.since)
  const see = row.section === '' ? '[KVM-API] §4' : `[KVM-API] ${row.section}`
  const number = `0x${ioctlNumber(row).toString(16).padStart(4, '0')}`
  return constant(row.name, number, [[what], [fields, `Returns: ${returns}.`]], see)
}

const by = 'Written by tools/uapi/write-constants.ts'

/** What each file of constants holds, by name. */
export const constantFiles: Readonly<Record<string, string>> = {
  'capability.ts': `/** Capabilities of \`KVM_CHECK_EXTENSION\` and \`KVM_ENABLE_CAP\`. ${by} from capability-table.ts. [KVM-API] §4.4. */

${numbers(capabilityTable, 'Of other architectures: 0 on arm64.', '[KVM-API] §4.4')}`,
  'exit-reason.ts': `/** Exit reasons of \`KVM_RUN\`. ${by} from exit-reason-table.ts. [KVM-API] §5. */

${numbers(exitReasonRows, 'Of other architectures.', '[KVM-API] §5')}`,
  'ioctl-number.ts': `/** Request numbers of the ioctls. ${by} from ioctl-table.ts. [KVM-API] §4. */

${ioctlTable.map(ioctlConstant).join('\n')}`,
}

/** Constants of a file of the package that are not what the tables give; for the test. */
export function staleConstantFiles(): string[] {
  return Object.keys(constantFiles).filter(
    (name) => readFileSync(new URL(name, source), 'utf8') !== constantFiles[name],
  )
}

if (process.argv[1]?.endsWith('write-constants.ts')) {
  for (const [name, text] of Object.entries(constantFiles)) writeFileSync(new URL(name, source), text)
}
