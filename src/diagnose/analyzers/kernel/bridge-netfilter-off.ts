import { type Family, familyOf } from '../../../model/address.ts'
import type { Evidence } from '../../../model/evidence.ts'
import type { EntryPath, NodePath } from '../../../model/report.ts'
import { type BridgeCall, bridgeCall, CALLS } from '../../../trace/bridge-netfilter.ts'
import { type Analyzer, type Case, ofNodes, sysctlEvidence, walkedNodes } from '../../case.ts'
import { onNode } from '../../fix.ts'

/** Bridged answers that pass by the rules. */
export const bridgeNetfilterOff: Analyzer = {
  code: 'SVP402',
  needs: (seen) => [
    ...ofNodes(
      seen,
      'the kernel settings',
      (state) => state.sysctls === null && concerned(seen, state.name).length > 0,
    ),
    ...ofNodes(
      seen,
      'the settings of bridges (net.bridge.*)',
      (state) =>
        state.sysctls !== null &&
        ![...state.sysctls.keys()].some((key) => key.startsWith('net.bridge.')) &&
        concerned(seen, state.name).some(({ family }) => bridgeCall(seen.observation, state, family) === 'unknown'),
    ),
  ],
  find(seen) {
    return walkedNodes(seen).flatMap(({ path: { name }, state }) => {
      const all = concerned(seen, name).map((one) => ({
        ...one,
        call: bridgeCall(seen.observation, state, one.family),
      }))
      const groups = Map.groupBy(all, ({ call, family }) => (call === 'absent' ? call : `${call} ${family}`))
      return [...groups.values()].flatMap((met) => {
        const { call, family, bridge } = met[0]!
        if (call !== 'off' && call !== 'absent') return []
        const { subject, evidence, why } = told(name, call, family)
        return [
          {
            node: name,
            subject,
            message: `${why}replies on the bridge ${bridge} of ${name} bypass iptables: a pod on ${name} that is sent to an endpoint on ${name} gets no usable reply`,
            evidence: [evidence],
            fix: onNode(
              name,
              `modprobe br_netfilter; sysctl -w ${CALLS[family]}=1`,
              'keep both in /etc/modules-load.d and /etc/sysctl.d',
            ),
            hits: met.map(({ entry }) => ({ node: name, entry })),
          },
        ]
      })
    })
  },
}

interface Concerned {
  entry: EntryPath
  family: Family
  bridge: string
}

/** The entries by which a pod of the node may be given an endpoint beside it on a bridge: only such answers pass by the rules; others are routed. */
function concerned({ report }: Case, node: string): Concerned[] {
  const path: NodePath | undefined = report.nodes.find(({ name }) => name === node)
  return (path?.entries ?? []).flatMap((entry) => {
    if (entry.kind !== 'clusterIP' || (entry.who.kind !== 'pods' && entry.who.kind !== 'pod')) return []
    const beside = entry.endpoints.find((one) => one.node === node && one.probability > 0 && one.link.bridge !== null)
    return beside?.address ? [{ entry, family: familyOf(beside.address), bridge: beside.link.bridge! }] : []
  })
}

function told(node: string, call: BridgeCall, family: Family): { subject: string; evidence: Evidence; why: string } {
  const key = CALLS[family]
  if (call === 'off') return { subject: key, evidence: sysctlEvidence(node, key, '0'), why: '' }
  return {
    subject: 'br_netfilter',
    evidence: {
      ...{ node, command: 'sysctl -a --pattern net.bridge', file: `nodes/${node}/sysctl.txt`, line: null },
      text: 'there is no net.bridge.bridge-nf-call-iptables',
    },
    why: 'the module br_netfilter is not loaded: ',
  }
}
