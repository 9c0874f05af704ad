import { onlyAddress } from '../model/address.ts'
import type { NodeState } from '../model/node.ts'
import type { Field, Match, Side, Table } from '../model/rules.ts'
import { ownType, routedTypes, typesOf } from './address-types.ts'
import { addressIn, asTaken, elementMatches, hex, interfaceIs, opposite, portIn } from './fields.ts'
import type { Origin } from './flow.ts'
import { inIpset } from './ipset.ts'
import { lookupSet, type Steps } from './lookup.ts'
import type { Names } from './names.ts'
import { type Answer, allOf, anyOf, markEquals, maybe, negate, type Packet } from './packet.ts'
import { writtenSets } from './written-sets.ts'

/** Where the packet is: what may decide a match besides the packet itself. */
export interface Place {
  table: Table
  origin: Origin
  names: Names
  /** The packet has not come to connection tracking yet: there is no entry for it. */
  beforeConntrack: boolean
  /** Whose addresses and routes an address is told by. */
  node: NodeState
  /** What is left of the work that may be done for the packet. */
  steps: Steps
  /** Ways that differ in nothing but the rules they met stay apart. */
  apart?: true
  /** Collects what was taken for granted on the way: `the client has no affinity yet`. */
  assumptions: Set<string>
}

/** Does the packet pass the test? A match that is not understood answers maybe, with its text as the reason. */
export function evaluate(match: Match, packet: Packet, about: Place): Answer {
  if (wantsEntry(match) && (about.beforeConntrack || packet.untracked || packet.later === 'invalid'))
    return match.kind === 'connection' && match.besideState
  const answer = test(match, packet, about)
  return 'negated' in match && match.negated ? negate(answer) : answer
}

/**
 * Tests of a conntrack entry that fail without one even where they are negated: connmark (xt_connmark.c), and of nft's
 * all but the state (nft_ct.c).
 */
function wantsEntry(match: Match): boolean {
  if (match.kind === 'mark') return match.of === 'connection'
  if (match.kind === 'connection') return true
  if (match.kind === 'set' || match.kind === 'oneOf') return match.fields.some((field) => field.kind === 'connection')
  return match.kind === 'conntrack' && match.ofEntry === true
}

function test(match: Match, packet: Packet, about: Place): Answer {
  switch (match.kind) {
    case 'address':
      if (match.cidrs?.length === 1) return addressIn(packet, match.side, match.cidrs[0]!)
      return match.cidrs
        ? anyOf(match.cidrs.map((cidr) => addressIn(packet, match.side, cidr)))
        : maybe(`the ${match.side} ${match.text} is a name whose address is not in the text`)
    case 'protocol':
      return match.protocols.includes(packet.protocol)
    case 'port':
      return portIn(match.side, match.ranges, packet)
    case 'interface':
      return interfaceIs(match.side, match.pattern, packet)
    case 'mark': {
      const bits = match.of === 'packet' ? packet.mark : packet.connectionMark
      const mask = match.mask === 0xffffffff ? '' : `/${hex(match.mask)}`
      return (
        markEquals(bits, match.value, match.mask) ??
        maybe(`the ${match.of}'s mark may be ${hex(match.value)}${mask} or not`)
      )
    }
    case 'conntrack':
      return conntrackState(match.states, packet, about)
    case 'addressType':
      return addressType(match, packet, about)
    case 'recent':
      return recentlySeen(match.operation, match.list, about)
    case 'set':
      return inNamedSet(match.set, match.fields, packet, about)
    case 'ipset':
      if (writtenSets(about.node).has(match.set)) return maybe(`rules change what the ipset ${match.set} holds`)
      return inIpset(match, packet, about.node.ipsets)
    case 'oneOf':
      return anyOf(match.elements.map((element) => elementMatches(match.fields, element, packet)))
    case 'bridgePort':
      return bridgePort(match, packet)
    case 'tcpFlags':
      return packet.protocol === 'tcp' && tcpFlags(match, packet)
    case 'connection':
      // A direction is asked for as if the packet went in the original one.
      if (match.of.kind === 'always') return packet.later === undefined
      return test(...ofTuple(match, packet), about)
    case 'always':
      return true
    case 'random':
    case 'nth':
      throw new Error(`a ${match.kind} match splits the flow; the walker handles it`)
    case 'unknown':
      return (
        (match.ofPort && about.names.isForPort?.(match.ofPort)) ?? maybe(match.why ?? `${match.text} is not understood`)
      )
  }
}

/** Without an entry a packet is UNTRACKED where a rule made it so, else INVALID: xt_conntrack.c. */
function conntrackState(states: readonly string[], packet: Packet, about: Place): Answer {
  if (packet.untracked) return states.includes('UNTRACKED')
  if (about.beforeConntrack || packet.later === 'invalid') return states.includes('INVALID')
  if (packet.later === 'reply')
    return anyOf([
      ...['ESTABLISHED', 'CONFIRMED', 'SEEN-REPLY'].map((state) => states.includes(state)),
      states.includes('ASSURED') && maybe('the connection may be assured by now'),
      states.includes('DNAT') && packet.translated,
      states.includes('SNAT') && (packet.sourceTranslated ?? false),
    ])
  const translated = states.includes('DNAT') && packet.translated
  // What the node sends to itself comes in again with an entry that postrouting has confirmed.
  const confirmed = states.includes('CONFIRMED') && packet.inInterface === 'lo'
  return anyOf([
    states.includes('NEW'),
    confirmed && maybe('the entry may be confirmed by now'),
    translated,
    states.includes('SNAT') && (packet.sourceTranslated ?? false),
  ])
}

/**
 * The first packet of a TCP connection carries SYN (2) alone, and ECE (64) with CWR (128) where the client asks for ECN; its answer SYN and ACK (16), with ECE where
 * the server agrees. What is taken for invalid begins with the client's ACK, or is such an answer.
 */
function tcpFlags({ mask, set }: Extract<Match, { kind: 'tcpFlags' }>, { later, sourcePort }: Packet): Answer {
  const answer = sourcePort !== undefined
  const flags = answer ? 18 : later ? 16 : 2
  const plain = (mask & flags) === set
  const withEcn = (mask & (flags | (answer ? 64 : later ? 0 : 192))) === set
  return plain === withEcn ? plain : maybe('whether the client asks for ECN is not known')
}

function ofTuple({ direction, of }: Extract<Match, { kind: 'connection' }>, packet: Packet): [Match, Packet] {
  if (direction === 'original') return [of, asTaken(packet)]
  if (packet.later) return [of, { ...packet, ...packet.arrivedAs }]
  if (of.kind === 'address') return [{ ...of, side: opposite(of.side) }, packet]
  return [of.kind === 'port' && of.side !== 'either' ? { ...of, side: opposite(of.side) } : of, packet]
}

function addressType(
  { side, types, apart }: Extract<Match, { kind: 'addressType' }>,
  packet: Packet,
  about: Place,
): Answer {
  const [set, local] =
    side === 'source' ? [packet.source, packet.sourceLocal] : [packet.destination, packet.destinationLocal]
  if (types.length === 1 && types[0] === 'LOCAL') return local
  const asked = new Set(types)
  // match_type6 of xt_addrtype.c: what an address is by itself must hold besides what routing says of it.
  if (set.family === 6 && apart) {
    const routed = types.filter((type) => ROUTED.has(type))
    const own = types.flatMap((type) => (ROUTED.has(type) ? [] : [new Set([type])]))
    const kind = ownType(set)
    const answers = own.map((type) => among(side, type, kind))
    return allOf(
      routed.length > 0 ? [...answers, among(side, new Set(routed), routedTypes(about.node, set, local))] : answers,
    )
  }
  return among(side, asked, typesOf(about.node, set, local))
}

/** What IPv6 asks routing for. */
const ROUTED = new Set(['LOCAL', 'ANYCAST', 'UNREACHABLE'])

function among(side: Side, asked: ReadonlySet<string>, possible: ReadonlySet<string>): Answer {
  const fits = [...possible].map((type) => asked.has(type))
  if (fits.every((fit) => fit)) return true
  return fits.includes(true) && maybe(`the ${side} may be ${[...possible].join(' or ')}`)
}

/** xt_recent remembers clients in /proc, not in the rules; a new client is in no list. */
function recentlySeen(operation: 'set' | 'rcheck' | 'update' | 'remove', list: string, about: Place): Answer {
  if (operation === 'set') return true
  if (about.names.remembersClients(list)) {
    about.assumptions.add(AFFINITY)
    return false
  }
  return maybe(`the client may be in the list ${list}`)
}

const AFFINITY = 'the client has no session affinity yet'

function inNamedSet(name: string, fields: readonly Field[], packet: Packet, about: Place): Answer {
  const set = about.table.sets.get(name)
  if (!set) return maybe(`the set ${name} is not in the text`)
  const answer = lookupSet(set, fields, packet, about.steps)
  if (!set.dynamic || answer === true) return answer
  // Such a set gains an element with every new client; see recentlySeen.
  if (about.names.remembersClients(name)) {
    if (!onlyAddress(packet.source)) about.assumptions.add(AFFINITY)
    return false
  }
  return maybe(`rules change the set ${name}`)
}

function bridgePort(match: Extract<Match, { kind: 'bridgePort' }>, packet: Packet): Answer {
  // Without a bridge port every test fails: physdev_mt in xt_physdev.c.
  if (match.test === 'is-in' || packet.bridged === false) return packet.bridged
  // Routed packets get their output port only after these hooks: physdev(8) on --physdev-out.
  if (match.test === 'is-bridged') return false
  return maybe(`the bridge port (${match.name ?? match.test}) is not known`)
}
