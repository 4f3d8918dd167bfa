/**
 * `npm start`: set-up, Debian's kernel and an initramfs, then the VM on this terminal. Arguments go to `armvisor run`;
 * with a `--kernel` among them nothing is fetched. The exit status is the VM's.
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

/**
 * Options of `armvisor run` that boot Debian; none, for the embedded guest, where there is no apt to fetch it with.
 *
 * @returns {Promise<string[]>}
 */
async function guestOptions() {
  try {
    const { kernel, initrd, manifest } = await step("find Debian's arm64 kernel", () => fetchGuests({ log: say }))
    return ['--kernel', kernel, '--initrd', initrd, '--append', manifest.append]
  } catch (error) {
    if (!(error instanceof GuestsError)) throw error
    if (error.code !== 'APT_ABSENT' && error.code !== 'DPKG_ABSENT') throw new SetupError(`${error.message}.`)
    process.stderr.write(`armvisor: ${error.message}. Running the embedded guest.\n`)
    return []
  }
}

await runMain(async () => {
  const args = process.argv.slice(2)
  await setUp()
  const hasKernel = args.some((arg) => arg === '--kernel' || arg.startsWith('--kernel='))
  const options = hasKernel ? [] : await guestOptions()
  return handOver(process.execPath, [path.join(root, 'packages/cli/dist/bin.js'), 'run', ...options, ...args])
})
