/**
 * Installs a package alone, from its tarball, into an empty folder, type-checks its README's first example there
 * against the published types and runs it.
 */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { difference, firstExample } from './readme-example.mjs'
import { capture } from './setup/child.mjs'
import { SetupError } from './setup/failure.mjs'
import { root } from './setup/pnpm.mjs'
import { step } from './setup/progress.mjs'

/** The libraries: each is of use without the ones above it. */
export const standalonePackages = ['uapi', 'stage2', 'cpu', 'vmm']

/** @param {string} name folder name of a package */
const manifestOf = (name) => JSON.parse(readFileSync(path.join(root, 'packages', name, 'package.json'), 'utf8'))

/**
 * Workspace packages that `name` needs at run time, itself included.
 *
 * @param {string} name
 * @returns {Set<string>}
 */
function closure(name) {
  const own = Object.keys(manifestOf(name).dependencies ?? {}).filter((dependency) =>
    dependency.startsWith('@armvisor/'),
  )
  return new Set([name, ...own.flatMap((dependency) => [...closure(dependency.slice('@armvisor/'.length))])])
}

/**
 * @param {string} name folder name of a package
 * @param {ReadonlyMap<string, string>} tarballs by folder name
 */
async function check(name, tarballs) {
  const example = firstExample(readFileSync(path.join(root, 'packages', name, 'README.md'), 'utf8'))
  if (example === undefined) throw new SetupError(`packages/${name}/README.md has no ts or js example.`)
  const folder = mkdtempSync(path.join(tmpdir(), `armvisor-${name}-`))
  try {
    // What is not in a registry yet comes from the neighbouring tarball; nothing else is installed beside the package.
    const local = Object.fromEntries(
      [...closure(name)].map((needed) => [manifestOf(needed).name, pathToFileURL(String(tarballs.get(needed))).href]),
    )
    const { [manifestOf(name).name]: own, ...overrides } = local
    const manifest = { private: true, type: 'module', dependencies: { [manifestOf(name).name]: own }, overrides }
    writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest))
    writeFileSync(path.join(folder, 'example.js'), example.code)
    mkdirSync(path.join(folder, 'types'))
    writeFileSync(path.join(folder, 'types/example.ts'), example.code)
    const npm = await capture('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'], {
      cwd: folder,
    })
    if (npm.status !== 0) throw new SetupError(`packages/${name} does not install from its tarball.`, npm.output)
    const compiler = path.join(root, 'node_modules/typescript/bin/tsc')
    const flags = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--lib',
      'es2023,dom',
      '--types',
      '',
    ]
    const types = await capture(process.execPath, [compiler, ...flags, 'types/example.ts'], { cwd: folder })
    if (types.status !== 0)
      throw new SetupError(`the README example of packages/${name} does not type-check.`, types.output)
    const run = await capture(process.execPath, ['example.js'], { cwd: folder })
    if (run.status !== 0) throw new SetupError(`the README example of packages/${name} fails.`, run.output)
    const wrong = difference(example, run.stdout)
    if (wrong !== undefined) throw new SetupError(`packages/${name}/README.md: ${wrong}.`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Checks the README examples of `names` against `tarballs`, which holds every workspace package by folder name.
 *
 * @param {ReadonlyMap<string, string>} tarballs
 * @param {readonly string[]} [names]
 * @throws {SetupError}
 */
export async function checkReadmeExamples(tarballs, names = standalonePackages) {
  for (const name of names)
    await step(`README example of packages/${name}, installed alone`, () => check(name, tarballs))
}
