/** The plain text of `ip route`, as iproute2 and BusyBox print it. */
import type { Family } from '../../model/address.ts'
import type { Route } from '../../model/node.ts'
import { linesOf, type Parsed, ProblemLog, quote } from '../parsed.ts'
import { finishRoutes, isIPv4Scope, type RouteDraft } from './route-draft.ts'
import { integer, words } from './values.ts'

/**
 * `ip [-6] [-d] [-o] route [show table all]`. `family` is that of a `default` that shows none itself; see finishRoutes
 * for what becomes a problem. A text of `show table N` does not name its table: its routes count as main's.
 */
export function parseIpRouteText(text: string, file: string, family: Family | null = null): Parsed<Route> {
  const log = new ProblemLog(file)
  const drafts: RouteDraft[] = []
  for (const { number, text: line } of linesOf(text, log)) {
    const row = words(line).filter((word) => word !== '\\')
    const last = drafts.at(-1)
    if (row.length === 0 || IGNORED.has(row[0]!)) continue
    if (row[0] !== 'nexthop') drafts.push(readRoute(row, number, line))
    else if (last) readAttributes(row, last)
    else log.add(number, `a next hop without its route: ${quote(line)}`)
  }
  return { items: finishRoutes(drafts, log, family), problems: log.list() }
}

/** Lines below a route: `cache` of a cloned route, `nh_info` with `-d`. They repeat what the route says. */
const IGNORED = new Set(['cache', 'nh_info'])

const TYPES = new Set(
  'unicast local broadcast anycast multicast blackhole unreachable prohibit throw nat xresolve'.split(' '),
)

function readRoute(row: string[], line: number, text: string): RouteDraft {
  const typed = TYPES.has(row[0]!)
  const draft: RouteDraft = {
    line,
    shown: quote(text),
    destination: row[typed ? 1 : 0] ?? '',
    type: typed ? row[0]! : 'unicast',
    table: 'main',
    metric: 0,
    source: null,
    hops: [],
    family: null,
    unsayable: null,
  }
  readAttributes(row.slice(typed ? 2 : 1), draft)
  if (draft.hops.length === 0) draft.hops.push({ gateway: null, device: null, dead: false })
  return draft
}

/** Reads on from the first word after the destination, or from a line of `nexthop`. */
function readAttributes(row: string[], draft: RouteDraft): void {
  for (let i = 0; i < row.length; i++) {
    const word = row[i]!
    if (word === 'nexthop') startHop(draft)
    else if (word === 'encap') i = endOfEncapsulation(row, i)
    else if (word === 'dead') hopOf(draft).dead = true
    else if (word === 'via' && (row[i + 1] === 'inet' || row[i + 1] === 'inet6')) {
      // A family is printed only where the gateway's is not the route's own (RTA_VIA).
      draft.family = row[i + 1] === 'inet6' ? 4 : 6
      hopOf(draft).gateway = row[i + 2] ?? null
      i += 2
    } else if (VALUED.has(word)) readValue(word, row[++i] ?? '', draft)
  }
}

const VALUED = new Set(['via', 'dev', 'table', 'metric', 'src', 'scope', 'pref', 'from', 'tos'])

function readValue(key: string, value: string, draft: RouteDraft): void {
  if (key === 'via') hopOf(draft).gateway = value
  else if (key === 'dev') hopOf(draft).device = value
  else if (key === 'table') draft.table = value
  else if (key === 'metric') draft.metric = integer(value) ?? 0
  else if (key === 'src') draft.source = value
  else if (key === 'pref') draft.family = 6
  else if (key === 'from' || key === 'tos') draft.unsayable = `it only holds for ${key} ${value}`
  else if (isIPv4Scope(value)) draft.family = 4
}

/** The hop that the words are about, which the first word about one makes. */
function hopOf(draft: RouteDraft): RouteDraft['hops'][number] {
  if (draft.hops.length === 0) draft.hops.push({ gateway: null, device: null, dead: false })
  return draft.hops.at(-1)!
}

/** The line of a multipath route itself names no hop: the empty one that it was given makes place for the first. */
function startHop(draft: RouteDraft): void {
  const [only] = draft.hops
  if (draft.hops.length === 1 && only!.gateway === null && only!.device === null) return
  draft.hops.push({ gateway: null, device: null, dead: false })
}

/** An encapsulation has words of its own (`src`, `dst`, `tos`), which end where the hop's begin. */
function endOfEncapsulation(row: string[], start: number): number {
  const end = row.findIndex((word, i) => i > start && (word === 'via' || word === 'dev' || word === 'nhid'))
  return end < 0 ? row.length : end - 1
}
