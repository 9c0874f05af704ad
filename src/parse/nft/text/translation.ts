import type { JsonObject } from '../objects.ts'
import { type Cursor, Unreadable } from './cursor.ts'
import { readValue } from './expression.ts'
import { literalOf, oneOrAll } from './literal.ts'

const NAT = new Set(['dnat', 'snat', 'masquerade', 'redirect', 'tproxy'])
const COPY = new Set(['dup', 'fwd'])

/** `dnat ip to …`, `snat to …`, `masquerade`, `redirect to :80`, `tproxy to …`, `dup to …`, `fwd to …`; null for others. */
export function readTranslation(cursor: Cursor): JsonObject | null {
  const kind = cursor.peek()?.kind === 'word' ? cursor.peek()!.text : ''
  if (!NAT.has(kind) && !COPY.has(kind)) return null
  cursor.next()
  const family = cursor.is('ip') || cursor.is('ip6') ? { family: cursor.name() } : {}
  const content = { ...family, ...(NAT.has(kind) ? readNat(cursor, kind) : readCopy(cursor, kind)) }
  return { [kind]: Object.keys(content).length > 0 ? content : null }
}

function readNat(cursor: Cursor, kind: string): JsonObject {
  const type = readTypeFlag(cursor)
  if (type === null && !cursor.is('to') && (kind === 'masquerade' || kind === 'redirect')) return readFlags(cursor)
  cursor.expect('to')
  const target = readTarget(cursor)
  return { ...target, ...readFlags(cursor), ...(type === null ? {} : { type_flags: type }) }
}

/** nft 0.9 says `addr . port` or `interval` before `to` where later ones say nothing. */
function readTypeFlag(cursor: Cursor): string | null {
  if (cursor.is('prefix') || cursor.is('interval')) return cursor.name()
  if (!cursor.take('addr')) return null
  cursor.expect('.')
  cursor.expect('port')
  return 'concat'
}

/** An address, a port after a colon, or both; either may be a range or come from a map. */
function readTarget(cursor: Cursor): JsonObject {
  const word = cursor.peek()?.kind === 'word' ? cursor.peek()!.text : ''
  const parts = /^(\[[^\]]*\](?:-\[[^\]]*\])?|[^:]*):(\d+(?:-\d+)?)$/.exec(word)
  if (parts) {
    cursor.next()
    const port = literalOf(parts[2]!)
    return parts[1] === '' ? { port } : { addr: literalOf(parts[1]!), port }
  }
  // A port that is looked up, `:tcp dport map { … }`, is none that the model can say.
  if (word.startsWith(':') && !word.startsWith('::')) throw new Unreadable()
  const addr = readValue(cursor)
  const port = /^:(\d+(?:-\d+)?)$/.exec(cursor.peek()?.text ?? '')
  if (!port) return { addr }
  cursor.next()
  return { addr, port: literalOf(port[1]!) }
}

function readFlags(cursor: Cursor): JsonObject {
  const flags: string[] = []
  while (cursor.is('random') || cursor.is('fully-random') || cursor.is('persistent')) {
    flags.push(cursor.name())
    cursor.take(',')
  }
  return flags.length > 0 ? { flags: oneOrAll(flags) } : {}
}

/** `to 10.0.0.1 device "eth0"`, `to "eth0"` */
function readCopy(cursor: Cursor, kind: string): JsonObject {
  cursor.expect('to')
  const first = readValue(cursor)
  if (!cursor.take('device')) return kind === 'fwd' ? { dev: first } : { addr: first }
  return { addr: first, dev: readValue(cursor) }
}
