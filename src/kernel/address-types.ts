/** What kind of address the kernel takes one for: the answers of addrtype and of nft's `fib … type`. */
import { type AddressSet, type Cidr, overlap, parseAddress, parseCidr } from '../model/address.ts'
import { memoByFamily } from '../model/memo.ts'
import type { NodeState } from '../model/node.ts'
import { lookupRoute } from './fib.ts'
import { type Answer, maybe } from './packet.ts'

/**
 * The types that an address of the set may have. IPv4 asks the table local alone (inet_dev_addr_type in fib_frontend.c); IPv6 all of routing
 * (nft_fib_ipv6.c).
 */
export function typesOf(node: NodeState, set: AddressSet, local: Answer): ReadonlySet<string> {
  const types = new Set(ownType(set))
  if (set.family === 6) {
    if (!types.delete('UNICAST')) return types
    return new Set([...types, ...routedTypes(node, set, local)].map((type) => (type === 'ROUTED' ? 'UNICAST' : type)))
  }
  if (local === true) return LOCAL
  if (local !== false) types.add('LOCAL')
  const broadcast = isBroadcast(node, set)
  if (broadcast !== false) types.add('BROADCAST')
  if (broadcast === true) types.delete('UNICAST')
  return types
}

const LOCAL: ReadonlySet<string> = new Set(['LOCAL'])

/** What an address is by its number alone. */
export function ownType(set: AddressSet): ReadonlySet<string> {
  const types = new Set<string>()
  let rest = true
  for (const [cidr, type] of OWN[set.family]) {
    const fit = overlap(set, cidr)
    if (fit !== 'none') types.add(type)
    if (fit === 'all') rest = false
  }
  return rest ? types.add('UNICAST') : types
}

const own = (...pairs: [string, string][]): [Cidr, string][] => pairs.map(([text, type]) => [parseCidr(text)!, type])

const OWN = {
  4: own(['0.0.0.0/8', 'BROADCAST'], ['255.255.255.255', 'BROADCAST'], ['224.0.0.0/4', 'MULTICAST']),
  6: own(['ff00::/8', 'MULTICAST'], ['::', 'UNSPEC'], ['::ffff:0:0/96', 'MAPPED']),
}

/** What routing says of an IPv6 address: LOCAL, ANYCAST, what stops it, or ROUTED. */
export function routedTypes(node: NodeState, set: AddressSet, local: Answer): ReadonlySet<string> {
  if (local === true) return LOCAL
  const anycast = isOneOf(anycasts(node, 6), set)
  const types = new Set<string>()
  if (local !== false) types.add('LOCAL')
  if (anycast !== false) types.add('ANYCAST')
  if (anycast === true) return types
  const { kind, doubt } = lookupRoute(node, set)
  if (kind !== 'none' || doubt !== null) types.add('ROUTED')
  // Which of them stands in the way is not worth telling apart.
  if (kind === 'none' || kind === 'unknown' || doubt !== null)
    for (const type of ['UNREACHABLE', 'BLACKHOLE', 'PROHIBIT', 'THROW']) types.add(type)
  return types
}

const anycasts = memoByFamily((node: NodeState, family) => special(node, family, 'anycast'))

/** Routes of a type in the table local; null where that table was not collected. */
function special(node: NodeState, family: 4 | 6, type: string): Cidr[] | null {
  const local = (node.routes ?? []).filter((route) => route.table === 'local' && route.family === family)
  if (local.length === 0) return null
  return local.flatMap((route) => (route.type === type ? (parseCidr(route.destination) ?? []) : []))
}

const broadcasts = memoByFamily((node: NodeState, family) => special(node, family, 'broadcast') ?? ofLinks(node))

/** The last address of every network that the node is in; null where its links were not collected. */
function ofLinks({ links }: NodeState): Cidr[] | null {
  return (
    links?.flatMap(({ addresses }) =>
      addresses.flatMap(({ address, prefix }) => {
        const own = parseAddress(address)
        const free = BigInt(32 - prefix)
        if (own?.family !== 4 || free < 2n) return []
        return { family: 4 as const, base: own.value | ((1n << free) - 1n), bits: 32 }
      }),
    ) ?? null
  )
}

const isBroadcast = (node: NodeState, set: AddressSet): Answer => isOneOf(broadcasts(node, 4), set)

function isOneOf(prefixes: readonly Cidr[] | null, set: AddressSet): Answer {
  if (!prefixes) return maybe('the addresses of the node are not in the text')
  const fits = prefixes.map((prefix) => overlap(set, prefix))
  return fits.includes('all') || (fits.includes('some') && maybe('it may be one of them'))
}
