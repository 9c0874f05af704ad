import { policyOf } from '../../../model/entry.ts'
import { type Analyzer, entryText, evidenceOf, listed, saysNoLocalEndpoints, walkedEntries } from '../../case.ts'

/** Traffic policy Local, and nodes without an endpoint. */
export const noLocalEndpoints: Analyzer = {
  code: 'SVP311',
  find(seen) {
    const found = walkedEntries(seen).filter(({ node, entry }) => {
      const policy = seen.service[policyOf(entry)]
      const ready = seen.endpoints?.filter((one) => one.ready) ?? []
      return (
        (policy === 'Local' || (policy === null && saysNoLocalEndpoints(entry))) &&
        entry.kind !== 'podIP' &&
        (entry.outcome === 'drop' ||
          entry.outcome === 'none' ||
          entry.evidence.some(({ says }) => says === 'noneHere')) &&
        ready.length > 0 &&
        !ready.some((one) => one.node === node)
      )
    })
    const byPolicy = Map.groupBy(found, ({ entry }) => policyOf(entry))
    return [...byPolicy].map(([policy, all]) => {
      const nodes = [...new Set(all.map(({ node }) => node))]
      const who =
        policy === 'internalTrafficPolicy'
          ? 'pods there get no answer'
          : 'outside clients that arrive there get no answer'
      return {
        subject: listed([...new Set(all.map(({ entry }) => entryText(entry)))]),
        message: `${policy} is Local and ${listed(nodes, 5)} ${nodes.length === 1 ? 'has' : 'have'} no endpoint: ${who}`,
        evidence: all.slice(0, 1).flatMap(({ node, entry }) => evidenceOf(node, entry)),
        fix: `run a pod on each such node, send clients elsewhere, or set ${policy}: Cluster`,
      }
    })
  },
}
