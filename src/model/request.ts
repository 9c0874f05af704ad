/** What is asked of a node. */
import type { Protocol } from './cluster.ts'

export interface CollectRequest {
  /** Null: everything that the node holds (`-A`). Else only what concerns these services. */
  services: readonly WantedService[] | null
  /** `rules`: the rules alone, for looking again cheaply. */
  parts: 'all' | 'rules'
  /** The health-check node ports of services: whether anybody answers there. */
  healthChecks?: readonly number[]
  /** kube-proxy gave none of its answers in time a moment ago: it is not asked again. */
  proxyHangs?: true
}

/** What is asked of a node whose counters are read once more. */
export interface CounterRequest {
  /** What the rules of kube-proxy's chain in FORWARD counted, too. */
  forward: boolean
}

export interface WantedService {
  namespace: string
  name: string
  /** Cluster, external and load-balancer IPs, both families. */
  addresses: readonly string[]
  ports: readonly { name: string; port: number; protocol: Protocol; nodePort: number | null }[]
  /** Of all slices, whatever their state. */
  endpoints: readonly { address: string; port: number | null }[]
  /** Of the pods behind it, also those that match but are in no slice. */
  podAddresses: readonly string[]
}
