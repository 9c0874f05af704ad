import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Chalk } from 'chalk'
import { expect, test } from 'vitest'
import { CATALOGUE, findEntry } from '../../src/diagnose/catalogue.ts'
import { referenceUrl, renderCatalogue, renderEntry } from '../../src/render/explain.ts'
import { findingsPage } from '../../src/render/findings-page.ts'
import { stringWidth } from '../../src/render/terminal.ts'

const look = (width: number | null) => ({ colour: new Chalk({ level: 0 }), width, verbose: false })

test('docs/findings.md is what the catalogue says', () => {
  const file = fileURLToPath(new URL('../../docs/findings.md', import.meta.url))
  expect(readFileSync(file, 'utf8')).toBe(findingsPage(CATALOGUE))
})

test('every finding says what, how, by what proof and what to do', () => {
  for (const entry of CATALOGUE) {
    for (const text of [entry.what, entry.how, entry.proof, entry.fix]) expect(text, entry.code).toMatch(/^\S.*[.?]$/s)
    for (const one of entry.references)
      expect(referenceUrl(one)).toMatch(/^https:\/\/github\.com\/[\w.-]+\/[\w.-]+\/issues\/\d+$/)
  }
  const codes = CATALOGUE.map(({ code }) => code)
  expect(codes).toEqual([...new Set(codes)].sort())
})

test('an entry is found by code, number and name', () => {
  for (const word of ['SVP303', 'svp303', '303', 'stale-endpoint', 'Stale-Endpoint'])
    expect(findEntry(word)?.code).toBe('SVP303')
  for (const word of ['SVP999', '3', '', 'constructor']) expect(findEntry(word)).toBeNull()
})

test.each([50, 80, 120])('fits into %d columns', (width) => {
  const texts = [
    renderCatalogue(CATALOGUE, look(width)),
    ...CATALOGUE.map((entry) => renderEntry(entry, look(width)).replace(/^ +https:.*$/gm, '')),
  ]
  for (const line of texts.join('\n').split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(width)
})
