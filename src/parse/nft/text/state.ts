import type { JsonObject } from '../objects.ts'
import { type Cursor, Unreadable } from './cursor.ts'

/** Statements that keep a state, in rules and with set elements: `counter`, `limit`, `quota`, `ct count`, `last`. Null for others. */
export function readState(cursor: Cursor): JsonObject | null {
  if (cursor.take('counter')) return { counter: readCounter(cursor) }
  if (cursor.take('limit')) return { limit: readLimit(cursor) }
  if (cursor.take('quota')) return { quota: readQuota(cursor) }
  if (cursor.take('last')) return { last: readLast(cursor) }
  if (!cursor.is('ct') || !cursor.is('count', 1)) return null
  cursor.next()
  cursor.next()
  const inv = cursor.take('over')
  return { 'ct count': { val: cursor.number(), ...(inv ? { inv } : {}) } }
}

function readCounter(cursor: Cursor): JsonObject | null {
  if (!cursor.take('packets')) return null
  const packets = cursor.number()
  cursor.expect('bytes')
  return { packets, bytes: cursor.number() }
}

/** `rate over 10 mbytes/second burst 5 mbytes`; nft 1.0 leaves out a burst of five packets. */
function readLimit(cursor: Cursor): JsonObject {
  cursor.expect('rate')
  const inv = cursor.take('over')
  const first = cursor.name()
  const speed = first.includes('/') ? first : `${first} ${cursor.name()}`
  const [, rate, rate_unit, per] = /^(\d+) ?(\w*)\/(\w+)$/.exec(speed) ?? []
  if (rate === undefined || per === undefined) throw new Unreadable()
  const [burst, unit] = cursor.take('burst') ? [cursor.number(), cursor.name()] : [5, 'packets']
  return {
    rate: Number(rate),
    burst,
    per,
    ...(inv ? { inv } : {}),
    ...(rate_unit ? { rate_unit } : {}),
    ...(unit === 'packets' ? {} : { burst_unit: unit }),
  }
}

function readQuota(cursor: Cursor): JsonObject {
  const inv = cursor.take('over')
  if (!inv) cursor.take('until')
  const [val, val_unit] = [cursor.number(), cursor.name()]
  const used = cursor.take('used') ? { used: cursor.number(), used_unit: cursor.name() } : {}
  return { val, val_unit, ...(inv ? { inv } : {}), ...used }
}

function readLast(cursor: Cursor): JsonObject | null {
  if (!cursor.take('used')) return null
  const used = cursor.name()
  return used === 'never' ? null : { used }
}
