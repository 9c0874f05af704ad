import type { Cluster, Node, Pod, Service } from '../../model/cluster.ts'
import type { Problem } from '../../model/rules.ts'
import { mergeFront } from './front/objects.ts'
import { MergedEndpoints } from './merge-endpoints.ts'
import { type KubeParts, keyOf, sources } from './parts.ts'

export interface MergedCluster {
  cluster: Omit<Cluster, 'dnsDomain' | 'endpointsOf' | 'endpointsArePartial' | 'endpointsObjectOf'>
  /** Holds the DNS domain. */
  corefile: string | null
  /** Null: not told. Empty: told that there are none. */
  endpointsOf: Cluster['endpointsOf']
  endpointsObjectOf: Cluster['endpointsObjectOf']
  /** `namespace/name` of the services of whose endpoints the text holds a part only. */
  truncated: ReadonlySet<string>
  /** Those of all files. Endpoints that are read later add theirs here. */
  problems: Problem[]
}

/**
 * Makes one cluster of what many files tell. For the same object the API's words come before a description, and a
 * description before a table; what the better one leaves open is taken from the next. The first file wins among equals.
 */
export function mergeParts(parts: readonly KubeParts[]): MergedCluster {
  const problems = parts.flatMap((part) => part.problems)
  const ranked = sources.flatMap((source) => parts.filter((part) => part.source === source))
  const services = mergeServices(ranked, problems)
  const endpoints = new MergedEndpoints(ranked, services, problems)
  const collected = (kind: string): boolean => ranked.some(({ kinds }) => kinds.has(kind))
  const listOf = <T>(kind: string, items: T[]): T[] | null => (items.length > 0 || collected(kind) ? items : null)
  // `kubectl get pod NAME -o yaml` and `kubectl describe` show what was asked for. A table is taken for all that is there.
  const isPartial = (kind: string, itemsOf: (part: KubeParts) => readonly unknown[]): boolean =>
    !collected(kind) &&
    ranked.some((part) => itemsOf(part).length > 0) &&
    !ranked.some((part) => part.source === 'table' && itemsOf(part).length > 0)
  return {
    cluster: {
      services: listOf('Service', [...services.values()]),
      pods: listOf('Pod', mergePods(ranked)),
      ...(ranked.some(({ kinds, pods }) => kinds.has('Pod') && pods.length === 0)
        ? { podsAreNone: true as const }
        : {}),
      ...(isPartial('Pod', ({ pods }) => pods) ? { podsArePartial: true as const } : {}),
      nodes: listOf('Node', mergeNodes(ranked)),
      ...(isPartial('Node', ({ nodes }) => nodes) ? { nodesArePartial: true as const } : {}),
      ...(collected('NetworkPolicy') ? { networkPolicies: ranked.flatMap((part) => part.networkPolicies) } : {}),
      metalLB: {
        announcers: listOf(
          'ServiceL2Status',
          ranked.flatMap((part) => part.announcers),
        ),
        // Only of both together is it known that none is for a pool.
        advertisements:
          collected('L2Advertisement') && collected('BGPAdvertisement')
            ? ranked.flatMap((part) => part.advertisements)
            : null,
      },
      version: firstOf(ranked.map(({ version }) => version)),
      ...mergeFront(ranked.map(({ front }) => front)),
    },
    corefile: firstOf(ranked.map(({ corefile }) => corefile)),
    ...lookUpIn(endpoints),
    truncated: endpoints.truncated,
    problems,
  }
}

/** In a function of its own, which holds nothing else of all that was read. */
const lookUpIn = (endpoints: MergedEndpoints): Pick<MergedCluster, 'endpointsOf' | 'endpointsObjectOf'> => ({
  endpointsOf: (namespace, service) => endpoints.of(keyOf(namespace, service)),
  endpointsObjectOf: (namespace, service) => endpoints.byObject(keyOf(namespace, service)),
})

const firstOf = <T>(values: readonly (T | null)[]): T | null => values.find((value) => value !== null) ?? null

function mergeServices(ranked: readonly KubeParts[], problems: Problem[]): Map<string, Service> {
  const services = new Map<string, Service>()
  const whole = new Set<string>()
  for (const { source, services: more } of ranked) {
    for (const service of more) {
      const key = keyOf(service.namespace, service.name)
      const known = services.get(key)
      if (known && differ(known, service)) {
        const message = `Service ${key} has another cluster IP here than in ${known.origin}, which is used`
        problems.push({ file: service.origin, line: null, message })
      }
      if (source === 'objects') whole.add(key)
      if (!known) services.set(key, service)
      else if (source !== 'objects') services.set(key, fillService(known, service, whole.has(key)))
    }
  }
  return services
}

/** A table prints only the first cluster IP. */
const differ = (a: Service, b: Service): boolean =>
  a.clusterIPs.length > 0 && b.clusterIPs.length > 0 && a.clusterIPs[0] !== b.clusterIPs[0]

/** What a description or a table leaves open comes from another; an object lacks at most what the API itself assigns. */
function fillService(known: Service, other: Service, whole: boolean): Service {
  const addressed = known.clusterIPs.length > 0 || known.headless || known.type === 'ExternalName'
  const { clusterIPs, headless } = addressed ? known : other
  if (whole) return { ...known, clusterIPs, headless }
  const outside = known.loadBalancerIPs.length + known.loadBalancerHostnames.length + known.externalIPs.length > 0
  const { loadBalancerIPs, loadBalancerHostnames, externalIPs } = outside ? known : other
  return {
    ...known,
    ...{ clusterIPs, headless, loadBalancerIPs, loadBalancerHostnames, externalIPs },
    type: known.type ?? other.type,
    ports: known.ports.length > 0 ? known.ports : other.ports,
    selector: known.selector === undefined ? other.selector : known.selector,
    externalName: known.externalName ?? other.externalName,
  }
}

function mergePods(ranked: readonly KubeParts[]): Pod[] {
  const pods = new Map<string, Pod>()
  for (const pod of ranked.flatMap((part) => part.pods)) {
    const key = keyOf(pod.namespace, pod.name)
    const known = pods.get(key)
    const ips = known && known.ips.length > 0 ? known.ips : pod.ips
    pods.set(key, known ? { ...known, ips, node: known.node ?? pod.node } : pod)
  }
  return [...pods.values()]
}

function mergeNodes(ranked: readonly KubeParts[]): Node[] {
  const nodes = new Map<string, Node>()
  for (const node of ranked.flatMap((part) => part.nodes)) {
    const known = nodes.get(node.name)
    const addresses = known && known.addresses.length > 0 ? known.addresses : node.addresses
    nodes.set(node.name, { ...(known ?? node), addresses })
  }
  return [...nodes.values()]
}
