/** Whose rules they are that stand on a node beside a proxy's: by the names of their tables and chains. */
import type { Ruleset, Table } from '../model/rules.ts'
import { isPolicyChain, isPolicyTable } from './policy-chains.ts'

/** Tables of Kubernetes' own programs and of those that enforce its policies. */
export const isKubernetesTable = ({ name }: Table): boolean =>
  /^(kube-|cni_|cilium|calico|antrea|flannel|kindnet)/.test(name) || isPolicyTable(name)

/** Chains of theirs in tables that they share with others. */
export const isKubernetesChain = (name: string): boolean =>
  /^(KUBE-|CNI-|FLANNEL-|cali-|WEAVE|AWS-|IP-MASQ)/.test(name) || isPolicyChain(name)

/** What people call the firewall that a rule is part of: `ufw`, `firewalld`, `inet filter`, `a rule of FORWARD`. `chains`: those that led to it. */
export function firewallName({ dialect }: Ruleset, table: Table, base: string, chains: readonly string[]): string {
  if (table.name === 'firewalld' || chains.some((name) => /^(FWD[IO]?_|FORWARD_(IN|OUT|direct|POLICIES))/.test(name)))
    return 'firewalld'
  if (chains.some((name) => /^ufw6?-/.test(name))) return 'ufw'
  return dialect === 'nft' ? `${table.family} ${table.name}` : `a rule of ${base}`
}

/** A table by its family and name; one of the older back end says so, since both may hold a table of the name. */
export const tableName = ({ backend }: Ruleset, { family, name }: Table): string =>
  [backend === 'legacy' ? 'legacy' : '', family, name].filter(Boolean).join(' ')
