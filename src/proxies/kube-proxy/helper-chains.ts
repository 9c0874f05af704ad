/** Chains that kube-proxy's rules use besides those of services, and what is wrong with them where something is. */
import { tablesOf } from '../../kernel/base-chains.ts'
import { type Family, formatCidr } from '../../model/address.ts'
import type { Service } from '../../model/cluster.ts'
import type { Evidence } from '../../model/evidence.ts'
import type { NodeState } from '../../model/node.ts'
import type { EntryPath, WalkedRule } from '../../model/report.ts'
import type { Action, Rule } from '../../model/rules.ts'
import { nftablesChain } from './names.ts'
import { isLedTo } from './places.ts'
import { NATIVE_TABLE, roleOf } from './roles.ts'

/** Drops of KUBE-FIREWALL that have lost their match of the mark, so that they drop everything; where no base chain leads to it, none. */
export const unmarkedDrops = ({ name: node, rulesets }: NodeState): Evidence[] =>
  rulesets.flatMap(({ tables, command, file }) =>
    tables.flatMap((table) => {
      const chain = table.name === 'filter' ? table.chains.get('KUBE-FIREWALL') : undefined
      const bare = chain?.rules.filter(dropsAll) ?? []
      if (bare.length === 0 || !isLedTo(table, 'KUBE-FIREWALL')) return []
      return bare.map(({ source: { line, text } }) => ({ node, command, file, line, text }))
    }),
  )

const dropsAll = ({ matches, actions }: Rule): boolean =>
  actions.some(({ kind }) => kind === 'drop') && matches.every(({ kind }) => kind === 'always')

/** Does kube-proxy masquerade with fully random ports? Null where its rule was not seen, or its options are not printed. */
export function masqueradesAtRandom({ rulesets }: NodeState): boolean | null {
  const masquerade = rulesets
    .flatMap(({ tables }) => tables)
    .flatMap(({ name, chains }) => chains.get(name === NATIVE_TABLE ? 'masquerading' : 'KUBE-POSTROUTING')?.rules ?? [])
    .find(({ actions }) => actions.some(({ kind }) => kind === 'masquerade'))
  // nft has no words for iptables' own MASQUERADE.
  if (!masquerade || /xt target/.test(masquerade.source.text)) return null
  return /\b(random-fully|fully-random)\b/.test(masquerade.source.text)
}

/**
 * Does an endpoint's chain mark what comes from the endpoint's own address (writeServiceToEndpointRules, pkg/proxy/iptables/proxier.go)? Null where there
 * is no such chain: in nftables mode a set names such connections.
 */
export function marksItsOwn({ rulesets }: NodeState, family: Family, chain: string, address: string): boolean | null {
  const found = tablesOf(rulesets, family).flatMap(({ table }) => {
    const own = table.chains.get(chain)
    return own && roleOf(table.name, chain) === 'endpoint' && chain.startsWith('KUBE-') ? [own] : []
  })
  return found.length === 0 ? null : found.some(({ rules }) => rules.some((rule) => marksOwn(rule, address)))
}

const marksOwn = ({ matches, actions }: Rule, address: string): boolean =>
  actions.some((action) => 'chain' in action && action.chain === 'KUBE-MARK-MASQ') &&
  matches.some(
    (match) =>
      match.kind === 'address' &&
      match.side === 'source' &&
      match.cidrs?.some((cidr) => formatCidr(cidr).split('/')[0] === address),
  )

/** Chains of endpoints that the service's own chains lead to, and that translate nothing. Only where the table was seen whole. */
export function brokenEndpoints(
  { name: node, rulesets }: NodeState,
  family: Family,
  met: readonly WalkedRule[],
): { chain: string; evidence: Evidence[] }[] {
  const own = new Set(met.flatMap(({ role, chain }) => (role === 'service' ? [chain] : [])))
  return tablesOf(rulesets, family).flatMap(({ ruleset: { command, file }, table }) => {
    if (!table.whole) return []
    const leading = [...own].flatMap((name) => table.chains.get(name)?.rules ?? [])
    return leading.flatMap((rule) =>
      rule.actions.flatMap(chainsOf).flatMap((chain) => {
        const rules = roleOf(table.name, chain) === 'endpoint' ? table.chains.get(chain)?.rules : undefined
        if (!rules || rules.some(({ actions }) => actions.some(translates))) return []
        const { line, text } = rule.source
        return [{ chain, evidence: [{ node, command, file, line, text }] }]
      }),
    )
  })
}

const chainsOf = (action: Action): string[] => {
  if (action.kind === 'randomVerdict') return action.choices.flatMap(({ verdict }) => chainsOf(verdict))
  if (action.kind === 'verdictMap' && typeof action.map !== 'string')
    return action.map.flatMap(({ verdict }) => chainsOf(verdict))
  return 'chain' in action ? [action.chain] : []
}

const translates = (action: Action): boolean =>
  action.kind === 'dnat' || action.kind === 'redirect' || action.kind === 'unknown'

/** The service's chain where it is there and empty. In nftables mode a map leads to it, which is no rule that the packet met. */
export function emptyChain(
  { name: node, rulesets }: NodeState,
  family: Family,
  service: Pick<Service, 'namespace' | 'name'>,
  { kind, portName, protocol }: EntryPath,
): { chain: string; evidence: Evidence[] } | null {
  const inside = kind === 'clusterIP' ? 'service' : 'external'
  const chain = nftablesChain(inside, service.namespace, service.name, portName, protocol)
  const found = tablesOf(rulesets, family).find(({ table }) => table.chains.get(chain)?.rules.length === 0)
  if (!found) return null
  const { command, file } = found.ruleset
  return { chain, evidence: [{ node, command, file, line: null, text: `chain ${chain} { }` }] }
}
