/** Every specification that a comment cites by short name is listed in docs/references.md. */

import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const root = path.resolve(import.meta.dirname, '..')
const short = /\[([A-Z][A-Za-z0-9-]*[A-Z0-9][A-Za-z0-9-]*)\](?![(:\]])/g

function filesBelow(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => path.join(folder, file))
    .filter((file) => /\.(ts|mjs)$/.test(file) && !/(^|\/)(node_modules|dist|fixtures)\//.test(file))
}

/** Short names in comment lines: a bracket in code is an index. */
function citations(file: string): string[] {
  const comments = readFileSync(path.join(root, file), 'utf8').match(/(\/\/.*|^\s*(\/\*\*?|\*).*)$/gm) ?? []
  return comments.flatMap((line) => Array.from(line.replaceAll(/`[^`]*`/g, '').matchAll(short), ([, name]) => name))
}

test('default: cited short names resolve', () => {
  const listed = new Set(
    Array.from(
      readFileSync(path.join(root, 'docs/references.md'), 'utf8').matchAll(/^\| \[(.+?)\] \|/gm),
      ([, name]) => name,
    ),
  )
  const files = ['packages', 'tests', 'tools', 'benchmarks'].flatMap(filesBelow)
  const unresolved = files.flatMap((file) =>
    citations(file)
      .filter((name) => !listed.has(name))
      .map((name) => `${file}: [${name}]`),
  )
  expect(files.length).toBeGreaterThan(50)
  expect([...new Set(unresolved)]).toEqual([])
})
