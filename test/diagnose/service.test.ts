/** What the API alone shows: each case bends a healthy capture, and exactly these findings are right of it. */
import { expect, test } from 'vitest'
import type { Finding } from '../../src/model/finding.ts'
import { type Bending, endpoints, type Files, findingsIn, named, objects, replace } from './bend.ts'

type Change = (files: Files) => void
// biome-ignore lint/suspicious/noExplicitAny: the API's objects as they come
type Item = any

const all =
  (...changes: Change[]): Change =>
  (files) => {
    for (const change of changes) change(files)
  }
const spec =
  (name: string, change: object): Change =>
  (files) =>
    objects(files, 'services', (items) => Object.assign(named(items, name).spec, change))
/** The pods of web, with their number. */
const pods =
  (change: (pod: Item, i: number) => void): Change =>
  (files) =>
    objects(files, 'pods', (items) => {
      items.filter(({ metadata }) => metadata.labels?.app === 'web').forEach(change)
    })
const noPods =
  (fits: (pod: Item) => boolean): Change =>
  (files) =>
    objects(files, 'pods', (items) => {
      items.splice(0, items.length, ...items.filter((pod) => !fits(pod)))
    })
const of = (namespace: string) => (pod: Item) => pod.metadata.namespace === namespace
const isWeb = (pod: Item) => pod.metadata.labels?.app === 'web'
const client =
  (change: (pod: Item) => void): Change =>
  (files) =>
    objects(files, 'pods', (items) => change(named(items, 'client')))
/** Of a list only one object, as kubectl prints it by its name. */
const alone =
  (list: string, name: string): Change =>
  (files) => {
    const { apiVersion, items } = JSON.parse(files.get(`api/${list}.json`)!)
    const kind = { nodes: 'Node', pods: 'Pod', endpointslices: 'EndpointSlice' }[list]
    const found = items.find(({ metadata }: Item) => metadata.name.startsWith(name))
    files.set(`api/${list}.json`, JSON.stringify({ apiVersion, kind, ...found }))
  }
const without =
  (...names: string[]): Change =>
  (files) => {
    for (const name of names) files.delete(`api/${name}.json`)
  }
const slices =
  (change: (endpoint: Item, i: number, slice: Item) => void, service = 'web'): Change =>
  (files) =>
    endpoints(files, service, (every, slice) => {
      every.forEach((one, i) => void change(one, i, slice))
      return every
    })
const noEndpoints =
  (service = 'web'): Change =>
  (files) =>
    endpoints(files, service, () => [])
const state = (ready: boolean, serving = ready, terminating = false) => ({ ready, serving, terminating })
const conditions = (of: (i: number) => object, service = 'web') =>
  slices((one, i) => {
    one.conditions = of(i)
  }, service)
const unready = (pod: Item) => {
  pod.status.conditions = [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady' }]
}
const ended = (phase: string) => (pod: Item) => {
  unready(pod)
  pod.status.phase = phase
}
const leaving = (pod: Item) => {
  pod.metadata.deletionTimestamp = '2026-11-21T09:30:00Z'
}
const address = (pod: Item) => Object.assign(pod.status, { podIP: '10.244.1.4', podIPs: [{ ip: '10.244.1.4' }] })
const managedBy = (controller: string | undefined) =>
  slices((_one, _i, slice) => {
    slice.metadata.labels['endpointslice.kubernetes.io/managed-by'] = controller
  })
const nodeReady =
  (name: string, status: string): Change =>
  (files) =>
    objects(files, 'nodes', (items) => {
      named(items, name).status.conditions.find(({ type }: Item) => type === 'Ready').status = status
    })
const node = (name: string | undefined, pod: boolean) =>
  slices((one, i) => {
    if (i > 0) return
    one.nodeName = name
    if (!pod) delete one.targetRef
  })
const table = (...lines: string[]): Change =>
  all(
    without('pods'),
    (files) => void files.set('pods.txt', `$ kubectl get pods -n shop -o wide\n${lines.join('\n')}\n`),
  )

/** The rules that kube-proxy writes for a service without endpoints. */
const rejected: Change = (files) => {
  for (const name of ['n1', 'n2', 'n3']) {
    const path = `nodes/${name}/iptables-save.txt`
    replace(files, path, /^.*-A KUBE-SERVICES -d 10\.96\.244\.84\/32 .*\n/gm, '')
    const reject = '-A KUBE-SERVICES -d 10.96.244.84/32 -p tcp -m tcp --dport 80 -j REJECT'
    replace(files, path, /(\*filter\n(?::.*\n)+)/, `$1[0:0] ${reject}\n`)
  }
}
const port = (targetPort: unknown) => spec('web', { ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort }] })
const web = (change: Change, more: Partial<Bending> = {}): Bending => ({ files: change, ...more })

const spacesOf = (files: Files, node: string) =>
  [...(files.get(`nodes/${node}/pod-netns.txt`) ?? '').matchAll(/^(\S+) /gm)].map(([, name]) => name!)
/** What ss printed in each namespace. */
const sockets =
  (lines: (space: string, node: string) => readonly string[]): Change =>
  (files) => {
    for (const node of ['n1', 'n2', 'n3']) {
      const text = spacesOf(files, node).flatMap((space) => lines(space, node).map((line) => `${space} ${line}\n`))
      files.set(`nodes/${node}/sockets.txt`, text.join(''))
    }
  }
const listening = (local: string) => sockets(() => ['-', `tcp LISTEN 0 128 ${local} 0.0.0.0:*`])
/** A namespace that nobody removed, with the addresses of each that is there. */
const leaked: Change = (files) => {
  for (const node of ['n1', 'n2', 'n3']) {
    const path = `nodes/${node}/pod-netns.txt`
    files.set(path, files.get(path)!.replaceAll(/^(\S+ .*)$/gm, 'old-$1\n$1'))
  }
}
const dual = (change: Change): Bending => ({
  ...{ files: change, service: 'shop/web-dual', capture: 'k8s-1.36-iptables-nft-dualstack-bridge' },
})

/** What the nodes do of it is not looked at: their rules are those of the healthy cluster. */
const API_ONLY = /^SVP[18]/

const CASES: readonly (readonly [what: string, bending: Bending, codes: readonly string[], says?: RegExp])[] = [
  ['healthy', {}, []],

  [
    '101: nothing fits',
    web(all(spec('web', { selector: { app: 'wob' } }), noEndpoints())),
    ['SVP101 error'],
    /app=wob: every connection is refused; closest is the pod \S+, whose app is /,
  ],
  [
    '101: nothing in common, no closest',
    web(all(spec('web', { selector: { tier: 'x' } }), noEndpoints())),
    ['SVP101 error'],
    /tier=x: every connection is refused$/,
  ],
  [
    '101: a value that fits is closer than a key',
    web(all(spec('web', { selector: { app: 'web', tier: 'x' } }), noEndpoints())),
    ['SVP101 error'],
    /closest is the pod web-\S+, whose tier is not set$/,
  ],
  [
    '101: headless',
    web(all(spec('web-headless', { selector: { app: 'wob' } }), noEndpoints('web-headless')), {
      service: 'shop/web-headless',
    }),
    ['SVP101 error'],
    /its name has no address in DNS/,
  ],
  [
    '101: endpoints that are not ready linger',
    web(
      all(
        spec('web', { selector: { app: 'wob' } }),
        conditions(() => state(false)),
      ),
    ),
    ['SVP101 error'],
    /5 endpoints that are not ready are left over/,
  ],
  [
    '101: pods of another namespace alone',
    web(all(noPods(of('shop')), noEndpoints())),
    ['SVP102 error', 'SVP802 warning'],
    /of shop were not collected: not known whether SVP101|its pods were not read/,
  ],
  [
    '101: an empty list of pods',
    web(
      all(
        noPods(() => true),
        noEndpoints(),
      ),
    ),
    ['SVP101 error'],
  ],
  [
    '101: a table without labels',
    web(all(table('NAME READY STATUS RESTARTS AGE', 'web-1 1/1 Running 0 5m'), noEndpoints())),
    ['SVP102 error', 'SVP802 warning'],
  ],
  [
    '101: a table with labels',
    web(all(table('NAME READY STATUS RESTARTS AGE LABELS', 'web-1 1/1 Running 0 5m app=wob'), noEndpoints())),
    ['SVP101 error'],
    /web-1, whose app is wob/,
  ],
  ['101: pods not read, endpoints ready', web(without('pods')), []],

  [
    '102: none ready',
    web(
      all(
        pods(unready),
        conditions(() => state(false)),
      ),
    ),
    ['SVP102 error'],
    /5 pods match, none is ready: every connection is refused; web-\S+ is running, not ready \(ContainersNotReady\)$/,
  ],
  [
    '102: the probe is named',
    web(
      all(
        pods((pod) => {
          unready(pod)
          pod.status.containerStatuses[0].ready = false
        }),
        conditions(() => state(false)),
      ),
    ),
    ['SVP102 error'],
    /does not pass its readiness probe \(GET :8080\/\)/,
  ],
  [
    '102: pods are ready, the slices are empty',
    web(noEndpoints()),
    ['SVP102 error'],
    /5 pods that it selects are ready, but the slices list none as ready/,
  ],
  [
    '102: headless',
    web(
      all(
        pods(unready),
        conditions(() => state(false), 'web-headless'),
      ),
      { service: 'shop/web-headless' },
    ),
    ['SVP102 error'],
    /its name has no address in DNS/,
  ],
  [
    '102: no selector, no endpoints',
    web(noEndpoints('manual'), { service: 'shop/manual' }),
    ['SVP102 error'],
    /no endpoints were created for it/,
  ],
  [
    '102: no selector, not ready',
    web(
      conditions(() => state(false), 'manual'),
      { service: 'shop/manual' },
    ),
    ['SVP102 error'],
    /its one manual endpoint is not ready/,
  ],
  [
    '102: one that is to run is named before one that has ended',
    web(
      all(
        pods((pod, i) => (i < 4 ? ended('Succeeded') : unready)(pod)),
        conditions(() => state(false)),
      ),
    ),
    ['SVP102 error'],
    /is running, not ready/,
  ],
  [
    '102: all have ended',
    web(all(pods(ended('Failed')), noEndpoints())),
    ['SVP102 error'],
    /5 pods match, and all have ended: .* is failed/,
  ],
  [
    '102: all terminate',
    web(
      all(
        pods(all2(unready, leaving)),
        conditions(() => state(false, false, true)),
      ),
    ),
    ['SVP102 error'],
    /is terminating/,
  ],
  [
    '102: pods not read',
    web(
      all(
        without('pods'),
        conditions(() => state(false)),
      ),
    ),
    ['SVP102 error'],
    /none of the 5 endpoints is ready: every connection is refused; its pods were not read/,
  ],
  [
    '102: one family of two',
    web(
      (files) =>
        endpoints(files, 'web-dual', (every, slice) =>
          every.map((one) => ({ ...one, conditions: state(slice.addressType === 'IPv4') })),
        ),
      { service: 'shop/web-dual', capture: 'k8s-1.36-iptables-nft-dualstack-bridge' },
    ),
    ['SVP102 error'],
    /none of the \d IPv6 endpoints is ready: every connection over IPv6 is refused/,
  ],

  [
    '103: no pod declares the name, and the nodes reject as they should',
    web(
      all(
        port('nope'),
        slices((_one, _i, slice) => {
          slice.ports = []
        }),
        rejected,
      ),
    ),
    ['SVP103 error'],
    /none of 5 pods declares a TCP port called nope \(.*\): they get no connection to port 80/,
  ],
  [
    '103: the same with null for ports',
    web(
      all(
        port('nope'),
        slices((_one, _i, slice) => {
          slice.ports = null
        }),
        rejected,
      ),
    ),
    ['SVP103 error'],
  ],
  ['103: an Endpoints object has no such pod at all', web(all(port('nope'), noEndpoints())), ['SVP103 error']],
  [
    '103: some pods',
    web(
      all(
        port('http'),
        pods((pod, i) => {
          if (i === 0) pod.spec.containers[0].ports = []
        }),
        slices((_one, _i, slice) => {
          slice.ports[0].name = 'http'
        }),
      ),
    ),
    ['SVP103 error'],
    /1 of 5 pods declares no TCP port called http \(web-\S+\) and gets no connection/,
  ],
  [
    '103: the only pod',
    web(all(spec('web-local', { ports: [{ port: 80, targetPort: 'nope', protocol: 'TCP', nodePort: 30081 }] })), {
      service: 'shop/web-local',
    }),
    ['SVP103 error'],
    /the pod solo-\S+ declares no TCP port called nope and gets no/,
  ],
  [
    '103: pods that are no more do not count',
    web(
      all(
        port('http'),
        pods((pod, i) => {
          if (i > 1) return
          pod.spec.containers[0].ports = []
          ;(i === 0 ? ended('Succeeded') : leaving)(pod)
        }),
        slices((_one, _i, slice) => {
          slice.ports[0].name = 'http'
        }),
      ),
    ),
    [],
  ],
  [
    '103: headless',
    web(spec('web-headless', { ports: [{ port: 80, targetPort: 'nope', protocol: 'TCP' }] }), {
      service: 'shop/web-headless',
    }),
    ['SVP103 info'],
    /no SRV record/,
  ],
  [
    '103: a table tells no ports',
    web(
      all(
        port('http'),
        slices((_one, _i, slice) => {
          slice.ports[0].name = 'http'
        }),
        table('NAME READY STATUS RESTARTS AGE LABELS', 'web-1 1/1 Running 0 5m app=web'),
        managedBy('endpointslice-controller.k8s.io'),
        (files) => endpoints(files, 'web', (every) => every.map((one) => ({ ...one, targetRef: undefined }))),
      ),
    ),
    [],
  ],

  [
    '104: a rollout whose new pods are not ready',
    web(conditions((i) => (i < 3 ? state(false, true, true) : state(false)))),
    ['SVP104 warning'],
    /only terminating endpoints still serve \(3\), and 2 others are not ready/,
  ],
  [
    '104: scaled down',
    web(conditions((i) => state(false, i < 2, true))),
    ['SVP104 warning'],
    /still serve \(2\), and none replaces them/,
  ],
  ['104: one is ready', web(conditions((i) => (i === 0 ? state(true) : state(false, true, true)))), []],
  [
    '104: dual stack counts a pod once',
    web(
      conditions(() => state(false, true, true), 'web-dual'),
      { service: 'shop/web-dual', capture: 'k8s-1.36-iptables-nft-dualstack-bridge' },
    ),
    ['SVP104 warning'],
    /still serve \(5\)/,
  ],

  ['105: two live pods', web(client(address)), ['SVP105 error'], /hold one address/],
  [
    '105: the other has ended',
    web(client(all2(address, ended('Succeeded')))),
    ['SVP105 info'],
    /shop\/client, which has ended/,
  ],
  [
    '105: the other is terminating',
    web(client(all2(address, leaving))),
    ['SVP105 info'],
    /shop\/client, which is terminating/,
  ],
  [
    '105: the slice names the one that has ended',
    web(
      all(
        client(all2(address, ended('Succeeded'))),
        slices((one) => {
          if (one.addresses[0] === '10.244.1.4') one.targetRef.name = 'client'
        }),
        client((pod) => {
          pod.metadata.labels.app = 'web'
        }),
      ),
    ),
    ['SVP105 error'],
    /the slices name the pod shop\/client at 10\.244\.1\.4, which has ended, and the address is shop\/web-\S+'s now/,
  ],
  [
    '105: two endpoints of one address',
    web(
      all((files) =>
        endpoints(files, 'web', (every) => [
          ...every,
          {
            ...every.find((one) => one.addresses[0] === '10.244.1.4'),
            targetRef: { kind: 'Pod', name: 'client', namespace: 'shop' },
          },
        ]),
      ),
    ),
    ['SVP105 error'],
    /the slices name shop\/web-\S+ and shop\/client at one address/,
  ],
  [
    '105: on the host network',
    web(
      client((pod) => {
        address(pod)
        pod.spec.hostNetwork = true
      }),
    ),
    [],
  ],
  [
    '105: a table of pods on the host network',
    web(
      all(
        table(
          'NAME READY STATUS RESTARTS AGE IP NODE NOMINATED NODE READINESS GATES LABELS',
          'hostweb 1/1 Running 0 5m 172.30.0.13 n3 <none> <none> app=hostweb',
          'kube-proxy-1 1/1 Running 0 5m 172.30.0.13 n3 <none> <none> app=proxy',
        ),
      ),
      { service: 'shop/hostweb' },
    ),
    [],
  ],

  ['106: not ready', web(nodeReady('n2', 'False')), ['SVP106 warning'], /n2 is not ready/],
  ['106: a kubelet that nobody hears of', web(nodeReady('n2', 'Unknown')), ['SVP106 warning'], /n2 is not ready/],
  ['106: gone', web(node('n9', true)), ['SVP106 warning'], /n9 is gone/],
  [
    '106: a name that no node has',
    web(node('vm9', false)),
    ['SVP106 warning'],
    /the node vm9, which the cluster does not have/,
  ],
  ['106: no name', web(node(undefined, false)), []],
  ['106: only one node was read, by its name', web(alone('nodes', 'n1')), []],
  [
    '101: only one pod was read, by its name',
    web(all(noEndpoints(), alone('pods', 'client'))),
    ['SVP102 error', 'SVP802 warning'],
    /its pods were not read/,
  ],
  ['107: only one pod was read, by its name', web(alone('pods', 'client')), []],
  [
    '102: of two slices only one was read, by its name',
    {
      ...{ service: 'shop/web-dual', capture: 'k8s-1.36-iptables-nft-dualstack-bridge' },
      files: all(without('endpoints'), alone('endpointslices', 'web-dual-')),
    },
    // Of the cluster DNS there is no slice then.
    ['SVP802 info'],
  ],

  ['107: made by hand', web(managedBy(undefined)), ['SVP107 warning'], /has no controller/],
  [
    '107: mirrored, and left over',
    web(managedBy('endpointslicemirroring-controller.k8s.io')),
    ['SVP107 warning'],
    /a copy of an Endpoints object/,
  ],
  ['107: another controller', web(managedBy('mesh.example.com')), ['SVP107 info'], /up to that/],
  [
    '107: mirrored, without a selector',
    web(
      slices((_one, _i, slice) => {
        slice.metadata.labels['endpointslice.kubernetes.io/managed-by'] = 'endpointslicemirroring-controller.k8s.io'
      }, 'manual'),
      { service: 'shop/manual' },
    ),
    [],
  ],
  [
    '107: the pods are gone',
    web(noPods(isWeb)),
    ['SVP107 warning'],
    /lists 5 pods that are gone or have no longer the labels/,
  ],
  [
    '107: one pod lost the label',
    web(
      pods((pod, i) => {
        if (i === 0) pod.metadata.labels.app = 'quarantine'
      }),
    ),
    ['SVP107 warning'],
    /lists 1 pod that is gone or has no longer the labels of the selector \(web-/,
  ],

  [
    '108: nothing listens at all',
    web(sockets(() => ['-'])),
    ['SVP108 error'],
    /nothing listens on port 8080\/tcp in web-/,
  ],
  [
    '108: listens elsewhere',
    web(listening('127.0.0.1:8080')),
    ['SVP108 error'],
    /and 2 more \(web-\S+ listens on 127\.0\.0\.1:8080\): connections/,
  ],
  [
    '108: an older recording, without the marker',
    web(sockets(() => ['tcp LISTEN 0 128 *:9090 *:*'])),
    ['SVP108 error'],
    / listens on \*:9090\)/,
  ],
  ['108: listens', web(listening('*:8080')), []],
  ['108: the sockets of no namespace were read', web(sockets(() => [])), []],
  [
    '108: a namespace left behind does not listen',
    web(
      all(
        leaked,
        sockets((space) => (space.startsWith('old-') ? ['-'] : ['-', 'tcp LISTEN 0 128 *:8080 *:*'])),
      ),
    ),
    [],
  ],
  [
    '108: the pod went before it was read, a namespace left behind was',
    web(
      all(
        leaked,
        sockets((space) => (space.startsWith('old-') ? ['-'] : [])),
      ),
    ),
    [],
  ],
  [
    '108: IPv4 alone',
    dual(listening('0.0.0.0:8080')),
    ['SVP108 error'],
    /in web-[^,]+, web-[^,]+, web-[^,]+ and 2 more \(web-\S+ listens on 0\.0\.0\.0:8080\):/,
  ],
  ['108: IPv6 alone', dual(listening('[::]:8080')), ['SVP108 error']],
  ['108: both', dual(listening('*:8080')), []],
  [
    '108: live, one node’s were not read',
    web(
      all(listening('*:8080'), (files) => void files.delete('nodes/n2/sockets.txt')),
      { source: 'live' },
    ),
    Array.from({ length: 5 }, () => 'SVP802 info'),
    /^the sockets in the pods' namespaces of n2 were|^the NetworkPolicies were|^the counters of the network stack/i,
  ],
  [
    '109: a node port of two',
    web(
      (files) =>
        objects(files, 'services', (items) => {
          named(items, 'web-local').spec.ports[0].nodePort = 30080
        }),
      { service: 'shop/web-np' },
    ),
    ['SVP109 error'],
  ],
]

function all2(...changes: ((pod: Item) => void)[]) {
  return (pod: Item) => {
    for (const change of changes) change(pod)
  }
}

const shown = (found: readonly Finding[]) =>
  found.filter(({ code }) => API_ONLY.test(code)).map(({ code, severity }) => `${code} ${severity}`)

const ROWS = CASES.map(([what, bending, codes, says = /^/]) => [what, bending, codes, says] as const)

test.each(ROWS)('%s', async (_, bending, codes, says) => {
  const found = await findingsIn(bending)
  expect(shown(found)).toEqual(codes)
  for (const { code, message, fix } of found.filter(({ code }) => code.startsWith('SVP1'))) {
    expect(message, code).toMatch(says)
    expect(message).not.toMatch(/undefined|null|NaN|\[object/)
    // A command to be pasted comes first, and a note behind it.
    expect(fix).toMatch(/^(kubectl|ip) /)
  }
})

test('103: where no pod declares the port, nothing else is told', async () => {
  const bending = CASES.find(([what]) => what.startsWith('103: no pod declares'))![1]
  expect((await findingsIn(bending)).map(({ code }) => code)).toEqual(['SVP103'])
})

test('105: what should go is what has ended, and never a live pod', async () => {
  const fixes = async (change: (pod: Item) => void) =>
    (await findingsIn({ files: client(change) })).map(({ fix }) => fix)
  expect(await fixes(all2(address, ended('Failed')))).toEqual(['kubectl delete pod -n shop client'])
  expect((await fixes(address))[0]).toMatch(
    /^kubectl get pods -A -o wide --field-selector status.podIP=10.244.1.4 {2}# /,
  )
})
