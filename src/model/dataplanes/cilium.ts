/**
 * What Cilium says of the Services that it serves on a node: the agent by its API (`cilium-dbg status`, `service list`, `endpoint list`), the kernel by its
 * maps (`cilium-dbg bpf …`). The two are told apart: a dead agent leaves the maps as they are. Null always means "this was not printed", never "none".
 */
import type { Protocol } from '../cluster.ts'

/** Everything of Cilium that was read of a node. */
export interface Cilium {
  status: CiliumStatus | null
  /** What the agent wants served. */
  services: CiliumList<CiliumService> | null
  /** What the kernel serves: the slots of its service map, each with the backend that it leads to. */
  slots: CiliumList<CiliumSlot> | null
  /** The first slot of each frontend as it stands in the map: how many of its slots are active. */
  masters: CiliumList<CiliumMaster> | null
  /** The kernel's backends, by number. */
  backends: ReadonlyMap<number, CiliumBackend> | null
  connections: readonly CiliumConnection[] | null
  drops: readonly CiliumDrop[] | null
  /** How full the agent counts its maps to be. */
  pressure: readonly CiliumPressure[] | null
  /** What the agent did not answer: its socket is gone, or nobody listens there. */
  refusal: CiliumSource | null
  /** That there is an agent which could not be asked. */
  unasked: CiliumSource | null
}

/** A list, and how much of it was printed. */
export interface CiliumList<T> {
  items: readonly T[]
  extent: CiliumExtent
}

/** `asked`: all that stands at these addresses or at these ports of the node, and nothing else. */
export type CiliumExtent =
  | { kind: 'all' | 'part' }
  | { kind: 'asked'; addresses: ReadonlySet<string>; ports: ReadonlySet<number> }

/** Where it was printed: the command that prints such lines, the file, its 1-based line (null in JSON), and the line as it stands. */
export interface CiliumSource {
  command: string
  file: string
  line: number | null
  text: string
}

export interface CiliumStatus {
  /** Does it serve in kube-proxy's place? `part`: some kinds of Services alone. */
  replaces: 'all' | 'part' | 'none' | null
  /** Are connections given their backend by connect() already, so that no packet ever carries the Service's address? */
  socketLb: boolean | null
  /** By connect() in the node's own network namespace alone: pods are served by tc. */
  socketLbHostOnly: boolean
  nodePort: {
    /** `SNAT`, `DSR`, `Hybrid` (DSR for TCP alone). */
    mode: string | null
    /** `Random`, `Maglev`. */
    algorithm: string | null
  } | null
  /** The interfaces at which connections from outside are served. */
  devices: readonly string[] | null
  /** `Ok`, `Warning`, `Failure`, as the agent says of itself. */
  state: string | null
  source: CiliumSource
}

/** Where connections are taken. `protocol` null: all of them (before 1.17 or so). */
export interface CiliumFrontend {
  address: string
  port: number
  protocol: Protocol | null
  /** `internal`: for clients in the cluster alone, beside an `external` one for all others. */
  scope: 'external' | 'internal'
}

export interface CiliumService {
  /** The number by which the maps know it. */
  id: number | null
  frontend: CiliumFrontend
  /** `ClusterIP`, `NodePort`, `LoadBalancer`, `ExternalIPs`, `HostPort`, `LocalRedirect`. */
  type: string | null
  namespace: string | null
  name: string | null
  backends: readonly CiliumServiceBackend[]
  source: CiliumSource
}

export type CiliumBackendState = 'active' | 'terminating' | 'quarantined' | 'maintenance'

export interface CiliumServiceBackend {
  address: string
  port: number
  node: string | null
  /** Null: a word that is not known. */
  state: CiliumBackendState | null
}

/** An entry of the service map. */
export interface CiliumSlot {
  frontend: CiliumFrontend
  /** 0: the frontend itself, with its flags. */
  slot: number
  /** A backend's number that the map of backends does not hold: `missing`. Null for slot 0. */
  backend: { address: string; port: number } | { missing: number } | null
  /** Of slot 0: `ClusterIP`, `non-routable`, `sessionAffinity` … */
  flags: readonly string[]
  /** `l7-load-balancer`: the port of the proxy that takes its connections. */
  proxyPort: number | null
  source: CiliumSource
}

/** Slots 1 to `active` are dealt to; those above hold what is being let go. */
export interface CiliumMaster {
  frontend: CiliumFrontend
  active: number
  source: CiliumSource
}

export interface CiliumBackend {
  address: string
  /** Some versions print none. */
  port: number | null
}

/** An entry of Cilium's own connection table. `SVC`: to a Service's address, with the backend that it was given; never where connect() gave it. */
export interface CiliumConnection {
  protocol: string
  direction: 'IN' | 'OUT' | 'SVC'
  client: { address: string; port: number }
  destination: { address: string; port: number }
  /** The Service's number; 0 for none. */
  service: number | null
  /** Only of `SVC`, and not in every version. */
  backend: number | null
  source: CiliumSource
}

/** A reason for which packets were dropped since the programs were loaded. */
export interface CiliumDrop {
  reason: string
  direction: string
  packets: number
  source: CiliumSource
}

/** 1: full. */
export interface CiliumPressure {
  map: string
  share: number
  source: CiliumSource
}
