/** What is pasted from a fix does what it says, whatever names are in it and however narrow the terminal was. */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { onNode, podWords, withNote } from '../../src/diagnose/fix.ts'
import { printable } from '../../src/model/printable.ts'
import { sh, shellLine } from '../../src/model/shell.ts'
import { KUBE_PROXY } from '../../src/proxies/kube-proxy/program.ts'
import { fixLines } from '../../src/render/fix.ts'

/** Stubs write down how they were called; `reboot` is what no fix may ever call. */
const TOOLS = [
  'kubectl',
  'iptables',
  'ip6tables',
  'nft',
  'sysctl',
  'conntrack',
  'ip',
  'bridge',
  'ethtool',
  'reboot',
  'touch',
]
const home = mkdtempSync(join(tmpdir(), 'svcpath-fix-'))
const log = join(home, 'log')
const bin = mkdtempSync(join(tmpdir(), 'svcpath-fix-bin-'))
for (const tool of TOOLS) {
  writeFileSync(join(bin, tool), `#!/bin/sh\nprintf '%s\\0' "${tool}" "$@" >>'${log}'\nprintf '\\n' >>'${log}'\n`)
  chmodSync(join(bin, tool), 0o755)
}
afterAll(() => {
  for (const folder of [home, bin]) rmSync(folder, { recursive: true })
})

/** Runs each text as if it were pasted, and gives what every one called. */
function pasted(texts: readonly string[]): string[][] {
  rmSync(log, { force: true })
  const { status, stderr } = spawnSync(
    '/bin/sh',
    ['-c', texts.map((text) => `${text}\nprintf '\\n---\\n' >>'${log}'\n`).join('')],
    { cwd: home, env: { PATH: bin }, encoding: 'utf8' },
  )
  expect([status, stderr]).toEqual([0, ''])
  const calls = readFileSync(log, 'utf8').split('\n---\n').slice(0, -1)
  return calls.map((part) => part.split('\n').filter((one) => one !== ''))
}

/** As somebody copies it from a terminal: without the words before it. */
const copied = (fix: string, width: number | null): string =>
  fixLines(printable(fix), true, width)
    .join('\n')
    .replace(/^fix: /, '')

/** Names as an attacker would choose them, of pieces that mean something to a shell. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...[
          "'",
          '"',
          '\\',
          '$(reboot)',
          '`reboot`',
          '; reboot',
          '\nreboot\n',
          '\r',
          '  # ',
          ' #',
          '#',
          '&& reboot',
          '| reboot',
          '>out',
        ],
        ...[
          '$' + '{IFS}',
          '!!',
          ' ',
          '=reboot',
          '~',
          '*',
          '\u2028',
          '\u202e',
          '\u0085',
          "'; reboot; '",
          '" ; reboot ; "',
          ')',
          '$(',
          "'\\''",
        ],
      ),
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.constant('a-long-name-that-makes-the-line-longer-than-narrow-terminals'),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((pieces) => pieces.join(''))
  // No argument can hold it.
  .map((name) => name.replaceAll('\0', '').toWellFormed())

const FIXES: readonly ((name: string, other: string) => string)[] = [
  (name) => asText(KUBE_PROXY.restart(name, [])),
  (name) => asText(KUBE_PROXY.log(name, [])),
  (name, other) => onNode(name, sh`ip link set ${other} up`, `or start ${other} anew`),
  (name, other) => withNote(sh`kubectl describe networkpolicy -n ${name} ${other}`, `it lets ${name} in`),
  (name, other) => sh`kubectl get pods -n ${name} -o wide --field-selector spec.nodeName=${other}`,
  (name, other) => `kubectl get pod ${podWords(`${name}/${other}`)}`,
  (name, other) => `${asText(KUBE_PROXY.log(name, []))}; ${asText(KUBE_PROXY.restart(other, []))}`,
]

const asText = ({ run, note }: { run: string; note: string | null }) => (note === null ? run : withNote(run, note))

test('a fix is the same command at every width, and no name is ever a command', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...FIXES),
      hostile,
      hostile,
      fc.uniqueArray(fc.integer({ min: 40, max: 200 }), { minLength: 4, maxLength: 12 }),
      (make, name, other, widths) => {
        const fix = make(name, other)
        const calls = pasted([printable(fix), ...widths.map((width) => copied(fix, width))])
        for (const one of calls) {
          expect(one).toEqual(calls[0])
          expect(one.length).toBeGreaterThan(0)
          expect(one.filter((call) => /^(reboot|touch)\0/.test(call))).toEqual([])
        }
        expect(readdirSync(home)).toEqual(['log'])
      },
    ),
    { numRuns: 150 },
  )
}, 120_000)

test('what the API itself takes is run as it was meant', () => {
  const [calls] = pasted([copied(asText(KUBE_PROXY.log('n1', [])), 60)])
  expect(calls?.map((one) => one.split('\0').slice(0, -1))).toEqual([
    [
      'kubectl',
      ...'-n kube-system get pods -l k8s-app=kube-proxy --field-selector spec.nodeName=n1 -o name'.split(' '),
    ],
    ['kubectl', ...'-n kube-system logs --tail=100'.split(' '), ''],
  ])
  expect(existsSync(join(home, 'out'))).toBe(false)
})

test.each([
  ["kubectl get 'a  # b' c  # on n1; it's there", ['kubectl', 'get', "'a  # b'", 'c'], "on n1; it's there"],
  [
    String.raw`x 'it'\''s here' y\ z "a \" b"`,
    ['x', String.raw`'it'\''s here'`, String.raw`y\ z`, String.raw`"a \" b"`],
    null,
  ],
  [`logs "$(get 'a" b' -o name)" z`, ['logs', `"$(get 'a" b' -o name)"`, 'z'], null],
])('%s by its words', (line, words, comment) => {
  expect(shellLine(line)).toEqual({ words, comment })
})

test.each(["a 'b", 'a "b', 'a "$(b', `a "$(b ')"`])('%s has no end', (line) => {
  expect(shellLine(line)).toBeNull()
})

test('prose is filled without being cut', () => {
  const fix = `take that rule away on ${'n'.repeat(60)}, or let it spare the services' addresses`
  const lines = fixLines(fix, false, 40)
  expect(lines.map((line) => line.replace(/^(fix:| {4}) /, '')).join(' ')).toBe(fix)
})
