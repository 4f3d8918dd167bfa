/** What apt is told and how its complaints are read; no apt is run. */
import { describe, expect, test } from 'vitest'
import { classifyAptFailure, parsePackage, privateAptConfig, realKernelName } from './apt.mjs'

describe('privateAptConfig', () => {
  const config = privateAptConfig(
    '/cache/fetch-1',
    [
      'Acquire::http::Proxy "http://proxy.example:3128";',
      'Acquire::AllowInsecureRepositories "1";',
      'Acquire::Check-Valid-Until "false";',
      'Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "true";',
      'APT::Update::Post-Invoke:: "rm -f /var/cache/apt/archives/*.deb || true";',
      'Dir::State "var/lib/apt";',
      'Acquire::Languages:: "de";',
    ].join('\n'),
  )

  test('behavior: takes over how to reach the mirrors and nothing else of the machine', () => {
    expect(config).toContain('Acquire::http::Proxy "http://proxy.example:3128";')
    expect(config).toContain('Acquire::Check-Valid-Until "false";')
    expect(config).not.toMatch(/Post-Invoke|var\/lib\/apt|Contents-deb|"de"/)
  })

  test('behavior: unsigned sources stay refused whatever the machine allows', () => {
    expect(config.match(/AllowInsecureRepositories .*/g)).toEqual(['AllowInsecureRepositories "false";'])
  })

  test('behavior: everything apt writes is in the private folder', () => {
    for (const name of ['State', 'State::lists', 'State::status', 'Cache', 'Cache::archives', 'Log'])
      expect(config).toMatch(new RegExp(`^Dir::${name} "/cache/fetch-1/`, 'm'))
  })
})

describe('classifyAptFailure', () => {
  // Messages as apt 2.6 prints them.
  test.each([
    ['offline', "W: Failed to fetch http://m/dists/InRelease  Temporary failure resolving 'm'"],
    [
      'offline',
      'E: Failed to fetch http://m/x.deb  Could not connect to m:80 (192.0.2.1). - connect (111: Connection refused)',
    ],
    [
      'offline',
      'W: Failed to fetch http://m/dists/InRelease  Cannot initiate the connection to m:80 (2001:db8::1). - connect (101: Network is unreachable)',
    ],
    [
      'transient',
      'E: Failed to fetch http://m/Packages.xz  File has unexpected size (10 != 11). Mirror sync in progress? [IP: 192.0.2.1 80]',
    ],
    ['transient', 'E: Failed to fetch store:/x/Packages.xz  Hash Sum mismatch'],
    ['transient', 'E: Failed to fetch http://m/pool/x.deb  404  Not Found [IP: 192.0.2.1 80]'],
    ['transient', 'E: Failed to fetch http://m/pool/x.deb  503  Service Unavailable [IP: 192.0.2.1 80]'],
    ['transient', 'E: Failed to fetch http://m/pool/x.deb  Connection failed [IP: 192.0.2.1 80]'],
    [
      'transient',
      'E: Failed to fetch http://m/pool/x.deb  Error reading from server. Remote end closed connection [IP: 192.0.2.1 80]',
    ],
    ['disk-full', 'E: Failed to fetch http://m/x.deb  Error writing to file - write (28: No space left on device)'],
    ['disk-full', "E: You don't have enough free space in /cache/."],
    [
      'untrusted',
      "W: GPG error: http://m bookworm InRelease: The following signatures couldn't be verified because the public key is not available: NO_PUBKEY 0E98404D386FA1D9",
    ],
    ['untrusted', "E: The repository 'http://m x InRelease' is not signed."],
    ['missing', 'E: Unable to locate package linux-image-arm64'],
    ['missing', "E: Can't find a source to download version '1' of 'busybox-static:arm64'"],
    ['other', 'E: The list of sources could not be read.'],
  ] as const)('args: %s: %s', (kind, stderr) => {
    expect(classifyAptFailure(`W: something else\n${stderr}\n`).kind).toBe(kind)
  })
})

describe('classifyAptFailure, complaint', () => {
  test('behavior: the cause and not its consequences', () => {
    const stderr = [
      'E: Failed to fetch http://m/dists/x/InRelease  503  Service Unavailable [IP: 192.0.2.1 80]',
      "E: The repository 'http://m x InRelease' is not signed.",
    ].join('\n')
    const complaint = 'Failed to fetch http://m/dists/x/InRelease 503 Service Unavailable [IP: 192.0.2.1 80]'
    expect(classifyAptFailure(stderr)).toEqual({ kind: 'transient', complaint })
  })

  test('behavior: of unknown ones the last error, else the last warning, else the last line', () => {
    const complaint = (stderr: string) => classifyAptFailure(stderr).complaint
    expect(complaint('W: a\nE: b.\nE: c.\nW: d\n')).toBe('c')
    expect(complaint('W: a\nW: b\nE: Some index files failed to download. They have been ignored.')).toBe('b')
    expect(complaint('plain\n\n')).toBe('plain')
    expect(complaint('')).toBe('no message')
  })
})

describe('parsePackage', () => {
  const stanza = `Package: linux-image-arm64
Source: linux-signed-arm64 (6.1.192+2)
Version: 6.1.192-2
Architecture: arm64
Depends: linux-image-6.1.0-56-arm64 (= 6.1.192-2)
Description: Linux for 64-bit ARMv8 machines (meta-package)
 Version: not this one
Size: 1448
SHA256: 7d009bcc5a248b746ce4e686f30cb3e4fbfdadeb00af4309926ab4523ff4906c
`

  test('default: the fields that are used', () => {
    const meta = parsePackage(`${stanza}\nPackage: other\n`)
    expect(meta).toEqual({
      name: 'linux-image-arm64',
      version: '6.1.192-2',
      architecture: 'arm64',
      depends: 'linux-image-6.1.0-56-arm64 (= 6.1.192-2)',
      sha256: '7d009bcc5a248b746ce4e686f30cb3e4fbfdadeb00af4309926ab4523ff4906c',
      sizeBytes: 1448,
    })
    expect(meta && realKernelName(meta)).toBe('linux-image-6.1.0-56-arm64')
  })

  test('behavior: nothing without a hash to verify by', () => {
    expect(parsePackage(stanza.replace(/SHA256.*/, ''))).toBeUndefined()
  })

  test('behavior: names of kernels in backports and of 16K kernels', () => {
    const depends = 'kmod, linux-image-6.12.117+deb12-arm64-16k (= 6.12.117-1~deb12u1)'
    expect(realKernelName({ ...parsePackage(stanza)!, depends })).toBe('linux-image-6.12.117+deb12-arm64-16k')
    expect(realKernelName({ ...parsePackage(stanza)!, depends: 'kmod, linux-base (>= 4.3~)' })).toBeUndefined()
  })
})
