import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { withFlagTables } from '../scripts/docs/flag-tables.ts'
import { COLUMNS, pictureOf } from '../scripts/docs/picture.ts'
import { bin } from './bin.ts'
import { capturePath } from './fixtures.ts'

const textOf = (page: string): string => readFileSync(new URL(`../${page}`, import.meta.url), 'utf8')

test.each([
  ['README.md', 3],
  ['docs/live.md', 1],
])('the tables of flags in %s are what commands/ says; npm run docs writes them', async (name, tables) => {
  const page = textOf(name)
  expect(page.match(/^<!-- flags: /gm)).toHaveLength(tables)
  expect(page).toBe(await withFlagTables(page))
})

test('the picture shows what the program prints; npm run docs writes it', () => {
  const words = ['web', '-n', 'shop', '-f', capturePath('broken-n2-kube-proxy-stuck')]
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    FORCE_COLOR: '1',
    COLUMNS: String(COLUMNS),
    TERM: 'xterm',
  }
  const { stdout } = spawnSync(bin, words, { env, encoding: 'utf8' })
  expect(textOf('docs/trace.svg')).toBe(pictureOf('kubectl svcpath web -n shop', stdout))
  expect(textOf('README.md')).toContain('](docs/trace.svg)')
})

test('every file that a page links to is there', () => {
  const pages = [
    'README.md',
    'CONTRIBUTING.md',
    ...readdirSync(new URL('../docs', import.meta.url))
      .filter((one) => one.endsWith('.md'))
      .map((one) => `docs/${one}`),
  ]
  const dead = pages.flatMap((page) =>
    [...textOf(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
      .filter(([, target]) => !existsSync(new URL(`../${page.replace(/[^/]*$/, '')}${target}`, import.meta.url)))
      .map(([, target]) => `${page}: ${target}`),
  )
  expect(dead).toEqual([])
})

test('what a table held before is of no account', async () => {
  const page = '# Page\n\n<!-- flags: rbac FLAGS -->\n| old | table |\n<!-- end of flags -->\n\nMore.\n'
  const made = await withFlagTables(page)
  expect(made).toContain('| `--via exec\\|debug\\|ssh\\|local` | how to reach the nodes (default: `exec`) |\n')
  expect(made).not.toContain('old')
  expect(made.endsWith('<!-- end of flags -->\n\nMore.\n')).toBe(true)
})
