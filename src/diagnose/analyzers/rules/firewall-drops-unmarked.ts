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
        message: 'the drop in KUBE-FIREWALL has lost its match: it drops everything that comes to the node',
        evidence: [drop],
        fix: 'two iptables of different versions wrote one rule set: use one, then restart the kubelet and kube-proxy',
      })),
    ),
}
