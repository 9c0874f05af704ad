// Writes docs/findings.md from the catalogue; with --check says whether it is up to date.
import { readFileSync, writeFileSync } from 'node:fs'
import { CATALOGUE } from '../src/diagnose/catalogue.ts'
import { findingsPage } from '../src/render/findings-page.ts'

const file = new URL('../docs/findings.md', import.meta.url)
const page = findingsPage(CATALOGUE)
if (!process.argv.includes('--check')) writeFileSync(file, page)
else if (readFileSync(file, 'utf8') !== page) {
  console.error('docs/findings.md is not what the catalogue says; npm run docs writes it')
  process.exitCode = 1
}
