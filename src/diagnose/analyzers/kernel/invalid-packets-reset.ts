import { translatesByRules } from '../../../proxies/on-node.ts'
import { type Analyzer, familiesOf, proxiedNodes, sysctlEvidence } from '../../case.ts'
import { onNode } from '../../fix.ts'
import { invalidDrops, sawForward } from '../../invalid-packets.ts'

/** A few are normal: what arrives after a connection has ended is INVALID, too. */
const LEAST = 1000

const LIBERAL = 'net.netfilter.nf_conntrack_tcp_be_liberal'

/** Packets that leave the node untranslated because connection tracking calls them INVALID. */
export const invalidPacketsReset: Analyzer = {
  code: 'SVP409',
  beyond: true,
  find: (seen) =>
    proxiedNodes(seen).flatMap(({ path, state }) => {
      const invalid = state.conntrackStats?.invalid ?? 0
      const families = familiesOf(path.entries)
      // What translates by a table of connections of its own asks no rule.
      if (invalid < LEAST || !families.every((family) => translatesByRules(state, family))) return []
      if (state.sysctls?.get(LIBERAL) !== '0') return []
      if (!families.every((family) => sawForward(state, family) && invalidDrops(state, family).length === 0)) return []
      return [
        {
          node: path.name,
          subject: 'conntrack',
          message: `since ${path.name} booted, conntrack called ${invalid} packets INVALID, and no rule drops such packets: they are forwarded without translation, and the receiver answers with a reset; long transfers may break off`,
          evidence: [
            {
              node: path.name,
              command: 'conntrack -S',
              file: `nodes/${path.name}/conntrack-stats.txt`,
              line: null,
              text: `invalid=${invalid}`,
            },
            sysctlEvidence(path.name, LIBERAL, '0'),
          ],
          fix: onNode(path.name, `sysctl -w ${LIBERAL}=1`, 'first see with conntrack -S whether invalid= still grows'),
        },
      ]
    }),
}
