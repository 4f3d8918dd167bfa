#!/usr/bin/env node
/** Fetches the guests that armvisor boots. Runs on plain Node from a bare clone, nothing installed. */
import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { defaultCacheDir } from './guests/cache.mjs'
import { GuestsError } from './guests/error.mjs'
import { fetchGuests } from './guests/fetch.mjs'

export { exitParameter, initMarker, shellPrompt } from './guests/initramfs.mjs'
export { defaultCacheDir, fetchGuests, GuestsError }

const usage = `Usage: node tools/guests.mjs fetch [--cache DIR] [--package NAME] [--refresh] [--json] [--quiet]

Fetches Debian's arm64 kernel and static busybox with apt, builds an initramfs
and prints where they are. What the cache has is not fetched again.

  --cache DIR     cache folder (default: $ARMVISOR_CACHE or the user's cache)
  --package NAME  kernel package (default: linux-image-arm64)
  --refresh       ask the mirror for newer packages
  --json          print the paths and the manifest as JSON
  --quiet         no progress`

/** How often a long step says that it is still running. */
const heartbeatMs = 10_000

/**
 * A log that puts the elapsed time before each line and repeats the last one while nothing else happens.
 *
 * @param {(text: string) => void} write
 */
function startProgress(write) {
  const started = performance.now()
  let last = ''
  /** @param {string} line */
  const say = (line) => write(`[${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s] ${line}\n`)
  const heartbeat = setInterval(() => last && say(`still busy: ${last}`), heartbeatMs)
  heartbeat.unref()
  return {
    /** @param {string} line */
    log: (line) => {
      last = line
      say(line)
    },
    stop: () => clearInterval(heartbeat),
  }
}

/**
 * @param {readonly string[]} argv Arguments after the script's name.
 * @returns {Promise<number>} Exit status: 0, 1 failure, 2 usage.
 */
export async function main(argv) {
  let parsed
  try {
    parsed = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        cache: { type: 'string' },
        package: { type: 'string', default: 'linux-image-arm64' },
        refresh: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        quiet: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    return usageError(/** @type {Error} */ (error).message)
  }
  const { values, positionals } = parsed
  if (values.help) {
    process.stdout.write(`${usage}\n`)
    return 0
  }
  if (positionals.length !== 1 || positionals[0] !== 'fetch')
    return usageError(`The command is "${positionals.join(' ')}" and must be "fetch"`)
  if (values.cache === '') return usageError('--cache is empty and must name a folder')
  // The characters of Debian package names; others could reach apt as options or lead out of the cache.
  if (!/^[a-z0-9][a-z0-9.+-]+$/.test(values.package))
    return usageError(`--package is "${values.package}" and must be a package name such as linux-image-arm64`)

  const progress = values.quiet ? undefined : startProgress((text) => process.stderr.write(text))
  try {
    const guests = await fetchGuests({
      kernelPackage: values.package,
      isRefresh: values.refresh,
      ...(values.cache === undefined ? {} : { cacheDir: values.cache }),
      ...(progress === undefined ? {} : { log: progress.log }),
    })
    const { kernel, initrd, manifest } = guests
    process.stdout.write(
      values.json
        ? `${JSON.stringify(guests, null, 2)}\n`
        : `kernel ${kernel}\ninitrd ${initrd}\nappend ${manifest.append}\n`,
    )
    return 0
  } catch (error) {
    if (!(error instanceof GuestsError)) throw error
    process.stderr.write(`guests: ${error.message}.\n`)
    return 1
  } finally {
    progress?.stop()
  }
}

/** @param {string} message */
function usageError(message) {
  process.stderr.write(`guests: ${message}.\n\n${usage}\n`)
  return 2
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.once('SIGINT', () => process.exit(130))
  process.once('SIGTERM', () => process.exit(143))
  process.exitCode = await main(process.argv.slice(2))
}
