/** What the walker says of a probe, put into the words of what the lab can see. */

import { sendPacket } from '../../src/kernel/hooks.ts'
import type { Journey } from '../../src/kernel/journey.ts'
import { isLocal } from '../../src/kernel/locality.ts'
import { NO_MARK, type Packet } from '../../src/kernel/packet.ts'
import { answerTo, knownAnswer, reversal } from '../../src/kernel/reply.ts'
import { onlyAddress, single } from '../../src/model/address.ts'
import type { NodeState } from '../../src/model/node.ts'
import type { Ruleset } from '../../src/model/rules.ts'
import { KUBE_PROXY_NAMES } from '../../src/proxies/kube-proxy/walk-names.ts'
import type { Probe } from './agent.ts'
import type { Seen } from './lab.ts'
import { answering, DEVICES, PLACES, type Place } from './places.ts'

export type Aimed = Omit<Probe, 'id'> & { from: Place }

/** Outcomes that the walker holds possible: `endpoint1:8080 from itself`, `refused`, `lost`, and `anything` where it does not know. */
export function outcomesOf(node: NodeState, rulesets: Ruleset[], probe: Aimed): Set<string> {
  const { all } = sendPacket(
    { ...node, rulesets },
    probe.from === 'node' ? 'output' : 'prerouting',
    packetOf(node, probe),
    AIDS,
  )
  return new Set(all.flatMap((journey) => outcomes(journey, probe)))
}

/** Whether the sender is answered: `answered`, `silent`, and `anything` where the walker does not know or nobody answers from that address. */
export function answersOf(node: NodeState, rulesets: Ruleset[], probe: Aimed): Set<string> {
  const host = { ...node, rulesets }
  const came = packetOf(node, probe)
  const { all } = sendPacket(host, probe.from === 'node' ? 'output' : 'prerouting', came, AIDS)
  return new Set(all.flatMap((journey) => answers(host, came, journey, probe)))
}

function answers(host: NodeState, came: Packet, journey: Journey, probe: Aimed): string[] {
  const { fate, packet: left } = journey
  if (fate === 'unknown') return ['anything']
  if (fate === 'drop' || fate === 'reject' || journey.route?.kind === 'none') return ['silent']
  const [place, ...others] = placesOf(journey)
  const destination = onlyAddress(left.destination)
  if (!place || others.length > 0 || !destination || !answering(place).includes(destination) || left.untracked)
    return ['anything']
  // A node that masquerades its own packets may give them the address that they had.
  if (probe.from === 'node' && journey.masquerade !== 'no') return ['anything']
  const local = fate === 'delivered'
  const answer = {
    ...answerTo(host, left),
    inInterface: local ? '' : DEVICES[place],
    bridged: !local && place === 'pod',
  }
  const stations = reversal(host, { came, left })
  const packet = knownAnswer({ ...answer, outInterface: local ? null : '' }, { came, left })
  const { all } = sendPacket(host, local ? 'output' : 'prerouting', packet, { ...AIDS, stations })
  return all.map((one) => {
    if (one.fate === 'unknown') return 'anything'
    return one.fate === 'drop' || one.fate === 'reject' ? 'silent' : 'answered'
  })
}

/** What was seen, in the same words: all that may be said of it. */
export function sightsOf(seen: Seen | null, probe: Aimed): string[] {
  if (!seen) return ['lost', 'anything']
  if (seen.kind === 'refused') return ['refused', 'anything']
  const from = seen.source === probe.source ? 'itself' : 'another'
  return [`${seen.place}:${seen.port} from ${from}`, 'anything']
}

export const AIDS = { names: KUBE_PROXY_NAMES, stations: [], starts: [], resolve: () => null }

/** The first packet of a probe. */
export function packetOf(node: NodeState, probe: Aimed): Packet {
  const destination = single(probe.destination)
  const fromNode = probe.from === 'node'
  return {
    protocol: probe.protocol,
    source: single(probe.source),
    sourceLocal: fromNode,
    destination,
    destinationLocal: isLocal(node, destination),
    destinationPort: probe.port,
    inInterface: fromNode ? '' : DEVICES[probe.from],
    outInterface: fromNode ? null : '',
    bridged: probe.from === 'pod',
    mark: NO_MARK,
    connectionMark: NO_MARK,
    translated: false,
    untracked: false,
  }
}

function outcomes({ fate, route, ending, masquerade }: Journey, probe: Aimed): string[] {
  // TCP hears of an ICMPv6 error only when it has sent once more.
  if (fate === 'reject')
    return probe.protocol === 'tcp' && probe.source.includes(':') ? ['refused', 'lost'] : ['refused']
  // Routing may tell the sender that there is no way, or not.
  if (route?.kind === 'none') return ['lost', 'refused']
  if (fate === 'drop') return ['lost']
  if (fate === 'unknown') return ['anything']
  const places = placesOf({ fate, route })
  const target = ending?.verdict.kind === 'dnat' ? ending.verdict.target : null
  const [first, last] = [target?.port ?? probe.port, target?.portEnd ?? target?.port ?? probe.port]
  const ports = Array.from({ length: last - first + 1 }, (_, i) => first + i)
  // A node that masquerades its own packets may give them the address that they had.
  const untold = masquerade === 'unknown' || (masquerade === 'yes' && probe.from === 'node')
  const sources = untold ? ['itself', 'another'] : masquerade === 'yes' ? ['another'] : ['itself']
  return places.flatMap((place) => sources.flatMap((source) => ports.map((port) => `${place}:${port} from ${source}`)))
}

const placesOf = ({ fate, route }: Pick<Journey, 'fate' | 'route'>): Place[] =>
  fate === 'delivered'
    ? ['node']
    : PLACES.filter((one) => route?.route?.hops.some((hop) => hop.device === DEVICES[one]))
