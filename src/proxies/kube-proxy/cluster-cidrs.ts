import { tablesOf } from '../../kernel/base-chains.ts'
import type { Cidr, Family } from '../../model/address.ts'
import { memoByFamily } from '../../model/memo.ts'
import type { NodeState } from '../../model/node.ts'

/** The pod networks that the node's own service rules name: `! -s 10.244.0.0/16 … -j KUBE-MARK-MASQ`. */
export const clusterCidrs = memoByFamily(({ rulesets }: NodeState, family: Family): readonly Cidr[] => {
  for (const { table } of tablesOf(rulesets, family)) {
    for (const chain of table.chains.values()) {
      if (!NAMING.test(chain.name)) continue
      for (const rule of chain.rules) {
        const match = rule.matches.find((one) => one.kind === 'address' && one.side === 'source' && one.negated)
        if (match?.kind === 'address' && match.cidrs) return match.cidrs
      }
    }
  }
  return []
})

const NAMING = /^(KUBE-SVC-|KUBE-SERVICES$|services$)/
