/** The one answer to: what serves Services on this node, what leads packets to it, and how much of it was seen. */
import { tablesOf } from '../kernel/base-chains.ts'
import { linkHolding } from '../kernel/locality.ts'
import type { Station } from '../kernel/station.ts'
import { type Family, familyOf, parseAddress } from '../model/address.ts'
import { memoByFamily } from '../model/memo.ts'
import type { NodeState } from '../model/node.ts'
import type { NodePath } from '../model/report.ts'
import type { Table } from '../model/rules.ts'
import { ciliumOn, fullMaps, isAgents, serves } from './cilium/on-node.ts'
import { CILIUM_AGENT } from './cilium/program.ts'
import { fullSets } from './ipvs/full-sets.ts'
import { ageOfIpvs, SERVICE_LINKS } from './ipvs/names.ts'
import { ipvsProxy } from './ipvs/proxy.ts'
import { remainsOfIpvs } from './ipvs/remains.ts'
import { ipvsStations } from './ipvs/station.ts'
import { kubeProxiesIn } from './kube-proxy/places.ts'
import { KUBE_PROXY } from './kube-proxy/program.ts'
import { NATIVE_TABLE, roleOf } from './kube-proxy/roles.ts'
import { KUBE_PROXY_NAMES } from './kube-proxy/walk-names.ts'
import { isIpvs, signsOfAnother } from './other-dataplane.ts'
import type { Idle, NodeProxies, Place, ServiceProxy } from './proxy.ts'
import { seenOn } from './seen.ts'
import { planeProgram } from './tables/program.ts'
import { tableProxies } from './tables/proxy.ts'

/** What serves Services on a node for one family. Found out once a node: with thousands of services it is asked thousands of times. */
export const proxiesOn: (node: NodeState, family: Family) => NodeProxies = memoByFamily((node, family) => {
  const cilium = ciliumOn(node, family, leftIn(node, family))
  const virtual = !cilium && isIpvs(node, family)
  const all = cilium ? [cilium, ...leftIn(node, family)] : kubeProxies(node, family)
  const other = cilium ? null : signsOfAnother(node, family)
  return {
    ...{ all, other, names: KUBE_PROXY_NAMES, full: [...fullMaps(node), ...(virtual ? fullSets(node, family) : [])] },
    program: isAgents(node) ? CILIUM_AGENT : (planeProgram(node, family) ?? KUBE_PROXY),
    seen: seenOn(node, family, other),
    absence: all.length === 0 ? absenceOf(node, family) : emptiness(node, all, other),
    stations: [...all.flatMap(({ stations }) => stations), ...(virtual ? [] : idleServers(node, family))],
    remains:
      virtual || cilium || !all.some(({ reached, translates }) => reached && translates)
        ? null
        : remainsOfIpvs(node, family),
    together: () =>
      cilium
        ? 'Cilium takes connections before them, and what it does not serve old ones may send to pods that are gone'
        : 'both see the packet, and old ones may send it to pods that are gone',
    leftover: (one, other, endpoints) => leftover(modeOf(node).mode, one, other, endpoints),
  }
})

/** Virtual servers that the node's proxy does not use take what no rule translated: they stand behind the rules. */
const idleServers = ({ ipvs }: NodeState, family: Family): readonly Station[] =>
  ipvs?.servers.some((server) => server.family === family) ? ipvsStations(ipvs, family) : []

const kubeProxies = (node: NodeState, family: Family): readonly ServiceProxy[] =>
  node.ipvs && isIpvs(node, family)
    ? [ipvsProxy(node, node.ipvs, family), ...leftIn(node, family)]
    : [...kubeProxiesIn(node.rulesets, family), ...othersOn(node, family)]

/** Data planes whose tables were read, where no rules of kube-proxy's translate. */
const othersOn = (node: NodeState, family: Family): readonly ServiceProxy[] =>
  leftIn(node, family).length > 0 ? [] : tableProxies(node, family)

/** kube-proxy's rules that translate, beside virtual servers: those that only look into sets are a part of its ipvs mode. */
const leftIn = ({ rulesets }: NodeState, family: Family): readonly ServiceProxy[] =>
  kubeProxiesIn(rulesets, family).filter(({ translates }) => translates)

/** The proxy mode, by kube-proxy's own word or by the rules it left; and the back end that holds them. */
export function modeOf(node: NodeState): Pick<NodePath, 'mode' | 'backend' | 'modeNote'> {
  const { rulesets, proxyMode } = node
  const holder =
    rulesets.find(({ tables }) =>
      tables.some((table) => table.name === NATIVE_TABLE || table.chains.has('KUBE-SERVICES')),
    ) ?? rulesets.find(({ tables }) => tables.some(holdsService))
  const native = holder?.tables.some((table) => table.name === NATIVE_TABLE)
  const told = (['iptables', 'nftables', 'ipvs'] as const).find((mode) => mode === proxyMode)
  const seen = holder ? (native ? 'nftables' : 'iptables') : null
  if (node.cilium && serves(node.cilium) && (node.cilium.status?.replaces === 'all' || !holder))
    return { mode: 'cilium', backend: null }
  const ipvs = told === undefined && (isIpvs(node, 4) || isIpvs(node, 6))
  const mode = told ?? (ipvs ? 'ipvs' : seen)
  return { mode, backend: holder?.backend ?? null, ...(mode === 'ipvs' ? ageOfIpvs(node) : {}) }
}

/** Do the rules of its proxy name the services that they are for? Virtual servers name none. */
export function namesServices(node: NodeState): boolean {
  const { mode } = modeOf(node)
  return mode === 'iptables' || mode === 'nftables'
}

/** The same in words: `iptables (nft)`; null where it is not known. */
export function modeText(node: NodeState): string | null {
  const { mode, backend } = modeOf(node)
  return mode && [mode, backend && `(${backend})`].filter(Boolean).join(' ')
}

/** The link of the node that has an address for itself, and not for a proxy's virtual servers; null where none has. */
export function strangerHolding(node: NodeState, address: string): string | null {
  const link = linkHolding(node, address)
  return link !== null && SERVICE_LINKS.has(link) && node.ipvs ? null : link
}

/** The link on which a proxy of the node has an address as that of a service; null where none has. */
export const serviceLinkHolding = ({ links }: NodeState, address: string): string | null =>
  links?.find((link) => SERVICE_LINKS.has(link.name) && link.addresses.some((one) => one.address === address))?.name ??
  null

/** What a proxy of the node has for an entry to which no packet comes; null where none has. */
export function idleFor(node: NodeState, entry: Place): Idle | null {
  if (!parseAddress(entry.address)) return null
  for (const proxy of proxiesOn(node, familyOf(entry.address)).all) {
    const idle = proxy.idle(entry)
    if (idle) return idle
  }
  return null
}

/** A fragment may show nothing but a service's own chains. */
const holdsService = ({ name, chains }: Table): boolean =>
  [...chains.keys()].some((chain) => ['services', 'service', 'endpoint'].includes(roleOf(name, chain) ?? ''))

/** Does a proxy translate here by rules of nat, so that what conntrack calls INVALID stays as it is? */
export const translatesByRules = (node: NodeState, family: Family): boolean =>
  proxiesOn(node, family).all.some(
    ({ reached, translates, stations }) => reached && translates && stations.length === 0,
  )

/** The command that shows what was read of the proxy's rules, in the words of its mode. */
export const commandOf = (mode: NodePath['mode']): string =>
  ({
    nftables: 'nft list ruleset',
    iptables: 'iptables-save -c',
    ipvs: 'ipvsadm -Ln',
    cilium: 'cilium-dbg bpf lb list',
  })[mode ?? 'iptables']

/** Proof that what kube-proxy wrote for a family was flushed; in ipvs mode its chain may well be empty. */
function emptiness(node: NodeState, all: readonly ServiceProxy[], other: string | null): NodeProxies['absence'] {
  if (!all.every(({ empty }) => empty) || other !== null || modeOf(node).mode === 'ipvs') return null
  return all.map(({ source: { command, file, table }, begin }) => ({
    ...{ command, file },
    text: `${begin} of the table ${table} is empty`,
  }))
}

/** Proof that kube-proxy wrote nothing for a family; null where its mode keeps its rules elsewhere, or their table was not seen. */
function absenceOf(node: NodeState, family: Family): NodeProxies['absence'] {
  const { mode } = modeOf(node)
  if (mode === 'ipvs' || mode === 'cilium') return null
  if (mode === 'nftables') {
    const table = `${family === 4 ? 'ip' : 'ip6'} ${NATIVE_TABLE}`
    return node.nftTables?.includes(table) === false
      ? [{ command: 'nft list chains', file: '', text: `no table ${table}` }]
      : null
  }
  const nats = tablesOf(node.rulesets, family).filter(({ table }) => table.name === 'nat')
  return nats.length === 0 || nats.some(({ table }) => !table.whole || holdsService(table))
    ? null
    : nats.map(({ ruleset: { command, file } }) => ({ command, file, text: 'no chain KUBE-SERVICES' }))
}

/** Not of the mode that kube-proxy has, or with fewer of the endpoints that the API lists. */
function leftover(
  mode: NodePath['mode'],
  one: ServiceProxy,
  other: ServiceProxy,
  endpoints: ReadonlySet<string>,
): ServiceProxy | null {
  if (mode === 'cilium') return [one, other].find(({ name }) => name !== 'Cilium') ?? null
  const native = [one, other].find(({ name }) => name === 'nftables')
  if (native)
    return mode === 'nftables' ? [one, other].find((proxy) => proxy !== native)! : mode === null ? null : native
  const [ours, theirs] = [one.likeness(endpoints), other.likeness(endpoints)]
  return ours === theirs ? null : ours < theirs ? one : other
}
