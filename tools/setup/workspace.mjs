/** The steps from a bare clone to a built workspace; each is skipped when its inputs are as they were. */

import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { capture } from './child.mjs'
import { checkNode, SetupError } from './failure.mjs'
import { cacheFolder, downloadError, findPnpm, makeCacheFolder, root } from './pnpm.mjs'
import { step } from './progress.mjs'

const installStamp = path.join(cacheFolder, 'installed')

/** Folders of all workspace packages, relative to the root. */
export function workspaceFolders() {
  const groups = ['packages', 'apps'].flatMap((group) =>
    existsSync(path.join(root, group)) ? readdirSync(path.join(root, group)).map((name) => `${group}/${name}`) : [],
  )
  return [...groups, 'tests', 'tools', 'benchmarks'].filter((folder) =>
    existsSync(path.join(root, folder, 'package.json')),
  )
}

function hashOfInstallInputs() {
  const hash = createHash('sha256')
  const manifests = workspaceFolders().map((folder) => `${folder}/package.json`)
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', ...manifests]) {
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(path.join(root, file)))
  }
  return hash.digest('hex')
}

function isInstalled() {
  const hasModules = existsSync(path.join(root, 'node_modules/.modules.yaml'))
  return hasModules && existsSync(installStamp) && readFileSync(installStamp, 'utf8') === hashOfInstallInputs()
}

async function install() {
  const pnpm = await findPnpm()
  await step('install dependencies', async () => {
    const { status, output } = await pnpm.run(['install', '--frozen-lockfile', '--prefer-offline', '--prod=false'])
    if (status !== 0) throw downloadError('the dependencies', output)
    writeFileSync(installStamp, hashOfInstallInputs())
  })
}

async function build() {
  // The compiler keeps its own record of what changed; when nothing did, this takes well under a second.
  const { status, output } = await capture(
    process.execPath,
    [path.join(root, 'node_modules/typescript/bin/tsc'), '-b'],
    { cwd: root },
  )
  if (status !== 0) throw new SetupError('the packages do not compile; the lines above say where.', output)
}

/**
 * Makes the workspace ready: dependencies installed, packages compiled.
 *
 * @throws {SetupError}
 */
export async function setUp() {
  checkNode()
  makeCacheFolder()
  if (!isInstalled()) await install()
  await step('build', build)
}
