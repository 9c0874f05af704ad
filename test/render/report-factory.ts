/** Reports made by hand: each maker gives a plain whole thing, of which a test names only what it is about. */
import type {
  ConntrackLine,
  DnsLeg,
  EndpointPath,
  EndpointTotal,
  EntryPath,
  LinkLeg,
  NodePath,
  PathReport,
  Reason,
  ServiceList,
  ServiceRow,
  ServiceSummary,
  WalkedRule,
} from '../../src/model/report.ts'

export function makeService(part: Partial<ServiceSummary> = {}): ServiceSummary {
  return {
    namespace: 'shop',
    name: 'web',
    type: 'ClusterIP',
    clusterIPs: ['10.96.0.80'],
    headless: false,
    externalName: null,
    ports: [{ name: '', port: 80, protocol: 'TCP', targetPort: '8080', nodePort: null }],
    externalTrafficPolicy: null,
    internalTrafficPolicy: 'Cluster',
    affinitySeconds: null,
    selector: { app: 'web' },
    origin: 'api/services.json',
    ...part,
  }
}

/** The interface of a pod on the node itself. */
export function makeLink(part: Partial<LinkLeg> = {}): LinkLeg {
  const how = 'neighbour+fdb'
  return { interface: 'veth1', bridge: 'cni0', via: null, how, remote: null, reason: null, ...part }
}

/** The way to a pod on n2, as n1 sees it. */
export function makeFarLink(part: Partial<LinkLeg> = {}): LinkLeg {
  const remote = { node: 'n2', interface: 'veth2', bridge: 'cni0', how: 'neighbour+fdb' }
  return { interface: 'eth0', bridge: null, via: '172.30.0.12', how: 'route', remote, reason: null, ...part }
}

export function makeEndpoint(part: Partial<EndpointPath> = {}): EndpointPath {
  return {
    address: '10.244.1.6',
    port: 8080,
    chain: 'KUBE-SEP-AAAAAAAAAAAAAAAA',
    probability: 1,
    conditions: [],
    hits: { packets: 4, bytes: 240 },
    connections: 0,
    known: 'rule',
    fate: 'forwarded',
    reason: null,
    masquerade: 'no',
    pod: { namespace: 'shop', name: 'web-1' },
    node: 'n1',
    state: 'ready',
    link: makeLink(),
    conntrack: [],
    ...part,
  }
}

export function makeConntrack(part: Partial<ConntrackLine> = {}): ConntrackLine {
  const text = 'tcp 6 86395 ESTABLISHED src=10.244.1.3 dst=10.96.0.80 sport=40000 dport=80'
  return { protocol: 'tcp', state: 'ESTABLISHED', timeout: 86395, client: '10.244.1.3:40000', line: 1, text, ...part }
}

export function makeRule(part: Partial<WalkedRule> = {}): WalkedRule {
  return {
    node: 'n1',
    command: 'iptables-save -c',
    file: 'iptables-save.txt',
    line: 42,
    text: '[4:240] -A KUBE-SERVICES -d 10.96.0.80/32 -p tcp -m tcp --dport 80 -j KUBE-SVC-BBBBBBBBBBBBBBBB',
    table: 'nat',
    chain: 'KUBE-SERVICES',
    ...{ role: 'services', does: 'jump', to: 'KUBE-SVC-BBBBBBBBBBBBBBBB', toRole: 'service', says: null },
    counter: { packets: 4, bytes: 240 },
    maybe: null,
    ...part,
  }
}

export function makeEntry(part: Partial<EntryPath> = {}): EntryPath {
  return {
    kind: 'clusterIP',
    address: '10.96.0.80',
    port: 80,
    protocol: 'TCP',
    portName: '',
    client: 'a pod on n1',
    who: { kind: 'pods', name: null, node: 'n1' },
    chains: ['KUBE-SERVICES', 'KUBE-SVC-BBBBBBBBBBBBBBBB'],
    hits: { packets: 4, bytes: 240 },
    outcome: 'dnat',
    verdict: 'reachable',
    reason: null,
    conditions: [],
    endpoints: [makeEndpoint()],
    conntrack: 0,
    rules: [],
    evidence: [],
    ...part,
  }
}

export function makeNode(part: Partial<NodePath> = {}): NodePath {
  return {
    name: 'n1',
    mode: 'iptables',
    backend: 'nft',
    verdict: 'reachable',
    sameAs: null,
    connections: 4,
    entries: [makeEntry()],
    notes: [],
    ...part,
  }
}

export function makeDns(part: Partial<DnsLeg> = {}): DnsLeg {
  const name = 'web.shop.svc.cluster.local'
  return {
    names: [name, 'web.shop.svc', 'web.shop', 'web'],
    resolvConf: null,
    server: '10.96.0.10',
    service: { namespace: 'kube-system', name: 'kube-dns', ready: 2, total: 2 },
    expected: [{ type: 'A', name, values: ['10.96.0.80'] }],
    answers: null,
    servers: null,
    verdict: 'unknown',
    path: null,
    ...part,
  }
}

export function makeTotal(part: Partial<EndpointTotal> = {}): EndpointTotal {
  return {
    address: '10.244.1.6',
    port: 8080,
    portName: '',
    protocol: 'TCP',
    state: 'ready',
    pod: { namespace: 'shop', name: 'web-1' },
    node: 'n1',
    connections: 4,
    share: 1,
    due: 1,
    ...part,
  }
}

export function makeReason(part: Partial<Reason> = {}): Reason {
  const { node, command, file, line, text } = makeRule()
  const evidence = [{ node, command, file, line, text }]
  return { verdict: 'broken', node: 'n1', subject: '10.96.0.80:80', message: 'rejected by a rule', evidence, ...part }
}

export function makeReport(part: Partial<PathReport> = {}): PathReport {
  return {
    apiVersion: 'svcpath/v1alpha1',
    kind: 'PathReport',
    observedAt: 'Fri Nov 21 10:00:00 2025',
    source: 'capture',
    origin: 'capture.tgz',
    service: makeService(),
    verdict: 'reachable',
    reasons: [],
    dns: makeDns(),
    nodes: [makeNode()],
    endpoints: [makeTotal()],
    endpointsKnown: true,
    connections: 4,
    notes: [],
    findings: [],
    ...part,
  }
}

export function makeRow(part: Partial<ServiceRow> = {}): ServiceRow {
  return {
    namespace: 'shop',
    name: 'web',
    type: 'ClusterIP',
    entries: ['10.96.0.80:80/tcp'],
    endpoints: 2,
    ready: 2,
    nodes: 3,
    agreeing: 3,
    connections: 4,
    verdict: 'reachable',
    outcome: 'passed',
    reason: null,
    ...part,
  }
}

export const makeList = (items: ServiceRow[]): ServiceList => ({
  ...({ apiVersion: 'svcpath/v1alpha1', kind: 'ServiceList', observedAt: null, source: 'capture' } as const),
  ...{ origin: 'capture.tgz', outcome: 'passed' as const, items },
})

/** Two nodes with the same way to two pods, one on each. */
export function twoNodes(): PathReport {
  const near = makeEndpoint({ probability: 0.5 })
  const far = makeEndpoint({
    address: '10.244.2.5',
    chain: 'KUBE-SEP-CCCCCCCCCCCCCCCC',
    probability: 0.5,
    hits: { packets: 6, bytes: 360 },
    pod: { namespace: 'shop', name: 'web-2' },
    node: 'n2',
    link: makeFarLink(),
  })
  const entries = [makeEntry({ hits: { packets: 10, bytes: 600 }, endpoints: [near, far] })]
  const totals = [makeTotal(), makeTotal({ address: '10.244.2.5', pod: far.pod, node: 'n2' })]
  const others = [
    makeEntry({ client: 'a pod on n2', who: { kind: 'pods', name: null, node: 'n2' }, endpoints: [near, far] }),
  ]
  const first = makeNode({ connections: 10, entries })
  const second = makeNode({ name: 'n2', sameAs: 'n1', connections: 0, entries: others })
  return makeReport({ nodes: [first, second], endpoints: totals, connections: 10 })
}

/** A node whose rules lead to an address that is no longer an endpoint, and not to the one that is. */
export function stuckNode(): PathReport {
  const stale = makeEndpoint({ address: '10.244.1.5', state: 'stale', pod: null, node: null })
  const missing = makeEndpoint({
    chain: null,
    probability: 0,
    hits: null,
    connections: null,
    known: 'api',
    fate: 'unknown',
    reason: 'no rule on this node leads to it',
    state: 'missing',
  })
  const reason = 'its rules lead to an address that is no longer an endpoint (10.244.1.5:8080)'
  const entry = makeEntry({ verdict: 'broken', reason, endpoints: [stale, missing] })
  const nodes = [makeNode({ verdict: 'broken', entries: [entry] })]
  return makeReport({ verdict: 'broken', reasons: [makeReason({ message: reason })], nodes })
}

/** A service without endpoints, which the node rejects. */
export function rejected(): PathReport {
  const reason = 'the service has no ready endpoint: rejected'
  const chains = ['KUBE-SERVICES']
  const evidence = [makeRule({ table: 'filter', text: '-A KUBE-SERVICES -d 10.96.0.80/32 -j REJECT' })]
  const entry = makeEntry({ outcome: 'reject', verdict: 'broken', reason, chains, endpoints: [], evidence })
  const nodes = [makeNode({ verdict: 'broken', connections: 0, entries: [entry] })]
  return makeReport({ verdict: 'broken', reasons: [makeReason({ message: reason })], nodes, endpoints: [] })
}

/** One entry that leads to so many endpoints, alternately on n1 and n2. */
export function manyEndpoints(count: number): PathReport {
  const endpoints = Array.from({ length: count }, (_, i) => {
    const pod = { namespace: 'shop', name: `web-${i}` }
    const address = `10.244.${1 + (i >> 8)}.${i & 255}`
    const place = i % 2 === 0 ? { node: 'n1', link: makeLink() } : { node: 'n2', link: makeFarLink() }
    return makeEndpoint({ address, chain: `KUBE-SEP-${i}`, probability: 1 / count, pod, ...place })
  })
  return makeReport({ nodes: [makeNode({ entries: [makeEntry({ endpoints })] })] })
}

/** Nodes that all lead otherwise, with so many ports and endpoints each. */
export function manyNodes(nodes: number, ports: number, endpoints: number): PathReport {
  const [node] = manyEndpoints(endpoints).nodes
  return makeReport({
    nodes: Array.from({ length: nodes }, (_, n) => {
      const entries = Array.from({ length: ports }, (_, p) => {
        const own = node!.entries[0]!.endpoints.map((one) => ({
          ...one,
          port: 8000 + p,
          chain: `${one.chain}-${n}-${p}`,
        }))
        return makeEntry({ port: 80 + p, chains: ['KUBE-SERVICES', `KUBE-SVC-${p}`], endpoints: own })
      })
      return makeNode({ name: `n${n}`, entries })
    }),
  })
}

/** A report with the text wherever text comes from outside: names, comments, reasons. */
export function hostile(text: string): PathReport {
  const pod = { namespace: text, name: text }
  const remote = { node: text, interface: text, bridge: text, how: text }
  const endpoint = makeEndpoint({
    pod,
    node: text,
    chain: text,
    conditions: [text],
    link: makeFarLink({ interface: text, remote }),
  })
  const dropped = makeEndpoint({ pod, chain: text, fate: 'drop', reason: text, link: makeLink({ reason: text }) })
  const part = {
    portName: text,
    client: text,
    who: { kind: 'address' as const, name: text, node: text },
    chains: [text],
    reason: text,
    verdict: 'unknown' as const,
    conditions: [text],
  }
  const entries = [
    makeEntry({ ...part, endpoints: [endpoint] }),
    makeEntry({ ...part, kind: 'nodePort', port: 30080, endpoints: [dropped] }),
    makeEntry({ ...part, kind: 'loadBalancerIP', outcome: 'reject', endpoints: [] }),
  ]
  const nodes = [
    makeNode({ name: text, entries, notes: [text] }),
    makeNode({ name: `${text}2`, sameAs: text, entries }),
    makeNode({ name: `${text}3`, entries: [], notes: [text] }),
  ]
  const dns = makeDns({ names: [text], server: text, service: { namespace: text, name: text, ready: 1, total: 1 } })
  const reasons = [makeReason({ node: null, message: text })]
  const service = makeService({ namespace: text, name: text, externalName: null })
  return makeReport({ service, verdict: 'unknown', reasons, dns, nodes, notes: [text], origin: text })
}
