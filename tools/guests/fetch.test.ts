/** Fetching with a fake machine: the cache's life and one sentence for everything that can go wrong. */
import { spawnSync } from 'node:child_process'
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { defaultCacheDir, kernelFormat } from './cache.mjs'
import { GuestsError } from './error.mjs'
import { fetchGuests } from './fetch.mjs'
import { type FakeMachine, fakeKernel, fakeMachine } from './testing.ts'

let cacheDir = ''
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'armvisor-guests-'))
})
afterEach(() => rm(cacheDir, { recursive: true, force: true }))

async function fetchOn(machine: FakeMachine, options: Parameters<typeof fetchGuests>[0] = {}) {
  const { exec, commands } = fakeMachine(machine)
  const delays: number[] = []
  const lines: string[] = []
  const guests = await fetchGuests({
    cacheDir,
    exec,
    sleep: async (delayMs) => void delays.push(delayMs),
    log: (line) => lines.push(line),
    freeBytes: async () => 2 ** 40,
    ...options,
  }).catch((error: unknown) => error)
  return { guests, commands, delays, lines }
}

/** Checks that fetching fails in one sentence that ends with a way out, and leaves nothing behind. */
async function expectFailure(machine: FakeMachine, code: string, message: RegExp, options = {}) {
  const outcome = await fetchOn(machine, options)
  expect(outcome.guests).toBeInstanceOf(GuestsError)
  const error = outcome.guests as GuestsError
  expect(error.code).toBe(code)
  expect(error.message).toMatch(message)
  expect(error.message).toMatch(/[:;,] .*(--cache|--kernel|--package|free some space)/)
  expect(error.message).not.toMatch(/\n|\.$/)
  return outcome
}

const ok = {}
const midSync = {
  code: 100,
  stderr: 'E: Failed to fetch http://m/x.deb  File has unexpected size (1 != 2). Mirror sync in progress?',
}
const offline = {
  code: 0,
  stderr:
    "W: Failed to fetch http://m/InRelease  Temporary failure resolving 'm'\nW: Some index files failed to download.",
}

describe('fetchGuests', () => {
  test('default: kernel, initramfs and a manifest that names them', async () => {
    const { guests, commands } = await fetchOn({})
    const { kernel, initrd, manifest } = guests as Awaited<ReturnType<typeof fetchGuests>>
    expect(await readFile(kernel)).toEqual(fakeKernel())
    expect((await readFile(initrd)).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]))
    expect(manifest).toMatchObject({
      request: 'linux-image-arm64',
      append: 'console=ttyAMA0',
      kernel: { file: 'vmlinuz-6.1.0-56-arm64', format: 'Image', release: '6.1.0-56-arm64' },
      packages: [
        { name: 'linux-image-6.1.0-56-arm64', version: '6.1.192-2' },
        { name: 'busybox-static', version: '1:1.35.0-4' },
      ],
    })
    expect(commands).toContain('apt-get download linux-image-6.1.0-56-arm64=6.1.192-2 busybox-static=1:1.35.0-4')
    expect(await readdir(cacheDir)).toEqual(['guests'])
  })

  test('behavior: a second run starts no program and gives the same', async () => {
    const first = await fetchOn({})
    const second = await fetchOn({ absent: ['apt-config', 'apt-get', 'dpkg-deb'] })
    expect(second.commands).toEqual([])
    expect(second.guests).toEqual(first.guests)
  })

  test('behavior: refresh asks again', async () => {
    await fetchOn({})
    expect((await fetchOn({}, { isRefresh: true })).commands).toContain('apt-get update')
  })

  test.each(['kernel', 'initrd'] as const)('behavior: a %s that was changed is replaced', async (name) => {
    const first = (await fetchOn({})).guests as Awaited<ReturnType<typeof fetchGuests>>
    const before = await readFile(first[name])
    await writeFile(first[name], before.subarray(1))
    await fetchOn({})
    expect(await readFile(first[name])).toEqual(before)
  })

  test('behavior: another recipe rebuilds the initramfs without apt', async () => {
    const { manifest } = (await fetchOn({})).guests as Awaited<ReturnType<typeof fetchGuests>>
    const path = join(cacheDir, 'guests/linux-image-arm64/manifest.json')
    await writeFile(path, JSON.stringify({ ...manifest, recipe: 'older' }))
    const { guests, commands } = await fetchOn({ absent: ['apt-config'] })
    expect(commands).toEqual([])
    expect(guests).toMatchObject({ manifest: { recipe: manifest.recipe } })
  })

  test.each([
    ['no JSON', '{'],
    ['another version', '{"version":2}'],
    ['a file outside the folder', '{"version":1,"kernel":{"file":"../../x","sha256":""}}'],
  ])('behavior: a manifest that is %s counts as none', async (_, contents) => {
    await fetchOn({})
    await writeFile(join(cacheDir, 'guests/linux-image-arm64/manifest.json'), contents)
    const { guests, commands } = await fetchOn({})
    expect(commands).toContain('apt-get update')
    expect(guests).toHaveProperty('manifest.version', 1)
  })

  test('behavior: a mirror in mid-sync is tried again', async () => {
    const { guests, delays, lines } = await fetchOn({ downloads: [midSync, midSync, ok] })
    expect(guests).toHaveProperty('kernel')
    expect(delays).toEqual([1000, 3000])
    expect(lines.filter((line) => line.includes('unexpected size'))).toHaveLength(2)
  })

  test('behavior: a source that fails does not matter when another has the packages', async () => {
    const { guests, delays } = await fetchOn({
      updates: [{ code: 100, stderr: 'E: Failed to fetch http://other/InRelease  404 Not Found' }],
    })
    expect(guests).toHaveProperty('kernel')
    expect(delays).toEqual([])
  })

  test('error: mid-sync for too long', async () => {
    const { delays } = await expectFailure(
      { downloads: [midSync] },
      'MIRROR',
      /download linux-image.* in 4 attempts \(.*unexpected size/,
    )
    expect(delays).toEqual([1000, 3000, 9000])
  })

  test('error: a connection that drops each time', async () => {
    const dropped = { code: 100, stderr: 'W: Failed to fetch http://m/Packages.xz  Connection failed' }
    await expectFailure({ updates: [dropped], packages: {} }, 'MIRROR', /update the package lists in 4 attempts/)
  })

  test('error: offline is reported at once', async () => {
    const { delays } = await expectFailure(
      { updates: [offline], packages: {} },
      'OFFLINE',
      /no mirror answers \(.*Temporary failure resolving 'm'\)/,
    )
    expect(delays).toEqual([])
  })

  test('error: package missing', async () => {
    await expectFailure(
      { packages: {} },
      'PACKAGE_MISSING',
      /lack a package for arm64 that is needed \(Unable to locate package linux-image-arm64\)/,
    )
  })

  test('error: the meta package is ahead of the real one', async () => {
    const packages = {
      'linux-image-arm64': 'Version: 2\nDepends: linux-image-6.1.0-99-arm64',
      'busybox-static': 'Version: 1',
    }
    await expectFailure({ packages }, 'PACKAGE_MISSING', /linux-image-arm64 2 depends on linux-image-6\.1\.0-99-arm64/)
  })

  test('error: no key for the source', async () => {
    const unsigned = { code: 100, stderr: 'W: GPG error: http://m InRelease: NO_PUBKEY 0E98404D386FA1D9' }
    await expectFailure({ updates: [unsigned], packages: {} }, 'UNTRUSTED', /NO_PUBKEY 0E98404D386FA1D9.*keyring/)
  })

  test.each(['apt-config', 'apt-get', 'apt-cache'])('error: %s is absent', async (program) => {
    await expectFailure({ absent: [program] }, 'APT_ABSENT', new RegExp(`^${program} is not on PATH`))
  })

  test('error: dpkg-deb is absent', async () => {
    await expectFailure({ absent: ['dpkg-deb'] }, 'DPKG_ABSENT', /install the package dpkg/)
  })

  test('error: too little space before the start', async () => {
    await expectFailure({}, 'DISK_FULL', /has 12 MiB of free space and the guests need 300 MiB/, {
      freeBytes: async () => 12.5 * 2 ** 20,
    })
  })

  test('error: the disk fills up', async () => {
    const full = {
      code: 100,
      stderr: 'E: Failed to fetch http://m/x.deb  Error writing to file - write (28: No space left on device)',
    }
    await expectFailure({ downloads: [full] }, 'DISK_FULL', /the disk is full \(.*No space left/)
  })

  test('error: a cache that cannot be written', async () => {
    const file = join(cacheDir, 'file')
    await writeFile(file, '')
    await expectFailure({}, 'CACHE_UNWRITABLE', /cannot be written \((ENOTDIR|EEXIST)\)/, {
      cacheDir: join(file, 'below'),
    })
  })

  test('error: a cache name that apt cannot take', async () => {
    await expectFailure({}, 'CACHE_UNWRITABLE', /has a quote/, { cacheDir: join(cacheDir, 'a"b') })
  })

  test('error: packages of unexpected contents', async () => {
    const busybox = { './bin/busybox': Buffer.from('#!/bin/sh') }
    const kernel = { './boot/vmlinuz-6.1.0-56-arm64': fakeKernel() }
    const noKernel = { 'linux-image': { './boot/config': Buffer.from('') } }
    const notKernel = { 'linux-image': { './boot/vmlinuz-1': Buffer.from('not a kernel') }, 'busybox-static': busybox }
    const notBusybox = { 'linux-image': kernel, 'busybox-static': busybox }
    await expectFailure({ contents: noKernel }, 'PACKAGE_CONTENT', /linux-image-.*_arm64\.deb has no file that matches/)
    await expectFailure(
      { contents: notKernel },
      'PACKAGE_CONTENT',
      /begins with 6e6f742061206b65, which is no arm64 Image/,
    )
    await expectFailure({ contents: notBusybox }, 'PACKAGE_CONTENT', /busybox is not an AArch64 executable/)
    await expectFailure({ contents: {} }, 'PACKAGE_CONTENT', /could not be unpacked \(dpkg-deb: error/)
    await expect(access(join(cacheDir, 'guests/linux-image-arm64/manifest.json'))).rejects.toThrow('ENOENT')
  })
})

describe('defaultCacheDir', () => {
  test.each([
    [{ ARMVISOR_CACHE: '/a', XDG_CACHE_HOME: '/x' }, '/a'],
    [{ XDG_CACHE_HOME: '/x' }, '/x/armvisor'],
    [{ XDG_CACHE_HOME: 'relative' }, '/home/u/.cache/armvisor'],
    [{ ARMVISOR_CACHE: '' }, '/home/u/.cache/armvisor'],
  ])('args: %o', (env, expected) => {
    expect(defaultCacheDir(env, '/home/u')).toBe(expected)
  })
})

describe('kernelFormat', () => {
  test('args: the three forms and anything else', () => {
    expect(kernelFormat(fakeKernel())).toBe('Image')
    expect(kernelFormat(Buffer.from('MZ\0\0zimg'.padEnd(64, '\0')))).toBe('zboot')
    expect(kernelFormat(Buffer.from([0x1f, 0x8b, 8]))).toBe('Image.gz')
    expect(kernelFormat(Buffer.alloc(0))).toBeUndefined()
  })
})

describe('the command', () => {
  const script = fileURLToPath(new URL('../guests.mjs', import.meta.url))
  const run = (args: string[], env: Record<string, string> = {}) =>
    spawnSync(process.execPath, [script, ...args], { encoding: 'utf8', env: { ...process.env, ...env } })

  test('error: no apt on PATH is status 1 and one sentence', () => {
    const { status, stdout, stderr } = run(['fetch', '--quiet', '--cache', cacheDir], { PATH: '/nowhere' })
    expect(status).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^guests: apt-config is not on PATH.*\.\n$/)
  })

  test.each([
    [[], /The command is ""/],
    [['get'], /The command is "get" and must be "fetch"/],
    [['fetch', '--mirror'], /Unknown option '--mirror'/],
    [['fetch', '--cache='], /--cache is empty/],
    [['fetch', '--package', '../x'], /--package is "\.\.\/x"/],
  ])('error: usage %j is status 2', (args, message) => {
    const { status, stderr } = run(args)
    expect(status).toBe(2)
    expect(stderr).toMatch(message)
  })

  test('default: paths on standard output, from the cache without apt', async () => {
    const { kernel, initrd } = (await fetchOn({})).guests as Awaited<ReturnType<typeof fetchGuests>>
    const { status, stdout, stderr } = run(['fetch', '--cache', cacheDir], { PATH: '/nowhere' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toBe(`kernel ${kernel}\ninitrd ${initrd}\nappend console=ttyAMA0\n`)
  })
})
