/** What happens to text on its way: copied in part, in another order, edited, or written by somebody who means harm. */
import type { Random } from './random.ts'

/** `other`: a piece of another text. */
type Mutation = (text: string, random: Random, other: () => string) => string

export function mutated(text: string, random: Random, other: () => string): string {
  let result = text
  for (let left = 1 + random.below(4); left > 0; left--) result = random.pick(MUTATIONS)(result, random, other)
  return result
}

const MUTATIONS: readonly Mutation[] = [
  truncated,
  truncated,
  withoutLines,
  withoutLines,
  doubled,
  reordered,
  flipped,
  withJunk,
  joined,
  renamed,
  renamed,
  renumbered,
  decorated,
  wrapped,
]

function truncated(text: string, random: Random): string {
  const at = random.below(text.length + 1)
  return random.chance(0.8) ? text.slice(0, at) : text.slice(at)
}

function withoutLines(text: string, random: Random): string {
  const share = random.next() ** 3
  return changeLines(text, (line) => (random.chance(share) ? [] : [line]))
}

function doubled(text: string, random: Random): string {
  const share = random.next() ** 3
  return changeLines(text, (line) => (random.chance(share) ? [line, line] : [line]))
}

function reordered(text: string, random: Random): string {
  const lines = text.split('\n')
  for (let left = 1 + random.below(10); left > 0; left--) {
    const [one, two] = [random.below(lines.length), random.below(lines.length)]
    ;[lines[one], lines[two]] = [lines[two]!, lines[one]!]
  }
  return lines.join('\n')
}

/** Bits that turn over, among bytes as they are on a disk. */
function flipped(text: string, random: Random): string {
  const bytes = Buffer.from(text)
  if (bytes.length === 0) return text
  for (let left = 1 + random.below(12); left > 0; left--) bytes[random.below(bytes.length)]! ^= 1 << random.below(8)
  return bytes.toString()
}

function withJunk(text: string, random: Random): string {
  const share = random.next() ** 3
  return changeLines(text, (line) => (random.chance(share) ? [line, random.pick(JUNK)] : [line]))
}

const JUNK = [
  ...[
    '',
    '   ',
    '...',
    '-- snip --',
    '}',
    '{',
    '[',
    '"',
    'COMMIT',
    '*nat',
    ':KUBE-SERVICES - [0:0]',
    '$ iptables-save',
  ],
  ...['-A', '-A KUBE-SERVICES', '-A KUBE-SERVICES -d', 'Chain', 'Chain KUBE-SERVICES (1 references)', '-j RETURN'],
  ...['-A PREROUTING -m unknown --thing -j DROP', '-A KUBE-SERVICES -j KUBE-SERVICES', '-A FORWARD -j REJECT'],
  ...['table ip nat {', 'chain a {', 'type nat hook prerouting priority dstnat;', 'elements = {', '\t\tgoto services'],
  ...['NAMESPACE NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE', 'apiVersion: v1', 'kind: Service', '- a: &x [*x, *x]'],
  ...['TCP 10.96.0.1:443 rr', '  -> 10.244.1.5:8080 Masq 1 0 0', 'create a hash:ip', 'add a 10.0.0.1', 'x = y'],
  ...[
    '2: eth0: <UP> mtu 1500',
    'default via 10.0.0.1 dev eth0',
    'tcp 6 10 ESTABLISHED src=1.2.3.4 dst=10.96.0.1 sport=1',
  ],
  ...['Name: web', '\u001b[31mred\u001b[0m', '\u202edrow', '\u0000', '\ufeff', '\u00a0\u00a0x', '~~~', '```', '> '],
]

function joined(text: string, random: Random, other: () => string): string {
  const at = text.lastIndexOf('\n', random.below(text.length + 1)) + 1
  const piece = other()
  return random.chance(0.5) ? `${text}\n${piece}` : `${text.slice(0, at)}${piece}${text.slice(at)}`
}

/** Every place of a word takes the name of somebody who means harm. */
function renamed(text: string, random: Random): string {
  const words = text.match(/[A-Za-z][\w.-]{1,40}/g) ?? []
  if (words.length === 0) return text
  const word = random.pick(words)
  const name = random.pick(HOSTILE)
  const pieces = text.split(word)
  if (random.chance(0.5)) return pieces.slice(0, 200).join(name)
  const at = 1 + random.below(pieces.length - 1)
  return `${pieces.slice(0, at).join(word)}${name}${pieces.slice(at).join(word)}`
}

const HOSTILE = [
  ...[
    '$(reboot)',
    '`reboot`',
    "';reboot;'",
    '"; reboot #',
    '-rf',
    '--help',
    '../../etc/passwd',
    'a b',
    'a/b',
    'a:b',
    '',
  ],
  ...['\u001b[2J', '\\u001b[2J', '\\x1b[2J', '\u202e', '\\u202e', '\\ud800', '\u2028', '\r', '\\r\\n', '\u0000', '\\n'],
  ...['::error::x', '%0A::set-output', '<script>', ']]>', '&#27;', '&lt;', '](x)', '|x|', '{{x}}', '%s', '\u{1f600}'],
  ...['__proto__', 'constructor', 'toString', 'null', 'true', 'NaN', 'node', '?', '*', '.*', 'x'.repeat(300), 'é', 'א'],
]

function renumbered(text: string, random: Random): string {
  const numbers = text.match(/\d+/g) ?? []
  if (numbers.length === 0) return text
  const at = random.below(numbers.length)
  const number = random.pick(NUMBERS)
  let i = 0
  return text.replace(/\d+/g, (one) => (i++ === at || (one === numbers[at] && at % 2 === 0) ? number : one))
}

const NUMBERS = ['0', '-1', '1', '255', '256', '65535', '65536', '4294967295', '99999999999999999999', '1e9', '0x0', '']

/** As editors, chats and terminals show it. */
function decorated(text: string, random: Random): string {
  const before = random.pick(['> ', '    ', '+', '- ', '| ', '12: ', '  3\t', '2026-03-02T10:15:00Z ', '\u00a0', '* '])
  if (random.chance(0.2)) return text.replaceAll('\n', '\r\n')
  if (random.chance(0.2)) return text.replaceAll('"', '&quot;').replaceAll('>', '&gt;')
  if (random.chance(0.1)) return JSON.stringify(text)
  return changeLines(text, (line) => [before + line])
}

function wrapped(text: string, random: Random): string {
  const width = 20 + random.below(100)
  return changeLines(text, (line) => line.match(new RegExp(`.{1,${width}}`, 'gs')) ?? [''])
}

const changeLines = (text: string, change: (line: string) => readonly string[]): string =>
  text.split('\n').flatMap(change).join('\n')
