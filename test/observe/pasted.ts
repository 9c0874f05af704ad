import type { Observation } from '../../src/model/observation.ts'
import { observeFiles } from '../../src/observe/observation.ts'

/** What somebody pasted, one text a file. */
export const pasted = (...texts: string[]): Observation =>
  observeFiles(
    texts.map((text, i) => ({ path: `text-${i + 1}.txt`, text })),
    { source: 'rules', origin: 'texts', problems: [] },
  )

/** What an observation says, whatever the files and lines are that say it. */
export function essence({ cluster, nodes, resolvConfs }: Observation) {
  return {
    services: cluster.services?.map(({ origin: _, ...service }) => service),
    pods: cluster.pods,
    apiNodes: cluster.nodes,
    domain: cluster.dnsDomain,
    endpoints: cluster.services?.map(({ namespace, name }) =>
      cluster.endpointsOf(namespace, name)?.map(({ address, port }) => `${address} ${port}`),
    ),
    resolvConfs: resolvConfs.map(({ origin: _, ...conf }) => conf),
    nodes: nodes.map((node) => ({
      rules: node.rulesets
        .flatMap(({ tables }) =>
          tables.flatMap(({ family, name, chains, sets }) => [
            ...[...chains.values()].map((chain) => ({
              chain: `${family} ${name} ${chain.name}`,
              policy: chain.policy,
              rules: chain.rules.map(({ matches, actions, comment, counter }) => ({
                matches,
                actions,
                comment,
                counter,
              })),
            })),
            ...[...sets.values()].map((set) => ({ chain: `${family} ${name} @${set.name}`, set })),
          ]),
        )
        .sort((a, b) => a.chain.localeCompare(b.chain)),
      conntrack: node.conntrack?.map(({ source: _, ...entry }) => entry),
      links: node.links,
      routes: node.routes,
      neighbours: node.neighbours,
      fdb: node.fdb,
      bridgePorts: node.bridgePorts,
      sysctls: node.sysctls && [...node.sysctls],
    })),
  }
}
