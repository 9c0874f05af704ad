/**
 * Reads fields of API objects that may be anything. A missing field or a null is what the API leaves out; a value of the
 * wrong type is noted and taken as missing.
 */
import { canonicalAddress, parseAddress } from '../../model/address.ts'
import type { Protocol } from '../../model/cluster.ts'
import { isName } from '../../model/cluster.ts'

export type Fields = Readonly<Record<string, unknown>>

/** Takes down what is odd about an object; whoever passes it knows which object that is. */
export type Note = (message: string) => void

const noFields: Fields = {}
const nothing: readonly unknown[] = []

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export function fieldsIn(parent: Fields, name: string, note: Note): Fields {
  const value = parent[name]
  if (isFields(value)) return value
  if (value !== undefined && value !== null) note(`${name} is no object`)
  return noFields
}

function listIn(parent: Fields, name: string, note: Note): readonly unknown[] {
  const value = parent[name]
  if (Array.isArray(value)) return value
  if (value !== undefined && value !== null) note(`${name} is no list`)
  return nothing
}

/** A list's objects; anything else in it is noted. */
export function objectsIn(parent: Fields, name: string, note: Note): readonly Fields[] {
  const items = listIn(parent, name, note)
  if (items.every(isFields)) return items
  note(`${name} holds what is no object`)
  return items.filter(isFields)
}

/** A string, null where there is none or an empty one. */
export function textIn(parent: Fields, name: string, note: Note): string | null {
  const value = parent[name]
  if (typeof value === 'string') return value || null
  if (value !== undefined && value !== null) note(`${name} is no string`)
  return null
}

/** The name of another object; null, and noted, for what the API takes as none. */
export function nameIn(parent: Fields, key: string, note: Note): string | null {
  const name = textIn(parent, key, note)
  if (name === null || isName(name)) return name
  note(`${key} is no name`)
  return null
}

export function textsIn(parent: Fields, name: string, note: Note): readonly string[] {
  const items = listIn(parent, name, note)
  if (items.every(isText)) return items
  note(`${name} holds what is no string`)
  return items.filter(isText)
}

const isText = (value: unknown): value is string => typeof value === 'string'

/** An object all of whose values are strings: labels, a selector. Others are noted and left out. */
export function textMapIn(parent: Fields, name: string, note: Note): Record<string, string> {
  const fields = fieldsIn(parent, name, note)
  if (isTextMap(fields)) return fields
  note(`${name} holds what is no string`)
  return Object.fromEntries(Object.entries(fields).filter((entry): entry is [string, string] => isText(entry[1])))
}

const isTextMap = (fields: Fields): fields is Record<string, string> => Object.values(fields).every(isText)

export function flagIn(parent: Fields, name: string, note: Note): boolean | null {
  const value = parent[name]
  if (typeof value === 'boolean') return value
  if (value !== undefined && value !== null) note(`${name} is neither true nor false`)
  return null
}

/** A port number, 1 to 65535. */
export function portIn(parent: Fields, name: string, note: Note): number | null {
  const value = parent[name]
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65535) return value
  if (value !== undefined && value !== null) note(`${name} is no port number`)
  return null
}

/** TCP where none stands, as the API defaults it; null for one that no Service can have. */
export function protocolIn(parent: Fields, note: Note): Protocol | null {
  const value = textIn(parent, 'protocol', note) ?? 'TCP'
  if (value === 'TCP' || value === 'UDP' || value === 'SCTP') return value
  note('protocol is none of TCP, UDP and SCTP')
  return null
}

/** The texts that are IP addresses, in canonical spelling; others are noted. */
export function addressesOf(texts: readonly string[], name: string, note: Note): string[] {
  const addresses: string[] = []
  for (const text of texts) {
    if (parseAddress(text)) addresses.push(canonicalAddress(text))
    else note(`${name} holds what is no IP address`)
  }
  return addresses
}
