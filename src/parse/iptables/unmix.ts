import type { IptablesRule } from './rule.ts'
import { guessTable, type IptablesChain, IptablesTable } from './table.ts'

/**
 * Rules of nat and of filter stand in one text where grep took away what parts them: `iptables-save | grep shop/web`. Takes
 * those out that only the table filter holds.
 */
export function unmix(table: IptablesTable): IptablesTable[] {
  if (guessTable(table.chains.values()) !== 'nat') return [table]
  const filter = alike(table, 'filter')
  const rest = alike(table, table.name)
  for (const chain of table.chains.values()) {
    if (chain.rules.length === 0) copy(chain, FILTER_CHAIN.test(chain.name) ? filter : rest, [])
    else {
      const stopping = chain.rules.filter((rule) => isOfFilter(chain.name, rule))
      if (stopping.length > 0) copy(chain, filter, stopping)
      const others = chain.rules.filter((rule) => !stopping.includes(rule))
      if (others.length > 0) copy(chain, rest, others)
    }
  }
  return filter.chains.size === 0 ? [table] : [rest, filter]
}

function alike(table: IptablesTable, name: string): IptablesTable {
  const other = new IptablesTable(name, table.preamble)
  other.family = table.family
  other.damaged = table.damaged
  other.gaps.push(...table.gaps)
  return other
}

function copy(chain: IptablesChain, into: IptablesTable, rules: readonly IptablesRule[]): void {
  const other = into.chain(chain.name)
  other.declared = chain.declared
  other.policy = chain.policy
  other.counter = chain.counter
  for (const rule of rules) other.addRule(rule)
}

/** Chains that no other table has. */
const FILTER_CHAIN = /^(FORWARD|KUBE-(FORWARD|FIREWALL|EXTERNAL-SERVICES|PROXY-FIREWALL|ROUTER.*|POD-FW.*|NWPLCY.*))$/

/** Chains that both tables have: there a rule tells by what it does. */
function isOfFilter(chain: string, { target, matches }: IptablesRule): boolean {
  if (FILTER_CHAIN.test(chain) || FILTER_CHAIN.test(target ?? '') || target === 'REJECT') return true
  if (/^KUBE-(SERVICES|NODEPORTS)$/.test(chain)) return target === 'DROP' || target === 'ACCEPT'
  // Those that lead to the services of filter ask for a new connection, those of nat see no other.
  return /^(INPUT|OUTPUT)$/.test(chain) && matches.some(({ kind }) => kind === 'conntrack')
}
