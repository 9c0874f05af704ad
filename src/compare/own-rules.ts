/** Rules that are for one service, whether or not a packet met them: those of its chains, and those that name its entries. */
import { formatCidr } from '../model/address.ts'
import { memo } from '../model/memo.ts'
import type { NodeState } from '../model/node.ts'
import type { EntryPath } from '../model/report.ts'
import type { Chain, Match, Rule, Table } from '../model/rules.ts'
import { roleOf } from '../proxies/rule-meaning.ts'

export interface OwnRule {
  table: Table
  chain: string
  rule: Rule
}

export function ownRules({ rulesets }: NodeState, entries: readonly EntryPath[]): OwnRule[] {
  const chains = new Set(entries.flatMap(({ rules }) => rules.flatMap((one) => (isOwn(one.role) ? one.chain : []))))
  return rulesets.flatMap(({ tables }) =>
    tables.flatMap((table) =>
      [...startsOf(table), ...chains].flatMap((name) => {
        const chain = table.chains.get(name)
        if (!chain) return []
        const rules = chains.has(name) ? chain.rules : entries.flatMap((entry) => rulesFor(chain, entry))
        return [...new Set(rules)].map((rule) => ({ table, chain: name, rule }))
      }),
    ),
  )
}

const isOwn = (role: string | null): boolean => role === 'service' || role === 'endpoint'

/** Where the rules of all services begin. */
const startsOf = memo((table: Table) =>
  [...table.chains.keys()].filter((name) => roleOf(table.name, name) === 'services'),
)

/** Those that want the entry's address and port. A node port stands at any address. */
function rulesFor(chain: Chain, { kind, address, port }: EntryPath): readonly Rule[] {
  const index = byDestination(chain)
  const all = index.get(kind === 'nodePort' ? '' : address) ?? []
  return all.filter(({ matches }) => matches.some((match) => wantsPort(match, port)))
}

const wantsPort = (match: Match, port: number): boolean =>
  match.kind === 'port' && match.side !== 'source' && match.ranges.some(([low, high]) => low <= port && port <= high)

/** The rules of a chain by the one address that they want; '': by none. */
const byDestination = memo((chain: Chain): ReadonlyMap<string, Rule[]> => {
  const addressed = chain.rules.map((rule) => [destinationOf(rule), rule] as const)
  const groups = Map.groupBy(addressed, ([address]) => address)
  return new Map([...groups].map(([address, all]) => [address, all.map(([, rule]) => rule)]))
})

function destinationOf({ matches }: Rule): string {
  const match = matches.find((one) => one.kind === 'address' && one.side === 'destination' && !one.negated)
  return match?.kind === 'address' && match.cidrs?.length === 1 ? formatCidr(match.cidrs[0]!) : ''
}
