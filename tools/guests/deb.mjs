/** Reads the files of Debian packages that apt has verified. deb(5). */
import { basename } from 'node:path'
import { GuestsError, wayOut } from './error.mjs'
import { TarReader } from './tar.mjs'

/** @typedef {import('./exec.mjs').Exec} Exec */
/** @typedef {import('./tar.mjs').TarMember} TarMember */

/**
 * Reads the members of a package that are wanted.
 *
 * @param {Exec} exec
 * @param {string} deb
 * @param {(member: TarMember) => boolean} isWanted
 * @param {(member: TarMember, data: Buffer) => boolean} take As in `TarReader`.
 * @throws {GuestsError} DPKG_ABSENT, PACKAGE_CONTENT
 */
export async function readDeb(exec, deb, isWanted, take) {
  let isDone = false
  const reader = new TarReader(isWanted, (member, data) => {
    isDone = !take(member, data)
    return !isDone
  })
  const result = await exec('dpkg-deb', ['--fsys-tarfile', deb], { onStdout: (chunk) => reader.push(chunk) })
  if (isDone) return
  if (result.code === 127)
    throw new GuestsError(
      'DPKG_ABSENT',
      `dpkg-deb is not on PATH, and the packages are unpacked with nothing else: install the package dpkg, ${wayOut}`,
    )
  if (result.code !== 0) throw unusable(deb, `could not be unpacked (${result.stderr.trim().split('\n').at(-1)})`)
}

/**
 * Reads one file out of a package.
 *
 * @param {Exec} exec
 * @param {string} deb
 * @param {RegExp} pattern Of the file's name.
 * @returns {Promise<{ name: string, data: Buffer }>} The first one.
 * @throws {GuestsError} DPKG_ABSENT, PACKAGE_CONTENT
 */
export async function pickFromDeb(exec, deb, pattern) {
  /** @type {{ name: string, data: Buffer } | undefined} */
  let found
  await readDeb(
    exec,
    deb,
    ({ name, type }) => type === 'file' && pattern.test(name),
    ({ name }, data) => {
      found = { name, data }
      return false
    },
  )
  if (found === undefined) throw unusable(deb, `has no file that matches ${pattern.source}`)
  return found
}

/**
 * @param {string} deb
 * @param {string} reason
 */
function unusable(deb, reason) {
  return new GuestsError(
    'PACKAGE_CONTENT',
    `${basename(deb)} ${reason}: ask for another package with --package, ${wayOut}`,
  )
}
