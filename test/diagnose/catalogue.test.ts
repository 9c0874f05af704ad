/** Each code is one record: what it leads to is there, and nothing leads back to itself. */
import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ANALYZERS } from '../../src/diagnose/analyzers.ts'
import { CATALOGUE, entryOf } from '../../src/diagnose/catalogue.ts'

const effectsOf = (code: string): readonly string[] => (entryOf(code)?.leadsTo ?? []).flatMap(({ codes }) => codes)

test('what a code leads to is in the catalogue, each once', () => {
  for (const { code } of CATALOGUE) {
    const effects = effectsOf(code)
    expect(
      effects.filter((one) => entryOf(one) === null),
      code,
    ).toEqual([])
    expect(new Set(effects).size, code).toBe(effects.length)
  }
})

test('no code leads to itself, however many are between', () => {
  for (const { code } of CATALOGUE) {
    const reached = new Set(effectsOf(code))
    for (const one of reached) for (const next of effectsOf(one)) reached.add(next)
    expect(reached.has(code), code).toBe(false)
  }
})

test('every analyzer that there is a file for is listed', () => {
  const folder = new URL('../../src/diagnose/analyzers/', import.meta.url)
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.includes('/'))
  expect(ANALYZERS).toHaveLength(files.length)
})
