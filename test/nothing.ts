import type { NodeState } from '../src/model/node.ts'

/** A node of which nothing was collected. */
export const NOTHING: NodeState = {
  name: 'n1',
  rulesets: [],
  nftTables: null,
  conntrack: null,
  links: null,
  routes: null,
  policyRules: null,
  neighbours: null,
  fdb: null,
  bridgePorts: null,
  podInterfaces: null,
  sysctls: null,
  proxyMode: null,
  proxy: null,
  hairpin: null,
  conntrackStats: null,
  sockets: null,
  ipvs: null,
  cilium: null,
  serviceTables: null,
  ipsets: null,
  programs: null,
  kernel: null,
  problems: [],
}
