import { stopKey } from '../../../model/identity.ts'
import { sh } from '../../../model/shell.ts'
import { type Blocked, hitsOf, stopsOf } from '../../blocked-endpoints.ts'
import { type Analyzer, type Draft, endpointText, listed, ofNodes } from '../../case.ts'
import { onNode } from '../../fix.ts'

/** Packets that come in by another interface than the node would answer them by, where that is forbidden. It is a setting of IPv4 alone. */
export const strictReversePath: Analyzer = {
  code: 'SVP404',
  needs: (seen) => ofNodes(seen, 'the kernel settings', ({ sysctls }) => sysctls === null),
  find: (seen) => {
    const all = [...stopsOf(seen, ['reversePath']), ...stopsOf(seen, ['reversePath'], true)]
    const groups = Map.groupBy(all, ({ stop }) => stopKey({ ...stop, ends: 'answers' }))
    return [...groups.values()].map(told)
  },
}

function told(all: readonly Blocked[]): Draft {
  const { stop } = all[0]!
  const { node, evidence, ends } = stop
  const { in: entered, back } = stop.interfaces!
  const endpoints = [...new Set(all.flatMap(({ lost }) => lost.map(({ endpoint }) => endpointText(endpoint))))]
  const what = ends === undefined ? `packets for ${listed(endpoints)}` : `replies from ${listed(endpoints)}`
  const way = back === null ? 'it has no route back to their source' : `its route back uses ${back}`
  return {
    node,
    subject: entered,
    message: `${what} reach ${node} on ${entered}, and ${way}: its rp_filter drops them`,
    evidence,
    fix: onNode(
      node,
      sh`sysctl -w ${`net.ipv4.conf.${entered.replaceAll('.', '/')}.rp_filter=2`}`,
      'or let both ways be one',
    ),
    hits: all.flatMap(hitsOf),
  }
}
