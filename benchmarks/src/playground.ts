/** `pnpm bench playground`: Debian's kernel to its init in a browser and in Node, in turn, and how soon the page answers meanwhile. */

import { launchChromium } from '@armvisor/playground/browser'
import { serveSite } from '@armvisor/playground/site'
import { fetchGuests, initMarker } from '@armvisor/tools/guests.mjs'
import { timeToMarker } from './boot/measure.ts'
import { guestColumns } from './guest/columns.ts'
import { parseNumber, parseOptions } from './harness/arguments.ts'
import { BenchError } from './harness/errors.ts'
import { readNodeVersion } from './harness/host.ts'
import { reportErrors } from './harness/report-errors.ts'
import { median } from './harness/statistics.ts'
import { bootInPage } from './playground/boot-in-page.ts'

const usage = `Usage: pnpm bench playground [options]

Boots Debian's kernel to its init in a page in Chromium and in Node, in turn, and
clicks in the page meanwhile. The time in the page is from the click on the guest
to the marker on its terminal, in Node from the start of the process.

  --runs N          boots of each, 1 to 100, of which medians are taken (default: 5)
  --timeout SECONDS limit for one boot (default: 120)`

const memoryMiB = 512

/**
 * Runs the benchmark.
 *
 * @param argv - Arguments after the benchmark's name.
 * @returns Exit status: 0, 1 failure, 2 usage.
 */
export async function bench(argv: readonly string[]): Promise<number> {
  return reportErrors('playground', usage, async () => {
    const options = parse(argv)
    if (options === undefined) console.log(usage)
    else await run(options)
    return 0
  })
}

function parse(argv: readonly string[]): { readonly runs: number; readonly limitMs: number } | undefined {
  const values = parseOptions(argv, {
    runs: { type: 'string', default: '5' },
    timeout: { type: 'string', default: '120' },
    help: { type: 'boolean', short: 'h', default: false },
  })
  if (values.help) return undefined
  const runs = parseNumber('runs', values.runs, { min: 1, max: 100, isWhole: true })
  return { runs, limitMs: parseNumber('timeout', values.timeout, { min: 1, max: 3600 }) * 1000 }
}

async function run({ runs, limitMs }: { readonly runs: number; readonly limitMs: number }): Promise<void> {
  const { kernel, initrd, manifest } = await fetchGuests({ log: (line) => console.error(line) })
  const append = `${manifest.append} ${manifest.exitParameter}`
  const [node] = guestColumns({ kernel, initrd, append, memory: `${memoryMiB}M` }, [process.execPath], false)
  if (node === undefined) throw new BenchError('there is no Node to compare with')
  const site = await serveSite({ guests: [{ name: 'Debian', kernel, initrd, append }] })
  try {
    const browser = await launchChromium().catch((error: Error) => {
      throw new BenchError(error.message)
    })
    console.log(`Chromium ${browser.version()}, ${readNodeVersion(process.execPath)}, guest memory ${memoryMiB} MiB\n`)
    const pageMs: number[] = []
    const nodeMs: number[] = []
    const clicksMs: number[] = []
    for (let i = 1; i <= runs; i++) {
      const booted = await bootInPage(browser, `${site.url}?memory=${memoryMiB}`, initMarker, limitMs)
      pageMs.push(booted.elapsedMs)
      clicksMs.push(...booted.clicksMs)
      nodeMs.push(await timeToMarker(node.contender, initMarker, limitMs))
      console.log(`run ${i}: ${seconds(pageMs.at(-1))} in the page, ${seconds(nodeMs.at(-1))} in Node`)
    }
    const ratio = median(pageMs.map((ms, i) => ms / (nodeMs[i] as number)))
    console.log(
      `\nmedian: ${seconds(median(pageMs))} in the page, ${seconds(median(nodeMs))} in Node, ratio ${ratio.toFixed(2)}`,
    )
    const worst = Math.max(...clicksMs)
    console.log(
      `a click while booting is answered within ${median(clicksMs).toFixed(0)} ms (median), ${worst.toFixed(0)} ms (the worst of ${clicksMs.length})`,
    )
    await browser.close()
  } finally {
    await site.close()
  }
}

function seconds(ms: number | undefined): string {
  return `${((ms ?? Number.NaN) / 1000).toFixed(2)} s`
}
