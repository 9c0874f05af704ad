/** The last steps from a printed route to the model's, the same for `ip -j route`, `ip route` and `route`. */
import { type Family, familyOf, parseAddress, parseCidr } from '../../model/address.ts'
import type { Route } from '../../model/node.ts'
import type { ProblemLog } from '../parsed.ts'

/** A route as it was printed: the family may be open, as for `default dev tun0`, and some next hops may be dead. */
export interface RouteDraft {
  line: number | null
  /** What to show of it in a problem. */
  shown: string
  /** As printed: a prefix, an address, or `default`. */
  destination: string
  type: string
  table: string
  metric: number
  source: string | null
  hops: { gateway: string | null; device: string | null; dead: boolean }[]
  /** Where the output itself tells: by `pref`, by the scope, or by a gateway marked as of the other family. */
  family: Family | null
  /** Why the model cannot hold it: it only holds for a source (`from fd00::/64`) or a `tos`. */
  unsayable: string | null
}

/**
 * Turns drafts into routes. The family of a `default` is told from its own hints, then `family`, then from the other
 * routes of the file where these are all of one, then IPv4. A route that the model cannot hold is left out with a
 * problem: one that only holds for some packets, one whose next hops are all dead, one whose destination is no prefix.
 */
export function finishRoutes(drafts: readonly RouteDraft[], log: ProblemLog, family: Family | null): Route[] {
  const fallback = family ?? onlyFamily(drafts) ?? 4
  const routes: Route[] = []
  for (const draft of drafts) {
    const complaint = complaintOf(draft)
    if (complaint) log.add(draft.line, `${complaint}: ${draft.shown}`)
    else routes.push(toRoute(draft, ownFamily(draft) ?? fallback))
    if (!complaint && hasOddAddress(draft)) log.add(draft.line, `a part of the route is no address: ${draft.shown}`)
    if (!complaint && isAimless(draft)) log.add(draft.line, `it does not say where the route leads: ${draft.shown}`)
  }
  return routes
}

/** Puts lists together and leaves out what stands in several: `ip route show table all` prints the IPv6 routes as well. */
export function mergeRoutes(...lists: readonly (readonly Route[])[]): Route[] {
  const seen = new Map<string, Route>()
  for (const route of lists.flat()) {
    const { family, destination, type, hops, table, metric, source } = route
    const key = JSON.stringify([family, destination, type, hops, table, metric, source])
    if (!seen.has(key)) seen.set(key, route)
  }
  return [...seen.values()]
}

/** A scope narrower than global: rt6_fill_node gives every IPv6 route the global one. */
export const isIPv4Scope = (scope: string | null | undefined): boolean => scope === 'link' || scope === 'host'

function onlyFamily(drafts: readonly RouteDraft[]): Family | null {
  const families = new Set(drafts.map(ownFamily).filter((family) => family !== null))
  return families.size === 1 ? [...families][0]! : null
}

function ownFamily(draft: RouteDraft): Family | null {
  if (draft.destination !== 'default') return familyOf(draft.destination)
  if (draft.family !== null) return draft.family
  const address = draft.hops.find((hop) => hop.gateway !== null)?.gateway ?? draft.source
  return address === null ? null : familyOf(address)
}

function complaintOf(draft: RouteDraft): string | null {
  if (draft.destination !== 'default' && !parseCidr(draft.destination)) return 'not a route'
  if (draft.unsayable !== null) return `a route is left out, as ${draft.unsayable}`
  if (draft.hops.length > 0 && draft.hops.every((hop) => hop.dead))
    return 'a route is left out, as every next hop is dead'
  return null
}

/** Cut off, most likely: that there is a next hop is known, which one it is not. */
const hasOddAddress = ({ hops, source }: RouteDraft): boolean =>
  [source, ...hops.map(({ gateway }) => gateway)].some((address) => address !== null && !parseAddress(address))

const addressOrNull = (text: string | null): string | null => (text !== null && parseAddress(text) ? text : null)

/** `ip route show dev eth0` leaves the device out, BusyBox all hops of a multipath route. */
const isAimless = (draft: RouteDraft): boolean =>
  !LEADS_NOWHERE.has(draft.type) && draft.hops.every((hop) => hop.gateway === null && hop.device === null)

function toRoute(draft: RouteDraft, family: Family): Route {
  const { type, table, metric } = draft
  const source = addressOrNull(draft.source)
  const destination = draft.destination !== 'default' ? draft.destination : family === 4 ? '0.0.0.0/0' : '::/0'
  // The kernel passes over a dead next hop (RTNH_F_DEAD in fib_table_lookup).
  const alive = draft.hops
    .filter((hop) => !hop.dead)
    .map(({ gateway, device }) => ({ gateway: addressOrNull(gateway), device }))
  return { family, destination, type, table, metric, source, hops: LEADS_NOWHERE.has(type) ? [] : alive }
}

/** IPv6 prints these with `dev lo`, which is not where a packet goes. */
const LEADS_NOWHERE = new Set(['blackhole', 'unreachable', 'prohibit', 'throw'])
