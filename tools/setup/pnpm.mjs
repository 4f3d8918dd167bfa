/** The pinned pnpm: the one on PATH if it is that version, else a copy under `.cache`, never a global install. */

import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { capture } from './child.mjs'
import { SetupError } from './failure.mjs'
import { step } from './progress.mjs'

/** The repository's root folder. */
export const root = fileURLToPath(new URL('../../', import.meta.url))

/** What the commands keep between runs; safe to delete. */
export const cacheFolder = path.join(root, '.cache')

const { packageManager } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
const version = packageManager.replace(/^pnpm@/, '')
const prefix = path.join(cacheFolder, `pnpm-${version}`)
const ownBinFolder = path.join(prefix, 'node_modules/.bin')
const ownScript = path.join(prefix, 'node_modules/pnpm/bin/pnpm.cjs')

/** Two retries as usual, but seconds apart: without a network the defaults of npm and pnpm take over a minute to say so. */
const retryEnv = { npm_config_fetch_retry_mintimeout: '2000', npm_config_fetch_retry_maxtimeout: '8000' }

/** @param {string} output */
const networkCode = (output) =>
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|ERR_PNPM_META_FETCH_FAIL)\b/.exec(
    output,
  )?.[1]

/**
 * The error for a failed download: one sentence if the network is the cause, else with the tool's own output.
 *
 * @param {string} what
 * @param {string} output
 */
export function downloadError(what, output) {
  const code = networkCode(output)
  if (code !== undefined) {
    return new SetupError(
      `cannot download ${what}: no connection to the package registry (${code}); connect and run the command again.`,
    )
  }
  return new SetupError(`cannot install ${what}; the lines above say why.`, output)
}

/** Makes the cache folder. @throws {SetupError} where it cannot be written. */
export function makeCacheFolder() {
  try {
    mkdirSync(cacheFolder, { recursive: true })
  } catch (error) {
    const code = /** @type {NodeJS.ErrnoException} */ (error).code
    throw new SetupError(`cannot write to ${cacheFolder} (${code}); make the folder of the clone writable.`)
  }
}

async function isPinnedVersionOnPath() {
  // In a foreign folder and offline, so that neither corepack nor pnpm's own version switch downloads anything here.
  const env = { ...process.env, COREPACK_ENABLE_NETWORK: '0', COREPACK_ENABLE_DOWNLOAD_PROMPT: '0' }
  const { status, stdout } = await capture('pnpm', ['--version'], { cwd: tmpdir(), env })
  return status === 0 && stdout.trim() === version
}

async function installOwnCopy() {
  const args = [
    'install',
    '--prefix',
    prefix,
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    `pnpm@${version}`,
  ]
  const npmScript = process.env['npm_execpath']
  const isNpm = npmScript !== undefined && /npm-cli\.c?js$/.test(npmScript)
  mkdirSync(prefix, { recursive: true })
  const env = { ...retryEnv, ...process.env }
  const { status, output } = await (isNpm
    ? capture(process.execPath, [npmScript, ...args], { env })
    : capture('npm', args, { env }))
  if (status !== 0 || !existsSync(ownScript)) throw downloadError(`pnpm ${version}`, output)
}

/**
 * @typedef {object} Pnpm
 * @property {(args: readonly string[], options?: { cwd?: string }) => Promise<import('./child.mjs').Outcome>} run
 * @property {NodeJS.ProcessEnv} env an environment in which `pnpm` on PATH is the pinned one
 */

/** @type {Promise<Pnpm> | undefined} */
let found

/**
 * Finds the pinned pnpm, or brings it.
 *
 * @returns {Promise<Pnpm>}
 * @throws {SetupError} where it is absent and cannot be downloaded
 */
export function findPnpm() {
  found ??= locate()
  return found
}

/** @returns {Promise<Pnpm>} */
async function locate() {
  // Under NODE_ENV=production pnpm would leave out the tools that build and test.
  const { NODE_ENV: _, ...inherited } = process.env
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...retryEnv, ...inherited }
  if (!existsSync(ownScript)) {
    if (await isPinnedVersionOnPath())
      return { env, run: (args, options) => capture('pnpm', args, { cwd: root, env, ...options }) }
    await step(`get pnpm ${version}`, installOwnCopy)
  }
  const pathKey = Object.keys(env).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH'
  const ownEnv = { ...env, [pathKey]: `${ownBinFolder}${path.delimiter}${env[pathKey] ?? ''}` }
  return {
    env: ownEnv,
    run: (args, options) => capture(process.execPath, [ownScript, ...args], { cwd: root, env: ownEnv, ...options }),
  }
}
