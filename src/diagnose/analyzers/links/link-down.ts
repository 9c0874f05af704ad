import { familyOf, isWithin } from '../../../model/address.ts'
import type { Link, NodeState } from '../../../model/node.ts'
import { sh } from '../../../model/shell.ts'
import {
  type Analyzer,
  type Case,
  endpointText,
  type Hit,
  ofNodes,
  ofPodSpaces,
  walkedEndpoints,
  walkedEntries,
  walkedNodes,
} from '../../case.ts'
import { onNode } from '../../fix.ts'

/** An interface of the path that is down. */
export const linkDown: Analyzer = {
  code: 'SVP503',
  needs: (seen) => [...ofNodes(seen, 'the interfaces', ({ links }) => links === null), ...ofPodSpaces(seen)],
  find(seen) {
    return walkedNodes(seen).flatMap(({ path: { name: node }, state }) =>
      (state.links ?? []).flatMap((link) => {
        const { name, up } = link
        const hits = up ? [] : distinct([...hitsOf(seen, node, name), ...clientsBehind(seen, state, link)])
        if (!hits.some((hit) => hit.node === node)) return []
        return [
          {
            node,
            subject: name,
            subjects: [name, ...behind(seen, node, name)],
            message: `the interface ${name} is down on ${node}: packets that use it are lost`,
            evidence: [
              {
                node,
                command: `ip link show ${name}`,
                file: `nodes/${node}/ip-link.json`,
                line: null,
                text: `${name} state DOWN`,
              },
            ],
            fix: onNode(node, sh`ip link set ${name} up`),
            hits,
          },
        ]
      }),
    )
  },
}

/** Everybody who is led by it: from its own node, and from others to pods behind it. */
const hitsOf = (seen: Case, node: string, name: string): Hit[] =>
  walkedEntries(seen).filter((one) =>
    one.entry.endpoints.some(({ probability, link }) => {
      if (probability === 0) return false
      const here = one.node === node ? link : link.remote?.node === node ? link.remote : null
      return here !== null && (here.interface === name || here.bridge === name)
    }),
  )

/**
 * Clients in pods of the node, if their bridge is down. What a CNI plugin that was replaced left behind has no ports, and the pods have other routes.
 */
function clientsBehind(seen: Case, state: NodeState, { name, addresses }: Link): Hit[] {
  const { pods, nodes } = seen.observation.cluster
  // Every interface has an address of fe80::/64.
  const networks = addresses.filter(({ address }) => !/^fe80:/i.test(address))
  const isBehind = (ip: string) => networks.some(({ address, prefix }) => isWithin(ip, `${address}/${prefix}`))
  const hasPorts = (state.links ?? []).some(({ master, kind }) => master === name && kind === 'veth')
  const hasOtherRoutes = (state.routes ?? []).some(
    ({ destination, hops }) =>
      isBehind(destination.split('/')[0]!) && hops.some(({ device, gateway }) => gateway === null && device !== name),
  )
  if (!hasPorts || state.routes === null || hasOtherRoutes) return []
  const allotted = nodes?.find((one) => one.name === state.name)?.podCIDRs ?? []
  return walkedEntries(seen).filter(({ node, entry: { who, address: called } }) => {
    if (node !== state.name || (who.kind !== 'pods' && who.kind !== 'pod')) return false
    const own = pods?.find((pod) => who.kind === 'pod' && `${pod.namespace}/${pod.name}` === who.name)?.ips
    const sources = own ?? allotted.map((range) => range.split('/')[0]!)
    return sources.some((one) => familyOf(one) === familyOf(called) && isBehind(one))
  })
}

const distinct = (hits: readonly Hit[]): Hit[] => [...new Map(hits.map((hit) => [hit.entry, hit])).values()]

/** The endpoints that it leads to: a pod's or a bridge's interface to those of the node itself, an uplink to all others. A route goes with its interface. */
function behind(seen: Case, node: string, name: string): string[] {
  const own = walkedEndpoints(seen).filter((one) => one.node === node)
  const isLocal = ({ endpoint }: (typeof own)[number]) => endpoint.node === node
  const leads = ({ endpoint: { link } }: (typeof own)[number]) => link.interface === name || link.bridge === name
  if (!own.some(leads)) return []
  const side = own.some((one) => isLocal(one) && leads(one))
  return [...new Set(own.filter((one) => isLocal(one) === side).map(({ endpoint }) => endpointText(endpoint)))]
}
