import { familyOf } from '../../../model/address.ts'
import type { Evidence } from '../../../model/evidence.ts'
import type { NodeState } from '../../../model/node.ts'
import type { EntryPath } from '../../../model/report.ts'
import { brokenEndpoints, emptyChain } from '../../../proxies/kube-proxy/helper-chains.ts'
import {
  type Analyzer,
  type Case,
  type Draft,
  entryText,
  isUntranslated,
  listed,
  plural,
  ruleEvidence,
  walkedEntries,
} from '../../case.ts'
import { restartProxy } from '../../fix.ts'

/** A service’s chain that ends in nothing. */
export const chainBroken: Analyzer = {
  code: 'SVP308',
  find(seen) {
    if (!seen.endpoints?.some(({ ready }) => ready)) return []
    return [...ofService(seen), ...ofEndpoints(seen)]
  },
}

/** The chain that a packet was led to and that leads no further. */
const ofService = (seen: Case): Draft[] =>
  walkedEntries(seen).flatMap(({ node, entry, state }) => {
    if (!isUntranslated(entry) || entry.verdict !== 'broken' || entry.kind === 'podIP') return []
    const broken = brokenChain(seen, node, entry, state)
    if (!broken) return []
    return [
      {
        node,
        subject: entryText(entry),
        ofProxy: true as const,
        message: `the chain ${broken.chain} leads to no endpoint: connections to ${entryText(entry)} are not translated and get no answer`,
        evidence: broken.evidence,
        fix: restartProxy(seen, node),
        hits: [{ node, entry }],
      },
    ]
  })

/** Chains of single endpoints: what they are dealt falls through to the others, or stays untranslated. */
function ofEndpoints(seen: Case): Draft[] {
  const found = walkedEntries(seen).flatMap(({ node, entry, state }) =>
    entry.kind === 'podIP' || entry.verdict === 'unknown'
      ? []
      : brokenEndpoints(state, familyOf(entry.address), entry.rules).map((broken) => ({ node, entry, broken })),
  )
  return [...Map.groupBy(found, ({ node, entry }) => `${node} ${entry.portName} ${entry.protocol}`).values()].map(
    (all) => {
      const { node, entry } = all[0]!
      const chains = [...new Set(all.map(({ broken }) => broken.chain))]
      const one = chains.length === 1
      return {
        node,
        subject: listed(chains),
        subjects: chains,
        ofProxy: true as const,
        message: `on ${node} ${plural(chains.length, 'chain of an endpoint', 'chains of endpoints')} of port ${entry.port} (${listed(chains)}) ${one ? 'translates' : 'translate'} nothing: ${one ? 'its endpoint gets' : 'their endpoints get'} no connection, and some connections may get no answer`,
        evidence: all[0]!.broken.evidence,
        fix: restartProxy(seen, node),
        hits: all.map((some) => ({ node: some.node, entry: some.entry })),
      }
    },
  )
}

/** The chain of the service that the packet was led to and that leads no further; null where nothing led it to one. */
export const brokenChain = (seen: Case, node: string, entry: EntryPath, state: NodeState): Broken | null =>
  jumpedTo(node, entry) ?? emptyChain(state, familyOf(entry.address), seen.service, entry)

interface Broken {
  chain: string
  evidence: Evidence[]
}

function jumpedTo(node: string, { rules }: EntryPath): Broken | null {
  const rule = rules.findLast(({ toRole, maybe }) => maybe === null && toRole === 'service')
  return rule ? { chain: rule.to!, evidence: ruleEvidence(node, [rule]) } : null
}
