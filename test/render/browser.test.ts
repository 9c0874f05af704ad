/** Pages in a real Chromium: nothing from elsewhere, nothing injected, and fit for keyboards, screen readers, telephones and paper. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import axe, { type AxeResults } from 'axe-core'
import fc from 'fast-check'
import puppeteer, { type Browser, type Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CATALOGUE } from '../../src/diagnose/catalogue.ts'
import { renderCheck } from '../../src/render/check/render.ts'
import { renderList, renderReport } from '../../src/render/render.ts'
import { terminal } from '../../src/render/terminal.ts'
import { isLeftOut } from '../needs.ts'
import { type Scratch, scratch } from '../scratch.ts'
import { makeFinding, mixedReport } from './check/factory.ts'
import { JUNK, pagesOf } from './pages.ts'
import { makeList, makeRow, makeRule, manyNodes, rejected, stuckNode, twoNodes } from './report-factory.ts'

const look = terminal({}, {})
const findings = [
  makeFinding({ fix: "kubectl delete pod 'a b' --field-selector spec.nodeName=n2  # it comes again" }),
  makeFinding({ code: 'SVP311', severity: 'warning', node: null, message: 'n1 has no endpoint', fix: 'run one there' }),
  makeFinding({ code: 'SVP802', severity: 'info', message: 'not collected', fix: null }),
]
const withRules = twoNodes()
for (const node of withRules.nodes)
  for (const entry of node.entries) entry.rules = [makeRule(), makeRule({ maybe: 'x' })]

const PAGES = {
  healthy: renderReport(withRules, 'html', look),
  broken: renderReport({ ...stuckNode(), findings }, 'html', look),
  rejected: renderReport(rejected(), 'html', look),
  'ten nodes': renderReport(manyNodes(10, 2, 5), 'html', look),
  check: renderCheck(mixedReport, 'html', look, CATALOGUE),
  list: renderList(
    makeList([makeRow(), makeRow({ name: 'api', verdict: 'broken', reason: 'no endpoint' })]),
    'html',
    look,
  ),
}
const NAMES = Object.keys(PAGES) as (keyof typeof PAGES)[]

describe.skipIf(isLeftOut('browser'))('in Chromium', () => {
  let folder: Scratch
  let browser: Browser
  let page: Page
  let faults: string[]

  beforeAll(async () => {
    folder = scratch('browser')
    browser = await puppeteer.launch({
      executablePath: execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim(),
      // By pipes: the browser ends with the process that holds them, however that ends.
      pipe: true,
      userDataDir: join(folder.path, 'profile'),
      env: { ...process.env, HOME: folder.path, TMPDIR: folder.path },
      args: ['--no-sandbox'],
    })
  })

  afterAll(async () => {
    await browser?.close()
    folder?.remove()
  })

  /** Opens a page as a file, and collects whatever goes wrong. */
  async function open(name: keyof typeof PAGES, width = 1280, scheme = 'light'): Promise<void> {
    const file = join(folder.path, 'page.html')
    writeFileSync(file, PAGES[name])
    await page?.close()
    page = await browser.newPage()
    faults = []
    const address = pathToFileURL(file).href
    page.on('console', (message) => faults.push(`console: ${message.text()}`))
    page.on('pageerror', (error) => faults.push(`error: ${error}`))
    page.on('request', (request) => {
      if (request.url() !== address) faults.push(`request: ${request.url()}`)
    })
    await page.setViewport({ width, height: 800 })
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
    await page.goto(address)
  }

  /** What an expression gives in the page: its own types are no business of these tests' compiler. */
  const inPage = <T>(code: string): Promise<T> => page.evaluate(code) as Promise<T>

  describe.each(NAMES)('%s', (name) => {
    test.each([
      [360, 'light'],
      [360, 'dark'],
      [1280, 'light'],
      [1280, 'dark'],
    ])('%i pixels wide, %s: axe finds nothing, and the page does not scroll sideways', async (width, scheme) => {
      await open(name, width, scheme)
      await inPage('for (const one of document.querySelectorAll("details")) one.open = true')
      await page.evaluate(axe.source)
      const { violations } = await inPage<AxeResults>('axe.run()')
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
      expect(await inPage('document.documentElement.scrollWidth')).toBe(width)
      expect(faults).toEqual([])
    })

    test('on paper everything is open, and nothing is cut off', async () => {
      await open(name, 1000)
      await page.emulateMediaType('print')
      const hidden = await inPage(
        "[...document.querySelectorAll('details > :not(summary)')].filter((one) => one.getBoundingClientRect().height === 0).length",
      )
      expect(hidden).toBe(0)
      expect(await inPage('document.documentElement.scrollWidth')).toBe(1000)
      expect((await page.pdf()).length).toBeGreaterThan(5_000)
      expect(faults).toEqual([])
    })
  })

  test('light and dark are not the same', async () => {
    const colour = () => inPage('getComputedStyle(document.body).backgroundColor')
    await open('healthy', 1280, 'light')
    const light = await colour()
    await open('healthy', 1280, 'dark')
    expect([light, await colour()]).toEqual(['rgb(255, 255, 255)', 'rgb(11, 18, 32)'])
  })

  describe('the copy button', () => {
    const SAID = "document.getElementById('said').textContent"
    const FIX = "kubectl delete pod 'a b' --field-selector spec.nodeName=n2"
    const pasted = () => inPage('navigator.clipboard.readText()')

    test.each(['with the clipboard of the browser', 'without'])('copies the fix %s', async (how) => {
      await open('broken')
      const session = await page.createCDPSession()
      await session.send('Browser.grantPermissions', {
        permissions: ['clipboardReadWrite', 'clipboardSanitizedWrite'],
      })
      await inPage("navigator.clipboard.writeText('before')")
      if (how === 'without') await inPage("navigator.clipboard.writeText = () => Promise.reject(new Error('no'))")
      await page.click('button[data-copies]')
      await page.waitForFunction(`${SAID} !== ''`)
      expect(await inPage(SAID)).toBe('Copied to the clipboard')
      expect(await pasted()).toBe(FIX)
      expect(faults).toEqual([])
    })

    test('is not there where scripts do not run', async () => {
      await open('broken')
      await page.setJavaScriptEnabled(false)
      await page.reload()
      expect(await page.$$eval('button', (all) => all.filter((one) => one.getClientRects().length > 0).length)).toBe(0)
    })
  })

  test('all that folds opens and closes by keyboard', async () => {
    await open('broken')
    const folds = await inPage("document.querySelectorAll('details').length")
    const reached = new Set<number>()
    for (let step = 0; step < 60; step++) {
      await page.keyboard.press('Tab')
      const at = () =>
        inPage<{ index: number; open: boolean } | null>(`{
          const fold = document.activeElement?.closest('summary')?.parentElement
          fold ? { index: [...document.querySelectorAll('details')].indexOf(fold), open: fold.open } : null
        }`)
      const before = await at()
      if (before === null || reached.has(before.index)) continue
      reached.add(before.index)
      await page.keyboard.press(before.index % 2 === 0 ? 'Enter' : 'Space')
      expect(await at()).toEqual({ index: before.index, open: !before.open })
      // What is open can be reached next.
      if (before.open) await page.keyboard.press('Enter')
    }
    expect(reached.size).toBe(folds)
  })

  test('all opens and closes at once', async () => {
    await open('healthy')
    const states = () => inPage("[...new Set([...document.querySelectorAll('details')].map((one) => one.open))]")
    await page.click('button[data-folds=open]')
    expect(await states()).toEqual([true])
    await page.click('button[data-folds=close]')
    expect(await states()).toEqual([false])
  })

  test('whatever names hold, the browser finds the same elements and attributes', async () => {
    await open('list')
    const shapeOf = (text: string): Promise<string[]> =>
      inPage(`{
        const parsed = new DOMParser().parseFromString(${JSON.stringify(text)}, 'text/html')
        const own = ['class', 'id', 'href', 'type', 'role']
        const written = (one) => (name) => (own.includes(name) ? name + '=' + one.getAttribute(name) : name);
        [...parsed.querySelectorAll('*')].map((one) =>
          [one.parentElement?.tagName, one.tagName, ...one.getAttributeNames().map(written(one))].join(' '))
      }`)
    // Long sentences take more lines in the picture.
    const isFixed = (element: string) => !element.startsWith('g text ')
    const harmless = await Promise.all(pagesOf('web', 'html').map(shapeOf))
    await fc.assert(
      fc.asyncProperty(JUNK, async (name) => {
        for (const [i, text] of pagesOf(name, 'html').entries())
          expect((await shapeOf(text)).filter(isFixed)).toEqual(harmless[i]!.filter(isFixed))
      }),
      { numRuns: 60 },
    )
  })
})
