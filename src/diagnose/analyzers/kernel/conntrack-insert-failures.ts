import { masqueradesAtRandom } from '../../../proxies/kube-proxy/helper-chains.ts'
import { type Analyzer, ofNodes, plural, walkedNodes } from '../../case.ts'
import { onNode } from '../../fix.ts'

/** Connections that the kernel could not note. */
export const conntrackInsertFailures: Analyzer = {
  code: 'SVP406',
  beyond: true,
  // What was recorded elsewhere seldom holds it.
  needs: (seen) =>
    seen.observation.source === 'live'
      ? ofNodes(seen, 'the statistics of connection tracking', ({ conntrackStats }) => conntrackStats === null)
      : [],
  find: (seen) =>
    walkedNodes(seen).flatMap(({ path, state }) => {
      const { insertFailed, drop, earlyDrop } = state.conntrackStats ?? { insertFailed: 0, drop: 0, earlyDrop: 0 }
      if (insertFailed + drop + earlyDrop === 0) return []
      const plain = masqueradesAtRandom(state) === false
      const full = earlyDrop > 0 ? '; connections were thrown out to make room for others' : ''
      return [
        {
          node: path.name,
          subject: 'conntrack',
          message: `since ${path.name} booted, ${plural(insertFailed, 'connection')} could not be noted and ${plural(drop, 'packet')} dropped${full}: clients wait for a retry${plain ? '; masquerading does not use --random-fully, which makes that likelier' : ''}`,
          evidence: [
            {
              node: path.name,
              command: 'conntrack -S',
              file: `nodes/${path.name}/conntrack-stats.txt`,
              line: null,
              text: `insert_failed=${insertFailed} drop=${drop} early_drop=${earlyDrop}`,
            },
          ],
          fix: onNode(
            path.name,
            'conntrack -S; sleep 10; conntrack -S',
            'does it still grow? Then it takes a larger nf_conntrack_max, or a kernel and iptables that know --random-fully',
          ),
        },
      ]
    }),
}
