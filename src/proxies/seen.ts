import { tablesOf } from '../kernel/base-chains.ts'
import type { Family } from '../model/address.ts'
import type { NodeState } from '../model/node.ts'
import type { Table } from '../model/rules.ts'
import { serves, unreadMap } from './cilium/on-node.ts'
import { NATIVE_TABLE } from './kube-proxy/roles.ts'
import { isIpvs } from './other-dataplane.ts'
import type { Seen } from './proxy.ts'

/** How much was seen of what may translate on a node, or stop a service's packets. `other`: what else translates there. */
export function seenOn(node: NodeState, family: Family, other: string | null): Seen {
  const tables = tablesOf(node.rulesets, family).map(({ table }) => table)
  const complete = tables.some(isNative)
  const unseen = complete ? [] : ['nat', 'filter'].filter((name) => !tables.some((table) => table.name === name))
  const partial = tables.filter(
    ({ name, whole }) => !whole && (name === 'nat' || name === 'filter' || name === NATIVE_TABLE),
  )
  if (node.cilium && serves(node.cilium))
    return {
      ...{ how: 'whole', untaken: (name) => `no frontend of Cilium on ${name} takes it` },
      unseen: [...unreadMap(family, node.cilium), ...unseen.filter((name) => name === 'filter')],
      partial: partial.flatMap(({ name }) => (name === 'filter' ? name : [])),
      ...{ elided: tables.some(isElided), cutOff: node.rulesets.some((ruleset) => ruleset.cutOff) },
    }
  const cutOff = node.rulesets.some((ruleset) => ruleset.cutOff)
  return {
    ...untakenOn(node, family, tables, other),
    ...{ unseen, cutOff, elided: tables.some(isElided), partial: [...new Set(partial.map(({ name }) => name))] },
  }
}

const isElided = ({ gaps }: Table): boolean => (gaps ?? []).some(({ kind }) => kind === 'elided')

const isNative = ({ name }: Table): boolean => name === NATIVE_TABLE

/** What it means that no rule took a packet. The first that applies. */
function untakenOn(
  node: NodeState,
  family: Family,
  tables: readonly Table[],
  other: string | null,
): Pick<Seen, 'how' | 'untaken'> {
  const { rulesets, proxyMode, nftTables } = node
  const unknown = (untaken: string) => ({ how: 'partial', untaken }) as const
  const native = proxyMode === 'nftables' && !tables.some(isNative)
  const absent = nftTables?.includes(`${family === 4 ? 'ip' : 'ip6'} ${NATIVE_TABLE}`) === false
  if (native && absent) return { how: 'absent', untaken: (name) => `kube-proxy has no table on ${name}` }
  if (rulesets.length === 0) return unknown('no rules were collected')
  if (native) return unknown("kube-proxy's nftables rules were not collected")
  if (!tables.some((table) => table.name === 'nat' || isNative(table)))
    return unknown('the nat table is not in the text')
  if (other !== null) return unknown(other)
  if (!tables.some((table) => table.whole && (table.name === 'nat' || isNative(table))))
    return unknown('no rule in the text leads to it, and the text is a fragment')
  const ipvs = isIpvs(node, family)
  return { how: 'whole', untaken: (name) => `no ${ipvs ? 'virtual server' : 'service rule'} on ${name} takes it` }
}
