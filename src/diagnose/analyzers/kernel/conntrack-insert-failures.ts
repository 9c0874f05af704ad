import type { NodeState } from '../../../model/node.ts'
import { masqueradesAtRandom } from '../../../proxies/kube-proxy/helper-chains.ts'
import { type Analyzer, type Draft, ofNodes, plural, walkedNodes } from '../../case.ts'
import { onNode } from '../../fix.ts'
import {
  counterEvidence,
  type Growth,
  growthOf,
  LOSSES,
  lossesNow,
  lossesOf,
  rate,
  sinceThen,
  span,
} from '../../growth.ts'

/** Connections that the kernel could not note. */
export const conntrackInsertFailures: Analyzer = {
  code: 'SVP406',
  beyond: true,
  // What was recorded elsewhere seldom holds it.
  needs: (seen) =>
    seen.observation.source === 'live'
      ? ofNodes(seen, 'the statistics of connection tracking', ({ conntrackStats }) => conntrackStats === null)
      : [],
  find: (seen) => walkedNodes(seen).flatMap(({ state }) => lossesAt(state)),
}

function lossesAt(state: NodeState): Draft[] {
  const { name, conntrackStats } = state
  const growth = growthOf(state)
  const now = lossesNow(growth)
  if (lossesOf(state) === 0 && !now) return []
  const random = masqueradesAtRandom(state) === false
  const advice = random ? '; masquerading does not use --random-fully, which makes this more likely' : ''
  const { insertFailed, drop, earlyDrop } = conntrackStats ?? { insertFailed: 0, drop: 0, earlyDrop: 0 }
  const full = earlyDrop > 0 ? '; old connections were removed to make room for new ones' : ''
  const [readNow] = counterEvidence(state, 'conntrack -S', LOSSES)
  return [
    {
      node: name,
      subject: 'conntrack',
      severity: now ? 'warning' : 'info',
      message:
        growth && now
          ? `${name} loses connections now: ${lostNow(growth)}; clients wait for a retry${advice}`
          : `since ${name} booted, ${plural(insertFailed, 'connection')} could not be inserted into conntrack and ${plural(drop, 'packet')} dropped${full}${sinceThen(now === null ? null : growth)}${advice}`,
      evidence: [
        growth && readNow
          ? readNow
          : {
              node: name,
              command: 'conntrack -S',
              file: `nodes/${name}/conntrack-stats.txt`,
              line: null,
              text: `insert_failed=${insertFailed} drop=${drop} early_drop=${earlyDrop}`,
            },
      ],
      fix: onNode(
        name,
        'conntrack -S; sleep 10; conntrack -S',
        'does it still grow? Then it takes a larger nf_conntrack_max, or a kernel and iptables that know --random-fully',
      ),
    },
  ]
}

const WORDS: readonly ((count: number) => string)[] = [
  (count) => `could not note ${plural(count, 'connection')}`,
  (count) => `dropped ${plural(count, 'packet')}`,
  (count) => `threw out ${plural(count, 'connection')} to make room for others`,
]

/** `in 2.1 s conntrack could not note 12 connections (6 per second)` */
function lostNow(growth: Growth): string {
  const parts = LOSSES.flatMap((key, i) => {
    const count = growth.of(key) ?? 0
    return count > 0 ? [`${WORDS[i]!(count)} (${rate(count, growth)})`] : []
  })
  return `in ${span(growth)} conntrack ${parts.join(', ')}`
}
