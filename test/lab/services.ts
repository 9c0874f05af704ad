/** Random services, and the rules that kube-proxy in its iptables mode makes of them. */
import fc from 'fast-check'
import { ADDRESSES, type Family, NODE_PORT, SERVICES } from './places.ts'
import type { ChainSpec, DeedSpec, RuleSetSpec, RuleSpec, TestSpec } from './rules.ts'

export interface ServiceSpec {
  address: string
  port: number
  protocol: 'tcp' | 'udp'
  endpoints: EndpointSpec[]
  nodePort: number | null
  /** externalTrafficPolicy: Local. */
  local: boolean
  /** sessionAffinity: ClientIP. */
  affinity: boolean
  /** A load balancer's address, and loadBalancerSourceRanges. */
  balancer: { address: string; ranges: string[] } | null
}

interface EndpointSpec {
  address: string
  port: number
  local: boolean
}

/** Pods whose connections are not masqueraded. */
export const PODS = { 4: '10.1.1.0/24', 6: 'fd00:1::/64' } as const

/** One service for each of the lab's service addresses; the first alone has a node port or a load balancer. */
export function services(family: Family): fc.Arbitrary<ServiceSpec[]> {
  const { endpoint1, endpoint2, node, pod, outside } = ADDRESSES[family]
  const addresses = fc.subarray([endpoint1, endpoint1.replace(/2$/, '3'), endpoint2, node])
  const endpoints = fc.tuple(addresses, fc.constantFrom(8080, 8443)).map(([chosen, port]) => {
    return chosen.map((address) => ({ address, port, local: address === endpoint2 }))
  })
  const ranges = fc.subarray([PODS[family], outside, pod, endpoint1], { minLength: 1 })
  const balancer = ranges.map((ranges) => ({ address: family === 4 ? '10.96.0.9' : 'fd00:96::9', ranges }))
  return fc.tuple(
    ...SERVICES[family].map((address, i) =>
      fc.record({
        address: fc.constant(address),
        port: fc.constantFrom(80, 443),
        protocol: fc.constantFrom('tcp' as const, 'udp' as const),
        endpoints,
        nodePort: i === 0 ? fc.constantFrom(null, NODE_PORT) : fc.constant(null),
        local: i === 0 ? fc.boolean() : fc.constant(false),
        affinity: fc.boolean(),
        balancer: i === 0 ? fc.option(balancer, { freq: 2 }) : fc.constant(null),
      }),
    ),
  )
}

/** The nat and filter tables as of kube-proxy 1.36, but for xt_recent: a first connection knows no affinity. */
export function kubeRuleSet(family: Family, specs: readonly ServiceSpec[]): RuleSetSpec {
  const nat = new Chains()
  const filter = new Chains()
  for (const [i, spec] of specs.entries()) addService(spec, i, family, nat, filter)
  nat.add('KUBE-SERVICES', [LOCAL], jump('KUBE-NODEPORTS'))
  nat.add('KUBE-MARK-MASQ', [], { kind: 'mark', and: ~MASQUERADE >>> 0, xor: MASQUERADE })
  nat.add('KUBE-POSTROUTING', [marked(true)], { kind: 'return' })
  nat.add('KUBE-POSTROUTING', [], { kind: 'mark', and: 0xffffffff, xor: MASQUERADE })
  nat.add('KUBE-POSTROUTING', [], { kind: 'masquerade' })
  filter.add('KUBE-FORWARD', [state('INVALID')], { kind: 'drop' })
  filter.add('KUBE-FORWARD', [marked(false)], { kind: 'accept' })
  filter.add('KUBE-FORWARD', [state('RELATED', 'ESTABLISHED')], { kind: 'accept' })
  const toServices = [{ tests: [], deed: jump('KUBE-SERVICES') }]
  const fromNew = (...chains: string[]) => chains.map((chain) => ({ tests: [state('NEW')], deed: jump(chain) }))
  const base = (
    hook: 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting',
    type: 'nat' | 'filter',
    rules: RuleSpec[],
  ): ChainSpec => {
    const priority = type === 'filter' ? 0 : hook === 'postrouting' ? 100 : -100
    return { name: hook.toUpperCase(), base: { hook, priority, type, policy: 'accept' }, rules }
  }
  const natBases = [
    base('prerouting', 'nat', toServices),
    base('output', 'nat', toServices),
    base('postrouting', 'nat', [{ tests: [], deed: jump('KUBE-POSTROUTING') }]),
  ]
  const filterBases = [
    base('input', 'filter', fromNew('KUBE-PROXY-FIREWALL', 'KUBE-EXTERNAL-SERVICES')),
    base('forward', 'filter', [
      ...fromNew('KUBE-PROXY-FIREWALL'),
      { tests: [], deed: jump('KUBE-FORWARD') },
      ...fromNew('KUBE-SERVICES', 'KUBE-EXTERNAL-SERVICES'),
    ]),
    base('output', 'filter', fromNew('KUBE-PROXY-FIREWALL', 'KUBE-SERVICES')),
  ]
  return {
    family,
    tables: [
      { name: 'nat', chains: [...natBases, ...nat.list('KUBE-NODEPORTS')] },
      {
        name: 'filter',
        chains: [...filterBases, ...filter.list('KUBE-SERVICES', 'KUBE-PROXY-FIREWALL', 'KUBE-EXTERNAL-SERVICES')],
      },
    ],
  }
}

function addService(spec: ServiceSpec, i: number, family: Family, nat: Chains, filter: Chains): void {
  const { address, port, protocol, endpoints, nodePort, local, balancer } = spec
  const [svc, svl, ext, fw] = [`KUBE-SVC-${i}`, `KUBE-SVL-${i}`, `KUBE-EXT-${i}`, `KUBE-FW-${i}`] as const
  const to = (destination: string, port: number) => [is('destination', destination), toPort(protocol, port)]
  if (endpoints.length === 0) {
    filter.add('KUBE-SERVICES', to(address, port), { kind: 'reject', prohibited: false })
    if (balancer)
      filter.add('KUBE-EXTERNAL-SERVICES', to(balancer.address, port), { kind: 'reject', prohibited: false })
    if (nodePort)
      filter.add('KUBE-EXTERNAL-SERVICES', [LOCAL, toPort(protocol, nodePort)], { kind: 'reject', prohibited: false })
    return
  }
  const near = endpoints.filter((endpoint) => endpoint.local)
  nat.add('KUBE-SERVICES', to(address, port), jump(svc))
  if (balancer) {
    nat.add('KUBE-SERVICES', to(balancer.address, port), jump(fw))
    for (const range of balancer.ranges) nat.add(fw, [is('source', range)], jump(ext))
    filter.add('KUBE-PROXY-FIREWALL', to(balancer.address, port), { kind: 'drop' })
  }
  if (nodePort) nat.add('KUBE-NODEPORTS', [toPort(protocol, nodePort)], jump(ext))
  if (nodePort && local && near.length === 0)
    filter.add('KUBE-EXTERNAL-SERVICES', [LOCAL, toPort(protocol, nodePort)], { kind: 'drop' })
  if (local) {
    nat.add(ext, [is('source', PODS[family])], jump(svc))
    nat.add(ext, [FROM_LOCAL], jump('KUBE-MARK-MASQ'))
    nat.add(ext, [FROM_LOCAL], jump(svc))
    if (near.length > 0) nat.add(ext, [], jump(svl))
  } else {
    nat.add(ext, [], jump('KUBE-MARK-MASQ'))
    nat.add(ext, [], jump(svc))
  }
  nat.add(svc, [is('source', PODS[family], true), ...to(address, port)], jump('KUBE-MARK-MASQ'))
  addChoice(svc, i, endpoints, endpoints, nat)
  addChoice(svl, i, near, endpoints, nat)
  for (const [k, endpoint] of endpoints.entries()) {
    nat.add(`KUBE-SEP-${i}-${k}`, [is('source', endpoint.address)], jump('KUBE-MARK-MASQ'))
    const target = { kind: 'dnat' as const, address: endpoint.address, addressEnd: null, port: endpoint.port }
    nat.add(`KUBE-SEP-${i}-${k}`, [{ kind: 'protocol', not: false, protocol, ports: null }], target)
  }
}

function addChoice(
  chain: string,
  i: number,
  among: readonly EndpointSpec[],
  all: readonly EndpointSpec[],
  nat: Chains,
): void {
  for (const [k, endpoint] of among.entries()) {
    const thousandths = Math.round(1000 / (among.length - k))
    const draw: TestSpec[] = thousandths === 1000 ? [] : [{ kind: 'random', not: false, thousandths }]
    nat.add(chain, draw, jump(`KUBE-SEP-${i}-${all.indexOf(endpoint)}`))
  }
}

class Chains {
  private readonly chains = new Map<string, RuleSpec[]>()

  add(chain: string, tests: TestSpec[], deed: DeedSpec): void {
    this.chains.set(chain, [...(this.chains.get(chain) ?? []), { tests, deed }])
  }

  /** Also those that rules lead to and that hold none. */
  list(...names: string[]): ChainSpec[] {
    for (const name of names) if (!this.chains.has(name)) this.chains.set(name, [])
    return [...this.chains].map(([name, rules]) => ({ name, base: null, rules }))
  }
}

const MASQUERADE = 0x4000
const LOCAL: TestSpec = { kind: 'local', not: false, side: 'destination' }
const FROM_LOCAL: TestSpec = { kind: 'local', not: false, side: 'source' }
const jump = (chain: string): DeedSpec => ({ kind: 'jump', chain })
const is = (kind: 'source' | 'destination', prefix: string, not = false): TestSpec => ({ kind, not, prefix })
const toPort = (protocol: 'tcp' | 'udp', port: number): TestSpec => ({
  kind: 'protocol',
  not: false,
  protocol,
  ports: [port, port],
})
const state = (...states: string[]): TestSpec => ({ kind: 'state', not: false, states })
const marked = (not: boolean): TestSpec => ({ kind: 'mark', not, value: MASQUERADE, mask: MASQUERADE })
