import { lookupRoute } from '../../../kernel/fib.ts'
import { single } from '../../../model/address.ts'
import { nodeHolding } from '../../../model/cluster.ts'
import { sh } from '../../../model/shell.ts'
import { hitsOf, stopsOf } from '../../blocked-endpoints.ts'
import { type Analyzer, type Case, type Draft, endpointText, listed, walkedEntries } from '../../case.ts'
import { onNode } from '../../fix.ts'

/** A route to a node that does not hold the pod, and does not lead on to it either, or that the other direction goes past. */
export const routeToWrongNode: Analyzer = {
  code: 'SVP502',
  find: (seen) => {
    // Whatever else goes wrong by the same route is the same fault: what is sure about it is told.
    const all = [...leadAstray(seen), ...oneSided(seen)]
    const sure = all.filter(({ draft }) => draft.severity === undefined)
    const routes = new Map([...all, ...sure.toReversed()].map((one) => [routeKey(one), one]))
    return [...routes.values()].map(({ draft }) => draft)
  },
}

/** A route from one node to another, and what is wrong by it. */
interface Wrong {
  node: string
  via: string
  draft: Draft
}

const routeKey = ({ node, via }: Wrong): string => `${node} ${via}`

function leadAstray(seen: Case): Wrong[] {
  const astray = walkedEntries(seen).flatMap(({ node, entry }) =>
    entry.endpoints.flatMap((endpoint) => {
      const { address, node: home, link, state, probability } = endpoint
      const holder = nodeHolding(seen.observation.cluster, link.via)?.name
      if (!holder || !home || address === null || holder === home || state === 'stale' || probability === 0) return []
      const end = leadsOn(seen, { from: node, by: holder, address, home })
      return end === 'arrives' ? [] : [{ node, entry, endpoint, holder, home, end }]
    }),
  )
  const groups = Map.groupBy(astray, ({ node, endpoint, end }) => `${node} ${endpoint.link.via} ${end}`)
  return [...groups.values()].map((all) => {
    const { node, holder, end, endpoint } = all[0]!
    const names = listed([...new Set(all.map((one) => endpointText(one.endpoint)))])
    const homes = listed([...new Set(all.map(({ home }) => home))])
    const untold = end === 'unknown'
    const draft = {
      node,
      subject: names,
      ...(untold ? { severity: 'warning' as const } : {}),
      message: `${node} sends packets for ${names} to ${holder}, but these pods are on ${homes}${untold ? `: it is not known whether ${holder} forwards them` : `, and ${holder} does not forward them: they are lost`}`,
      evidence: [
        {
          node,
          command: `ip route get ${endpoint.address}`,
          file: `nodes/${node}/${endpoint.address?.includes(':') ? 'ip6' : 'ip'}-route.json`,
          line: null,
          text: `via ${endpoint.link.via}`,
        },
      ],
      fix: onNode(
        node,
        sh`ip route get ${endpoint.address ?? ''}`,
        "correct the route of that network; the CNI plugin's agent writes it",
      ),
      hits: all.map((one) => ({ node: one.node, entry: one.entry })),
    }
    return { node, via: holder, draft }
  })
}

/**
 * A node that one direction alone passes has no connection that the packets belong to: conntrack calls them INVALID (tcp_conntracks in nf_conntrack_proto_tcp.c), no
 * binding translates them, and kube-proxy's rules, for one, drop them.
 */
function oneSided(seen: Case): Wrong[] {
  const all = stopsOf(seen, ['rule', 'policy', 'route', 'setting'], true).flatMap(({ stop, lost, how }) =>
    lost.flatMap((one) => {
      const { request, nodes } = one.endpoint.answer ?? { request: [], nodes: [] }
      const forth = request.includes(stop.node)
      const way = forth ? request : nodes
      const by = way[way.indexOf(stop.node) - 1]
      return by === undefined ? [] : [{ by, forth, stop, blocked: { stop, how, lost: [one] } }]
    }),
  )
  const groups = Map.groupBy(all, ({ by, stop }) => `${by} ${stop.node}`)
  return [...groups.values()].map((group): Wrong => {
    // The request that goes by the wrong route says more than the answer that does.
    const forth = group.some((one) => one.forth)
    const shown = group.filter((one) => one.forth === forth)
    const { by, stop } = shown[0]!
    const endpoints = shown.flatMap(({ blocked }) => blocked.lost.map(({ endpoint }) => endpoint))
    const names = listed([...new Set(endpoints.map(endpointText))])
    const missed = forth ? 'the replies bypass it' : 'the requests bypassed it'
    const ask = forth ? sh`ip route get ${endpoints[0]!.address ?? ''}` : 'ip route'
    const draft = {
      node: by,
      subject: names,
      message: `${by} sends ${forth ? 'packets for' : 'replies from'} ${names} through ${stop.node}, and ${missed}: ${stop.node} treats them as INVALID and drops them (${stop.reason})`,
      evidence: stop.evidence,
      fix: onNode(by, ask, `both directions must pass the same nodes; the CNI plugin's agent writes the routes`),
      hits: group.flatMap(({ blocked }) => hitsOf(blocked)),
    }
    return { node: by, via: stop.node, draft }
  })
}

interface Detour {
  from: string
  by: string
  address: string
  home: string
}

/** Follows a packet by the routes of the nodes that it comes to: meshes with a hub (WireGuard, Kilo) lead by another node on purpose. */
function leadsOn({ observation }: Case, { from, by, address, home }: Detour): 'arrives' | 'lost' | 'unknown' {
  const met = new Set([from])
  for (let at = by; at !== home; ) {
    // A circle: it goes round until its time to live is up.
    if (met.has(at)) return 'lost'
    met.add(at)
    const state = observation.nodes.find(({ name }) => name === at)
    const way = state && lookupRoute(state, single(address))
    if (!way || way.kind === 'unknown' || way.doubt !== null) return 'unknown'
    if (way.kind !== 'forward') return 'lost'
    // A bridge or veth is where the node would have the pod itself; behind a tunnel without a next hop may be anybody.
    const kind = state.links?.find(({ name }) => name === way.device)?.kind
    if (way.gateway === null) return kind === 'bridge' || kind === 'veth' ? 'lost' : 'unknown'
    const next = nodeHolding(observation.cluster, way.gateway)
    if (!next) return 'unknown'
    at = next.name
  }
  return 'arrives'
}
