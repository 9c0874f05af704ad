/** Connections as the kernel's tables show them: conntrack's, and where it has none of an address, those of virtual servers. */

import type { IpvsConnection } from '../model/ipvs.ts'
import { memo } from '../model/memo.ts'
import type { ConntrackEntry, NodeState } from '../model/node.ts'

/** Connections in another table than conntrack's; null where there is no such table, or it was not collected. */
export const otherConnections: (node: NodeState) => readonly ConntrackEntry[] | null = memo(({ ipvs }) =>
  ipvs?.connections ? ipvs.connections.filter(({ template }) => !template).map(asEntry) : null,
)

/** Does conntrack show where connections are led? Virtual servers tell it only with net.ipv4.vs.conntrack (ip_vs_nfct.c). */
export const showsTranslation = ({ ipvs, sysctls }: NodeState): boolean =>
  ipvs === null || sysctls?.get('net.ipv4.vs.conntrack') === '1'

/** Templates hold clients to a real server, and are no connections. */
const asEntry = ({
  protocol,
  state,
  expires,
  client,
  virtual,
  destination,
  source,
}: IpvsConnection): ConntrackEntry => ({
  protocol,
  state: protocol === 'tcp' ? state : null,
  timeout: expires,
  original: {
    source: client.address,
    destination: virtual.address,
    sourcePort: client.port,
    destinationPort: virtual.port,
  },
  reply: {
    source: destination.address,
    destination: client.address,
    sourcePort: destination.port,
    destinationPort: client.port,
  },
  assured: false,
  unreplied: false,
  source: {
    line: source.line,
    text: source.text,
    elsewhere: { command: source.command, file: source.file },
  },
})
