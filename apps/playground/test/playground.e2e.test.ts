/** The playground in a real browser, as a visitor uses it. Runs with ARMVISOR_E2E=1. */

import { fetchGuests } from '@armvisor/tools/guests.mjs'
import { embeddedGuest } from '@armvisor/vmm/guest'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serveSite } from '../server/site.mjs'
import { launchChromium, openPage, readTerminal, screens, showView, waitForTerminal } from './browser.ts'

const views = ['Machine', 'Tables', 'Address space', 'Faults']
type Site = Awaited<ReturnType<typeof serveSite>>

let browser: Browser
let site: Site
let openSite: Site

beforeAll(async () => {
  const { kernel, initrd, manifest } = await fetchGuests({ log: () => {} })
  site = await serveSite({ guests: [{ name: 'Debian', kernel, initrd, append: manifest.append }] })
  openSite = await serveSite({ isIsolated: false, isBuilt: true })
  browser = await launchChromium()
}, 300_000)

afterAll(async () => {
  await browser?.close()
  await Promise.all([site?.close(), openSite?.close()])
})

const waitForStatus = (page: Page, state: string): Promise<void> =>
  page.getByRole('status').getByText(state, { exact: true }).waitFor()

describe('the built-in guest', () => {
  test('default: boots at once to its last line, without an error', async () => {
    const { page, errors } = await openPage(browser, site.url)
    await waitForTerminal(page, 'power off')
    await page.getByText('powered off').waitFor()
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)
    expect(errors).toEqual([])
  })

  test('behavior: without isolation headers the page says so, and boots', async () => {
    const { page, errors } = await openPage(browser, openSite.url)
    await waitForTerminal(page, 'power off')
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false)
    await showView(page, 'Machine')
    await page.getByText('not cross-origin isolated').waitFor()
    // The list of guests is not there on a static site, which is not worth a word.
    expect(errors.filter((error) => !error.includes('404'))).toEqual([])
  })

  test("behavior: other IPA bits change the picture, the guest's report and the address", async () => {
    const { page } = await openPage(browser, site.url)
    await waitForTerminal(page, 'IPA space         40 bits')
    await showView(page, 'Machine')
    await page.getByLabel('IPA bits').selectOption('36')
    await showView(page, 'Tables')
    await page.getByText('An intermediate physical address of 36 bits').waitFor()
    expect(await page.locator('.ruler').textContent()).toContain('[35:30]')
    await page.getByRole('button', { name: /^(Start|Reset)$/ }).click()
    await waitForTerminal(page, 'IPA space         36 bits')
    expect(new URL(page.url()).searchParams.get('ipa')).toBe('36')
    const again = await openPage(browser, page.url())
    await waitForTerminal(again.page, 'IPA space         36 bits')
  })

  test('behavior: 52 bits with LPA2', async () => {
    const { page } = await openPage(browser, `${site.url}?ipa=52&cpu=armv8-lpa2`)
    await waitForTerminal(page, 'IPA space         52 bits')
    await showView(page, 'Tables')
    expect(await page.locator('.ruler').textContent()).toContain('level 0')
  })
})

describe('settings', () => {
  test('error: an impossible combination explains itself beside the field and cannot be started', async () => {
    const { page } = await openPage(browser, `${site.url}?ipa=52`)
    const field = page.getByLabel('IPA bits')
    await field.waitFor()
    expect(await field.getAttribute('aria-invalid')).toBe('true')
    expect(await page.locator('#ipaBits-problem').textContent()).toMatch(/52.*LPA2|52.*48/)
    expect(await page.getByRole('button', { name: 'Start this VM' }).isDisabled()).toBe(true)
    await page.getByLabel('LPA2').check()
    await page.getByRole('button', { name: 'Start this VM' }).click()
    await waitForTerminal(page, 'IPA space         52 bits')
  })

  test('behavior: a kernel from a file boots; a file that is none is refused in words', async () => {
    const { page } = await openPage(browser, site.url)
    await waitForTerminal(page, 'power off')
    await page.getByText('Own kernel').click()
    const kernel = embeddedGuest({ ipaBits: 40, pageBytes: 4096 })
    await page.getByLabel('Kernel file').setInputFiles({ name: 'mine.img', mimeType: '', buffer: Buffer.from(kernel) })
    await page.getByRole('button', { name: 'Boot it' }).click()
    await page.locator('.guest legend').getByText('mine.img').waitFor()
    await waitForTerminal(page, 'power off')
    await page
      .getByLabel('Kernel file')
      .setInputFiles({ name: 'a.txt', mimeType: '', buffer: Buffer.from('no kernel') })
    await page.getByRole('button', { name: 'Boot it' }).click()
    await page
      .getByRole('alert')
      .getByText(/kernel/)
      .waitFor()
  })

  test('error: an address that cannot be fetched', async () => {
    const { page } = await openPage(browser, site.url)
    await page.getByText('Own kernel').click()
    await page.getByLabel('or its address').fill('/nothing/here')
    await page.getByRole('button', { name: 'Boot it' }).click()
    await page.getByRole('alert').getByText('/nothing/here cannot be fetched').waitFor()
  })
})

describe('Debian', () => {
  test('default: boots to a shell, which answers; views change meanwhile; pause and resume', async () => {
    const { page, errors } = await openPage(browser, site.url)
    await page.getByRole('button', { name: 'Debian', exact: true }).click()
    await waitForTerminal(page, 'Linux version')
    for (const view of views) {
      await showView(page, view)
      await page.locator(`[aria-current="page"]`).getByText(view).waitFor()
    }
    await waitForTerminal(page, ':~#')
    await page.locator('.terminal textarea').focus()
    await page.keyboard.type('echo $((6 * 7)) is the answer; uname -m\n')
    await waitForTerminal(page, '42 is the answer')
    await waitForTerminal(page, 'aarch64')
    await showView(page, 'Faults')
    expect(await page.locator('.counts').textContent()).toContain('serial port')
    await page.getByRole('button', { name: 'Pause' }).click()
    await waitForStatus(page, 'paused')
    const before = await readTerminal(page)
    await page.keyboard.type('x')
    await page.getByRole('button', { name: 'Resume' }).click()
    await waitForStatus(page, 'running')
    expect(before).toContain('42 is the answer')
    expect(errors).toEqual([])
  })
})

describe('a snapshot', () => {
  test('behavior: Debian goes on in another page where it stood', async () => {
    const { page } = await openPage(browser, `${site.url}?memory=128`)
    await page.getByRole('button', { name: 'Debian', exact: true }).click()
    await waitForTerminal(page, ':~#')
    const type = async (at: Page, text: string): Promise<void> => {
      await at.locator('.terminal textarea').focus()
      await at.keyboard.type(text)
    }
    await type(page, 'kept=$((2 * 21))\n')
    await page.waitForTimeout(1000)
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Save' }).click()
    const file = await (await download).path()
    await waitForStatus(page, 'running')
    const other = await openPage(browser, site.url)
    await other.page.getByLabel('Snapshot file').setInputFiles(file)
    await waitForStatus(other.page, 'running')
    await type(other.page, 'echo kept is $kept\n')
    await waitForTerminal(other.page, 'kept is 42')
  })

  test('error: a file that is none', async () => {
    const { page } = await openPage(browser, site.url)
    const file = { name: 'a.zip', mimeType: '', buffer: Buffer.from('nothing') }
    await page.getByLabel('Snapshot file').setInputFiles(file)
    await page.getByRole('alert').getByText('no snapshot').waitFor()
  })
})

describe('the address space', () => {
  test('behavior: with the dirty log RAM is mapped by pages and its writes glow', async () => {
    const { page } = await openPage(browser, `${site.url}?dirty=on`)
    await page.getByText('powered off').waitFor()
    await showView(page, 'Address space')
    const glow = page.getByRole('img', { name: "Heat map of the guest's writes" })
    await glow.waitFor()
    const brightest = await glow.evaluate((canvas) => {
      const { width, height } = canvas as HTMLCanvasElement
      const image = (canvas as HTMLCanvasElement).getContext('2d')?.getImageData(0, 0, width, height)
      return image?.data.reduce((most, value, i) => (i % 4 === 0 ? Math.max(most, value) : most), 0)
    })
    expect(brightest).toBeGreaterThan(60)
    await page.getByRole('button', { name: 'Walk to it' }).click()
    await expect.poll(() => page.locator('.walk .step').count(), { timeout: 10_000 }).toBe(3)
  })

  test('behavior: a click walks to its address, descriptor by descriptor; zoom goes down to a page', async () => {
    const { page } = await openPage(browser, site.url)
    await page.getByText('powered off').waitFor()
    await showView(page, 'Address space')
    await page.getByRole('button', { name: 'RAM', exact: true }).click()
    const map = page.getByRole('img', { name: 'Map of the intermediate physical address space' })
    const box = await map.boundingBox()
    if (box === null) throw new Error('the map is not shown')
    // A quarter in, RAM begins: the window is twice as large and RAM in its middle.
    await map.click({ position: { x: box.width / 4 + 1, y: 40 } })
    const steps = page.locator('.walk .step')
    await steps.first().waitFor()
    expect(await steps.count()).toBe(2)
    expect(await steps.last().textContent()).toContain('block of 2 MiB')
    await page.getByRole('textbox', { name: 'Address' }).fill('0xff_ffff_f000')
    await page.getByRole('button', { name: 'Walk to it' }).click()
    await expect.poll(() => steps.count(), { timeout: 10_000 }).toBe(3)
    expect(await steps.last().textContent()).toContain('page of 4 KiB')
    await page.getByRole('textbox', { name: 'Address' }).fill('0x100_0000_0000')
    await page.getByRole('button', { name: 'Walk to it' }).click()
    await page.getByText("beyond the VM's 40 bits").waitFor()
    await page.getByRole('button', { name: 'Whole space' }).click()
    expect(await page.locator('.map figcaption').textContent()).toContain('1 TiB')
    for (let i = 0; i < 16; i++) await page.getByRole('button', { name: 'Zoom in' }).click()
    expect(await page.locator('.map figcaption').textContent()).toContain('4 KiB')
  })
})

describe.each(Object.entries(screens))('on a %s screen', (_name, viewport) => {
  test.each(['light', 'dark'] as const)(
    'behavior: every view fits, and axe finds nothing (%s)',
    async (colorScheme) => {
      const { page } = await openPage(browser, site.url, { viewport, colorScheme })
      await page.getByText('powered off').waitFor()
      await page.addScriptTag({ content: axe.source })
      for (const view of views) {
        await showView(page, view)
        await page.getByRole('region', { name: /./ }).first().waitFor()
        const widths = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth])
        expect({ view, width: widths[0] }).toEqual({ view, width: widths[1] })
        const violations = await page.evaluate(async () => {
          const { axe: checker } = window as unknown as { axe: typeof import('axe-core') }
          const { violations: found } = await checker.run()
          return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)
        })
        expect({ view, violations }).toEqual({ view, violations: [] })
      }
    },
  )
})
