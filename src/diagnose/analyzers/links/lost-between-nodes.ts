import { joinHostPort } from '../../../model/address.ts'
import type { Evidence } from '../../../model/evidence.ts'
import type { ConntrackEntry, Link } from '../../../model/node.ts'
import { sh } from '../../../model/shell.ts'
import { type Analyzer, type Case, type Draft, listed, plural, walkedEndpoints } from '../../case.ts'
import { type Connections, connectionEvidence, connectionsOf } from '../../connections.ts'
import { onNode } from '../../fix.ts'

/** One alone may have begun, or ended, between two looks. */
const LEAST = 2

/** The kernel gives an entry so long with each SYN (nf_conntrack_tcp_timeout_syn_sent). */
const SYN_SENT_S = 120

/** How far the clocks of two nodes, and the times at which their rules and connections were read, may lie apart. */
const SLACK_S = 10

/** An answered SYN is remembered for 60 s; in a list that was read long after, it may be gone. */
const MEMORY_S = 30

/** Connections that leave one node for an endpoint on another, of which that one has heard nothing. */
export const lostBetweenNodes: Analyzer = {
  code: 'SVP508',
  beyond: true,
  find(seen) {
    const lost = connectionsOf(seen, (connection, _entry, node) => isLost(seen, connection, node))
    const pairs = Map.groupBy(lost, (one) => `${one.node} ${homeOf(seen, one.all[0]!)}`)
    return [...pairs.values()].flatMap((all) => draftOf(seen, all))
  },
}

function draftOf(seen: Case, all: readonly Connections[]): Draft[] {
  const connections = all.flatMap((one) => one.all)
  const { node } = all[0]!
  const { reply } = connections[0]!
  const home = homeOf(seen, connections[0]!)!
  if (connections.length < LEAST) return []
  const places = [...new Set(connections.map((one) => joinHostPort(one.reply.source, one.reply.sourcePort)))]
  const device = deviceTo(seen, node, reply.source)
  const deaf = deafTunnel(seen, node, home, reply.source)
  const unheard = deaf ? `, and ${deaf.name} on ${home} has never received a packet` : ''
  return [
    {
      node,
      subject: `${node} → ${home}`,
      onNodes: [node, home],
      message: `${plural(connections.length, 'connection')} from ${node} to ${listed(places)} on ${home} got no answer, and ${home} has no trace of them: packets from ${node} to ${home} are lost in between${device ? ` (they leave by ${device}${unheard})` : ''}`,
      evidence: [
        ...all.flatMap((one) => connectionEvidence(seen, one)).slice(0, 5),
        ...(deaf ? [countEvidence(home, deaf)] : []),
      ],
      fix: onNode(
        home,
        sh`tcpdump -ni any host ${reply.source}`,
        `while a client on ${node} connects: if nothing arrives, look at security groups, network firewalls, the firewall of ${home} itself and the tunnel's port (VXLAN: UDP 4789 or 8472) between the two nodes`,
      ),
      hits: all.map(({ entry }) => ({ node, entry })),
    },
  ]
}

/** Was it sent, long enough ago, to an endpoint on another node that tracks connections to this service and has none of this one? */
function isLost(
  seen: Case,
  { protocol, state, unreplied, timeout, original, reply }: ConntrackEntry,
  node: string,
): boolean {
  if (protocol !== 'tcp' || state !== 'SYN_SENT' || !unreplied || reply.source === original.destination) return false
  const home = homeOf(seen, { reply })
  const table = seen.observation.nodes.find(({ name }) => name === home)?.conntrack
  if (home === null || home === node || isStopped(seen, node, reply.source)) return false
  // What never came out of the tunnel is in no list, whenever that was read.
  if (deafTunnel(seen, node, home, reply.source)) return true
  if (!table || timeout === null) return false
  const [sent, read] = [timesOf(seen, node), timesOf(seen, home)]
  const isLater = Math.max(...sent) - Math.min(...read) <= SYN_SENT_S - timeout - SLACK_S
  const isSoon = Math.max(...read) - Math.min(...sent) <= MEMORY_S
  if (sent.length === 0 || read.length === 0 || !isLater || !isSoon) return false
  const arrived = table.filter(
    (one) => one.original.destination === reply.source && one.original.destinationPort === reply.sourcePort,
  )
  const isThis = (one: ConntrackEntry) =>
    one.original.source === reply.destination && one.original.sourcePort === reply.destinationPort
  // A node that tracks none at all may not track its pods' connections, or the list was cut down to other addresses.
  return arrived.length > 0 && !arrived.some(isThis)
}

/** What a node's own rules drop leaves no trace on the other, either: that is SVP403 or SVP701. */
const isStopped = (seen: Case, node: string, address: string): boolean =>
  walkedEndpoints(seen).some(
    (one) =>
      one.node === node &&
      one.endpoint.address === address &&
      one.endpoint.fate !== 'forwarded' &&
      one.endpoint.fate !== 'delivered',
  )

const deviceTo = (seen: Case, node: string, address: string): string | null =>
  walkedEndpoints(seen).find((one) => one.node === node && one.endpoint.address === address)?.endpoint.link.interface ??
  null

/** The other end of the tunnel by which packets leave, where it sends and has never received any; null where there is none, or it is not known. */
function deafTunnel(seen: Case, node: string, home: string, address: string): Link | null {
  const device = deviceTo(seen, node, address)
  const linkOn = (where: string) =>
    seen.observation.nodes.find(({ name }) => name === where)?.links?.find(({ name }) => name === device)
  const [here, there] = [linkOn(node), linkOn(home)]
  if (!here?.packets?.sent || !there?.packets?.sent || !TUNNELS.has(here.kind ?? '')) return null
  return there.kind === here.kind && there.packets.received === 0 ? there : null
}

/** Kinds of `ip -d link` whose packets travel inside others from node to node. */
const TUNNELS: ReadonlySet<string> = new Set('vxlan geneve ipip sit gre gretap ip6tnl ip6gre wireguard'.split(' '))

const countEvidence = (node: string, { name, packets }: Link): Evidence => ({
  ...{ node, command: `ip -s link show ${name}`, file: `nodes/${node}/ip-link.json`, line: null },
  text: `${name}: ${packets!.received} packets received, ${packets!.sent} sent`,
})

/** The node of a ready endpoint, by the API. */
const homeOf = ({ endpoints }: Case, { reply }: Pick<ConntrackEntry, 'reply'>): string | null =>
  (endpoints ?? []).find((one) => one.ready && one.address === reply.source && one.port === reply.sourcePort)?.node ??
  null

/** When a node was read, by the times in its dumps. */
const timesOf = ({ observation: { nodes } }: Case, node: string): number[] =>
  (nodes.find(({ name }) => name === node)?.rulesets ?? [])
    .map(({ takenAt }) => Date.parse(takenAt ?? '') / 1000)
    .filter((time) => !Number.isNaN(time))
