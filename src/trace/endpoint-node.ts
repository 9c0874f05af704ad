import { sendPacket } from '../kernel/hooks.ts'
import { isLocal } from '../kernel/locality.ts'
import { NO_MARK } from '../kernel/packet.ts'
import { familyOf, single } from '../model/address.ts'
import type { NodeState } from '../model/node.ts'
import type { Observation } from '../model/observation.ts'
import type { EndpointPath } from '../model/report.ts'
import { proxiesOn } from '../proxies/on-node.ts'
import { addressOf, arrivalFromOutside, type Client } from './client.ts'
import { withRole } from './walked-rules.ts'

/**
 * What becomes of the connections to an endpoint on its own node, after this one translated and forwarded them: there the
 * packet passes prerouting and forward (or input) once more, from the client's address or, masqueraded, this node's.
 * Unchanged where the endpoint is this node's own or its node was not read.
 */
export function followOnward(
  observation: Observation,
  node: NodeState,
  endpoint: EndpointPath,
  client: Client,
  protocol: string,
): EndpointPath {
  const home = observation.nodes.find(({ name }) => name === endpoint.node && name !== node.name)
  const { address, port, masquerade } = endpoint
  if (!home || home.rulesets.length === 0 || endpoint.fate !== 'forwarded' || address === null || port === null)
    return endpoint
  const family = familyOf(address)
  const own = addressOf(observation, node.name, family)
  const source = masquerade === 'yes' && own ? single(own) : client.source
  const { device, bridged } = arrivalFromOutside(observation, home, family)
  const destination = single(address)
  const packet = {
    protocol: protocol.toLowerCase(),
    source,
    sourceLocal: isLocal(home, source),
    destination,
    destinationLocal: isLocal(home, destination),
    destinationPort: port,
    inInterface: device,
    outInterface: '',
    bridged,
    mark: NO_MARK,
    connectionMark: NO_MARK,
    translated: false,
    untracked: false,
  }
  const { names, stations } = proxiesOn(home, family)
  const journeys = sendPacket(home, 'prerouting', packet, { starts: [], resolve: () => null, names, stations }).all
  const stopped = journeys.filter(({ fate }) => fate === 'drop' || fate === 'reject')
  const [first] = stopped
  if (!first) return endpoint
  if (stopped.length === journeys.length) {
    const { fate, reason, stop } = first
    return { ...endpoint, fate, reason: `on ${home.name}: ${reason}`, ...(stop ? { stop: withRole(stop) } : {}) }
  }
  return { ...endpoint, fate: 'unknown', reason: `may be stopped on ${home.name}: ${first.reason}` }
}
