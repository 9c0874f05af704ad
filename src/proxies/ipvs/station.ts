/** The virtual servers as packets meet them: behind the filter of `input`, and before that of `output`. */
import { type Ending, type Flow, follow, type Origin, type Passage } from '../../kernel/flow.ts'
import type { Packet } from '../../kernel/packet.ts'
import type { Station } from '../../kernel/station.ts'
import { type Family, joinHostPort, parseCidr } from '../../model/address.ts'
import type { Ipvs, IpvsCounters, IpvsSource, RealServer, VirtualServer } from '../../model/ipvs.ts'
import type { Action, Counter, Match, Rule } from '../../model/rules.ts'
import { type Found, findServer } from './find.ts'
import { IPVS_TABLE, VIRTUAL_SERVERS } from './names.ts'
import { dealingOf } from './shares.ts'

/**
 * ip_vs_ops4 and ip_vs_ops6 in ip_vs_core.c: requests from elsewhere behind the filter rules of `input` (NF_IP_PRI_NAT_SRC - 1), those of the node itself just behind nat's
 * rules of `output` (NF_IP_PRI_NAT_DST + 2). What it translates, it sends through `output` itself.
 */
export function ipvsStations(ipvs: Ipvs, family: Family): Station[] {
  const origin: Origin = {
    ...{ command: 'ipvsadm -Ln', file: ipvs.servers[0]?.source.file ?? '', table: IPVS_TABLE },
    writtenAs: 'ipvs',
  }
  const places = [
    { hook: 'input', priority: 99 },
    { hook: 'output', priority: -98 },
  ] as const
  return places.map(({ hook, priority }) => ({
    ...{ hook, priority, type: 'filter', policy: null, name: VIRTUAL_SERVERS, declaration: VIRTUAL_SERVERS, origin },
    sends: true,
    whole: ipvs.whole,
    serves: (packet) => isFound(findServer(ipvs, packet)),
    pass: (packet, flow, { assumptions }) => pass(ipvs, family, origin, packet, flow, assumptions),
  }))
}

function pass(
  ipvs: Ipvs,
  family: Family,
  origin: Origin,
  packet: Packet,
  flow: Flow,
  assumptions: Set<string>,
): Passage {
  // What it sent through `output` itself it leaves alone: ipvs_property.
  if (packet.translated === true || packet.destination.family !== family) return { returned: [flow], ended: [] }
  const found = findServer(ipvs, { ...packet, mark: flow.mark })
  if (found === 'none') return { returned: [flow], ended: [] }
  if ('unknown' in found) return lost(flow, found.unknown)
  const { server } = found
  if (server.partial) return lost(flow, `not all real servers of ${nameOf(server)} are in the text`)
  const { shares, varying } = dealingOf(server)
  if (varying !== null) assumptions.add(`the virtual server ${nameOf(server)}: ${varying}`)
  const led = met(flow, origin, VIRTUAL_SERVERS, ruleOfServer(server))
  if (shares.length === 0) return { returned: [], ended: [refusal(server, led)] }
  const ended = shares.map(({ server: real, probability }, i): Ending => {
    const step = met(led, origin, nameOf(server), ruleOfReal(server, real))
    const share = { ...step, probability: flow.probability * probability }
    return { ...share, verdict: verdictOf(real, packet), order: i, chains: [VIRTUAL_SERVERS, nameOf(server)] }
  })
  return { returned: [], ended }
}

const lost = (flow: Flow, reason: string): Passage => ({
  returned: [],
  ended: [{ ...flow, verdict: { kind: 'unknown', reason }, order: 0, chains: [VIRTUAL_SERVERS] }],
})

const met = (flow: Flow, origin: Origin, chain: string, rule: Rule): Flow => ({
  ...flow,
  trail: follow(flow.trail, { origin: { ...origin, ...placeOf(rule) }, chain, rule, maybe: null }),
})

const isFound = (found: Found): boolean => found !== 'none' && 'server' in found

/** Each line may stand in another file. */
const placeOf = (rule: Rule): Pick<Origin, 'command' | 'file'> => sources.get(rule)!

/** `10.96.0.1:443`, `mark 1481`. */
const nameOf = ({ service, firewallMark }: VirtualServer): string =>
  service ? joinHostPort(service.address, service.port) : `mark ${firewallMark}`

/** ip_vs_leave: nobody to give it to is told to the client. */
const refusal = (server: VirtualServer, flow: Flow): Ending => ({
  ...flow,
  verdict: {
    kind: 'reject',
    with: 'icmp-port-unreachable',
    reason: `the virtual server ${nameOf(server)}, which has no real server${server.realServers.length > 0 ? ' of a weight above 0' : ''}`,
  },
  order: 0,
  chains: [VIRTUAL_SERVERS],
})

/** Only masquerading rewrites the packet: what is routed or tunnelled keeps its destination. */
function verdictOf({ address, port, forwarding }: RealServer, packet: Packet): Ending['verdict'] {
  const target = { address, addressEnd: null, port: port || packet.destinationPort, portEnd: null }
  if (forwarding === 'route' || forwarding === 'tunnel') {
    const how = forwarding === 'route' ? 'direct routing' : 'a tunnel'
    const reason = `it is handed to ${address} by ${how} and keeps its destination: whether the pod has that address, and answers, was not read`
    return { kind: 'dnat', target, kept: { by: forwarding, reason } }
  }
  if (forwarding === 'bypass')
    return { kind: 'unknown', reason: `it is handed to ${address} by ${forwarding}, which is not followed` }
  return { kind: 'dnat', target }
}

const sources = new WeakMap<Rule, Pick<Origin, 'command' | 'file'>>()
const rules = new WeakMap<VirtualServer | RealServer, Rule>()

/** A virtual server in the shape of a rule that leads on to its own, so that a report can tell it: with the same lines it is the same. */
function ruleOfServer(server: VirtualServer): Rule {
  const { service, counters, source } = server
  const cidr = service && parseCidr(service.address)
  const matches: Match[] =
    service && cidr
      ? [
          { kind: 'protocol', negated: false, protocols: [service.protocol] },
          { kind: 'address', side: 'destination', negated: false, cidrs: [cidr], text: service.address },
          { kind: 'port', side: 'destination', negated: false, ranges: [[service.port, service.port]] },
        ]
      : []
  const given = server.realServers.some(({ weight }) => weight !== 0)
  const action: Action = given
    ? { kind: 'jump', chain: nameOf(server) }
    : { kind: 'reject', with: 'icmp-port-unreachable' }
  return ruleOf(server, matches, action, counters, source)
}

function ruleOfReal(virtual: VirtualServer, real: RealServer): Rule {
  const target = {
    address: real.address,
    addressEnd: null,
    port: real.port || (virtual.service?.port ?? null),
    portEnd: null,
  }
  return ruleOf(real, [], { kind: 'dnat', choices: [{ probability: 1, target }] }, real.counters, real.source)
}

function ruleOf(
  owner: VirtualServer | RealServer,
  matches: Match[],
  action: Action,
  counters: IpvsCounters | null,
  { command, file, line, text }: IpvsSource,
): Rule {
  let rule = rules.get(owner)
  if (!rule) {
    rule = {
      matches,
      actions: [action],
      counter: counterOf(counters),
      comment: null,
      source: { line, text: text.trim() },
    }
    rules.set(owner, rule)
    sources.set(rule, { command, file })
  }
  return rule
}

/** It counts connections, as a nat table does. */
const counterOf = (counters: IpvsCounters | null): Counter | null =>
  counters && {
    packets: counters.connections,
    bytes: counters.bytesIn,
    lags: true,
    ...(counters.approximate ? { approximate: true } : {}),
  }
