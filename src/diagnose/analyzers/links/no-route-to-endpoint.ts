import { lookupRoute } from '../../../kernel/fib.ts'
import { NO_MARK } from '../../../kernel/packet.ts'
import { single } from '../../../model/address.ts'
import type { Evidence } from '../../../model/evidence.ts'
import type { NodeState } from '../../../model/node.ts'
import type { EntryPath } from '../../../model/report.ts'
import { sh } from '../../../model/shell.ts'
import type { Who } from '../../../model/who.ts'
import { asSureAs, stopsOf } from '../../blocked-endpoints.ts'
import {
  type Analyzer,
  type Case,
  type Draft,
  endpointText,
  entryText,
  listed,
  ofNodes,
  walkedEntries,
} from '../../case.ts'
import { onNode } from '../../fix.ts'

/** An endpoint that no route leads to, or a service's address that a process of the node itself has no route to. */
export const noRouteToEndpoint: Analyzer = {
  code: 'SVP501',
  needs: (seen) => ofNodes(seen, 'the routes', ({ routes }) => routes === null),
  find: (seen) => [...withoutRoute(seen), ...withoutWayBack(seen), ...withoutWayOut(seen)],
}

function withoutRoute(seen: Case): Draft[] {
  const ahead = stopsOf(seen, ['route']).filter(({ stop }) => stop.ends === undefined)
  const groups = Map.groupBy(ahead, ({ stop: { node } }) => node)
  return [...groups].flatMap(([node, all]): Draft[] => {
    // What is led to no address at all is SVP307.
    const lost = all
      .flatMap((one) => one.lost)
      .filter(({ endpoint }) => endpoint.address !== '0.0.0.0' && endpoint.address !== '::')
    const endpoints = lost.map(({ endpoint }) => endpoint)
    if (endpoints.length === 0) return []
    const addresses = [...new Set(endpoints.map(endpointText))]
    const { reason } = all[0]!.stop
    const address = endpoints[0]!.address ?? ''
    return [
      {
        node,
        subject: listed(addresses),
        ...asSureAs(lost),
        subjects: addresses,
        message: `${node} has no route to ${listed(addresses)} (${reason}): connections sent there fail`,
        evidence: [routeEvidence(node, address, reason)],
        fix: onNode(
          node,
          sh`ip route get ${address}`,
          "is the CNI plugin's agent running there? An address outside the cluster must be routed by the network",
        ),
        hits: lost.map(({ from, entry }) => ({ node: from, entry })),
      },
    ]
  })
}

/** The endpoint is reached, and its node has no route back to the clients. */
function withoutWayBack(seen: Case): Draft[] {
  const back = stopsOf(seen, ['route']).filter(({ stop }) => stop.ends === 'answers')
  return back.flatMap(({ stop: { node, reason }, lost }): Draft[] => {
    const [network] = clientNetworks(seen, lost[0]!)
    const froms = [...new Set(lost.map(({ from }) => from))]
    const endpoints = [...new Set(lost.map(({ endpoint }) => endpointText(endpoint)))]
    return [
      {
        node,
        subject: listed(endpoints),
        subjects: endpoints,
        message: `${node} has no route back to the clients on ${listed(froms)} (${reason}): connections to ${listed(endpoints)} get no reply`,
        evidence: [routeEvidence(node, network ?? 'CLIENT', reason)],
        fix: onNode(
          node,
          network === undefined ? 'ip route' : sh`ip route get ${network}`,
          "is the CNI plugin's agent running there? It writes the routes to the other nodes' pods",
        ),
        hits: lost.map(({ from, entry }) => ({ node: from, entry })),
      },
    ]
  })
}

/** An address of the clients' node's pods, to ask the routes for. */
function clientNetworks({ observation }: Case, { from, entry }: { from: string; entry: EntryPath }): string[] {
  const node = observation.cluster.nodes?.find(({ name }) => name === from)
  return (node?.podCIDRs ?? []).flatMap((cidr) =>
    cidr.includes(':') === entry.address.includes(':') ? cidr.split('/').slice(0, 1) : [],
  )
}

/**
 * A process of the node is routed before any rule translates it (ip_route_output_key_hash, before NF_INET_LOCAL_OUT): without a default route it has
 * no way to a cluster IP, whatever the rules would make of it.
 */
function withoutWayOut(seen: Case): Draft[] {
  return walkedEntries(seen).flatMap(({ node, entry, state }) => {
    const reason = noWayOut(entry, state)
    if (reason === null) return []
    return [
      {
        node,
        subject: entryText(entry),
        message: `processes on ${node} have no route to ${entry.address} (${reason}): the kernel needs a route, even a default one, before the rules can translate`,
        evidence: [routeEvidence(node, entry.address, reason)],
        fix: onNode(node, sh`ip route get ${entry.address}`, 'add a default route, or one to the service range'),
        hits: [{ node, entry }],
      },
    ]
  })
}

function noWayOut({ outcome, who, rules, address, kind }: EntryPath, state: NodeState): string | null {
  // What comes in from elsewhere meets the rules first.
  if (outcome !== 'drop' || kind === 'podIP' || rules.length > 0 || isAnybody(who)) return null
  const way = lookupRoute(state, single(address), { source: null, mark: NO_MARK, inInterface: 'lo' })
  return way.kind === 'none' ? way.reason : null
}

const isAnybody = ({ kind }: Who): boolean => kind === 'pods' || kind === 'outside'

const routeEvidence = (node: string, address: string, reason: string): Evidence => ({
  node,
  command: `ip route get ${address}`,
  file: `nodes/${node}/${address.includes(':') ? 'ip6' : 'ip'}-route.json`,
  line: null,
  text: reason,
})
