/** Where packets on their way to an endpoint are dropped or rejected, each stop once. */
import { familyOf } from '../model/address.ts'
import type { NodeState } from '../model/node.ts'
import type { EndpointPath, EntryPath, Stop } from '../model/report.ts'
import type { Ruleset } from '../model/rules.ts'
import { sh } from '../model/shell.ts'
import { type Case, type Hit, walkedEntries } from './case.ts'
import { onNode } from './fix.ts'
import { isPolicyChain, isPolicyTable } from './policy-chains.ts'

interface Lost {
  /** The node whose clients it hits. */
  from: string
  entry: EntryPath
  endpoint: EndpointPath
}

/** A stop with all that ends there. */
export interface Blocked {
  stop: Stop
  how: 'drop' | 'reject'
  lost: readonly Lost[]
}

/** Every rule, policy, route or setting of the wanted kinds that stands in the way. */
export function stopsOf(seen: Case, kinds: readonly Stop['kind'][]): Blocked[] {
  const lost = walkedEntries(seen).flatMap(({ node: from, entry }) =>
    entry.endpoints.flatMap((endpoint) => {
      const { stop, fate, probability } = endpoint
      const ends = stop && kinds.includes(stop.kind) && probability > 0
      return ends && (fate === 'drop' || fate === 'reject')
        ? [{ stop, how: fate, lost: { from, entry, endpoint } } as const]
        : []
    }),
  )
  const groups = Map.groupBy(
    lost,
    ({
      stop: {
        node,
        kind,
        reason,
        evidence: [line],
      },
    }) => [node, kind, reason, line?.file, line?.line, line?.text].join('\n'),
  )
  return [...groups.values()].map((all) => ({
    ...{ stop: all[0]!.stop, how: all[0]!.how },
    lost: all.map((one) => one.lost),
  }))
}

/** A policy's chain, or a table of a program that enforces policies. */
export const isPolicy = ({ table, chain }: Stop): boolean => isPolicyChain(chain ?? '') || isPolicyTable(table ?? '')

/** Whose connections end there: every entry that leads to one of the lost endpoints, on each node that it does. */
export const hitsOf = ({ lost }: Blocked): Hit[] => lost.map(({ from, entry }) => ({ node: from, entry }))

/** The command that takes a rule away, or lets a policy accept, by the tool that the stop was read with. */
export function unblock({ observation }: Case, { stop, lost }: Blocked, note: string): string {
  const { node, table, chain, kind, evidence } = stop
  const state = observation.nodes.find(({ name }) => name === node)
  const file = evidence[0]?.file
  const ruleset = state?.rulesets.find((one) => one.file === file)
  const six = lost.some(({ endpoint: { address } }) => address !== null && familyOf(address) === 6)
  if (ruleset?.dialect === 'nft') {
    const family = familyHolding(ruleset, table, chain)
    if (kind === 'policy')
      return onNode(node, sh`nft add chain ${family} ${table ?? ''} ${chain ?? ''} '{ policy accept; }'`, note)
    return onNode(
      node,
      sh`nft -a list chain ${family} ${table ?? ''} ${chain ?? ''}`,
      `shows the rule's handle; ${note}`,
    )
  }
  const tool = iptablesOf(state, ruleset, six)
  if (kind === 'policy') return onNode(node, sh`${tool} -t ${table ?? 'filter'} -P ${chain ?? 'FORWARD'} ACCEPT`, note)
  const rule = ADDED.exec(evidence[0]?.text ?? '')?.[1]
  if (rule) return onNode(node, `${sh`${tool} -t ${table ?? 'filter'}`} -D ${rule}`, note)
  return onNode(node, sh`${tool} -t ${table ?? 'filter'} -S ${chain ?? 'FORWARD'}`, `shows the rule; ${note}`)
}

/** A rule as iptables-save prints it, that a shell takes as it stands. */
const ADDED = /^(?:\[\d+:\d+\] )?-A ([\w@%+=:,./"! -]+)$/

const familyHolding = ({ tables }: Ruleset, table: string | null, chain: string | null): string =>
  tables.find(({ name, chains }) => name === table && chains.has(chain ?? ''))?.family ?? 'inet'

/**
 * `iptables`, or its form for IPv6; for one back end by name where the node has rules of both, or where the dump was taken by that name: the plain one
 * may mean the other.
 */
export function iptablesOf(state: NodeState | undefined, ruleset: Ruleset | undefined, six: boolean): string {
  const plain = six ? 'ip6tables' : 'iptables'
  const backends = new Set(state?.rulesets.flatMap(({ dialect, backend }) => (dialect === 'iptables' && backend) || []))
  const named =
    /tables-(legacy|nft)-save/.exec(ruleset?.file ?? '')?.[1] ?? (backends.size > 1 ? ruleset?.backend : null)
  return named ? `${plain}-${named}` : plain
}
