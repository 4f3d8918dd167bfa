/** A root file system of Debian's arm64 packages as a cpio archive, for guests that run more than busybox. */
import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleepFor } from 'node:timers/promises'
import { Apt } from './apt.mjs'
import { defaultCacheDir, loadFile, storeFile, writeWhole } from './cache.mjs'
import { encodeCpio, S_IFDIR, S_IFLNK, S_IFREG } from './cpio.mjs'
import { readDeb } from './deb.mjs'
import { GuestsError, wayOut } from './error.mjs'
import { execProgram } from './exec.mjs'
import { freeBytesOf, requireSpace, withScratch } from './scratch.mjs'

/** @typedef {import('./cpio.mjs').CpioEntry} CpioEntry */
/** @typedef {import('./tar.mjs').TarMember} TarMember */
/** @typedef {{ name: string, version: string }} PackageVersion */
/**
 * @typedef {object} Root
 * @property {string} file Absolute path of the archive, not compressed.
 * @property {readonly PackageVersion[]} packages All that is in it.
 */
/**
 * @typedef {object} RootOptions
 * @property {readonly string[]} packages What to install; what these depend on comes along.
 * @property {readonly RegExp[]} [leftOut] Paths without leading slash that no program of the guest reads.
 * @property {string} [cacheDir]
 * @property {(line: string) => void} [log]
 * @property {boolean} [isRefresh]
 * @property {import('./exec.mjs').Exec} [exec]
 * @property {(delayMs: number) => Promise<unknown>} [sleep]
 * @property {(folder: string) => Promise<number>} [freeBytes]
 */

const neededMiB = 300
/** Another number makes what is in the cache obsolete. */
const recipe = 1
/** Folders that are links into /usr, in all Debian systems but not in all packages.. */
const merged = ['bin', 'lib', 'sbin']

/**
 * Returns the root file system, from the cache when it has it, else from Debian by apt. Packages are unpacked; nothing of them is run.
 *
 * @param {RootOptions} options
 * @returns {Promise<Root>}
 * @throws {GuestsError} With a sentence for the user.
 */
export async function fetchRoot({
  packages,
  leftOut = [],
  cacheDir = defaultCacheDir(),
  log = () => {},
  isRefresh = false,
  exec = execProgram,
  sleep = sleepFor,
  freeBytes = freeBytesOf,
}) {
  const cache = resolve(cacheDir)
  const key = createHash('sha256')
    .update(JSON.stringify([recipe, packages, leftOut.map(String)]))
    .digest('hex')
  const folder = join(cache, 'guests', `root-${key.slice(0, 12)}`)
  const cached = isRefresh ? undefined : await loadRoot(folder)
  if (cached !== undefined) return cached
  return withScratch(cache, neededMiB, async (scratch) => {
    await mkdir(folder, { recursive: true })
    await requireSpace(cache, neededMiB, freeBytes)
    const apt = await Apt.open({ root: scratch, exec, log, sleep: async (delayMs) => void (await sleep(delayMs)) })
    log("Reading the arm64 package lists of this machine's apt sources")
    await apt.resolve(packages)
    const found = await Promise.all((await apt.closure(packages)).map((name) => apt.show(name)))
    const wanted = found.filter((entry) => entry !== undefined)
    const totalMiB = Math.ceil(wanted.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) / 2 ** 20)
    log(`Downloading ${wanted.length} packages (${totalMiB} MiB): ${packages.join(', ')} and what they depend on`)
    const debs = await apt.download(wanted)
    log('Building the root file system')
    const root = new RootBuilder(leftOut)
    for (const deb of debs) await root.add(exec, deb)
    const stored = await storeFile(folder, 'root.cpio', encodeCpio(root.entries()))
    const versions = wanted.map(({ name, version }) => ({ name, version }))
    await writeWhole(join(folder, 'root.json'), `${JSON.stringify({ root: stored, packages: versions }, null, 2)}\n`)
    return { file: join(folder, stored.file), packages: versions }
  })
}

/**
 * @param {string} folder
 * @returns {Promise<Root | undefined>}
 */
async function loadRoot(folder) {
  try {
    const { root, packages } = JSON.parse(await readFile(join(folder, 'root.json'), 'utf8'))
    return (await loadFile(folder, root)) && { file: join(folder, root.file), packages }
  } catch {
    return undefined
  }
}

/** Collects the files of packages. */
class RootBuilder {
  /** @type {Map<string, CpioEntry>} */
  #entries = new Map()
  #leftOut

  /** @param {readonly RegExp[]} leftOut */
  constructor(leftOut) {
    this.#leftOut = leftOut
    for (const name of merged)
      this.#entries.set(name, { name, mode: S_IFLNK | 0o777, data: Buffer.from(`usr/${name}`) })
  }

  /**
   * @param {import('./exec.mjs').Exec} exec
   * @param {string} deb
   */
  async add(exec, deb) {
    /** @param {TarMember} member */
    const isWanted = ({ name, type }) =>
      type !== 'folder' && type !== 'other' && !this.#leftOut.some((pattern) => pattern.test(pathOf(name)))
    await readDeb(exec, deb, isWanted, (member, data) => {
      const name = pathOf(member.name)
      this.#entries.set(name, this.#entryOf(name, member, data))
      return true
    })
  }

  /** Parents before children. */
  entries() {
    const folders = new Set(['dev', 'proc', 'root', 'sys', 'tmp'])
    for (const name of this.#entries.keys())
      for (let parent = dirname(name); parent !== '.'; parent = dirname(parent)) folders.add(parent)
    return [
      ...[...folders].sort().map((name) => ({ name, mode: S_IFDIR | 0o755 })),
      ...[...this.#entries.keys()].sort().map((name) => /** @type {CpioEntry} */ (this.#entries.get(name))),
    ]
  }

  /**
   * @param {string} name
   * @param {TarMember} member
   * @param {Buffer} data
   * @returns {CpioEntry}
   */
  #entryOf(name, { type, mode, target }, data) {
    if (type === 'symlink') return { name, mode: S_IFLNK | 0o777, data: Buffer.from(target) }
    if (type === 'file') return { name, mode: S_IFREG | mode, data }
    const original = this.#entries.get(pathOf(target))
    if (original === undefined)
      throw new GuestsError(
        'PACKAGE_CONTENT',
        `${name} is a link to ${target}, which was left out: report it, ${wayOut}`,
      )
    return { ...original, name }
  }
}

/** @param {string} name Of a member, "./lib/x" */
function pathOf(name) {
  const path = name.replace(/^\.?\//, '').replace(/\/$/, '')
  return merged.includes(path.split('/')[0]) && path.includes('/') ? `usr/${path}` : path
}
