/**
 * `npm run playground`: set-up, then the playground's site on a local port. `--debian` also prepares Debian's kernel and an
 * initramfs and offers them on the page. Other arguments go to the site's server.
 */

import path from 'node:path'
import process from 'node:process'
import { fetchGuests, GuestsError } from './guests.mjs'
import { handOver } from './setup/child.mjs'
import { runMain, SetupError } from './setup/failure.mjs'
import { root } from './setup/pnpm.mjs'
import { step } from './setup/progress.mjs'
import { setUp } from './setup/workspace.mjs'

/** Says what a step is doing, under its line. @param {string} line */
const say = (line) => process.stderr.write(`${process.stderr.isTTY ? '\r\x1b[K' : ''}    ${line}\n`)

/** @returns {Promise<string[]>} */
async function debianArguments() {
  try {
    const { kernel, initrd, manifest } = await step("find Debian's arm64 kernel", () => fetchGuests({ log: say }))
    return [
      '--kernel',
      kernel,
      '--initrd',
      initrd,
      '--append',
      manifest.append,
      '--name',
      `Debian ${manifest.kernel.release}`,
    ]
  } catch (error) {
    if (!(error instanceof GuestsError)) throw error
    throw new SetupError(`${error.message}. Without --debian the page has its built-in guest.`)
  }
}

await runMain(async () => {
  const args = process.argv.slice(2)
  await setUp()
  const guest = args.includes('--debian') ? await debianArguments() : []
  const rest = args.filter((arg) => arg !== '--debian')
  return handOver(process.execPath, [path.join(root, 'apps/playground/serve.mjs'), ...guest, ...rest])
})
