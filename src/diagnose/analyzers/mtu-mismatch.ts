import type { Link } from '../../model/node.ts'
import { type Analyzer, walkedNodes } from '../case.ts'

/** What a tunnel adds to each packet over IPv4, in bytes: outer IP, UDP and own headers (VXLAN: RFC 7348, section 5; Geneve: RFC 8926; IPIP: RFC 2003). */
const OVERHEAD: Readonly<Record<string, number>> = { vxlan: 50, geneve: 50, ipip: 20, tunl: 20 }

/** A path that narrows on the way. */
export const mtuMismatch: Analyzer = {
  code: 'SVP504',
  find: (seen) =>
    walkedNodes(seen).flatMap(({ path, state }) => {
      const links = state.links ?? []
      const out = new Set(
        path.entries.flatMap(({ endpoints }) =>
          endpoints.flatMap(({ link }) => (link.via && link.interface ? [link.interface] : [])),
        ),
      )
      const addresses = new Set(seen.endpoints?.map(({ address }) => address))
      const pods = (state.podInterfaces ?? []).filter((one) =>
        one.addresses.some(({ address }) => addresses.has(address)),
      )
      return [...out].flatMap((name) => {
        const link = links.find((one) => one.name === name)
        if (!link?.mtu) return []
        const wide = pods.find(({ mtu }) => mtu !== null && mtu > link.mtu!)
        const tight = wide ? null : tooWide(link, links)
        if (!wide && !tight) return []
        const what = wide
          ? `pods of ${path.name} send packets of ${wide.mtu} bytes, and ${name}, by which they leave, takes ${link.mtu}`
          : `the tunnel ${name} of ${path.name} takes packets of ${link.mtu} bytes, which with its headers are more than the ${tight!.mtu} of ${tight!.name}`
        return [
          {
            node: path.name,
            subject: name,
            message: `${what}: large answers are lost or split, small ones arrive`,
            evidence: [
              {
                node: path.name,
                command: `ip link show ${name}`,
                file: `nodes/${path.name}/ip-link.json`,
                line: null,
                text: `${name} mtu ${link.mtu}`,
              },
            ],
            fix: "set the MTU in the CNI plugin's configuration to that of the network less the tunnel's headers, and start the pods anew",
          },
        ]
      })
    }),
}

/** The uplink that is too narrow for a tunnel's packets; null where none is. A node's uplink is what has addresses and is no tunnel, bridge or veth to a pod. */
function tooWide(tunnel: Link, links: readonly Link[]): Link | null {
  const overhead = OVERHEAD[tunnel.kind ?? '']
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
