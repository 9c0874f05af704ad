import { type Analyzer, changeEvidence, endpointText, listed, plural, ruleEvidence, walkedEndpoints } from '../case.ts'
import { restartKubeProxy } from '../fix.ts'

/** Rules that lead to what is no endpoint any more. */
export const staleEndpoint: Analyzer = {
  code: 'SVP303',
  find(seen) {
    const stale = walkedEndpoints(seen).filter(
      ({ entry, endpoint }) => entry.kind !== 'podIP' && endpoint.state === 'stale' && endpoint.probability > 0,
    )
    const groups = Map.groupBy(stale, ({ node, entry }) => `${node} ${entry.portName} ${entry.protocol}`)
    return [...groups.values()].map((all) => {
      const { node, entry } = all[0]!
      const names = all.map(({ endpoint }) => endpointText(endpoint))
      // Entries of one port lead to the same endpoints; the first one's shares are told.
      const share = entry.endpoints
        .filter(({ state }) => state === 'stale')
        .reduce((sum, { probability }) => sum + probability, 0)
      const part = share > 0.995 ? 'every connection' : `${Math.round(share * 100)} % of the connections`
      const goes = share > 0.995 ? 'goes' : 'go'
      const what = names.length === 1 ? 'which is no endpoint any more' : 'which are no endpoints any more'
      return {
        node,
        subject: listed(names),
        message: `${part} from ${node} to port ${entry.port} ${goes} to ${plural(names.length, 'address', 'addresses')} (${listed(names)}), ${what}: they fail or reach a stranger`,
        evidence: [
          ...ruleEvidence(
            node,
            entry.rules.filter(({ chain, text }) =>
              all.some(({ endpoint }) => endpoint.chain === chain && /DNAT|dnat/.test(text)),
            ),
          ),
          ...changeEvidence(seen),
        ],
        fix: restartKubeProxy(seen, node),
        hits: all,
      }
    })
  },
}
