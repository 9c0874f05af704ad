/** What a side shows whole: only of that can it be said that something is not there. */
import { familyOf } from '../model/address.ts'
import type { Service } from '../model/cluster.ts'
import type { NodeState } from '../model/node.ts'
import type { Observation } from '../model/observation.ts'
import { namesServices, proxiesOn } from '../proxies/on-node.ts'

/** Would this side show the service, and all that belongs to it, if it were there? */
export function showsService(observation: Observation, service: Service): boolean {
  const { source, cluster, asked, nodes } = observation
  if (source !== 'rules' && cluster.services !== null) return isAsked(asked, service)
  // Without the API, what has rules is seen where the rules are whole; what has none is not seen.
  return nodes.length > 0 && nodes.every((node) => namesServices(node) && showsRules(node, service))
}

/** Would this node's rules show the service if they led to it? */
export function showsRules(node: NodeState, { headless, externalName, clusterIPs }: Service): boolean {
  const families = [...new Set(clusterIPs.map(familyOf))]
  return !headless && externalName === null && families.every((family) => proxiesOn(node, family).seen.how === 'whole')
}

/** Was it among what the capture was taken of? A capture without a word on that was taken of all. */
function isAsked(asked: string | undefined, { namespace, name }: Service): boolean {
  if (asked === undefined || asked === 'all') return true
  const what = asked.replace(/^(service|namespace) /, '')
  return what === namespace || what === `${namespace}/${name}`
}

/** Does this side know of all nodes that there are, so that one it does not name is gone? */
export const showsNodes = ({ cluster, source }: Observation): boolean =>
  source !== 'rules' && cluster.nodes !== null && !cluster.nodesArePartial
