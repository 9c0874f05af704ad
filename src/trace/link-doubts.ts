/** What the host's side of a pod's link shows where nobody could look into the pods' network namespaces. */
import { isWithin } from '../model/address.ts'
import type { Link, NodeState } from '../model/node.ts'
import type { Observation } from '../model/observation.ts'
import type { EndpointPath } from '../model/report.ts'

/** A bridge or another interface of the node that is down and holds an address of the same network. The kernel takes its route away with it. */
export const downLinkFor = ({ links }: NodeState, address: string): Link | undefined =>
  (links ?? []).find(
    (link) => !link.up && link.addresses.some((own) => isWithin(address, `${own.address}/${own.prefix}`)),
  )

/** Why an endpoint's link may be down: its bridge has a port that is, and no neighbour or namespace shows which pod is behind that. */
export function linkDoubt({ nodes }: Observation, here: string, endpoints: readonly EndpointPath[]): string | null {
  for (const { node, link, probability, address } of endpoints) {
    const leg = link.remote ?? { ...link, node: here }
    const home = nodes.find(({ name }) => name === leg.node && (node === null || name === node))
    if (!home || home.podInterfaces !== null || probability === 0 || leg.interface !== null || leg.bridge === null)
      continue
    const port = home.links?.find(({ master, up }) => master === leg.bridge && !up)
    if (port)
      return `the port ${port.name} of ${leg.bridge} is down on ${home.name}, and whether ${address} is behind it was not read`
  }
  return null
}
