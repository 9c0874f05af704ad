import { tablesOf } from '../kernel/base-chains.ts'
import { memoByFamily } from '../model/memo.ts'
import type { NodeState } from '../model/node.ts'

/**
 * Chains by which network policies are enforced: kube-router (KUBE-POD-FW-, KUBE-NWPLCY-, KUBE-ROUTER-), Calico (cali-), Cilium (CILIUM_),
 * Weave (WEAVE-NPC), Antrea (ANTREA-). Calico's nftables mode puts the name of iptables' table before its own.
 */
const POLICY_CHAIN = /^(KUBE-(POD-FW|NWPLCY|ROUTER)|(filter-|mangle-|raw-)?cali-|CILIUM_|WEAVE-NPC|ANTREA-)/

/** Tables of nft that hold nothing else; kube-network-policies is a program of kubernetes-sigs. */
const POLICY_TABLE = /^(calico|antrea|cilium|kube-network-policies|kindnet-network-policies)$/

export const isPolicyTable = (table: string): boolean => POLICY_TABLE.test(table)

export const isPolicyChain = (chain: string): boolean => POLICY_CHAIN.test(chain)

/** kube-router's, for one pod each (pkg/controllers/netpol/pod.go); it is called for what goes to that pod's address. */
const POD_CHAIN = /^KUBE-POD-FW-/

/**
 * The addresses of pods for which kube-router has a chain on a node, with one of these chains; null where it has none there, or the table was not seen whole.
 */
export const policedPods = memoByFamily(
  ({ rulesets }: NodeState, family): { addresses: ReadonlySet<string>; chain: string; file: string } | null => {
    for (const { ruleset, table } of tablesOf(rulesets, family)) {
      if (!table.whole || ruleset.cutOff || !table.chains.has('KUBE-ROUTER-FORWARD')) continue
      const jumps = [...table.chains.values()].flatMap(({ rules }) =>
        rules.filter(({ actions }) => actions.some((action) => action.kind === 'jump' && POD_CHAIN.test(action.chain))),
      )
      const addresses = jumps.flatMap(({ matches }) =>
        matches.flatMap((match) =>
          match.kind === 'address' && match.side === 'destination' && !match.negated ? match.text.split('/')[0]! : [],
        ),
      )
      const chain = [...table.chains.keys()].find((name) => POD_CHAIN.test(name))
      return chain && addresses.length > 0 ? { addresses: new Set(addresses), chain, file: ruleset.file } : null
    }
    return null
  },
)
