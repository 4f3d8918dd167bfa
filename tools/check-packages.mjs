/**
 * Packs every package as it would be published and checks the tarball: publint, types in every resolution mode, no
 * compiled file without a source, and in an empty folder the README example of the standalone packages and the command line.
 */

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { checkCommandLine } from './check-command-line.mjs'
import { checkReadmeExamples } from './check-readme-examples.mjs'
import { capture } from './setup/child.mjs'
import { runMain, SetupError } from './setup/failure.mjs'
import { findPnpm, root } from './setup/pnpm.mjs'
import { step } from './setup/progress.mjs'
import { setUp } from './setup/workspace.mjs'

/**
 * The two export maps of a package differ by the condition that leads to the sources, and by nothing else.
 *
 * @param {string} name
 */
function checkExportMaps(name) {
  const manifest = JSON.parse(readFileSync(path.join(root, 'packages', name, 'package.json'), 'utf8'))
  const published = JSON.stringify(manifest.exports, (key, value) => (key === '@armvisor/source' ? undefined : value))
  if (published === JSON.stringify(manifest.publishConfig.exports)) return
  throw new SetupError(`packages/${name}/package.json: publishConfig.exports is not exports without @armvisor/source.`)
}

/**
 * A source that was renamed leaves its old output behind, and the tarball would carry it.
 *
 * @param {string} name
 */
function checkOutputs(name) {
  const dist = path.join(root, 'packages', name, 'dist')
  for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.js')) continue
    const source = path.join(root, 'packages', name, 'src', file.replace(/\.js$/, '.ts'))
    if (!existsSync(source))
      throw new SetupError(`packages/${name}/dist/${file} has no source; run npm run clean and build again.`)
  }
}

/**
 * @param {string} name
 * @param {string} folder
 * @returns {Promise<string>} path of the tarball
 */
async function pack(name, folder) {
  checkExportMaps(name)
  checkOutputs(name)
  const pnpm = await findPnpm()
  const cwd = path.join(root, 'packages', name)
  const { status, stdout, output } = await pnpm.run(['pack', '--json', '--pack-destination', folder], { cwd })
  if (status !== 0) throw new SetupError(`packages/${name} does not pack.`, output)
  // What the scripts of the package print comes first.
  const tarball = JSON.parse(stdout.slice(stdout.indexOf('\n{') + 1)).filename
  const bin = (/** @type {string} */ tool) => path.join(root, 'node_modules/.bin', tool)
  const lint = await capture(bin('publint'), ['run', tarball, '--strict'], { cwd })
  if (lint.status !== 0) throw new SetupError(`publint refuses packages/${name}.`, lint.output)
  const types = await capture(bin('attw'), [tarball, '--profile', 'esm-only', '--no-emoji'], { cwd })
  if (types.status !== 0) throw new SetupError(`the types of packages/${name} do not resolve.`, types.output)
  return tarball
}

/** Runs every check of this file. @throws {SetupError} at the first package that fails */
export async function checkPackages() {
  const folder = mkdtempSync(path.join(tmpdir(), 'armvisor-pack-'))
  try {
    /** @type {Map<string, string>} */
    const tarballs = new Map()
    for (const name of readdirSync(path.join(root, 'packages'))) {
      tarballs.set(name, await step(`pack packages/${name}`, () => pack(name, folder)))
    }
    await checkReadmeExamples(tarballs)
    await checkCommandLine(tarballs)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await runMain(async () => {
    await setUp()
    await checkPackages()
    return 0
  })
}
