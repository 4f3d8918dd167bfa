/** Brings Debian's arm64 kernel and a busybox initramfs into the cache, or finds them there. */
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, stat, statfs } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleepFor } from 'node:timers/promises'
import { Apt, realKernelName } from './apt.mjs'
import { defaultCacheDir, kernelFormat, loadFile, readManifest, storeFile, writeWhole } from './cache.mjs'
import { GuestsError, wayOut } from './error.mjs'
import { execProgram } from './exec.mjs'
import { buildInitramfs, exitParameter, initMarker, initramfsRecipe, shellPrompt } from './initramfs.mjs'
import { TarPicker } from './tar.mjs'

/** @typedef {import('./cache.mjs').Manifest} Manifest */
/** @typedef {import('./exec.mjs').Exec} Exec */
/**
 * @typedef {object} Guests
 * @property {string} kernel Absolute path.
 * @property {string} initrd Absolute path.
 * @property {Manifest} manifest
 */
/**
 * @typedef {object} FetchOptions
 * @property {string} [cacheDir] Default: `defaultCacheDir()`.
 * @property {(line: string) => void} [log] Gets one line for each step.
 * @property {string} [kernelPackage] Kernel or kernel meta package; default `linux-image-arm64`.
 * @property {boolean} [isRefresh] Ask the mirror even if the cache has guests.
 * @property {Exec} [exec]
 * @property {(delayMs: number) => Promise<unknown>} [sleep]
 * @property {(folder: string) => Promise<number>} [freeBytes]
 */

/** Package lists, two packages and the unpacked kernel take 120 MiB with Linux 6.1 and 190 MiB with 6.12. */
const neededMiB = 300
const busyboxPackage = 'busybox-static'
const dayMs = 24 * 60 * 60 * 1000

/**
 * Returns the guests, from the cache when it has them (then without network and apt), else from Debian by apt.
 *
 * @param {FetchOptions} [options]
 * @returns {Promise<Guests>}
 * @throws {GuestsError} With a sentence for the user.
 */
export async function fetchGuests({
  cacheDir = defaultCacheDir(),
  log = () => {},
  kernelPackage = 'linux-image-arm64',
  isRefresh = false,
  exec = execProgram,
  sleep = sleepFor,
  freeBytes = freeBytesOf,
} = {}) {
  const cache = resolve(cacheDir)
  const folder = join(cache, 'guests', kernelPackage)
  if (!isRefresh) {
    const cached = await loadGuests(folder)
    if (cached !== undefined) return cached
  }
  /** @type {string | undefined} */
  let scratch
  // A process that exits in the middle, after Ctrl-C for example, must not leave packages behind.
  const discard = () => scratch !== undefined && rmSync(scratch, { recursive: true, force: true })
  process.once('exit', discard)
  try {
    await mkdir(folder, { recursive: true })
    await removeLeftovers(cache)
    scratch = await mkdtemp(join(cache, 'fetch-'))
    const rebuilt = isRefresh ? undefined : await rebuildInitrd(folder, log)
    if (rebuilt !== undefined) return rebuilt
    const freeMiB = Math.floor((await freeBytes(cache)) / 2 ** 20)
    if (freeMiB < neededMiB)
      throw new GuestsError(
        'DISK_FULL',
        `The cache folder ${cache} has ${freeMiB} MiB of free space and the guests need ${neededMiB} MiB: free some space or name a folder on another disk with --cache`,
      )
    return await fetchFromDebian({
      folder,
      scratch,
      log,
      kernelPackage,
      exec,
      sleep: async (delayMs) => void (await sleep(delayMs)),
    })
  } catch (error) {
    throw explainFileError(error, cache)
  } finally {
    process.removeListener('exit', discard)
    if (scratch !== undefined) await rm(scratch, { recursive: true, force: true })
  }
}

/** @param {{ folder: string, scratch: string, log: (line: string) => void, kernelPackage: string, exec: Exec, sleep: (delayMs: number) => Promise<void> }} context */
async function fetchFromDebian({ folder, scratch, log, kernelPackage, exec, sleep }) {
  const apt = await Apt.open({ root: scratch, exec, log, sleep })
  log("Reading the arm64 package lists of this machine's apt sources")
  const [asked, busyboxDeb] = await apt.resolve([kernelPackage, busyboxPackage])
  const realName = realKernelName(asked)
  const kernelDeb = realName === undefined ? asked : await apt.show(realName)
  if (kernelDeb === undefined)
    throw new GuestsError(
      'PACKAGE_MISSING',
      `${asked.name} ${asked.version} depends on ${realName}, which this machine's apt sources do not have: run this again when the mirror is complete, ${wayOut}`,
    )
  const packages = [kernelDeb, busyboxDeb]
  const totalMiB = Math.ceil(packages.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) / 2 ** 20)
  log(`Downloading ${packages.map(({ name, version }) => `${name} ${version}`).join(' and ')} (${totalMiB} MiB)`)
  const [kernelFile, busyboxFile] = await apt.download(packages)

  log('Unpacking the kernel and busybox')
  const vmlinuz = await pickFromDeb(exec, kernelFile, /^\.?\/?boot\/vmlinuz-/)
  const busybox = await pickFromDeb(exec, busyboxFile, /^\.?\/?(usr\/)?bin\/busybox$/)
  const format = kernelFormat(vmlinuz.data)
  if (format === undefined)
    throw new GuestsError(
      'PACKAGE_CONTENT',
      `${vmlinuz.name} of ${kernelDeb.name} begins with ${vmlinuz.data.toString('hex', 0, 8)}, which is no arm64 Image, Image.gz or EFI zboot: ask for another kernel with --package, ${wayOut}`,
    )
  const release = vmlinuz.name.replace(/^.*vmlinuz-/, '')
  const kernel = { ...(await storeFile(folder, `vmlinuz-${release}`, vmlinuz.data)), format, release }
  const busyboxName = `busybox-${busyboxDeb.version.replaceAll(/[^\w.+-]/g, '_')}`
  return finish(folder, log, {
    request: kernelPackage,
    fetchedAt: new Date().toISOString(),
    packages: packages.map(({ depends: _, ...entry }) => entry),
    kernel,
    busybox: await storeFile(folder, busyboxName, busybox.data),
    busyboxData: busybox.data,
  })
}

/**
 * Builds the initramfs and writes the manifest, which is what makes the guests valid.
 *
 * @param {string} folder
 * @param {(line: string) => void} log
 * @param {Pick<Manifest, 'request' | 'fetchedAt' | 'packages' | 'kernel' | 'busybox'> & { busyboxData: Buffer }} parts
 * @returns {Promise<Guests>}
 */
async function finish(folder, log, { busyboxData, ...parts }) {
  log('Building the initramfs')
  let initramfs
  try {
    initramfs = buildInitramfs(busyboxData)
  } catch (error) {
    throw new GuestsError(
      'PACKAGE_CONTENT',
      `${parts.busybox.file} cannot be used (${/** @type {Error} */ (error).message}): it must be Debian's static arm64 busybox, ${wayOut}`,
    )
  }
  /** @type {Manifest} */
  const manifest = {
    version: 1,
    ...parts,
    recipe: initramfsRecipe,
    initrd: await storeFile(folder, `initrd-${initramfsRecipe}.img`, initramfs),
    append: 'console=ttyAMA0',
    marker: initMarker,
    exitParameter,
    prompt: shellPrompt,
  }
  await writeWhole(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  return guestsOf(folder, manifest)
}

/**
 * @param {string} folder
 * @param {Manifest} manifest
 * @returns {Guests}
 */
function guestsOf(folder, manifest) {
  return { kernel: join(folder, manifest.kernel.file), initrd: join(folder, manifest.initrd.file), manifest }
}

/** @param {string} folder */
async function loadGuests(folder) {
  const manifest = await readManifest(folder)
  if (manifest === undefined || manifest.recipe !== initramfsRecipe) return undefined
  const isWhole = (await loadFile(folder, manifest.kernel)) && (await loadFile(folder, manifest.initrd))
  return isWhole ? guestsOf(folder, manifest) : undefined
}

/**
 * A newer version of this tool with another init needs no network: the cache keeps busybox.
 *
 * @param {string} folder
 * @param {(line: string) => void} log
 */
async function rebuildInitrd(folder, log) {
  const manifest = await readManifest(folder)
  if (manifest === undefined || !(await loadFile(folder, manifest.kernel))) return undefined
  const busyboxData = await loadFile(folder, manifest.busybox)
  const { request, fetchedAt, packages, kernel, busybox } = manifest
  return busyboxData && finish(folder, log, { request, fetchedAt, packages, kernel, busybox, busyboxData })
}

/**
 * Reads one file out of a package whose hash apt has verified.
 *
 * @param {Exec} exec
 * @param {string} deb
 * @param {RegExp} pattern
 */
async function pickFromDeb(exec, deb, pattern) {
  const picker = new TarPicker((name) => pattern.test(name))
  const result = await exec('dpkg-deb', ['--fsys-tarfile', deb], { onStdout: (chunk) => picker.push(chunk) })
  if (picker.found !== undefined) return picker.found
  if (result.code === 127)
    throw new GuestsError(
      'DPKG_ABSENT',
      `dpkg-deb is not on PATH, and the packages are unpacked with nothing else: install the package dpkg, ${wayOut}`,
    )
  const reason =
    result.code === 0
      ? `has no file that matches ${pattern.source}`
      : `could not be unpacked (${result.stderr.trim().split('\n').at(-1)})`
  throw new GuestsError(
    'PACKAGE_CONTENT',
    `${deb.slice(dirname(deb).length + 1)} ${reason}: ask for another package with --package, ${wayOut}`,
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
async function freeBytesOf(folder) {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

/**
 * @param {unknown} error
 * @param {string} cache
 * @returns {unknown}
 */
function explainFileError(error, cache) {
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
