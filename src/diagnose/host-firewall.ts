/** Rules of a host firewall that packets of a service may meet on their way through a node, and that would drop them. */

import { MOST_STEPS } from '../kernel/account.ts'
import { type Base, baseChains } from '../kernel/base-chains.ts'
import { lookupRoute } from '../kernel/fib.ts'
import type { Passage } from '../kernel/flow.ts'
import { isLocal } from '../kernel/locality.ts'
import { type Bits, maybe, NO_MARK, type Packet } from '../kernel/packet.ts'
import { chainStation } from '../kernel/station.ts'
import { start } from '../kernel/traveller.ts'
import {
  type AddressSet,
  type Cidr,
  everything,
  type Family,
  familyOf,
  parseAddress,
  parseCidr,
  single,
} from '../model/address.ts'
import { memo, memoByFamily } from '../model/memo.ts'
import type { NodeState } from '../model/node.ts'
import type { Observation } from '../model/observation.ts'
import type { EndpointPath, EntryPath } from '../model/report.ts'
import type { Chain, Table } from '../model/rules.ts'
import { KUBE_PROXY_NAMES } from '../proxies/kube-proxy/walk-names.ts'
import { firewallName, isKubernetesChain, isKubernetesTable } from '../proxies/rule-owners.ts'
import { arrivalFromOutside } from '../trace/client.ts'
import type { Case } from './case.ts'

export interface FirewallRule {
  /** `ufw`, `firewalld`, `inet filter`, `a rule of FORWARD`. */
  name: string
  command: string
  file: string
  line: number | null
  text: string
}

/** Where nat translates the destination: NF_IP_PRI_NAT_DST of netfilter_ipv4.h. */
const DNAT = -100
/** NF_IP_PRI_CONNTRACK there: before it no packet has a state. */
const CONNTRACK = -200
/** kube-proxy's masqueradeBit, 14 unless it is told otherwise; what bears it KUBE-FORWARD accepts. */
const MASQUERADE: Bits = { value: 0x4000, known: 0xffffffff }

/** Endpoints that are tried: a firewall seldom names single pods. */
const MOST_TRIED = 8

/** What may drop packets of an entry beside Kubernetes' own rules, each base chain's first. */
export function firewallOf(seen: Case, state: NodeState, entry: EntryPath): FirewallRule[] {
  // What has no route, or is the node's own, is not forwarded.
  const led = entry.endpoints.filter(({ fate, probability, address, stop }) => {
    const halted = stop !== undefined && stop.kind !== 'rule' && stop.kind !== 'policy'
    return address !== null && probability > 0 && fate !== 'delivered' && !halted
  })
  if (led.length === 0) return []
  return baseChains(state.rulesets, familyOf(entry.address)).flatMap((base) => {
    const onPath = base.type !== 'nat' && (base.hook === 'forward' || base.hook === 'prerouting')
    if (!onPath || isKubernetesTable(base.table) || !canDrop(base)) return []
    for (const endpoint of led.slice(0, MOST_TRIED)) {
      const found = dropBy({ seen, state, entry, endpoint, base })
      if (found) return [found]
    }
    return []
  })
}

/** Is there anything in a base chain that could drop? Most nodes have nothing, and then no packet needs to be sent through it. */
const canDrop = memo(({ chain, table }: Base): boolean => chain.policy === 'drop' || dropsIn(chain, table))

function dropsIn(base: Chain, table: Table): boolean {
  const met = new Set([base.name])
  // Chains found on the way join the end of the list.
  for (const name of met) {
    for (const { actions } of table.chains.get(name)?.rules ?? []) {
      for (const action of actions) {
        if (action.kind === 'drop' || action.kind === 'reject') return true
        if (action.kind === 'verdictMap' || action.kind === 'randomVerdict') return true
        if ((action.kind === 'jump' || action.kind === 'goto') && !isKubernetesChain(action.chain))
          met.add(action.chain)
      }
    }
  }
  return false
}

/** Where a walk through a base chain is told to begin. */
interface Sending {
  seen: Case
  state: NodeState
  entry: EntryPath
  endpoint: EndpointPath
  base: Base
}

/** What drops the first packet of somebody's connection to an endpoint; null where nothing can. */
function dropBy(sending: Sending): FirewallRule | null {
  const { base, entry } = sending
  const { table, ruleset, chain } = base
  const { command, file } = ruleset
  for (const inInterface of inInterfaces(sending)) {
    // A rule may stand against anybody; what falls through to the policy is told of those whom the service is for.
    const anybody = walk(sending, packetFrom(sending, inInterface, everything(familyOf(entry.address))))
    const rule = anybody.ended.find(({ verdict, chains }) => {
      return (verdict.kind === 'drop' || verdict.kind === 'reject') && !chains.some(isKubernetesChain)
    })
    const source = rule?.trail?.step.rule.source
    if (rule && source)
      return {
        name: firewallName(ruleset, table, chain.name, rule.chains),
        command,
        file,
        line: source.line,
        text: source.text,
      }
    if (chain.policy !== 'drop') continue
    const clients = walk(sending, packetFrom(sending, inInterface, clientsOf(sending)))
    const text = `table ${table.family} ${table.name} { chain ${chain.name} { policy drop; } }`
    // A rule that cannot be judged may have let them pass before.
    if (clients.returned.some(({ conditions }) => conditions.length === 0))
      return { name: firewallName(ruleset, table, chain.name, []), command, file, line: null, text }
  }
  return null
}

function walk({ base, state }: Sending, packet: Packet): Passage {
  const beforeConntrack = base.hook === 'prerouting' && base.priority < CONNTRACK
  const about = {
    node: state,
    assumptions: new Set<string>(),
    beforeConntrack,
    names: KUBE_PROXY_NAMES,
    steps: { left: MOST_STEPS },
  }
  return chainStation(base).pass(packet, { ...start(packet), mark: packet.mark }, about)
}

function packetFrom(sending: Sending, inInterface: string | null, source: AddressSet): Packet {
  const { state, entry, endpoint, base } = sending
  const before = base.hook === 'prerouting' && base.priority < DNAT && entry.kind !== 'podIP'
  // A node port whose node has no known address stands at `*`.
  const destination =
    before && !parseAddress(entry.address)
      ? everything(familyOf(endpoint.address!))
      : single(before ? entry.address : endpoint.address!)
  return {
    protocol: entry.protocol.toLowerCase(),
    source,
    sourceLocal: false,
    destination,
    destinationLocal: before && entry.kind === 'nodePort' ? true : isLocal(state, destination),
    destinationPort: before ? entry.port : (endpoint.port ?? entry.port),
    inInterface,
    outInterface: base.hook === 'prerouting' ? '' : (endpoint.link.bridge ?? endpoint.link.interface),
    bridged: maybe('whether it enters by a bridge port is not known'),
    mark: endpoint.masquerade === 'yes' && !before ? MASQUERADE : NO_MARK,
    connectionMark: NO_MARK,
    translated: entry.kind !== 'podIP' && !before,
    untracked: false,
  }
}

/** The interfaces that clients come in by: the pods' bridge or veths, and the one towards other hosts. */
function inInterfaces({ seen, state, entry, endpoint }: Sending): (string | null)[] {
  const family = familyOf(entry.address)
  const own = entry.endpoints.flatMap(({ node, link }) =>
    node === state.name ? (link.bridge ?? link.interface ?? []) : [],
  )
  const pods = new Set([...own, ...podDevices(seen.observation)(state, family)])
  // What other nodes' pods send to a cluster IP was translated there, and comes here only where the endpoint is.
  if (isForPods(entry) && endpoint.node !== state.name && pods.size > 0) return [...pods]
  return [...new Set([...pods, arrivalFromOutside(seen.observation, state, family).device])]
}

/** Where pods hang on a node, whosever they are. */
const podDevices = memo(({ cluster }: Observation) =>
  memoByFamily((state: NodeState, family): string[] => {
    const veths = (state.podInterfaces ?? []).flatMap(({ peerIndex }) => {
      const host = state.links?.find(({ index }) => index === peerIndex)
      return host ? [host.master ?? host.name] : []
    })
    const allotted = cluster.nodes?.find(({ name }) => name === state.name)?.podCIDRs ?? []
    const routed = cidrsOf(allotted, family).flatMap(
      (cidr) => lookupRoute(state, { family, within: [cidr], except: [] }).device ?? [],
    )
    return [...new Set([...veths, ...routed])]
  }),
)

/** A cluster IP is for pods, any other entry for everybody. */
function clientsOf({ seen, entry }: Sending): AddressSet {
  const family = familyOf(entry.address)
  const within = cidrsOf(
    (seen.observation.cluster.nodes ?? []).flatMap(({ podCIDRs }) => podCIDRs),
    family,
  )
  return isForPods(entry) && within.length > 0 ? { family, within, except: [] } : everything(family)
}

const isForPods = ({ kind }: EntryPath): boolean => kind === 'clusterIP' || kind === 'podIP'

const cidrsOf = (texts: readonly string[], family: Family): Cidr[] =>
  texts.flatMap((text) => parseCidr(text) ?? []).filter((cidr) => cidr.family === family)
