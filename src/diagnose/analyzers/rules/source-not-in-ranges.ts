import { sh } from '../../../model/shell.ts'
import { marksForDrop } from '../../../proxies/kube-proxy/roles.ts'
import { type Analyzer, entryText, evidenceOf, isUntranslated, ruleEvidence, walkedEntries } from '../../case.ts'
import { isShutOut } from '../../clients.ts'
import { withNote } from '../../fix.ts'

/** A client that the source ranges shut out. */
export const sourceNotInRanges: Analyzer = {
  code: 'SVP313',
  find(seen) {
    const { loadBalancerSourceRanges: ranges } = seen.service
    if (ranges.length === 0) return []
    return walkedEntries(seen).flatMap(({ node, entry }) => {
      // Without a drop behind it, or with a rule before that which accepts, the packets go on as they are.
      const led = entry.rules.filter(
        ({ toRole, maybe }) => maybe === null && (toRole === 'ranges' || toRole === 'service'),
      )
      const untranslated = isUntranslated(entry) && led.length > 0
      const shut = entry.evidence.some(
        ({ role, toRole, to }) => role === 'ranges' || role === 'service' || (toRole === 'mark' && marksForDrop(to)),
      )
      // Who is in the ranges is not let in by rules that are out of date: SVP310.
      if (
        entry.kind !== 'loadBalancerIP' ||
        entry.verdict === 'unknown' ||
        !(untranslated || (entry.outcome === 'drop' && shut)) ||
        !isShutOut(seen, entry)
      )
        return []
      return [
        {
          node,
          subject: entryText(entry),
          message: `${entry.client} is in none of loadBalancerSourceRanges (${ranges.join(', ')}): its connections are ${untranslated ? 'not translated' : 'dropped'}`,
          evidence: untranslated ? ruleEvidence(node, led) : evidenceOf(node, entry),
          fix: withNote(
            sh`kubectl edit service -n ${seen.service.namespace} ${seen.service.name}`,
            'add its range to spec.loadBalancerSourceRanges',
          ),
          hits: [{ node, entry }],
        },
      ]
    })
  },
}
