import { tablesOf } from '../../kernel/base-chains.ts'
import { ownAddresses } from '../../kernel/locality.ts'
import { type Family, familyOf, joinHostPort } from '../../model/address.ts'
import type { Node } from '../../model/cluster.ts'
import type { NodeState } from '../../model/node.ts'
import { SERVICE_LINKS } from '../ipvs/names.ts'
import type { Change, Surroundings } from '../prospect.ts'
import type { Line } from '../proxy.ts'
import { lineOf, nodePortsOf, translatedTo } from './connections.ts'
import { type Look, NOTHING } from './look.ts'

/**
 * Node ports at addresses of the node other than its first: nftables mode takes `--nodeport-addresses primary` where nothing is set
 * (cmd/kube-proxy/app/server_linux.go, platformApplyDefaults), the others take all.
 */
export function secondaryPorts(node: NodeState, around: Surroundings): Look {
  const ports = nodePortsOf(around.entries)
  if (ports.length === 0) return NOTHING
  const families = [
    ...new Set(around.entries.flatMap((one) => (one.kind === 'nodePort' ? [familyOf(one.address)] : []))),
  ]
  const looks = families.map((family) => ofFamily(node, around, family))
  return { changes: looks.flatMap(({ changes }) => changes), unread: looks.flatMap(({ unread }) => unread) }
}

function ofFamily(node: NodeState, around: Surroundings, family: Family): Look {
  const primary = around.node && primaryAddress(around.node, family)
  if (!primary) return { changes: [], unread: ["the nodes' addresses in the API"] }
  if (node.links === null) return { changes: [], unread: ["the addresses of the node's interfaces"] }
  const others = secondaryAddresses(node, family, primary)
  if (others.length === 0 || isLimited(node, family)) return NOTHING
  const counted = node.ipvs?.servers.some(({ counters }) => counters !== null) ?? false
  const unread = node.conntrack === null && !counted ? ['the connections'] : []
  const used = nodePortsOf(around.entries).flatMap((port) => usesOf(node, port, others))
  if (used.length > 0) return { changes: used.map((one) => inUse(node, primary, one)), unread }
  const ports = nodePortsOf(around.entries).map(({ port }) => port)
  return { changes: [possible(node, others, ports)], unread }
}

/** What a node is called by first: of its internal addresses, else of its external ones (GetNodeHostIPs in pkg/util/node). */
function primaryAddress({ addresses }: Node, family: Family): string | null {
  const of = (type: string) =>
    addresses.find((one) => one.type === type && familyOf(one.address) === family)?.address ?? null
  return of('InternalIP') ?? of('ExternalIP')
}

function secondaryAddresses(node: NodeState, family: Family, primary: string): string[] {
  const served = new Set(
    (node.links ?? []).flatMap((link) =>
      SERVICE_LINKS.has(link.name) ? link.addresses.map(({ address }) => address) : [],
    ),
  )
  return ownAddresses(node, family).filter(
    (one) => one !== primary && !served.has(one) && !/^(fe80:|169\.254\.)/i.test(one),
  )
}

/** Do the rules themselves ask for certain addresses? Then somebody set them, and they hold in any mode. */
const isLimited = ({ rulesets }: NodeState, family: Family): boolean =>
  tablesOf(rulesets, family).some(({ table }) =>
    (table.name === 'nat' ? (table.chains.get('KUBE-SERVICES')?.rules ?? []) : []).some(
      ({ matches, actions }) =>
        actions.some((one) => one.kind === 'jump' && NODE_PORT_CHAINS.has(one.chain)) &&
        matches.some((one) => one.kind === 'address' && one.side === 'destination'),
    ),
  )

const NODE_PORT_CHAINS = new Set(['KUBE-NODEPORTS', 'KUBE-NODE-PORT'])

interface Use {
  address: string
  port: number
  count: string
  evidence: Line
}

/** By what a virtual server counted, else by conntrack. */
function usesOf(node: NodeState, port: { protocol: string; port: number }, others: readonly string[]): Use[] {
  return others.flatMap((address): Use[] => {
    const server = node.ipvs?.servers.find(
      ({ service }) => service?.address === address && service.port === port.port && service.protocol === port.protocol,
    )
    const counted = server?.counters?.connections ?? 0
    if (server && counted > 0) {
      const { command, file, line, text } = server.source
      const evidence = { command, file, line, text: text.trim() }
      return [{ address, port: port.port, count: `${counted} since it was added`, evidence }]
    }
    const [first, ...more] = translatedTo(node, port, (one) => one === address)
    const count = `${more.length + 1} in conntrack`
    return first ? [{ address, port: port.port, count, evidence: lineOf(node, first) }] : []
  })
}

const inUse = ({ name }: NodeState, primary: string, { address, port, count, evidence }: Use): Change => ({
  subject: joinHostPort(address, port),
  message: `clients connect to node port ${port} at ${address} of ${name} (${count}); nftables mode serves node ports at ${primary} alone, unless --nodeport-addresses says otherwise`,
  severity: 'warning',
  evidence: [evidence],
  remedy: {
    run: `conntrack -L --orig-dst ${address}`,
    note: `shows who connects; let it use ${primary}, or set nodePortAddresses in kube-proxy's configuration`,
  },
})

const possible = ({ name, links }: NodeState, others: readonly string[], ports: readonly number[]): Change => ({
  subject: `node port ${ports.join(', ')}`,
  message: `node port ${ports.join(', ')} answers at every address of ${name} (possible: no connection to any but the first was seen); nftables mode serves node ports at the first address alone, unless --nodeport-addresses says otherwise`,
  severity: 'info',
  evidence: (links ?? []).flatMap((link) =>
    link.addresses.flatMap(({ address, prefix }) =>
      others.includes(address)
        ? [{ command: 'ip addr show', file: '', line: null, text: `${link.name} inet ${address}/${prefix}` }]
        : [],
    ),
  ),
  remedy: null,
})
