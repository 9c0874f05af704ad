/** What translates on a node, and how much of it was seen. */

import { tablesOf } from '../kernel/base-chains.ts'
import type { Family } from '../model/address.ts'
import type { Service } from '../model/cluster.ts'
import { memoByFamily } from '../model/memo.ts'
import type { NodeState } from '../model/node.ts'
import type { Ruleset } from '../model/rules.ts'

/** The interface that NodeLocal DNSCache makes for the cluster DNS's address. */
export const NODE_LOCAL_DNS = 'nodelocaldns'

/** Was a whole table that kube-proxy translates in seen, of iptables or nftables mode? */
export const hasWholeRules = ({ rulesets }: NodeState, family: Family): boolean =>
  tablesOf(rulesets, family).some(({ table }) => table.whole && SERVICE_TABLES.has(table.name))

const SERVICE_TABLES = new Set(['nat', 'kube-proxy'])

/** Is kube-proxy's own nftables table on the node? Null: nobody knows. */
export function hasNativeTable({ rulesets, nftTables }: NodeState, family: Family): boolean | null {
  if (tablesOf(rulesets, family).some(({ table }) => table.name === 'kube-proxy')) return true
  const named = nftTables?.includes(`${family === 4 ? 'ip' : 'ip6'} kube-proxy`)
  return named === false ? false : null
}

/** The parsers say in a problem that a dump ends before its time; what is missing may decide anything. */
export const isCutOff = ({ rulesets }: NodeState): boolean =>
  rulesets.some(({ problems }) => problems.some(({ message }) => message.includes('cut off')))

/** Signs that something else than kube-proxy's rules translates on the node; null where there is none. */
export const otherDataplane = ({ rulesets, proxyMode }: NodeState, family: Family): string | null =>
  proxyMode === 'ipvs' ? IPVS : signsOfAnother(rulesets, family)

const IPVS = 'kube-proxy is in ipvs mode, whose virtual servers are not in the rules'

const signsOfAnother = memoByFamily((rulesets: readonly Ruleset[], family): string | null => {
  const tables = tablesOf(rulesets, family).map(({ table }) => table)
  const chains = tables.flatMap((table) => [...table.chains.keys()])
  // ipvs mode keeps the services' addresses in the ipset KUBE-CLUSTER-IP, and KUBE-SVC chains nowhere.
  const ipset = tables.some((table) =>
    table.chains.get('KUBE-SERVICES')?.rules.some((rule) => rule.matches.some(({ kind }) => kind === 'set')),
  )
  if (ipset && !chains.some((name) => name.startsWith('KUBE-SVC-'))) return IPVS
  const cilium = chains.some((name) => name.startsWith('CILIUM_')) && !chains.includes('KUBE-SERVICES')
  return cilium ? 'Cilium translates in eBPF, which no rule shows' : null
})

/** The node's own interface that has an address; null where none has, or they were not collected. */
export const linkHolding = ({ links }: NodeState, address: string): string | null =>
  links?.find(({ addresses }) => addresses.some((one) => one.address === address))?.name ?? null

/** kube-proxy leaves services with this label to another proxy (pkg/proxy/apis/well_known_labels.go). */
export const PROXY_LABEL = 'service.kubernetes.io/service-proxy-name'

export const isOfAnotherProxy = ({ labels }: Service): boolean => labels?.[PROXY_LABEL] !== undefined
