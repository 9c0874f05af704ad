import { type Analyzer, entryText, walkedEntries } from '../case.ts'
import { restartKubeProxy, withNote } from '../fix.ts'

/** Traffic from outside that is not masqueraded. */
export const masqueradeMissing: Analyzer = {
  code: 'SVP314',
  find(seen) {
    const { externalTrafficPolicy } = seen.service
    return walkedEntries(seen).flatMap(({ node, entry }) => {
      // From outside, answers of a pod on another node would go back without this node, and so with the wrong address.
      if (entry.kind !== 'nodePort' || externalTrafficPolicy === 'Local' || !/outside/.test(entry.client)) return []
      const plain = entry.endpoints.filter(
        (one) => one.probability > 0 && one.masquerade === 'no' && one.node !== null && one.node !== node,
      )
      if (plain.length === 0) return []
      return [
        {
          node,
          subject: entryText(entry),
          message: `connections from outside to ${entryText(entry)} are not masqueraded: answers from pods on other nodes come back by another way and are refused`,
          evidence: entry.rules.slice(-1).map(({ command, file, line, text }) => ({ node, command, file, line, text })),
          fix: withNote(restartKubeProxy(seen, node), 'KUBE-MARK-MASQ or KUBE-POSTROUTING lost a rule'),
        },
      ]
    })
  },
}
