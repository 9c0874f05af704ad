import type { Counter } from '../../model/rules.ts'

/** The columns that a listing has besides those that every one has. */
export interface Columns {
  /** --line-numbers. */
  number: boolean
  /** -v: packets and bytes in front, interfaces in the middle. */
  verbose: boolean
}

/** A rule of a listing, its columns as they stand. */
export interface Row {
  counter: Counter | null
  /** Empty for a rule without one. */
  target: string
  /** `tcp`, `6`, `!udp`, `all`, `0`. */
  protocol: string
  /** The opt column: `--`, `-f`, `!f`; empty in ip6tables up to 1.8.7. */
  fragment: string
  /** Null where the listing does not show interfaces. */
  in: string | null
  out: string | null
  source: string
  destination: string
  extras: string
}

/** Reads the line of column titles; null for any other line. */
export function readTitles(line: string): Columns | null {
  const titles = TITLES.exec(line)
  return titles && { number: titles[1] !== undefined, verbose: titles[2] !== undefined }
}

const TITLES = /^\s*(num\s+)?(pkts\s+bytes\s+)?target\s+prot\s+opt\s+(?:in\s+out\s+)?source\s+destination\s*$/

/**
 * Splits the line of a rule; without titles, its columns are guessed from the line itself. Columns are told by their
 * words and not by their place, since pasting moves them. Null for a line that is no rule, `cut` for half a rule.
 */
export function readRow(line: string, titles: Columns | null): Row | 'cut' | null {
  const words = firstWords(line)
  // Target, protocol and opt are the least that tells half a rule.
  if (words.length < 3) return null
  const columns = titles && fits(titles, words) ? titles : guess(words)
  const start = Number(columns.number) + 2 * Number(columns.verbose)
  const found = findProtocol(words, start)
  if (!found) return null
  const at = found.next
  const [from, to] = columns.verbose ? [at + 2, at + 3] : [at, at + 1]
  const [source, destination] = [words[from], words[to]]
  const certain = found.fragment !== '' || [source, destination].some((word) => ADDRESS.test(word?.text ?? ''))
  if (!certain) return null
  if (!source || !destination) return 'cut'
  return {
    counter: columns.verbose ? readCounter(words[start - 2]!.text, words[start - 1]!.text) : null,
    target: found.at > start ? words[start]!.text : '',
    protocol: found.protocol,
    fragment: found.fragment,
    in: columns.verbose ? words[at]!.text : null,
    out: columns.verbose ? words[at + 1]!.text : null,
    source: source.text,
    destination: destination.text,
    extras: line.slice(destination.end),
  }
}

/** What tells an address from any word, where no opt column says that this is a rule. */
const ADDRESS = /^!?(?:anywhere|localhost6?|ip6-\w+)(?:\/|$)|[:.]/

/** A counter as `-v` prints it: exact, or rounded to thousands, millions … as in `12K`. Null where it is none. */
export function readCounter(packets: string, bytes: string): Counter | null {
  const [first, second] = [NUMBER.exec(packets), NUMBER.exec(bytes)]
  if (!first || !second) return null
  const counter = { packets: amount(first), bytes: amount(second) }
  return first[2] || second[2] ? { ...counter, approximate: true } : counter
}

const NUMBER = /^(\d+)([KMGT]?)$/

const amount = ([, digits, unit]: RegExpExecArray): number => Number(digits) * 1000 ** ' KMGT'.indexOf(unit || ' ')

interface Word {
  text: string
  end: number
}

/** As many words as there are columns at most: num pkts bytes target prot opt in out source destination. */
function firstWords(line: string): Word[] {
  const words: Word[] = []
  WORD.lastIndex = 0
  for (let word = WORD.exec(line); word && words.length < 10; word = WORD.exec(line)) {
    words.push({ text: word[0], end: WORD.lastIndex })
  }
  return words
}

const WORD = /\S+/g

const fits = (columns: Columns, words: readonly Word[]): boolean =>
  words.slice(0, Number(columns.number) + 2 * Number(columns.verbose)).every(({ text }) => NUMBER.test(text))

/** The numbers that a line begins with, but for a protocol's, tell its columns. */
function guess(words: readonly Word[]): Columns {
  let numbers = 0
  while (numbers < 3 && NUMBER.test(words[numbers]?.text ?? '') && !isFragment(words[numbers + 1])) numbers++
  return { number: numbers % 2 === 1, verbose: numbers >= 2 }
}

interface Protocol {
  protocol: string
  fragment: string
  /** Index of the protocol's word, and of the one behind the opt column. */
  at: number
  next: number
}

/** The protocol is the word at `start`, where the target is blank, or the one after it. */
function findProtocol(words: readonly Word[], start: number): Protocol | null {
  for (const read of [withFragment, withoutFragment, withFragmentGlued]) {
    const found = read(words, start + 1) ?? read(words, start)
    if (found) return found
  }
  return null
}

function withFragment(words: readonly Word[], at: number): Protocol | null {
  const [protocol, fragment] = [words[at]?.text ?? '', words[at + 1]]
  return PROTOCOL.test(protocol) && isFragment(fragment)
    ? { protocol, fragment: fragment!.text, at, next: at + 2 }
    : null
}

const PROTOCOL = /^!?[a-z\d][\w.+-]*$/i

const isFragment = (word: Word | undefined): boolean => word !== undefined && /^(?:--|-f|!f)$/.test(word.text)

/** ip6tables up to 1.8.7 leaves the opt column blank. */
function withoutFragment(words: readonly Word[], at: number): Protocol | null {
  const protocol = words[at]?.text ?? ''
  return IPV6_PROTOCOL.test(protocol) ? { protocol, fragment: '', at, next: at + 1 } : null
}

const IPV6_PROTOCOL =
  /^!?(?:all|tcp|udp|udplite|sctp|dccp|icmp|icmpv6|ipv6-icmp|esp|ah|gre|mh|ipv6|ipencap|ospf|vrrp|igmp|\d+)$/

/** A protocol of five letters fills its column up to iptables 1.8.7: `ipencap--`. */
function withFragmentGlued(words: readonly Word[], at: number): Protocol | null {
  const glued = /^(.+)(--|-f|!f)$/.exec(words[at]?.text ?? '')
  return glued && PROTOCOL.test(glued[1]!) ? { protocol: glued[1]!, fragment: glued[2]!, at, next: at + 1 } : null
}
