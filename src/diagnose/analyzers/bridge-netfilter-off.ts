import { type Analyzer, sysctlEvidence, walkedNodes } from '../case.ts'
import { onNode } from '../fix.ts'

/** Bridged answers that pass by the rules. */
export const bridgeNetfilterOff: Analyzer = {
  code: 'SVP402',
  find(seen) {
    return walkedNodes(seen).flatMap(({ path, state }) => {
      const key = 'net.bridge.bridge-nf-call-iptables'
      // Only pods on one bridge answer each other past the node's rules.
      const bridge = path.entries
        .flatMap(({ kind, endpoints }) => (kind === 'podIP' ? [] : endpoints))
        .find((one) => one.node === path.name && one.probability > 0 && one.link.bridge !== null)?.link.bridge
      if (state.sysctls?.get(key) !== '0' || !bridge) return []
      return [
        {
          node: path.name,
          subject: key,
          message: `answers between pods on ${bridge} pass by the rules of ${path.name}: a pod there that is given an endpoint on the same node gets no answer`,
          evidence: [sysctlEvidence(path.name, key, '0')],
          fix: onNode(
            path.name,
            `modprobe br_netfilter; sysctl -w ${key}=1`,
            'keep both in /etc/modules-load.d and /etc/sysctl.d',
          ),
        },
      ]
    })
  },
}
