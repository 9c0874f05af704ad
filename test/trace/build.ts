/** Short ways to rules, packets and nodes for tests, and to what a walk came to. */
import { parseCidr, single } from '../../src/model/address.ts'
import type { NodeState, Route } from '../../src/model/node.ts'
import type { Ruleset } from '../../src/model/rules.ts'
import { parseSave } from '../../src/parse/iptables/save.ts'
import { parseNftText } from '../../src/parse/nft/text.ts'
import type { Ending, Flow, Passage } from '../../src/trace/flow.ts'
import { sendPacket } from '../../src/trace/hooks.ts'
import type { Journeys } from '../../src/trace/journey.ts'
import { NO_MARK, type Packet } from '../../src/trace/packet.ts'
import { start } from '../../src/trace/traveller.ts'
import { walkChain } from '../../src/trace/walk.ts'

/** TCP from 10.1.1.2 by cni0 to 10.96.0.1:80, unless told otherwise. */
export const packet = (more: Partial<Packet> = {}): Packet => ({
  protocol: 'tcp',
  source: single('10.1.1.2'),
  sourceLocal: false,
  destination: single('10.96.0.1'),
  destinationLocal: false,
  destinationPort: 80,
  inInterface: 'cni0',
  outInterface: '',
  bridged: false,
  mark: NO_MARK,
  connectionMark: NO_MARK,
  translated: false,
  untracked: false,
  ...more,
})

/** A client that is somewhere in the prefix. */
export const within = (prefix: string, ...except: string[]) => {
  const cidr = parseCidr(prefix)!
  return { family: cidr.family, within: [cidr], except: except.map((text) => parseCidr(text)!) }
}

/** Rules in either spelling; text that is not understood is a mistake of the test. */
export function rules(text: string): Ruleset {
  const ruleset = /^\s*table /.test(text) ? parseNftText(text, 'nft.txt') : parseSave(text, 'iptables-save.txt')
  if (ruleset.problems.length > 0) throw new Error(JSON.stringify(ruleset.problems))
  return ruleset
}

/** A nat table of these chains and rules: `A: -j B` is `-A A -j B`. Chains are declared when they are named. */
export function nat(...lines: string[]): Ruleset {
  const split = lines.map((line) => /^(\S+):\s*(.*)$/.exec(line)!)
  const names = new Set(split.map(([, chain]) => chain!))
  const declared = [...names].map((name) => `:${name} ${/^[A-Z]{5,}$/.test(name) ? 'ACCEPT' : '-'} [0:0]\n`)
  const bodies = split.filter(([, , rule]) => rule !== '').map(([, chain, rule]) => `-A ${chain} ${rule}\n`)
  return rules(`*nat\n${declared.join('')}${bodies.join('')}COMMIT\n`)
}

/** Walks the chain of the first table that has it. */
export function walk(ruleset: Ruleset, name: string, sent: Packet = packet(), flow: Partial<Flow> = {}): Passage {
  const table = ruleset.tables.find((one) => one.chains.has(name))!
  const place = { ruleset, table, assumptions: new Set<string>(), beforeConntrack: false }
  const first = { ...start(sent), mark: sent.mark, connectionMark: sent.connectionMark, untracked: sent.untracked }
  return walkChain(place, table.chains.get(name)!, sent, { ...first, ...flow })
}

/** `dnat 10.1.3.2:8080`, `reject`, `returned` … with the share, and the conditions in brackets. */
export function told({ returned, ended }: Passage): string[] {
  const all = [
    ...ended.map((one) => ({ one, what: verdictText(one) })),
    ...returned.map((one) => ({ one, what: 'returned' })),
  ]
  return all.map(({ one, what }) => {
    const share = one.probability === 1 ? '' : ` ${Number(one.probability.toFixed(6))}`
    return `${what}${share}${one.conditions.length > 0 ? ` [${one.conditions.join('; ')}]` : ''}`
  })
}

function verdictText({ verdict }: Ending): string {
  switch (verdict.kind) {
    case 'dnat': {
      const { address, addressEnd, port, portEnd } = verdict.target
      const range = addressEnd ? `${address}-${addressEnd}` : (address ?? '')
      return `dnat ${range}${port === null ? '' : `:${port}`}${portEnd === null ? '' : `-${portEnd}`}`
    }
    case 'unknown':
      return `unknown: ${verdict.reason}`
    case 'snat':
      return `snat ${verdict.to}`
    case 'endpointChain':
      return `endpoint chain ${verdict.chain}`
    case 'redirect':
      return `redirect ${verdict.port}`
    default:
      return verdict.kind
  }
}

/** A node of which nothing but these parts is known. */
export const node = (more: Partial<NodeState> = {}): NodeState => ({
  name: 'n1',
  rulesets: [],
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
  problems: [],
  ...more,
})

/** `10.1.3.0/24 dev veth1`, `default via 10.1.5.2 dev eth1 metric 100`, `local 10.1.2.1 dev lo table local`, `blackhole 10.0.0.0/8`. */
export function route(text: string): Route {
  const words = text.split(' ')
  const type = /^[a-z]/.test(words[0]!) && words[0] !== 'default' ? words.shift()! : 'unicast'
  const destination = words.shift()!
  const after = (word: string, list: string[] = words) => (list.includes(word) ? list[list.indexOf(word) + 1]! : null)
  const nexthops = text
    .split(' nexthop ')
    .slice(1)
    .map((hop) => hop.split(' '))
  const hops = (nexthops.length > 0 ? nexthops : [words]).map((list) => ({
    gateway: after('via', list),
    device: after('dev', list),
  }))
  const family = text.includes(':') ? 6 : 4
  return {
    family,
    destination: destination === 'default' ? (family === 4 ? '0.0.0.0/0' : '::/0') : destination,
    type,
    hops: hops.some((hop) => hop.device) ? hops : [],
    table: after('table') ?? 'main',
    metric: Number(after('metric') ?? 0),
    source: null,
  }
}

/** What lies around a node: its pods behind cni0, endpoints behind veth1, the world behind eth0. */
export const surroundings: Partial<NodeState> = {
  routes: [
    'local 10.1.1.1 dev cni0 table local',
    'local 10.1.2.1 dev eth0 table local',
    '10.1.1.0/24 dev cni0',
    '10.1.2.0/24 dev eth0',
    '10.1.3.0/24 dev veth1',
    'default via 10.1.2.254 dev eth0',
  ].map(route),
  links: [
    ['cni0', '10.1.1.1'],
    ['eth0', '10.1.2.1'],
  ].map(([name, address], i) => ({
    index: i + 2,
    name: name!,
    kind: null,
    mac: null,
    mtu: null,
    up: true,
    master: null,
    peerIndex: null,
    addresses: [{ address: address!, prefix: 24 }],
  })),
}

/** Sends a packet through a node with these rules. */
export function send(rulesets: Ruleset[], sent: Packet = packet(), state: Partial<NodeState> = surroundings): Journeys {
  const hook = sent.inInterface === '' ? 'output' : 'prerouting'
  return sendPacket(node({ ...state, rulesets }), hook, sent, { starts: [], resolve: () => null })
}

/** `forwarded to 10.1.3.2:8080 by veth1, masqueraded`, `drop (reason)` … with the share and the conditions. */
export function fates({ all }: Journeys): string[] {
  return all.map(({ probability, conditions, fate, reason, ending, masquerade, route: way }) => {
    const target = ending?.verdict.kind === 'dnat' ? ` to ${verdictText(ending).slice('dnat '.length)}` : ''
    const parts = [
      `${fate}${target}${fate === 'forwarded' ? ` by ${way?.device}` : ''}`,
      masquerade === 'no' ? '' : `, masquerade ${masquerade}`,
      reason === null ? '' : ` (${reason})`,
      probability === 1 ? '' : ` ${Number(probability.toFixed(6))}`,
      conditions.length > 0 ? ` [${conditions.join('; ')}]` : '',
    ]
    return parts.join('')
  })
}
