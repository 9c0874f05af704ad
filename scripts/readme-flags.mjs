// Writes the tables of flags in README.md from commands/.
import { readFileSync, writeFileSync } from 'node:fs'
import { withFlagTables } from './docs/flag-tables.ts'

const file = new URL('../README.md', import.meta.url)
writeFileSync(file, await withFlagTables(readFileSync(file, 'utf8')))
