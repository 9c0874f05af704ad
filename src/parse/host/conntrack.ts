/** Connection tracking: `conntrack -L` with any `-o`, and /proc/net/nf_conntrack. */
import { canonicalAddress, parseAddress } from '../../model/address.ts'
import type { ConntrackEntry, Tuple } from '../../model/node.ts'
import { linesOf, type Parsed, ProblemLog, quote } from '../parsed.ts'

/**
 * Each line is read once, from left to right: a node can hold a million entries. An entry of icmp has no ports. A flow
 * that nftables has offloaded has neither timeout nor state, and counts as assured, the word for which its `[OFFLOAD]`
 * replaces. Of `conntrack -E`, what was destroyed is left out. Where conntrack's own count of entries (on stderr, if that was kept) says more than there are, the text was
 * cut short: a problem.
 */
export function parseConntrack(text: string, file: string): Parsed<ConntrackEntry> {
  const log = new ProblemLog(file)
  const items: ConntrackEntry[] = []
  const known = new Map<string, string>()
  let announced = 0
  for (const line of linesOf(text, log)) {
    if (GONE.test(line.text)) continue
    const entry = readEntry(line.text, line.number, known)
    if (entry) {
      items.push(entry)
      continue
    }
    const count = shownCount(line.text)
    if (count !== null) announced += count
    else if (line.text.trim() !== '') log.add(line.number, `not a conntrack entry: ${quote(line.text)}`)
  }
  if (announced > items.length + log.count) {
    log.add(null, `conntrack showed ${announced} entries, of which ${items.length} are here`)
  }
  return { items, problems: log.list() }
}

/** Words that were met before: the same few addresses stand in most entries, and are held once. */
type Known = Map<string, string>
const REMEMBERED = 100_000

/**
 * `[ipv4 2] tcp 6 118 TIME_WAIT src=… dst=… sport=… dport=… [UNREPLIED] src=… dst=… sport=… dport=… [ASSURED] mark=0`
 * (libnetfilter_conntrack's snprintf_default.c, ct_seq_show in the kernel); null where that is not what it is.
 */
function readEntry(text: string, number: number, known: Known): ConntrackEntry | null {
  // `conntrack -E` says first what became of the entry, behind the time with `-o timestamp`.
  const line = text.includes('[') ? text.replace(EVENT, '') : text
  const start = line.indexOf('src=')
  const middle = start < 0 ? -1 : line.indexOf('src=', start + 4)
  if (middle < 0) return null
  const head = readHead(line.slice(0, start))
  const original = readTuple(line, start, middle, known)
  const reply = readTuple(line, middle, line.length, known)
  if (!head || !original || !reply) return null
  return {
    protocol: remember(head.protocol, known),
    state: head.state === null ? null : remember(head.state, known),
    timeout: head.timeout,
    original,
    reply,
    assured: line.includes('[ASSURED]', middle) || line.includes('OFFLOAD]', middle),
    unreplied: line.includes('[UNREPLIED]', start),
    source: { line: number, text },
  }
}

const EVENT = /^\s*(?:\[\d+\.\d+\s*\]\s*)?\[(?:NEW|UPDATE)\]\s*/
const GONE = /^\s*(?:\[\d+\.\d+\s*\]\s*)?\[DESTROY\]\s/

/** Protocol name and number, then timeout and state where they are printed; before them the family where it is. */
function readHead(head: string): Pick<ConntrackEntry, 'protocol' | 'state' | 'timeout'> | null {
  const all = head.split(' ').filter((word) => word !== '')
  const first = all[0] === 'ipv4' || all[0] === 'ipv6' ? 2 : 0
  const [name, protocolNumber, third] = [all[first], decimal(all[first + 1]), decimal(all[first + 2])]
  if (name === undefined || protocolNumber === null) return null
  return {
    protocol: name === 'unknown' ? String(protocolNumber) : name,
    state: name === 'tcp' ? (all[first + (third === null ? 2 : 3)] ?? null) : null,
    timeout: third,
  }
}

/** The tuple that starts at `start`: its fields follow each other, so none is looked for far away. */
function readTuple(line: string, start: number, end: number, known: Known): Tuple | null {
  const tuple: Tuple = { source: '', destination: '', sourcePort: null, destinationPort: null }
  for (let at = start; at < end; ) {
    const blank = line.indexOf(' ', at)
    const stop = blank < 0 || blank > end ? end : blank
    if (line.startsWith('src=', at)) tuple.source = addressOf(line.slice(at + 4, stop), known)
    else if (line.startsWith('dst=', at)) tuple.destination = addressOf(line.slice(at + 4, stop), known)
    else if (line.startsWith('sport=', at)) tuple.sourcePort = portOf(line.slice(at + 6, stop))
    else if (line.startsWith('dport=', at)) tuple.destinationPort = portOf(line.slice(at + 6, stop))
    else break
    at = stop + 1
  }
  return tuple.source === '' || tuple.destination === '' ? null : tuple
}

/** In canonical spelling, in which /proc does not print IPv6; '' for what is no address, as where a line was cut. */
const addressOf = (text: string, known: Known): string => remember(text, known, spelling)

const spelling = (text: string): string => (parseAddress(text) ? canonicalAddress(text) : '')

function remember(word: string, known: Known, spell = (text: string) => text): string {
  let held = known.get(word)
  if (held === undefined) {
    held = spell(word)
    if (known.size < REMEMBERED) known.set(word, held)
  }
  return held
}

function portOf(text: string): number | null {
  const port = decimal(text)
  return port !== null && port < 65536 ? port : null
}

/** A number of up to ten decimal digits; null for anything else. */
function decimal(text: string | undefined): number | null {
  if (text === undefined || text === '' || text.length > 10) return null
  let value = 0
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return null
    value = value * 10 + digit
  }
  return value
}

/** `conntrack v1.4.7 (conntrack-tools): 346 flow entries have been shown.`; null for any other line. */
function shownCount(line: string): number | null {
  const count = /^conntrack v\S+ \(conntrack-tools\): (\d{1,10}) flow entries have been shown/.exec(line)?.[1]
  return count === undefined ? null : Number(count)
}
