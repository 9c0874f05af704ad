import type { NodeState } from '../../../model/node.ts'
import { type Analyzer, type Draft, walkedNodes } from '../../case.ts'
import { onNode } from '../../fix.ts'
import { counterEvidence, countOf, growthOf, lacksCounters, rate, sinceThen, span } from '../../growth.ts'

const [PROCESSED, DROPPED] = ['softnet_stat processed', 'softnet_stat dropped']

/** One of so many packets since boot is worth a word; fewer were lost in some burst long ago. */
const LEAST_SHARE = 1e-4

/** Packets that are dropped because a CPU does not keep up with them. Those from and to pods all go through these queues. */
export const softirqDrops: Analyzer = {
  code: 'SVP412',
  beyond: true,
  needs: lacksCounters,
  find: (seen) => walkedNodes(seen).flatMap(({ state }) => dropsAt(state)),
}

function dropsAt(state: NodeState): Draft[] {
  const { name } = state
  const growth = growthOf(state)
  const now = growth?.of(DROPPED) ?? null
  const [dropped, processed] = [countOf(state, DROPPED) ?? 0, countOf(state, PROCESSED) ?? 0]
  if (!now && dropped <= LEAST_SHARE * processed) return []
  return [
    {
      node: name,
      subject: 'softnet_stat',
      severity: now ? 'warning' : 'info',
      message:
        growth && now
          ? `CPUs of ${name} do not keep up with its packets: in ${span(growth)} they dropped ${now} (${rate(now, growth)}) before any rule saw them; clients wait for a retry`
          : `since ${name} booted, its CPUs dropped ${dropped} of ${processed + dropped} packets before any rule saw them${sinceThen(now === null ? null : growth)}`,
      evidence: counterEvidence(state, 'cat /proc/net/softnet_stat', [PROCESSED, DROPPED]),
      fix: onNode(
        name,
        'sysctl -w net.core.netdev_max_backlog=10000',
        'that bridges bursts; where drops go on, the node has too little CPU for its packets, or one CPU takes them all',
      ),
    },
  ]
}
