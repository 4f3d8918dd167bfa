/** A root file system of packages on a fake machine. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { decodeCpio, S_IFDIR, S_IFLNK, S_IFREG } from './cpio.mjs'
import { GuestsError } from './error.mjs'
import { fetchRoot } from './root.mjs'
import { type FakeMachine, fakeMachine } from './testing.ts'

let cacheDir = ''
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'armvisor-root-'))
})
afterEach(() => rm(cacheDir, { recursive: true, force: true }))

const machine: FakeMachine = {
  packages: { gzip: 'Version: 1.12-1\nDepends: libc6', libc6: 'Version: 2.36-9' },
  contents: {
    gzip: {
      './bin/gzip': Buffer.from('program'),
      './bin/gunzip': { type: 'link', target: './bin/gzip' },
      './usr/share/doc/gzip/README': Buffer.from('text'),
    },
    libc6: {
      './lib/aarch64-linux-gnu/libc.so.6': Buffer.from('library'),
      './lib/ld-linux-aarch64.so.1': { type: 'symlink', target: 'aarch64-linux-gnu/ld-linux-aarch64.so.1' },
    },
  },
}

async function fetchOn(fake: FakeMachine, options: Partial<Parameters<typeof fetchRoot>[0]> = {}) {
  const { exec, commands } = fakeMachine(fake)
  const root = await fetchRoot({
    packages: ['gzip'],
    leftOut: [/^usr\/share\//],
    cacheDir,
    exec,
    freeBytes: async () => 2 ** 40,
    sleep: async () => {},
    ...options,
  })
  return { root, commands, entries: decodeCpio(await readFile(root.file)) }
}

describe('fetchRoot', () => {
  test('default: the files of the package and of what it depends on, below /usr', async () => {
    const { root, commands, entries } = await fetchOn(machine)
    expect(root.packages).toEqual([
      { name: 'gzip', version: '1.12-1' },
      { name: 'libc6', version: '2.36-9' },
    ])
    expect(commands).toContain('apt-get install gzip')
    const files = entries.filter(({ mode }) => (mode & 0o170000) === S_IFREG)
    expect(files.map(({ name, mode, data }) => [name, mode & 0o777, `${data}`])).toEqual([
      ['usr/bin/gunzip', 0o755, 'program'],
      ['usr/bin/gzip', 0o755, 'program'],
      ['usr/lib/aarch64-linux-gnu/libc.so.6', 0o755, 'library'],
    ])
    const links = entries.filter(({ mode }) => (mode & 0o170000) === S_IFLNK)
    expect(links.map(({ name, data }) => `${name} ${data}`)).toEqual([
      'bin usr/bin',
      'lib usr/lib',
      'sbin usr/sbin',
      'usr/lib/ld-linux-aarch64.so.1 aarch64-linux-gnu/ld-linux-aarch64.so.1',
    ])
  })

  test('behavior: folders come before what they hold', async () => {
    const { entries } = await fetchOn(machine)
    const known = new Set<string>()
    for (const { name, mode } of entries) {
      const parent = name.slice(0, Math.max(0, name.lastIndexOf('/')))
      if (parent !== '') expect(known).toContain(parent)
      if ((mode & 0o170000) === S_IFDIR) known.add(name)
    }
  })

  test('behavior: a second run starts no program; other packages are another root', async () => {
    const first = await fetchOn(machine)
    const second = await fetchOn({ absent: ['apt-config', 'apt-get', 'dpkg-deb'] })
    expect(second.commands).toEqual([])
    expect(second.root).toEqual(first.root)
    expect((await fetchOn(machine, { leftOut: [] })).root.file).not.toBe(first.root.file)
  })

  test('behavior: a root that was changed is replaced', async () => {
    const { root } = await fetchOn(machine)
    await writeFile(root.file, 'x')
    expect((await fetchOn(machine)).commands).toContain('apt-get update')
  })

  test.each<[string, FakeMachine, string, RegExp]>([
    ['apt is absent', { absent: ['apt-config'] }, 'APT_ABSENT', /^apt-config is not on PATH/],
    ['the package is missing', { packages: {} }, 'PACKAGE_MISSING', /lack a package for arm64/],
    [
      'a link leads to what was left out',
      {
        ...machine,
        contents: {
          ...machine.contents,
          gzip: { './bin/gunzip': { type: 'link', target: './usr/share/gunzip' } },
        },
      },
      'PACKAGE_CONTENT',
      /gunzip is a link to .*usr\/share\/gunzip, which was left out/,
    ],
  ])('error: %s', async (_, fake, code, message) => {
    const failure = await fetchOn(fake).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(GuestsError)
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) })
  })
})
