/** The way of the answers: from the endpoint's node back to the client, by the routes and rules of every node that they pass. */

import type { RouteResult } from '../kernel/fib.ts'
import { sendPacket } from '../kernel/hooks.ts'
import type { Journey } from '../kernel/journey.ts'
import type { Packet } from '../kernel/packet.ts'
import { answerTo, knownAnswer, reversal, taken } from '../kernel/reply.ts'
import { stopByBridge, stopByDetour } from '../kernel/stop.ts'
import { onlyAddress } from '../model/address.ts'
import type { NodeState } from '../model/node.ts'
import type { Observation } from '../model/observation.ts'
import type { AnswerLeg, Stop } from '../model/report.ts'
import { proxiesOn } from '../proxies/on-node.ts'
import { bridgeCall, CALLS } from './bridge-netfilter.ts'
import { arrival, type Client } from './client.ts'
import { atNextNode, type Hop, hopAcross, hopBy, hopsOf } from './hop.ts'
import { ON_ITS_WAY, passNode, type Stage } from './request.ts'

/** What becomes of the answers. `maybe`: some may be lost, by something that cannot be told. */
export type Answer =
  | { end: 'arrives'; leg: AnswerLeg }
  | { end: 'lost' | 'maybe'; leg: AnswerLeg; stop: Stop }
  | { end: 'unknown' }

/** Follows the answers of a connection whose first packet passed these nodes, the last of them the endpoint's own. */
export function followAnswer(observation: Observation, stages: readonly Stage[], client: Client): Answer {
  return new Return(observation, stages, client).follow()
}

class Return {
  private readonly observation: Observation
  private readonly stages: readonly Stage[]
  private readonly client: Client
  private readonly nodes: NodeState[] = []
  /** Every node that one of the two directions passes is known. */
  private isSeen: boolean

  constructor(observation: Observation, stages: readonly Stage[], client: Client) {
    this.observation = observation
    this.stages = stages
    this.client = client
    this.isSeen = stages.every(({ next }) => next)
  }

  follow(): Answer {
    const [first, home] = [this.stages[0]!, this.stages.at(-1)!]
    const bridged = first === home ? this.pastTheRules(first) : null
    if (bridged) return bridged
    let node = home.node
    let packet: Packet = this.leaving(home)
    let hook: 'prerouting' | 'output' = packet.sourceLocal === true ? 'output' : 'prerouting'
    for (;;) {
      this.nodes.push(node)
      const stage = this.stages.find((one) => one.node === node)
      const journeys = this.pass(node, stage, hook, packet)
      if (journeys === null) return { end: 'unknown' }
      const stopped = this.stopped(journeys, 'answers', stage !== undefined)
      if (stopped) return stopped
      if (node === first.node) return this.strays()
      const next = this.hop(node, journeys)
      if (next === 'unknown') return { end: 'unknown' }
      if (next === 'away') return this.pastTheTranslator(first, home)
      node = next.hop.node
      packet = { ...atNextNode(next.packet, next.hop, false), later: 'reply' }
      this.isSeen = this.isSeen && next.hop.next
      hook = 'prerouting'
    }
  }

  private get leg(): AnswerLeg {
    return { request: this.stages.map(({ node }) => node.name), nodes: this.nodes.map(({ name }) => name) }
  }

  /** Two pods on one bridge: the answer meets the rules, which alone could translate it back, only where the bridge hands it to them. */
  private pastTheRules({ node, came, left }: Stage): Answer | null {
    const { device } = arrival(node, left.destination)
    const isBridge = node.links?.some(({ name, kind }) => name === device && kind === 'bridge')
    const sameBridge = isBridge && came.inInterface === device
    if (!sameBridge || left.translated !== true || left.source !== came.source) return null
    const { family } = came.destination
    const call = bridgeCall(this.observation, node, family)
    if (call === 'on') return null
    if (call === 'unknown') return { end: 'unknown' }
    const stop = stopByBridge(node, device!, CALLS[family], call === 'off' ? '0' : null)
    return { end: 'lost', leg: { request: [node.name], nodes: [] }, stop: { ...stop, ends: 'answers' } }
  }

  /** The answer as the endpoint hands it to its node. */
  private leaving({ node, left }: Stage): Packet {
    const answer = answerTo(node, left)
    if (answer.sourceLocal === true) return { ...answer, inInterface: '', outInterface: null, bridged: false }
    const { device, bridged } = arrival(node, answer.source)
    return { ...answer, inInterface: device, bridged }
  }

  private pass(
    node: NodeState,
    stage: Stage | undefined,
    hook: 'prerouting' | 'output',
    packet: Packet,
  ): Journey[] | null {
    const { names } = proxiesOn(node, packet.destination.family)
    // What one bridge hands from pod to pod nothing routes.
    const onItsWay = !(packet.bridged === true && this.stages.length === 1)
    const aids = { ...ON_ITS_WAY, onItsWay, names }
    if (stage) {
      const stations = reversal(node, stage)
      return sendPacket(node, hook, knownAnswer(packet, stage), { ...aids, stations }).all
    }
    // tcp_new in nf_conntrack_proto_tcp.c takes no connection for begun by a SYN-ACK. Of other protocols it is a connection of its own.
    return packet.protocol === 'tcp' ? sendPacket(node, hook, taken(packet), { ...aids, stations: [] }).all : null
  }

  /** What stops all of them, or may stop some. */
  private stopped(journeys: readonly Journey[], ends: NonNullable<Stop['ends']>, known: boolean): Answer | null {
    const halted = journeys.filter(({ fate }) => fate === 'drop' || fate === 'reject')
    const stop = halted[0]?.stop
    if (!stop) return null
    const end = halted.length === journeys.length && (known || this.isSeen) ? 'lost' : 'maybe'
    return { end, leg: this.leg, stop: { ...stop, ends: known ? ends : 'strays' } }
  }

  /** Where the answer goes next: to a node, or away to where no node is. */
  private hop(from: NodeState, journeys: readonly Journey[]): { hop: Hop; packet: Packet } | 'away' | 'unknown' {
    const way = agreedWay(journeys)
    if (way?.kind !== 'forward' || way.doubt !== null || hopsOf(this.observation, from, way).length > 1)
      return 'unknown'
    const hop = hopBy(this.observation, from, way)
    if (hop === 'unread') return 'unknown'
    const { packet } = journeys[0]!
    // To its own node it comes straight, in place of the answer that the client waits for.
    if (hop && hop.node === this.client.from && this.isUnmasqueraded(packet)) return 'away'
    if (hop) return this.nodes.includes(hop.node) ? 'unknown' : { hop, packet }
    // The endpoint is beside the client: nothing but their own node is between them.
    if (from === this.client.from && from !== this.stages[0]!.node && this.isUnmasqueraded(packet)) return 'away'
    if (this.client.who.kind === 'outside' && this.isUnmasqueraded(packet)) return 'away'
    const { node } = this.stages[0]!
    const across = hopAcross(this.observation, from, way, node, packet.destination)
    // Behind a bridge or veth the node would have the client itself.
    const kind = from.links?.find(({ name }) => name === way.device)?.kind
    const isOwn = way.gateway === null && (way.device === null || kind === 'bridge' || kind === 'veth')
    if ((isOwn && !across.next) || this.nodes.includes(node)) return 'unknown'
    return { hop: across, packet }
  }

  private isUnmasqueraded({ destination }: Packet): boolean {
    return destination === this.stages[0]!.came.source
  }

  /** The node that translated is the only one that could translate back. */
  private pastTheTranslator(first: Stage, home: Stage): Answer {
    if (first.left.translated !== true) return { end: 'arrives', leg: this.leg }
    const target = onlyAddress(home.left.destination) ?? 'the endpoint'
    return { end: 'lost', leg: this.leg, stop: { ...stopByDetour(first.node, target), ends: 'answers' } }
  }

  /** Nodes that the answers do not pass take the client's next packet for INVALID: after a SYN they have seen no SYN-ACK (tcp_conntracks there). */
  private strays(): Answer {
    if (!this.isSeen) return { end: 'arrives', leg: this.leg }
    for (const { node, came } of this.stages) {
      if (this.nodes.includes(node) || came.protocol !== 'tcp') continue
      const stopped = this.stopped(passNode(node, taken(came)), 'strays', true)
      if (stopped) return stopped
    }
    return { end: 'arrives', leg: this.leg }
  }
}

/** The one way that all answers take; null where they part. */
function agreedWay(journeys: readonly Journey[]): RouteResult | null {
  const [first, ...others] = journeys
  if (!first || journeys.some(({ fate }) => fate === 'unknown')) return null
  return others.every(({ route }) => route?.route === first.route?.route) ? first.route : null
}
