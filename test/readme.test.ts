import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { withFlagTables } from '../scripts/docs/flag-tables.ts'

test('the tables of flags in the README are what commands/ says; npm run docs writes them', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  expect(readme.match(/^<!-- flags: /gm)).toHaveLength(4)
  expect(readme).toBe(await withFlagTables(readme))
})

test('what a table held before is of no account', async () => {
  const page = '# Page\n\n<!-- flags: rbac FLAGS -->\n| old | table |\n<!-- end of flags -->\n\nMore.\n'
  const made = await withFlagTables(page)
  expect(made).toContain('| `--via exec\\|debug\\|ssh\\|local` | how to reach the nodes (default: `exec`) |\n')
  expect(made).not.toContain('old')
  expect(made.endsWith('<!-- end of flags -->\n\nMore.\n')).toBe(true)
})
