import { lookupRoute } from '../../../kernel/fib.ts'
import { NO_MARK } from '../../../kernel/packet.ts'
import { single } from '../../../model/address.ts'
import type { Evidence } from '../../../model/evidence.ts'
import type { NodeState } from '../../../model/node.ts'
import type { EntryPath } from '../../../model/report.ts'
import { sh } from '../../../model/shell.ts'
import type { Who } from '../../../model/who.ts'
import { stopsOf } from '../../blocked-endpoints.ts'
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
  find: (seen) => [...withoutRoute(seen), ...withoutWayOut(seen)],
}

function withoutRoute(seen: Case): Draft[] {
  const groups = Map.groupBy(stopsOf(seen, ['route']), ({ stop: { node } }) => node)
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
        subjects: addresses,
        message: `${node} has no way to ${listed(addresses)} (${reason}): connections that are given there fail`,
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
        message: `processes of ${node} have no way to ${entry.address} (${reason}): before the rules can translate it, the kernel wants a route, if only a default one`,
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
