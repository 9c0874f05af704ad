import {
  type AddressSet,
  everything,
  onlyAddress,
  overlap,
  parseAddress,
  parseCidr,
  prefixesOf,
} from '../model/address.ts'
import type { NodeState } from '../model/node.ts'
import type { DnatTarget } from '../model/rules.ts'
import { addressesAt, isLocal, ownAddresses } from './locality.ts'
import { type Answer, allOf, anyOf, maybe, negate, type Packet } from './packet.ts'

/** The packet after DNAT: to an address, or to one of a range; without an address or port it keeps its own. */
export function withTarget(node: NodeState, packet: Packet, target: DnatTarget): Packet {
  const destination = addressesOf(target) ?? packet.destination
  const ports = target.port === null ? {} : { destinationPort: target.port, destinationPortEnd: target.portEnd }
  const next = {
    ...packet,
    ...ports,
    original: originalOf(packet),
    destination,
    destinationLocal: isLocal(node, destination),
  }
  // nf_nat_core.c sets the status bit only where the tuple changes.
  const kept = allOf([sameAddress(packet, next), samePort(packet, next)])
  return { ...next, translated: anyOf([packet.translated, negate(kept)]) }
}

/** What conntrack took down of a packet. */
function originalOf({ original, source, destination, destinationPort, destinationPortEnd }: Packet) {
  return original ?? { source, destination, destinationPort, destinationPortEnd: destinationPortEnd ?? null }
}

function sameAddress(before: Packet, after: Packet): Answer {
  if (before.destination === after.destination) return true
  const [own] = before.destination.within
  const overlaps = onlyAddress(before.destination) && own ? overlap(after.destination, own) : 'some'
  return overlaps === 'some' ? maybe('DNAT may pick the address that the packet has') : overlaps === 'all'
}

function samePort(before: Packet, after: Packet): Answer {
  if (before.destinationPortEnd == null && after.destinationPortEnd == null) {
    return before.destinationPort === after.destinationPort
  }
  return maybe('DNAT may pick the port that the packet has')
}

/**
 * The packet after REDIRECT: to the loopback address where the node sent it, else to the first address of the interface
 * by which it came (nf_nat_redirect.c), or to one of the node's own that is not known.
 */
export function redirected(node: NodeState, packet: Packet, ports: Pick<DnatTarget, 'port' | 'portEnd'>): Packet {
  const { family } = packet.destination
  const target = { address: redirectAddress(node, packet), addressEnd: null, ...ports }
  const next = withTarget(node, packet, target)
  if (target.address) return { ...next, destinationLocal: true }
  const own = ownAddresses(node, family).flatMap((address) => parseCidr(address) ?? [])
  const destination = own.length > 0 ? { family, within: own, except: [] } : everything(family)
  return { ...next, destination, destinationLocal: true, translated: true }
}

function redirectAddress(node: NodeState, { destination: { family }, inInterface }: Packet): string | null {
  if (inInterface === '') return family === 4 ? '127.0.0.1' : '::1'
  const link = node.links?.find((one) => one.name === inInterface)
  const addresses = link?.addresses.map(({ address }) => address) ?? []
  return addresses.find((address) => parseAddress(address)?.family === family && !/^fe80:/i.test(address)) ?? null
}

/** The packet after SNAT, or after MASQUERADE where `to` is null. */
export function withSource(node: NodeState, packet: Packet, to: string | null): Packet {
  const { family } = packet.source
  const address = to === null ? null : addressesIn(to)
  // Ports alone are given to it.
  if (to?.startsWith(':') && !address) return packet
  const own = to === null ? addressesBy(node, packet).flatMap((text) => parseCidr(text) ?? []) : []
  const masqueraded: AddressSet = own.length > 0 ? { family, within: own, except: [] } : everything(family)
  const source = address ?? (to === null ? masqueraded : everything(family))
  // A node's own packet may keep the address that it has; then it does not count as translated.
  const certain = packet.sourceLocal === false
  const sourceTranslated = certain || maybe('whether the source address changes is not known')
  return {
    ...packet,
    original: originalOf(packet),
    source,
    sourceLocal: to === null || isLocal(node, source),
    sourceTranslated,
  }
}

/**
 * What MASQUERADE may choose from: the addresses of the interface that the packet leaves by, else all others (inet_select_addr in devinet.c,
 * ipv6_dev_get_saddr in addrconf.c). Those of the loopback interface are of too narrow a scope: what a node sends to itself may get any of its others.
 */
function addressesBy(node: NodeState, { outInterface, source: { family } }: Packet): string[] {
  const by = outInterface && outInterface !== 'lo' ? addressesAt(node, outInterface, family) : []
  return by.length > 0 ? by : ownAddresses(node, family)
}

/** The addresses of `10.0.0.1-10.0.0.9:80-90` or `[fd00::1-fd00::9]:80`; null for anything else. */
function addressesIn(to: string): AddressSet | null {
  const bare = /^\[([^\]]*)\]/.exec(to)?.[1] ?? (/^[^:]*:[^:]*$/.test(to) ? to.slice(0, to.indexOf(':')) : to)
  const [address = null, addressEnd = null] = bare.split('-')
  return addressesOf({ address, addressEnd, port: null, portEnd: null })
}

/** Null where the target names no address. */
function addressesOf({ address, addressEnd }: DnatTarget): AddressSet | null {
  const [low, high] = [parseAddress(address ?? ''), parseAddress(addressEnd ?? '')]
  if (!low) return null
  const { family } = low
  return { family, within: prefixesOf(family, low.value, high?.family === family ? high.value : low.value), except: [] }
}
