import { onlyAddress } from '../model/address.ts'
import type { Field, Match, Side, Table } from '../model/rules.ts'
import { addressIn, elementMatches, interfaceIs, portIn } from './fields.ts'
import { lookupSet } from './lookup.ts'
import { type Answer, anyOf, markEquals, maybe, negate, type Packet } from './packet.ts'

/** What may decide a match besides the packet. */
export interface Circumstances {
  table: Table
  /** Collects what was taken for granted on the way: `the client has no affinity yet`. */
  assumptions: Set<string>
}

/** Does the packet pass the test? A match that is not understood answers maybe, with its text as the reason. */
export function evaluate(match: Match, packet: Packet, about: Circumstances): Answer {
  const answer = test(match, packet, about)
  return 'negated' in match && match.negated ? negate(answer) : answer
}

function test(match: Match, packet: Packet, about: Circumstances): Answer {
  switch (match.kind) {
    case 'address':
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
      return markEquals(bits, match.value, match.mask) ?? maybe(`the ${match.of}'s mark is not known`)
    }
    case 'conntrack':
      return (
        match.states.includes(packet.untracked ? 'UNTRACKED' : 'NEW') ||
        (match.states.includes('DNAT') && packet.translated)
      )
    case 'addressType':
      return addressType(match.side, match.types, packet)
    case 'recent':
      return recentlySeen(match.operation, match.list, about)
    case 'set':
      return match.dialect === 'ipset'
        ? maybe(`what the ipset ${match.set} holds is not in a rule dump`)
        : inNamedSet(match.set, match.fields, packet, about)
    case 'oneOf':
      return anyOf(match.elements.map((element) => elementMatches(match.fields, element, packet)))
    case 'bridgePort':
      return bridgePort(match, packet)
    case 'tcpFlags':
      // The first packet of a TCP connection carries SYN (2) alone.
      return packet.protocol === 'tcp' && (match.mask & 2) === match.set
    case 'always':
      return true
    case 'random':
    case 'nth':
      throw new Error(`a ${match.kind} match splits the flow; the walker handles it`)
    case 'unknown':
      return maybe(`${match.text} is not understood`)
  }
}

function addressType(side: Side, types: readonly string[], packet: Packet): Answer {
  const local = side === 'source' ? packet.sourceLocal : packet.destinationLocal
  const wantsLocal = types.includes('LOCAL')
  const wantsUnicast = types.includes('UNICAST')
  if (wantsLocal && wantsUnicast) return true
  // An address that is not local and not broadcast, multicast or the like is unicast.
  if (wantsLocal) return local
  return wantsUnicast ? negate(local) : false
}

/** xt_recent remembers clients in /proc, not in the rules; a new client is in no list. */
function recentlySeen(operation: 'set' | 'rcheck' | 'update' | 'remove', list: string, about: Circumstances): Answer {
  if (operation === 'set') return true
  if (list.startsWith('KUBE-SEP-')) {
    about.assumptions.add(AFFINITY)
    return false
  }
  return maybe(`the client may be in the list ${list}`)
}

export const AFFINITY = 'the client has no session affinity yet'

function inNamedSet(name: string, fields: readonly Field[], packet: Packet, about: Circumstances): Answer {
  const set = about.table.sets.get(name)
  if (!set) return maybe(`the set ${name} is not in the text`)
  const answer = lookupSet(set, fields, packet)
  if (!set.dynamic || answer === true) return answer
  // kube-proxy's affinity sets gain an element with every new client; see recentlySeen.
  if (name.startsWith('affinity-')) {
    if (!onlyAddress(packet.source)) about.assumptions.add(AFFINITY)
    return false
  }
  return maybe(`rules change the set ${name}`)
}

function bridgePort(match: Extract<Match, { kind: 'bridgePort' }>, packet: Packet): Answer {
  if (match.test === 'is-in') return packet.bridged
  if (match.test === 'in' && packet.bridged === false) return false
  // Routed packets get their output port only after these hooks: physdev(8) on --physdev-out.
  if (match.test === 'is-bridged') return false
  return maybe(`the bridge port (${match.name ?? match.test}) is not known`)
}
