import {
  type AddressSet,
  type Cidr,
  formatCidr,
  onlyAddress,
  overlap,
  parseAddress,
  without,
} from '../model/address.ts'
import type { IpSet, IpSetMember, IpSetPart } from '../model/ipset.ts'
import type { Side } from '../model/rules.ts'
import { interfaceIs, portIn } from './fields.ts'
import { type Answer, allOf, anyOf, maybe, type Packet } from './packet.ts'

/** What a rule asks of an ipset: whose address, port or interface is meant in each dimension, and whether exceptions are what it looks for. */
export interface IpSetQuestion {
  set: string
  sides: readonly Side[]
  exceptions: boolean
}

/**
 * Is the packet in the set? `sets` null: they were not collected. As ip_set_test in ip_set_core.c has it: a rule that names fewer dimensions than the set has, or
 * sees packets of the other family, finds nothing. A member that has a time limit counts as long as it is there.
 */
export function inIpset(question: IpSetQuestion, packet: Packet, sets: readonly IpSet[] | null): Answer {
  const name = question.set
  if (sets === null) return maybe(`what the ipset ${name} holds is not in a rule dump`)
  const set = sets.find((one) => one.name === name)
  if (!set) return maybe(`what the ipset ${name} holds was not collected`)
  if (set.type !== 'list:set') return lookup(set, question, packet)
  if (!set.members) return maybe(`what the ipset ${name} holds was not collected`)
  // Lists hold no lists: list_set_uadd in ip_set_list_set.c.
  const inner = set.members.flatMap(({ parts }) => parts.flatMap((part) => (part.kind === 'set' ? part.name : [])))
  return anyOf(
    inner.map((one) => {
      const other = sets.find((candidate) => candidate.name === one)
      if (!other || other.type === 'list:set') return maybe(`what the ipset ${one} holds was not collected`)
      return lookup(other, question, packet)
    }),
  )
}

function lookup(set: IpSet, { sides, exceptions }: IpSetQuestion, packet: Packet): Answer {
  const dimensions = set.type.split(',').length
  if (sides.length < dimensions) return false
  if (set.family !== null && set.family !== packet.destination.family) return false
  if (!set.members) return maybe(`what the ipset ${set.name} holds was not collected`)
  if (!KNOWN.has(set.type)) return maybe(`ipsets of the type ${set.type} are not understood`)
  if (set.bitmask !== null) return maybe(`the bitmask of the ipset ${set.name} is not understood`)
  return decide(set, candidates(set, set.members, sides, packet), sides, exceptions, packet)
}

const KNOWN = new Set([
  ...['hash:ip', 'hash:ip,port', 'hash:ip,port,ip', 'hash:ip,port,net', 'hash:ip,mark', 'hash:ip,mac', 'hash:mac'],
  ...['hash:net', 'hash:net,net', 'hash:net,port', 'hash:net,port,net', 'hash:net,iface'],
  ...['bitmap:ip', 'bitmap:ip,mac', 'bitmap:port'],
])

/**
 * The kernel looks for the longest prefixes first, and an exception among them ends the search (mtype_test_cidrs in ip_set_hash_gen.h). Where the packet's
 * address is one of several, each member takes its part of them.
 */
function decide(
  set: IpSet,
  members: readonly IpSetMember[],
  sides: readonly Side[],
  exceptions: boolean,
  packet: Packet,
): Answer {
  const left = { source: packet.source, destination: packet.destination }
  const outcomes = new Set<boolean>()
  const doubts = new Set<string>()
  let taken = 0
  let settledAt: IpSetMember | null = null
  for (const member of members) {
    if (settledAt && byLength(settledAt, member) !== 0) break
    const { answer, part } = meets(set, member, sides, left, packet)
    if (answer === false) continue
    outcomes.add(member.nomatch === exceptions)
    if (outcomes.size > 1) break
    if (answer === true) settledAt ??= member
    else if (!part) doubts.add(answer.maybe)
    else if (taken++ < MOST_PARTS) left[part.side] = without(left[part.side], [part.cidr])
  }
  if (!settledAt) outcomes.add(false)
  if (outcomes.size === 1) return outcomes.has(true)
  const [first] = doubts
  return maybe(
    first ?? `the ${onlyAddress(packet.source) ? 'destination' : 'source'} may be in the ipset ${set.name} or not`,
  )
}

/** Parts of an address range that are told apart; more only makes the answer a maybe. */
const MOST_PARTS = 64

interface Meeting {
  answer: Answer
  /** Where nothing but an address cannot be told: the part of its possible addresses that the member holds. */
  part: { side: Side; cidr: Cidr } | null
}

function meets(
  set: IpSet,
  { parts }: IpSetMember,
  sides: readonly Side[],
  left: Readonly<Record<Side, AddressSet>>,
  packet: Packet,
): Meeting {
  const answers: Answer[] = []
  const open: Meeting['part'][] = []
  for (const [i, part] of parts.entries()) {
    const side = sides[i]!
    const answer = part.kind === 'address' ? holds(cidrOf(set, part, i), left[side]) : partMatches(part, side, packet)
    if (answer === false) return { answer: false, part: null }
    if (answer === true) continue
    answers.push(answer)
    open.push(part.kind === 'address' ? { side, cidr: cidrOf(set, part, i) } : null)
  }
  return { answer: allOf(answers), part: open.length === 1 ? open[0]! : null }
}

function holds(cidr: Cidr, addresses: AddressSet): Answer {
  const answer = overlap(addresses, cidr)
  return answer === 'some' ? maybe(`an address may be in ${formatCidr(cidr)} or not`) : answer === 'all'
}

/** With a netmask, the set's one address (or first) stands for all that share its prefix. */
const cidrOf = (
  { netmask }: IpSet,
  { cidr, host }: Extract<IpSetPart, { kind: 'address' }>,
  dimension: number,
): Cidr => (netmask !== null && host && dimension === 0 ? { ...cidr, bits: netmask } : cidr)

function partMatches(part: Exclude<IpSetPart, { kind: 'address' }>, side: Side, packet: Packet): Answer {
  switch (part.kind) {
    case 'port': {
      // A bitmap knows the ports of TCP and UDP alone: ip_set_get_ip_port in ip_set_getport.c.
      const ofProtocol = part.protocol === null ? PORTS_ALONE.has(packet.protocol) : part.protocol === packet.protocol
      return ofProtocol && part.port !== null && portIn(side, [[part.port, part.port]], packet)
    }
    case 'interface':
      // What makes the kernel look for bridge ports is no option of iptables.
      if (part.physdev) return maybe(`whether the bridge port is ${part.name} is not known`)
      return interfaceIs(side === 'source' ? 'in' : 'out', part.name, packet)
    case 'set':
      return maybe(`the set ${part.name} is in no list`)
    case 'unknown':
      return maybe(`${part.text} is not understood`)
  }
}

const PORTS_ALONE = new Set(['tcp', 'udp'])

/** Lengths of the prefixes, of the first dimension before those of the second. */
function byLength(a: IpSetMember, b: IpSetMember): number {
  for (const [i, part] of a.parts.entries()) {
    const other = b.parts[i]
    if (part.kind === 'address' && other?.kind === 'address' && part.cidr.bits !== other.cidr.bits)
      return other.cidr.bits - part.cidr.bits
  }
  return 0
}

/** Members by the prefixes of their first dimension, the longest first; null where it is no address. */
interface Index {
  sorted: readonly IpSetMember[]
  byPrefix: Map<number, Map<bigint, IpSetMember[]>> | null
}

const indices = new WeakMap<IpSet, Index>()

/** Those that the packet may meet, the longest prefixes first: of thousands, few are about one address. */
function candidates(set: IpSet, members: readonly IpSetMember[], sides: readonly Side[], packet: Packet) {
  let index = indices.get(set)
  if (!index) {
    index = indexOf(set, members)
    indices.set(set, index)
  }
  const address = onlyAddress(sides[0] === 'source' ? packet.source : packet.destination)
  const value = parseAddress(address ?? '')
  if (!index.byPrefix || !value) return index.sorted
  const width = value.family === 4 ? 32 : 128
  const found = [...index.byPrefix].flatMap(([bits, at]) => {
    const free = BigInt(width - bits)
    return at.get((value.value >> free) << free) ?? []
  })
  return found.sort(byLength)
}

function indexOf(set: IpSet, members: readonly IpSetMember[]): Index {
  const sorted = [...members].sort(byLength)
  const byPrefix: NonNullable<Index['byPrefix']> = new Map()
  for (const member of sorted) {
    const part = member.parts[0]
    if (part?.kind !== 'address') return { sorted, byPrefix: null }
    const { bits, base } = cidrOf(set, part, 0)
    const at = byPrefix.get(bits) ?? new Map<bigint, IpSetMember[]>()
    byPrefix.set(bits, at)
    at.set(base, [...(at.get(base) ?? []), member])
  }
  return { sorted, byPrefix }
}
