/**
 * A capture's cluster as if Cilium served it: kube-proxy's rules are taken away, and what the agent and its maps would say is written from the API's
 * objects, in the forms of 1.18 (test/fixtures/cilium). No such capture is real: what it proves is how evidence is read, not how Cilium behaves.
 */
import { joinHostPort } from '../src/model/address.ts'
import type { Files } from './diagnose/bend.ts'

interface Slice {
  metadata: { namespace: string; labels?: Record<string, string> }
  addressType: string
  ports?: { name?: string; port: number; protocol: string }[] | null
  endpoints?:
    | { addresses: string[]; nodeName?: string; conditions?: { ready?: boolean; terminating?: boolean } }[]
    | null
}

interface ServiceObject {
  metadata: { namespace: string; name: string }
  spec: {
    type: string
    clusterIPs?: string[]
    ports?: { name?: string; port: number; protocol: string; nodePort?: number }[]
    externalTrafficPolicy?: string
    internalTrafficPolicy?: string
    externalIPs?: string[]
  }
  status?: { loadBalancer?: { ingress?: { ip?: string }[] } }
}

interface Front {
  ip: string
  port: number
  protocol: string
  type: string
  /** By policy Local: `external` has the node's own backends, beside an `internal` one with all of them. */
  scope: 'external' | 'internal'
  /** The node's own backends alone. */
  local: boolean
  service: ServiceObject
  backends: { ip: string; port: number; nodeName?: string; state: string }[]
}

export interface CiliumOptions {
  mode?: string
  socketLb?: boolean
  nodePort?: { mode: string; algorithm: string }
  /** Keep kube-proxy's rules. */
  beside?: boolean
}

export const asCilium =
  (options: CiliumOptions = {}) =>
  (files: Files): void => {
    const cluster = frontsOf(files)
    const names = new Set([...files.keys()].flatMap((path) => /^nodes\/([^/]+)\//.exec(path)?.[1] ?? []))
    for (const node of names) {
      const fronts = cluster.map((front) => {
        const own = front.backends.filter(({ nodeName }) => nodeName === node)
        return front.local ? { ...front, backends: own } : front
      })
      for (const path of [...files.keys()]) if (path.startsWith(`nodes/${node}/`)) strip(files, path, options)
      write(files, node, fronts, options)
    }
  }

function strip(files: Files, path: string, { beside }: CiliumOptions): void {
  if (/kube-proxy|\/nft|iptables-legacy|iptables-(filter-)?L/.test(path)) files.delete(path)
  else if (/\/ip6?tables-save\.txt$/.test(path) && !beside)
    files.set(path, files.get(path)!.replace(/^(?=.*KUBE-).*\n/gm, ''))
}

function write(files: Files, node: string, fronts: readonly Front[], options: CiliumOptions): void {
  const { mode = 'True', socketLb = true, nodePort = { mode: 'SNAT', algorithm: 'Random' } } = options
  const features = { socketLB: { enabled: socketLb }, nodePort: { enabled: true, ...nodePort } }
  const status = {
    cilium: { state: 'Ok' },
    'kube-proxy-replacement': { mode, devices: ['eth0'], features },
  }
  files.set(`nodes/${node}/cilium-status.json`, `${JSON.stringify(status, null, 2)}\n`)
  const entries = fronts.map(({ ip, port, protocol, type, scope, service, backends }, i) => {
    const { namespace, name } = service.metadata
    const one = {
      'backend-addresses': backends.map((backend) => ({ ...backend, protocol, weight: 100 })),
      flags: { name, namespace, type },
      'frontend-address': { ip, port, protocol, scope },
      id: i + 1,
    }
    return { spec: one, status: { realized: one } }
  })
  files.set(`nodes/${node}/cilium-service-list.json`, `${JSON.stringify(entries, null, 2)}\n`)
  files.set(`nodes/${node}/cilium-bpf-lb-list.txt`, mapOf(fronts))
  files.set(`nodes/${node}/cilium-bpf-lb-list-frontends.txt`, countsOf(fronts))
}

const keyOf = ({ ip, port, protocol, scope }: Front): string =>
  `${joinHostPort(ip, port)}/${protocol}${scope === 'internal' ? '/i' : ''}`

/** Active backends first: those above the frontend's count are let go. */
const inOrder = ({ backends }: Front) =>
  [...backends].sort((a, b) => Number(b.state === 'active') - Number(a.state === 'active'))

const mapOf = (fronts: readonly Front[]): string =>
  [
    'SERVICE ADDRESS   BACKEND ADDRESS (REVNAT_ID) (SLOT)',
    ...fronts.flatMap((front, i) => [
      `${keyOf(front)} (0)   ${front.ip.includes(':') ? '[::]' : '0.0.0.0'}:0 (${i + 1}) (0) [${front.type}, non-routable]`,
      ...inOrder(front).map(
        ({ ip, port }, slot) =>
          `${keyOf(front)} (${slot + 1})   ${joinHostPort(ip, port)}/${front.protocol} (${i + 1}) (${slot + 1})`,
      ),
    ]),
    '',
  ].join('\n')

const countsOf = (fronts: readonly Front[]): string =>
  [
    'SERVICE ADDRESS   BACKEND ID',
    ...fronts.map((front, i) => {
      const active = front.backends.filter(({ state }) => state === 'active').length
      return `${keyOf(front)} (0)   0 ${active}[${front.backends.length - active}] (${i + 1}) [0x0 0x0]`
    }),
    '',
  ].join('\n')

function frontsOf(files: Files): Front[] {
  const items = <T>(name: string) => (JSON.parse(files.get(`api/${name}.json`)!) as { items: T[] }).items
  const slices = items<Slice>('endpointslices')
  return items<ServiceObject>('services').flatMap((service) => {
    const { type, clusterIPs = [], ports = [], externalIPs = [] } = service.spec
    if (type === 'ExternalName' || clusterIPs[0] === 'None') return []
    const isLocal = service.spec.externalTrafficPolicy === 'Local'
    const balancers = (service.status?.loadBalancer?.ingress ?? []).flatMap((one) => one.ip ?? [])
    return ports.flatMap((port) => {
      const front = (ip: string, own: number, kind: string): Front[] => {
        const backends = backendsOf(slices, service, ip.includes(':') ? 'IPv6' : 'IPv4', port)
        const all = { ip, port: own, type: kind, protocol: port.protocol, service, backends }
        const inner = kind === 'ClusterIP' && service.spec.internalTrafficPolicy === 'Local'
        if (kind === 'ClusterIP' || !isLocal) return [{ ...all, scope: 'external', local: inner }]
        return [
          { ...all, scope: 'external', local: true },
          { ...all, scope: 'internal', local: false },
        ]
      }
      return [
        ...clusterIPs.flatMap((ip) => [
          ...front(ip, port.port, 'ClusterIP'),
          ...(port.nodePort ? front(ip.includes(':') ? '::' : '0.0.0.0', port.nodePort, 'NodePort') : []),
        ]),
        ...externalIPs.flatMap((ip) => front(ip, port.port, 'ExternalIPs')),
        ...balancers.flatMap((ip) => front(ip, port.port, 'LoadBalancer')),
      ]
    })
  })
}

function backendsOf(
  slices: readonly Slice[],
  { metadata: { namespace, name } }: ServiceObject,
  family: string,
  port: { name?: string; protocol: string },
): Front['backends'] {
  return slices
    .filter(
      ({ metadata, addressType }) =>
        metadata.namespace === namespace &&
        metadata.labels?.['kubernetes.io/service-name'] === name &&
        addressType === family,
    )
    .flatMap(({ ports, endpoints }) => {
      const own = ports?.find((one) => (one.name ?? '') === (port.name ?? '') && one.protocol === port.protocol)
      if (!own) return []
      return (endpoints ?? [])
        .filter(({ conditions }) => conditions?.ready !== false || conditions?.terminating)
        .flatMap(({ addresses, nodeName, conditions }) =>
          addresses.map((ip) => ({
            ...{ ip, port: own.port, state: conditions?.terminating ? 'terminating' : 'active' },
            ...(nodeName ? { nodeName } : {}),
          })),
        )
    })
}
