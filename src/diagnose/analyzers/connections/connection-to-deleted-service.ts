import { type Family, familyOf, joinHostPort, parseAddress } from '../../../model/address.ts'
import type { Cluster } from '../../../model/cluster.ts'
import { memo } from '../../../model/memo.ts'
import type { ConntrackEntry } from '../../../model/node.ts'
import { sh } from '../../../model/shell.ts'
import { type Analyzer, type Case, listed, walkedNodes } from '../../case.ts'
import { connectionsEvidence, familyFlag } from '../../connections.ts'
import { onNode } from '../../fix.ts'

/** Datagrams to the address of a service that is gone, which the kernel still sends to an endpoint of this one. */
export const connectionToDeletedService: Analyzer = {
  code: 'SVP604',
  beyond: true,
  find(seen) {
    const places = new Set(
      (seen.endpoints ?? []).flatMap(({ address, port, protocol }) =>
        protocol === 'UDP' ? joinHostPort(address, port) : [],
      ),
    )
    if (places.size === 0 || !seen.observation.cluster.servicesAreAll) return []
    return walkedNodes(seen).flatMap(({ path: { name: node }, state }) => {
      const held = (state.conntrack ?? []).filter(
        ({ protocol, original, reply }) =>
          protocol === 'udp' &&
          reply.source !== original.destination &&
          places.has(joinHostPort(reply.source, reply.sourcePort)) &&
          isOfNoService(seen.observation.cluster, original.destination),
      )
      const groups = Map.groupBy(held, ({ original }) => joinHostPort(original.destination, original.destinationPort))
      return [...groups].map(([called, all]) => draftOf(seen, node, called, all))
    })
  },
}

function draftOf({ observation }: Case, node: string, called: string, all: readonly ConntrackEntry[]) {
  const { original } = all[0]!
  const clients = [...new Set(all.map((one) => one.original.source))]
  const ends = [...new Set(all.map(({ reply }) => joinHostPort(reply.source, reply.sourcePort)))]
  return {
    node,
    subject: called,
    message: `no service has the address ${called} now, yet UDP packets that ${listed(clients)} send${clients.length === 1 ? 's' : ''} there still go to ${listed(ends)}, an endpoint of this service: the entry lives for as long as they keep coming`,
    evidence: connectionsEvidence(observation, node, all),
    fix: onNode(
      node,
      `conntrack -D ${familyFlag(original.destination)}${sh`-p udp --orig-dst ${original.destination}`}`,
      'and let the client look the name up again',
    ),
    hits: [],
  }
}

/** Was it given to a service, and has none it now? */
function isOfNoService(cluster: Cluster, address: string): boolean {
  const range = rangesOf(cluster).get(familyOf(address))
  const parsed = parseAddress(address)
  if (!range || !parsed || parsed.value < range.low || parsed.value > range.high) return false
  return !heldBy(cluster).has(address)
}

const heldBy = memo(
  ({ services }: Cluster): ReadonlySet<string> =>
    new Set((services ?? []).flatMap((one) => [...one.clusterIPs, ...one.externalIPs, ...one.loadBalancerIPs])),
)

/** What lies between two addresses of the range that the API gives to services is of it, too: its bounds the API does not tell. */
const rangesOf = memo(({ services }: Cluster): ReadonlyMap<Family, { low: bigint; high: bigint }> => {
  const all = (services ?? []).flatMap(({ clusterIPs }) => clusterIPs.flatMap((one) => parseAddress(one) ?? []))
  const families = Map.groupBy(all, ({ family }) => family)
  return new Map(
    [...families].map(([family, own]) => {
      const values = own.map(({ value }) => value).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
      return [family, { low: values[0]!, high: values.at(-1)! }]
    }),
  )
})
