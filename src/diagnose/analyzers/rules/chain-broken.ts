import { tablesOf } from '../../../kernel/base-chains.ts'
import { familyOf } from '../../../model/address.ts'
import type { NodeState } from '../../../model/node.ts'
import type { EntryPath, Evidence } from '../../../model/report.ts'
import { nftablesChain } from '../../../proxies/kube-proxy/names.ts'
import { type Analyzer, type Case, entryText, isUntranslated, ruleEvidence, walkedEntries } from '../../case.ts'
import { restartKubeProxy } from '../../fix.ts'

/** A jump to a chain of one service, in either dialect. */
const JUMP = /(?:-[jg]|goto|jump) ((?:KUBE-(?:SVC|SVL|EXT|FW|XLB)-|(?:service|external)-[A-Z2-7]{8}-)\S+)/

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
          message: `the chain ${broken.chain} leads to no endpoint: connections to ${entryText(entry)} stay untranslated and find nobody`,
          evidence: broken.evidence,
          fix: restartKubeProxy(seen, node),
          hits: [{ node, entry }],
        },
      ]
    })
  },
}

/** The chain of the service that the packet was led to and that leads no further; null where nothing led it to one. */
export const brokenChain = (seen: Case, node: string, entry: EntryPath, state: NodeState): Broken | null =>
  jumpedTo(node, entry) ?? emptyChain(seen, entry, state)

interface Broken {
  chain: string
  evidence: Evidence[]
}

function jumpedTo(node: string, { rules }: EntryPath): Broken | null {
  const rule = rules.findLast(({ text, maybe }) => maybe === null && JUMP.test(text))
  return rule ? { chain: JUMP.exec(rule.text)![1]!, evidence: ruleEvidence(node, [rule]) } : null
}

/** In nftables mode a map leads to the service's chain, which is known by its name. */
function emptyChain({ service }: Case, entry: EntryPath, { name: node, rulesets }: NodeState): Broken | null {
  const kind = entry.kind === 'clusterIP' ? 'service' : 'external'
  const chain = nftablesChain(kind, service.namespace, service.name, entry.portName, entry.protocol)
  const found = tablesOf(rulesets, familyOf(entry.address)).find(
    ({ table }) => table.chains.get(chain)?.rules.length === 0,
  )
  if (!found) return null
  const { command, file } = found.ruleset
  return { chain, evidence: [{ node, command, file, line: null, text: `chain ${chain} { }` }] }
}
