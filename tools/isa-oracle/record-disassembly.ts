/**
 * Records how GNU objdump disassembles random words of every row of the instruction table, for packages/cpu/test/isa.
 * Needs aarch64-linux-gnu-objdump: `pnpm exec tsx --conditions @armvisor/source tools/isa-oracle/record-disassembly.ts`
 */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { instructionTable } from '@armvisor/cpu'
import { DISASSEMBLY_BASE, type DisassemblyFixture, disassemblyWords, fingerprint, fixturePath } from './questions.ts'

const objdump = process.env['OBJDUMP'] ?? 'aarch64-linux-gnu-objdump'
const folder = mkdtempSync(join(tmpdir(), 'isa-oracle-'))

function textOf(words: readonly number[]): string[] {
  const file = join(folder, 'words')
  writeFileSync(file, new Uint8Array(new Uint32Array(words).buffer))
  const options = [
    '-D',
    '-z',
    '-b',
    'binary',
    '-m',
    'aarch64',
    `--adjust-vma=${DISASSEMBLY_BASE}`,
    '--no-show-raw-insn',
  ]
  const lines = execFileSync(objdump, [...options, file], { encoding: 'utf8', maxBuffer: 1 << 26 }).split('\n')
  const text = lines.flatMap((line) => /^\s*[0-9a-f]+:\s+(.*)$/.exec(line)?.[1]?.replace(/\s+/g, ' ').trim() ?? [])
  if (text.length !== words.length) throw new Error(`${objdump} wrote ${text.length} lines for ${words.length} words`)
  return text
}

const rows: Record<string, { words: number; text: readonly string[] }> = {}
for (const insn of instructionTable) {
  const words = disassemblyWords(insn)
  rows[insn.name] = { words: fingerprint(words), text: textOf(words) }
}
rmSync(folder, { recursive: true })
const tool = execFileSync(objdump, ['--version'], { encoding: 'utf8' }).split('\n')[0] ?? ''
const fixture: DisassemblyFixture = { tool, rows }
const bytes = gzipSync(JSON.stringify(fixture), { level: 9 })
writeFileSync(fixturePath('objdump.json.gz'), bytes)
console.log(`${Object.keys(rows).length} rows, ${bytes.length} bytes, ${tool}`)
