import type { KubeObject } from '../../../src/kube/api.ts'
import { captureFiles } from '../../fixtures.ts'
import type { Role } from './listener.ts'

/** What a capture's API held, and what the lab makes of it. */
export interface Plan {
  objects: KubeObject[]
  /** Pods with a namespace of their own. */
  pods: PodPlan[]
  /** The pods that kube-proxy would run as, by node. */
  proxies: ReadonlyMap<string, string>
  /** What kube-proxy tells load balancers on a node. */
  healthChecks(node: string): HealthPlan[]
  /** `iptables-save.txt` and its like, by node. */
  rules(node: string, file: string): string | null
}

/** What kube-proxy answers at the health-check node port of a service. */
export interface HealthPlan {
  port: number
  service: { namespace: string; name: string }
  localEndpoints: number
}

export interface PodPlan {
  namespace: string
  name: string
  node: string
  address: string
  /** Of a pod with two families; null: none. */
  address6: string | null
  role: Role
}

interface PodShape extends KubeObject {
  spec: {
    nodeName: string
    hostNetwork?: boolean
    containers: { ports?: { containerPort: number; protocol: string }[] }[]
  }
  status: { podIP: string; podIPs?: { ip: string }[] }
}

export async function planOf(
  capture: string,
  change: (objects: KubeObject[]) => void = () => undefined,
): Promise<Plan> {
  const files = (await captureFiles((path) => /^(api|nodes)\//.test(path))).filter((file) => file.capture === capture)
  const objects = files.filter(({ path }) => path.startsWith('api/')).flatMap(({ text }) => objectsOf(JSON.parse(text)))
  change(objects)
  const zone = zoneOf(objects)
  const all = objects.filter((one): one is PodShape => one.kind === 'Pod')
  const pods = all
    .filter(({ spec }) => !spec.hostNetwork)
    .map(({ metadata, spec, status }) => {
      const ports = spec.containers.flatMap(({ ports = [] }) =>
        ports.flatMap(({ containerPort, protocol }) =>
          protocol === 'TCP' && containerPort !== 53 ? containerPort : [],
        ),
      )
      const name = metadata!.name!
      const isDns = metadata!.labels?.['k8s-app'] === 'kube-dns'
      const role = { name, ports: [...new Set(ports)], zone: isDns ? zone : null }
      const address6 = status.podIPs?.find(({ ip }) => ip.includes(':'))?.ip ?? null
      return { namespace: metadata!.namespace!, name, node: spec.nodeName, address: status.podIP, address6, role }
    })
  const nodes = objects.filter(({ kind }) => kind === 'Node').map(({ metadata }) => metadata!.name!)
  const proxies = new Map(nodes.map((node) => [node, `kube-proxy-${node}`]))
  const made = [...proxies].map(([node, name]) => proxyPod(node, name))
  const kept = objects.filter(({ kind, metadata }) => kind !== 'Pod' || !metadata?.name?.startsWith('kube-proxy'))
  return {
    objects: [...kept, ...made],
    pods,
    proxies,
    healthChecks: (node) => healthChecksOf(objects, node),
    rules: (node, file) => files.find(({ path }) => path === `nodes/${node}/${file}`)?.text ?? null,
  }
}

/** The items of a List name no kind of their own. */
function objectsOf(file: KubeObject & { items?: KubeObject[] }): KubeObject[] {
  if (!file.items) return file.kind ? [file] : []
  const kind = file.kind === 'List' ? undefined : file.kind?.replace(/List$/, '')
  return file.items.map((item) => ({
    ...item,
    apiVersion: item.apiVersion ?? file.apiVersion!,
    kind: item.kind ?? kind!,
  }))
}

/** On the captured clusters kube-proxy was a process; as most have it, it is a pod. */
const proxyPod = (node: string, name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'kube-system', labels: { 'k8s-app': 'kube-proxy' } },
  spec: {
    nodeName: node,
    hostNetwork: true,
    containers: [{ name: 'kube-proxy', image: 'kube-proxy', securityContext: { privileged: true } }],
  },
  status: { phase: 'Running' },
})

interface ServiceShape extends KubeObject {
  spec: {
    clusterIP?: string
    clusterIPs?: string[]
    externalName?: string
    type?: string
    healthCheckNodePort?: number
  }
}

interface SliceShape extends KubeObject {
  endpoints?: { addresses: string[]; nodeName?: string; conditions?: { ready?: boolean } }[] | null
}

function healthChecksOf(objects: readonly KubeObject[], node: string): HealthPlan[] {
  const slices = objects.filter((one): one is SliceShape => one.kind === 'EndpointSlice')
  return objects
    .filter((one): one is ServiceShape => one.kind === 'Service')
    .flatMap(({ metadata, spec: { healthCheckNodePort: port } }) => {
      const { name, namespace } = metadata as { name: string; namespace: string }
      const here = slices
        .filter(
          (one) =>
            one.metadata?.namespace === namespace && one.metadata.labels?.['kubernetes.io/service-name'] === name,
        )
        .flatMap(({ endpoints }) => endpoints ?? [])
        .filter(({ nodeName, conditions }) => nodeName === node && conditions?.ready !== false)
      return port ? [{ port, service: { namespace, name }, localEndpoints: here.length }] : []
    })
}

/** What the cluster's DNS has to answer (Kubernetes' DNS specification), made of the objects and not of what is tested. */
function zoneOf(objects: readonly KubeObject[]): Record<string, string[]> {
  const zone: Record<string, string[]> = {}
  const slices = objects.filter((one): one is SliceShape => one.kind === 'EndpointSlice')
  for (const service of objects.filter((one): one is ServiceShape => one.kind === 'Service')) {
    const { name, namespace } = service.metadata!
    const own = slices.filter(
      ({ metadata }) => metadata?.namespace === namespace && metadata?.labels?.['kubernetes.io/service-name'] === name,
    )
    const ready = own.flatMap(({ endpoints }) =>
      (endpoints ?? []).flatMap(({ addresses, conditions }) => (conditions?.ready === false ? [] : addresses)),
    )
    const fqdn = `${name}.${namespace}.svc.cluster.local`
    const { clusterIPs = [], externalName } = service.spec
    if (externalName) zone[`CNAME ${fqdn}`] = [externalName]
    for (const address of clusterIPs[0] === 'None' ? new Set(ready) : clusterIPs) {
      const key = `${address.includes(':') ? 'AAAA' : 'A'} ${fqdn}`
      zone[key] = [...(zone[key] ?? []), address]
    }
  }
  return zone
}
