/** Stand-ins for what the guests tool gets from outside: a busybox, a kernel, and a machine with apt. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Exec, ExecResult } from './exec.mjs'

/** Applets of `fakeBusybox`, sorted as busybox has them. */
export const fakeBusyboxApplets: readonly string[] = [
  '[',
  '[[',
  'busybox',
  'cat',
  'cttyhack',
  'hostname',
  'init',
  'mkdir',
  'mount',
  'poweroff',
  'sh',
  'zcat',
]

/** The parts of an AArch64 busybox that are looked at: its ELF header and its table of applets. */
export function fakeBusybox(applets: readonly string[] = fakeBusyboxApplets): Buffer {
  const header = Buffer.alloc(64)
  header.write('\x7fELF\x02\x01', 0, 'latin1')
  header.writeUInt16LE(183, 18)
  return Buffer.concat([header, Buffer.from(`text\0${applets.join('\0')}\0\0more`, 'latin1')])
}

/** The header of an arm64 Image. */
export function fakeKernel(): Buffer {
  const image = Buffer.alloc(5000, 0x5a)
  image.write('MZ', 0, 'latin1')
  image.write('ARM\x64', 56, 'latin1')
  return image
}

/** A link in a package: a hard one to another member, or a symbolic one. */
export interface FakeLink {
  readonly type: 'link' | 'symlink'
  readonly target: string
}

/** A tar stream of executable files and links. */
function tarOf(files: Record<string, Buffer | FakeLink>): Buffer {
  const members = Object.entries(files).map(([name, contents]) => {
    const header = Buffer.alloc(512)
    const data = Buffer.isBuffer(contents) ? contents : Buffer.alloc(0)
    header.write(name, 0, 'latin1')
    header.write('0000755', 100, 'latin1')
    header.write(data.length.toString(8).padStart(11, '0'), 124, 'latin1')
    header.write('0', 156, 'latin1')
    if (!Buffer.isBuffer(contents)) {
      header.write(contents.type === 'link' ? '1' : '2', 156, 'latin1')
      header.write(contents.target, 157, 'latin1')
    }
    return Buffer.concat([header, data, Buffer.alloc(-data.length & 511)])
  })
  return Buffer.concat([...members, Buffer.alloc(1024)])
}

const stanzas: Record<string, string> = {
  'linux-image-arm64': 'Version: 6.1.192-2\nDepends: linux-image-6.1.0-56-arm64 (= 6.1.192-2)',
  'linux-image-6.1.0-56-arm64': 'Version: 6.1.192-2\nDepends: kmod, linux-base (>= 4.3~)',
  'busybox-static': 'Version: 1:1.35.0-4',
}

/** What a fake machine answers; each field has a working default. */
export interface FakeMachine {
  /** Results of the successive `apt-get update` runs; the last one stays. */
  readonly updates?: readonly Partial<ExecResult>[]
  /** Results of the successive `apt-get download` runs; a success also writes the packages. */
  readonly downloads?: readonly Partial<ExecResult>[]
  /** Packages in the lists. */
  readonly packages?: Record<string, string>
  /** Programs that do not exist. */
  readonly absent?: readonly string[]
  /** Contents of the packages by the beginning of their file name. */
  readonly contents?: Record<string, Record<string, Buffer | FakeLink>>
}

/** An `Exec` that plays apt and dpkg-deb, with the list of commands it was given. */
export function fakeMachine(machine: FakeMachine = {}): { exec: Exec; commands: string[] } {
  const { updates = [{}], downloads = [{}], packages = stanzas, absent = [] } = machine
  const contents: Required<FakeMachine>['contents'] = machine.contents ?? {
    'linux-image': {
      './boot/config-6.1.0-56-arm64': Buffer.from('CONFIG'),
      './boot/vmlinuz-6.1.0-56-arm64': fakeKernel(),
    },
    'busybox-static': { './bin/busybox': fakeBusybox() },
  }
  const commands: string[] = []
  const counts = { update: 0, download: 0 }
  const exec: Exec = async (command, args, options = {}) => {
    commands.push([command, ...args.filter((argument) => !argument.startsWith('-'))].join(' '))
    const result = (partial: Partial<ExecResult> = {}): ExecResult => ({ code: 0, stdout: '', stderr: '', ...partial })
    if (absent.includes(command)) return result({ code: 127, stderr: `${command}: not found` })
    switch (command) {
      case 'apt-config':
        return result({ stdout: 'Acquire::http::Proxy "http://proxy.example:3128";\n' })
      case 'apt-cache': {
        const name = args.at(-1) ?? ''
        const fields = packages[name]
        if (fields === undefined) return result({ code: 100, stderr: 'E: No packages found' })
        return result({
          stdout: `Package: ${name}\n${fields}\nArchitecture: arm64\nSize: 1000\nSHA256: ${'0'.repeat(64)}\n`,
        })
      }
      case 'apt-get': {
        if (args.includes('update')) return result(updates[Math.min(counts.update++, updates.length - 1)])
        if (args.includes('install'))
          return result({
            stdout: Object.keys(packages)
              .map((name) => `Inst ${name} (1 Debian:12/stable [arm64])\nConf ${name} (1)\n`)
              .join(''),
          })
        const answer = result(downloads[Math.min(counts.download++, downloads.length - 1)])
        if (answer.code === 0)
          for (const wanted of args.filter((argument) => argument.includes('=')))
            await writeFile(join(options.cwd ?? '', `${wanted.replace('=', '_').replace(':', '%3a')}_arm64.deb`), '')
        return answer
      }
      case 'dpkg-deb': {
        const file = (args.at(-1) ?? '').replace(/^.*\//, '')
        const key = Object.keys(contents).find((prefix) => file.startsWith(prefix))
        if (key === undefined) return result({ code: 2, stderr: 'dpkg-deb: error: not a Debian format archive' })
        options.onStdout?.(tarOf(contents[key]))
        return result()
      }
      default:
        throw new Error(`unexpected program ${command}`)
    }
  }
  return { exec, commands }
}
