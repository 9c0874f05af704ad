import { formatCidr } from '../../model/address.ts'
import { type Protocol, type Service, type ServicePort, unknownService } from '../../model/cluster.ts'
import type { NodeState } from '../../model/node.ts'
import type { Chain, NamedSet, Rule } from '../../model/rules.ts'
import { portKeys, serviceChain } from './names.ts'
import { NATIVE_TABLE, saying } from './roles.ts'

/** The namespace of a service whose name no text gives. */
export const UNNAMED = '?'

/** A name that somebody asked for and that hashes may prove. */
export interface Candidate {
  namespace: string
  name: string
  portNames: readonly string[]
}

/**
 * Services that only the rules tell of: names from kube-proxy's comments and nftables chain names, addresses and ports
 * from the rules that lead to their chains. Where there are no comments, the `candidates` are found by the hash of their
 * names, and what is left is named after its chain.
 */
export function inferServices(nodes: readonly NodeState[], candidates: readonly Candidate[] = []): Service[] {
  const drafts = new Drafts(candidates)
  for (const { rulesets } of nodes)
    for (const { tables } of rulesets)
      for (const { name, chains, sets } of tables) {
        for (const set of sets.values()) readMap(set, drafts)
        for (const chain of chains.values()) {
          if (name === NATIVE_TABLE) readNativeChain(chain, drafts)
          else readChain(chain, drafts)
        }
      }
  return drafts.services()
}

/** An address and port that a rule leads from; a port that the rule does not show is null. */
interface Entry {
  address: string | null
  port: number | null
  protocol: Protocol
  use: 'cluster IP' | 'external IP' | 'loadbalancer IP' | 'node port'
}

/** Chains of all services: those of cluster IPs and the like, and one in which there are none. */
const LEADING = new Set(['KUBE-SERVICES', 'KUBE-NODEPORTS', 'KUBE-EXTERNAL-SERVICES'])

function readChain(chain: Chain, drafts: Drafts): void {
  const [, kind, own] = /^KUBE-(SVC|EXT|FW|XLB|SVL|SEP)-(\w{16})$/.exec(chain.name) ?? []
  if (!LEADING.has(chain.name) && kind === undefined) return
  for (const rule of chain.rules) {
    const entry = kind === 'SEP' ? null : entryOf(rule, chain.name)
    const target = targetOf(rule)
    const name = nameIn(rule.comment)
    // A service's own chain names its cluster IP once more, in the rule that marks traffic from outside.
    const hash = target?.hash ?? (kind === 'SEP' ? null : (own ?? null))
    if (entry && (hash !== null || (name && saying(rule.comment)))) drafts.add(name, hash, entry)
    else if (kind !== undefined && name) drafts.mention(name, hash, OUTSIDE.has(kind) ? 'outside' : 'inside')
    else if (kind === 'SVC' && target) drafts.mention(null, hash, 'inside')
  }
}

/** The service chain that a rule leads to. */
function targetOf({ actions }: Rule): { kind: string; hash: string } | null {
  const action = actions.at(-1)
  const [, kind, hash] =
    action && 'chain' in action ? (/^KUBE-(SVC|EXT|FW|XLB)-(\w{16})$/.exec(action.chain) ?? []) : []
  return kind !== undefined && hash !== undefined ? { kind, hash } : null
}

/** Kinds of chains through which clients outside the cluster come. */
const OUTSIDE = new Set(['EXT', 'FW', 'XLB'])

function entryOf(rule: Rule, chain: string): Entry | null {
  let address: string | null = null
  let port: number | null = null
  let protocol: Protocol | null = null
  let own = chain === 'KUBE-NODEPORTS'
  for (const match of rule.matches) {
    if (match.kind === 'address' && match.side === 'destination' && !match.negated) {
      const [cidr] = match.cidrs ?? []
      if (!cidr) return null
      address = formatCidr(cidr)
      // 127.0.0.0/8 in KUBE-NODEPORTS only counts what comes by localhost.
      if (address.includes('/')) return null
    }
    if (match.kind === 'port' && match.side === 'destination' && !match.negated) port = match.ranges[0]?.[0] ?? null
    if (match.kind === 'protocol') protocol = protocolNamed(match.protocols[0] ?? 'tcp')
    if (match.kind === 'addressType' && match.side === 'destination' && match.types.includes('LOCAL')) own = true
  }
  if (protocol === null) return null
  if (address === null) return own && port !== null ? { address, port, protocol, use: 'node port' } : null
  return { address, port, protocol, use: useOf(rule, chain) }
}

/** What kind of address a rule is for: by its comment, by where it leads, by the chain that it stands in. */
function useOf(rule: Rule, chain: string): Entry['use'] {
  const said = /(cluster|external|load ?balancer) ip/i.exec(rule.comment ?? '')?.[1]?.toLowerCase()
  if (said === 'cluster') return 'cluster IP'
  if (said === 'external') return 'external IP'
  const target = targetOf(rule)
  const outside = chain === 'KUBE-EXTERNAL-SERVICES' || (target !== null && OUTSIDE.has(target.kind))
  return said || outside ? 'loadbalancer IP' : 'cluster IP'
}

/** `service-HASH-ns/name/proto/port` of nftables mode. */
function readNativeChain(chain: Chain, drafts: Drafts): void {
  const found = nativeName(chain.name)
  if (!found) return
  const { kind, name, protocol } = found
  for (const rule of chain.rules) {
    const entry = kind === 'service' ? entryOf(rule, chain.name) : null
    if (entry?.address && entry.port !== null) drafts.add(name, null, { ...entry, use: 'cluster IP' })
  }
  drafts.mention(name, null, kind === 'external' || kind === 'firewall' ? 'outside' : 'inside', protocol)
}

export function nativeName(chain: string): { kind: string; name: Name; protocol: Protocol } | null {
  const [, kind, namespace, name, protocol, rest = ''] =
    /^(service|external|local|firewall|endpoint)-[A-Z2-7]{8}-([^/]+)\/([^/]+)\/(\w+)\/(.*)$/.exec(chain) ?? []
  const known = protocolNamed(protocol ?? '')
  if (!kind || !namespace || !name || !known) return null
  // `endpoint-…/http__10.244.1.5/8080`
  const port = rest.replace(/__.*$/, '')
  return { kind, name: { namespace, name, port }, protocol: known }
}

/** Null for a protocol that no Service has. */
const protocolNamed = (text: string): Protocol | null =>
  (['TCP', 'UDP', 'SCTP'] as const).find((one) => one === text.toUpperCase()) ?? null

/** kube-proxy's maps by address or node port: what leads to services, and what stops packets to those without endpoints. */
function readMap({ name, verdicts }: NamedSet, drafts: Drafts): void {
  if (!/^(service|no-endpoint|firewall)-/.test(name)) return
  for (const { key, verdict, comment } of verdicts ?? []) {
    const chain = 'chain' in verdict ? nativeName(verdict.chain) : null
    const service = chain?.name ?? nameIn(comment)
    const [address = null] = key.flatMap((value) => (value.kind === 'prefix' ? [formatCidr(value.cidr)] : []))
    const [port] = key.flatMap((value) => (value.kind === 'range' ? [value.low] : []))
    const [word] = key.flatMap((value) => (value.kind === 'word' ? [value.word] : []))
    const protocol = chain?.protocol ?? protocolNamed(word ?? 'tcp')
    if (!service || port === undefined || protocol === null) continue
    const outside = chain?.kind === 'firewall' ? 'loadbalancer IP' : 'external IP'
    const use = address === null ? 'node port' : chain?.kind === 'service' || !chain ? 'cluster IP' : outside
    drafts.add(service, null, { address, port, protocol, use })
  }
}

export interface Name {
  namespace: string
  name: string
  port: string
}

/**
 * `shop/web:http cluster IP`, `default/nginx:`, `masquerade traffic for shop/web external destinations`, `shop/web -> 10.0.0.1:80`.
 * Names may have been blacked out, so that no Kubernetes object could have them.
 */
export function nameIn(comment: string | null): Name | null {
  const parts = /(?:^|\s)([^\s/:]+)\/([^\s/:]+)(?::([^\s/:]*))?(?=\s|$)/.exec(comment ?? '')
  return parts && !/^[\d.]+$/.test(parts[1]!) ? { namespace: parts[1]!, name: parts[2]!, port: parts[3] ?? '' } : null
}

class Drafts {
  private readonly byKey = new Map<string, Service>()
  private readonly keyOfHash = new Map<string, Name>()
  private readonly mentions: {
    commented: Name | null
    hash: string | null
    side: 'inside' | 'outside'
    protocol: Protocol | undefined
  }[] = []

  constructor(candidates: readonly Candidate[]) {
    for (const { namespace, name, portNames } of candidates) {
      for (const port of portNames) {
        for (const key of portKeys(namespace, name, port)) {
          for (const protocol of ['tcp', 'udp', 'sctp']) {
            const hash = serviceChain('SVC', key, protocol).slice('KUBE-SVC-'.length)
            this.keyOfHash.set(hash, { namespace, name, port })
          }
        }
      }
    }
  }

  add(commented: Name | null, hash: string | null, entry: Entry): void {
    const { service, port } = this.named(commented, hash)
    const known = service.ports.find((one) => one.name === port && one.protocol === entry.protocol)
    if (entry.use === 'node port') {
      service.type = service.type === 'LoadBalancer' ? 'LoadBalancer' : 'NodePort'
      if (known) known.nodePort = entry.port
      else service.ports.push(newPort(port, 0, entry.protocol, entry.port))
      return
    }
    const list = {
      'cluster IP': service.clusterIPs,
      'external IP': service.externalIPs,
      'loadbalancer IP': service.loadBalancerIPs,
    }[entry.use]
    if (entry.address && !list.includes(entry.address)) list.push(entry.address)
    if (entry.use === 'loadbalancer IP') service.type = 'LoadBalancer'
    const draft = known ?? newPort(port, 0, entry.protocol, null)
    if (!known) service.ports.push(draft)
    if (entry.port === null) draft.unseen ??= entry.use === 'cluster IP' ? 'inside' : 'outside'
    else if (draft.port === 0) draft.port = entry.port
  }

  /** A service's own chain: that there is such a port is known, but not where clients find it. */
  mention(commented: Name | null, hash: string | null, side: 'inside' | 'outside', protocol?: Protocol): void {
    this.mentions.push({ commented, hash, side, protocol })
  }

  /** Ports that only a node port is known of keep port 0 out of sight. */
  services(): Service[] {
    for (const { commented, hash, side, protocol } of this.mentions) {
      if (!commented && (hash === null || !this.keyOfHash.has(hash))) continue
      const { service, port } = this.named(commented, hash)
      if (service.ports.some(({ name }) => name === port)) continue
      const own = protocol ?? protocolOf(service, port, hash)
      service.ports.push({ ...newPort(port, 0, own, null), unseen: side })
    }
    return [...this.byKey.values()].map(withoutDoubles)
  }

  private named(commented: Name | null, hash: string | null): { service: Service; port: string } {
    const name = (hash && this.keyOfHash.get(hash)) || commented
    if (name && hash) this.keyOfHash.set(hash, name)
    const { namespace, name: text, port } = name ?? { namespace: UNNAMED, name: `KUBE-SVC-${hash}`, port: '' }
    return { service: this.service(namespace, text), port }
  }

  private service(namespace: string, name: string): Service {
    const key = `${namespace}/${name}`
    let service = this.byKey.get(key)
    if (!service) {
      service = unknownService(namespace, name, 'the rules')
      this.byKey.set(key, service)
    }
    return service
  }
}

const newPort = (name: string, port: number, protocol: Protocol, nodePort: number | null): ServicePort => ({
  name,
  port,
  protocol,
  targetPort: null,
  nodePort,
})

/** The protocol whose hash the chain has; TCP where none has it, since the name was changed or is not known. */
function protocolOf({ namespace, name }: Service, port: string, hash: string | null): Protocol {
  const has = (protocol: Protocol) =>
    portKeys(namespace, name, port).some((key) => serviceChain('SVC', key, protocol) === `KUBE-SVC-${hash}`)
  return (['TCP', 'UDP', 'SCTP'] as const).find(has) ?? 'TCP'
}

/** An address that one rule calls a load balancer's or external is no cluster IP, whatever a rule says that does not tell them apart. */
function withoutDoubles(service: Service): Service {
  const { externalIPs, clusterIPs } = service
  const loadBalancerIPs = service.loadBalancerIPs.filter((one) => !externalIPs.includes(one))
  const outside = new Set([...externalIPs, ...loadBalancerIPs])
  return { ...service, loadBalancerIPs, clusterIPs: clusterIPs.filter((one) => !outside.has(one)) }
}
