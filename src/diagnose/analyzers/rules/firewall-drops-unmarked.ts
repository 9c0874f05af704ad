import { unmarkedDrops } from '../../../proxies/kube-proxy/helper-chains.ts'
import { type Analyzer, walkedNodes } from '../../case.ts'

/** The drop of marked packets that drops all. */
export const firewallDropsUnmarked: Analyzer = {
  code: 'SVP318',
  find: (seen) =>
    walkedNodes(seen).flatMap(({ path, state }) =>
      unmarkedDrops(state).map((drop) => ({
        node: path.name,
        subject: 'KUBE-FIREWALL',
        message: 'the DROP rule in KUBE-FIREWALL lost its match: it drops everything that arrives at the node',
        evidence: [drop],
        fix: 'two versions of iptables wrote the same rules: use one version, then restart the kubelet and kube-proxy',
      })),
    ),
}
