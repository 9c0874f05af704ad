/** The JSON forms of iproute2: `ip -j [-d] link|addr|neigh|rule|route`, with the keys of iproute2 4.14 to 6.x. */
import { canonicalAddress, type Family, parseAddress } from '../../model/address.ts'
import type { Link, Neighbour, PolicyRule, Route } from '../../model/node.ts'
import { type Parsed, ProblemLog } from '../parsed.ts'
import {
  describe,
  type JsonObject,
  numberOf,
  objectOf,
  objectsOf,
  plain,
  readEach,
  stringOf,
  stringsOf,
} from './json.ts'
import { finishRoutes, isIPv4Scope, type RouteDraft } from './route-draft.ts'
import { isUp, type LinkDraft, macAddress, policyRule, resolvePeers } from './values.ts'

/**
 * `ip -j [-d] link` and `ip -j [-d] addr`; without `-d` no kind is known. A peer in the same namespace is printed by
 * name and gets the index that the same output gives for it.
 */
export function parseIpLinkJson(text: string, file: string): Parsed<Link> {
  const log = new ProblemLog(file)
  const drafts = readEach(text, log, toLink)
  return { items: resolvePeers(drafts), problems: log.list() }
}

/** `ip -j neigh`; proxy entries, which name no neighbour, are left out. */
export function parseIpNeighJson(text: string, file: string): Parsed<Neighbour> {
  const log = new ProblemLog(file)
  const items = readEach(text, log, toNeighbour).filter((neighbour) => neighbour !== 'proxy')
  return { items, problems: log.list() }
}

/** `ip -j rule`. Everything beside source and table, and any action but a look-up, stands in `condition`. */
export function parseIpRuleJson(text: string, file: string): Parsed<PolicyRule> {
  const log = new ProblemLog(file)
  return { items: readEach(text, log, toPolicyRule), problems: log.list() }
}

/**
 * `ip -j [-6] route [show table all]`, both families mixed where they were printed so. `family` is that of a `default`
 * that shows none itself; see finishRoutes for what becomes a problem.
 */
export function parseIpRouteJson(text: string, file: string, family: Family | null = null): Parsed<Route> {
  const log = new ProblemLog(file)
  const drafts = readEach(text, log, toRouteDraft)
  return { items: finishRoutes(drafts, log, family), problems: log.list() }
}

function toLink(entry: JsonObject): LinkDraft | null {
  const name = stringOf(entry, 'ifname')
  if (name === null) return null
  const packets = packetsOf(objectOf(entry, 'stats64' in entry ? 'stats64' : 'stats'))
  return {
    index: numberOf(entry, 'ifindex'),
    name,
    kind: stringOf(objectOf(entry, 'linkinfo'), 'info_kind'),
    mac: macAddress(stringOf(entry, 'address')),
    mtu: numberOf(entry, 'mtu'),
    up: isUp(stringsOf(entry, 'flags')),
    master: stringOf(entry, 'master'),
    peerIndex: numberOf(entry, 'link_index'),
    peerName: stringOf(entry, 'link'),
    addresses: objectsOf(entry, 'addr_info').flatMap(toAddress),
    ...(packets ? { packets } : {}),
    ...('xdp' in entry ? { xdp: { name: stringOf(objectOf(objectOf(entry, 'xdp'), 'prog'), 'name') } } : {}),
  }
}

/** Of `ip -s`. */
function packetsOf(counts: JsonObject): Link['packets'] | null {
  const [received, sent] = [numberOf(objectOf(counts, 'rx'), 'packets'), numberOf(objectOf(counts, 'tx'), 'packets')]
  return received === null || sent === null ? null : { received, sent }
}

function toAddress(entry: JsonObject): { address: string; prefix: number }[] {
  const [address, prefix] = [stringOf(entry, 'local'), numberOf(entry, 'prefixlen')]
  return address === null || !parseAddress(address) || prefix === null
    ? []
    : [{ address: canonicalAddress(address), prefix }]
}

function toNeighbour(entry: JsonObject): Neighbour | 'proxy' | null {
  const [address, device] = [stringOf(entry, 'dst'), stringOf(entry, 'dev')]
  if (address === null || !parseAddress(address) || device === null) return null
  if ('proxy' in entry) return 'proxy'
  const mac = macAddress(stringOf(entry, 'lladdr'))
  return { address: canonicalAddress(address), device, mac, states: stringsOf(entry, 'state') }
}

function toPolicyRule(entry: JsonObject): PolicyRule | null {
  const [priority, source] = [numberOf(entry, 'priority'), stringOf(entry, 'src')]
  if (priority === null || source === null) return null
  const conditions = Object.keys(entry).flatMap((key) => conditionOf(entry, key))
  return policyRule(priority, withLength(entry, 'src'), stringOf(entry, 'table'), conditions)
}

/** The words that `ip rule` without `-j` prints for a key, near enough. */
function conditionOf(entry: JsonObject, key: string): string[] {
  switch (key) {
    case 'priority':
    case 'src':
    case 'srclen':
    case 'table':
    case 'protocol':
    case 'dstlen':
    case 'fwmask':
      return []
    case 'dst':
      return [`to ${withLength(entry, 'dst')}`]
    case 'fwmark':
      return [`fwmark ${plain(entry.fwmark)}${entry.fwmask === undefined ? '' : `/${plain(entry.fwmask)}`}`]
    case 'action':
      return [plain(entry.action)]
    default:
      return [entry[key] === null ? key : `${key} ${plain(entry[key])}`]
  }
}

function withLength(entry: JsonObject, key: 'src' | 'dst'): string {
  const length = numberOf(entry, `${key}len`)
  return `${stringOf(entry, key)}${length === null ? '' : `/${length}`}`
}

function toRouteDraft(entry: JsonObject): RouteDraft | null {
  const destination = stringOf(entry, 'dst')
  if (destination === null) return null
  const hops = objectsOf(entry, 'nexthops')
  return {
    line: null,
    shown: describe(entry),
    destination,
    type: stringOf(entry, 'type') ?? 'unicast',
    table: stringOf(entry, 'table') ?? 'main',
    metric: numberOf(entry, 'metric') ?? 0,
    source: stringOf(entry, 'prefsrc'),
    hops: (hops.length > 0 ? hops : [entry]).map(toHop),
    family: familyHint([entry, ...hops]),
    unsayable: unsayableOf(entry),
  }
}

function toHop(entry: JsonObject): RouteDraft['hops'][number] {
  const gateway = stringOf(entry, 'gateway') ?? stringOf(objectOf(entry, 'via'), 'host')
  return { gateway, device: stringOf(entry, 'dev'), dead: stringsOf(entry, 'flags').includes('dead') }
}

function familyHint(entries: readonly JsonObject[]): Family | null {
  if (entries.some((entry) => 'pref' in entry)) return 6
  if (entries.some((entry) => isIPv4Scope(stringOf(entry, 'scope')))) return 4
  // `via` with a family is printed only where the gateway's family is not the route's own (RTA_VIA).
  const other = entries.map((entry) => stringOf(objectOf(entry, 'via'), 'family')).find((family) => family !== null)
  return other === undefined ? null : other === 'inet6' ? 4 : 6
}

function unsayableOf(entry: JsonObject): string | null {
  // An encapsulation of these kinds is printed with a `dst` of its own, which hides the route's in a JSON object.
  if (['ip', 'ip6', 'mpls'].includes(stringOf(entry, 'encap') ?? '')) return 'its encapsulation hides its destination'
  const selector = ['from', 'tos'].find((key) => entry[key] !== undefined)
  return selector === undefined ? null : `it only holds for ${selector} ${plain(entry[selector])}`
}
