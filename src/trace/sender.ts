/** What a client's own node makes of its packets before they come to the port of another one. */
import { sendPacket } from '../kernel/hooks.ts'
import { isLocal } from '../kernel/locality.ts'
import { onlyAddress } from '../model/address.ts'
import type { Entry } from '../model/entry.ts'
import type { NodeState } from '../model/node.ts'
import type { Observation } from '../model/observation.ts'
import type { From } from '../model/query.ts'
import { proxiesOn } from '../proxies/on-node.ts'
import { arrival, type Client, packetTo } from './client.ts'
import { stagesOf } from './request.ts'
import { startNode } from './start-node.ts'

/** The client as it comes to `node`: CNI plugins masquerade what leaves the pods' network. */
export function asItComes(
  observation: Observation,
  node: NodeState,
  entry: Entry,
  from: From | null,
  client: Client,
): Client {
  const start = from && from.kind !== 'node' ? nameOfStart(observation, from) : null
  if (start === null || start === node.name || node.unnamed) return client
  const home = observation.nodes.find(({ name }) => name === start)
  if (!home || home.rulesets.length === 0) return { ...client, from: 'unknown' }
  const { source } = client
  const asked = packetTo(observation, node, entry, client)
  const { device: inInterface, bridged } = arrival(home, source)
  const here = { sourceLocal: isLocal(home, source), destinationLocal: isLocal(home, asked.destination) }
  const sent = { ...asked, ...here, inInterface, bridged, outInterface: '' }
  const { names, stations } = proxiesOn(home, entry.family)
  const { all } = sendPacket(home, 'prerouting', sent, { starts: [], resolve: () => null, names, stations })
  const [left, other] = stagesOf(home, sent, all).map((stage) => stage.left)
  if (!left || other || all.some(({ fate }) => fate !== 'forwarded') || left.destination !== sent.destination)
    return { ...client, from: 'unknown' }
  if (left.source === source) return { ...client, from: home }
  // With another sender it is no pod to the node that it comes to.
  if (onlyAddress(left.source) === null) return { ...client, from: 'unknown' }
  const came = arrival(node, left.source)
  return {
    ...{ ...client, source: left.source, sourceLocal: false, inInterface: came.device, bridged: came.bridged },
    ...{ inCluster: false, from: home },
  }
}

const nameOfStart = (observation: Observation, from: Exclude<From, { kind: 'node' }>): string | null =>
  from.kind === 'pod' ? from.node : startNode(observation, from.address)
