/** A real Chromium with the playground in it. */

import { existsSync } from 'node:fs'
import process from 'node:process'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Starts Chromium: the one of `ARMVISOR_CHROMIUM`, else where distributions put it. */
export function launchChromium(): Promise<Browser> {
  const executablePath = process.env['ARMVISOR_CHROMIUM'] ?? places.find((place) => existsSync(place))
  if (executablePath === undefined) {
    throw new Error(
      `There is no Chromium at ${places.join(', ')}: install it, in Debian the package chromium, or name one in ARMVISOR_CHROMIUM.`,
    )
  }
  // The first flag is for root, as in containers; the others keep the browser from calling its maker.
  const quiet = ['--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update']
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-sync', ...quiet] })
}

/** Sizes of a screen that the page must fit. */
export const screens = {
  phone: { width: 390, height: 844 },
  desktop: { width: 1440, height: 900 },
} as const

/** A page whose errors the test is told of. */
export interface Opened {
  readonly page: Page
  /** Uncaught errors and error messages of the page so far. */
  readonly errors: readonly string[]
}

/** Opens an address in a context of its own. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext({ viewport: screens.desktop, ...options })
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  await page.goto(url)
  return { page, errors }
}

/** What the terminal shows and has shown, line by line. */
export function readTerminal(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.querySelector('.terminal') as HTMLElement & {
      terminal?: {
        buffer: {
          active: { length: number; getLine(y: number): { translateToString(trim: boolean): string } | undefined }
        }
      }
    }
    const buffer = element.terminal?.buffer.active
    if (buffer === undefined) return ''
    return Array.from({ length: buffer.length }, (_, y) => buffer.getLine(y)?.translateToString(true) ?? '').join('\n')
  })
}

/** Waits until the terminal has a text. @throws with what it shows when the time is up */
export async function waitForTerminal(page: Page, text: string, timeoutMs = 60_000, pollMs = 100): Promise<void> {
  const end = Date.now() + timeoutMs
  for (;;) {
    const shown = await readTerminal(page)
    if (shown.includes(text)) return
    if (Date.now() > end) throw new Error(`The terminal did not show ${JSON.stringify(text)} but:\n${shown.trimEnd()}`)
    await page.waitForTimeout(pollMs)
  }
}

/** Goes to a view by its button. */
export async function showView(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Views' }).getByRole('button', { name, exact: true }).click()
}
