/** The lines that a node streams (`collect/follow`), read as they come. */
import type { Protocol } from '../model/cluster.ts'
import type { RuleAges } from '../model/live/watch.ts'

export type NodeMessage =
  /** It begins. */
  | { kind: 'hello' }
  /** It has answered a beat. How old what it knows of rules is, in seconds; null: it does not say. */
  | { kind: 'tick'; ages: RuleAges | null }
  /** What tells of connections from now on. */
  | { kind: 'events'; source: 'conntrack' | 'table' | 'none'; reason: string | null }
  /** A rule, a route or a link is no longer what it was; which of them. Null: besides what was told before. */
  | { kind: 'rules'; subject: string | null }
  /** A text that changed, as it is now: the rules of a chain, the servers of IPVS. */
  | { kind: 'text'; name: string; lines: string[] }
  /** The kernel could not hand on all events. */
  | { kind: 'overflow' }
  | { kind: 'connection'; what: 'NEW' | 'UPDATE' | 'DESTROY'; flow: Flow }
  /** New connections that were only counted. */
  | { kind: 'many'; count: number; entry: string; endpoint: string }

/** A connection as conntrack shows it. */
export interface Flow {
  protocol: Protocol
  /** Of TCP. */
  state: string | null
  unreplied: boolean
  client: string
  entry: string
  endpoint: string
}

/** A line that is longer than any of a rule is no line of ours. */
const MOST_LINE = 64 * 1024
const MOST_LINES = 20_000

/** Takes bytes in whatever pieces and gives messages. Whatever comes, it never throws. */
export class StreamReader {
  private readonly frame: string
  private readonly decoder = new TextDecoder()
  private readonly texts = new Map<string, { name: string; lines: string[] }>()
  private open: { id: string; partial: boolean; name: string; lines: string[] } | null = null
  private rest = ''

  constructor(frame: string) {
    this.frame = `${frame} `
  }

  take(bytes: Uint8Array): NodeMessage[] {
    this.rest += this.decoder.decode(bytes, { stream: true })
    const lines = this.rest.split('\n')
    this.rest = lines.pop() ?? ''
    if (this.rest.length > MOST_LINE) this.rest = ''
    return lines.flatMap((line) => this.line(line) ?? [])
  }

  private line(line: string): NodeMessage | null {
    if (line.startsWith(this.frame)) return this.own(line.slice(this.frame.length))
    if (/^ *\[(NEW|UPDATE|DESTROY)\] /.test(line)) return connectionOf(line)
    // The words of conntrack(8).
    if (line.includes('hit ENOBUFS')) return { kind: 'overflow' }
    if (this.open && this.open.lines.length < MOST_LINES) this.open.lines.push(line)
    return null
  }

  private own(text: string): NodeMessage | null {
    const [kind, ...words] = text.split(' ')
    switch (kind) {
      case 'h':
        return { kind: 'hello' }
      case 't':
        return { kind: 'tick', ages: agesOf(words.slice(1)) }
      case 'd':
        return { kind: 'rules', subject: words.join(' ').trim() || null }
      case 'e':
        return eventsOf(words)
      case 'm':
        return manyOf(words)
      case 'c':
      case 'p':
        this.open = { id: words[0] ?? '', partial: kind === 'p', name: words.slice(1).join(' '), lines: [] }
        return null
      case '.':
        return this.close(words)
      default:
        return null
    }
  }

  /** A text has ended; of a part of one, the lines that changed are put into what was known of it. */
  private close([, count]: string[]): NodeMessage | null {
    const { open } = this
    this.open = null
    if (!open) return null
    const lines = open.partial ? patched(this.texts.get(open.id)?.lines ?? [], open.lines, Number(count)) : open.lines
    this.texts.set(open.id, { name: open.name, lines })
    return { kind: 'text', name: open.name, lines }
  }
}

function patched(before: readonly string[], changes: readonly string[], count: number): string[] {
  const length = Number.isInteger(count) && count >= 0 && count <= MOST_LINES ? count : before.length
  const lines = Array.from({ length }, (_, i) => before[i] ?? '')
  for (const change of changes) {
    const [, number, text] = /^(\d{1,6}) ?(.*)$/.exec(change) ?? []
    const at = Number(number) - 1
    if (text !== undefined && at >= 0 && at < length) lines[at] = text
  }
  return lines
}

function agesOf(words: readonly string[]): RuleAges | null {
  const [own, near, all] = words.map((word) => (/^\d{1,9}$/.test(word) ? Number(word) : null))
  return own == null || near == null || all == null ? null : { own, near, all }
}

function eventsOf([source, ...reason]: string[]): NodeMessage | null {
  if (source !== 'conntrack' && source !== 'table' && source !== 'none') return null
  return { kind: 'events', source, reason: reason.length > 0 ? reason.join(' ') : null }
}

function manyOf([count, , to, on, from, at]: string[]): NodeMessage | null {
  if (!count || !/^\d{1,9}$/.test(count) || !to || !on || !from || !at) return null
  return { kind: 'many', count: Number(count), entry: place(to, on), endpoint: place(from, at) }
}

const PROTOCOLS: Record<string, Protocol> = { tcp: 'TCP', udp: 'UDP', sctp: 'SCTP' }

/** `[NEW] ipv4 2 tcp 6 120 SYN_SENT src=… dst=… sport=… dport=… [UNREPLIED] src=… dst=… sport=… dport=…` */
function connectionOf(line: string): NodeMessage | null {
  const words = line.trim().split(/\s+/)
  const what = words[0]!.slice(1, -1) as 'NEW' | 'UPDATE' | 'DESTROY'
  const at = words[1] === 'ipv4' || words[1] === 'ipv6' ? 3 : 1
  const protocol = PROTOCOLS[words[at] ?? '']
  const fields = (name: string) =>
    words.flatMap((word) => (word.startsWith(`${name}=`) ? word.slice(name.length + 1) : []))
  const [sources, destinations, from, to] = ['src', 'dst', 'sport', 'dport'].map(fields)
  if (!protocol || sources?.length !== 2 || destinations?.length !== 2 || from?.length !== 2 || to?.length !== 2)
    return null
  return {
    kind: 'connection',
    what,
    flow: {
      protocol,
      state: words.slice(at + 1, at + 4).find((word) => /^[A-Z][A-Z_0-9]+$/.test(word)) ?? null,
      unreplied: words.includes('[UNREPLIED]'),
      client: place(sources[0]!, from[0]!),
      entry: place(destinations[0]!, to[0]!),
      endpoint: place(sources[1]!, from[1]!),
    },
  }
}

/** `10.0.0.1:80`, `[fd00::1]:80`. */
const place = (address: string, port: string): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
