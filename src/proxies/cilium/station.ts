/** The frontends as connections meet them: in connect(), or at tc before the kernel's own hooks. */
import { lookupRoute } from '../../kernel/fib.ts'
import { type Ending, type Flow, follow, type Origin, type Passage } from '../../kernel/flow.ts'
import { isLocal } from '../../kernel/locality.ts'
import type { Packet } from '../../kernel/packet.ts'
import type { Station } from '../../kernel/station.ts'
import { type Family, onlyAddress, parseCidr, single } from '../../model/address.ts'
import type { Cilium, CiliumSource } from '../../model/dataplanes/cilium.ts'
import type { NodeState } from '../../model/node.ts'
import type { Action, Match, Rule } from '../../model/rules.ts'
import { dealingOf, notesOn, takesSockets } from './dealing.ts'
import { findFrontend, type Sender, senderOf } from './find.ts'
import { type Backend, backendsOf, type Frontend } from './frontends.ts'
import { CILIUM_LINK, CILIUM_TABLE, FRONTENDS } from './names.ts'

/** `doubt`: why it may be another that takes a service's connections; null where Cilium does. */
export function ciliumStations(node: NodeState, cilium: Cilium, family: Family, doubt: string | null): Station[] {
  const { command, file } = sourceOf(cilium)
  const origin: Origin = { command, file, table: CILIUM_TABLE, writtenAs: 'Cilium' }
  const lists = { node, cilium, family, doubt, origin }
  return (['prerouting', 'output'] as const).map((hook) => ({
    ...{ hook, priority: Number.NEGATIVE_INFINITY, type: 'filter', policy: null, name: FRONTENDS },
    ...{ declaration: FRONTENDS, origin, whole: true },
    early: {
      takes: (packet) => findFrontend(node, cilium, packet, senderOf(node, cilium, packet, hook)) !== 'none',
      past: (packet) => (hook === 'prerouting' ? pastRules(node, cilium, packet) : null),
    },
    pass: (packet, flow, { assumptions }) => pass(lists, hook, packet, flow, assumptions),
  }))
}

/** What was read of it, as its source. */
export const sourceOf = ({ slots, services }: Cilium): Pick<CiliumSource, 'command' | 'file'> =>
  slots
    ? { command: 'cilium-dbg bpf lb list', file: slots.items[0]?.source.file ?? '' }
    : { command: 'cilium-dbg service list', file: services?.items[0]?.source.file ?? '' }

interface Lists {
  node: NodeState
  cilium: Cilium
  family: Family
  doubt: string | null
  origin: Origin
}

function pass(
  { node, cilium, family, doubt, origin }: Lists,
  hook: 'prerouting' | 'output',
  packet: Packet,
  flow: Flow,
  assumptions: Set<string>,
): Passage {
  const untouched = { returned: [flow], ended: [] }
  if (packet.destination.family !== family) return untouched
  const sender = senderOf(node, cilium, packet, hook)
  const found = findFrontend(node, cilium, packet, sender)
  if (found === 'none') return untouched
  const unknown = (reason: string, from: Flow = flow): Passage => {
    const verdict = { kind: 'unknown', reason } as const
    return { returned: [], ended: [{ ...from, verdict, order: 0, chains: [FRONTENDS] }] }
  }
  // A pod's own address is in no list of frontends, whole or not.
  if ('unknown' in found) return isPodsOwn(node, cilium, packet) ? untouched : unknown(doubt ?? found.unknown)
  const { frontend } = found
  const { active, unknown: why } = dealingOf(frontend)
  const led = met(flow, origin, FRONTENDS, ruleOfFrontend(frontend, packet, active))
  const aside = doubt ?? unserved(cilium, frontend, sender, packet)
  if (aside !== null) return unknown(aside, led)
  if (why !== null) return unknown(why, met(led, origin, frontend.name, ...frontend.backends.map(ruleOfBackend)))
  for (const note of notesOn(cilium, frontend, sender)) assumptions.add(note)
  if (active.length === 0) return { returned: [], ended: [refusal(cilium, frontend, sender, led)] }
  const ended = active.map((backend, i): Ending => {
    const step = met(led, origin, frontend.name, ruleOfBackend(backend))
    const share = { ...step, probability: flow.probability / active.length }
    const verdict = verdictOf(node, cilium, frontend, backend, sender, packet)
    return { ...share, verdict, order: i, chains: [FRONTENDS, frontend.name] }
  })
  return { returned: [], ended }
}

/** From outside only the devices that Cilium attached to are served. */
function unserved(
  { status }: Cilium,
  { name, type }: Frontend,
  sender: Sender,
  { inInterface }: Packet,
): string | null {
  if (sender === 'node' && status?.socketLb === false)
    return 'how Cilium serves the node’s own connections without socket LB is not known'
  const devices = status?.devices ?? []
  if (sender !== null || inInterface === null || devices.length === 0 || type === 'ClusterIP') return null
  return `Cilium serves ${name} to clients outside at ${devices.join(', ')}, and whether what comes by ${inInterface} passes there is not known`
}

/** Pods' packets are led by programs at their interfaces, and with eBPF host routing or a tunnel past all rules: the status in JSON does not say. */
function pastRules(node: NodeState, cilium: Cilium, { destination, destinationLocal }: Packet): string | null {
  const address = onlyAddress(destination)
  if (destinationLocal === true || address === null) return null
  const led = backendsOf(cilium).has(address) || CILIUM_LINK.test(lookupRoute(node, destination).device ?? '')
  return led ? 'whether Cilium’s programs lead the packet past that is not known' : null
}

function isPodsOwn(node: NodeState, cilium: Cilium, { destination }: Packet): boolean {
  const address = onlyAddress(destination)
  if (address === null) return false
  return backendsOf(cilium).has(address) || CILIUM_LINK.test(lookupRoute(node, destination).device ?? '')
}

function met(flow: Flow, origin: Origin, chain: string, ...rules: readonly Rule[]): Flow {
  let { trail } = flow
  for (const rule of rules) {
    const { command, file } = sources.get(rule)!
    trail = follow(trail, { origin: { ...origin, command, file }, chain, rule, maybe: null })
  }
  return { ...flow, trail }
}

/** connect() fails, or tc answers with ICMP or drops, by the version, the kernel and the option service-no-backend-response (cilium#28157). */
function refusal({ status }: Cilium, { name }: Frontend, sender: Sender, flow: Flow): Ending {
  const how = takesSockets(status, sender) === true ? ': connect() fails' : ''
  const reason = `Cilium’s frontend ${name}, which has no backend${how}`
  const verdict = { kind: 'reject', with: null, reason, ...verbOf(status, sender) } as const
  return { ...flow, verdict, order: 0, chains: [FRONTENDS] }
}

const verbOf = (status: Cilium['status'], sender: Sender): { verb?: string } =>
  takesSockets(status, sender) === true ? {} : { verb: 'rejected or dropped' }

function verdictOf(
  node: NodeState,
  { status }: Cilium,
  { name }: Frontend,
  backend: Backend,
  sender: Sender,
  packet: Packet,
): Ending['verdict'] {
  const { address, port, missing } = backend
  if (address === null)
    return {
      ...{ kind: 'reject', with: null, ...verbOf(status, sender) },
      reason: `Cilium’s frontend ${name}: backend ${missing} is not in the map`,
    }
  const target = { address, addressEnd: null, port: port || packet.destinationPort, portEnd: null }
  const masquerade = sender === 'outside' || sender === null ? handedOn(node, status, backend, packet) : 'no'
  return { kind: 'dnat', target, masquerade }
}

/** North-south: to another node by the node's own address, or as it is, and that node answers the client by itself (DSR). */
function handedOn(
  node: NodeState,
  status: Cilium['status'],
  { address, node: home }: Backend,
  { protocol }: Packet,
): 'yes' | 'no' | 'unknown' {
  const pods = node.podInterfaces?.some(({ addresses }) => addresses.some((one) => one.address === address))
  if (home === node.name || pods || isLocal(node, single(address!)) === true) return 'no'
  const mode = status?.nodePort?.mode?.toLowerCase()
  const away = home !== null && home !== node.name
  return away && (mode === 'snat' || (mode === 'hybrid' && protocol !== 'tcp')) ? 'yes' : 'unknown'
}

const sources = new WeakMap<Rule, CiliumSource>()
const rules = new WeakMap<Frontend | Backend, Rule>()

/** A frontend in the shape of a rule that leads on to its own, so that a report can tell it. */
function ruleOfFrontend(frontend: Frontend, { protocol }: Packet, active: readonly Backend[]): Rule {
  const cidr = parseCidr(frontend.address)!
  const matches: Match[] = [
    { kind: 'protocol', negated: false, protocols: [protocol] },
    { kind: 'address', side: 'destination', negated: false, cidrs: [cidr], text: frontend.address },
    { kind: 'port', side: 'destination', negated: false, ranges: [[frontend.port, frontend.port]] },
  ]
  const leads = active.length > 0 || frontend.backends.length > 0 || frontend.proxyPort !== null
  const action: Action = leads ? { kind: 'jump', chain: frontend.name } : { kind: 'reject', with: null }
  return ruleOf(frontend, matches, action)
}

function ruleOfBackend(backend: Backend): Rule {
  const { address, port } = backend
  const target = { address, addressEnd: null, port, portEnd: null }
  const action: Action = address === null ? { kind: 'drop' } : { kind: 'dnat', choices: [{ probability: 1, target }] }
  return ruleOf(backend, [], action)
}

/** Cilium counts nothing by service. */
function ruleOf(owner: Frontend | Backend, matches: Match[], action: Action): Rule {
  let rule = rules.get(owner)
  if (!rule) {
    const { line, text } = owner.source
    rule = { matches, actions: [action], counter: null, comment: null, source: { line: line ?? 1, text } }
    rules.set(owner, rule)
    sources.set(rule, owner.source)
  }
  return rule
}
