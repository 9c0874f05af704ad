/** What tests of node ports, host ports, load balancers and policy engines bend a capture by. */
import { type Files, named, objects, replace } from '../bend.ts'
import type { Bend } from '../bendings.ts'

const HEALTH_PORT = 32154

/** What a node answers at the health-check node port of shop/web-lb-local. */
export const health =
  (node: string, ...lines: string[]): Bend =>
  (files) =>
    void files.set(`nodes/${node}/health-checks.txt`, [`port ${HEALTH_PORT}`, ...lines, ''].join('\n'))

/** As kube-proxy answers. */
export const healthy = (localEndpoints: number, name = 'web-lb-local', serviceProxyHealthy = true): string[] => [
  'listening 1',
  'asked 172.30.0.12',
  JSON.stringify({ service: { namespace: 'shop', name }, localEndpoints, serviceProxyHealthy }, null, 1),
]

export const annotated =
  (service: string, annotations: object): Bend =>
  (files) =>
    objects(files, 'services', (items) => Object.assign(named(items, service).metadata.annotations, annotations))

/** Says how the nodes treat the load balancer's address. */
export const ipMode =
  (service: string, mode: string): Bend =>
  (files) =>
    objects(files, 'services', (items) => {
      named(items, service).status.loadBalancer.ingress[0].ipMode = mode
    })

/** Gives the pod of an address a host port that leads to its port 8080. */
export const hostPort =
  (address: string, change: (pod: { spec: Record<string, unknown> }) => void = () => undefined): Bend =>
  (files) =>
    objects(files, 'pods', (items) => {
      const pod = items.find(({ status }) => status.podIP === address)
      pod.spec.containers[0].ports[0].hostPort = 8000
      change(pod)
    })

/** What portmap writes into nat for it. */
export const portmap =
  (node: string, address: string, port = 8080): Bend =>
  (files) =>
    replace(
      files,
      `nodes/${node}/iptables-save.txt`,
      /(\*nat\n(?::.*\n)+)/,
      `$1:CNI-HOSTPORT-DNAT - [0:0]\n:CNI-DN-0a1b2c - [0:0]\n[0:0] -A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT\n[0:0] -A CNI-HOSTPORT-DNAT -p tcp -m multiport --dports 8000 -j CNI-DN-0a1b2c\n[0:0] -A CNI-DN-0a1b2c -p tcp -m tcp --dport 8000 -j DNAT --to-destination ${address}:${port}\n`,
    )

const list =
  (file: string, items: object[]): Bend =>
  (files) =>
    void files.set(`api/${file}.json`, JSON.stringify({ apiVersion: 'v1', kind: 'List', metadata: {}, items }))

const advertisement = (kind: string, spec: object) => ({
  ...{ apiVersion: 'metallb.io/v1beta1', kind, metadata: { name: 'a', namespace: 'metallb-system' } },
  spec,
})

export interface MetalLB {
  l2?: object[] | null
  bgp?: object[] | null
  /** The node that announces shop/web-lb-local; null: none does. Absent: not collected. */
  node?: string | null
}

/** MetalLB gave shop/web-lb-local its address, from the pool `street`. */
export const metalLB =
  ({ l2 = [], bgp = [], node }: MetalLB): Bend =>
  (files: Files) => {
    annotated('web-lb-local', { 'metallb.io/ip-allocated-from-pool': 'street' })(files)
    const put = (kind: string, file: string, specs: object[] | null) =>
      specs === null
        ? undefined
        : list(
            file,
            specs.map((spec) => advertisement(kind, spec)),
          )(files)
    put('L2Advertisement', 'l2advertisements', l2)
    put('BGPAdvertisement', 'bgpadvertisements', bgp)
    if (node === undefined) return
    const status = { node, serviceName: 'web-lb-local', serviceNamespace: 'shop' }
    const metadata = { name: 'l2-x', namespace: 'metallb-system' }
    const one = { apiVersion: 'metallb.io/v1beta1', kind: 'ServiceL2Status', metadata, status }
    list('servicel2statuses', node === null ? [] : [one])(files)
  }

/** kube-router's chains on n2, for the pods of these addresses. */
export const kubeRouter =
  (...addresses: string[]): Bend =>
  (files) =>
    replace(
      files,
      'nodes/n2/iptables-save.txt',
      /(\*filter\n(?::.*\n)+)/,
      [
        '$1:KUBE-ROUTER-FORWARD - [0:0]\n',
        ...addresses.map((_, i) => `:KUBE-POD-FW-${i} - [0:0]\n`),
        '[0:0] -A FORWARD -j KUBE-ROUTER-FORWARD\n',
        ...addresses.flatMap((address, i) => [
          `[0:0] -A KUBE-ROUTER-FORWARD -d ${address}/32 -j KUBE-POD-FW-${i}\n`,
          `[0:0] -A KUBE-POD-FW-${i} -m mark --mark 0x20000/0x20000 -j ACCEPT\n`,
        ]),
      ].join(''),
    )

/** A policy for the pods that a selector finds. */
export const policy = (podSelector: object, policyTypes = ['Ingress']): Bend =>
  list('networkpolicies', [
    {
      ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
      metadata: { name: 'only-me', namespace: 'shop' },
      spec: { podSelector, policyTypes },
    },
  ])
