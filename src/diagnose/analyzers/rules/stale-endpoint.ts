import { joinHostPort } from '../../../model/address.ts'
import type { EndpointPath, EndpointState } from '../../../model/report.ts'
import { asSureAs } from '../../blocked-endpoints.ts'
import {
  type Analyzer,
  changeEvidence,
  endpointText,
  listed,
  plural,
  ruleEvidence,
  walkedEndpoints,
} from '../../case.ts'
import { restartProxy } from '../../fix.ts'

/** States in which kube-proxy leads nobody to an endpoint; one that terminates and serves is led to where nothing better is. */
const GONE: ReadonlySet<EndpointState> = new Set(['stale', 'notReady', 'terminating'])

/** Rules that lead to what is no longer an endpoint, or to one that does not serve. */
export const staleEndpoint: Analyzer = {
  code: 'SVP303',
  find(seen) {
    const stale = walkedEndpoints(seen).filter(
      ({ entry, endpoint }) => entry.kind !== 'podIP' && GONE.has(endpoint.state) && endpoint.probability > 0,
    )
    if (stale.length === 0) return []
    const groups = Map.groupBy(stale, ({ node, entry }) => `${node} ${entry.portName} ${entry.protocol}`)
    return [...groups.values()].map((all) => {
      const { node, entry } = all[0]!
      const names = all.map(({ endpoint }) => endpointText(endpoint))
      // Entries of one port lead to the same endpoints; the first one's shares are told.
      const share = entry.endpoints
        .filter(({ state }) => GONE.has(state))
        .reduce((sum, { probability }) => sum + probability, 0)
      const part = share > 0.995 ? 'every connection' : `${Math.round(share * 100)} % of the connections`
      const goes = share > 0.995 ? 'goes' : 'go'
      const one = names.length === 1
      const chains = new Set(all.map(({ endpoint }) => endpoint.chain))
      const chainless = all.filter(({ endpoint }) => endpoint.chain === null)
      const stale = all.some(({ endpoint }) => endpoint.state === 'stale')
      // Where a rule on the way may not match, perhaps nobody is led there.
      const isSure = all.some(({ endpoint }) => endpoint.conditions.length === 0)
      const what = stale
        ? `which ${one ? 'is no longer an endpoint' : 'are no longer endpoints'}: these connections fail, or reach some other pod`
        : `which ${one ? 'is' : 'are'} not ready in the API: these connections fail or hang`
      return {
        node,
        subject: listed(names),
        subjects: names,
        ...asSureAs(all),
        message: `${part} from ${node} to port ${entry.port} ${isSure ? goes : 'may go'} to ${plural(names.length, 'address', 'addresses')} (${listed(names)}), ${what}`,
        evidence: [
          ...ruleEvidence(
            node,
            entry.rules.filter(
              ({ chain, does, to }) =>
                does === 'translate' &&
                (chains.has(chain) || chainless.some(({ endpoint }) => leadsTo(endpoint, chain, to))),
            ),
          ),
          ...changeEvidence(seen),
        ],
        fix: restartProxy(seen, node),
        hits: all,
      }
    })
  },
}

/** Does a rule that translates lead to an endpoint? One without a chain of its own is one of several in the rule, or its only one. */
const leadsTo = ({ chain, address, port }: EndpointPath, home: string, to: string | null): boolean =>
  chain === null ? to === null || to === joinHostPort(address ?? '', port) : chain === home
