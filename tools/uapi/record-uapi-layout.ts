/**
 * Records what the C compiler makes of the arm64 kernel headers: every structure with the offset and size of each
 * field, every constant, every ioctl number. The fixture is what `@armvisor/uapi` is compared to.
 *
 * Nothing here comes from our own tables: the names are those the headers define, found by the preprocessor and in the
 * debug information.
 *
 * Usage: `tsx tools/uapi/record-uapi-layout.ts [--headers DIR] --out FILE`
 *
 * DIR is a kernel tree with `include/uapi` and `arch/arm64/include/uapi`, such as `/usr/src/linux-headers-*-common` of
 * Debian's package of that name; without it the headers of the cross compiler are used. Needs `aarch64-linux-gnu-gcc`
 * and the binutils beside it.
 */

import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { parseStructs } from './dwarf-structs.ts'

const prefix = 'aarch64-linux-gnu-'
const bufferBytes = 64 << 20

function run(tool: string, args: readonly string[], input = ''): string {
  return execFileSync(prefix + tool, args, { encoding: 'utf8', input, maxBuffer: bufferBytes })
}

/** Errors of a compilation, empty if it succeeds. */
function compileErrors(args: readonly string[], source: string): string {
  try {
    execFileSync(`${prefix}gcc`, [...args, '-x', 'c', '-'], {
      encoding: 'utf8',
      input: source,
      maxBuffer: bufferBytes,
      stdio: 'pipe',
    })
    return ''
  } catch (error) {
    return (error as { stderr: string }).stderr
  }
}

/** Copies raw kernel headers without what the kernel's own installation step removes. Returns the include folder. */
function installHeaders(tree: string, work: string): string {
  const target = join(work, 'include')
  const sources = ['include/uapi', 'arch/arm64/include/uapi', 'include/uapi/asm-generic']
  for (const source of sources) {
    const from = join(tree, source)
    if (!existsSync(from)) throw new Error(`${from} does not exist: ${tree} is no kernel header tree`)
  }
  for (const family of ['linux', 'asm-generic']) {
    cpSync(join(tree, 'include/uapi', family), join(target, family), { recursive: true })
  }
  mkdirSync(join(target, 'asm'), { recursive: true })
  // Where the architecture has no header of its own, the generic one stands for it.
  for (const file of readdirSync(join(target, 'asm-generic'))) {
    writeFileSync(join(target, 'asm', file), `#include <asm-generic/${file}>\n`)
  }
  cpSync(join(tree, 'arch/arm64/include/uapi/asm'), join(target, 'asm'), { recursive: true })
  for (const family of ['linux', 'asm', 'asm-generic']) {
    for (const entry of readdirSync(join(target, family), { recursive: true, encoding: 'utf8' })) {
      if (!entry.endsWith('.h')) continue
      const file = join(target, family, entry)
      const text = readFileSync(file, 'utf8')
      const clean = text
        .replace(/\b__user\b/g, '')
        .replace(/^#include <linux\/compiler(_types)?\.h>$/gm, '')
        .replace(/^#warning "Attempt to use kernel headers.*$/gm, '')
        .replace(/\b__attribute_const__\b/g, '')
      if (clean !== text) writeFileSync(file, clean)
    }
  }
  return target
}

// SZ_64K is the kernel's own; macros of the exported headers use it without defining it.
const includes =
  '#define SZ_64K 0x10000\n#include <stddef.h>\n#include <linux/kvm.h>\n#include <linux/psci.h>\n#include <errno.h>\n'
const interesting = /^(KVM|VGIC|PSCI|__KVM|E[A-Z0-9]+$)/

/** Object-like macros and enumerators of the headers that are integer constants, with their 64-bit values. */
function constants(flags: readonly string[], work: string, enumerators: readonly string[]): Record<string, string> {
  const defines = run('gcc', [...flags, '-dM', '-E', '-x', 'c', '-'], includes)
  const macros = [...defines.matchAll(/^#define (\w+) +\S/gm)].map((match) => match[1])
  let names = [...new Set([...macros, ...enumerators])].filter((name) => interesting.test(name)).sort()
  // A macro may need a structure that arm64 does not have, or be no integer: the compiler says which.
  const line = (name: string): string => `_Static_assert((unsigned long long)(${name}) || 1, "");`
  const errors = compileErrors(
    [...flags, '-fsyntax-only', '-fmax-errors=0'],
    `${includes}${names.map(line).join('\n')}`,
  )
  const firstLine = includes.split('\n').length
  const bad = new Set([...errors.matchAll(/<stdin>:(\d+):\d+: error/g)].map((match) => Number(match[1]) - firstLine))
  names = names.filter((_, index) => !bad.has(index))
  const object = join(work, 'constants.o')
  const binary = join(work, 'constants.bin')
  const values = names.map((name) => `(unsigned long long)(${name})`).join(',\n')
  const source = `${includes}__attribute__((section(".uapi_values"))) const unsigned long long values[] = {\n${values}\n};\n`
  run('gcc', [...flags, '-c', '-o', object, '-x', 'c', '-'], source)
  run('objcopy', ['-O', 'binary', '--only-section=.uapi_values', object, binary])
  const bytes = readFileSync(binary)
  return Object.fromEntries(names.map((name, index) => [name, `0x${bytes.readBigUInt64LE(index * 8).toString(16)}`]))
}

/** Enumerators in debug information. */
function enumeratorNames(dwarf: string): string[] {
  const names: string[] = []
  for (const entry of dwarf.split(/\n(?= <)/)) {
    if (!entry.includes('(DW_TAG_enumerator)')) continue
    const name = /DW_AT_name\s*:.*?(\w+)\s*$/m.exec(entry)
    if (name !== null) names.push(name[1])
  }
  return names
}

function main(): void {
  const { values } = parseArgs({ options: { headers: { type: 'string' }, out: { type: 'string' } } })
  if (values.out === undefined) throw new Error('usage: record-uapi-layout.ts [--headers DIR] --out FILE')
  const work = mkdtempSync(join(tmpdir(), 'uapi-'))
  try {
    const flags = values.headers === undefined ? [] : ['-isystem', installHeaders(values.headers, work)]
    const object = join(work, 'types.o')
    run(
      'gcc',
      [...flags, '-g', '-gdwarf-4', '-fno-eliminate-unused-debug-types', '-c', '-o', object, '-x', 'c', '-'],
      includes,
    )
    const dwarf = run('readelf', ['--wide', '--debug-dump=info', object])
    const fixture = {
      compiler: run('gcc', ['--version']).split('\n')[0],
      binutils: run('readelf', ['--version']).split('\n')[0],
      headers: values.headers === undefined ? 'cross compiler' : values.headers.replace(/\/+$/, '').split('/').at(-1),
      structs: parseStructs(dwarf, /^(kvm_|reg_mask_range$)/),
      constants: constants(flags, work, enumeratorNames(dwarf)),
    }
    const compact = JSON.stringify(fixture, null, 1).replace(
      /\{\n\s+("offset"[^}]*?)\n\s+\}/g,
      (_, body: string) => `{ ${body.replace(/\n\s+/g, ' ')} }`,
    )
    writeFileSync(values.out, `${compact}\n`)
    const fields = Object.values(fixture.structs).reduce((sum, struct) => sum + Object.keys(struct.fields).length, 0)
    const counts = [Object.keys(fixture.structs).length, fields, Object.keys(fixture.constants).length]
    console.log(`${values.out}: ${counts[0]} structures with ${counts[1]} fields, ${counts[2]} constants`)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

main()
