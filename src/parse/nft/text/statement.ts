import type { TableFamily } from '../../../model/rules.ts'
import { entryOf, type Json, type JsonObject } from '../objects.ts'
import { type Cursor, Unreadable } from './cursor.ts'
import { readData, readVerdict } from './elements.ts'
import { readConstant, readKey, readValue, startsReading } from './expression.ts'
import { oneOrAll, readLiteral, secondsOf } from './literal.ts'
import { readState } from './state.ts'
import { readTranslation } from './translation.ts'

/** Reads one statement of a rule as libnftables-json(5) has it. Throws Unreadable where it is none of nft's. */
export function readStatement(cursor: Cursor, family: TableFamily): Json {
  const simple = readVerdict(cursor) ?? readReference(cursor) ?? readState(cursor) ?? readTranslation(cursor)
  if (simple) return simple
  const keyword = KEYWORDS.get(cursor.peek()?.kind === 'word' ? cursor.peek()!.text : '')
  if (!keyword) return readExpressionStatement(cursor)
  cursor.next()
  return keyword(cursor, family)
}

/** `limit name "web"`, `counter name tcp dport map { … }`: the use of a named object; null for others. */
function readReference(cursor: Cursor): JsonObject | null {
  const kind = cursor.peek()?.text ?? ''
  if (!cursor.is(kind) || !cursor.is('name', 1) || !REFERABLE.has(kind)) return null
  cursor.next()
  cursor.next()
  return { [kind]: readValue(cursor) }
}

const REFERABLE = new Set(['counter', 'limit', 'quota', 'synproxy', 'tunnel'])

const KEYWORDS = new Map<string, (cursor: Cursor, family: TableFamily) => Json>([
  ['reject', readReject],
  ['log', readLog],
  ['notrack', () => ({ notrack: null })],
  ['xt', (cursor) => ({ xt: { type: cursor.name(), name: cursor.name() } })],
  ['queue', readQueue],
  ['meter', readMeter],
  ['flow', (cursor) => ({ flow: { op: cursor.name(), flowtable: cursor.name() } })],
  ['add', (cursor) => readUpdate(cursor, 'add')],
  ['update', (cursor) => readUpdate(cursor, 'update')],
  ['delete', (cursor) => readUpdate(cursor, 'delete')],
  ['synproxy', readSynproxy],
  ['reset', readReset],
])

/** A test, a verdict map or an assignment: all begin with what they read or write. */
function readExpressionStatement(cursor: Cursor): Json {
  if (!startsReading(cursor)) throw new Unreadable()
  const key = readKey(cursor)
  if (cursor.take('vmap')) return { vmap: { key, data: readData(cursor) } }
  if (cursor.take('set')) return readAssignment(cursor, key)
  const operator = readOperator(cursor)
  const right = readConstant(cursor)
  // `tcp flags syn / fin,syn,rst,ack`: of the flags behind the slash, exactly those before it.
  const mask = cursor.take('/') ? readConstant(cursor) : null
  const left: Json = mask === null ? key : { '&': [key, mask] }
  const implicit = mask === null && isBitmask(key) && entryOf(right)?.[0] !== 'set' ? 'in' : '=='
  return { match: { op: operator ?? implicit, left, right } }
}

const OPERATORS = new Map([
  ['==', '=='],
  ['eq', '=='],
  ['!=', '!='],
  ['ne', '!='],
  ['<', '<'],
  ['lt', '<'],
  ['<=', '<='],
  ['le', '<='],
  ['>', '>'],
  ['gt', '>'],
  ['>=', '>='],
  ['ge', '>='],
  ['!', '!'],
])

function readOperator(cursor: Cursor): string | null {
  const token = cursor.peek()
  const operator = token?.kind === 'string' ? undefined : OPERATORS.get(token?.text ?? '')
  if (operator === undefined) return null
  cursor.next()
  return operator
}

/** Without an operator, nft compares the value of most types, and tests the bits of these. */
function isBitmask(key: Json): boolean {
  const [kind, content] = entryOf(key) ?? []
  const { key: name, protocol, field } = (content ?? {}) as JsonObject
  if (kind === 'ct') return name === 'state' || name === 'status' || name === 'event'
  return kind === 'payload' && protocol === 'tcp' && field === 'flags'
}

function readAssignment(cursor: Cursor, key: Json): Json {
  const [kind, content] = entryOf(key) ?? []
  const name = (content as JsonObject | undefined)?.key
  const value = readValue(cursor)
  if (kind === 'ct' && (name === 'helper' || name === 'timeout' || name === 'expectation'))
    return { [`ct ${name}`]: value }
  return kind === 'meta' && name === 'secmark' && typeof value === 'string'
    ? { secmark: value }
    : { mangle: { key, value } }
}

/** Without words of its own it is `port-unreachable` of the table's family. */
function readReject(cursor: Cursor, family: TableFamily): Json {
  const type = family === 'ip' ? 'icmp' : family === 'ip6' ? 'icmpv6' : 'icmpx'
  if (!cursor.take('with')) return { reject: { type, expr: 'port-unreachable' } }
  if (!cursor.take('tcp')) {
    const protocol = cursor.name()
    cursor.take('type')
    return { reject: { type: protocol, expr: readLiteral(cursor) } }
  }
  cursor.expect('reset')
  return { reject: { type: 'tcp reset' } }
}

function readLog(cursor: Cursor): Json {
  const options: Record<string, Json> = {}
  const flags: string[] = []
  for (;;) {
    if (cursor.is('prefix') || cursor.is('level')) options[cursor.name()] = cursor.name()
    else if (cursor.is('group') || cursor.is('snaplen') || cursor.is('queue-threshold'))
      options[cursor.name()] = cursor.number()
    else if (cursor.take('flags')) flags.push(...readLogFlags(cursor))
    else break
  }
  if (flags.length > 0) options.flags = oneOrAll(flags)
  return { log: Object.keys(options).length > 0 ? options : null }
}

/** `all`, `skuid`, `ether`, `tcp sequence,options`, `ip options`. */
function readLogFlags(cursor: Cursor): string[] {
  const first = cursor.name()
  if (first !== 'tcp' && first !== 'ip') return [first]
  const flags = [`${first} ${cursor.name()}`]
  while (cursor.take(',')) flags.push(`${first} ${cursor.name()}`)
  return flags
}

/** `queue flags bypass,fanout to 1-3`; nft before 1.0 wrote `queue num 1-3 bypass,fanout`. */
function readQueue(cursor: Cursor): Json {
  const flags: string[] = []
  let num: Json = 0
  for (;;) {
    if (cursor.take('flags') || cursor.is('bypass') || cursor.is('fanout') || (flags.length > 0 && cursor.take(','))) {
      flags.push(cursor.name())
    } else if (cursor.take('num') || cursor.take('to')) num = readValue(cursor)
    else break
  }
  return { queue: { num, ...(flags.length > 0 ? { flags: oneOrAll(flags) } : {}) } }
}

/** `meter NAME size 65535 { ip saddr limit rate 10/second }` */
function readMeter(cursor: Cursor): Json {
  const name = cursor.name()
  const size = cursor.take('size') ? { size: cursor.number() } : {}
  cursor.expect('{')
  const key = readKey(cursor)
  const stmt = readState(cursor)
  cursor.expect('}')
  return { meter: { key, stmt: stmt ?? null, ...size, name } }
}

/** `update @set { ip saddr timeout 10s limit rate 5/second }`, `add @map { ip saddr : 0x1 }` */
function readUpdate(cursor: Cursor, op: string): Json {
  const name = cursor.name()
  if (!name.startsWith('@')) throw new Unreadable()
  cursor.expect('{')
  const key = readKey(cursor)
  const timeout = cursor.take('timeout') ? secondsOf(cursor.name()) : null
  const stmt: Json[] = []
  for (let state = readState(cursor); state; state = readState(cursor)) stmt.push(state)
  const data = cursor.take(':') ? readValue(cursor) : null
  cursor.expect('}')
  const elem: Json = timeout === null ? key : { elem: { val: key, timeout } }
  const statements = stmt.length > 0 ? { stmt } : {}
  return data === null
    ? { set: { op, elem, set: name, ...statements } }
    : { map: { op, elem, data, map: name, ...statements } }
}

/** `reset tcp option mptcp` */
function readReset(cursor: Cursor): Json {
  cursor.expect('tcp')
  cursor.expect('option')
  return { reset: { 'tcp option': { name: cursor.name() } } }
}

function readSynproxy(cursor: Cursor): Json {
  const options: Record<string, Json> = {}
  const flags: string[] = []
  for (;;) {
    if (cursor.is('mss') || cursor.is('wscale')) options[cursor.name()] = cursor.number()
    else if (cursor.is('timestamp') || cursor.is('sack-perm')) flags.push(cursor.name())
    else break
  }
  return { synproxy: { ...options, ...(flags.length > 0 ? { flags } : {}) } }
}
