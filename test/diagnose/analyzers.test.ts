/** Each code: what shows it, and what comes near and is none. Those that the lab makes for real are in lab.test.ts, too. */
import { describe, expect, test } from 'vitest'
import { ANALYZERS } from '../../src/diagnose/analyzers.ts'
import { CATALOGUE } from '../../src/diagnose/catalogue.ts'
import type { Finding } from '../../src/model/finding.ts'
import { asCilium } from '../cilium.ts'
import { countersText } from '../counters.ts'
import { type Bending, endpoints, type Files, findingsIn, named, objects, replace } from './bend.ts'
import { annotated, health, healthy, hostPort, ipMode, kubeRouter, metalLB, portmap } from './outside/bendings.ts'

const NFTABLES = 'k8s-1.36-nftables-dualstack-ptp'
const IP = '10.96.244.84'
const rules = (node: string) => `nodes/${node}/iptables-save.txt`
const SVC = 'KUBE-SVC-E3PXEPMWAWIUT6ZV'

const conditions = (ready: boolean, serving: boolean, terminating: boolean) => (files: Files) =>
  endpoints(files, 'web', (all) => all.map((one) => ({ ...one, conditions: { ready, serving, terminating } })))

const notReady = (name: string) => (files: Files) =>
  objects(files, 'nodes', (items) => {
    named(items, name).status.conditions.find(({ type }: { type: string }) => type === 'Ready').status = 'False'
  })

const service = (name: string, change: (spec: Record<string, unknown>) => void) => (files: Files) =>
  objects(files, 'services', (items) => change(named(items, name).spec))

const pod =
  (change: (one: { spec: Record<string, unknown>; status: Record<string, unknown> }) => void) => (files: Files) =>
    objects(files, 'pods', (items) => change(named(items, 'client')))

const text = (path: string, content: string) => (files: Files) => void files.set(path, content)
const edit = (path: string, pattern: RegExp | string, by: string) => (files: Files) => replace(files, path, pattern, by)
const json = (value: unknown) => JSON.stringify(value)
const sockets = (lines: string) => (files: Files) => {
  for (const node of ['n1', 'n2', 'n3']) {
    const spaces = [...(files.get(`nodes/${node}/pod-netns.txt`) ?? '').matchAll(/^(\S+) /gm)].map(([, name]) => name)
    files.set(`nodes/${node}/sockets.txt`, spaces.map((name) => `${name} ${lines}\n`).join(''))
  }
}
const sysctl = (node: string, key: string, value: string) => (files: Files) => {
  const path = `nodes/${node}/sysctl.txt`
  files.set(
    path,
    `${(files.get(path) ?? '').replace(new RegExp(`^${key.replaceAll('.', '\\.')} = .*\n`, 'm'), '')}${key} = ${value}\n`,
  )
}
const dns = (rcode: string | null, values: string[]) =>
  text(
    'dns.json',
    json([
      {
        pod: 'kube-system/coredns-1',
        name: 'web.shop.svc.cluster.local',
        type: 'A',
        rcode,
        error: rcode ? null : 'no answer',
        values,
      },
    ]),
  )
const resolv = (content: string) => text('resolv.conf', content)
const links = (change: (one: { mtu: number; linkinfo?: { info_kind: string } }) => void) => (files: Files) => {
  for (const path of ['nodes/n1/ip-link.json', 'nodes/n1/ip-addr.json']) {
    const all = JSON.parse(files.get(path)!) as { ifname: string; mtu: number }[]
    for (const one of all) if (one.ifname === 'eth0') change(one)
    files.set(path, json(all))
  }
}
const mtu = (bytes: number) =>
  links((eth0) => {
    eth0.mtu = bytes
  })
const vxlan = links((eth0) => {
  eth0.linkinfo = { info_kind: 'vxlan' }
})
const kernel = (version: string) => text('nodes/n1/versions.txt', `kernel ${version}\nclock 1\n`)
const managedBy = (controller: string) => (files: Files) =>
  endpoints(files, 'web', (every, slice) => {
    slice.metadata.labels['endpointslice.kubernetes.io/managed-by'] = controller
    return every
  })
const sameAddress = (hostNetwork: boolean) =>
  pod(({ spec, status }) => {
    Object.assign(status, { podIP: '10.244.1.4', podIPs: [{ ip: '10.244.1.4' }] })
    Object.assign(spec, { hostNetwork })
  })
const hairpin = (on: boolean) => (files: Files) => {
  const ports = JSON.parse(files.get('nodes/n1/bridge-link.json')!) as object[]
  files.set('nodes/n1/bridge-link.json', json(ports.map((port) => ({ ...port, hairpin: on }))))
}
/** Metrics in which the last write came so many seconds before the last request, and that before the clock. */
const metrics = (queued: number, synced: number) => (files: Files) => {
  const now = Date.parse(JSON.parse(files.get('nodes/n1/kube-proxy-healthz.json')!).currentTime) / 1000
  const lines = [
    ['queued_timestamp', now - queued],
    ['timestamp', now - synced],
  ].map(([name, at]) => `kubeproxy_sync_proxy_rules_last_${name}_seconds{ip_family="IPv4"} ${at}\n`)
  files.set('nodes/n1/kube-proxy-metrics.txt', lines.join(''))
}
/** One more metric of n1's kube-proxy. */
const metric = (name: string, value: number) => (files: Files) => {
  const path = 'nodes/n1/kube-proxy-metrics.txt'
  const line = `kubeproxy_${name} ${value}\n`
  files.set(
    path,
    `${files.get(path)!.replace(new RegExp(`^kubeproxy_${name.replace(/\{.*/, '')}.*\n`, 'gm'), '')}${line}`,
  )
}
const failing = (writes: number) => metric('sync_proxy_rules_iptables_restore_failures_total', writes)
const syncing = (buckets: Record<string, number>) => (files: Files) => {
  const name = 'kubeproxy_sync_proxy_rules_duration_seconds_bucket'
  const lines = Object.entries(buckets).map(([le, count]) => `${name}{ip_family="IPv4",le="${le}"} ${count}\n`)
  files.set('nodes/n1/kube-proxy-metrics.txt', lines.join(''))
}
const invalid = (packets: number) => (files: Files) => {
  files.set('nodes/n1/conntrack-stats.txt', `cpu=0 found=0 invalid=${packets} insert_failed=0 drop=0 early_drop=0\n`)
  sysctl('n1', 'net.netfilter.nf_conntrack_tcp_be_liberal', '0')(files)
}
/** What kube-proxy's rule against INVALID packets took, and what the one for known connections did. */
const invalidRule = (dropped: number, known: number) =>
  all(
    edit(rules('n1'), /\[\d+:\d+\](?= -A KUBE-FORWARD .*INVALID)/, `[${dropped}:${60 * dropped}]`),
    edit(rules('n1'), /\[\d+:\d+\](?= -A KUBE-FORWARD .*RELATED,ESTABLISHED)/, `[${known}:${60 * known}]`),
  )
/** A rule that leaves 200 source ports, and connections to one endpoint that use so many of them. */
const crowded = (count: number) =>
  all(
    edit(rules('n1'), /(?<=-j MASQUERADE) --random-fully\n/, ' --to-ports 40000-40199\n'),
    text(
      'nodes/n1/conntrack.txt',
      Array.from(
        { length: count },
        (_, i) =>
          `ipv4 2 tcp 6 99 ESTABLISHED src=192.0.2.9 dst=172.30.0.11 sport=${20000 + i} dport=30080 src=10.244.2.2 dst=172.30.0.11 sport=8080 dport=${40000 + i} [ASSURED] mark=0 use=1\n`,
      ).join(''),
    ),
  )
const eligible = (nodeEligible: boolean) => (files: Files) => {
  const path = 'nodes/n1/kube-proxy-healthz.json'
  files.set(path, json({ ...JSON.parse(files.get(path)!), nodeEligible }))
}
const all =
  (...changes: ((files: Files) => void)[]) =>
  (files: Files) => {
    for (const change of changes) change(files)
  }
/** The counters of the rules that lead to the service's endpoints on n1, in their order. */
const counted = (counts: readonly number[]) => (files: Files) => {
  let at = 0
  const path = rules('n1')
  const chains = [...files.get(path)!.matchAll(new RegExp(`-A ${SVC} .*-j (KUBE-SEP-\\w+)`, 'g'))].map(
    ([, name]) => name,
  )
  for (const chain of chains)
    replace(
      files,
      path,
      new RegExp(`\\[\\d+:\\d+\\] (-A ${SVC} .*-j ${chain}\\n)`),
      `[${counts[at]}:${60 * counts[at++]!}] $1`,
    )
}
const notrack = (match: string) =>
  edit(
    rules('n1'),
    /$/,
    `*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n[0:0] -A PREROUTING ${match} -j NOTRACK\nCOMMIT\n`,
  )

/** A table beside those that n1 has. */
const nft = (table: string) => (files: Files) => {
  files.delete('nodes/n1/nft.json')
  files.set('nodes/n1/nft.txt', `${table}\n`)
}

const TC_FILTER = 'filter protocol all pref 1 bpf chain 0 handle 0x1 mystery direct-action not_in_hw id 7'

/** n2 answers n1 by another network than n1 asks by. */
const secondUplink = (files: Files) => {
  replace(files, 'nodes/n2/ip-route.json', /("dst":"10\.244\.1\.0\/24","gateway":)"[^"]*"/, '$1"172.31.0.11"')
  const path = 'nodes/n1/ip-addr.json'
  const links = JSON.parse(files.get(path)!) as object[]
  const address = { family: 'inet', local: '172.31.0.11', prefixlen: 24, scope: 'global' }
  const eth1 = { ifindex: 99, ifname: 'eth1', flags: ['UP'], mtu: 1500, link_type: 'ether', addr_info: [address] }
  files.set(path, json([...links, eth1]))
}

const policy = (podSelector: object) =>
  text(
    'api/networkpolicies.json',
    json({
      ...{ apiVersion: 'v1', kind: 'List', metadata: {} },
      items: [
        {
          apiVersion: 'networking.k8s.io/v1',
          kind: 'NetworkPolicy',
          metadata: { name: 'only-me', namespace: 'shop' },
          spec: { podSelector },
        },
      ],
    }),
  )

const PROXY_PROTOCOL = { 'load-balancer.hetzner.cloud/uses-proxyprotocol': 'true' }

type Case = Bending | ((files: Files) => void)

const CASES: readonly (readonly [code: string, shows: Case, near: Case])[] = [
  [
    'SVP101',
    all(
      service('web', (spec) => {
        spec.selector = { app: 'wob' }
      }),
      (files) => endpoints(files, 'web', () => []),
    ),
    {},
  ],
  [
    'SVP102',
    conditions(false, false, false),
    (files) => endpoints(files, 'web', (every) => every.map((one, i) => ({ ...one, conditions: { ready: i === 0 } }))),
  ],
  [
    'SVP103',
    {
      service: 'shop/web-named',
      files: service('web-named', ({ ports }) => {
        ;(ports as { targetPort: unknown }[])[0]!.targetPort = 'nope'
      }),
    },
    { service: 'shop/web-named' },
  ],
  [
    'SVP104',
    conditions(false, true, true),
    (files) =>
      endpoints(files, 'web', (every) =>
        every.map((one, i) =>
          i === 0 ? one : { ...one, conditions: { ready: false, serving: true, terminating: true } },
        ),
      ),
  ],
  ['SVP105', sameAddress(false), sameAddress(true)],
  ['SVP106', notReady('n2'), { service: 'shop/web-local', files: notReady('n3') }],
  ['SVP107', managedBy('me'), managedBy('endpointslice-controller.k8s.io')],
  ['SVP108', sockets('tcp LISTEN 0 128 127.0.0.1:8080 0.0.0.0:*'), sockets('tcp LISTEN 0 128 *:8080 *:*')],
  [
    'SVP109',
    {
      service: 'shop/web-np',
      files: service('web-local', ({ ports }) => Object.assign((ports as object[])[0]!, { nodePort: 30080 })),
    },
    {
      service: 'shop/web-np',
      files: service('web-local', ({ ports }) =>
        Object.assign((ports as object[])[0]!, { nodePort: 30080, protocol: 'UDP' }),
      ),
    },
  ],
  ['SVP111', withoutEndpoint('10.244.2.2'), all(withoutEndpoint('10.244.2.2'), unreadyPod('10.244.2.2'))],
  [
    'SVP112',
    all(syncing({ '0.512': 0, '4.096': 1, '16.384': 10, '+Inf': 10 }), grace(4)),
    all(syncing({ '0.512': 0, '4.096': 1, '16.384': 10, '+Inf': 10 }), grace(5)),
  ],
  ['SVP113', hinted(4), hinted(5)],
  [
    'SVP201',
    (files) => endpoints(files, 'kube-dns', (every) => every.map((one) => ({ ...one, conditions: { ready: false } }))),
    (files) =>
      endpoints(files, 'kube-dns', (every) => every.map((one, i) => ({ ...one, conditions: { ready: i === 0 } }))),
  ],
  ['SVP202', dns('NOERROR', ['10.96.0.99']), dns('NOERROR', [IP])],
  ['SVP203', dns('SERVFAIL', []), dns(null, [])],
  [
    'SVP204',
    resolv('nameserver 8.8.8.8\nsearch example.com\n'),
    resolv('nameserver 10.96.0.10\nsearch shop.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n'),
  ],
  [
    'SVP205',
    resolv('nameserver 10.96.0.10\nsearch shop.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n'),
    resolv('nameserver 10.96.0.10\nsearch shop.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:4\n'),
  ],
  [
    'SVP206',
    resolv('nameserver 169.254.20.10\nsearch shop.svc.cluster.local\n'),
    resolv('nameserver 10.96.0.10\nsearch shop.svc.cluster.local\n'),
  ],
  ['SVP207', all(cacheOn('n1'), cachePod('n1', false)), all(cacheOn('n1'), cachePod('n1', true))],
  [
    'SVP301',
    edit(
      rules('n2'),
      /\*nat\n[\s\S]*?COMMIT\n/,
      '*nat\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n',
    ),
    edit(rules('n2'), /\*nat\n[\s\S]*?COMMIT\n/, ''),
  ],
  [
    'SVP302',
    edit(rules('n2'), new RegExp(`^.*-A KUBE-SERVICES -d ${IP}/32 .*\n`, 'gm'), ''),
    edit(rules('n2'), /^.*-A KUBE-SERVICES -d 10\.96\.201\.243\/32 .*\n/gm, ''),
  ],
  [
    'SVP303',
    edit(rules('n2'), /(BWKO2ZW4IRW35RFX .*--to-destination) 10.244.1.4:8080/, '$1 10.244.1.99:8080'),
    edit(rules('n2'), /$/, '*mangle\n:KUBE-SEP-OLD - [0:0]\n[0:0] -A KUBE-SEP-OLD -j ACCEPT\nCOMMIT\n'),
  ],
  [
    'SVP304',
    edit(rules('n2'), new RegExp(`^.*-A ${SVC} .*KUBE-SEP-\\w+\n`, 'm'), ''),
    edit(rules('n2'), /^.*-A KUBE-SVC-(?!E3PX)\w+ .*KUBE-SEP-\w+\n/m, ''),
  ],
  [
    'SVP305',
    edit(rules('n2'), new RegExp(`(-A ${SVC} .*--probability) [\\d.]+`), '$1 0.5'),
    edit(rules('n2'), new RegExp(`(-A ${SVC} .*--probability) [\\d.]+`), '$1 0.2000001'),
  ],
  [
    'SVP307',
    edit(rules('n2'), /(BWKO2ZW4IRW35RFX .*--to-destination) 10.244.1.4:8080/, '$1 10.244.1.4:0'),
    edit(rules('n2'), /(BWKO2ZW4IRW35RFX .*--to-destination) 10.244.1.4:8080/, '$1 10.244.1.4:80'),
  ],
  [
    'SVP308',
    edit(rules('n2'), new RegExp(`^.*-A ${SVC} .*\n`, 'gm'), ''),
    edit(rules('n2'), new RegExp(`^.*-A ${SVC} .*KUBE-MARK-MASQ\n`, 'm'), ''),
  ],
  [
    'SVP309',
    edit(rules('n2'), new RegExp(`^.*-A ${SVC} .*KUBE-SEP-\\w+\n`, 'm'), ''),
    { service: 'shop/web-internal-local' },
  ],
  [
    'SVP310',
    (files) => {
      replace(files, rules('n2'), new RegExp(`^.*-A KUBE-SERVICES -d ${IP}/32 .*\n`, 'gm'), '')
      replace(
        files,
        rules('n2'),
        /(\*filter\n(?::.*\n)+)/,
        `$1[0:0] -A KUBE-SERVICES -d ${IP}/32 -p tcp -m tcp --dport 80 -j REJECT\n`,
      )
    },
    { service: 'shop/empty' },
  ],
  ['SVP311', { service: 'shop/web-local' }, { service: 'shop/web-np' }],
  [
    'SVP312',
    { service: 'shop/web-local', files: (files) => void files.set(rules('n2'), files.get(rules('n1'))!) },
    { service: 'shop/web-local' },
  ],
  [
    'SVP313',
    { service: 'shop/web-lb', from: { kind: 'address', address: '8.8.8.8' } },
    { service: 'shop/web-lb', from: { kind: 'address', address: '192.0.2.7' } },
  ],
  [
    'SVP314',
    { service: 'shop/web-np', files: edit(rules('n1'), /^.*-A KUBE-MARK-MASQ .*\n/m, '') },
    { service: 'shop/web-local', files: edit(rules('n1'), /^.*-A KUBE-MARK-MASQ .*\n/m, '') },
  ],
  [
    'SVP315',
    edit(rules('n2'), /^.*-A PREROUTING .*-j KUBE-SERVICES\n/m, ''),
    edit(
      rules('n2'),
      /^.*-A PREROUTING .*-j KUBE-SERVICES\n/m,
      '[0:0] -A PREROUTING -j MINE\n:MINE - [0:0]\n[0:0] -A MINE -j KUBE-SERVICES\n',
    ),
  ],
  ['SVP316', metrics(90, 300), metrics(20, 300)],
  [
    'SVP110',
    service('web', (spec) => {
      spec.ports = [{ port: 80, targetPort: 9999, protocol: 'TCP' }]
    }),
    // Nothing is declared at all: that is up to who writes the pod.
    all(
      service('web', (spec) => {
        spec.ports = [{ port: 80, targetPort: 9999, protocol: 'TCP' }]
      }),
      (files) =>
        objects(files, 'pods', (items) => {
          for (const { spec } of items) for (const container of spec.containers) delete container.ports
        }),
    ),
  ],
  ['SVP319', all(metrics(90, 300), failing(3)), all(metrics(90, 80), failing(3))],
  [
    'SVP320',
    syncing({ '0.512': 1, '4.096': 4, '16.384': 10, '+Inf': 10 }),
    syncing({ '0.512': 1, '4.096': 5, '16.384': 10, '+Inf': 10 }),
  ],
  [
    'SVP323',
    { service: 'shop/web-np', files: sysctl('n1', 'net.ipv4.ip_local_port_range', '1024\t65535') },
    {
      service: 'shop/web-np',
      files: all(
        sysctl('n1', 'net.ipv4.ip_local_port_range', '1024\t65535'),
        sysctl('n1', 'net.ipv4.ip_local_reserved_ports', '8080,30000-32767'),
      ),
    },
  ],
  ['SVP322', eligible(false), eligible(true)],
  [
    'SVP326',
    { service: 'shop/web-np', files: metric('iptables_localhost_nodeports_accepted_packets_total', 7) },
    metric('iptables_localhost_nodeports_accepted_packets_total', 7),
  ],
  [
    'SVP317',
    {
      service: 'shop/web-sticky',
      files: (files) =>
        endpoints(files, 'web-sticky', (every) =>
          every.map((one, i) => (i === 0 ? { ...one, conditions: { ready: false } } : one)),
        ),
    },
    (files) =>
      endpoints(files, 'web', (every) =>
        every.map((one, i) => (i === 0 ? { ...one, conditions: { ready: false } } : one)),
      ),
  ],
  [
    'SVP318',
    edit(
      rules('n1'),
      /(\*filter\n(?::.*\n)+)/,
      '$1:KUBE-FIREWALL - [0:0]\n[0:0] -A KUBE-FIREWALL -m comment --comment "kubernetes firewall" -j DROP\n',
    ),
    edit(
      rules('n1'),
      /(\*filter\n(?::.*\n)+)/,
      '$1:KUBE-FIREWALL - [0:0]\n[0:0] -A KUBE-FIREWALL -m mark --mark 0x8000/0x8000 -j DROP\n',
    ),
  ],
  [
    'SVP321',
    { service: 'shop/web-lb-local', files: health('n2', 'listening 0') },
    { service: 'shop/web-lb-local', files: health('n2', ...healthy(2)) },
  ],
  [
    'SVP324',
    { service: 'shop/web-lb-local', files: annotated('web-lb-local', PROXY_PROTOCOL) },
    {
      service: 'shop/web-lb-local',
      files: all(annotated('web-lb-local', PROXY_PROTOCOL), ipMode('web-lb-local', 'Proxy')),
    },
  ],
  ['SVP325', hostPort('10.244.2.2'), all(hostPort('10.244.2.2'), portmap('n2', '10.244.2.2'))],
  [
    'SVP334',
    { service: 'shop/web-lb-local', files: metalLB({}) },
    { service: 'shop/web-lb-local', files: metalLB({ l2: [{ ipAddressPools: ['street'] }] }) },
  ],
  ['SVP401', sysctl('n3', 'net.ipv4.ip_forward', '0'), sysctl('n3', 'net.ipv6.conf.all.forwarding', '0')],
  [
    'SVP402',
    sysctl('n2', 'net.bridge.bridge-nf-call-iptables', '0'),
    { service: 'shop/web-headless', files: sysctl('n2', 'net.bridge.bridge-nf-call-iptables', '0') },
  ],
  [
    'SVP403',
    edit(rules('n1'), /^(\*filter\n:INPUT .*\n):FORWARD ACCEPT/m, '$1:FORWARD DROP'),
    edit(rules('n1'), /(\*filter\n(?::.*\n)+)/, '$1[0:0] -A FORWARD -d 192.168.0.0/16 -j DROP\n'),
  ],
  [
    'SVP404',
    all(secondUplink, sysctl('n1', 'net.ipv4.conf.eth1.rp_filter', '1')),
    all(secondUplink, sysctl('n1', 'net.ipv4.conf.eth1.rp_filter', '2')),
  ],
  [
    'SVP405',
    all(
      sysctl('n1', 'net.netfilter.nf_conntrack_count', '850'),
      sysctl('n1', 'net.netfilter.nf_conntrack_max', '1000'),
    ),
    all(
      sysctl('n1', 'net.netfilter.nf_conntrack_count', '790'),
      sysctl('n1', 'net.netfilter.nf_conntrack_max', '1000'),
    ),
  ],
  [
    'SVP406',
    text(
      'nodes/n1/conntrack-stats.txt',
      'cpu=0 found=0 insert_failed=3 drop=0 early_drop=0\ncpu=1 found=0 insert_failed=4 drop=0 early_drop=0\n',
    ),
    text('nodes/n1/conntrack-stats.txt', 'cpu=0 found=7 insert_failed=0 drop=0 early_drop=0 search_restart=9\n'),
  ],
  ['SVP407', { service: 'shop/web-local', files: notReady('n3') }, { files: notReady('n3') }],
  [
    'SVP409',
    { capture: NFTABLES, service: 'shop/web-dual', files: invalid(1200) },
    // kube-proxy's own rule drops them.
    invalid(1200),
  ],
  ['SVP410', invalidRule(150, 9000), invalidRule(150, 15_000)],
  [
    'SVP412',
    text('nodes/n1/counters.txt', countersText(1000, { softnet: [1_000_000, 500] })),
    text('nodes/n1/counters.txt', countersText(1000, { softnet: [1_000_000, 50] })),
  ],
  [
    'SVP413',
    text('nodes/n1/counters.txt', countersText(1000, { arp: { entries: 1024, table_fulls: 5 } })),
    text('nodes/n1/counters.txt', countersText(1000, { arp: { entries: 1100, table_fulls: 0 } })),
  ],
  ['SVP414', crowded(160), crowded(159)],
  ['SVP411', sockets('tcp LISTEN 129 128 *:8080 *:*'), sockets('tcp LISTEN 0 0 *:8080 *:*')],
  ['SVP408', notrack('-d 10.96.0.0/16'), notrack('-d 10.97.0.0/16')],
  [
    'SVP501',
    edit('nodes/n2/ip-route.json', /\{"dst":"10\.244\.1\.0\/24"[^}]*\},?/, ''),
    { service: 'shop/web-local', files: edit('nodes/n2/ip-route.json', /\{"dst":"10\.244\.3\.0\/24"[^}]*\},?/, '') },
  ],
  [
    'SVP502',
    all(
      edit('nodes/n2/ip-route.json', /("dst":"10\.244\.1\.0\/24","gateway":)"[^"]*"/, '$1"172.30.0.13"'),
      // n3 sends them back, and round they go.
      edit('nodes/n3/ip-route.json', /("dst":"10\.244\.1\.0\/24","gateway":)"[^"]*"/, '$1"172.30.0.12"'),
    ),
    edit('nodes/n2/ip-route.json', /("dst":"10\.244\.1\.0\/24","gateway":)"[^"]*"/, '$1"172.30.0.99"'),
  ],
  [
    'SVP503',
    {
      seen: (observation) => ({
        ...observation,
        nodes: observation.nodes.map((node) => ({
          ...node,
          links: node.links?.map((link) => (link.name === 'cni0' ? { ...link, up: false } : link)) ?? null,
        })),
      }),
    },
    {
      seen: (observation) => ({
        ...observation,
        nodes: observation.nodes.map((node) => ({
          ...node,
          links: node.links?.map((link) => (link.name === 'lo' ? { ...link, up: false } : link)) ?? null,
        })),
      }),
    },
  ],
  ['SVP504', mtu(1400), mtu(9000)],
  ['SVP505', hairpin(false), all(hairpin(false), sysctl('n1', 'net.bridge.bridge-nf-call-iptables', '0'))],
  [
    'SVP506',
    edit('nodes/n2/ip-neigh.json', /("dst":"172\.30\.0\.11"[^}]*"state":\[)"[A-Z]+"/, '$1"FAILED"'),
    edit('nodes/n2/ip-neigh.json', /("dst":"172\.30\.0\.11"[^}]*"state":\[)"[A-Z]+"/, '$1"STALE"'),
  ],
  ['SVP507', all(vxlan, kernel('5.4.40-generic')), all(vxlan, kernel('5.4.41-generic'))],
  ['SVP508', all(unanswered(90), arrived(4100)), all(unanswered(90), arrived(4001, 4002))],
  [
    'SVP509',
    edit('nodes/n2/ip-rule.json', /,\{"priority":32766[^}]*\}/, ''),
    // The family of a list under another name is not known; and the table default is empty.
    edit('nodes/n2/ip-rule.json', /,\{"priority":32767[^}]*\}/, ''),
  ],
  ['SVP510', foreignRoute('10.244.1.0/25', 'tun0'), foreignRoute('10.244.1.0/25', 'flannel.1')],
  [
    'SVP601',
    edit(
      'nodes/n1/conntrack.txt',
      /$/,
      `ipv4     2 tcp      6 600 ESTABLISHED src=10.244.1.3 dst=${IP} sport=4001 dport=80 src=10.244.9.9 dst=10.244.1.3 sport=8080 dport=4001 [ASSURED] mark=0 use=1\n`,
    ),
    edit(
      'nodes/n1/conntrack.txt',
      /$/,
      `ipv4     2 tcp      6 100 TIME_WAIT src=10.244.1.3 dst=${IP} sport=4001 dport=80 src=10.244.9.9 dst=10.244.1.3 sport=8080 dport=4001 [ASSURED] mark=0 use=1\n`,
    ),
  ],
  [
    'SVP602',
    edit(
      'nodes/n1/conntrack.txt',
      /$/,
      `ipv4     2 tcp      6 100 SYN_SENT src=10.244.1.3 dst=${IP} sport=4002 dport=80 [UNREPLIED] src=${IP} dst=10.244.1.3 sport=80 dport=4002 mark=0 use=1\n`,
    ),
    edit(
      'nodes/n1/conntrack.txt',
      /$/,
      `ipv4     2 tcp      6 100 SYN_SENT src=10.244.1.3 dst=${IP} sport=4002 dport=81 [UNREPLIED] src=${IP} dst=10.244.1.3 sport=81 dport=4002 mark=0 use=1\n`,
    ),
  ],
  ['SVP603', counted([400, 20, 20, 20, 20]), counted([110, 95, 102, 99, 94])],
  [
    'SVP701',
    edit(
      rules('n2'),
      /(\*filter\n(?::.*\n)+)/,
      '$1:KUBE-POD-FW-X - [0:0]\n[0:0] -A FORWARD -d 10.244.2.2/32 -j KUBE-POD-FW-X\n[0:0] -A KUBE-POD-FW-X -j REJECT\n',
    ),
    edit(
      rules('n2'),
      /(\*filter\n(?::.*\n)+)/,
      '$1:KUBE-POD-FW-X - [0:0]\n[0:0] -A FORWARD -d 10.244.2.250/32 -j KUBE-POD-FW-X\n[0:0] -A KUBE-POD-FW-X -j REJECT\n',
    ),
  ],
  [
    'SVP702',
    policy({ matchLabels: { app: 'web' }, matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] }),
    policy({ matchLabels: { app: 'web' }, matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] }),
  ],
  [
    'SVP705',
    all(policy({ matchLabels: { app: 'web' } }), kubeRouter('10.244.2.2')),
    all(policy({ matchLabels: { app: 'web' } }), kubeRouter('10.244.2.2', '10.244.2.4')),
  ],
  [
    'SVP703',
    edit(
      rules('n2'),
      /(\*filter\n(?::.*\n)+)/,
      '$1:ufw-before-forward - [0:0]\n[0:0] -A FORWARD -j ufw-before-forward\n[0:0] -A ufw-before-forward -s 192.168.7.0/24 -j DROP\n',
    ),
    edit(
      rules('n2'),
      /(\*filter\n(?::.*\n)+)/,
      '$1:ufw-before-forward - [0:0]\n[0:0] -A FORWARD -j ufw-before-forward\n[0:0] -A ufw-before-forward -d 192.168.7.0/24 -j DROP\n',
    ),
  ],
  [
    'SVP801',
    { seen: (observation) => ({ ...observation, unread: [{ node: 'n3', reason: 'no answer within 5 s' }] }) },
    {},
  ],
  ['SVP802', { source: 'live' }, { source: 'capture' }],
  [
    'SVP803',
    edit(
      rules('n2'),
      new RegExp(`^.*-A KUBE-SERVICES -d ${IP}/32 `, 'm'),
      `[0:0] -A KUBE-SERVICES -d ${IP}/32 -m bpf --bytecode "1,6 0 0 0" -j RETURN\n$&`,
    ),
    edit(
      rules('n2'),
      /^.*-A KUBE-SERVICES -d 10\.96\.201\.243\/32 /m,
      '[0:0] -A KUBE-SERVICES -d 10.96.201.243/32 -m bpf --bytecode "1,6 0 0 0" -j RETURN\n$&',
    ),
  ],
  [
    'SVP804',
    (files) =>
      objects(files, 'nodes', (items) => {
        named(items, 'n3').status.nodeInfo.operatingSystem = 'windows'
      }),
    {},
  ],
  [
    'SVP327',
    { capture: 'k8s-1.32-ipvs', files: unbound('10.96.244.84') },
    { capture: 'k8s-1.32-ipvs', files: unbound('10.96.139.133') },
  ],
  [
    'SVP328',
    { capture: 'k8s-1.32-ipvs', files: weighing(/(-a -t 10\.96\.244\.84:80 -r 10\.244\.1\.4:8080 -m -w) 1/) },
    { capture: 'k8s-1.32-ipvs', files: weighing(/(-a -t 10\.96\.139\.133:80 -r 10\.244\.1\.4:8080 -m -w) 1/) },
  ],
  [
    'SVP415',
    text('nodes/n1/tc-filters.txt', `# tc filter show dev cni0 ingress\n${TC_FILTER}\n`),
    text('nodes/n1/tc-filters.txt', `# tc filter show dev docker0 ingress\n${TC_FILTER}\n`),
  ],
  [
    'SVP416',
    nft(
      'table inet fast {\n\tchain forward {\n\t\ttype filter hook forward priority 10; policy accept;\n\t\tct state established flow add @ft\n\t}\n}',
    ),
    // A table of flows that no rule gives any.
    nft('table inet fast {\n\tflowtable ft {\n\t\thook ingress priority 0;\n\t\tdevices = { eth0 };\n\t}\n}'),
  ],
  [
    'SVP329',
    { capture: 'k8s-1.32-ipvs', service: 'shop/web-lb', files: nodeAddress('203.0.113.10') },
    { capture: 'k8s-1.32-ipvs', service: 'shop/web-lb', files: nodeAddress('203.0.113.11') },
  ],
  [
    'SVP330',
    { capture: 'k8s-1.32-ipvs', service: 'shop/web-lb', files: speaker },
    // With strictARP, whoever announces.
    { capture: 'k8s-1.32-ipvs-dualstack-lc', service: 'shop/web-lb', files: speaker },
  ],
  [
    'SVP331',
    { capture: 'k8s-1.32-ipvs', files: sysctl('n2', 'net.ipv4.vs.expire_nodest_conn', '0') },
    { files: sysctl('n2', 'net.ipv4.vs.expire_nodest_conn', '0') },
  ],
  [
    'SVP332',
    all(
      asCilium(),
      edit('nodes/n2/cilium-bpf-lb-list.txt', /^(10\.96\.244\.84:80\/TCP \(1\) +)\S+/m, '$110.244.1.99:8080/TCP'),
    ),
    asCilium(),
  ],
  [
    'SVP333',
    all(
      asCilium(),
      text('nodes/n2/cilium-metrics-list.txt', 'cilium_bpf_map_pressure{map_name="lb4_backends_v3"} 1\n'),
    ),
    all(asCilium(), text('nodes/n2/cilium-metrics-list.txt', 'cilium_bpf_map_pressure{map_name="policy_02366"} 3.9\n')),
  ],
  [
    'SVP335',
    { goal: 'nftables', files: edit(rules('n1'), /^(\*filter\n:INPUT .*\n):FORWARD ACCEPT/m, '$1:FORWARD DROP') },
    // Nobody asked.
    { files: edit(rules('n1'), /^(\*filter\n:INPUT .*\n):FORWARD ACCEPT/m, '$1:FORWARD DROP') },
  ],
]

/** The interface of NodeLocal DNSCache. */
function cacheOn(node: string) {
  return edit(
    `nodes/${node}/ip-addr.json`,
    /^\[/,
    `[${json({
      ...{ ifindex: 90, ifname: 'nodelocaldns', flags: ['BROADCAST', 'NOARP'], mtu: 1500, link_type: 'ether' },
      addr_info: [{ family: 'inet', local: '169.254.20.10', prefixlen: 32, scope: 'global' }],
    })},`,
  )
}

function cachePod(nodeName: string, ready: boolean) {
  return (files: Files) =>
    objects(files, 'pods', (items) => {
      items.push({
        ...{ apiVersion: 'v1', kind: 'Pod' },
        metadata: { name: 'node-local-dns-1', namespace: 'kube-system', labels: { 'k8s-app': 'node-local-dns' } },
        spec: { nodeName, hostNetwork: true, containers: [] },
        status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
      })
    })
}

/** Two connections from n1 to an endpoint on n2 that nobody answers. */
function unanswered(timeout: number) {
  const line = (port: number) =>
    `ipv4     2 tcp      6 ${timeout} SYN_SENT src=10.244.1.3 dst=${IP} sport=${port} dport=80 [UNREPLIED] src=10.244.2.2 dst=10.244.1.3 sport=8080 dport=${port} mark=0 use=1\n`
  return edit('nodes/n1/conntrack.txt', /$/, line(4001) + line(4002))
}

/** Connections to that endpoint that n2 tracks, by their source ports. */
function arrived(...ports: number[]) {
  const lines = ports.map(
    (port) =>
      `ipv4     2 tcp      6 50 SYN_RECV src=10.244.1.3 dst=10.244.2.2 sport=${port} dport=8080 src=10.244.2.2 dst=10.244.1.3 sport=8080 dport=${port} mark=0 use=1\n`,
  )
  return edit('nodes/n2/conntrack.txt', /$/, lines.join(''))
}

/** Takes an endpoint of `web` out of the slice. */
function withoutEndpoint(address: string) {
  return (files: Files) => endpoints(files, 'web', (every) => every.filter((one) => one.addresses[0] !== address))
}

function unreadyPod(ip: string) {
  return (files: Files) =>
    objects(files, 'pods', (items) => {
      for (const { status } of items)
        if (status.podIP === ip)
          status.conditions.find(({ type }: { type: string }) => type === 'Ready').status = 'False'
    })
}

function grace(seconds: number) {
  return (files: Files) =>
    objects(files, 'pods', (items) => {
      for (const { spec } of items) spec.terminationGracePeriodSeconds = seconds
    })
}

/** Gives so many of the five endpoints a hint. */
function hinted(count: number) {
  return (files: Files) =>
    endpoints(files, 'web', (every) =>
      every.map((one, i) => (i < count ? { ...one, hints: { forZones: [{ name: 'z1' }] } } : one)),
    )
}

/** A route on n2 to n1's pods by another interface. */
function foreignRoute(dst: string, dev: string) {
  return edit('nodes/n2/ip-route.json', /^\[/, `[${json({ dst, dev, protocol: 'static', scope: 'link', flags: [] })},`)
}

const asBending = (one: Case): Bending => (typeof one === 'function' ? { files: one } : one)

/** Told by itself, or folded under its cause. */
const codes = (findings: readonly Finding[]): string[] =>
  findings.flatMap(({ code, leadsTo }) => [code, ...leadsTo.map((one) => one.code)])

/** Gives n3 another address. */
function nodeAddress(address: string) {
  return (files: Files) =>
    objects(files, 'nodes', (items) => {
      named(items, 'n3').status.addresses.push({ type: 'ExternalIP', address })
    })
}

/** A pod of MetalLB's. */
function speaker(files: Files) {
  objects(files, 'pods', (items) => {
    const metadata = { namespace: 'metallb-system', name: 'speaker-x2x4z', labels: { app: 'metallb' } }
    items.push({ ...items[0], metadata })
  })
}

/** Sets a real server's weight to 0, in the list that tells most. */
function weighing(server: RegExp) {
  return edit('nodes/n2/ipvsadm-Sn.txt', server, '$1 0')
}

/** Takes an address from kube-ipvs0 of n2, with its route. */
function unbound(address: string) {
  return all(
    edit('nodes/n2/ip-addr.json', new RegExp(`\\{[^{}]*"local":"${address}"[^{}]*\\},?`), ''),
    edit('nodes/n2/ip-route.json', new RegExp(`\\{[^{}]*"dst":"${address}"[^{}]*\\},?`), ''),
  )
}

describe('each finding', () => {
  test.each(CASES)('%s is found where it is', async (code, shows) => {
    const found = await findingsIn(asBending(shows))
    expect(codes(found)).toContain(code)
    const one = found.find((finding) => finding.code === code)
    if (one) expect(one.message).not.toMatch(/undefined|null|NaN|\[object/)
  })

  test.each(CASES)('%s is not found where it only seems so', async (code, _shows, near) => {
    expect(codes(await findingsIn(asBending(near)))).not.toContain(code)
  })

  test('has an analyzer, an entry of the catalogue and a test', () => {
    const known = CATALOGUE.map(({ code }) => code)
    const looked = ANALYZERS.map(({ code }) => code)
    expect(new Set(looked).size).toBe(looked.length)
    expect(looked.filter((code) => !known.includes(code))).toEqual([])
    const tested = new Set([...CASES.map(([code]) => code), ...ELSEWHERE])
    expect(known.filter((code) => !tested.has(code))).toEqual(WITHOUT)
  })
})

/**
 * Tested in files of their own: held-connections.test.ts, inside-pod.test.ts and others of this folder; what probe finds in test/probe, what leads to a
 * Service in test/front.
 */
const ELSEWHERE = [
  ...['SVP208', 'SVP306', 'SVP604', 'SVP605', 'SVP704', 'SVP606', 'SVP607'],
  ...['SVP901', 'SVP902', 'SVP903', 'SVP904', 'SVP905', 'SVP906', 'SVP907'],
]

/** Codes of the catalogue that nothing looks for yet. */
const WITHOUT: string[] = []
