/** A marker stands in every field and place of a text that can hold a name somebody chose; afterwards it is nowhere. */
import { expect, test } from 'vitest'
import { redact } from '../../src/redact/redact.ts'
import { apiFiles, captures } from '../resolve/cluster.ts'

const MARK = 'zqmarker'
const leaks = (files: { path: string; text: string }[]): string[] =>
  files.flatMap(({ path, text }) =>
    `${path}\n${text}`
      .split('\n')
      .filter((line) => line.toLowerCase().includes(MARK))
      .map((line) => `${path}: ${line}`),
  )

/** Enumerations of the API, and what stays by promise: versions, times, protocols and the names of ports. */
const KEPT = new Set(
  (
    'kind apiVersion status protocol phase ipFamilies ipFamilyPolicy externalTrafficPolicy internalTrafficPolicy sessionAffinity ' +
    'addressType operator policyTypes dnsPolicy scheme ipMode targetPort trafficDistribution kernelVersion kubeletVersion ' +
    'kubeProxyVersion containerRuntimeVersion operatingSystem architecture creationTimestamp startTime deletionTimestamp ' +
    'gitVersion major minor platform'
  ).split(' '),
)

/** The same with the marker in each text, and a field more in each object. */
function marked(value: unknown, key = '', inPorts = false): unknown {
  if (typeof value === 'string') {
    if (KEPT.has(key) || (inPorts && key === 'name') || (key === 'type' && !value.includes('Ready'))) return value
    return `${MARK}-${value}`
  }
  if (Array.isArray(value)) return value.map((one) => marked(one, key, key === 'ports'))
  if (typeof value !== 'object' || value === null) return value
  const isMap = ['labels', 'annotations', 'selector', 'matchLabels'].includes(key)
  const entries = Object.entries(value).map(([name, one]) => [
    isMap ? `${MARK}.example.com/${name}` : name,
    marked(one, name, inPorts),
  ])
  const more = isMap
    ? [
        [`node-role.kubernetes.io/${MARK}`, MARK],
        [`${MARK}.k8s.io/a`, MARK],
        ['endpointslice.kubernetes.io/managed-by', MARK],
      ]
    : [
        ['appProtocol', `${MARK}.com/x`],
        ['message', MARK],
        ['error', `${MARK}.com/Failed`],
        ['reason', MARK],
        [MARK, MARK],
        ['uid', MARK],
      ]
  return Object.fromEntries([...entries, ...more])
}

test.each(captures)('every field of the objects of %s', (capture) => {
  const files = apiFiles(capture).map(({ path, text }) => ({ path, text: JSON.stringify(marked(JSON.parse(text))) }))
  const out = redact(files)
  expect(leaks(out)).toEqual([])
  expect(out.length).toBeGreaterThan(1)
})

test('a load balancer’s error, a condition, an owner, what is behind a slice', () => {
  const metadata = {
    name: MARK,
    namespace: MARK,
    ownerReferences: [{ apiVersion: `${MARK}.com/v1`, kind: MARK, name: MARK }],
  }
  const service = {
    ...{ apiVersion: 'v1', kind: 'Service', metadata },
    spec: {
      ports: [{ port: 80, appProtocol: MARK }],
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 1 }, [MARK]: 1 },
    },
    status: {
      conditions: [{ type: MARK, reason: MARK, message: MARK }],
      loadBalancer: {
        ingress: [{ hostname: `${MARK}.elb.example.com`, ports: [{ port: 80, error: `${MARK}.com/Bad` }] }],
      },
    },
  }
  const node = {
    ...{
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { ...metadata, labels: { [`node-role.kubernetes.io/${MARK}`]: '' } },
    },
    status: {
      conditions: [{ type: MARK, status: 'True', reason: MARK, message: MARK }],
      addresses: [{ type: 'Hostname', address: MARK }],
    },
  }
  const files = [service, node].map((one, i) => ({ path: `api/${i}.json`, text: JSON.stringify(one) }))
  expect(leaks(redact(files))).toEqual([])
})

/** Each where a tool prints it; addresses are told by 203.0.113.77 and fd5a:77::77. */
const TEXTS: Record<string, string> = {
  'nodes/zqmarker/iptables-save.txt': String.raw`*filter
:INPUT ACCEPT [0:0]
:zqmarker - [0:0]
:cali-pi-zqmarker.allow-web - [0:0]
:cali-tw-zqmarker - [0:0]
:ufw-zqmarker - [0:0]
-A INPUT -m comment --comment "dnat name: \"zqmarker\" id: \"zqmarker\"" -j zqmarker
-A INPUT -m comment --comment zqmarker -g zqmarker
-A INPUT -m comment --comment "shop/web of zqmarker" -j cali-pi-zqmarker.allow-web
-A INPUT -m comment --comment "of zqmarker for shop/web" -j cali-tw-zqmarker
-A INPUT -m set --match-set zqmarker src,dst -j SET --add-set zqmarker-2 src
-A INPUT -m string --string "zqmarker a" --algo bm -j LOG --log-prefix "zqmarker: "
-A INPUT -m string --string zqmarker --algo bm -j LOG --log-prefix zqmarker:
-A INPUT -m string --hex-string "|7a|zqmarker" --algo kmp -j NFLOG --nflog-prefix zqmarker
-A INPUT -m recent --set --name zqmarker --mask 255.255.255.255 --rsource
-A INPUT -m hashlimit --hashlimit-upto 1/sec --hashlimit-name zqmarker -j ACCEPT
-A INPUT -m owner --uid-owner zqmarker -m cgroup --path /zqmarker -m helper --helper zqmarker -j CT --timeout zqmarker
-A INPUT -m iprange --src-range 203.0.113.77-203.0.113.77 --dst-range fd5a:77::77-fd5a:77::77 -j DROP
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
-A PREROUTING -j DNAT --to-destination 10.0.0.1-203.0.113.77:80-90
-A PREROUTING -j DNAT --to-destination [fd00::1]-[fd5a:77::77]:80
-A PREROUTING -j SNAT --to-source 10.0.0.1-203.0.113.77
COMMIT
`,
  'nodes/n1/iptables-L-nv.txt': `Chain INPUT (policy ACCEPT 0 packets, 0 bytes)
 pkts bytes target     prot opt in     out     source               destination
    0     0 zqmarker   tcp  --  *      *       0.0.0.0/0            0.0.0.0/0            /* dnat name: "zqmarker" */
    0     0 zqmarker-3 all  --  *      *       0.0.0.0/0            0.0.0.0/0            /* a */ zqmarker */
    0     0 LOG        all  --  *      *       0.0.0.0/0            0.0.0.0/0            LOG flags 0 level 4 prefix "zqmarker "
    0     0 LOG        all  --  *      *       0.0.0.0/0            0.0.0.0/0            LOG flags 0 level 4 prefix \`zqmarker '
    0     0 NFLOG      all  --  *      *       0.0.0.0/0            0.0.0.0/0            nflog-prefix  zqmarker
    0     0 DROP       all  --  *      *       0.0.0.0/0            0.0.0.0/0            match-set zqmarker src
    0     0 DROP       all  --  *      *       0.0.0.0/0            0.0.0.0/0            STRING match  "zqmarker" ALGO name bm
    0     0 DROP       all  --  *      *       0.0.0.0/0            0.0.0.0/0            recent: SET name: zqmarker side: source
    0     0 DROP       all  --  *      *       0.0.0.0/0            0.0.0.0/0            source IP range 203.0.113.77-203.0.113.77
    0     0 DNAT       all  --  *      *       0.0.0.0/0            0.0.0.0/0            to:10.0.0.1-203.0.113.77

Chain zqmarker (1 references)
Chain cali-po-zqmarker (1 references)
`,
  'nodes/n1/nft.txt': String.raw`table inet zqmarker {
	comment "zqmarker"
	set zqmarker-set {
		type ipv4_addr
		flags interval
		elements = { 10.0.0.1-203.0.113.77 comment "zqmarker" }
	}
	map zqmarker_map { type ipv4_addr : verdict
	}
	counter zqmarker_counter {
	}
	ct helper zqmarker_helper {
		type "ftp" protocol tcp
	}
	chain zqmarker_chain {
		ip saddr @zqmarker-set counter name "zqmarker_counter" log prefix "zqmarker: " jump zqmarker_other
		tcp dport 21 ct helper set "zqmarker_helper" meta skuid "zqmarker" comment "a \"zqmarker\""
		goto zqmarker_chain
	}
}
`,
  'nodes/n1/nft.json': JSON.stringify({
    nftables: [
      { table: { family: 'ip', name: 'zqmarker' } },
      { set: { family: 'ip', name: 'zqset-zqmarker', table: 'zqmarker', type: 'ipv4_addr', comment: 'zqmarker "x"' } },
      { chain: { family: 'ip', table: 'zqmarker', name: 'zqmarker_chain' } },
      {
        rule: {
          ...{ family: 'ip', table: 'zqmarker', chain: 'zqmarker_chain', comment: 'zqmarker' },
          expr: [
            { match: { op: '==', left: 'x', right: '@zqset-zqmarker' } },
            { log: { prefix: 'zqmarker \\" ' } },
            { jump: { target: 'zqmarker_other' } },
          ],
        },
      },
    ],
  }),
  'nodes/n1/nft-tables.txt': 'table ip zqmarker\n',
  'nodes/n1/ip-link.json': JSON.stringify([
    { ifname: 'eth0', ifalias: 'of "zqmarker"', link_netns: 'zqmarker', linkinfo: { info_kind: 'veth' } },
  ]),
  'nodes/n1/ip-link.txt':
    '2: eth0@if3: <UP> mtu 1500\n    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff link-netns zqmarker\n    alias of zqmarker\n',
  'nodes/n1/ip-rule.txt': '100:\tfrom all lookup zqmarker proto zqmarker\n',
  'nodes/n1/ip-rule.json': JSON.stringify([{ priority: 1, src: 'all', table: 'zqmarker', protocol: 'zqmarker' }]),
  'nodes/n1/ip-route.txt': 'default via 203.0.113.77 dev eth0 table zqmarker proto zqmarker\n',
  'nodes/n1/conntrack.txt':
    'tcp 6 9 ESTABLISHED src=203.0.113.77 dst=10.0.0.1 sport=1 dport=2 src=10.0.0.1 dst=203.0.113.77 sport=2 dport=1 [ASSURED] secctx=zqmarker labels=zqmarker helper=zqmarker\n',
  'nodes/n1/pod-netns.txt': 'zqmarker [{"ifname":"eth0","ifalias":"zqmarker"}]\n',
  'nodes/n1/sockets.txt': 'cni-zqmarker tcp LISTEN 0 128 0.0.0.0:80 0.0.0.0:*\n',
  'nodes/n1/pod-rules.txt':
    'cni-zqmarker - iptables-nft-save -c\ncni-zqmarker *nat\ncni-zqmarker :ZQMARKER_IN - [0:0]\ncni-zqmarker [0:0] -A PREROUTING -s 203.0.113.77/32 -m comment --comment zqmarker -j ZQMARKER_IN\n',
  'nodes/n1/zqmarker.txt': 'zqmarker',
  'nodes/n1/sysctl.txt': 'kernel.hostname = zqmarker\n',
  'pods/zqmarker/zqmarker/resolv.conf':
    '# zqmarker\nnameserver 203.0.113.77\nsearch zqmarker.svc.cluster.local zqmarker.com\n',
  'pods/a/b/zqmarker': 'zqmarker',
  'zqmarker.txt': 'zqmarker',
  'manifest.json': JSON.stringify({
    ...{ apiVersion: 'svcpath/v1alpha1', kind: 'Capture', version: '1', observedAt: '2026-01-01T00:00:00Z' },
    ...{ cluster: 'zqmarker', asked: 'zqmarker/zqmarker', zqmarker: 'zqmarker' },
    nodes: [
      {
        ...{ name: 'zqmarker', complete: true, bytes: 1, zqmarker: 1 },
        way: [
          'zqmarker/kube-proxy-x has no shell; a debug pod instead',
          'zqmarker: x',
          'exec in zqmarker/y',
          'ssh to zqmarker',
        ],
        sections: [
          {
            ...{
              file: 'nft.txt',
              command: 'nft list table ip zqmarker',
              exitCode: 1,
              stderr: 'zqmarker',
              milliseconds: 1,
            },
            ...{ leftOut: 'zqmarker', zqmarker: 1 },
          },
          { file: 'zqmarker.txt', command: 'cat zqmarker', exitCode: 0, stderr: '', milliseconds: 1, leftOut: null },
        ],
      },
    ],
    unread: [{ node: 'zqmarker', reason: 'zqmarker' }],
  }),
}

test.each(Object.keys(TEXTS))('every place of %s', (path) => {
  const all = redact(Object.entries(TEXTS).map(([one, text]) => ({ path: one, text })))
  expect(leaks(all)).toEqual([])
  const [alone] = [redact([{ path, text: TEXTS[path]! }])]
  expect(leaks(alone!)).toEqual([])
  const text = [...all, ...alone!].map((one) => one.text).join('\n')
  expect(text.match(/203\.0\.113\.77|fd5a:77::77/g)).toBeNull()
})
