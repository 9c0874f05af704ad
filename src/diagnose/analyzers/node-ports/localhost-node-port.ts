import { type Analyzer, listed, plural, walkedNodes } from '../../case.ts'
import { onNode } from '../../fix.ts'

/** Node ports that somebody calls at 127.0.0.1. */
export const localhostNodePort: Analyzer = {
  code: 'SVP326',
  beyond: true,
  find: (seen) =>
    walkedNodes(seen).flatMap(({ path: { name, entries }, state: { proxy } }) => {
      const ports = [...new Set(entries.flatMap(({ kind, port }) => (kind === 'nodePort' ? [port] : [])))]
      const count = proxy?.metrics?.localhostNodePorts ?? 0
      if (ports.length === 0 || count === 0) return []
      return [
        {
          node: name,
          subject: '127.0.0.1',
          message: `programs on ${name} connect to node ports at 127.0.0.1 (${plural(count, 'packet')} since kube-proxy started; which port is not counted): that works only over IPv4 and in iptables mode, not with nftables or IPVS`,
          evidence: [
            {
              node: name,
              command: 'curl 127.0.0.1:10249/metrics',
              file: `nodes/${name}/kube-proxy-metrics.txt`,
              line: null,
              text: `kubeproxy_iptables_localhost_nodeports_accepted_packets_total ${count}`,
            },
          ],
          fix: onNode(
            name,
            'conntrack -L --orig-dst 127.0.0.1',
            `shows who connects; let it use an address of the node, or the cluster IP (this service's node port: ${listed(ports.map(String))})`,
          ),
          hits: [],
        },
      ]
    }),
}
