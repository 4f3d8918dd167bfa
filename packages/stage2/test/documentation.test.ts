/** Every export has a documentation comment, and so has every public member of an exported class or interface with a body. */

import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const source = new URL('../src/', import.meta.url)
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
const entries = ['index.ts', 'hardware.ts', 'inspect.ts', 'testing.ts']

const declaration =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:function\*?|class|interface|type|const) (?<name>\w+)/
const member =
  /^ {2}(?!#|\}|\)|\/|private|constructor|visit\b|visitRun\b)(?:static )?(?:readonly )?(?:get )?(?<name>\w+)[?]?(?:<[^>]*>)?[(:]/

function isDocumented(lines: readonly string[], index: number): boolean {
  let at = index - 1
  while (at >= 0 && /^\s*(?:\/\/|@)/.test(lines[at] as string)) at--
  return /\*\/\s*$/.test(lines[at] ?? '')
}

function read(file: string): string[] {
  return readFileSync(new URL(file, source), 'utf8').split('\n')
}

test('behavior: every file begins with a sentence on what it is', () => {
  expect(files.length).toBeGreaterThan(40)
  expect(files.filter((file) => !(read(file)[0] as string).startsWith('/**'))).toEqual([])
})

test('behavior: every export is documented', () => {
  const missing: string[] = []
  let exports = 0
  for (const file of files) {
    const lines = read(file)
    lines.forEach((line, index) => {
      const name = declaration.exec(line)?.groups?.['name']
      if (name === undefined) return
      exports++
      if (!isDocumented(lines, index)) missing.push(`${file}: ${name}`)
    })
  }
  expect(missing).toEqual([])
  expect(exports).toBeGreaterThan(150)
})

test('behavior: every name that an entry exports is one of those', () => {
  const declared = new Set(
    files.flatMap((file) => read(file).flatMap((line) => declaration.exec(line)?.groups?.['name'] ?? [])),
  )
  for (const entry of entries) {
    const text = read(entry).join('\n')
    const names = [...text.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, list]) =>
      (list as string).split(',').flatMap((item) => item.replace('type ', '').trim() || []),
    )
    expect(names.length).toBeGreaterThan(3)
    expect(names.filter((name) => !declared.has(name))).toEqual([])
    if (entry !== 'testing.ts') expect(text, `${entry} has an example`).toContain('@example')
  }
})

test('behavior: every public method and accessor is documented', () => {
  const missing: string[] = []
  for (const file of files) {
    const lines = read(file)
    let name: string | undefined
    lines.forEach((line, index) => {
      const started = /^export (?:abstract )?class (\w+)/.exec(line)?.[1]
      if (started !== undefined) name = started
      if (line === '}') name = undefined
      const found = name === undefined ? undefined : member.exec(line)?.groups?.['name']
      const isMethod = /\{$/.test(line) || /\($/.test(line)
      if (found !== undefined && isMethod && !isDocumented(lines, index)) missing.push(`${file}: ${name}.${found}`)
    })
  }
  expect(missing).toEqual([])
})
