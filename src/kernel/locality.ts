import { type AddressSet, type Cidr, type Family, familyOf, onlyAddress, overlap, parseCidr } from '../model/address.ts'
import { memoByFamily } from '../model/memo.ts'
import type { NodeState } from '../model/node.ts'
import { type Answer, maybe } from './packet.ts'

/**
 * Is the destination (or source) an address of the node itself? Told by the routing table `local`, which is what xt
 * addrtype asks too, else by the addresses of its interfaces; without either it cannot be told, but for loopback.
 */
export function isLocal(node: NodeState, set: AddressSet): Answer {
  const { prefixes, whole } = localPrefixes(node, set.family)
  const address = onlyAddress(set) ?? 'the address'
  const fits = prefixes.map((prefix) => overlap(set, prefix))
  if (fits.includes('all')) return true
  if (!whole) return maybe(`whether ${address} is one of ${node.name}'s own is not in the text`)
  return fits.includes('some') ? maybe(`${address} may be one of ${node.name}'s own`) : false
}

/** The node's own addresses of a family, loopback left out; empty where they were not collected. */
export function ownAddresses(node: NodeState, family: 4 | 6): string[] {
  const addresses = (node.links ?? []).flatMap((link) => (link.name === 'lo' ? [] : link.addresses))
  return addresses.map(({ address }) => address).filter((address) => address.includes(':') === (family === 6))
}

/** The addresses of an interface that packets to other hosts may carry; empty where they were not collected. */
export const addressesAt = ({ links }: NodeState, device: string, family: Family): string[] =>
  (links?.find(({ name }) => name === device)?.addresses ?? [])
    .map(({ address }) => address)
    .filter((address) => familyOf(address) === family && !/^(fe80:|169\.254\.)/i.test(address))

/** The node's own interface that has an address; null where none has, or they were not collected. */
export const linkHolding = ({ links }: NodeState, address: string): string | null =>
  links?.find(({ addresses }) => addresses.some((one) => one.address === address))?.name ?? null

const LOOPBACK = { 4: parseCidr('127.0.0.0/8')!, 6: parseCidr('::1')! }

/** The two families are often collected by commands of their own, of which one may be missing. */
const localPrefixes = memoByFamily((node: NodeState, family): { prefixes: Cidr[]; whole: boolean } => {
  const read = (texts: string[]) =>
    texts.flatMap((text) => parseCidr(text) ?? []).filter((cidr) => cidr.family === family)
  const local = (node.routes ?? []).filter((route) => route.table === 'local' && route.type === 'local')
  const routed = read(local.map((route) => route.destination))
  const assigned = read((node.links ?? []).flatMap((link) => link.addresses.map(({ address }) => address)))
  const prefixes = routed.length > 0 ? routed : assigned
  // `ip addr show eth0` says nothing of other links, and every list of all begins with the loopback's.
  const hasAll = !node.linksPartial && node.links?.some(({ name }) => name === 'lo')
  const whole = routed.length > 0 ? !node.routesPartial : assigned.length > 0 && hasAll === true
  return { prefixes: [...prefixes, LOOPBACK[family]], whole }
})
