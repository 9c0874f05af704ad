/** Rules of a node that name no service: why, and which command shows more. */
import type { Chain, RuleSource, Table } from '../model/rules.ts'
import { isHelperOfIpvs } from './ipvs/names.ts'
import { isServiceChain, NATIVE_TABLE, roleOf } from './kube-proxy/roles.ts'

/** `services`: the command that shows the services themselves. */
export function whatRulesLack(tables: readonly Table[], services: string): string {
  const broken = tables.flatMap(({ chains }) => [...chains.values()].flatMap(firstBroken))[0]
  if (broken)
    return `line ${broken.line} is cut off or was broken by the terminal, so what it names cannot be read: write the rules to a file (sudo iptables-save > rules.txt) and give that`
  if (tables.some(isOfIpvs))
    return `these are kube-proxy's rules in IPVS mode, which name no service: add sudo ipvsadm -Ln and ${services}`
  const save = tables.every(({ family }) => family === 'ip6') ? 'ip6tables-save' : 'iptables-save'
  if (!tables.some(({ name }) => name === 'nat' || name === NATIVE_TABLE))
    return `no rule in it names a service: the rules that lead to services are in the nat table: add sudo ${save} -t nat`
  if (!tables.some(isOfKubeProxy))
    return `no chain of kube-proxy is in it: add sudo nft list ruleset and sudo ipvsadm -Ln of a node, and ${services}`
  return `no rule in it names a service: add sudo ${save} of the whole node, and ${services}`
}

/** A rule that lost its end: its reader, or whoever copied it, marked it so, or a quote is left open. */
function firstBroken({ rules }: Chain): RuleSource[] {
  const broken = rules.find(({ source: { text } }) => /…\s*$/.test(text) || text.split('"').length % 2 === 0)
  return broken ? [broken.source] : []
}

const isOfIpvs = ({ chains }: Table): boolean => {
  const names = [...chains.keys()]
  return names.some(isHelperOfIpvs) && !names.some(isServiceChain)
}

const isOfKubeProxy = ({ name, chains }: Table): boolean =>
  name === NATIVE_TABLE ||
  [...chains.keys()].some((chain) => ['services', 'service', 'endpoint'].includes(roleOf(name, chain) ?? ''))
