/** The cache folder of fetched guests and the manifest that says what is in it. */
import { createHash } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, isAbsolute, join, resolve } from 'node:path'

/**
 * @typedef {object} CachedFile
 * @property {string} file Name inside the folder of the manifest.
 * @property {string} sha256
 * @property {number} sizeBytes
 */
/**
 * @typedef {object} Manifest
 * @property {1} version Of the manifest's form.
 * @property {string} request The package that was asked for.
 * @property {string} recipe Identifies how the initramfs was made.
 * @property {string} fetchedAt ISO 8601.
 * @property {{ name: string, version: string, architecture: string, sha256: string, sizeBytes: number }[]} packages
 * @property {CachedFile & { format: KernelFormat, release: string }} kernel
 * @property {CachedFile} busybox
 * @property {CachedFile} initrd
 * @property {string} append Kernel command line for an interactive boot.
 * @property {string} marker First line that init prints.
 * @property {string} exitParameter Command line word that makes init power off after the marker.
 * @property {string} prompt
 */
/** @typedef {'Image' | 'Image.gz' | 'zboot'} KernelFormat */

/**
 * Where guests are kept when nobody says: $ARMVISOR_CACHE, else the user's cache folder. [XDG-BASEDIR]
 *
 * @param {Record<string, string | undefined>} [env]
 * @param {string} [home]
 */
export function defaultCacheDir(env = process.env, home = homedir()) {
  if (env.ARMVISOR_CACHE) return resolve(env.ARMVISOR_CACHE)
  // The specification says to ignore relative paths.
  const base = env.XDG_CACHE_HOME && isAbsolute(env.XDG_CACHE_HOME) ? env.XDG_CACHE_HOME : join(home, '.cache')
  return join(base, 'armvisor')
}

/**
 * Tells the form of an arm64 kernel by its first bytes. [BOOT] chapter 4, [RFC1952], [EFI-ZBOOT].
 *
 * @param {Buffer} kernel
 * @returns {KernelFormat | undefined}
 */
export function kernelFormat(kernel) {
  if (kernel.toString('latin1', 56, 60) === 'ARM\x64') return 'Image'
  if (kernel.toString('latin1', 0, 2) === 'MZ' && kernel.toString('latin1', 4, 8) === 'zimg') return 'zboot'
  if (kernel[0] === 0x1f && kernel[1] === 0x8b) return 'Image.gz'
  return undefined
}

/**
 * Puts a file in place in one step, so that a reader sees the old one or the whole new one.
 *
 * @param {string} path
 * @param {string | Uint8Array} contents
 */
export async function writeWhole(path, contents) {
  const partial = `${path}.${process.pid}.partial`
  await writeFile(partial, contents)
  await rename(partial, path)
}

/**
 * @param {string} folder
 * @param {string} file
 * @param {Buffer} contents
 * @returns {Promise<CachedFile>}
 */
export async function storeFile(folder, file, contents) {
  await writeWhole(join(folder, file), contents)
  return { file, sha256: sha256(contents), sizeBytes: contents.length }
}

/**
 * Reads a file of the cache if it is the one that was stored.
 *
 * @param {string} folder
 * @param {CachedFile} entry
 * @returns {Promise<Buffer | undefined>} Undefined when it is absent or was changed.
 */
export async function loadFile(folder, entry) {
  const contents = await readFile(join(folder, entry.file)).catch(() => undefined)
  return contents !== undefined && sha256(contents) === entry.sha256 ? contents : undefined
}

/**
 * Reads the manifest of a folder.
 *
 * @param {string} folder
 * @returns {Promise<Manifest | undefined>} Undefined when it is absent, unreadable or of another version.
 */
export async function readManifest(folder) {
  try {
    const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'))
    return isManifest(manifest) ? manifest : undefined
  } catch {
    return undefined
  }
}

/**
 * @param {unknown} value
 * @returns {value is Manifest}
 */
function isManifest(value) {
  const manifest = /** @type {Partial<Manifest> | null} */ (value)
  if (typeof manifest !== 'object' || manifest === null || manifest.version !== 1) return false
  // A name with a slash would lead out of the folder.
  return [manifest.kernel, manifest.busybox, manifest.initrd].every(
    (entry) =>
      typeof entry?.file === 'string' && basename(entry.file) === entry.file && typeof entry.sha256 === 'string',
  )
}

/** @param {Uint8Array} bytes */
function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex')
}
