import type { Packet } from '../kernel/packet.ts'
import { stopByOwnAddress } from '../kernel/stop.ts'
import { onlyAddress, single } from '../model/address.ts'
import type { NodeState } from '../model/node.ts'
import type { Observation } from '../model/observation.ts'
import type { EndpointPath, Stop } from '../model/report.ts'
import { proxiesOn } from '../proxies/on-node.ts'
import { followAnswer } from './answer.ts'
import type { Client } from './client.ts'
import type { Led } from './endpoints.ts'
import { agreedStage, type Ended, followRequest } from './request.ts'
import { withRole } from './walked-rules.ts'

/**
 * What becomes of the connections to an endpoint once this node translated and forwarded them: the other nodes that they pass, up to the endpoint's own, and the way
 * of the answers back. Unchanged where a node on the way was not read, or the ways part.
 */
export function followOnward(
  observation: Observation,
  node: NodeState,
  { path, journeys }: Led,
  client: Client,
  packet: Packet,
): EndpointPath {
  const toItself = backToItself(node, path, client)
  if (toItself) return { ...path, fate: 'drop', reason: toItself.reason, stop: toItself }
  const home = observation.nodes.find(({ name }) => name === path.node)
  const led = path.fate === 'forwarded' || path.fate === 'delivered'
  const { stations } = proxiesOn(node, packet.destination.family)
  // What translates before the kernel does (a program) turns answers back by itself.
  if (!home || home.rulesets.length === 0 || !led || path.address === null || path.port === null) return path
  const first = agreedStage(node, packet, journeys)
  if (!first) return path
  const { stages, end } = followRequest(observation, first, home)
  if (typeof end === 'object') return stoppedBy(path, end)
  if (end === 'unread' || stations.some(({ early }) => early)) return path
  const answer = followAnswer(observation, stages, client)
  if (answer.end === 'unknown') return path
  const { leg } = answer
  if (answer.end === 'arrives') return { ...path, answer: leg }
  const { stop } = answer
  if (answer.end === 'maybe')
    return { ...path, fate: 'unknown', reason: `${MAY[stop.ends!]} on ${stop.node}: ${stop.reason}`, answer: leg }
  return {
    ...path,
    fate: 'drop',
    reason: `${ARE[stop.ends!]} on ${stop.node}: ${stop.reason}`,
    stop: withRole(stop),
    answer: leg,
  }
}

/** A pod that is given itself drops what comes with its own address; null for any other client. Whether its bridge hands it back at all, SVP505 says. */
function backToItself(
  node: NodeState,
  { address, masquerade, fate, known }: EndpointPath,
  { source }: Client,
): Stop | null {
  if (address === null || fate !== 'forwarded' || onlyAddress(source) !== onlyAddress(single(address))) return null
  return masquerade === 'no' && known !== 'api' ? stopByOwnAddress(node) : null
}

const ARE: Readonly<Record<NonNullable<Stop['ends']>, string>> = {
  answers: 'its answers are lost',
  strays: 'its packets are taken for INVALID',
}

const MAY: typeof ARE = { answers: 'its answers may be lost', strays: 'its packets may be taken for INVALID' }

function stoppedBy(path: EndpointPath, { by, node, sure }: Ended): EndpointPath {
  const { fate, reason, stop } = by
  if (!sure) return { ...path, fate: 'unknown', reason: `may be stopped on ${node.name}: ${reason}` }
  return { ...path, fate, reason: `on ${node.name}: ${reason}`, ...(stop ? { stop: withRole(stop) } : {}) }
}
