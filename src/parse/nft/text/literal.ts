import { parseAddress } from '../../../model/address.ts'
import type { Json } from '../objects.ts'
import { type Cursor, Unreadable } from './cursor.ts'

/** A value by itself: a word, a quoted string, or a range of quoted strings. */
export function readLiteral(cursor: Cursor): Json {
  const token = cursor.next()
  if (token.kind === 'word') return literalOf(token.text)
  if (token.kind !== 'string') throw new Unreadable()
  if (!cursor.is('-') || cursor.peek(1)?.kind !== 'string') return token.text
  cursor.next()
  return { range: [token.text, cursor.next().text] }
}

/** A word as libnftables-json(5) has it: a number, a range, a prefix, or the word itself. */
export function literalOf(word: string): Json {
  const number = numberOf(word)
  if (number !== null) return number
  if (word === 'exists' || word === 'missing') return word === 'exists'
  const prefix = /^([\da-fA-F.:]+)\/(\d{1,3})$/.exec(word)
  if (prefix && parseAddress(prefix[1]!)) return { prefix: { addr: prefix[1]!, len: Number(prefix[2]) } }
  return rangeOf(word) ?? bare(word)
}

/** Decimal, or hexadecimal after `0x`; null for anything else. */
function numberOf(word: string): number | null {
  return /^(?:\d{1,15}|0[xX][\da-fA-F]{1,13})$/.test(word) ? Number(word) : null
}

/** `80-90`, `10.0.0.1-10.0.0.9`, `[fd00::1]-[fd00::9]`. */
function rangeOf(word: string): Json | null {
  const [low, high, ...others] = word.split('-', 3)
  if (low === undefined || high === undefined || others.length > 0) return null
  const numbers = [numberOf(low), numberOf(high)]
  if (!numbers.includes(null)) return { range: numbers }
  const addresses = [bare(low), bare(high)]
  return addresses.every(parseAddress) ? { range: addresses } : null
}

/** IPv6 addresses stand in brackets where a port may follow. */
const bare = (word: string): string => (word.startsWith('[') && word.endsWith(']') ? word.slice(1, -1) : word)

/** A list of words as nft's JSON has it: one word stands for itself. */
export const oneOrAll = (words: string[]): Json => (words.length === 1 ? words[0]! : words)

/** `9m58s684ms` in whole seconds, as nft's JSON has times; null for no time. */
export function secondsOf(word: string): number | null {
  const parts = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(word)
  if (!parts || word === '') return null
  const [days, hours, minutes, seconds] = parts.slice(1, 5).map((part) => Number(part ?? 0))
  return days! * 86400 + hours! * 3600 + minutes! * 60 + seconds!
}
