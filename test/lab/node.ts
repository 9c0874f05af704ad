/** The lab's node as svcpath sees it: what its own commands print, read by the parsers that read captures. */

import type { NodeState } from '../../src/model/node.ts'
import type { Ruleset } from '../../src/model/rules.ts'
import { parseIpLinkJson, parseIpRouteJson, parseIpRuleJson } from '../../src/parse/host/ip-json.ts'
import { parseSysctl } from '../../src/parse/host/sysctl.ts'
import { parseIpsets } from '../../src/parse/ipset/ipset.ts'
import { parseSave } from '../../src/parse/iptables/save.ts'
import { parseNftJson } from '../../src/parse/nft/json.ts'
import { parseNftText } from '../../src/parse/nft/text.ts'
import { NOTHING } from '../nothing.ts'
import type { Lab } from './lab.ts'
import type { Family } from './places.ts'

/** By what a rule set is loaded. */
export type BackEnd = 'iptables-legacy' | 'iptables-nft' | 'nft'

/** What the node's ipsets hold by now. */
export const readIpsets = (lab: Lab): NodeState['ipsets'] =>
  parseIpsets(lab.run('node', 'ipset save'), 'ipset.txt').items

/** Everything but the rules. */
export function readHost(lab: Lab): NodeState {
  const run = (command: string) => lab.run('node', command)
  const sysctls = parseSysctl(
    run('sysctl net.ipv4.ip_forward net.ipv6.conf.all.forwarding net.bridge net.ipv4.conf'),
    'sysctl.txt',
  )
  const links = parseIpLinkJson(run('ip -j -d addr'), 'ip-addr.json')
  const perFamily = ([4, 6] as const).map((family) => ({
    routes: parseIpRouteJson(run(`ip -${family} -j route show table all`), `ip${family}-route.json`, family),
    rules: parseIpRuleJson(run(`ip -${family} -j rule`), `ip${family}-rule.json`),
  }))
  const parsed = [sysctls, links, ...perFamily.flatMap(({ routes, rules }) => [routes, rules])]
  return {
    ...NOTHING,
    name: 'lab',
    links: links.items,
    routes: perFamily.flatMap(({ routes }) => routes.items),
    policyRules: perFamily.flatMap(({ rules }) => rules.items),
    sysctls: new Map(sysctls.items),
    problems: parsed.flatMap(({ problems }) => problems),
  }
}

/**
 * Loads a rule set in place of whatever was loaded, and reads it back. For iptables-nft the second reading is nft's view
 * of the same tables, which hides some of it; for nft it is the text besides the JSON.
 */
export function load(lab: Lab, family: Family, backEnd: BackEnd, text: string): Ruleset[] {
  const ip = family === 4 ? 'ip' : 'ip6'
  const restore =
    backEnd === 'nft'
      ? 'nft -f /dev/stdin'
      : `${backEnd.replace('ip', ip)}-restore${backEnd === 'iptables-legacy' ? ' -w' : ''}`
  const legacy = lab.legacy ? ['ip', 'ip6'].map((tool) => `${tool}tables-legacy-restore -w <<'END'\n${EMPTY}END`) : []
  try {
    lab.run('node', [...legacy, 'nft flush ruleset', `${restore} <<'END'\n${text}END`, 'conntrack -F 2>&1'].join('\n'))
  } catch (error) {
    throw new Error(`${error}\n\n${text}`)
  }
  const run = (command: string) => lab.run('node', command)
  if (backEnd === 'iptables-legacy') return [parseSave(run(`${ip}tables-legacy-save -c`), 'iptables-save.txt')]
  const json = parseNftJson(run('nft -j list ruleset'), 'nft.json')
  if (backEnd === 'iptables-nft') return [parseSave(run(`${ip}tables-nft-save -c`), 'iptables-save.txt'), json]
  return [json, parseNftText(run('nft list ruleset'), 'nft.txt')]
}

/** A table that names no chain keeps its policies. */
const CHAINS = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
}
const EMPTY = Object.entries(CHAINS)
  .map(([table, chains]) => `*${table}\n${chains.map((chain) => `:${chain} ACCEPT [0:0]\n`).join('')}COMMIT\n`)
  .join('')
