/** Where kube-proxy's rules begin, by the names that its chains have: what its hooks lead to. */
import type { Start } from '../../kernel/base-chains.ts'
import type { Protocol, Service } from '../../model/cluster.ts'
import type { Entry } from '../../model/entry.ts'
import { memo } from '../../model/memo.ts'
import type { NodeState } from '../../model/node.ts'
import type { Ruleset } from '../../model/rules.ts'
import { nftablesChain, portKeys, type ServiceChainKind, serviceChain } from './names.ts'
import { isServiceChain, NATIVE_TABLE, saying } from './roles.ts'
import { type Name, nameIn, nativeName } from './services.ts'

/** Chains to begin at where a fragment of the node's rules lacks what leads to them, in order of preference. */
export function startsFor(node: NodeState, service: Service, entry: Entry): Start[] {
  const chains = natChains(node, service, entry)
  const nat = (['prerouting', 'output'] as const).flatMap((hook) =>
    chains.map((chain): Start => ({ hook, type: 'nat', chain, own: isServiceChain(chain) })),
  )
  return [...nat, ...FILTERS]
}

/** The chains of all services; then the service's own, where nothing in the text tells of those. */
function natChains(node: NodeState, service: Service, entry: Entry): string[] {
  const { namespace, name } = service
  const { kind, protocol, servicePort } = entry
  const inside = kind === 'clusterIP'
  const toAll: ServiceChainKind[] = inside || !isLocal(node, service, entry) ? ['SVC'] : []
  const kinds: ServiceChainKind[] = inside ? toAll : ['EXT', 'XLB', 'FW', ...toAll]
  const keys = portKeys(namespace, name, servicePort.name)
  const own = kinds.flatMap((one) => keys.map((key) => serviceChain(one, key, protocol)))
  const native = nftablesChain(inside ? 'service' : 'external', namespace, name, servicePort.name, protocol)
  const ports = kind === 'nodePort' ? ['KUBE-NODEPORTS'] : []
  const leading = ['KUBE-SERVICES', 'services']
  return [
    ...(lacksLast(node) ? [...ports, ...leading] : [...leading, ...ports]),
    ...own,
    native,
    ...renamed(node, service, entry),
  ]
}

/** Is the traffic policy Local, by the API or by a rule's comment? Then nothing leads from outside to the chain of all endpoints. */
const isLocal = ({ rulesets }: NodeState, service: Service, { servicePort }: Entry): boolean =>
  service.externalTrafficPolicy === 'Local' || withoutLocal(rulesets).has(keyOf({ ...service, port: servicePort.name }))

const keyOf = ({ namespace, name, port }: Name): string => `${namespace}/${name}:${port}`

/** The service ports that comments call without local endpoints. */
const withoutLocal = memo((rulesets: readonly Ruleset[]): ReadonlySet<string> => {
  const chains = rulesets.flatMap(({ tables }) => tables.flatMap((table) => [...table.chains.values()]))
  const comments = chains.flatMap(({ rules }) => rules.map(({ comment }) => comment))
  const names = comments.filter((one) => saying(one) === 'noLocalEndpoints').map(nameIn)
  return new Set(names.flatMap((name) => (name ? keyOf(name) : [])))
})

/** Does a fragment show KUBE-SERVICES without the rule at its end that leads to KUBE-NODEPORTS? */
const lacksLast = ({ rulesets }: NodeState): boolean => {
  const tables = rulesets.flatMap((ruleset) => ruleset.tables.filter(({ whole, name }) => !whole && name === 'nat'))
  return tables.some(({ chains }) => {
    const services = chains.get('KUBE-SERVICES')
    const leads = services?.rules.some(({ actions }) =>
      actions.some((action) => 'chain' in action && action.chain === 'KUBE-NODEPORTS'),
    )
    return chains.has('KUBE-NODEPORTS') && !leads
  })
}

/** A service's chains in fragments whose names were blacked out: they keep the hash of the real name, which proves nothing. */
function renamed(node: NodeState, service: Service, entry: Entry): string[] {
  const { namespace, name } = service
  const { kind, servicePort, protocol } = entry
  const inside = kind === 'clusterIP'
  const toAll = inside || !isLocal(node, service, entry)
  const isMeant = (said: Name | null) =>
    said?.namespace === namespace && said.name === name && said.port === servicePort.name
  const fits = (chain: string) =>
    (inside && chain.startsWith('service-')) ||
    (toAll && chain.startsWith('KUBE-SVC-')) ||
    (!inside && /^(KUBE-(EXT|XLB|FW)|external)-/.test(chain))
  return (namedIn(node.rulesets).get(`${namespace}/${name}`) ?? [])
    .filter((one) => fits(one.chain) && isMeant(one.said) && (one.protocol === null || one.protocol === protocol))
    .map(({ chain }) => chain)
}

interface Named {
  chain: string
  said: Name
  protocol: Protocol | null
}

/** The service chains of fragments by the `namespace/name` that they or their comments say. */
const namedIn = memo((rulesets: readonly Ruleset[]): ReadonlyMap<string, Named[]> => {
  const found = new Map<string, Named[]>()
  const fragments = rulesets.flatMap(({ tables }) => tables.filter(({ whole }) => !whole))
  for (const table of fragments)
    for (const { name: chain, rules } of table.chains.values()) {
      const native = table.name === NATIVE_TABLE ? nativeName(chain) : null
      const isService = /^KUBE-(SVC|EXT|XLB|FW)-/.test(chain)
      const said = native?.name ?? (isService ? rules.map(({ comment }) => nameIn(comment)).find(Boolean) : null)
      if (!said) continue
      const key = `${said.namespace}/${said.name}`
      found.set(key, [...(found.get(key) ?? []), { chain, said, protocol: native?.protocol ?? null }])
    }
  return found
})

/** iptablesJumpChains of pkg/proxy/iptables/proxier.go, over its versions; nftablesJumpChains of pkg/proxy/nftables/proxier.go. */
const FILTERS: readonly Start[] = (['input', 'forward', 'output'] as const).flatMap((hook) =>
  [
    ...['KUBE-PROXY-FIREWALL', 'KUBE-NODEPORTS', 'KUBE-SERVICES', 'KUBE-EXTERNAL-SERVICES'],
    ...['firewall-check', 'service-endpoints-check', 'nodeport-endpoints-check'],
  ].map((chain): Start => ({ hook, type: 'filter', chain })),
)
