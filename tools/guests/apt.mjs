/** Fetches arm64 packages with apt's own client, which verifies them, in a private state folder. apt.conf(5), apt-get(8). */
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { GuestsError, wayOut } from './error.mjs'

/** @typedef {import('./exec.mjs').Exec} Exec */
/**
 * @typedef {object} AptPackage
 * @property {string} name
 * @property {string} version
 * @property {string} architecture
 * @property {string} depends The Depends field, empty when there is none.
 * @property {string} sha256 As the signed index gives it.
 * @property {number} sizeBytes
 */

/** How long to wait before each of the three further attempts after a mirror in mid-sync or a dropped connection. */
const retryDelaysMs = [1000, 3000, 9000]

/**
 * Configuration for a run of apt that reads the machine's sources, keyrings and credentials and writes only below
 * `root`. apt reads the file named by APT_CONFIG first, so what it says about Dir::Etc decides what is read next.
 *
 * @param {string} root Absolute path of the private folder.
 * @param {string} systemDump Output of `apt-config dump` on this machine.
 * @returns {string} Contents for the file that APT_CONFIG names.
 */
export function privateAptConfig(root, systemDump) {
  // The machine's own apt.conf is not read: its hooks run after an update and change the system's state (clean caches,
  // refresh indexes). What it says about reaching the mirrors (proxies, time-outs, time checks) is taken over.
  const transport = systemDump
    .split('\n')
    .filter((line) => /^Acquire::\S+ ".*";$/.test(line))
    .filter((line) => !/^Acquire::(IndexTargets|Changelogs|Languages|CompressionTypes|Allow\w*|Retries)\b/.test(line))
  return `${[
    ...transport,
    'Acquire::http::Timeout "20";',
    'Acquire::https::Timeout "20";',
    'Acquire::Retries "0";',
    'Acquire::Languages "none";',
    'Acquire::IndexTargets::deb-src::Sources::DefaultEnabled "false";',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";',
    'Acquire::AllowInsecureRepositories "false";',
    'Acquire::AllowWeakRepositories "false";',
    'Acquire::AllowDowngradeToInsecureRepositories "false";',
    'APT::Get::AllowUnauthenticated "false";',
    'APT::Architecture "arm64";',
    'APT::Architectures "arm64";',
    // As root apt would give downloads to the user _apt, who need not be able to reach a cache in somebody's home.
    'APT::Sandbox::User "root";',
    'Dir::Etc::main "/dev/null";',
    'Dir::Etc::parts "/dev/null";',
    'Dir::Etc::preferences "/dev/null";',
    'Dir::Etc::preferencesparts "/dev/null";',
    `Dir::State "${root}/state";`,
    `Dir::State::lists "${root}/state/lists";`,
    `Dir::State::status "${root}/state/status";`,
    `Dir::Cache "${root}/cache";`,
    `Dir::Cache::archives "${root}/cache/archives";`,
    `Dir::Log "${root}/log";`,
  ].join('\n')}\n`
}

/** @typedef {'disk-full' | 'untrusted' | 'missing' | 'transient' | 'offline' | 'other'} AptFailureKind */

/**
 * What apt says for each kind of failure. The first kind that occurs decides: one cause brings a train of consequences,
 * such as "is not signed" for an index that a server refused to send.
 *
 * @type {readonly (readonly [AptFailureKind, RegExp])[]}
 */
const failureSigns = [
  ['disk-full', /No space left on device|don't have enough free space/i],
  ['untrusted', /NO_PUBKEY|EXPKEYSIG|REVKEYSIG|BADSIG|GPG error/],
  // A mirror in mid-sync shows indexes and files of different ages: sizes or hashes that differ, files that are gone.
  ['transient', /Hash Sum mismatch|unexpected size|Mirror sync|\s(404|50[0-4])\s/i],
  [
    'offline',
    /Could not resolve|Temporary failure resolving|Could not connect|Unable to connect|Cannot initiate the connection|unreachable/i,
  ],
  [
    'transient',
    /Connection (failed|reset|timed out|closed)|Error reading from server|Undetermined Error|Data socket|TLS connection/i,
  ],
  ['untrusted', /is not signed|cannot be authenticated|unauthenticated packages/i],
  ['missing', /Unable to locate package|has no installation candidate|No packages found|Can't find a source/i],
]

/**
 * Sorts what apt said into the kinds that are handled differently.
 *
 * @param {string} stderr
 * @returns {{ kind: AptFailureKind, complaint: string }} `complaint` is the telling line, without apt's mark and full stop.
 */
export function classifyAptFailure(stderr) {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  for (const [kind, sign] of failureSigns) {
    const line = lines.find((text) => sign.test(text))
    if (line !== undefined) return { kind, complaint: bare(line) }
  }
  const telling = lines.filter((line) => !line.includes('Some index files failed'))
  const line = ['E: ', 'W: ', '']
    .map((mark) => telling.findLast((text) => text.startsWith(mark)))
    .find((text) => text !== undefined)
  return { kind: 'other', complaint: bare(line ?? 'no message') }
}

/** @param {string} line */
function bare(line) {
  return line
    .replace(/^(E|W|Err): ?/, '')
    .replaceAll(/\s+/g, ' ')
    .replace(/[.:]$/, '')
}

/** apt in a private folder. Make one with `Apt.open`. */
export class Apt {
  /** @type {Exec} */
  #exec
  /** @type {string} */
  #root
  /** @type {(line: string) => void} */
  #log
  /** @type {(delayMs: number) => Promise<void>} */
  #sleep

  /** @param {{ root: string, exec: Exec, log: (line: string) => void, sleep: (delayMs: number) => Promise<void> }} options */
  constructor({ root, exec, log, sleep }) {
    this.#root = root
    this.#exec = exec
    this.#log = log
    this.#sleep = sleep
  }

  /**
   * Lays out the private folder.
   *
   * @param {{ root: string, exec: Exec, log: (line: string) => void, sleep: (delayMs: number) => Promise<void> }} options
   *   `root` is absolute, exists and is empty.
   * @throws {GuestsError} APT_ABSENT without apt.
   */
  static async open(options) {
    const { root, exec } = options
    // A quote or a line end in the path would end apt's string early.
    if (/["\n]/.test(root))
      throw new GuestsError(
        'CACHE_UNWRITABLE',
        `The cache folder ${JSON.stringify(root)} has a quote or line end in its name, which apt cannot take: name another one with --cache`,
      )
    const dump = await exec('apt-config', ['dump'], { env: { LC_ALL: 'C' } })
    if (dump.code === 127) throw aptAbsent('apt-config')
    if (dump.code !== 0)
      throw new GuestsError(
        'APT_FAILED',
        `apt-config dump ended with status ${dump.code} (${classifyAptFailure(dump.stderr).complaint}): repair this machine's apt configuration, ${wayOut}`,
      )
    for (const folder of ['state/lists/partial', 'cache/archives/partial', 'log', 'download'])
      await mkdir(join(root, folder), { recursive: true })
    await writeFile(join(root, 'state/status'), '')
    // Proxy addresses may hold a password.
    await writeFile(join(root, 'apt.conf'), privateAptConfig(root, dump.stdout), { mode: 0o600 })
    return new Apt(options)
  }

  /**
   * Brings the package lists up to date and resolves the packages to their candidate versions, the real package that a
   * meta package stands for included.
   *
   * @param {readonly string[]} names
   * @returns {Promise<AptPackage[]>} One for each name, in that order.
   * @throws {GuestsError}
   */
  async resolve(names) {
    return this.#retry('update the package lists', async () => {
      const update = await this.#run('apt-get', ['-q', 'update'])
      const packages = []
      for (const name of names) {
        const found = await this.show(name)
        // A source that failed does not matter as long as others have the package.
        if (found === undefined && classifyAptFailure(update.stderr).kind !== 'other') return update
        if (found === undefined && update.code !== 0) return update
        if (found === undefined) return { code: 100, stdout: '', stderr: `E: Unable to locate package ${name}` }
        packages.push(found)
      }
      return packages
    })
  }

  /**
   * Names the packages that an empty system would get if these were installed: they and what they depend on. The package lists
   * must have been read, by `resolve`.
   *
   * @param {readonly string[]} names
   * @returns {Promise<string[]>}
   * @throws {GuestsError}
   */
  async closure(names) {
    return this.#retry(`find what ${names.join(', ')} depend on`, async () => {
      const result = await this.#run('apt-get', ['-q', '--simulate', '--no-install-recommends', 'install', ...names])
      // "Inst libc6 (2.36-9 Debian:12.15/oldstable [arm64])"
      return result.code === 0 ? [...result.stdout.matchAll(/^Inst (\S+) /gm)].map((match) => match[1]) : result
    })
  }

  /**
   * Reads the candidate version of a package from the lists.
   *
   * @param {string} name
   * @returns {Promise<AptPackage | undefined>} Undefined when no list has it.
   */
  async show(name) {
    const { code, stdout } = await this.#run('apt-cache', ['show', '--no-all-versions', name])
    return code === 0 ? parsePackage(stdout) : undefined
  }

  /**
   * Downloads the packages; apt compares them with the hashes of the signed index.
   *
   * @param {readonly AptPackage[]} packages
   * @returns {Promise<string[]>} The files, in the order of `packages`.
   * @throws {GuestsError}
   */
  async download(packages) {
    const folder = join(this.#root, 'download')
    const wanted = packages.map(({ name, version }) => `${name}=${version}`)
    return this.#retry(`download ${wanted.join(' and ')}`, async (attempt) => {
      // A file that is gone means that the mirror has moved on since the lists were read.
      if (attempt > 0) await this.#run('apt-get', ['-q', 'update'])
      const result = await this.#run('apt-get', ['-q', 'download', ...wanted], folder)
      if (result.code !== 0) return result
      const files = await readdir(folder)
      const paths = packages.map(({ name }) => files.find((file) => basename(file).startsWith(`${name}_`)))
      const absent = packages.find((_, index) => paths[index] === undefined)
      if (absent) return { code: 100, stdout: '', stderr: `E: apt-get download left no file of ${absent.name}` }
      return paths.map((file) => join(folder, file ?? ''))
    })
  }

  /**
   * @template T
   * @param {string} what
   * @param {(attempt: number) => Promise<T[] | import('./exec.mjs').ExecResult>} action
   * @returns {Promise<T[]>}
   */
  async #retry(what, action) {
    for (let attempt = 0; ; attempt++) {
      const result = await action(attempt)
      if (Array.isArray(result)) return result
      const { kind, complaint } = classifyAptFailure(result.stderr)
      const delayMs = retryDelaysMs[attempt]
      if (kind !== 'transient' || delayMs === undefined)
        throw aptFailure(what, { kind, complaint, code: result.code, attempts: attempt + 1 })
      this.#log(`The mirror failed (${complaint}); trying again in ${delayMs / 1000} s`)
      await this.#sleep(delayMs)
    }
  }

  /**
   * @param {string} program
   * @param {readonly string[]} args
   * @param {string} [cwd]
   */
  async #run(program, args, cwd = this.#root) {
    const env = { APT_CONFIG: join(this.#root, 'apt.conf'), LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' }
    const result = await this.#exec(program, args, { cwd, env })
    if (result.code === 127) throw aptAbsent(program)
    return result
  }
}

/**
 * @param {string} stanza One package of an index. [DEB-CONTROL]
 * @returns {AptPackage | undefined}
 */
export function parsePackage(stanza) {
  const fields = Object.fromEntries(
    [...stanza.split(/\n\n/)[0].matchAll(/^([\w-]+): (.*)$/gm)].map((match) => [match[1], match[2]]),
  )
  const { Package: name, Version: version, Architecture: architecture, SHA256: sha256, Size: size } = fields
  if (!name || !version || !architecture || !sha256 || !size) return undefined
  return { name, version, architecture, depends: fields.Depends ?? '', sha256, sizeBytes: Number(size) }
}

/**
 * @param {AptPackage} meta
 * @returns {string | undefined} The kernel package that a meta package depends on; undefined when it is no meta package.
 */
export function realKernelName(meta) {
  return /(?:^|, )(linux-image-\d[^\s,(|]*)/.exec(meta.depends)?.[1]
}

/** @param {string} program */
function aptAbsent(program) {
  return new GuestsError(
    'APT_ABSENT',
    `${program} is not on PATH, and Debian's packages are fetched with nothing but apt: run this where apt is installed and copy its cache folder, ${wayOut}`,
  )
}

/**
 * @param {string} what
 * @param {{ kind: AptFailureKind, complaint: string, code: number, attempts: number }} failure
 */
function aptFailure(what, { kind, complaint, code, attempts }) {
  switch (kind) {
    case 'disk-full':
      return new GuestsError(
        'DISK_FULL',
        `Could not ${what} because the disk is full (${complaint}): free some space or name a folder on another disk with --cache`,
      )
    case 'untrusted':
      return new GuestsError(
        'UNTRUSTED',
        `Could not ${what} because apt does not trust the source (${complaint}): install the archive's keyring, for Debian the package debian-archive-keyring, ${wayOut}`,
      )
    case 'missing':
      return new GuestsError(
        'PACKAGE_MISSING',
        `This machine's apt sources lack a package for arm64 that is needed (${complaint}): add a Debian source with the component main, ${wayOut}`,
      )
    case 'offline':
      return new GuestsError(
        'OFFLINE',
        `Could not ${what} because no mirror answers (${complaint}): connect to the network or set its proxy in apt.conf and run this again, ${wayOut}`,
      )
    case 'transient':
      return new GuestsError(
        'MIRROR',
        `Could not ${what} in ${attempts} attempts (${complaint}): the mirror is being updated or drops connections, so run this again in some minutes, ${wayOut}`,
      )
    default:
      return new GuestsError(
        'APT_FAILED',
        `Could not ${what}: apt ended with status ${code} (${complaint}); see that "apt-get update" works on this machine, ${wayOut}`,
      )
  }
}
