import type { Json } from '../objects.ts'
import { type Cursor, Unreadable } from './cursor.ts'
import { readData } from './elements.ts'
import { literalOf, readLiteral } from './literal.ts'

/** What a test compares or a map looks up: `ip daddr . th dport`, `meta mark & 0xff`, `numgen random mod 2`. */
export function readKey(cursor: Cursor): Json {
  return readConcatenation(cursor, () => readOperation(cursor, 1, readOperand))
}

/** What is assigned or translated to: a constant, something read from the packet, or a map of it. */
export function readValue(cursor: Cursor): Json {
  const key = readKey(cursor)
  return cursor.take('map') ? { map: { key, data: readData(cursor) } } : key
}

/** The right-hand side of a test, constants only: `10.0.0.0/8`, `established,related`, `syn | ack`, `{ 22, 80 }`, `@set`. */
export function readConstant(cursor: Cursor): Json {
  if (cursor.is('{')) return readData(cursor)
  if (cursor.peek()?.kind === 'word' && cursor.peek()!.text.startsWith('@')) return readData(cursor)
  return readConcatenation(cursor, () => readOperation(cursor, 1, readList))
}

function readConcatenation(cursor: Cursor, readPart: () => Json): Json {
  const parts = [readPart()]
  while (cursor.take('.')) parts.push(readPart())
  return parts.length > 1 ? { concat: parts } : parts[0]!
}

/** Operators by how tightly they bind; iptables' translations spell them out. */
const OPERATORS = new Map([
  ['|', { sign: '|', precedence: 1 }],
  ['or', { sign: '|', precedence: 1 }],
  ['^', { sign: '^', precedence: 2 }],
  ['xor', { sign: '^', precedence: 2 }],
  ['&', { sign: '&', precedence: 3 }],
  ['and', { sign: '&', precedence: 3 }],
  ['<<', { sign: '<<', precedence: 4 }],
  ['lshift', { sign: '<<', precedence: 4 }],
  ['>>', { sign: '>>', precedence: 4 }],
  ['rshift', { sign: '>>', precedence: 4 }],
])

/** Each takes the one before it as its left side, and nests so. */
const MOST_OPERATORS = 40

/** Operators of at least that precedence, from left to right. */
function readOperation(cursor: Cursor, lowest: number, readOne: (cursor: Cursor) => Json): Json {
  let left = readBracketed(cursor, readOne)
  for (let count = 0; ; count++) {
    const operator = OPERATORS.get(cursor.peek()?.text ?? '')
    if (!operator || operator.precedence < lowest || cursor.peek()?.kind === 'string') return left
    if (count >= MOST_OPERATORS) throw new Unreadable()
    cursor.next()
    const right = readOperation(cursor, operator.precedence + 1, readOne)
    left = { [operator.sign]: [left, right] }
  }
}

function readBracketed(cursor: Cursor, readOne: (cursor: Cursor) => Json): Json {
  if (!cursor.take('(')) return readOne(cursor)
  const inner = cursor.nested(() => readOperation(cursor, 1, readOne))
  cursor.expect(')')
  return inner
}

/** Something read, or a constant. */
const readOperand = (cursor: Cursor): Json => (startsReading(cursor) ? readReading(cursor) : readList(cursor))

/** `fin,syn,rst,ack`: one value, or several as a list. */
function readList(cursor: Cursor): Json {
  const values = [readLiteral(cursor)]
  while (cursor.is(',') && cursor.peek(1)?.kind === 'word') {
    cursor.next()
    values.push(readLiteral(cursor))
  }
  return values.length > 1 ? values : values[0]!
}

/** Is the next word one that begins something read? */
export function startsReading(cursor: Cursor): boolean {
  const token = cursor.peek()
  return token?.kind === 'word' && (READINGS.has(token.text) || RAW.test(token.text) || isHeader(token.text))
}

const RAW = /^@(ll|nh|th|ih),(\d+),(\d+)$/

/** Something that the kernel reads: metadata, a header's field, conntrack, a route, a random number. */
function readReading(cursor: Cursor): Json {
  const { kind, text } = cursor.next()
  if (kind !== 'word') throw new Unreadable()
  const reading = READINGS.get(text)
  if (reading) return reading(cursor)
  const raw = RAW.exec(text)
  if (raw) return { payload: { base: raw[1]!, offset: Number(raw[2]), len: Number(raw[3]) } }
  if (isHeader(text)) return readHeader(cursor, text)
  throw new Unreadable()
}

const META =
  'mark iif oif iifname oifname iifgroup oifgroup iiftype oiftype skuid skgid pkttype cpu cgroup nftrace rtclassid'

const READINGS = new Map<string, (cursor: Cursor) => Json>([
  ['meta', (cursor) => ({ meta: { key: cursor.name() } })],
  ...META.split(' ').map((key): [string, () => Json] => [key, () => ({ meta: { key } })]),
  ['ct', readConntrack],
  ['fib', readRoute],
  ['numgen', readNumber],
  ['jhash', readHash],
  ['symhash', (cursor) => ({ symhash: { ...readModulus(cursor), ...readOffset(cursor) } })],
  ['socket', (cursor) => ({ socket: { key: cursor.name() } })],
  ['rt', (cursor) => ({ rt: withFamily(cursor) })],
  ['osf', (cursor) => ({ osf: { ...(cursor.take('ttl') ? { ttl: cursor.name() } : {}), key: cursor.name() } })],
  ['ipsec', readTransform],
  ['exthdr', (cursor) => ({ exthdr: { name: cursor.name() } })],
  ...['frag', 'hbh', 'mh', 'srh'].map((name): [string, (cursor: Cursor) => Json] => [
    name,
    (cursor) => ({ exthdr: { name, field: cursor.name() } }),
  ]),
])

/** `ct state`, `ct original ip saddr`, `ct reply proto-dst`. */
function readConntrack(cursor: Cursor): Json {
  const first = cursor.name()
  if (first !== 'original' && first !== 'reply') return { ct: { key: first } }
  const key = cursor.name()
  return { ct: { key: key === 'ip' || key === 'ip6' ? `${key} ${cursor.name()}` : key, dir: first } }
}

/** `ipsec in spnum 1 ip saddr` */
function readTransform(cursor: Cursor): Json {
  const dir = cursor.name()
  const spnum = cursor.take('spnum') ? cursor.number() : 0
  return { ipsec: { ...withFamily(cursor), dir, spnum } }
}

/** A key with `ip` or `ip6` before it, or without. */
function withFamily(cursor: Cursor): { key: string; family?: string } {
  const first = cursor.name()
  return first === 'ip' || first === 'ip6' ? { family: first, key: cursor.name() } : { key: first }
}

/** `fib daddr . iif type` */
function readRoute(cursor: Cursor): Json {
  const flags = [cursor.name()]
  while (cursor.take('.')) flags.push(cursor.name())
  return { fib: { result: cursor.name(), flags } }
}

/** `numgen random mod 2 offset 100` */
function readNumber(cursor: Cursor): Json {
  return { numgen: { mode: cursor.name(), ...readModulus(cursor), offset: 0, ...readOffset(cursor) } }
}

/** `jhash ip saddr . tcp sport mod 2 seed 0xbeef offset 100` */
function readHash(cursor: Cursor): Json {
  const expr = cursor.nested(() => readKey(cursor))
  const modulus = readModulus(cursor)
  const seed = cursor.take('seed') ? { seed: literalOf(cursor.name()) } : {}
  return { jhash: { ...modulus, ...seed, ...readOffset(cursor), expr } }
}

function readModulus(cursor: Cursor): { mod: number } {
  cursor.expect('mod')
  return { mod: cursor.number() }
}

const readOffset = (cursor: Cursor): { offset: number } | undefined =>
  cursor.take('offset') ? { offset: cursor.number() } : undefined

const HEADERS = new Set(
  'ether vlan arp ip icmp igmp ip6 icmpv6 ah esp comp udp udplite tcp dccp sctp th gre'.split(' '),
)
const TUNNELS = new Set(['vxlan', 'geneve', 'gre', 'gretap'])

const EXTENSIONS = new Set(['tcp option', 'ip option', 'sctp chunk'])

const isHeader = (word: string): boolean => HEADERS.has(word) || TUNNELS.has(word)

/** `tcp dport`, `tcp option maxseg size`, `vxlan ip saddr`. */
function readHeader(cursor: Cursor, protocol: string): Json {
  const field = cursor.name()
  if (EXTENSIONS.has(`${protocol} ${field}`)) {
    const name = cursor.name()
    const whole = cursor.is('exists') || cursor.is('missing')
    return { [`${protocol} ${field}`]: whole ? { name } : { name, field: cursor.name() } }
  }
  if (TUNNELS.has(protocol) && isHeader(field))
    return { payload: { tunnel: protocol, protocol: field, field: cursor.name() } }
  return { payload: { protocol, field } }
}
