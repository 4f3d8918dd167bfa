/** Brings Debian's arm64 kernel and a busybox initramfs into the cache, or finds them there. */
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleepFor } from 'node:timers/promises'
import { Apt, realKernelName } from './apt.mjs'
import { defaultCacheDir, kernelFormat, loadFile, readManifest, storeFile, writeWhole } from './cache.mjs'
import { pickFromDeb } from './deb.mjs'
import { GuestsError, wayOut } from './error.mjs'
import { execProgram } from './exec.mjs'
import { buildInitramfs, exitParameter, initMarker, initramfsRecipe, shellPrompt } from './initramfs.mjs'
import { freeBytesOf, requireSpace, withScratch } from './scratch.mjs'

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
  return withScratch(cache, neededMiB, async (scratch) => {
    await mkdir(folder, { recursive: true })
    const rebuilt = isRefresh ? undefined : await rebuildInitrd(folder, log)
    if (rebuilt !== undefined) return rebuilt
    await requireSpace(cache, neededMiB, freeBytes)
    return fetchFromDebian({
      folder,
      scratch,
      log,
      kernelPackage,
      exec,
      sleep: async (delayMs) => void (await sleep(delayMs)),
    })
  })
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
