/** What lies before a Service: Ingress and the Gateway API, as far as the way of a request depends on it. */

/** A name and where it was read. `createdAt` and `generation` are null where the text is no object of an API. */
interface Named {
  namespace: string
  name: string
  createdAt: string | null
  generation: number | null
  origin: string
}

/** A reference to an object, with what the API takes where nothing is written. */
export interface Reference {
  group: string
  kind: string
  namespace: string
  name: string
}

/** What requests are handed to. */
export interface BackendRef extends Reference {
  /** As it is written: a number or a port's name; null where none is. */
  port: string | null
  portBy: 'number' | 'name'
  /** 1 where none is written. */
  weight: number
  filters: Filter[]
}

/** What happens to a request besides. */
export interface Filter {
  type: string
  /** In words: `to https, 301`, `prefix /v1 → /`; '' where the type says it all, or the rest may be a secret. */
  text: string
  /** Of RequestMirror. */
  mirror: BackendRef | null
}

/** Of a route, a gateway or a listener, as its controller says it. */
export interface Condition {
  type: string
  status: string
  reason: string
  message: string
  /** The generation that it is about; null where it does not say. */
  generation: number | null
}

export interface Ingress extends Named {
  className: string | null
  /** Where the class is written; null where none is. */
  classBy: 'field' | 'annotation' | null
  /** Keys of other annotations that its controller reads, whichever that is. */
  annotations: string[]
  /** ingress-nginx takes it as a share of another Ingress with the same host and path. */
  canary: boolean
  defaultBackend: BackendRef | null
  rules: IngressRule[]
  tls: { hosts: string[]; secret: string | null }[]
  /** The addresses that a controller has written into its status. */
  addresses: string[]
}

export interface IngressRule {
  /** Null: any. */
  host: string | null
  paths: { path: string | null; type: string; target: BackendRef | null }[]
}

export interface IngressClass extends Named {
  controller: string | null
  isDefault: boolean
}

export interface GatewayClass extends Named {
  controller: string | null
  conditions: Condition[]
}

export interface Gateway extends Named {
  className: string | null
  listeners: Listener[]
  /** Other objects may bring more listeners (ListenerSet). */
  mayHaveMore: boolean
  conditions: Condition[]
  listenerStatus: { name: string; conditions: Condition[] }[]
  addresses: string[]
}

export interface Listener {
  name: string
  /** Null: any. */
  hostname: string | null
  port: number | null
  protocol: string
  certificates: Reference[]
  /** Which namespaces its routes may be in: All, Same, Selector or None. */
  from: string
  /** Of `Selector`: null where there is none. */
  selector: Selector | null
  /** Empty: those that fit the protocol. */
  kinds: { group: string; kind: string }[]
}

export interface Selector {
  matchLabels: Record<string, string>
  matchExpressions: { key: string; operator: string; values: string[] }[]
}

export interface ParentRef extends Reference {
  section: string | null
  port: number | null
}

export interface HttpRoute extends Named {
  parents: ParentRef[]
  /** Empty: those of the listener. */
  hostnames: string[]
  rules: HttpRule[]
  statuses: { parent: ParentRef; controller: string; conditions: Condition[] }[]
}

interface HttpRule {
  name: string | null
  /** At least one: without any the API takes the prefix `/`. */
  matches: HttpMatch[]
  filters: Filter[]
  targets: BackendRef[]
}

export interface HttpMatch {
  path: { type: string; value: string }
  method: string | null
  headers: ValueMatch[]
  query: ValueMatch[]
}

export interface ValueMatch {
  name: string
  type: string
  value: string
}

export interface ReferenceGrant extends Named {
  from: { group: string; kind: string; namespace: string }[]
  /** `name` null: all of them. */
  to: { group: string; kind: string; name: string | null }[]
}

export interface NamespaceLabels {
  name: string
  labels: Record<string, string>
}

/** What became of asking the API for one object, or for all of a kind: by this alone it is known that there is none. */
export interface Lookup {
  kind: string
  /** Null: of all namespaces, or of the cluster. */
  namespace: string | null
  /** Null: all of them were asked for. */
  name: string | null
  /** `noSuchKind`: the API has no such resource. `unread`: it was not allowed, or went wrong. */
  answer: LookupAnswer
}

type LookupAnswer = 'found' | 'absent' | 'unread' | 'noSuchKind'

export interface FrontObjects {
  ingresses: Ingress[]
  ingressClasses: IngressClass[]
  gatewayClasses: GatewayClass[]
  gateways: Gateway[]
  routes: HttpRoute[]
  grants: ReferenceGrant[]
  namespaces: NamespaceLabels[]
  lookups: Lookup[]
}

export const noFront = (): FrontObjects => ({
  ingresses: [],
  ingressClasses: [],
  gatewayClasses: [],
  gateways: [],
  routes: [],
  grants: [],
  namespaces: [],
  lookups: [],
})

export const GATEWAY_GROUP = 'gateway.networking.k8s.io'

/** What stands for the value of a header or parameter that may be a password or a token. */
export const HIDDEN = '***'

/** May its value be one? */
export const mayBeSecret = (name: string): boolean =>
  /auth|cookie|token|key|secret|passw|session|signature|credential/i.test(name)
