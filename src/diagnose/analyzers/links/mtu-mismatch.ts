import type { Link, NodeState } from '../../../model/node.ts'
import type { NodePath } from '../../../model/report.ts'
import { sh } from '../../../model/shell.ts'
import { type Analyzer, type Case, type Draft, listed, ofNodes, ofPodSpaces, walkedNodes } from '../../case.ts'
import { nodeWord, onNode, withNote } from '../../fix.ts'

/** What a tunnel adds to each packet over IPv4, in bytes: outer IP, UDP and own headers (VXLAN: RFC 7348, section 5; Geneve: RFC 8926; IPIP: RFC 2003; WireGuard: its paper, 5.4.6). */
const OVERHEAD = new Map(Object.entries({ vxlan: 50, geneve: 50, ipip: 20, tunl: 20, wireguard: 60 }))

/** A path that narrows on the way, or nodes that send larger packets than others take. */
export const mtuMismatch: Analyzer = {
  code: 'SVP504',
  needs: (seen) => [...ofNodes(seen, 'the interfaces', ({ links }) => links === null), ...ofPodSpaces(seen)],
  find(seen) {
    const narrow = walkedNodes(seen).flatMap(({ path, state }) => narrowIn(seen, path, state))
    // What narrows on one node makes it differ from the others, too.
    return narrow.length > 0 ? narrow : differing(seen)
  },
}

function narrowIn(seen: Case, path: NodePath, state: NodeState): Draft[] {
  const links = state.links ?? []
  const addresses = new Set(seen.endpoints?.map(({ address }) => address))
  const pods = (state.podInterfaces ?? []).filter((one) => one.addresses.some(({ address }) => addresses.has(address)))
  const widest = Math.max(0, ...pods.map(({ mtu }) => mtu ?? 0))
  const out = [...outOf(path)].flatMap((name) => {
    const link = links.find((one) => one.name === name)
    const tight = link && tooWide(link, links)
    if (!link?.mtu) return []
    if (widest > link.mtu)
      return draft(
        path.name,
        link,
        `pods of ${path.name} send packets of ${widest} bytes, and ${name}, by which they leave, takes ${link.mtu}`,
      )
    return tight
      ? draft(
          path.name,
          link,
          `the tunnel ${name} of ${path.name} takes packets of ${link.mtu} bytes, which with its headers are more than the ${tight.mtu} of ${tight.name}`,
        )
      : []
  })
  const into = [...intoPods(path)].flatMap((name) => {
    const link = links.find((one) => one.name === name)
    // A veth drops what is larger than the MTU of the end that takes it (is_skb_forwardable in dev.c); a bridge sends no larger ones by its own address.
    return link?.mtu && widest > link.mtu
      ? draft(
          path.name,
          link,
          `pods of ${path.name} take packets of ${widest} bytes, and ${name}, which leads to them, of ${link.mtu}`,
        )
      : []
  })
  return [...out, ...into]
}

function draft(node: string, { name, mtu }: Link, what: string): Draft[] {
  return [
    {
      node,
      subject: name,
      message: `${what}: large packets are lost or split, small ones arrive`,
      evidence: [linkEvidence(node, name, mtu)],
      fix: onNode(
        node,
        sh`ip link show ${name}`,
        "set the MTU in the CNI plugin's configuration to that of the network less a tunnel's headers, and start the pods anew",
      ),
    },
  ]
}

const linkEvidence = (node: string, name: string, mtu: number | null) => ({
  ...{ node, command: `ip link show ${name}`, file: `nodes/${node}/ip-link.json`, line: null },
  text: `${name} mtu ${mtu}`,
})

/** The interfaces by which packets leave for other nodes. */
const outOf = ({ entries }: NodePath): Set<string> =>
  new Set(
    entries.flatMap(({ endpoints }) =>
      endpoints.flatMap(({ link }) => (link.via && link.interface ? [link.interface] : [])),
    ),
  )

/** Bridges and their ports, or veths, that lead into pods of the node. */
const intoPods = ({ name, entries }: NodePath): Set<string> =>
  new Set(
    entries.flatMap(({ endpoints }) =>
      endpoints.flatMap(({ node, link }) =>
        node === name && link.via === null && link.how !== 'local'
          ? [link.bridge, link.interface].filter((one) => one !== null)
          : [],
      ),
    ),
  )

/** The uplink that is too narrow for a tunnel's packets; null where none is. A node's uplink is what has addresses and is no tunnel, bridge or veth to a pod. */
function tooWide(tunnel: Link, links: readonly Link[]): Link | null {
  const overhead = OVERHEAD.get(tunnel.kind ?? '')
  if (overhead === undefined || tunnel.mtu === null) return null
  const uplinks = links.filter(
    (one) =>
      one !== tunnel &&
      one.addresses.length > 0 &&
      one.name !== 'lo' &&
      one.kind !== 'bridge' &&
      !(one.kind && one.kind in OVERHEAD),
  )
  const needed = tunnel.mtu + overhead
  return uplinks.length > 0 && uplinks.every(({ mtu }) => mtu !== null && mtu < needed) ? uplinks[0]! : null
}

/** Nodes whose pods send larger packets than pods of other nodes take: TCP settles on what both ends take, UDP does not. */
function differing(seen: Case): Draft[] {
  const sizes = walkedNodes(seen).flatMap(({ path, state }) => {
    const pods = Math.max(0, ...(state.podInterfaces ?? []).map(({ mtu }) => mtu ?? 0))
    const ways = [...outOf(path)].flatMap((name) => state.links?.find((one) => one.name === name) ?? [])
    const [way] = ways.toSorted((a, b) => (a.mtu ?? 0) - (b.mtu ?? 0))
    return pods > 0 && way?.mtu ? [{ node: path.name, size: Math.min(pods, way.mtu), way }] : []
  })
  const least = Math.min(...sizes.map(({ size }) => size))
  const wide = sizes.filter(({ size }) => size > least)
  if (wide.length === 0) return []
  const names = wide.map(({ node }) => node)
  const others = sizes.filter(({ size }) => size === least).map(({ node }) => node)
  return [
    {
      subject: listed(names),
      message: `pods on ${listed(names)} send packets of up to ${wide[0]!.size} bytes to other nodes, pods on ${listed(others)} take ${least}: large packets are lost or split, small ones arrive`,
      evidence: sizes.map(({ node, way }) => linkEvidence(node, way.name, way.mtu)),
      fix: withNote(
        sh`kubectl get pods -A --field-selector ${`spec.nodeName=${nodeWord(seen, names[0]!)}`}`,
        "give all nodes the same MTU in the CNI plugin's configuration and on the network, and start these pods anew",
      ),
    },
  ]
}
