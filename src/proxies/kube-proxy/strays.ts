import { formatCidr, joinHostPort } from '../../model/address.ts'
import type { DnatTarget, Rule } from '../../model/rules.ts'
import { endpointChain, portKeys, serviceChain } from './names.ts'
import { saying } from './roles.ts'
import { type Name, nameIn } from './services.ts'

/** Where a rule stands. */
export interface Home {
  table: 'nat' | 'filter'
  chain: string
}

/**
 * The chains of kube-proxy's rules that lost their headings, as grep leaves them of a listing: by their targets, by what
 * they match, by their comments and by the hashes in the names. Null for a rule that may stand in any chain.
 */
export function homesOf(rules: readonly Rule[]): (Home | null)[] {
  const facts = rules.map(factsOf)
  const known = {
    services: new Map<string, string>(),
    endpoints: new Map<string, string>(),
    targets: new Set<string>(),
  }
  for (const { name, target, leadsTo } of facts) {
    if (!name) continue
    if (/^KUBE-SVC-/.test(target)) known.services.set(keyOf(name), target)
    if (/^KUBE-SEP-/.test(target)) known.targets.add(target)
    // `shop/web -> 10.244.1.5:8080`
    if (leadsTo && /^KUBE-SEP-/.test(target)) known.endpoints.set(`${keyOf(name)} ${leadsTo}`, target)
  }
  for (const fact of facts) {
    const chain = fact.name && fact.dnat ? endpointOf(fact.name, fact.protocol, fact.dnat, known) : null
    if (chain) known.endpoints.set(`${keyOf(fact.name!)} ${fact.dnat}`, chain)
  }
  return facts.map((fact) => homeOf(fact, known))
}

interface Known {
  /** Service chains by `namespace/name:port`. */
  services: Map<string, string>
  /** Endpoint chains by `namespace/name:port address:port`. */
  endpoints: Map<string, string>
  /** Endpoint chains that rules lead to. */
  targets: Set<string>
}

interface Facts {
  name: Name | null
  /** The chain or target; '' where there is none. */
  target: string
  protocol: string
  /** Single addresses; null for any, or for a prefix. */
  source: string | null
  destination: string | null
  hasPort: boolean
  isLocal: boolean
  /** What a DNAT leads to. */
  dnat: string | null
  /** What the comment says that the rule leads to. */
  leadsTo: string | null
  said: ReturnType<typeof saying>
  stops: boolean
}

function factsOf({ matches, actions, comment }: Rule): Facts {
  const action = actions.at(-1)
  const address = (side: 'source' | 'destination'): string | null => {
    const match = matches.find((one) => one.kind === 'address' && one.side === side && !one.negated)
    const [cidr] = match?.kind === 'address' ? (match.cidrs ?? []) : []
    const text = cidr ? formatCidr(cidr) : '/'
    return text.includes('/') ? null : text
  }
  const protocol = matches.find((one) => one.kind === 'protocol')
  return {
    name: nameIn(comment),
    target: action && 'chain' in action ? action.chain : '',
    protocol: protocol?.kind === 'protocol' ? (protocol.protocols[0] ?? 'tcp') : 'tcp',
    source: address('source'),
    destination: address('destination'),
    hasPort: matches.some((one) => one.kind === 'port' && one.side === 'destination'),
    isLocal: matches.some((one) => one.kind === 'addressType' && one.types.includes('LOCAL')),
    dnat: action?.kind === 'dnat' ? placeOf(action.choices[0]?.target) : null,
    leadsTo: /-> (\S+)$/.exec(comment ?? '')?.[1] ?? null,
    said: saying(comment),
    stops: action?.kind === 'reject' || action?.kind === 'drop',
  }
}

const placeOf = (target: DnatTarget | undefined): string | null =>
  target?.address ? joinHostPort(target.address, target.port) : null

function homeOf(fact: Facts, known: Known): Home | null {
  const { name, target, source, destination, hasPort, dnat } = fact
  if (!name) return null
  const nat = (chain: string | undefined): Home | null => (chain === undefined ? null : { table: 'nat', chain })
  if (fact.stops && fact.said) {
    const outside = fact.isLocal || fact.said === 'noLocalEndpoints'
    return { table: 'filter', chain: outside ? 'KUBE-EXTERNAL-SERVICES' : 'KUBE-SERVICES' }
  }
  if (dnat) return nat(known.endpoints.get(`${keyOf(name)} ${dnat}`))
  if (/^KUBE-SEP-/.test(target)) return nat(serviceOf(name, fact.protocol, known))
  if (/^KUBE-(SVC|EXT|FW|XLB)-/.test(target) && destination) return nat('KUBE-SERVICES')
  if (/^KUBE-(SVC|EXT|XLB)-/.test(target) && hasPort) return nat('KUBE-NODEPORTS')
  if (target !== 'KUBE-MARK-MASQ') return null
  if (destination) return nat(serviceOf(name, fact.protocol, known))
  if (hasPort) return nat('KUBE-NODEPORTS')
  const own = [...known.endpoints].find(
    ([place]) => source !== null && place.startsWith(`${keyOf(name)} ${joinHostPort(source, 1).slice(0, -1)}`),
  )
  return nat(own?.[1])
}

const keyOf = ({ namespace, name, port }: Name): string => `${namespace}/${name}:${port}`

const serviceOf = (name: Name, protocol: string, { services }: Known): string =>
  services.get(keyOf(name)) ?? serviceChain('SVC', portKeys(name.namespace, name.name, name.port)[0]!, protocol)

/** By its hash if a rule leads to that; by what a comment says; else by its hash all the same. */
function endpointOf(name: Name, protocol: string, place: string, { endpoints, targets }: Known): string {
  const hashes = portKeys(name.namespace, name.name, name.port).map((key) => endpointChain(key, protocol, place))
  return hashes.find((one) => targets.has(one)) ?? endpoints.get(`${keyOf(name)} ${place}`) ?? hashes[0]!
}
