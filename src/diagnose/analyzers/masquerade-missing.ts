import type { EntryPath } from '../../model/report.ts'
import { type Analyzer, type Case, entryText, listed, ruleEvidence, walkedEntries } from '../case.ts'
import { isOutside } from '../clients.ts'
import { restartKubeProxy, withNote } from '../fix.ts'

/** Traffic from outside that is not masqueraded. */
export const masqueradeMissing: Analyzer = {
  code: 'SVP314',
  find(seen) {
    const lost = walkedEntries(seen).filter(({ node, entry }) => isUnmasked(seen, node, entry))
    return [...Map.groupBy(lost, ({ node }) => node)].map(([node, all]) => {
      const entries = listed(all.map(({ entry }) => entryText(entry)))
      return {
        node,
        subject: entries,
        message: `connections from outside to ${entries} are not masqueraded: answers from pods on other nodes come back by another way and are refused`,
        evidence: ruleEvidence(node, all[0]!.entry.rules.slice(-1)),
        hits: all,
        fix: withNote(restartKubeProxy(seen, node), 'KUBE-MARK-MASQ or KUBE-POSTROUTING lost a rule'),
      }
    })
  },
}

/** From outside, answers of a pod on another node would go back without this node, and so with the wrong address. */
function isUnmasked(seen: Case, node: string, entry: EntryPath): boolean {
  const byDesign = entry.kind !== 'clusterIP' && seen.service.externalTrafficPolicy === 'Local'
  if (entry.kind === 'podIP' || byDesign || !isOutside(seen, entry)) return false
  return entry.endpoints.some(
    (one) => one.probability > 0 && one.masquerade === 'no' && one.node !== null && one.node !== node,
  )
}
