/** The programs of the userland benchmark, from Debian's packages. */

/** A program in the guest. */
export interface Program {
  readonly name: string
  /** Shell commands. What they print must be the same whoever runs them, unless counts are read from it. */
  readonly script: string
  /**
   * Absent: the time from before the script to after it counts. Otherwise the script works for a time of its own, prints a line that
   * matches `start`, and one that matches `count`, with how much it did; the time between the two lines counts.
   */
  readonly measured?: { readonly start: RegExp; readonly count: RegExp }
}

/** Packages that are installed in the guest; what they depend on comes along. */
export const packages: readonly string[] = [
  'busybox-static',
  '7zip',
  'openssl',
  'gzip',
  'sqlite3',
  'python3',
  'dash',
  'coreutils',
]

/** Nothing here reads these, and the guest's memory holds everything. */
export const leftOut: readonly RegExp[] = [
  /^(etc|var|usr\/share)\//,
  /\/gconv\//,
  /^usr\/lib\/python3[^/]*\/(ensurepip|idlelib|lib2to3|pydoc_data|unittest|distutils)\//,
]

/** What `openssl speed -mr` prints before and after each kind of operation: "+DT:sha256:2:8192", "+R:8384:sha256:2.0". */
const openssl = { start: /^\+DTP?:/, count: /^\+R\d*:(\d+):/ }
// Its own clock only says when to stop.
const opensslSpeed = 'exec openssl speed -mr -elapsed -seconds 2'

/** Programs, in the order of the table. Each takes about two seconds of a machine of 2020 in QEMU. */
export const programs: readonly Program[] = [
  // The clock decides nothing: without time to fill, the benchmark does its least.
  { name: '7zip', script: `7zz b 1 -mmt1 -md18 -mtime=0 >/tmp/out; busybox grep -c '^Tot:' /tmp/out` },
  { name: 'sha256', script: `${opensslSpeed} -bytes 8192 -evp sha256`, measured: openssl },
  { name: 'aes-128-gcm', script: `${opensslSpeed} -bytes 8192 -evp aes-128-gcm`, measured: openssl },
  { name: 'ecdsap256', script: `${opensslSpeed} ecdsap256`, measured: openssl },
  {
    name: 'gzip',
    script: 'gzip -c /bench/text >/tmp/text.gz; gzip -dc /tmp/text.gz | cksum',
  },
  {
    name: 'sqlite3',
    script: `sqlite3 /tmp/db </bench/inserts.sql; sqlite3 /tmp/db </bench/selects.sql; rm /tmp/db`,
  },
  { name: 'python-loop', script: 'python3 -ISs /bench/loop.py' },
  { name: 'python-json', script: 'python3 -ISs /bench/json.py' },
  // Builtins fork nothing: the path asks for the program.
  {
    name: 'fork-exec',
    script: `exec dash -c 'i=0; while [ $i -lt 120 ]; do /usr/bin/true; i=$((i+1)); done; echo $i'`,
  },
  { name: 'pipe', script: 'python3 -ISs /bench/pipe.py' },
]
