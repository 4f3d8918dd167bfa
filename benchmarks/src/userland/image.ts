/** The guest of the userland benchmark: Debian's programs, and an init that runs one of them when its name is typed. */

import { readFileSync, writeFileSync } from 'node:fs'
import { encodeCpio, S_IFCHR, S_IFDIR, S_IFREG } from '@armvisor/tools/guests/cpio.mjs'
import { fillMemory } from '../guest/memory.ts'
import { makeFiles } from './files.ts'
import { programs } from './programs.ts'

/** What init prints once it takes names. */
export const readyLine = '@ready'
/** What to type for all memory to be written to, and to power off. */
export const commands = { fill: 'fill', off: 'off' } as const

// No job control and no echo: what is typed must not be in the output.
const init = `#!/usr/bin/busybox sh
export PATH=/usr/bin HOME=/root LC_ALL=C
busybox mount -t proc proc /proc
busybox mount -t devtmpfs devtmpfs /dev
busybox mount -t tmpfs -o size=100% tmpfs /tmp
busybox stty -echo
echo ${readyLine}
while read -r name; do
  [ "$name" = ${commands.off} ] && busybox poweroff -f
  echo "@start $name"
  busybox sh "/bench/$name.sh" 2>&1
  echo "@end $name $?"
done
`

/**
 * Writes the initramfs.
 *
 * @param root - Archive of the root file system with the programs.
 * @param extra - Further scripts by name.
 */
export function writeImage(file: string, root: string, extra: Readonly<Record<string, string>> = {}): void {
  const scripts = {
    ...Object.fromEntries(programs.map(({ name, script }) => [name, script])),
    ...extra,
    fill: fillMemory,
  }
  const own = encodeCpio([
    // The kernel gives init this node as its standard streams before anything could mount a devtmpfs.
    { name: 'dev/console', mode: S_IFCHR | 0o600, device: [5, 1] },
    { name: 'init', mode: S_IFREG | 0o755, data: Buffer.from(init) },
    { name: 'bench', mode: S_IFDIR | 0o755 },
    ...Object.entries(makeFiles()).map(([name, text]) => ({ name, mode: S_IFREG | 0o644, data: Buffer.from(text) })),
    ...Object.entries(scripts).map(([name, script]) => ({
      name: `bench/${name}.sh`,
      mode: S_IFREG | 0o644,
      data: Buffer.from(script),
    })),
  ])
  // The kernel takes archives one after another: [INITRAMFS-FORMAT].
  writeFileSync(file, Buffer.concat([readFileSync(root), own]))
}
