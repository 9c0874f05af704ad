/** Short ways to rules, packets and nodes for tests, and to what a walk came to. */

import type { Ending, Flow, Passage } from '../../src/kernel/flow.ts'
import { NO_MARK, type Packet } from '../../src/kernel/packet.ts'
import { originOf } from '../../src/kernel/station.ts'
import { start } from '../../src/kernel/traveller.ts'
import { walkChain } from '../../src/kernel/walk.ts'
import { parseCidr, single } from '../../src/model/address.ts'
import type { Ruleset } from '../../src/model/rules.ts'
import { parseSave } from '../../src/parse/iptables/save.ts'
import { parseNftText } from '../../src/parse/nft/text.ts'
import { KUBE_PROXY_NAMES } from '../../src/proxies/kube-proxy/walk-names.ts'
import { NOTHING } from '../nothing.ts'

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
  const names = new Set(['PREROUTING', 'OUTPUT', 'POSTROUTING', ...split.map(([, chain]) => chain!)])
  const declared = [...names].map((name) => `:${name} ${/^[A-Z]{5,}$/.test(name) ? 'ACCEPT' : '-'} [0:0]\n`)
  const bodies = split.filter(([, , rule]) => rule !== '').map(([, chain, rule]) => `-A ${chain} ${rule}\n`)
  return rules(`*nat\n${declared.join('')}${bodies.join('')}COMMIT\n`)
}

/** Walks the chain of the first table that has it; `steps` counts the work down. */
export function walk(
  ruleset: Ruleset,
  name: string,
  sent: Packet = packet(),
  flow: Partial<Flow> = {},
  steps = { left: 1e9 },
): Passage {
  const table = ruleset.tables.find((one) => one.chains.has(name))!
  const about = {
    node: NOTHING,
    assumptions: new Set<string>(),
    beforeConntrack: false,
    names: KUBE_PROXY_NAMES,
    steps,
  }
  const place = { table, origin: originOf(ruleset, table.name), ...about }
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
      return `redirect ${verdict.port}${verdict.portEnd === null ? '' : `-${verdict.portEnd}`}`
    default:
      return verdict.kind
  }
}
