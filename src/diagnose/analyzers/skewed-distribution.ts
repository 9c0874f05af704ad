import { type Analyzer, endpointText, walkedEntries } from '../case.ts'
import { chiSquaredTail } from '../chi-squared.ts'
import { onNode } from '../fix.ts'

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
    return walkedEntries(seen).flatMap(({ node, entry }) => {
      const led = entry.endpoints.filter(({ probability }) => probability > 0)
      const counts = led.map(({ hits }) => hits?.packets ?? null)
      const certain = led.every(
        ({ state, conditions, hits }) => state === 'ready' && conditions.length === 0 && !hits?.approximate,
      )
      if (entry.kind !== 'clusterIP' || led.length < 2 || !certain || counts.includes(null)) return []
      const total = counts.reduce<number>((sum, count) => sum + count!, 0)
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
          message: `since the rules were written ${endpointText(worst.endpoint)} got ${worst.count} of ${total} connections, where ${Math.round(worst.due)} are due (chi-squared ${statistic.toFixed(1)}, p ${chance.toExponential(0)}): endpoints that came later explain it, or somebody's rules do`,
          evidence: entry.rules
            .filter(({ chain }) => led.some((one) => one.chain === chain))
            .slice(0, 3)
            .map(({ command, file, line, text }) => ({ node, command, file, line, text })),
          fix: onNode(node, 'iptables -t nat -Z', 'sets the counters to zero; look again before anything is changed'),
          hits: [{ node, entry }],
        },
      ]
    })
  },
}
