/** One boot in the playground's page, with clicks meanwhile. */

import { openPage, waitForTerminal } from '@armvisor/playground/browser'
import { BenchError } from '../harness/errors.ts'

/** What was seen. */
export interface PageBoot {
  /** From the click on the guest to the marker on the terminal. */
  readonly elapsedMs: number
  /** From each click on a view's button to the frame that shows the view. */
  readonly clicksMs: readonly number[]
}

type Browser = Parameters<typeof openPage>[0]

/**
 * Boots the guest that the page offers.
 *
 * @param marker - Text of the terminal to wait for.
 * @throws {@link BenchError} when it does not come in time
 */
export async function bootInPage(browser: Browser, url: string, marker: string, limitMs: number): Promise<PageBoot> {
  const { page } = await openPage(browser, url)
  try {
    // The built-in guest boots at once; it shall not be measured.
    await page.getByText('powered off').waitFor({ timeout: limitMs })
    const started = performance.now()
    await page.getByRole('button', { name: 'Debian', exact: true }).click()
    const booted = waitForTerminal(page, marker, limitMs, 25).then(() => performance.now() - started)
    const clicksMs: number[] = []
    let isBooting = true
    const clicking = (async () => {
      while (isBooting) {
        clicksMs.push(await clickView(page, clicksMs.length))
        await page.waitForTimeout(150)
      }
    })()
    try {
      return { elapsedMs: await booted, clicksMs }
    } finally {
      isBooting = false
      await clicking
    }
  } catch (error) {
    throw new BenchError(error instanceof Error ? error.message : String(error))
  } finally {
    await page.context().close()
  }
}

function clickView(page: Awaited<ReturnType<typeof openPage>>['page'], count: number): Promise<number> {
  return page.evaluate(async (n) => {
    const buttons = [...document.querySelectorAll('nav button')].slice(1) as HTMLButtonElement[]
    const button = buttons[n % buttons.length]
    const clicked = performance.now()
    button?.click()
    do await new Promise(requestAnimationFrame)
    while (button?.getAttribute('aria-current') !== 'page')
    return performance.now() - clicked
  }, count)
}
