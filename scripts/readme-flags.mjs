// Writes the tables of flags in README.md and docs/live.md from commands/.
import { readFileSync, writeFileSync } from 'node:fs'
import { withFlagTables } from './docs/flag-tables.ts'

for (const page of ['README.md', 'docs/live.md']) {
  const file = new URL(`../${page}`, import.meta.url)
  writeFileSync(file, await withFlagTables(readFileSync(file, 'utf8')))
}
