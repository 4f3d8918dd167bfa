/** `pnpm bench NAME [arguments]`: runs the benchmark of the file NAME.ts beside this one, which exports `bench(argv)`. */

import { readdir } from 'node:fs/promises'

const folder = new URL('.', import.meta.url)
const names = (await readdir(folder))
  .filter((file) => file.endsWith('.ts') && file !== 'bench.ts')
  .map((file) => file.slice(0, -3))
const [name = '', ...argv] = process.argv.slice(2)

if (names.includes(name)) {
  const { bench }: { bench: (argv: readonly string[]) => Promise<number> } = await import(
    new URL(`${name}.ts`, folder).href
  )
  process.exitCode = await bench(argv)
} else {
  console.error(`bench: there is no benchmark "${name}": name one of ${names.sort().join(', ')}.`)
  process.exitCode = 2
}
