/** Signs of what translates on a node and leaves no rules that are read. */
import { tablesOf } from '../kernel/base-chains.ts'
import type { Family } from '../model/address.ts'
import type { Service } from '../model/cluster.ts'
import { memoByFamily } from '../model/memo.ts'
import type { NodeState } from '../model/node.ts'
import type { Ruleset } from '../model/rules.ts'
import { unreadOn } from './cilium/on-node.ts'
import { isHelperOfIpvs } from './ipvs/names.ts'
import { kubeProxiesIn } from './kube-proxy/places.ts'
import { isServiceChain } from './kube-proxy/roles.ts'
import { namedOn } from './named-dataplanes.ts'

/** What translates on the node and is not read, in words; null where there is no sign of it. */
export function signsOfAnother(node: NodeState, family: Family): string | null {
  if (isIpvs(node, family)) return node.ipvs ? null : UNREAD_IPVS
  const unread = unreadOn(node)
  if (unread !== null) return unread
  const [table] = node.serviceTables ?? []
  if (table && kubeProxiesIn(node.rulesets, family).every(({ translates }) => !translates))
    return `${table.plane} serves, of which no more than its table of services was read`
  const cilium = signsInRules(node.rulesets, family) === 'cilium'
  return cilium ? 'Cilium translates in eBPF, which no rule shows' : namedOn(node, family)
}

const UNREAD_IPVS = 'kube-proxy is in ipvs mode, and its virtual servers were not collected (ipvsadm -Ln shows them)'

/**
 * Do virtual servers take the services' connections: by kube-proxy's own word, or, where nobody says anything (kube-router has no such word), by the rules that it left, or
 * since there are virtual servers and no rules that translate?
 */
export function isIpvs({ rulesets, proxyMode, ipvs }: NodeState, family: Family): boolean {
  if (proxyMode) return proxyMode === 'ipvs'
  if (signsInRules(rulesets, family) === 'ipvs') return true
  const some = ipvs?.servers.some((server) => server.family === family) ?? false
  return some && kubeProxiesIn(rulesets, family).every(({ translates }) => !translates)
}

const signsInRules = memoByFamily((rulesets: readonly Ruleset[], family): 'ipvs' | 'cilium' | null => {
  const tables = tablesOf(rulesets, family).map(({ table }) => table)
  const chains = tables.flatMap((table) => [...table.chains.keys()])
  // ipvs mode keeps the services' addresses in the ipset KUBE-CLUSTER-IP, and KUBE-SVC chains nowhere: with those no rule needs to be read.
  const asksIpset = () =>
    tables.some((table) =>
      table.chains.get('KUBE-SERVICES')?.rules.some((rule) => rule.matches.some(({ kind }) => kind === 'ipset')),
    )
  if (!chains.some(isServiceChain) && (chains.some(isHelperOfIpvs) || asksIpset())) return 'ipvs'
  return chains.some((name) => name.startsWith('CILIUM_')) && !chains.includes('KUBE-SERVICES') ? 'cilium' : null
})

/** kube-proxy leaves services with this label to another proxy (pkg/proxy/apis/well_known_labels.go). */
export const PROXY_LABEL = 'service.kubernetes.io/service-proxy-name'

export const isOfAnotherProxy = ({ labels }: Service): boolean => labels?.[PROXY_LABEL] !== undefined
