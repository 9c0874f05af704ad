import { familyOf } from '../../../model/address.ts'
import { memoLast } from '../../../model/memo.ts'
import type { EntryPath, WalkedRule } from '../../../model/report.ts'
import { zeroing } from '../../../proxies/rule-commands.ts'
import { type Analyzer, endpointText, ruleEvidence, walkedEntries } from '../../case.ts'
import { chiSquaredTail } from '../../chi-squared.ts'
import { onNode } from '../../fix.ts'

/** Fewer tell nothing; and chi-squared wants five expected of each. */
const LEAST_TOTAL = 100
const LEAST_EXPECTED = 5

/** Beyond chance even where a cluster has thousands of services that are all asked. */
const BEYOND_CHANCE = 1e-9

/** Endpoints that get another part of the connections than their share. */
export const skewedDistribution: Analyzer = {
  code: 'SVP603',
  find(seen) {
    // Affinity sends a client where it was before, whatever the shares.
    if (seen.service.affinitySeconds !== null) return []
    return walkedEntries(seen).flatMap(({ node, entry, state }) => {
      const led = entry.endpoints.filter(({ probability }) => probability > 0)
      const certain = led.every(({ state: is, conditions }) => is === 'ready' && conditions.length === 0)
      if (entry.kind !== 'clusterIP' || led.length < 2 || !certain) return []
      const jumps = led.flatMap(({ chain }) => jumpTo(entry, chain) ?? [])
      if (jumps.length < led.length) return []
      const counts = jumps.map(({ counter }) => counter!.packets)
      const total = counts.reduce((sum, count) => sum + count, 0)
      const expected = led.map(({ probability }) => probability * total)
      if (total < LEAST_TOTAL || expected.some((count) => count < LEAST_EXPECTED)) return []
      const statistic = expected.reduce((sum, due, i) => sum + (counts[i]! - due) ** 2 / due, 0)
      const chance = chiSquaredTail(statistic, led.length - 1)
      if (chance >= BEYOND_CHANCE) return []
      const worst = led
        .map((endpoint, i) => ({ endpoint, count: counts[i]!, due: expected[i]! }))
        .sort((a, b) => Math.abs(b.count - b.due) - Math.abs(a.count - a.due))[0]!
      return [
        {
          node,
          subject: endpointText(worst.endpoint),
          message: `since the rules were written ${endpointText(worst.endpoint)} got ${worst.count} of ${total} connections, where ${Math.round(worst.due)} were expected (chi-squared ${statistic.toFixed(1)}, ${chanceText(chance)}): endpoints that were added later explain this, and so would rules that are not kube-proxy's`,
          evidence: ruleEvidence(node, jumps.slice(0, 3)),
          fix: onNode(
            node,
            zeroing(state, jumps[0]!.file, jumps[0]!.chain, familyOf(entry.address) === 6),
            'sets its counters to zero; look again before anything is changed',
          ),
          hits: [{ node, entry }],
        },
      ]
    })
  },
}

/**
 * The rule of the service's own chain that leads to an endpoint's. What the endpoint's chain itself counted came by other ways, too: for traffic policy
 * Local by KUBE-SVL-, which deals among the node's own endpoints only.
 */
function jumpTo(entry: EntryPath, chain: string | null): WalkedRule | null {
  const found = (chain !== null && rulesByTarget(entry).get(chain)) || []
  const [rule] = found
  return found.length === 1 && rule!.counter && !rule!.counter.approximate ? rule! : null
}

const rulesByTarget = memoLast(({ rules }: EntryPath) => Map.groupBy(rules, ({ to }) => to))

/** Below 1e-300 a number of double precision runs out. */
const chanceText = (chance: number): string => (chance < 1e-300 ? 'p < 1e-300' : `p ${chance.toExponential(0)}`)
