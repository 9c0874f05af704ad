/** Every set of rules that kube-proxy's iptables or nftables mode wrote on a node, and which doors lead to it. */
import { type Base, tablesOf } from '../../kernel/base-chains.ts'
import type { Family } from '../../model/address.ts'
import { memoByFamily } from '../../model/memo.ts'
import type { Chain, Ruleset, Table } from '../../model/rules.ts'
import type { Door, Repair, ServiceProxy } from '../proxy.ts'
import { NATIVE_TABLE, roleOf } from './roles.ts'

/** kube-proxy's own rule sets of a family, in the order of the dumps. */
export const kubeProxiesIn = memoByFamily((rulesets: readonly Ruleset[], family): readonly ServiceProxy[] =>
  tablesOf(rulesets, family).flatMap(({ ruleset, table }) => {
    if (table.name === NATIVE_TABLE) return [nativeProxy(ruleset, table, family)]
    const services = table.name === 'nat' ? table.chains.get('KUBE-SERVICES') : undefined
    return services ? [iptablesProxy(ruleset, table, services, family)] : []
  }),
)

function iptablesProxy(ruleset: Ruleset, table: Table, services: Chain, family: Family): ServiceProxy {
  const name = `iptables-${ruleset.backend ?? 'nft'}`
  const plain = family === 4 ? 'iptables' : 'ip6tables'
  const tool = name.replace('iptables', plain)
  return proxyOf(name, family, ruleset, table, services, {
    open: (door) =>
      `${plain} -t nat -I ${door.name} -m comment --comment "kubernetes service portals" -j KUBE-SERVICES`,
    flush: `${tool}-save | grep -v KUBE- | ${tool}-restore`,
  })
}

function nativeProxy(ruleset: Ruleset, table: Table, family: Family): ServiceProxy {
  const services = table.chains.get('services') ?? null
  return proxyOf('nftables', family, ruleset, table, services, {
    open: () => null,
    flush: `nft delete table ${family === 4 ? 'ip' : 'ip6'} ${NATIVE_TABLE}`,
  })
}

function proxyOf(
  name: string,
  family: Family,
  { command, file }: Ruleset,
  table: Table,
  services: Chain | null,
  repair: Repair,
): ServiceProxy {
  const begin = services?.name ?? 'services'
  const count = services?.rules.length ?? 0
  const doors = services ? doorsTo(table, services) : []
  return {
    ...{ name, family, begin, doors, repair, stations: [], misfits: [] },
    source: { command, file, table: table.name },
    // Each of thousands of rules is taken apart for it.
    get extent() {
      return `${count} rules in ${begin} of the table ${table.name}${countedBy(table, services)}`
    },
    empty: count === 0 && table.whole,
    reached: count > 0 && doors.some(({ open }) => open === true),
    idle: () => null,
    resting: () => null,
    tracked: () => null,
    disagreements: () => [],
    lacks: (entries) => `no rule of ${begin} takes ${entries}`,
    translates: [...table.chains.values()].some(({ rules }) =>
      rules.some(({ actions }) => actions.some(({ kind }) => kind === 'dnat')),
    ),
    likeness: (addresses) => likeness(table, addresses),
  }
}

/** What came by these rules since they were written, or since the node started: it may have been before another proxy took over. */
function countedBy(table: Table, services: Chain | null): string {
  const leading = (services?.rules ?? []).filter(({ actions }) =>
    actions.some((action) => 'chain' in action && roleOf(table.name, action.chain) === 'service'),
  )
  const counters = leading.flatMap(({ counter }) => counter ?? [])
  if (leading.length === 0 || counters.length < leading.length) return ''
  const sum = counters.reduce((total, { packets }) => total + packets, 0)
  return `, which counted ${sum} new connection${sum === 1 ? '' : 's'}`
}

/** The base chains of nat through which connections come, and whether they lead to a chain. */
const doorsTo = (table: Table, services: Chain): Door[] =>
  [...table.chains.values()].flatMap(({ name, base }) => {
    const comes = base?.type === 'nat' && (base.hook === 'prerouting' || base.hook === 'output')
    return comes
      ? [{ name, hook: base.hook, open: reaches(name, services.name, table.chains) || (table.whole ? false : null) }]
      : []
  })

/** Does a chain lead to another, by any number of jumps? */
function reaches(from: string, to: string, chains: ReadonlyMap<string, Chain>): boolean {
  const met = new Set([from])
  // Chains found on the way join the end of the list.
  for (const name of met) {
    if (name === to) return true
    for (const { actions } of chains.get(name)?.rules ?? [])
      for (const action of actions) if ('chain' in action) met.add(action.chain)
  }
  return false
}

/** How many of the addresses its endpoints' chains lead to. */
function likeness(table: Table, addresses: ReadonlySet<string>): number {
  const led = new Set<string>()
  for (const { name, rules } of table.chains.values()) {
    if (roleOf(table.name, name) !== 'endpoint') continue
    for (const { actions } of rules)
      for (const action of actions)
        if (action.kind === 'dnat') for (const { target } of action.choices) if (target.address) led.add(target.address)
  }
  return [...addresses].filter((address) => led.has(address)).length
}

/** A base chain of a table leads to the chain of this name. */
export const isLedTo = ({ chains }: Table, chain: string): boolean =>
  [...chains.values()].some(
    ({ name, base }: Pick<Base['chain'], 'name' | 'base'>) => base !== null && reaches(name, chain, chains),
  )
