import { familyOf } from '../../../model/address.ts'
import type { Evidence } from '../../../model/evidence.ts'
import type { NodeState } from '../../../model/node.ts'
import type { EntryPath } from '../../../model/report.ts'
import { emptyChain } from '../../../proxies/kube-proxy/helper-chains.ts'
import { type Analyzer, type Case, entryText, isUntranslated, ruleEvidence, walkedEntries } from '../../case.ts'
import { restartProxy } from '../../fix.ts'

/** A service’s chain that ends in nothing. */
export const chainBroken: Analyzer = {
  code: 'SVP308',
  find(seen) {
    if (!seen.endpoints?.some(({ ready }) => ready)) return []
    return walkedEntries(seen).flatMap(({ node, entry, state }) => {
      if (!isUntranslated(entry) || entry.verdict !== 'broken' || entry.kind === 'podIP') return []
      const broken = brokenChain(seen, node, entry, state)
      if (!broken) return []
      return [
        {
          node,
          subject: entryText(entry),
          ofProxy: true as const,
          message: `the chain ${broken.chain} leads to no endpoint: connections to ${entryText(entry)} stay untranslated and find nobody`,
          evidence: broken.evidence,
          fix: restartProxy(seen, node),
          hits: [{ node, entry }],
        },
      ]
    })
  },
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
