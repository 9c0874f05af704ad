import { type AddressSet, type Cidr, overlap, parseCidr } from '../model/address.ts'
import type { NodeState, Route } from '../model/node.ts'

/** Where a node's routing sends a destination. `certain` false: a rule of `ip rule` that cannot be judged may say otherwise. */
export interface RouteResult {
  kind: 'local' | 'forward' | 'none' | 'unknown'
  route: Route | null
  device: string | null
  gateway: string | null
  /** Why it is unknown, or why there is no way: `blackhole`, `no route`. */
  reason: string | null
  certain: boolean
}

/**
 * Looks a destination up as the kernel does: the tables in the order of `ip rule` (local, main, default where no rules
 * were collected), in each the longest prefix, then the lowest metric.
 */
export function lookupRoute(node: NodeState, destination: AddressSet, source: AddressSet | null = null): RouteResult {
  if (!node.routes) return { ...UNKNOWN, reason: 'the routes were not collected' }
  let certain = true
  for (const rule of policyOf(node)) {
    if (rule.condition !== null) {
      certain = false
      continue
    }
    const from = rule.from === 'all' ? null : parseCidr(rule.from)
    if (from && (!source || overlap(source, from) !== 'all')) {
      if (!source || overlap(source, from) === 'some') certain = false
      continue
    }
    const route = longestMatch(node.routes, rule.table ?? 'main', destination)
    if (route === 'ambiguous') return { ...UNKNOWN, reason: 'more than one route fits, by the address' }
    if (route && route.type !== 'throw') return { ...resultOf(route), certain }
  }
  return { ...UNKNOWN, kind: 'none', reason: 'no route', certain }
}

const UNKNOWN: RouteResult = { kind: 'unknown', route: null, device: null, gateway: null, reason: null, certain: true }

const DEFAULT_POLICY = ['local', 'main', 'default'].map((table, i) => ({
  priority: i,
  from: 'all',
  table,
  condition: null,
}))

function policyOf(node: NodeState) {
  const rules = node.policyRules ?? []
  return rules.length > 0 ? [...rules].sort((a, b) => a.priority - b.priority) : DEFAULT_POLICY
}

const prefixes = new WeakMap<Route, Cidr | null>()

function prefixOf(route: Route): Cidr | null {
  let cidr = prefixes.get(route)
  if (cidr === undefined) {
    cidr = parseCidr(route.destination)
    prefixes.set(route, cidr)
  }
  return cidr
}

function longestMatch(routes: readonly Route[], table: string, destination: AddressSet): Route | null | 'ambiguous' {
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

function resultOf(route: Route): RouteResult {
  const hop = route.hops[0]
  const way = { route, device: hop?.device ?? null, gateway: hop?.gateway ?? null, certain: true }
  if (route.type === 'local' || route.type === 'broadcast' || route.type === 'anycast') {
    return { ...way, kind: 'local', reason: null }
  }
  if (route.type === 'blackhole' || route.type === 'unreachable' || route.type === 'prohibit') {
    return { ...way, kind: 'none', reason: `a ${route.type} route` }
  }
  return { ...way, kind: 'forward', reason: null }
}
