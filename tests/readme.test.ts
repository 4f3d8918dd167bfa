/** The first example of every package's README runs on the sources and prints what its comments promise. */

import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { difference, firstExample } from '@armvisor/tools/readme-example.mjs'
import { capture } from '@armvisor/tools/setup/child.mjs'
import { expect, test } from 'vitest'

const packages = path.resolve(import.meta.dirname, '../packages')
const names = readdirSync(packages)
const tsx = import.meta.resolve('tsx')

const readme = (name: string): string => readFileSync(path.join(packages, name, 'README.md'), 'utf8')

// The example of the command line is a shell session; its package tests the commands.
test.each(names.filter((name) => name !== 'cli'))('behavior: the example of %s runs as it says', async (name) => {
  const example = firstExample(readme(name))
  if (example === undefined) return expect.fail('the README has no ts or js example')
  expect(example.expected).not.toEqual([])
  // Evaluated in the package's own folder, where its name resolves to itself and its dependencies to theirs.
  const args = ['--conditions=@armvisor/source', `--import=${tsx}`, '--input-type=module', '-']
  const run = await capture(process.execPath, args, { cwd: path.join(packages, name), input: example.code })
  expect(run.status, run.output).toBe(0)
  expect(difference(example, run.stdout)).toBeUndefined()
})

test.each(names)('default: the README of %s has the usual sections', (name) => {
  const lines = readme(name).split('\n')
  expect(lines.length).toBeLessThanOrEqual(150)
  const sections = lines.filter((line) => line.startsWith('## ')).map((line) => line.slice(3))
  expect(sections).toEqual(['Install', 'Example', 'Design', 'Guarantees and limits', 'API'])
})
