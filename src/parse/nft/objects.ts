/**
 * The shape of libnftables-json(5), as loose as JSON is. Both readers of this folder end in such objects, and the
 * meaning layer starts from them: whatever it does not find as it expects it becomes `unknown`.
 */
import type { Ruleset, TableGap } from '../../model/rules.ts'

export type Json = null | boolean | number | string | readonly Json[] | JsonObject

export interface JsonObject {
  readonly [key: string]: Json
}

/** One object of a listing: `{"table": {…}}`, `{"chain": {…}}`, `{"rule": {…}}`, `{"set": {…}}`, `{"map": {…}}` … */
export type NftObject = JsonObject

/** A listing of nftables. `objects` is all that was read, in order; tables, chains and rules are derived from it. */
export interface NftRuleset extends Ruleset {
  dialect: 'nft'
  objects: NftObject[]
}

/** An object of a listing and where it stands. */
export interface Item {
  object: NftObject
  /** 1-based. */
  line: number
  /** A rule's own text where the listing is text; null where the listing is JSON. */
  text: string | null
  /** Counts listings that stand one after the other in one file. */
  listing: number
  /** Tables only: is all that the table holds in the listing? */
  whole: boolean
  /** Tables only: what is seen to be missing of it. */
  gaps?: TableGap[]
}

/** The value as an object; null for anything else. */
export const asObject = (value: Json | undefined): JsonObject | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null

/** The value as an array; null for anything else. */
export const asArray = (value: Json | undefined): readonly Json[] | null => (Array.isArray(value) ? value : null)

/** The value as a string; null for anything else. */
export const asText = (value: Json | undefined): string | null => (typeof value === 'string' ? value : null)

/** The value as a number; null for anything else. */
export const asNumber = (value: Json | undefined): number | null => (typeof value === 'number' ? value : null)

/** A number of things, and no other number. */
export function asCount(value: Json | undefined): number | null {
  const number = asNumber(value)
  return number !== null && Number.isSafeInteger(number) && number >= 0 ? number : null
}

/** `{"match": {…}}` as `['match', {…}]`: what statements and expressions look like. Null for anything else. */
export function entryOf(value: Json | undefined): [string, Json] | null {
  const object = asObject(value)
  return object ? (Object.entries(object)[0] ?? null) : null
}

/** Names in nft's set references: `@name` as `name`; null for anything else. */
export function setReference(value: Json | undefined): string | null {
  return typeof value === 'string' && value.startsWith('@') ? value.slice(1) : null
}

/** Notes that a part of a table is missing, which then is not whole. */
export function noteGap(table: Item, kind: TableGap['kind'], line: number | null, text: string): void {
  table.whole = false
  table.gaps = [...(table.gaps ?? []), { kind, line, text: text.slice(0, 80) }]
}
