import type { NodeState } from '../../model/node.ts'
import type { Surroundings } from '../prospect.ts'
import type { Line } from '../proxy.ts'
import { lineOf, nodePortsOf, translatedTo } from './connections.ts'
import { change, type Look, NOTHING } from './look.ts'

const ROUTE_LOCALNET = 'net.ipv4.conf.all.route_localnet'

/** Node ports at 127.0.0.1, which only the iptables mode serves, by route_localnet and over IPv4 alone. */
export function localhostPorts(node: NodeState, { entries }: Surroundings): Look {
  const { name, proxy, sysctls, conntrack } = node
  const ports = nodePortsOf(entries)
  if (ports.length === 0) return NOTHING
  const used = ports.flatMap((port) => translatedTo(node, port, (address) => address.startsWith('127.')))
  const lost = (text: string, severity: 'warning' | 'info', evidence: Line[]) =>
    change({
      subject: '127.0.0.1',
      message: `${text}; in nftables mode node ports do not answer at 127.0.0.1`,
      severity,
      evidence,
      remedy: {
        run: 'conntrack -L --orig-dst 127.0.0.1',
        note: 'shows who connects; let it use an address of the node, or the cluster IP',
      },
    })
  const [first] = used
  if (first)
    return lost(
      `programs on ${name} connect to node port ${first.original.destinationPort} at ${first.original.destination} (${used.length} in conntrack)`,
      'warning',
      [lineOf(node, first)],
    )
  const counted = proxy?.metrics?.localhostNodePorts ?? null
  if (counted !== null && counted > 0)
    return lost(
      `programs on ${name} connect to node ports at 127.0.0.1 (${counted} packets since kube-proxy started; which port is not counted)`,
      'warning',
      [
        {
          command: 'curl 127.0.0.1:10249/metrics',
          file: `nodes/${name}/kube-proxy-metrics.txt`,
          line: null,
          text: `kubeproxy_iptables_localhost_nodeports_accepted_packets_total ${counted}`,
        },
      ],
    )
  const setting = sysctls?.get(ROUTE_LOCALNET)
  if (counted === 0 || setting === '0') return NOTHING
  const unread = [
    ...(setting === undefined ? ['the kernel settings'] : []),
    ...(conntrack === null ? ['the connections'] : []),
  ]
  if (setting === undefined) return { changes: [], unread: [...unread, "kube-proxy's counters"] }
  const possible = lost(
    `programs on ${name} may connect to node ports at 127.0.0.1 (possible: route_localnet is on; no such connection was seen, and kube-proxy's counter of them was not read)`,
    'info',
    [
      {
        ...{ command: `sysctl ${ROUTE_LOCALNET}`, file: `nodes/${name}/sysctl.txt`, line: null },
        text: `${ROUTE_LOCALNET} = ${setting}`,
      },
    ],
  )
  return { ...possible, unread: [...unread, "kube-proxy's counters"] }
}
