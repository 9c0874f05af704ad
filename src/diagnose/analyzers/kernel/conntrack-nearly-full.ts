import { type Analyzer, ofNodes, sysctlEvidence, walkedNodes } from '../../case.ts'
import { onNode } from '../../fix.ts'

/** A table of connections that is nearly full. */
export const conntrackNearlyFull: Analyzer = {
  code: 'SVP405',
  needs: (seen) => ofNodes(seen, 'the kernel settings', ({ sysctls }) => sysctls === null),
  find(seen) {
    return walkedNodes(seen).flatMap(({ path, state }) => {
      const [count, max] = ['count', 'max'].map((key) =>
        Number(state.sysctls?.get(`net.netfilter.nf_conntrack_${key}`)),
      )
      if (!count || !max || count < max * 0.8) return []
      return [
        {
          node: path.name,
          subject: 'net.netfilter.nf_conntrack_count',
          severity: count >= max * 0.95 ? ('error' as const) : ('warning' as const),
          message: `${Math.floor((count / max) * 100)} % of the conntrack table is used on ${path.name}: when it is full, new connections are dropped`,
          evidence: [
            sysctlEvidence(path.name, 'net.netfilter.nf_conntrack_count', String(count)),
            sysctlEvidence(path.name, 'net.netfilter.nf_conntrack_max', String(max)),
          ],
          fix: onNode(
            path.name,
            `sysctl -w net.netfilter.nf_conntrack_max=${max * 2}`,
            'kube-proxy sets it anew when it starts, by conntrack.maxPerCore and min of its configuration',
          ),
        },
      ]
    })
  },
}
