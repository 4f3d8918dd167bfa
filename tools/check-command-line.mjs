/** Installs the command line from its tarball, as a user does, and looks whether its worker translates. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { capture } from './setup/child.mjs'
import { SetupError } from './setup/failure.mjs'
import { root } from './setup/pnpm.mjs'
import { step } from './setup/progress.mjs'

/** Counts long enough for a worker to start and to answer, then powers off. */
const program = `
  movz x9, #0x3000, lsl #16
loop:
  subs x9, x9, #1
  b.ne loop
  movz w0, #8
  movk w0, #0x8400, lsl #16
  hvc  #0
`

/** @returns {Promise<Uint8Array>} an Image of the program */
async function kernel() {
  const load = (/** @type {string} */ name) =>
    import(pathToFileURL(path.join(root, `packages/${name}/dist/index.js`)).href)
  const [{ assemble }, { encodeImageHeader, imageHeaderBytes }] = await Promise.all([load('cpu'), load('vmm')])
  const { bytes } = assemble(program, { base: BigInt(0x4000_0000 + imageHeaderBytes) })
  const imageBytes = imageHeaderBytes + bytes.length
  const image = new Uint8Array(imageBytes)
  image.set(encodeImageHeader({ textOffset: 0, imageBytes, flags: 0b1010 }))
  image.set(bytes, imageHeaderBytes)
  return image
}

/**
 * @param {ReadonlyMap<string, string>} tarballs every workspace package by folder name
 * @param {string} folder an empty one
 */
async function check(tarballs, folder) {
  const local = Object.fromEntries(
    [...tarballs]
      .filter(([name]) => name !== 'cli')
      .map(([name, file]) => [`@armvisor/${name}`, pathToFileURL(file).href]),
  )
  const dependencies = { armvisor: pathToFileURL(String(tarballs.get('cli'))).href }
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ private: true, dependencies, overrides: local }))
  const flags = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']
  const npm = await capture('npm', ['install', ...flags], { cwd: folder })
  if (npm.status !== 0) throw new SetupError('packages/cli does not install from its tarball.', npm.output)
  writeFileSync(path.join(folder, 'kernel'), await kernel())
  const args = ['run', '--kernel', 'kernel', '--memory', '4M', '--timeout', '120', '--stats', 'json']
  const run = await capture(path.join(folder, 'node_modules/.bin/armvisor'), args, { cwd: folder })
  if (run.status !== 0) throw new SetupError('armvisor run fails, installed from its tarball.', run.output)
  // Anything beside the statistics is a complaint, as the one of a worker that is gone.
  const line = /^\{.*\}$/.exec(run.output.trim())?.[0]
  const regions = line === undefined ? 0 : JSON.parse(line).cpus[0].jit.regions
  if (regions === 0) throw new SetupError('The worker of packages/cli translates nothing, installed.', run.output)
}

/**
 * @param {ReadonlyMap<string, string>} tarballs
 * @throws {SetupError}
 */
export async function checkCommandLine(tarballs) {
  await step('armvisor run, installed from its tarball', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'armvisor-cli-'))
    try {
      await check(tarballs, folder)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
}
