import { onlyAddress, single } from '../model/address.ts'
import type { NodeState } from '../model/node.ts'
import type { Stop } from '../model/report.ts'
import type { DnatTarget, Hook } from '../model/rules.ts'
import type { Start } from './base-chains.ts'
import { isDefault, lookupRoute, type RouteResult } from './fib.ts'
import { type Passage as ChainPassage, type Ending, eitherWay, type Flow, type Kept } from './flow.ts'
import { type Journey, type Journeys, stepsOf } from './journey.ts'
import type { Names } from './names.ts'
import type { Packet } from './packet.ts'
import { notExpectedBy } from './routing/reverse-path.ts'
import { forbiddenBy, forwardingOff } from './routing/settings.ts'
import { standInsFor } from './stand-ins.ts'
import { type Station, stationsOf } from './station.ts'
import { stopByDetour, stopByPolicy, stopByRoute, stopByRule } from './stop.ts'
import { forget } from './suppositions.ts'
import { redirected, withSource, withTarget } from './translate.ts'
import { leaving, restored, reunite, start, type Traveller } from './traveller.ts'

/** What helps where the text is a fragment. */
export interface Aids {
  names: Names
  /** What meets packets besides the base chains of the rules. */
  stations: readonly Station[]
  /** Chains that hooks are known to lead to, in order of preference: where the text lacks what leads there, the packet is handed to them. */
  readonly starts: readonly Start[]
  /** Ways that differ in nothing but the rules they met stay apart: for those who ask which of them a packet took. */
  readonly apart?: true
  /** Another node sent it here: a route that ends its way ends it, though nothing here translated it. That none fits proves nothing: clients outside are made up. */
  readonly onItsWay?: boolean
  /** The endpoint that a chain which is not in the text stands for; null where nothing proves one. */
  resolve: (chain: string, ending: Ending) => { address: string; port: number | null } | null
}

/**
 * Sends a packet through a node: prerouting (or output, for a process of the node), routing, then input, or forward and
 * postrouting; at each hook the base chains by priority.
 */
export function sendPacket(node: NodeState, hook: 'prerouting' | 'output', packet: Packet, aids: Aids): Journeys {
  return new Passage(node, hook, packet, aids).send()
}

/** NF_IP_PRI_CONNTRACK of netfilter_ipv4.h: where a packet gets its conntrack entry at the first hook. */
const CONNTRACK = -200

/** For all ways through all hooks together, counted as in walk.ts: a service of 4,000 endpoints takes a million. */
const MOST_STEPS = 8_000_000

const NOWHERE: DnatTarget = { address: null, addressEnd: null, port: null, portEnd: null }

class Passage {
  private readonly node: NodeState
  private readonly hook: 'prerouting' | 'output'
  private readonly packet: Packet
  private readonly aids: Aids
  private readonly stations: Station[]
  private readonly steps = { left: MOST_STEPS }
  private readonly result: Journeys = { all: [], assumptions: new Set(), rivals: [] }

  constructor(node: NodeState, hook: 'prerouting' | 'output', packet: Packet, aids: Aids) {
    this.node = node
    this.hook = hook
    this.packet = packet
    this.aids = aids
    const chains = stationsOf(node.rulesets, packet.destination.family)
    this.stations = [...chains, ...aids.stations].sort((a, b) => a.priority - b.priority)
    this.standIn()
  }

  private standIn(): void {
    const { rulesets } = this.node
    const about = { rulesets, family: this.packet.destination.family, first: this.hook }
    for (const station of standInsFor(
      about,
      this.stations,
      () => this.aids.starts,
      (one) => this.tryOut(one),
    )) {
      this.stations.push(station)
      this.result.assumptions.add(`${station.hook} leads to ${station.name}: the rules before it are not in the text`)
    }
  }

  send(): Journeys {
    this.findRivals()
    const first: Traveller = {
      packet: this.packet,
      flow: start(this.packet),
      nat: null,
      masquerade: 'no',
      early: false,
      past: null,
      way: null,
      shown: null,
    }
    for (const one of this.begin(first)) this.enter(one)
    return this.result
  }

  /** What stands before the kernel's own hooks: programs that meet the packet, or the call that sends it. */
  private begin(first: Traveller): Traveller[] {
    return this.stations.reduce(
      (going, station) =>
        station.early && station.hook === this.hook
          ? going.flatMap((traveller) => this.passEarly(station, station.early!, traveller))
          : going,
      [first],
    )
  }

  private passEarly(station: Station, { past }: NonNullable<Station['early']>, traveller: Traveller): Traveller[] {
    const { returned, ended } = this.walk(station, traveller.packet, traveller.flow, this.result.assumptions)
    return [
      ...returned.map((flow) => ({ ...traveller, flow, past: past(traveller.packet) })),
      ...ended.flatMap((ending) => this.obey(traveller, ending, station) ?? []),
    ]
  }

  private enter(first: Traveller): void {
    if (this.hook === 'prerouting') {
      for (const one of this.through('prerouting', [first])) this.route({ ...one, way: this.lookup(one) })
      return
    }
    // A process's packet is routed before the rules see it. They are shown that first way out, whatever becomes of it:
    // nf_hook_state is filled in once a hook.
    const routed = { ...first, way: this.lookup(first) }
    if (routed.way.kind === 'none') this.stop(routed, 'drop', stopByRoute(this.node, routed.way))
    else for (const one of this.through('output', [leaving(routed)])) this.route(one)
  }

  private get nats(): Station[] {
    return this.stations.filter(({ hook, type }) => hook === this.hook && type === 'nat')
  }

  /** Notes every nat chain of the first hook that would translate the packet, where there is more than one. */
  private findRivals(): void {
    if (this.packet.later || this.nats.length < 2 || this.stations.some(({ early }) => early?.takes(this.packet)))
      return
    for (const station of this.nats) {
      const { ended } = this.tryOut(station)
      const targets = ended.flatMap(({ verdict }) => (verdict.kind === 'dnat' ? [verdict.target] : []))
      if (targets.length > 0) this.result.rivals.push({ origin: station.origin, targets })
    }
  }

  private lookup({ packet, flow }: Traveller): RouteResult {
    const inInterface = this.hook === 'output' ? 'lo' : packet.inInterface
    const found = lookupRoute(this.node, packet.destination, { source: flow.source, mark: flow.mark, inInterface })
    // Where the table `local` is not in the text, what is known of the node's addresses stands in for it.
    const told = found.kind !== 'unknown' && this.node.routes?.some(({ table }) => table === 'local')
    const open = found.kind === 'unknown' || (!told && typeof packet.destinationLocal === 'object')
    if (open && this.isServedHere(packet)) return { ...found, kind: 'local', reason: null }
    return packet.destinationLocal === true && !told ? { ...found, kind: 'local' } : found
  }

  /** Nobody makes a station for addresses that are not the node's own. */
  private isServedHere(packet: Packet): boolean {
    if (packet.destinationLocal === false || packet.translated === true) return false
    const served = this.stations.some((station) => station.serves?.(packet))
    if (served)
      this.result.assumptions.add(
        `${onlyAddress(packet.destination) ?? 'the address'} is the node's own, since it is served there: its addresses are not in the text`,
      )
    return served
  }

  private route(traveller: Traveller): void {
    const { flow, nat } = traveller
    const way = traveller.way!
    const conditions = way.doubt ? eitherWay(flow.conditions, way.doubt).yes : flow.conditions
    const here = { ...traveller, flow: { ...flow, conditions } }
    // An address that nothing translated needs no route to tell what the filter rules are there for.
    if (way.kind === 'none' && (nat || (this.aids.onItsWay && way.route !== null && !isDefault(way.route))))
      return this.stop(here, 'drop', stopByRoute(this.node, way))
    const forbidden = notExpectedBy(this.node, here) ?? forbiddenBy(this.node, this.hook, here)
    if (forbidden) return this.stop(here, 'drop', forbidden)
    if (this.hook === 'output') {
      const left = this.through('postrouting', [leaving(here)])
      return way.kind === 'local' ? this.comeBack(left) : this.arrive(left, 'forwarded')
    }
    if (way.kind === 'local') return this.arrive(this.through('input', [here]), 'delivered')
    this.arrive(this.through('postrouting', this.through('forward', [leaving(here)])), 'forwarded')
  }

  /** What the node sends to itself comes in again by the loopback interface, with its conntrack entry. */
  private comeBack(travellers: readonly Traveller[]): void {
    const back = travellers.map((one) => ({ ...one, packet: { ...one.packet, inInterface: 'lo', outInterface: '' } }))
    this.arrive(this.through('input', this.through('prerouting', back)), 'delivered')
  }

  private arrive(travellers: readonly Traveller[], fate: 'delivered' | 'forwarded'): void {
    for (const one of travellers) this.finish(one, fate, null)
  }

  /** Passes travellers through every station of a hook; those whose way ends there are finished. */
  private through(hook: Hook, travellers: Traveller[], isMet: (station: Station) => boolean = () => true): Traveller[] {
    return this.stations
      .filter((station) => station.hook === hook && !station.early && isMet(station))
      .reduce((going, station) => going.flatMap((traveller) => this.pass(station, traveller)), travellers)
  }

  private pass(station: Station, traveller: Traveller): Traveller[] {
    // nf_nat_inet_fn asks no further chain once a binding is made; untracked packets, and all but the first of a connection, meet no nat chain at all.
    if (station.type === 'nat' && (this.packet.later || this.isBound(station, traveller) || traveller.flow.untracked))
      return [traveller]
    if (station.restores)
      return this.reroute(station, traveller, restored(traveller, station.restores(traveller.packet)))
    const before = this.result.all.length
    const { returned, ended } = this.walk(station, traveller.packet, traveller.flow, this.result.assumptions)
    const going: Traveller[] = []
    for (const one of returned) {
      const next = { ...traveller, flow: one }
      if (station.policy !== 'drop') going.push(next)
      // A rule that is not in the text may accept it before.
      else if (station.torn)
        this.finish(
          next,
          'unknown',
          `${stopByPolicy(this.node, station).reason}, if no rule accepts it that is missing in the text`,
        )
      else this.stop(next, 'drop', stopByPolicy(this.node, station))
    }
    for (const ending of ended) {
      const next = this.obey(traveller, ending, station)
      if (next) going.push(next)
    }
    const routed = going.flatMap((one) => this.reroute(station, traveller, one))
    return this.result.all.length === before && !this.aids.apart ? reunite(traveller, routed) : routed
  }

  /** In output the kernel looks for another way for a new destination, and behind some chains for a new mark (nf_route_table_hook4 in nft_chain_route.c). */
  private reroute({ hook, type }: Station, before: Traveller, after: Traveller): Traveller[] {
    if (hook !== 'output') return [after]
    const [old, mark] = [before.flow.mark, after.flow.mark]
    const marked = mark.value !== old.value || mark.known !== old.known
    if (before.packet.destination === after.packet.destination && !(marked && type === 'route')) return [after]
    const routed = { ...after, way: this.lookup(after) }
    if (routed.way.kind !== 'none') return [routed]
    this.stop(routed, 'drop', stopByRoute(this.node, routed.way))
    return []
  }

  /** Chains of postrouting and input bind the source, the others the destination, at the first hook and no other. */
  private isBound({ hook }: Station, { masquerade, nat, early }: Traveller): boolean {
    if (hook === 'postrouting' || hook === 'input') return masquerade !== 'no'
    return (nat !== null && !early) || hook !== this.hook
  }

  /** What a station does to the packet as it was sent, before anything is decided. */
  private tryOut(station: Station): ChainPassage {
    return this.walk(station, this.packet, start(this.packet), new Set())
  }

  private walk(station: Station, packet: Packet, flow: Flow, assumptions: Set<string>): ChainPassage {
    const beforeConntrack = station.hook === this.hook && station.priority < CONNTRACK
    return station.pass(packet, flow, {
      assumptions,
      beforeConntrack,
      ...(this.aids.apart ? { apart: true } : {}),
      names: this.aids.names,
      node: this.node,
      steps: this.steps,
    })
  }

  /** Applies a rule's verdict; null where the way ends with it. */
  private obey(traveller: Traveller, ending: Ending, station: Station): Traveller | null {
    const { verdict } = ending
    const { packet } = traveller
    const here = { ...traveller, flow: ending }
    const decided = { ...here, nat: traveller.nat ?? ending }
    const sent: Traveller = { ...here, flow: { ...ending, supposed: forget(ending.supposed, 'destination') } }
    switch (verdict.kind) {
      case 'accept':
        return here
      case 'masquerade':
      case 'snat': {
        const after = withSource(this.node, packet, verdict.kind === 'snat' ? verdict.to : null)
        const supposed = forget(ending.supposed, 'source')
        return { ...here, packet: after, flow: { ...ending, source: after.source, supposed }, masquerade: 'yes' }
      }
      case 'dnat': {
        if (station.early) return this.handOn(sent, ending, station.early)
        if (verdict.kept) return this.handOver({ ...here, nat: ending }, verdict.target, verdict.kept)
        const led = { ...sent, nat: ending, early: false, packet: withTarget(this.node, packet, verdict.target) }
        return station.sends ? this.resend(led, station) : led
      }
      case 'redirect': {
        const ports = { port: verdict.port, portEnd: verdict.portEnd }
        const nat: Ending = { ...ending, verdict: { kind: 'dnat', target: { ...NOWHERE, ...ports } } }
        return { ...sent, packet: redirected(this.node, packet, ports), nat }
      }
      case 'endpointChain': {
        const target = this.aids.resolve(verdict.chain, ending)
        if (target) return { ...sent, nat: ending, packet: withTarget(this.node, packet, { ...NOWHERE, ...target }) }
        this.finish({ ...here, nat: ending }, 'unknown', `the chain ${verdict.chain} is not in the text`)
        return null
      }
      case 'unknown':
        this.finish(decided, 'unknown', verdict.reason)
        return null
      case 'drop':
      case 'reject': {
        this.stop(decided, verdict.kind, stopByRule(this.node, ending, station))
        return null
      }
    }
  }

  /** Conntrack sees a connection to the endpoint itself, which nobody translated. */
  private handOn(traveller: Traveller, ending: Ending, { past }: NonNullable<Station['early']>): Traveller {
    const { target, masquerade = 'no' } = ending.verdict as Extract<Ending['verdict'], { kind: 'dnat' }>
    const { translated } = traveller.packet
    const led = { ...withTarget(this.node, traveller.packet, target), translated }
    const packet = masquerade === 'yes' ? withSource(this.node, led, null) : led
    const flow = { ...traveller.flow, source: packet.source }
    return { ...traveller, packet, flow, masquerade, nat: ending, early: true, past: past(packet) }
  }

  /**
   * What is routed or tunnelled to a real server keeps its destination (ip_vs_dr_xmit and ip_vs_tunnel_xmit in ip_vs_xmit.c): it is routed by the server's
   * address, passes `output` and `postrouting` as it is or inside another packet, and what the server makes of it shows nowhere here. Where the server is the
   * node itself, it goes on.
   */
  private handOver(traveller: Traveller, target: DnatTarget, { by, reason }: Kept): Traveller | null {
    const way = lookupRoute(this.node, single(target.address ?? ''))
    const here = { ...traveller, way }
    if (way.kind === 'local') return here
    if (way.kind === 'none') {
      this.stop(here, 'drop', stopByRoute(this.node, way))
      return null
    }
    const others = (hook: Hook, travellers: Traveller[]) => this.through(hook, travellers, ({ sends }) => !sends)
    const out = by === 'route' ? others('postrouting', others('output', [leaving(here)])) : [here]
    for (const one of out) this.finish(one, 'unknown', reason)
    return null
  }

  /**
   * What a station sends on by itself is routed by its new destination alone, and passes `output` and `postrouting`; what is the node's own goes on where it is
   * (ip_vs_nat_xmit and ip_vs_nat_send_or_cont in ip_vs_xmit.c).
   */
  private resend(traveller: Traveller, { hook }: Station): Traveller | null {
    const { packet } = traveller
    const way = lookupRoute(this.node, packet.destination)
    const here = { ...traveller, way }
    if (way.kind === 'local') return hook === 'output' ? leaving(here) : here
    // Answers pass `forward`.
    const forbidden = this.hook === 'prerouting' ? forwardingOff(this.node, packet.destination.family) : null
    if (way.kind === 'none') this.stop(here, 'drop', stopByRoute(this.node, way))
    else if (forbidden) this.stop(here, 'drop', forbidden)
    else {
      const out = this.through('output', [leaving(here)]).map((one) => ({ ...one, way: one.way ?? way }))
      for (const one of this.through('postrouting', out.map(leaving))) this.leave(one)
    }
    return null
  }

  /** A client's packet that goes back by where it came in, with the client's address in it, is answered past this node. */
  private leave(traveller: Traveller): void {
    const { packet, way, masquerade } = traveller
    const isDetour =
      this.hook === 'prerouting' &&
      masquerade !== 'yes' &&
      way?.device === packet.inInterface &&
      (way?.gateway || packet.bridged === false)
    if (isDetour && masquerade === 'unknown')
      this.finish(
        traveller,
        'unknown',
        'whether it is masqueraded is not known: if not, the answer goes past this node',
      )
    else if (isDetour)
      this.stop(
        { ...traveller, nat: null },
        'drop',
        stopByDetour(this.node, onlyAddress(packet.destination) ?? 'an endpoint'),
      )
    else this.finish(traveller, 'forwarded', null)
  }

  /** Are all rules in the text that may masquerade what leaves? */
  private get sawSourceNat(): boolean {
    const there = this.stations.filter(({ hook, type }) => hook === 'postrouting' && type === 'nat')
    return there.length > 0 && there.every(({ whole }) => whole)
  }

  private stop(traveller: Traveller, fate: 'drop' | 'reject', stop: Stop): void {
    const { past } = traveller
    if (past !== null) this.finish(traveller, 'unknown', `${stop.reason}, and ${past}`)
    else this.finish(traveller, fate, stop.reason, stop)
  }

  private finish(traveller: Traveller, fate: Journey['fate'], reason: string | null, stop: Stop | null = null): void {
    const { flow, nat, masquerade, way, packet } = traveller
    this.result.all.push({
      probability: flow.probability,
      conditions: flow.conditions,
      fate,
      reason,
      stop,
      ending: nat,
      packet: { ...packet, untracked: flow.untracked, connectionMark: flow.connectionMark },
      masquerade: masquerade === 'no' && fate === 'forwarded' && !this.sawSourceNat ? 'unknown' : masquerade,
      route: way,
      steps: stepsOf(flow.trail),
    })
  }
}
