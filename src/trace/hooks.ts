import { single } from '../model/address.ts'
import type { NodeState } from '../model/node.ts'
import type { DnatTarget, Hook } from '../model/rules.ts'
import { type Base, baseChains, standIns, tablesOf } from './base-chains.ts'
import { lookupRoute, type RouteResult } from './fib.ts'
import type { Ending, Flow } from './flow.ts'
import { type Journey, type Journeys, stepsOf } from './journey.ts'
import { isLocal } from './locality.ts'
import { mergeMarks, NO_MARK, type Packet } from './packet.ts'
import { walkChain } from './walk.ts'

/** What helps where the text is a fragment. */
export interface Aids {
  /** Chains to begin at, in order of preference, where the hook's own nat chain is missing. */
  starts: readonly string[]
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

/** A share of the connections under way. */
interface Traveller {
  packet: Packet
  flow: Flow
  nat: Ending | null
  masquerade: Journey['masquerade']
}

const START: Flow = {
  probability: 1,
  conditions: [],
  mark: NO_MARK,
  connectionMark: NO_MARK,
  untracked: false,
  trail: null,
}

const NOWHERE: DnatTarget = { address: null, addressEnd: null, port: null, portEnd: null }

class Passage {
  private readonly node: NodeState
  private readonly hook: 'prerouting' | 'output'
  private readonly packet: Packet
  private readonly aids: Aids
  private readonly bases: Base[]
  private readonly result: Journeys = { all: [], assumptions: new Set(), unseen: new Set(), rivals: [] }

  constructor(node: NodeState, hook: 'prerouting' | 'output', packet: Packet, aids: Aids) {
    this.node = node
    this.hook = hook
    this.packet = packet
    this.aids = aids
    this.bases = [...baseChains(node.rulesets, packet.destination.family)]
    const standIn = this.nats.length === 0 ? this.findStart(aids.starts) : null
    if (standIn) this.bases.push(standIn)
    this.noteUnseen()
  }

  send(): Journeys {
    this.findRivals()
    const start = { packet: this.packet, flow: START, nat: null, masquerade: 'no' as const }
    for (const traveller of this.through(this.hook, [start], null)) this.route(traveller)
    return this.result
  }

  private get nats(): Base[] {
    return this.bases.filter((base) => base.hook === this.hook && base.type === 'nat')
  }

  /** The first of the chains whose rules do anything with the packet. */
  private findStart(starts: readonly string[]): Base | null {
    for (const base of standIns(this.node.rulesets, this.packet.destination.family, this.hook, starts)) {
      const { ended } = walkChain({ ...base, assumptions: new Set() }, base.chain, this.packet, START)
      if (ended.length === 0) continue
      this.result.assumptions.add(`${this.hook} leads to ${base.chain.name}: the rules before it are not in the text`)
      return base
    }
    return null
  }

  private noteUnseen(): void {
    const tables = tablesOf(this.node.rulesets, this.packet.destination.family).map(({ table }) => table)
    const complete = tables.some((table) => table.name === 'kube-proxy')
    for (const name of ['nat', 'filter']) {
      if (!complete && !tables.some((table) => table.name === name)) this.result.unseen.add(name)
    }
  }

  /** Notes every nat chain of the first hook that would translate the packet, where there is more than one. */
  private findRivals(): void {
    if (this.nats.length < 2) return
    for (const base of this.nats) {
      const { ended } = walkChain({ ...base, assumptions: new Set() }, base.chain, this.packet, START)
      const targets = ended.flatMap(({ verdict }) => (verdict.kind === 'dnat' ? [verdict.target] : []))
      if (targets.length > 0) this.result.rivals.push({ ruleset: base.ruleset, targets })
    }
  }

  private route(traveller: Traveller): void {
    const { packet } = traveller
    const found = lookupRoute(this.node, packet.destination, packet.source)
    const local = found.kind === 'local' || (found.kind === 'unknown' && packet.destinationLocal === true)
    const route = local ? { ...found, kind: 'local' as const } : found
    if (route.kind === 'none' && traveller.nat) return this.finish(traveller, 'drop', route.reason, route)
    // An address that nothing translated needs no route to tell what the filter rules are there for.
    const last: Hook[] = local ? ['input'] : this.hook === 'output' ? ['postrouting'] : ['forward', 'postrouting']
    let travellers: Traveller[] = [{ ...traveller, packet: { ...packet, outInterface: local ? 'lo' : route.device } }]
    for (const hook of last) travellers = this.through(hook, travellers, route)
    for (const one of travellers) this.finish(one, local ? 'delivered' : 'forwarded', null, route)
  }

  /** Passes travellers through every base chain of a hook; those whose way ends there are finished. */
  private through(hook: Hook, travellers: Traveller[], route: RouteResult | null): Traveller[] {
    return this.bases
      .filter((base) => base.hook === hook)
      .reduce((going, base) => going.flatMap((traveller) => this.pass(base, traveller, route)), travellers)
  }

  private pass(base: Base, traveller: Traveller, route: RouteResult | null): Traveller[] {
    const { flow, packet } = traveller
    const bound = base.hook === 'postrouting' ? traveller.masquerade !== 'no' : traveller.nat !== null
    // nf_nat_inet_fn asks no further chain once a binding is made; untracked packets meet no nat chain at all.
    if (base.type === 'nat' && (bound || flow.untracked)) return [traveller]
    const before = this.result.all.length
    const { returned, ended } = walkChain({ ...base, assumptions: this.result.assumptions }, base.chain, packet, flow)
    const going: Traveller[] = []
    for (const one of returned) {
      const next = { ...traveller, flow: one }
      if (base.chain.policy !== 'drop') going.push(next)
      else this.finish(next, 'drop', `the policy of ${base.chain.name} in the table ${base.table.name} is DROP`, route)
    }
    for (const ending of ended) {
      const next = this.obey(traveller, ending, base, route)
      if (next) going.push(next)
    }
    return this.result.all.length === before ? reunite(traveller, going) : going
  }

  /** Applies a rule's verdict; null where the way ends with it. */
  private obey(traveller: Traveller, ending: Ending, base: Base, route: RouteResult | null): Traveller | null {
    const { verdict } = ending
    const here = { ...traveller, flow: ending }
    const decided = { ...here, nat: traveller.nat ?? ending }
    switch (verdict.kind) {
      case 'accept':
        return here
      case 'masquerade':
      case 'snat':
        return { ...here, masquerade: 'yes' }
      case 'dnat':
        return { ...here, nat: ending, packet: this.translate(traveller.packet, verdict.target) }
      case 'redirect': {
        const target: DnatTarget = { ...NOWHERE, port: verdict.port }
        const packet = { ...this.translate(traveller.packet, target), destinationLocal: true }
        return { ...here, packet, nat: { ...ending, verdict: { kind: 'dnat', target } } }
      }
      case 'endpointChain': {
        const target = this.aids.resolve(verdict.chain, ending)
        if (target) return { ...here, nat: ending, packet: this.translate(traveller.packet, { ...NOWHERE, ...target }) }
        this.finish({ ...here, nat: ending }, 'unknown', `the chain ${verdict.chain} is not in the text`, route)
        return null
      }
      case 'unknown':
        this.finish(decided, 'unknown', verdict.reason, route)
        return null
      case 'drop':
      case 'reject': {
        this.finish(decided, verdict.kind, stoppingRule(ending, base), route)
        return null
      }
    }
  }

  private translate(packet: Packet, target: DnatTarget): Packet {
    const destination = target.address && !target.addressEnd ? single(target.address) : packet.destination
    const destinationLocal = isLocal(this.node, destination)
    const destinationPort = target.port ?? packet.destinationPort
    return { ...packet, destination, destinationPort, destinationLocal, translated: true }
  }

  private finish(traveller: Traveller, fate: Journey['fate'], reason: string | null, route: RouteResult | null): void {
    const { flow, nat, masquerade } = traveller
    this.result.all.push({
      probability: flow.probability,
      conditions: flow.conditions,
      fate,
      reason,
      ending: nat,
      masquerade,
      route,
      steps: stepsOf(flow.trail),
    })
  }
}

/** `a rule of KUBE-SERVICES in the table filter ("shop/web has no endpoints")`: the line itself is in the evidence. */
function stoppingRule(ending: Ending, base: Base): string {
  const step = ending.trail?.step
  const comment = step?.rule.comment
  return `a rule of ${step?.chain.name ?? base.chain.name} in the table ${base.table.name}${comment ? ` ("${comment}")` : ''}`
}

/**
 * Where a chain only split a traveller by what cannot be told (is the mark set?) and lets every part go on untranslated,
 * the split made no difference to its way: it goes on as one.
 */
function reunite(traveller: Traveller, going: Traveller[]): Traveller[] {
  const [first, ...others] = going
  if (!first || others.length === 0 || going.some((one) => one.nat !== traveller.nat)) return going
  const untracked = going.some((one) => one.flow.untracked !== first.flow.untracked)
  if (untracked) return going
  const longest = going.reduce((a, b) => (stepsOf(a.flow.trail).length >= stepsOf(b.flow.trail).length ? a : b))
  const flow: Flow = {
    ...longest.flow,
    probability: traveller.flow.probability,
    conditions: traveller.flow.conditions,
    mark: others.map((one) => one.flow.mark).reduce(mergeMarks, first.flow.mark),
    connectionMark: others.map((one) => one.flow.connectionMark).reduce(mergeMarks, first.flow.connectionMark),
  }
  const alike = others.every((one) => one.masquerade === first.masquerade)
  return [{ ...longest, flow, masquerade: alike ? first.masquerade : 'unknown' }]
}
