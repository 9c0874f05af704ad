/** Commands for a root shell on a node that show or change its rules, by the tool that they were read with. */
import type { NodeState } from '../model/node.ts'
import type { Stop } from '../model/report.ts'
import type { Ruleset } from '../model/rules.ts'
import { sh } from '../model/shell.ts'
import type { Command } from './proxy.ts'

/** Takes away what stops packets, or lets a base chain accept; where the rule's text cannot be pasted, shows it. `six`: of IPv6. */
export function unblocking(node: NodeState | undefined, { table, chain, kind, evidence }: Stop, six: boolean): Command {
  const [line] = evidence
  const ruleset = node?.rulesets.find(({ file }) => file === line?.file)
  if (ruleset?.dialect === 'nft') {
    const family = familyHolding(ruleset, table, chain)
    if (kind === 'policy')
      return { run: sh`nft add chain ${family} ${table ?? ''} ${chain ?? ''} '{ policy accept; }'`, note: null }
    return { run: sh`nft -a list chain ${family} ${table ?? ''} ${chain ?? ''}`, note: "shows the rule's handle" }
  }
  const tool = iptablesOf(node, ruleset, six)
  if (kind === 'policy') return { run: sh`${tool} -t ${table ?? 'filter'} -P ${chain ?? 'FORWARD'} ACCEPT`, note: null }
  const rule = ADDED.exec(line?.text ?? '')?.[1]
  if (rule) return { run: `${sh`${tool} -t ${table ?? 'filter'}`} -D ${rule}`, note: null }
  return { run: sh`${tool} -t ${table ?? 'filter'} -S ${chain ?? 'FORWARD'}`, note: 'shows the rule' }
}

/** Sets a chain's counters to zero. `file`: where its rules were read. */
export function zeroing(node: NodeState, file: string, chain: string, six: boolean): string {
  const ruleset = node.rulesets.find((one) => one.file === file)
  return sh`${iptablesOf(node, ruleset, six)} -t nat -Z ${chain}`
}

/** A rule as iptables-save prints it, that a shell takes as it stands, one that looks for history behind a `!` too. */
const ADDED = /^(?:\[\d+:\d+\] )?-A ((?:[\w@%+=:,./ -]|! |"[\w@%+=:,./ -]*")+)$/

const familyHolding = ({ tables }: Ruleset, table: string | null, chain: string | null): string =>
  tables.find(({ name, chains }) => name === table && chains.has(chain ?? ''))?.family ?? 'inet'

/**
 * `iptables`, or its form for IPv6; for one back end by name where the node has rules of both, or where the dump was taken by that name: the plain one
 * may mean the other.
 */
function iptablesOf(node: NodeState | undefined, ruleset: Ruleset | undefined, six: boolean): string {
  const plain = six ? 'ip6tables' : 'iptables'
  const backends = new Set(node?.rulesets.flatMap(({ dialect, backend }) => (dialect === 'iptables' && backend) || []))
  const named =
    /tables-(legacy|nft)-save/.exec(ruleset?.file ?? '')?.[1] ?? (backends.size > 1 ? ruleset?.backend : null)
  return named ? `${plain}-${named}` : plain
}
