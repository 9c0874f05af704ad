/** What people see on terminals of all widths, in locales without UTF-8, and with links. */
import { Readable, Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { VERBS } from '../../src/commands.ts'
import { main } from '../../src/main.ts'
import { isAscii, toAscii } from '../../src/render/screen/ascii.ts'
import { showsLinks, withLinks } from '../../src/render/screen/links.ts'
import { stringWidth } from '../../src/render/terminal.ts'
import { capturePath, samplePath } from '../fixtures.ts'

const stuck = capturePath('broken-n2-kube-proxy-stuck')
const ipvs = capturePath('k8s-1.32-ipvs-dualstack-lc')
const mixed = capturePath('broken-mixed-backends-and-kernel')

interface Screen {
  columns?: number
  env?: Record<string, string>
  /** What stdout is; stderr is the terminal. */
  piped?: boolean
}

async function shown(argv: readonly string[], { columns = 80, env = {}, piped = false }: Screen = {}): Promise<string> {
  let out = ''
  const sink = (isTTY: boolean) =>
    Object.assign(
      new Writable({
        write(chunk, _encoding, done) {
          out += String(chunk)
          done()
        },
      }),
      { isTTY, columns },
    )
  const [stdout, stderr] = [sink(!piped), new Writable({ write: (_chunk, _encoding, done) => done() })]
  await main(argv, {
    ...{ stdin: Readable.from([]), stdout, stderr: Object.assign(stderr, { isTTY: true, columns }) },
    ...{ env, now: () => new Date(0) },
  })
  return out
}

/** Lines that are too wide, but for a word that must not be broken: a command, an address, a name. */
function tooWide(text: string, columns: number): string[] {
  let isFix = false
  return stripVTControlCharacters(text)
    .split('\n')
    .filter((line) => {
      // A fix is to be copied: its words are never broken, and it goes on until another label.
      if (/^\s*fix: /.test(line)) isFix = true
      else if (isFix && !/^ {5,}/.test(line)) isFix = false
      return !isFix && stringWidth(line) > columns
    })
}

const COMMANDS: readonly (readonly string[])[] = [
  ['shop/web', '-f', stuck],
  ['shop/web', '-f', stuck, '-v'],
  ['shop/web-lb', '-f', mixed, '-o', 'wide'],
  ['shop/web-dual', '-f', ipvs],
  ['shop/web-dual', '-f', ipvs, '-o', 'wide', '-v'],
  ['default/nginx', '-f', samplePath('gke-1.2-kubenet/iptables-save-after.txt')],
  ['-f', stuck],
  ['-f', mixed, '-n', 'shop'],
  ['check', '-A', '-f', stuck],
  ['check', '-A', '-f', mixed, '-v'],
  ['check', 'nosuch', 'web', '-n', 'shop', '-f', stuck],
  ['explain'],
  ['explain', 'SVP316'],
  ['diff', stuck, capturePath('k8s-1.36-iptables-nft-bridge'), 'shop/web'],
]

test.each(COMMANDS)('no line beyond the terminal: %j %j %j %j %j', async (...argv) => {
  const words = argv.filter((one) => one !== undefined)
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 60, max: 200 }), async (columns) => {
      expect(tooWide(await shown(words, { columns }), columns)).toEqual([])
    }),
    { numRuns: 5, examples: [[60], [80], [120], [200]] },
  )
})

test('a narrow terminal says what it has no room for, and a wide one shows it', async () => {
  for (const columns of [60, 80, 100, 120, 160, 200]) {
    const text = await shown(['shop/web', '-f', stuck], { columns })
    const hasInterface = /veth548607e7/.test(text)
    expect(hasInterface || /no room on \d+ columns for: [^\n]*via/.test(text)).toBe(true)
  }
})

describe('a pipe', () => {
  test('is as wide as the terminal that stderr is, and has no colour', async () => {
    const text = await shown(['shop/web', '-f', stuck], { columns: 70, piped: true })
    expect(text).toMatch(/^DEGRADED {2}shop\/web/)
    expect(tooWide(text, 70)).toEqual([])
    expect(stripVTControlCharacters(text)).toBe(text)
  })
})

describe('ASCII', () => {
  test.each([
    [{}, false],
    [{ LANG: 'de_DE.UTF-8' }, false],
    [{ LANG: 'C.utf8' }, false],
    [{ LANG: 'C' }, true],
    [{ LANG: 'en_US.ISO-8859-1' }, true],
    [{ LC_ALL: 'C', LANG: 'en_US.UTF-8' }, true],
    [{ LC_CTYPE: 'UTF-8', LANG: 'C' }, false],
    [{ LC_ALL: '', LC_CTYPE: 'POSIX', LANG: 'en_US.UTF-8' }, true],
  ])('%j: %s', (env, expected) => {
    expect(isAscii(env)).toBe(expected)
  })

  test.each(COMMANDS)('nothing else is printed in the locale C: %j %j %j %j %j', async (...argv) => {
    const words = argv.filter((one) => one !== undefined)
    const text = await shown(words, { env: { LC_ALL: 'C' }, columns: 100 })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: all that is not ASCII is meant
    expect(text.match(/[^\u0000-\u007f]+/g)).toBeNull()
    expect(tooWide(text, 100)).toEqual([])
  })

  test('data stays as it is, and help is plain too', async () => {
    const json = await shown(['shop/web', '-f', stuck, '-o', 'json'], { env: { LC_ALL: 'C' } })
    expect(JSON.parse(json).kind).toBe('PathReport')
    expect(await shown(['--help'], { env: { LC_ALL: 'C' } })).toContain('DNS > entry > KUBE-SVC')
  })

  test('each sign takes as many columns', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', ' ', '→', '✗', '·', '├', '└', '│', '≤', '’', 'ü', 'Ω')), (signs) => {
        const line = `x${signs.join('')}`
        expect(stringWidth(toAscii(line))).toBe(stringWidth(line))
      }),
    )
  })
})

describe('links', () => {
  const tty = { isTTY: true }

  test.each([
    [tty, {}, false],
    [tty, { VTE_VERSION: '6003' }, true],
    [tty, { VTE_VERSION: '4002' }, false],
    [tty, { TERM_PROGRAM: 'iTerm.app' }, true],
    [tty, { TERM: 'xterm-kitty' }, true],
    [tty, { TERM: 'xterm-kitty', NO_COLOR: '1' }, true],
    [tty, { VTE_VERSION: '6003', TMUX: '/tmp/tmux' }, false],
    [tty, { VTE_VERSION: '6003', CI: 'true' }, false],
    [tty, { WT_SESSION: 'x', FORCE_HYPERLINK: '0' }, false],
    [{}, { VTE_VERSION: '6003' }, false],
    [{}, { FORCE_HYPERLINK: '1' }, true],
  ])('%j %j: %s', (stream, env, expected) => {
    expect(showsLinks(stream, env)).toBe(expected)
  })

  test('a code leads to its page, and takes no column more', async () => {
    expect(withLinks('see SVP303')).toBe(
      'see \u001b]8;;https://github.com/kubectl-svcpath/kubectl-svcpath/blob/main/docs/findings.md#svp303\u001b\\SVP303\u001b]8;;\u001b\\',
    )
    expect(stringWidth(withLinks('SVP303'))).toBe(6)
    const env = { VTE_VERSION: '7000', NO_COLOR: '1' }
    const text = await shown(['shop/web', '-f', stuck], { env })
    expect(text).toContain(withLinks('SVP316'))
    expect(stripVTControlCharacters(text)).toBe(await shown(['shop/web', '-f', stuck], { env: { NO_COLOR: '1' } }))
    expect(await shown(['shop/web', '-f', stuck, '-o', 'json'], { env })).not.toContain('\u001b')
  })
})

test('no help page lacks a word, and a hidden flag is on none', async () => {
  for (const verb of VERBS) {
    const page = await shown([verb, '--help'])
    expect(page).toContain('USAGE')
    expect(page).not.toContain('undefined')
  }
  expect(await shown(['probe', '--help'])).not.toContain('--filename')
})
