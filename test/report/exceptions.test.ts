/** Findings that somebody has decided to live with: of one Service, for a reason, until a day. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { isExcepted, readExceptions } from '../../src/report/exceptions.ts'
import { exceptionsFile } from '../../src/verbs/exceptions-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'svcpath-exceptions-'))
const file = join(folder, 'exceptions.yaml')
afterEach(() => rmSync(file, { force: true, recursive: true }))

const read = (text: string, day = '2027-01-15') => {
  writeFileSync(file, text)
  return exceptionsFile(file, new Date(`${day}T12:00:00Z`))
}

describe('--ignore', () => {
  test.each([
    ['SVP311', 'shop/web', true],
    ['SVP311=shop/web', 'shop/web', true],
    ['SVP311=shop/web', 'shop/api', false],
    ['SVP311=shop/*', 'shop/api', true],
    ['SVP311=*/web-*', 'pay/web-1', true],
    ['SVP311=*/web-*', 'pay/web', false],
    ['SVP311=*/a*b*c', 'x/a-b-c', true],
    ['SVP311=*/a*a', 'x/a', false],
    ['SVP303=shop/web', 'shop/web', false],
  ])('%s for SVP311 of %s: %s', (word, service, holds) => {
    const [namespace, name] = service.split('/') as [string, string]
    const [exception] = readExceptions([word])
    expect(isExcepted(exception!, { code: 'SVP311' }, { namespace, name })).toBe(holds)
  })

  test('a pattern holds for what a shell would match', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(
        letters,
        fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 8 }),
        (pattern, name) => {
          const [exception] = readExceptions([`SVP311=x/${pattern}`])
          const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name)
          expect(isExcepted(exception!, { code: 'SVP311' }, { namespace: 'x', name })).toBe(expected)
        },
      ),
    )
  })

  test.each(['SVP999', 'SVP311=', 'SVP311=web', 'SVP311=a/b/c', 'SVP311=A b/c', ''])('%j is refused', (word) => {
    expect(() => readExceptions([word])).toThrow(/--ignore/)
  })
})

describe('.svcpath.yaml', () => {
  test('an entry has a code, a reason, and at will a Service and a day', () => {
    const { exceptions, ended } = read(
      `ignore:
  - code: SVP311
    service: shop/web-local
    reason: local by design
    until: 2027-03-31
  - code: uneven-share
    reason: two weights
`,
    )
    expect(exceptions).toEqual([
      {
        code: 'SVP311',
        service: { namespace: 'shop', name: 'web-local' },
        said: { reason: 'local by design', until: '2027-03-31', file },
      },
      { code: 'SVP305', service: null, said: { reason: 'two weights', until: null, file } },
    ])
    expect(ended).toEqual([])
  })

  test('it holds through its last day, and then counts again', () => {
    const text = 'ignore: [{code: SVP311, service: shop/web, reason: x, until: 2027-01-15}]'
    expect(read(text, '2027-01-15').exceptions).toHaveLength(1)
    const after = read(text, '2027-01-16')
    expect(after.exceptions).toEqual([])
    expect(after.ended).toEqual([
      `${file}: the exception for SVP311 of shop/web ended on 2027-01-15; the finding counts again`,
    ])
  })

  test.each(['', '# nothing yet\n', 'ignore:\n', 'ignore: []\n'])('%j holds none', (text) => {
    expect(read(text).exceptions).toEqual([])
  })

  test.each([
    ['ignore: [', /exceptions\.yaml: /],
    ['- SVP311', /this is not understood/],
    ['ignored: []', /ignored is not understood/],
    ['ignore: SVP311', /ignore is not a list/],
    ['ignore: [SVP311]', /ignore\[0\] is not an entry/],
    ['ignore: [{reason: x}]', /ignore\[0\]: code is missing/],
    ['ignore: [{code: SVP999, reason: x}]', /ignore\[0\]: SVP999: no such finding/],
    ['ignore: [{code: SVP311}]', /reason is missing/],
    ['ignore: [{code: SVP311, reason: " "}]', /reason is missing/],
    ['ignore: [{code: SVP311, reason: x, service: web}]', /web is not a Service/],
    ['ignore: [{code: SVP311, reason: x, service: [a]}]', /service is not NAMESPACE\/NAME/],
    ['ignore: [{code: SVP311, reason: x, until: soon}]', /until is not a day/],
    ['ignore: [{code: SVP311, reason: x, until: 2027-02-30}]', /until is not a day/],
    ['ignore: [{code: SVP311, reason: x, expires: 2027-02-03}]', /expires is not understood/],
  ])('%s is refused', (text, why) => {
    expect(() => read(text)).toThrow(why)
  })

  test('a file that is named and not there, or a folder, is an error; without a name there may be none', () => {
    expect(() => exceptionsFile(join(folder, 'no'), new Date())).toThrow(/cannot be read/)
    mkdirSync(file)
    expect(() => exceptionsFile(file, new Date())).toThrow(/cannot be read/)
  })
})

test('the folder is removed', () => {
  rmSync(folder, { recursive: true })
})
