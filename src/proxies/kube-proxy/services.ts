import { formatCidr } from '../../model/address.ts'
import { type Protocol, type Service, type ServicePort, unknownService } from '../../model/cluster.ts'
import type { NodeState } from '../../model/node.ts'
import type { Chain, FieldValue, Rule } from '../../model/rules.ts'
import { portKeys, serviceChain } from './names.ts'

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
  for (const node of nodes) {
    for (const ruleset of node.rulesets) {
      for (const table of ruleset.tables) {
        for (const chain of table.chains.values()) readChain(chain, drafts)
        for (const set of table.sets.values()) {
          for (const element of set.verdicts ?? []) {
            if (set.name.startsWith('service-') && 'chain' in element.verdict) {
              drafts.fromMap(element.key, element.verdict.chain)
            }
          }
        }
      }
    }
  }
  return drafts.services()
}

/** An address and port that a rule leads from. */
interface Entry {
  address: string | null
  port: number
  protocol: Protocol
  use: 'cluster IP' | 'external IP' | 'loadbalancer IP' | 'node port'
}

function readChain(chain: Chain, drafts: Drafts): void {
  const leads = chain.name === 'KUBE-SERVICES' || chain.name === 'KUBE-NODEPORTS'
  const own = /^KUBE-(SVC|EXT|FW|XLB|SVL)-(\w{16})$/.exec(chain.name)
  if (!leads && !own && !/^KUBE-EXTERNAL-SERVICES$/.test(chain.name)) return
  for (const rule of chain.rules) {
    const entry = entryOf(rule, chain.name)
    if (!entry) continue
    const action = rule.actions.at(-1)
    const target =
      action?.kind === 'jump' ? (/^KUBE-(?:SVC|EXT|FW|XLB)-(\w{16})$/.exec(action.chain)?.[1] ?? null) : null
    // A service's own chain names its cluster IP once more, in the rule that marks traffic from outside.
    const hash = target ?? own?.[2] ?? null
    if (hash !== null || rule.comment?.includes('endpoints')) drafts.add(nameIn(rule.comment), hash, entry)
  }
}

function entryOf(rule: Rule, chain: string): Entry | null {
  let address: string | null = null
  let port: number | null = null
  let protocol: Protocol = 'TCP'
  for (const match of rule.matches) {
    if (match.kind === 'address' && match.side === 'destination' && !match.negated) {
      const [cidr] = match.cidrs ?? []
      if (!cidr) return null
      address = formatCidr(cidr)
      // 127.0.0.0/8 in KUBE-NODEPORTS only counts what comes by localhost.
      if (address.includes('/')) return null
    }
    if (match.kind === 'port' && match.side === 'destination' && !match.negated) port = match.ranges[0]?.[0] ?? null
    if (match.kind === 'protocol') protocol = (match.protocols[0] ?? 'tcp').toUpperCase() as Protocol
  }
  if (port === null) return null
  if (address === null) return chain === 'KUBE-NODEPORTS' ? { address, port, protocol, use: 'node port' } : null
  const use = /(external|load ?balancer) ip/i.exec(rule.comment ?? '')?.[1]?.toLowerCase()
  return { address, port, protocol, use: use === 'external' ? 'external IP' : use ? 'loadbalancer IP' : 'cluster IP' }
}

interface Name {
  namespace: string
  name: string
  port: string
}

/** `shop/web:http cluster IP`, `default/nginx:`, `masquerade traffic for shop/web external destinations`, `shop/web -> 10.0.0.1:80`. */
function nameIn(comment: string | null): Name | null {
  const parts = /(?:^|\s)([a-z0-9][a-z0-9-]*)\/([a-z0-9][a-z0-9.-]*)(?::([a-z0-9-]*))?(?=\s|$)/.exec(comment ?? '')
  return parts ? { namespace: parts[1]!, name: parts[2]!, port: parts[3] ?? '' } : null
}

class Drafts {
  private readonly byKey = new Map<string, Service>()
  private readonly keyOfHash = new Map<string, Name>()

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
    const name = (hash && this.keyOfHash.get(hash)) || commented
    if (name && hash) this.keyOfHash.set(hash, name)
    const { namespace, name: text, port } = name ?? { namespace: UNNAMED, name: `KUBE-SVC-${hash}`, port: '' }
    const service = this.service(namespace, text)
    const list = {
      'cluster IP': service.clusterIPs,
      'external IP': service.externalIPs,
      'loadbalancer IP': service.loadBalancerIPs,
    }
    if (entry.use === 'node port') {
      service.type = service.type === 'LoadBalancer' ? 'LoadBalancer' : 'NodePort'
      const known = service.ports.find((one) => one.name === port && one.protocol === entry.protocol)
      if (known) known.nodePort = entry.port
      else service.ports.push(newPort(port, 0, entry.protocol, entry.port))
      return
    }
    if (entry.address && !list[entry.use].includes(entry.address)) list[entry.use].push(entry.address)
    if (entry.use === 'loadbalancer IP') service.type = 'LoadBalancer'
    const known = service.ports.find((one) => one.name === port && one.protocol === entry.protocol)
    if (!known) service.ports.push(newPort(port, entry.port, entry.protocol, null))
    else if (known.port === 0) known.port = entry.port
  }

  /** An element of kube-proxy's nftables maps service-ips and service-nodeports. */
  fromMap(key: readonly FieldValue[], chain: string): void {
    const parts = /^(service|external)-\w{8}-([^/]+)\/([^/]+)\/(\w+)\/(.*)$/.exec(chain)
    if (!parts) return
    const name = { namespace: parts[2]!, name: parts[3]!, port: parts[5]! }
    const [address] = key.flatMap((value) => (value.kind === 'prefix' ? [formatCidr(value.cidr)] : []))
    const [port] = key.flatMap((value) => (value.kind === 'range' ? [value.low] : []))
    if (port === undefined) return
    const protocol = parts[4]!.toUpperCase() as Protocol
    const use = address === undefined ? 'node port' : parts[1] === 'service' ? 'cluster IP' : 'external IP'
    this.add(name, null, { address: address ?? null, port, protocol, use })
  }

  /** Ports that only a node port is known of keep port 0 out of sight. */
  services(): Service[] {
    return [...this.byKey.values()]
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
