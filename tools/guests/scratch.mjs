/** A scratch folder inside the cache: made, tidied and explained when the disk says no. */
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { GuestsError } from './error.mjs'

const dayMs = 24 * 60 * 60 * 1000

/**
 * Gives the action a folder of its own below the cache and removes it afterwards, whatever happens.
 *
 * @template T
 * @param {string} cache Absolute path; made when it is absent.
 * @param {number} neededMiB What a full disk lacks, for the message.
 * @param {(scratch: string) => Promise<T>} action
 * @returns {Promise<T>}
 * @throws {GuestsError} Instead of what the file system says of the cache.
 */
export async function withScratch(cache, neededMiB, action) {
  /** @type {string | undefined} */
  let scratch
  // A process that exits in the middle, after Ctrl-C for example, must not leave packages behind.
  const discard = () => scratch !== undefined && rmSync(scratch, { recursive: true, force: true })
  process.once('exit', discard)
  try {
    await mkdir(cache, { recursive: true })
    await removeLeftovers(cache)
    scratch = await mkdtemp(join(cache, 'fetch-'))
    return await action(scratch)
  } catch (error) {
    throw explainFileError(error, cache, neededMiB)
  } finally {
    process.removeListener('exit', discard)
    if (scratch !== undefined) await rm(scratch, { recursive: true, force: true })
  }
}

/**
 * @param {string} cache
 * @param {number} neededMiB
 * @param {(folder: string) => Promise<number>} freeBytes
 * @throws {GuestsError} DISK_FULL
 */
export async function requireSpace(cache, neededMiB, freeBytes) {
  const freeMiB = Math.floor((await freeBytes(cache)) / 2 ** 20)
  if (freeMiB < neededMiB)
    throw new GuestsError(
      'DISK_FULL',
      `The cache folder ${cache} has ${freeMiB} MiB of free space and the guests need ${neededMiB} MiB: free some space or name a folder on another disk with --cache`,
    )
}

/**
 * Removes scratch folders of runs that were killed; a day old, so that no running fetch loses its own.
 *
 * @param {string} cache
 */
async function removeLeftovers(cache) {
  for (const name of (await readdir(cache)).filter((entry) => entry.startsWith('fetch-'))) {
    const path = join(cache, name)
    const info = await stat(path).catch(() => undefined)
    if (info !== undefined && Date.now() - info.mtimeMs > dayMs) await rm(path, { recursive: true, force: true })
  }
}

/** @param {string} folder */
export async function freeBytesOf(folder) {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

/**
 * @param {unknown} error
 * @param {string} cache
 * @param {number} neededMiB
 * @returns {unknown}
 */
function explainFileError(error, cache, neededMiB) {
  if (!(error instanceof Error) || !('code' in error)) return error
  switch (error.code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOTDIR':
    case 'EEXIST':
    case 'ENOENT':
    case 'ELOOP':
    case 'ENAMETOOLONG':
      return new GuestsError(
        'CACHE_UNWRITABLE',
        `The cache folder ${cache} cannot be written (${error.code}): name a folder of your own with --cache or $ARMVISOR_CACHE`,
      )
    case 'ENOSPC':
    case 'EDQUOT':
      return new GuestsError(
        'DISK_FULL',
        `The cache folder ${cache} is on a full disk (${error.code}, ${neededMiB} MiB are needed): free some space or name a folder on another disk with --cache`,
      )
    default:
      return error
  }
}
