import { TRACE_TABLE } from '../../model/kernel-trace/packets.ts'
import type { KernelTrace } from '../../model/kernel-trace/trace.ts'
import type { Problem, TableFamily } from '../../model/rules.ts'
import { linesOf, ProblemLog, quote } from '../parsed.ts'
import { eventOf } from './event.ts'
import { joined, type Passage } from './joined.ts'
import { sightOf } from './sight.ts'

/**
 * Reads `nft -a monitor trace` as the node script gives it: packets that the probe's own table asked for, from its chains on. What others trace at the same
 * time is left aside. Never throws: a line that is not understood makes what it stands in less than whole.
 */
export function parseKernelTrace(text: string, file: string): KernelTrace & { problems: Problem[] } {
  const log = new ProblemLog(file)
  const reader = new Reader(log)
  for (const { number, text: line } of linesOf(text, log)) reader.read(number, line)
  return { ...reader.finish(text.endsWith('\n')), problems: log.list() }
}

class Reader {
  private readonly log: ProblemLog
  private readonly all: Passage[] = []
  private readonly current = new Map<string, Passage>()
  /** A rule whose text goes on in the next line. */
  private open: { number: number; line: string } | null = null
  private lost: number | null = null

  constructor(log: ProblemLog) {
    this.log = log
  }

  read(number: number, line: string): void {
    if (this.open && !line.startsWith('trace id ') && !line.startsWith('# ')) {
      const { number, line: begun } = this.open
      this.open = null
      return this.take(number, `${begun} ${line.trim()}`)
    }
    if (this.open) this.spoil(this.open.number, this.open.line)
    this.open = null
    const end = /^# told to the end, (\d{1,15}) lost$/.exec(line)
    if (end) this.lost = Number(end[1])
    else if (line.startsWith('trace id ')) this.take(number, line)
    else if (line.trim() !== '') this.spoil(number, line)
  }

  finish(complete: boolean): KernelTrace {
    if (this.open) this.spoil(this.open.number, this.open.line)
    // What was lost, or comes behind a cut, may belong to any of them.
    const ended = complete && this.lost === 0
    for (const one of this.all) one.whole &&= ended
    return { packets: joined(this.all), whole: ended && this.log.count === 0 }
  }

  private take(number: number, line: string): void {
    const parts = /^trace id ([0-9a-f]{1,16}) (\w+) (\S+) (\S+) (.*)$/.exec(line)
    if (!parts || !isFamily(parts[2]!)) return this.spoil(number, line)
    const [, id, family, table, chain, rest] = parts as unknown as [string, string, TableFamily, string, string, string]
    const own = family === 'inet' && table.startsWith(TRACE_TABLE)
    if (rest.startsWith('packet: ')) return this.see(id, own, chain, rest)
    // Newer versions tell of the conntrack entry, too.
    if (/^conntrack: /.test(rest)) return
    const passage = this.current.get(id)
    const event = eventOf({ family, table, chain }, rest)
    if (event === 'unfinished') {
      this.open = { number, line }
      return
    }
    if (event === null) return this.spoil(number, line, id)
    if (!passage) return
    if (!own) passage.events.push(event)
    else if (event.kind === 'rule') passage.asked = true
  }

  /** A line that shows the packet stands before the first event of each base chain. */
  private see(id: string, own: boolean, chain: string, rest: string): void {
    const { sight, number } = sightOf(rest)
    const begins = own && (chain === 'prerouting' || chain === 'output')
    const passage = begins ? undefined : this.current.get(id)
    if (passage) passage.last = sight
    else {
      const hook = own && chain === 'output' ? 'output' : 'prerouting'
      const seen = { sent: sight, last: sight, number }
      const added: Passage = { hook, ...seen, events: [], whole: true, asked: false, begins }
      this.all.push(added)
      this.current.set(id, added)
    }
  }

  /** A line that cannot be read may have been a part of any packet's way, but for one that names it. */
  private spoil(number: number, line: string, id: string | null = null): void {
    this.log.add(number, `this is no line of nft monitor trace: ${quote(line)}`)
    const concerned = id === null ? [...this.current.values()] : [this.current.get(id)]
    for (const one of concerned) if (one) one.whole = false
  }
}

const FAMILIES: readonly string[] = ['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev'] satisfies TableFamily[]
const isFamily = (word: string): word is TableFamily => FAMILIES.includes(word)
