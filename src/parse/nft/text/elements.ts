import type { Json, JsonObject } from '../objects.ts'
import { type Cursor, Unreadable } from './cursor.ts'
import { readLiteral, secondsOf } from './literal.ts'
import { readState } from './state.ts'

/** What a map or a test looks into: `@name`, or `{ … }` with elements. */
export function readData(cursor: Cursor): Json {
  if (cursor.peek()?.kind === 'word' && cursor.peek()!.text.startsWith('@')) return cursor.next().text
  cursor.expect('{')
  const elements: Json[] = []
  while (!cursor.take('}')) {
    if (elements.length > 0) cursor.expect(',')
    if (!cursor.is('}')) elements.push(readElement(cursor))
  }
  return { set: elements }
}

/** An element of a set, or of a map as a pair: `10.0.0.1 . tcp . 80 comment "web" : goto web`. */
export function readElement(cursor: Cursor): Json {
  const value = readTuple(cursor)
  const extras: Record<string, Json> = readExtras(cursor)
  const key: Json = Object.keys(extras).length > 0 ? { elem: { val: value, ...extras } } : value
  return cursor.take(':') ? [key, readVerdict(cursor) ?? readTuple(cursor)] : key
}

/** `10.0.0.1 . tcp . 80`, each part one value; flags may be joined by `|`. */
function readTuple(cursor: Cursor): Json {
  const parts = [readAlternative(cursor)]
  while (cursor.take('.')) parts.push(readAlternative(cursor))
  return parts.length > 1 ? { concat: parts } : parts[0]!
}

function readAlternative(cursor: Cursor): Json {
  const flags = [readLiteral(cursor)]
  while (cursor.take('|')) flags.push(readLiteral(cursor))
  return flags.length > 1 ? { '|': flags } : flags[0]!
}

/** What nft keeps with an element. */
function readExtras(cursor: Cursor): Record<string, Json> {
  const extras: Record<string, Json> = {}
  for (;;) {
    if (cursor.is('timeout') || cursor.is('expires')) {
      const name = cursor.name()
      const time = cursor.name()
      const seconds = secondsOf(time)
      if (seconds === null && time !== 'never') throw new Unreadable()
      if (seconds !== null) extras[name] = seconds
    } else if (cursor.take('comment')) extras.comment = cursor.name()
    else {
      const state = readState(cursor)
      if (!state) return extras
      Object.assign(extras, state)
    }
  }
}

/** `accept`, `goto chain`; null where no verdict stands. */
export function readVerdict(cursor: Cursor): JsonObject | null {
  const token = cursor.peek()
  if (token?.kind !== 'word') return null
  if (BARE_VERDICTS.has(token.text)) return { [cursor.name()]: null }
  if (token.text !== 'jump' && token.text !== 'goto') return null
  return { [cursor.name()]: { target: cursor.name() } }
}

const BARE_VERDICTS = new Set(['accept', 'drop', 'continue', 'return'])
