/** What the Kubernetes API says, as far as it was collected. */
import type { FrontObjects } from './front/objects.ts'

export type Protocol = 'TCP' | 'UDP' | 'SCTP'

export interface ServicePort {
  /** '' where it has none. */
  name: string
  /** 0 where only rules are known that do not show it. */
  port: number
  protocol: Protocol
  /** A number or a container port's name; null where only the rules are known. */
  targetPort: string | null
  nodePort: number | null
  /** The text shows rules for clients inside or outside the cluster, but not the port that they come by. */
  unseen?: 'inside' | 'outside'
}

export interface Service {
  namespace: string
  name: string
  /** Null where the text does not tell. */
  type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName' | null
  /** Empty for ExternalName; `None` never stands here, see `headless`. */
  clusterIPs: string[]
  headless: boolean
  ports: ServicePort[]
  externalIPs: string[]
  loadBalancerIPs: string[]
  loadBalancerHostnames: string[]
  loadBalancerSourceRanges: string[]
  externalTrafficPolicy: 'Cluster' | 'Local' | null
  internalTrafficPolicy: 'Cluster' | 'Local' | null
  /** Seconds of ClientIP affinity; null without affinity. */
  affinitySeconds: number | null
  /** Null: no selector. Undefined: the text does not tell. */
  selector: Record<string, string> | null | undefined
  externalName: string | null
  /** Absent where the text does not tell. */
  labels?: Record<string, string>
  /** The port at which every node tells load balancers whether it has endpoints; absent where it has none, or the text does not tell. */
  healthCheckNodePort?: number
  /** What its load balancer does to connections, by these annotations: whoever goes past it goes without. */
  balancerDoes?: { what: 'PROXY protocol' | 'TLS'; annotation: string }[]
  /** The pool that MetalLB took its address from, by its annotation. */
  addressPool?: string
  /** By which field it asks for endpoints near the client: `trafficDistribution: PreferClose`. Absent where it does not, or the text does not tell. */
  topology?: string
  /** Where it was read: `api/services.json`, `services.txt`, or the rules. */
  origin: string
}

/** One address of a slice with one of its ports. */
export interface Endpoint {
  namespace: string
  service: string
  address: string
  /**
   * Null where the slice has no port, as where no pod declares the named target port: kube-proxy leaves such an endpoint out
   * (endpointInfoByServicePort in pkg/proxy/endpointslicecache.go), DNS gives its address all the same.
   */
  port: number | null
  portName: string
  protocol: Protocol
  /** The text gives address and port alone: it may be of any port of the Service, in any protocol. */
  untold?: true
  ready: boolean
  serving: boolean
  terminating: boolean
  pod: { namespace: string; name: string } | null
  /** Other pods that slices name at the very same address and port; absent where there are none. */
  rivals?: { namespace: string; name: string }[]
  node: string | null
  /** Topology hints: which zones and nodes the slice means the endpoint for. Absent where it gives none. */
  hints?: { zones: string[]; nodes: string[] }
  /**
   * The EndpointSlice that holds it, the controller that its label names, and when a pod or the Service last changed it, as printed. Absent where it
   * came from elsewhere.
   */
  slice?: { name: string; managedBy: string | null; changedAt: string | null }
  origin: string
}

export interface Pod {
  namespace: string
  name: string
  ips: string[]
  node: string | null
  hostNetwork: boolean
  /** `Running`, `Pending`, `Succeeded` … */
  phase: string | null
  ready: boolean | null
  terminating: boolean
  labels: Record<string, string>
  /** What made it, as its controller's reference names it: a ReplicaSet for the pods of a Deployment. Absent where nothing did, or the text does not tell. */
  owner?: { kind: string; name: string }
  containerPorts: { name: string; port: number; protocol: Protocol }[]
  /** Ports of its node that lead to it; absent where it has none, or the text does not tell. */
  hostPorts?: HostPort[]
  /** When the kubelet took it on, as printed. */
  startedAt?: string
  /** For how many seconds its preStop hooks sleep before a container is told to stop: the shortest of its containers with such a hook. */
  preStopSleep?: number
  /** After how many seconds it is killed once it is to stop. Absent where the text does not tell. */
  gracePeriod?: number
  /** Why it is not ready, as far as the API tells: `container web waits: CrashLoopBackOff`. Absent where it is ready, or nothing tells. */
  trouble?: string
  /** What a pasted table leaves open, and stands above as if there were none. */
  untold?: readonly ('hostNetwork' | 'labels' | 'containerPorts')[]
}

/** A port of a pod's node that leads to the pod. `address`: that of the node, where it is for one alone. */
interface HostPort {
  port: number
  containerPort: number
  protocol: Protocol
  address: string | null
}

/** What MetalLB says of itself. Null: not collected. */
interface MetalLB {
  announcers: Announcer[] | null
  /** Null too where those of one protocol alone were collected. */
  advertisements: Advertisement[] | null
}

/** The node that answers for a service's address on its network (layer 2). */
export interface Announcer {
  namespace: string
  service: string
  node: string
}

/** Which pools of addresses are announced, and how. `pools` null: it chooses them by their labels, or in a way that is not known. */
export interface Advertisement {
  by: 'L2' | 'BGP'
  pools: string[] | 'all' | null
}

export interface Node {
  name: string
  addresses: { type: string; address: string }[]
  podCIDRs: string[]
  /** topology.kubernetes.io/zone; absent where the node has no such label. */
  zone?: string
  /** False too where nobody has heard of its kubelet for a while; null where it is not told. */
  ready: boolean | null
  operatingSystem: string | null
  /** `6.1.0-28-amd64`; absent where the text does not tell. */
  kernel?: string
  /** The kubelet's version: `v1.35.0`; absent where the text does not tell. */
  kubelet?: string
}

/** Which pods a NetworkPolicy selects; what it allows is for the CNI plugin's rules to tell. */
export interface NetworkPolicy {
  namespace: string
  name: string
  /** It has a say in what comes in. */
  ingress: boolean
  matchLabels: Record<string, string>
  matchExpressions: { key: string; operator: string; values: string[] }[]
}

/** Each list is null where it was not collected; `services` may be partial when it was read off a pasted table. */
export interface Cluster {
  services: Service[] | null
  pods: Pod[] | null
  /** An empty list of pods was read: of the service's namespace there are none, whatever pods of others stand in `pods`. */
  podsAreNone?: true
  /** Some pods were read one by one, and no list of them: there may be others. */
  podsArePartial?: true
  /** `services` are those of the whole cluster: all were asked for. */
  servicesAreAll?: true
  nodes: Node[] | null
  /** As with pods. */
  nodesArePartial?: true
  /** Absent where they were not collected. */
  networkPolicies?: NetworkPolicy[]
  metalLB: MetalLB
  /** Ingress and the Gateway API; absent where none of their objects was collected. */
  front?: FrontObjects
  /** The zone that the Corefile's kubernetes plugin answers for. */
  dnsDomain: string | null
  version: string | null
  /** The endpoints of one service; null where they were not collected. Read when asked for: a cluster can hold many. */
  endpointsOf(namespace: string, service: string): readonly Endpoint[] | null
  /** What the older Endpoints object of a service lists; null where it was not collected, or says less than there is. */
  endpointsObjectOf(namespace: string, service: string): readonly Endpoint[] | null
  /** True where the text left some of them out, as kubectl's `+ 2 more...` does: then none can be called stale. */
  endpointsArePartial(namespace: string, service: string): boolean
}

/** A Service of which nothing but the name is known. */
export const unknownService = (namespace: string, name: string, origin: string): Service => ({
  namespace,
  name,
  type: null,
  clusterIPs: [],
  headless: false,
  ports: [],
  externalIPs: [],
  loadBalancerIPs: [],
  loadBalancerHostnames: [],
  loadBalancerSourceRanges: [],
  externalTrafficPolicy: null,
  internalTrafficPolicy: null,
  affinitySeconds: null,
  selector: undefined,
  externalName: null,
  origin,
})

/** The node that has an address, by the API; undefined where none is known to. */
export const nodeHolding = ({ nodes }: Cluster, address: string | null): Node | undefined =>
  nodes?.find(({ addresses }) => addresses.some((own) => own.address === address))

/** Is this what `--port` names: the port's number, its name, or its node port? */
export function isPort({ name, port, nodePort, protocol }: ServicePort, text: string): boolean {
  // `80/tcp`, as the output has it.
  const [wanted = '', ofProtocol, ...more] = text.split('/')
  if (more.length > 0 || (ofProtocol !== undefined && ofProtocol.toUpperCase() !== protocol)) return false
  return (
    wanted === String(port) || (wanted !== '' && wanted === name) || (nodePort !== null && wanted === String(nodePort))
  )
}

/** True for what the API takes as the name of a Service, Pod, Node or namespace; so no name holds a slash or an escape. */
export const isName = (text: string): boolean => text.length <= 253 && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(text)
