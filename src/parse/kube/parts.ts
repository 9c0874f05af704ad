/** What one file tells about the cluster, whichever of the kube parsers read it. */
import type { Advertisement, Announcer, Endpoint, NetworkPolicy, Node, Pod, Service } from '../../model/cluster.ts'
import { type FrontObjects, noFront } from '../../model/front/objects.ts'
import type { Problem } from '../../model/rules.ts'
import type { Parsed } from '../parsed.ts'

/**
 * What a file tells of endpoints, by `namespace/name` of their Service. A list may hold 20,000 endpoints of which four are
 * wanted, so each is read when asked for.
 */
export type EndpointsByService = Map<string, EndpointSource[]>
export interface EndpointSource {
  /** Some of the endpoints were left out of the text. */
  cut: boolean
  read(): Parsed<Endpoint>
}

/** Best first: JSON or YAML of the API, and then what kubectl prints for people, which tells less. */
export const sources = ['objects', 'describe', 'table'] as const

export interface KubeParts {
  source: (typeof sources)[number]
  services: Service[]
  /** From EndpointSlices. A Service that is told of may well have no endpoints. */
  slices: EndpointsByService
  /** From Endpoints objects, or from kubectl's rendering of a Service's endpoints. Slices win where both tell. */
  endpointsObjects: EndpointsByService
  pods: Pod[]
  nodes: Node[]
  networkPolicies: NetworkPolicy[]
  /** Of MetalLB. */
  announcers: Announcer[]
  advertisements: Advertisement[]
  /** Ingress and the Gateway API. */
  front: FrontObjects
  corefile: string | null
  version: string | null
  /** Kinds of which a whole list was seen, so that an empty list counts as collected. Tables claim none. */
  kinds: Set<string>
  problems: Problem[]
}

export const emptyParts = (source: KubeParts['source']): KubeParts => ({
  source,
  services: [],
  slices: new Map(),
  endpointsObjects: new Map(),
  pods: [],
  nodes: [],
  networkPolicies: [],
  announcers: [],
  advertisements: [],
  front: noFront(),
  corefile: null,
  version: null,
  kinds: new Set(),
  problems: [],
})

/** How a Service is named in the maps and sets of this folder. */
export const keyOf = (namespace: string, name: string): string => `${namespace}/${name}`

export function addSource(index: EndpointsByService, key: string, source: EndpointSource): void {
  const sources = index.get(key)
  if (sources) sources.push(source)
  else index.set(key, [source])
}
