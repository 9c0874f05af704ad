import { type AddressSet, type Cidr, type Family, overlap, parseCidr } from '../model/address.ts'
import { memo, memoByFamily } from '../model/memo.ts'
import type { NodeState, PolicyRule, Route } from '../model/node.ts'
import { type Answer, allOf, type Bits, markEquals, maybe, negate } from './packet.ts'

/** Where a node's routing sends a destination. */
export interface RouteResult {
  kind: 'local' | 'forward' | 'none' | 'unknown'
  route: Route | null
  /** Null also where the hops of a multipath route leave by several. */
  device: string | null
  /** Of a multipath route the first hop's. */
  gateway: string | null
  /** Why it is unknown, or why there is no way: `blackhole`, `no route`. */
  reason: string | null
  /** A rule of `ip rule` that cannot be judged and would route it otherwise. */
  doubt: string | null
}

/** What `ip rule` may ask for besides the destination; null where it is not known. */
export interface RoutedPacket {
  source: AddressSet | null
  mark: Bits | null
  /** `lo` for what the node itself sends. */
  inInterface: string | null
}

/**
 * Looks a destination up as the kernel does: the tables in the order of `ip rule` (local, main, default where no rules
 * were collected), in each the longest prefix, then the lowest metric.
 */
export function lookupRoute(node: NodeState, destination: AddressSet, packet: RoutedPacket = ANY_PACKET): RouteResult {
  // Routes of the other family alone say nothing of this one's.
  if (!node.routes?.some((route) => route.family === destination.family))
    return { ...UNKNOWN, reason: 'the routes were not collected' }
  const doubtful: { rule: PolicyRule; result: RouteResult }[] = []
  for (const rule of policyOf(node, destination.family)) {
    const applies = ruleApplies(rule, destination, packet)
    const result = applies === false ? null : resultOfRule(rule, node.routes, destination)
    // A table that has no way leaves the packet to the next rule.
    if (!result) continue
    // Of the default route nobody knows whether a nearer one was left out.
    if (node.routesPartial && (!result.route || isDefault(result.route))) continue
    if (applies === true) return { ...result, doubt: doubtOf(doubtful, result) }
    doubtful.push({ rule, result })
  }
  if (node.routesPartial) return { ...UNKNOWN, reason: 'only a part of the routes is in the text' }
  const result: RouteResult = { ...UNKNOWN, kind: 'none', reason: 'no route' }
  return { ...result, doubt: doubtOf(doubtful, result) }
}

const ANY_PACKET: RoutedPacket = { source: null, mark: null, inInterface: null }
const UNKNOWN: RouteResult = { kind: 'unknown', route: null, device: null, gateway: null, reason: null, doubt: null }

const DEFAULT_POLICY = ['local', 'main', 'default'].map(
  (table, i): PolicyRule => ({ priority: i, from: 'all', table, condition: null }),
)

const policyOf = memoByFamily((node: NodeState, family: Family): readonly PolicyRule[] => {
  // The rule `l3mdev` stays once a VRF was made, and is about packets of VRFs alone.
  const hasVrf = node.links?.some((link) => link.kind === 'vrf') ?? true
  const rules = (node.policyRules ?? []).filter(
    (rule) => (hasVrf || rule.condition !== 'l3mdev') && (rule.family ?? family) === family,
  )
  return rules.length > 0 ? [...rules].sort((a, b) => a.priority - b.priority) : DEFAULT_POLICY
})

/** fib_rule_match in net/core/fib_rules.c. A condition that is not known, or asks for what is not known, cannot be told. */
function ruleApplies({ from, condition }: PolicyRule, destination: AddressSet, packet: RoutedPacket): Answer {
  const words = condition?.split(' ') ?? []
  const answers = [from === 'all' || inPrefix(packet.source, from)]
  let negated = false
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    if (word === 'not') negated = true
    else if (word === 'to') answers.push(inPrefix(destination, words[++i]))
    else if (word === 'fwmark') answers.push(hasMark(packet.mark, words[++i]))
    else if (word === 'iif') answers.push(packet.inInterface === null ? UNTOLD : packet.inInterface === words[++i])
    else if (SUPPRESS.has(word)) i++
    else if (!ENDS.has(word)) answers.push(UNTOLD)
  }
  return negated ? negate(allOf(answers)) : allOf(answers)
}

const UNTOLD = maybe('a rule of ip rule')

/** Actions of a rule that end the look-up without a table. */
const ENDS = new Set(['blackhole', 'unreachable', 'prohibit'])

/** What `ip rule` and `ip -j rule` call it: routes of that prefix length or a shorter one do not count. */
const SUPPRESS = new Set(['suppress_prefixlength', 'suppress_prefixlen'])

function inPrefix(set: AddressSet | null, text: string | undefined): Answer {
  const cidr = parseCidr(text ?? '')
  const fit = set && cidr ? overlap(set, cidr) : 'some'
  return fit === 'some' ? UNTOLD : fit === 'all'
}

function hasMark(mark: Bits | null, text: string | undefined): Answer {
  const [value, mask] = (text ?? '').split('/').map(Number)
  const bits = mask ?? 0xffffffff
  // fib_rule_match compares under the mask: bits outside it count for nothing.
  const known = mark && value !== undefined ? markEquals(mark, (value & bits) >>> 0, bits) : null
  return known ?? UNTOLD
}

/** What a rule comes to where it applies; null where it leads to no way and the next rule's turn comes. */
function resultOfRule(
  { table, condition }: PolicyRule,
  routes: readonly Route[],
  destination: AddressSet,
): RouteResult | null {
  const words = condition?.split(' ') ?? []
  const end = words.find((word) => ENDS.has(word))
  if (words.includes('nop')) return null
  if (end) return { ...UNKNOWN, kind: 'none', reason: `the ${end} rule of ip rule` }
  if (table === null) return { ...UNKNOWN, reason: `the rule of ip rule is not understood: ${condition}` }
  const route = longestMatch(routes, table, destination)
  if (route === 'ambiguous') return { ...UNKNOWN, reason: 'more than one route fits, by the address' }
  if (!route || route.type === 'throw') return null
  const suppressed = Number(words[words.findIndex((word) => SUPPRESS.has(word)) + 1])
  return words.some((word) => SUPPRESS.has(word)) && prefixOf(route)!.bits <= suppressed ? null : resultOf(route)
}

/** A rule that cannot be judged raises no doubt where it leads the same way. */
function doubtOf(doubtful: readonly { rule: PolicyRule; result: RouteResult }[], settled: RouteResult): string | null {
  const other = doubtful.find(({ result: { kind, device, gateway } }) => {
    return kind === 'unknown' || kind !== settled.kind || device !== settled.device || gateway !== settled.gateway
  })
  return other ? `whether this rule of ip rule applies: ${printRule(other.rule)}` : null
}

/** `32000: from all fwmark 0x1 lookup 100`. */
function printRule({ priority, from, condition, table }: PolicyRule): string {
  return [`${priority}: from ${from}`, condition, table === null ? null : `lookup ${table}`].filter(Boolean).join(' ')
}

const prefixOf = memo((route: Route) => parseCidr(route.destination))

/** That for all destinations that no other route fits. */
export const isDefault = (route: Route): boolean => prefixOf(route)?.bits === 0

function longestMatch(routes: readonly Route[], table: string, destination: AddressSet): Route | null | 'ambiguous' {
  const [address, ...more] = destination.within
  const isSingle = address?.bits === (destination.family === 4 ? 32 : 128)
  if (isSingle && more.length === 0 && destination.except.length === 0)
    return routeOf(tablesOf(routes).get(`${destination.family} ${table}`), address)
  let best: { route: Route; bits: number } | null = null
  let open = -1
  for (const route of routes) {
    if (route.table !== table || route.family !== destination.family) continue
    const cidr = prefixOf(route)
    if (!cidr) continue
    const fit = overlap(destination, cidr)
    if (fit === 'some') open = Math.max(open, cidr.bits)
    if (fit !== 'all') continue
    const better = !best || cidr.bits > best.bits || (cidr.bits === best.bits && route.metric < best.route.metric)
    if (better) best = { route, bits: cidr.bits }
  }
  return open > (best?.bits ?? -1) ? 'ambiguous' : (best?.route ?? null)
}

/** The routes of a table by the length of their prefix, the longest first, and by the prefix: of equals the one with the lowest metric. */
type RouteIndex = readonly { bits: number; byBase: ReadonlyMap<bigint, Route> }[]

/** By family and table. A node may have ten thousand routes, and a service thousands of endpoints that are looked up in them. */
const tablesOf = memo((routes: readonly Route[]): ReadonlyMap<string, RouteIndex> => {
  const tables = new Map<string, Map<number, Map<bigint, Route>>>()
  for (const route of routes) {
    const cidr = prefixOf(route)
    if (cidr?.family !== route.family) continue
    const key = `${route.family} ${route.table}`
    const lengths = tables.get(key) ?? new Map<number, Map<bigint, Route>>()
    tables.set(key, lengths)
    const byBase = lengths.get(cidr.bits) ?? new Map<bigint, Route>()
    lengths.set(cidr.bits, byBase)
    const known = byBase.get(cidr.base)
    if (!known || route.metric < known.metric) byBase.set(cidr.base, route)
  }
  const sorted = (lengths: Map<number, Map<bigint, Route>>): RouteIndex =>
    [...lengths].map(([bits, byBase]) => ({ bits, byBase })).sort((a, b) => b.bits - a.bits)
  return new Map([...tables].map(([key, lengths]) => [key, sorted(lengths)]))
})

function routeOf(index: RouteIndex | undefined, { family, base }: Cidr): Route | null {
  for (const { bits, byBase } of index ?? []) {
    const host = BigInt((family === 4 ? 32 : 128) - bits)
    const route = byBase.get((base >> host) << host)
    if (route) return route
  }
  return null
}

function resultOf(route: Route): RouteResult {
  const [hop, ...others] = route.hops
  const device = others.every((other) => other.device === hop?.device) ? (hop?.device ?? null) : null
  const way = { ...UNKNOWN, route, device, gateway: hop?.gateway ?? null }
  if (route.type === 'local' || route.type === 'broadcast' || route.type === 'anycast') return { ...way, kind: 'local' }
  if (ENDS.has(route.type)) return { ...way, kind: 'none', reason: `a ${route.type} route` }
  return { ...way, kind: 'forward' }
}
