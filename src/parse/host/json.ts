/** Lists of JSON objects as `ip -j` and `bridge -j` print them, and their values, none of which is taken on trust. */
import { type ProblemLog, quote } from '../parsed.ts'

export type JsonObject = { readonly [key: string]: unknown }

/** Each object of a JSON array through `read`; null from it, or text that is no JSON array, is a problem. */
export function readEach<T>(text: string, log: ProblemLog, read: (entry: JsonObject) => T | null): T[] {
  const values: T[] = []
  for (const entry of arrayOf(text, log)) {
    // Up to 4.18 iproute2 printed `{}` for every entry that a filter took out.
    if (isObject(entry) && Object.keys(entry).length === 0) continue
    const value = isObject(entry) ? read(entry) : null
    if (value === null) log.add(null, `an entry that is not understood: ${describe(entry)}`)
    else values.push(value)
  }
  return values
}

function arrayOf(text: string, log: ProblemLog): unknown[] {
  if (text.trim() === '') return []
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    log.add(null, `this is no whole JSON: ${quote((error as Error).message)}`)
    return []
  }
  if (Array.isArray(value)) return value
  log.add(null, `a list was expected: ${quote(text)}`)
  return []
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A value as it goes into a message: the first pairs of an object. */
export function describe(value: unknown): string {
  if (!isObject(value)) return quote(plain(value))
  const pairs = Object.entries(value).slice(0, 10)
  return quote(pairs.map(([key, part]) => `${key}=${plain(part)}`).join(' '))
}

/** A value as text; a list or an object, which may be nested without end, as an ellipsis. */
export const plain = (value: unknown): string => (typeof value === 'object' ? '…' : String(value))

/** The string, whole number or object of a key; null, or {}, where it holds something else. */
export function stringOf(entry: JsonObject, key: string): string | null {
  const value = entry[key]
  return typeof value === 'string' ? value : null
}

export function numberOf(entry: JsonObject, key: string): number | null {
  const value = entry[key]
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null
}

export function objectOf(entry: JsonObject, key: string): JsonObject {
  const value = entry[key]
  return isObject(value) ? value : {}
}

/** The strings, or the objects, among what the list of a key holds. */
export const stringsOf = (entry: JsonObject, key: string): string[] =>
  listOf(entry, key).filter((value) => typeof value === 'string')

export const objectsOf = (entry: JsonObject, key: string): JsonObject[] => listOf(entry, key).filter(isObject)

function listOf(entry: JsonObject, key: string): unknown[] {
  const value = entry[key]
  return Array.isArray(value) ? value : []
}
