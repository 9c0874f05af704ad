/** An observation without its counters: they move by themselves, and are no change. */
import type { Ipvs } from '../model/ipvs.ts'
import type { NodeState } from '../model/node.ts'
import type { Observation } from '../model/observation.ts'
import type { Chain, Rule, Ruleset, Table } from '../model/rules.ts'

/** The same observation as if no counter had been collected. Findings that rest on counters alone are not found in it. */
export const withoutCounters = (observation: Observation): Observation => ({
  ...observation,
  nodes: observation.nodes.map(withoutCountersOf),
})

function withoutCountersOf(node: NodeState): NodeState {
  const { proxy, ipvs } = node
  return {
    ...node,
    rulesets: node.rulesets.map(uncounted),
    ...{ counters: null, conntrackStats: null, ipvs: ipvs && uncountedServers(ipvs) },
    proxy: proxy && {
      ...proxy,
      metrics: proxy.metrics && {
        ...proxy.metrics,
        ...{ failedWrites: null, syncs: null, localhostNodePorts: null, invalidDrops: null },
      },
    },
  }
}

const uncounted = (ruleset: Ruleset): Ruleset => ({
  ...ruleset,
  // What a table tells of itself may be worked out when it is asked for: a copy of its fields would lose that.
  tables: ruleset.tables.map((table): Table => {
    const chains = new Map([...table.chains].map(([name, chain]) => [name, uncountedChain(chain)]))
    return Object.create(table, { chains: { value: chains, enumerable: true } }) as Table
  }),
})

/** Rules may be parsed when they are first asked for, and stay so. */
function uncountedChain(chain: Chain): Chain {
  let rules: readonly Rule[] | null = null
  return Object.create(chain, {
    counter: { value: null, enumerable: true },
    rules: {
      enumerable: true,
      get() {
        rules ??= chain.rules.map((rule) => Object.create(rule, { counter: { value: null, enumerable: true } }) as Rule)
        return rules
      },
    },
  }) as Chain
}

const uncountedServers = (ipvs: Ipvs): Ipvs => ({
  ...ipvs,
  servers: ipvs.servers.map((server) => ({
    ...server,
    ...{ counters: null, rates: null },
    realServers: server.realServers.map((one) => ({ ...one, counters: null, rates: null })),
  })),
})
