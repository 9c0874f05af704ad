/** Where the rules of a node lead packets, apart from those that serve Services: what a CNI plugin writes for host ports is among them. */
import { tablesOf } from '../kernel/base-chains.ts'
import type { Family } from '../model/address.ts'
import { memoByFamily } from '../model/memo.ts'
import type { NodeState } from '../model/node.ts'
import type { Action, Rule, Table } from '../model/rules.ts'
import { proxiesOn } from './on-node.ts'
import { roleOf } from './rule-meaning.ts'

/** Targets of DNAT by address; a port of null is any. */
export type Targets = ReadonlyMap<string, ReadonlySet<number | null>>

/**
 * The targets of a node's rules that are not a proxy's; null where not all that translates was seen: rules of both back ends, or programs that may do it. portmap
 * writes chains CNI-HOSTPORT-DNAT and CNI-DN-… of iptables, or the nft table cni_hostport; CRI-O and kubelet wrote KUBE-HOSTPORTS.
 */
export const otherTargets = memoByFamily((node: NodeState, family): Targets | null => {
  if (!allSeen(node, family)) return null
  const targets = new Map<string, Set<number | null>>()
  for (const { table } of tablesOf(node.rulesets, family).filter((one) => translates(one.table)))
    for (const action of actionsOf(table)) {
      if (action.kind === 'unknown') return null
      if (action.kind !== 'dnat') continue
      for (const { target } of action.choices) {
        // To a range of addresses, or to none: it may be any.
        if (target.address === null || target.addressEnd !== null) return null
        const ports = targets.get(target.address) ?? new Set()
        targets.set(target.address, ports.add(target.portEnd === null ? target.port : null))
      }
    }
  return targets
})

/** Of Cilium, OVN-Kubernetes and Calico's eBPF: they may serve host ports by themselves, also beside kube-proxy. */
const hasOthersLink = ({ links }: NodeState): boolean =>
  (links ?? []).some(({ name }) => /^(cilium_|lxc|ovn-|bpf(in|out)\.cali)/.test(name))

function allSeen(node: NodeState, family: Family): boolean {
  const { seen, other } = proxiesOn(node, family)
  if (node.cilium || node.serviceTables || hasOthersLink(node)) return false
  if (other !== null || seen.how !== 'whole' || seen.cutOff || seen.elided) return false
  if (node.nftTables === null || node.rulesets.some(({ problems }) => problems.length > 0)) return false
  if ((node.programs ?? []).some(({ hook }) => hook !== 'cgroup')) return false
  const tables = tablesOf(node.rulesets, family).map(({ table }) => table)
  const own = family === 4 ? ['ip', 'inet'] : ['ip6', 'inet']
  const listed = node.nftTables.filter((name) => own.includes(name.split(' ')[0]!))
  const read = new Set(tables.map((table) => `${table.family} ${table.name}`))
  return tables.every((table) => table.whole || table.name !== 'nat') && listed.every((name) => read.has(name))
}

const translates = ({ name, chains }: Table): boolean =>
  name === 'nat' || [...chains.values()].some(({ base }) => base?.type === 'nat')

/** A proxy's chains for Services lead to endpoints. What it has besides them may be for host ports: KUBE-HOSTPORTS. */
const actionsOf = (table: Table): Action[] => [
  ...[...table.chains.values()]
    .filter(({ name }) => ['other', null].includes(roleOf(table.name, name)))
    .flatMap(({ rules }) => rules.flatMap(actionsOfRule)),
  ...[...table.sets.values()].flatMap(({ verdicts }) => (verdicts ?? []).map(({ verdict }) => verdict)),
]

const actionsOfRule = ({ actions }: Rule): Action[] =>
  actions.flatMap((action) =>
    action.kind === 'verdictMap' && typeof action.map !== 'string' ? action.map.map(({ verdict }) => verdict) : action,
  )
