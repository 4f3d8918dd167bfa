/** Builds the guest's initramfs around a static busybox: an init that says when it runs, then a shell on the console. */
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { encodeCpio, S_IFCHR, S_IFDIR, S_IFLNK, S_IFREG } from './cpio.mjs'

/** The first line that init prints; benchmarks and tests wait for it on the console. */
export const initMarker = 'armvisor: init reached'
/** Kernel command line word that makes init power off right after the marker. */
export const exitParameter = 'armvisor.exit=poweroff'
/** What the interactive shell prints when it is ready for a command in the home folder. */
export const shellPrompt = 'armvisor:~# '

// The marker comes before anything else, so that it times the kernel and not this script. A parameter with a dot in its
// name is a module parameter to the kernel and never reaches init's environment, hence the look into /proc/cmdline.
// busybox init then takes over as process 1: it reaps orphans, starts the shell again when it ends and
// knows the signals that a plain `poweroff` or `reboot` sends.
const initScript = `#!/bin/busybox sh
echo '${initMarker}'
mount -t proc proc /proc
case " $(cat /proc/cmdline) " in
  *' ${exitParameter} '*) poweroff -f ;;
esac
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /tmp
hostname armvisor
exec init
`

// init starts each line in a session of its own (setsid); cttyhack finds the real terminal behind /dev/console and makes
// it the controlling one, without which there is no job control and Ctrl-C reaches nobody.
const inittab = `::respawn:/bin/cttyhack /bin/sh -l
::ctrlaltdel:/bin/reboot -f
`

// Without -f these ask init, which waits for processes to end: two seconds for nothing here.
const profile = `export HOME=/root PATH=/bin TERM=\${TERM:-vt100}
export PS1='armvisor:\\w# '
alias poweroff='poweroff -f' reboot='reboot -f' halt='halt -f'
cd
`

/** Identifies the contents of the initramfs apart from busybox; a cache made by another recipe is rebuilt. */
export const initramfsRecipe = createHash('sha256')
  .update(JSON.stringify(['1', initScript, inittab, profile]))
  .digest('hex')
  .slice(0, 12)

/**
 * Names of the applets in a busybox binary. It is for another machine, so it cannot be asked: its sorted table of
 * NUL-terminated names begins with the only two names that no other string is likely to follow, `[` and `[[`.
 *
 * @param {Buffer} busybox
 * @returns {string[]} In the table's order.
 * @throws {Error} When the binary has no such table or lacks an applet that init needs.
 */
export function readAppletNames(busybox) {
  const start = busybox.indexOf('\0[\0[[\0', 0, 'latin1') + 1
  const end = busybox.indexOf('\0\0', start, 'latin1')
  const names = start > 0 && end > 0 ? busybox.toString('latin1', start, end).split('\0') : []
  for (const needed of ['cat', 'cttyhack', 'hostname', 'init', 'mkdir', 'mount', 'poweroff', 'sh'])
    if (!names.includes(needed)) throw new Error(`busybox has no applet ${needed}`)
  return names
}

/**
 * Makes the initramfs, compressed by gzip.
 *
 * @param {Buffer} busybox A statically linked AArch64 executable.
 * @returns {Buffer}
 * @throws {Error} When `busybox` is something else.
 */
export function buildInitramfs(busybox) {
  // [ELF] magic, ELFCLASS64, ELFDATA2LSB; e_machine at 18: EM_AARCH64 is 183.
  if (busybox.toString('latin1', 0, 6) !== '\x7fELF\x02\x01' || busybox.readUInt16LE(18) !== 183)
    throw new Error('busybox is not an AArch64 executable')
  const applets = readAppletNames(busybox).filter((name) => name !== 'busybox')
  return gzipSync(
    encodeCpio([
      ...['bin', 'dev', 'etc', 'proc', 'root', 'sys', 'tmp', 'usr', 'var'].map(folder),
      // The kernel gives init this node as its standard streams before anything could mount a devtmpfs.
      { name: 'dev/console', mode: S_IFCHR | 0o600, device: [5, 1] },
      file('bin/busybox', busybox, 0o755),
      ...applets.map((name) => link(`bin/${name}`, 'busybox')),
      link('sbin', 'bin'),
      link('usr/bin', '../bin'),
      link('usr/sbin', '../bin'),
      file('etc/group', 'root:x:0:\n', 0o644),
      file('etc/inittab', inittab, 0o644),
      file('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n', 0o644),
      file('etc/profile', profile, 0o644),
      file('init', initScript, 0o755),
    ]),
    { level: 9 },
  )
}

/** @param {string} name */
function folder(name) {
  return { name, mode: S_IFDIR | 0o755 }
}

/**
 * @param {string} name
 * @param {string} target
 */
function link(name, target) {
  return { name, mode: S_IFLNK | 0o777, data: Buffer.from(target) }
}

/**
 * @param {string} name
 * @param {string | Buffer} contents
 * @param {number} permissions
 */
function file(name, contents, permissions) {
  return { name, mode: S_IFREG | permissions, data: Buffer.from(contents) }
}
