/** Files of test/fixtures, and the junk that every parser is given. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Parsed } from '../../../src/parse/parsed.ts'

/** The text of a file below test/fixtures. */
export const fixture = (path: string): string =>
  readFileSync(new URL(`../../fixtures/${path}`, import.meta.url), 'utf8')

/** What the tools said of the namespace that host-tools/make.sh builds. */
export const hostTool = (name: string): string => fixture(`host-tools/${name}`)

type Parser = (text: string, file: string) => Parsed<unknown>

/** Text of any UTF-16 units, also of none that go together. */
export const anyText = fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units))

/** Any text gives items and problems, and no error; and a line may end in CRLF. */
export function survivesJunk(parse: Parser, real: string): void {
  it('takes junk for what it is', () => {
    const word = fc.constantFrom(...real.split(/([\s=:/"{}[\],]+)/).slice(0, 400))
    const text = fc.oneof(
      anyText,
      fc.json(),
      fc.array(word).map((words) => words.join('')),
    )
    fc.assert(
      fc.property(text, (junk) => {
        for (const problem of parse(junk, 'junk').problems) {
          expect(problem.file).toBe('junk')
          expect(problem.message).not.toBe('')
          if (problem.line !== null) expect(problem.line).toBeLessThanOrEqual(junk.split('\n').length)
        }
      }),
    )
  })

  it('reads CRLF as LF', () => {
    expect(parse(real.replaceAll('\n', '\r\n'), 'f')).toEqual(parse(real, 'f'))
  })
}

/** For formats of one line an item: a text cut between lines gives the start of what the whole one gives. */
export function readsLineByLine(parse: Parser, real: string): void {
  it('reads what is there of a text that was cut', () => {
    const lines = real.split('\n')
    const whole = JSON.stringify(parse(real, 'f').items).slice(0, -1)
    fc.assert(
      fc.property(fc.nat(lines.length), (count) => {
        const start = JSON.stringify(parse(lines.slice(0, count).join('\n'), 'f').items).slice(0, -1)
        expect(whole.startsWith(start)).toBe(true)
      }),
    )
  })
}
