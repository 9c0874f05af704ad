import { tablesOf } from '../../kernel/base-chains.ts'
import type { Cidr, Family } from '../../model/address.ts'
import { memoByFamily } from '../../model/memo.ts'
import type { NodeState } from '../../model/node.ts'
import type { Chain, Rule } from '../../model/rules.ts'
import { roleOf } from './roles.ts'

/**
 * The pod networks that the node's own service rules name. Where the rule stands changed with the generations: `! -s 10.244.0.0/16 … -j KUBE-MARK-MASQ`
 * in KUBE-SERVICES, later in KUBE-SVC-; in nftables mode in `service-…`, from 1.34 on in `services`. Chains of external traffic name them the other way
 * round: `-s 10.244.0.0/16 … -j KUBE-SVC-…` leads pods past the traffic policy.
 */
export const clusterCidrs = memoByFamily(({ rulesets }: NodeState, family: Family): readonly Cidr[] => {
  for (const { table } of tablesOf(rulesets, family)) {
    for (const chain of table.chains.values()) {
      const role = roleOf(table.name, chain.name)
      if (role !== 'services' && role !== 'service') continue
      for (const rule of chain.rules) {
        const named = namedBy(table.name, chain, rule)
        if (named) return named
      }
    }
  }
  return []
})

function namedBy(table: string, { name }: Chain, { matches, actions }: Rule): readonly Cidr[] | null {
  const match = matches.find((one) => one.kind === 'address' && one.side === 'source')
  if (match?.kind !== 'address' || !match.cidrs) return null
  const leads = actions.some((one) => 'chain' in one && roleOf(table, one.chain) === 'service')
  // Source ranges of a load balancer (KUBE-FW-) look alike, and say nothing of pods.
  return match.negated || (leads && OF_EXTERNAL_TRAFFIC.test(name)) ? match.cidrs : null
}

const OF_EXTERNAL_TRAFFIC = /^(KUBE-EXT-|KUBE-XLB-|external-)/
