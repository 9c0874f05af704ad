import type { Packet } from '../kernel/packet.ts'
import { stopByOwnAddress } from '../kernel/stop.ts'
import { onlyAddress, single } from '../model/address.ts'
import type { NodeState } from '../model/node.ts'
import type { Observation } from '../model/observation.ts'
import type { AnswerLeg, EndpointPath, Stop } from '../model/report.ts'
import { proxiesOn } from '../proxies/on-node.ts'
import { followAnswer } from './answer.ts'
import type { Client } from './client.ts'
import type { Led } from './endpoints.ts'
import { type Ended, followRequest, type Request, stagesOf } from './request.ts'
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
  const firsts = client.from === 'unknown' ? [] : stagesOf(node, packet, journeys)
  const isEarly = stations.some(({ early }) => early)
  const worlds = firsts.flatMap((first) => followRequest(observation, [first], home))
  return inEveryWorld(
    path,
    worlds.map((one) => endOf(observation, one, client, isEarly)),
  )
}

/** What becomes of the connections, with what stops them or may stop them; `unread`: nobody knows. */
interface End {
  end: 'arrives' | 'lost' | 'maybe' | 'unread'
  fate?: 'drop' | 'reject'
  /** What is said where they are lost, and where they may be. */
  words?: { are: string; may: string }
  stop?: Stop
  answer?: AnswerLeg
}

function endOf(observation: Observation, { stages, end }: Request, client: Client, isEarly: boolean): End {
  if (typeof end === 'object') return stoppedBy(end)
  if (end === 'unread' || isEarly) return { end: 'unread' }
  const answer = followAnswer(observation, stages, client)
  if (answer.end === 'unknown') return { end: 'unread' }
  const { leg } = answer
  if (answer.end === 'arrives') return { end: 'arrives', answer: leg }
  const { stop } = answer
  const where = `on ${stop.node}: ${stop.reason}`
  const words = { are: `${ARE[stop.ends!]} ${where}`, may: `${MAY[stop.ends!]} ${where}` }
  return { end: answer.end, fate: 'drop', words, stop: withRole(stop), answer: leg }
}

/** What is so whichever of the ways the connections take: lost by all of them, or else perhaps. */
function inEveryWorld(path: EndpointPath, ends: readonly End[]): EndpointPath {
  const [first] = ends
  const stopped = ends.find(({ end }) => end === 'lost') ?? ends.find(({ end }) => end === 'maybe')
  if (!first) return path
  if (!stopped) return ends.every(({ end }) => end === 'arrives') ? { ...path, answer: first.answer! } : path
  const { fate, words, stop, answer } = stopped
  const leg = answer ? { answer } : {}
  if (ends.some(({ end }) => end !== 'lost')) return { ...path, fate: 'unknown', reason: words!.may, ...leg }
  return { ...path, fate: fate!, reason: words!.are, ...(stop ? { stop } : {}), ...leg }
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
  answers: 'its replies are lost',
  strays: 'its packets are treated as INVALID',
}

const MAY: typeof ARE = { answers: 'its replies may be lost', strays: 'its packets may be treated as INVALID' }

function stoppedBy({ by, node, sure }: Ended): End {
  const { fate, reason, stop } = by
  const words = { are: `on ${node.name}: ${reason}`, may: `may be stopped on ${node.name}: ${reason}` }
  return {
    ...{ end: sure ? 'lost' : 'maybe', fate: fate as 'drop' | 'reject', words },
    ...(stop ? { stop: withRole(stop) } : {}),
  }
}
