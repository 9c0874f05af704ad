/** Whatever names and texts hold: no format and no error carries a control character, a mark that turns text, or a line end of theirs. */
import { Readable, Writable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CATALOGUE } from '../../src/diagnose/catalogue.ts'
import { main } from '../../src/main.ts'
import type { Io } from '../../src/model/io.ts'
import { printable } from '../../src/model/printable.ts'
import { renderCheck } from '../../src/render/check/render.ts'
import { CHECK_OUTPUTS, OUTPUTS } from '../../src/render/outputs.ts'
import { renderList, renderReport } from '../../src/render/render.ts'
import { terminal } from '../../src/render/terminal.ts'
import { capturePath } from '../fixtures.ts'
import { makeCheck, makeChecked, makeFinding } from './check/factory.ts'
import { hostile, makeList, makeRow } from './report-factory.ts'

/** Written by code points, so that nothing of this file can go wrong the same way. */
const MARKS = [
  0, 7, 8, 9, 10, 11, 12, 13, 0x1b, 0x7f, 0x80, 0x85, 0x9b, 0x9d, 0xad, 0x61c, 0x200b, 0x200e, 0x200f, 0x2028,
]
  .concat([0x2029, 0x202a, 0x202e, 0x2060, 0x2066, 0x2069, 0xfeff, 0xfff9, 0xe0001, 0xe007f])
  .map((code) => String.fromCodePoint(code))

const UNFIT = new Set(MARKS.filter((mark) => mark !== '\n'))

/** The marks that an output must not hold, and lines that begin with what only a name could have brought. */
const faultsOf = (output: string): string[] => [
  ...[...output].filter((letter) => UNFIT.has(letter)).map((letter) => `U+${letter.codePointAt(0)!.toString(16)}`),
  ...output.split('\n').filter((line) => line.startsWith('INJECTED')),
]

const text = fc
  .array(
    fc.oneof(fc.constantFrom(...MARKS, '\nINJECTED', '\r\nINJECTED', '\ud800', 'a', ' '), fc.string({ maxLength: 3 })),
    {
      minLength: 1,
      maxLength: 8,
    },
  )
  .map((parts) => parts.join(''))

const look = terminal({}, {})

test.each(OUTPUTS)('the report as %s', (output) => {
  fc.assert(
    fc.property(text, (name) => {
      expect(faultsOf(renderReport(hostile(name), output, look))).toEqual([])
      const row = makeRow({ namespace: name, name, entries: [name], reason: name })
      expect(faultsOf(renderList(makeList([row]), output, look))).toEqual([])
    }),
    { numRuns: 60 },
  )
})

test.each(CHECK_OUTPUTS)('the check as %s', (output) => {
  const evidence = (name: string) => [{ node: name, command: name, file: name, line: 1, text: name }]
  fc.assert(
    fc.property(text, (name) => {
      const finding = makeFinding({
        ...{ node: name, subject: name, message: name, clients: [name], evidence: evidence(name) },
        ...{ fix: `kubectl get pod ${name}`, consequences: [name] },
      })
      const unknowns = [
        { verdict: 'unknown' as const, node: name, subject: name, message: name, evidence: evidence(name) },
      ]
      const service = makeChecked({ namespace: name, name, outcome: 'failed', findings: [finding], unknowns })
      const report = { ...makeCheck([service]), origin: name, observedAt: name }
      expect(faultsOf(renderCheck(report, output, look, CATALOGUE))).toEqual([])
    }),
    { numRuns: 60 },
  )
})

test('JSON keeps what it escapes', () => {
  const name = MARKS.join('')
  const json = renderReport(hostile(name), 'json', look)
  expect(JSON.parse(json).service.name).toBe(hostile(name).service.name)
})

describe('errors', () => {
  async function stderrOf(argv: readonly string[]): Promise<string> {
    let [err, out] = ['', '']
    const sink = (take: (chunk: string) => void) =>
      new Writable({
        write(chunk, _encoding, done) {
          take(String(chunk))
          done()
        },
      })
    const io: Io = {
      // That of the tests may be a pipe that nobody closes, and `-f -` is among what is typed.
      stdin: Readable.from([]),
      stdout: sink((chunk) => {
        out += chunk
      }),
      stderr: sink((chunk) => {
        err += chunk
      }),
      env: { HOME: '/nonexistent' },
      now: () => new Date(0),
    }
    await main(argv, io)
    return err + out
  }

  const capture = capturePath('k8s-1.36-iptables-nft-bridge')
  const LINES: readonly ((word: string) => string[])[] = [
    (word) => [word],
    (word) => [word, '-f', capture],
    (word) => [`shop/${word}`, '-f', capture],
    (word) => ['web', '-f', word],
    (word) => ['web', '-n', word, '-f', capture],
    (word) => ['web', '-n', 'shop', '--from', word, '-f', capture],
    (word) => ['web', '-n', 'shop', '--node', word, '-f', capture],
    (word) => ['web', '-n', 'shop', '-o', word, '-f', capture],
    (word) => ['web', `--${word}`],
    (word) => ['web', '--kubeconfig', word],
    (word) => ['web', '--server', word, '--request-timeout', '1s'],
    (word) => ['explain', word],
    (word) => ['check', 'web', '-n', 'shop', '-f', capture, '--report', `json=/nonexistent/${word}`],
    (word) => ['capture', word, '-o', `/nonexistent/${word}`],
  ]

  test('whatever is typed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...LINES), text, async (line, word) => {
        expect(faultsOf(await stderrOf(line(word)))).toEqual([])
      }),
      { numRuns: 120 },
    )
  }, 120_000)
})

test.each([
  ['a\nb', 'a\uFFFDb'],
  ['a\tb', 'a b'],
  ['\u202eabc\u2069', '\uFFFDabc\uFFFD'],
  ['näme 名前 😀', 'näme 名前 😀'],
])('%j is printed as %s', (from, to) => {
  expect(printable(from)).toBe(to)
})
