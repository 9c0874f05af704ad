import { type Analyzer, entryText, ruleEvidence, walkedEntries } from '../case.ts'
import { restartKubeProxy } from '../fix.ts'

/** A jump to a chain of one service, in either dialect. */
const JUMP = /(?:-[jg]|goto|jump) ((?:KUBE-(?:SVC|SVL|EXT|FW|XLB)-|(?:service|external)-[A-Z2-7]{8}-)\S+)/

/** A service’s chain that ends in nothing. */
export const chainBroken: Analyzer = {
  code: 'SVP308',
  find(seen) {
    if (!seen.endpoints?.some(({ ready }) => ready)) return []
    return walkedEntries(seen).flatMap(({ node, entry }) => {
      if (entry.outcome !== 'none' || entry.verdict !== 'broken' || entry.kind === 'podIP') return []
      const rule = entry.rules.findLast(({ text, maybe }) => maybe === null && JUMP.test(text))
      if (!rule) return []
      const chain = JUMP.exec(rule.text)![1]
      return [
        {
          node,
          subject: entryText(entry),
          message: `the chain ${chain} leads to no endpoint: connections to ${entryText(entry)} stay untranslated and find nobody`,
          evidence: ruleEvidence(node, [rule]),
          fix: restartKubeProxy(seen, node),
          hits: [{ node, entry }],
        },
      ]
    })
  },
}
