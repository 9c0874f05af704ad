import type { Endpoint, Service } from '../../model/cluster.ts'
import type { Problem } from '../../model/rules.ts'
import { type EndpointSource, type KubeParts, sources } from './parts.ts'

/**
 * The endpoints of many files. For each Service those of the best source count, and only those: slices, Endpoints objects,
 * descriptions, tables. Those of the API are read when first asked for; what is odd about them goes into `problems` then.
 */
export class MergedEndpoints {
  /** `namespace/name` of the services of whose endpoints some were left out of the text. */
  readonly truncated: ReadonlySet<string>
  readonly #told: ReadonlyMap<string, Told>
  readonly #objects: ReadonlyMap<string, EndpointSource[]>
  /** Those that the API's lists of endpoints speak of; null where no list was collected. */
  readonly #namespaces: ReadonlySet<string> | null
  readonly #services: ReadonlyMap<string, Service>
  readonly #problems: Problem[]
  readonly #read = new Map<string, readonly Endpoint[]>()

  constructor(parts: readonly KubeParts[], services: ReadonlyMap<string, Service>, problems: Problem[]) {
    this.#told = bestSources(parts)
    this.#objects = sourcesOf(parts, 'objects', 'endpointsObjects')
    const oneFamily = keysOf(this.#told, (told, key) => !told.bySlices && isDualStack(services.get(key)))
    // Each slice holds one family; who asks for a slice by its name does not see the other's.
    const oneSlice = keysOf(
      this.#told,
      ({ bySlices, listed, from }, key) => bySlices && !listed && from.length < 2 && isDualStack(services.get(key)),
    )
    this.truncated = new Set([
      ...oneFamily,
      ...oneSlice,
      ...keysOf(this.#told, ({ from }) => from.some(({ cut }) => cut)),
    ])
    this.#namespaces = listedNamespaces(parts)
    this.#services = services
    this.#problems = problems
    const [first] = oneFamily.flatMap((key) => services.get(key) ?? [])
    const message = `without slices one address family's endpoints are not known of ${oneFamily.join(', ').slice(0, 200)}`
    if (first) problems.push({ file: first.origin, line: null, message })
    // Tables are small, and what they leave open had better be known at once.
    for (const key of keysOf(this.#told, ({ byTable }) => byTable)) this.of(key)
  }

  /** Null: not told. A Service that stands in no list has no endpoints, if the list is of its namespace. */
  of(key: string): readonly Endpoint[] | null {
    const told = this.#told.get(key)
    if (!told) return this.#isListed(namespaceOf(key)) ? [] : null
    const known = this.#read.get(key)
    if (known) return known
    const endpoints = this.#readAll(key, told)
    this.#read.set(key, endpoints)
    // What they were read from is not asked again.
    told.from = []
    return endpoints
  }

  /** What the Endpoints object lists, whatever slices say; null where there is none in the text, or it holds a part. */
  byObject(key: string): readonly Endpoint[] | null {
    const from = this.#objects.get(key)
    return !from || from.some(({ cut }) => cut) ? null : from.flatMap((source) => source.read().items)
  }

  /** A list with the API server's own Service and another namespace is one of all namespaces; so is an empty one. */
  #isListed(namespace: string): boolean {
    if (this.#namespaces === null) return false
    if (this.#namespaces.size === 0 || this.#namespaces.has(namespace)) return true
    return this.#namespaces.size > 1 && this.#told.has('default/kubernetes')
  }

  #readAll(key: string, { from, byTable }: Told): Endpoint[] {
    const service = this.#services.get(key)
    const endpoints = new Map<string, Endpoint>()
    let guessed = false
    for (const { items, problems } of from.map((source) => source.read())) {
      this.#problems.push(...problems)
      for (const item of items) {
        const complete = byTable ? withPorts(item, service) : [item]
        guessed ||= complete.some(({ untold }) => untold)
        for (const endpoint of complete) {
          const { address, port, portName, protocol } = endpoint
          const identity = `${address} ${port} ${portName} ${protocol}`
          // A slice may stand in two files, and an endpoint, for a moment, in two slices; kube-proxy too takes one.
          const known = endpoints.get(identity)
          endpoints.set(identity, known ? withRival(known, endpoint) : endpoint)
        }
      }
    }
    const message = `the table does not say which port of ${key} each endpoint is for`
    if (guessed) this.#problems.push({ file: [...endpoints.values()][0]!.origin, line: null, message })
    return [...endpoints.values()]
  }
}

/** One that is used no more disputes nothing. */
function withRival(known: Endpoint, { pod, ready, serving }: Endpoint): Endpoint {
  const named = [...(known.rivals ?? []), ...(known.pod ? [known.pod] : [])]
  const isNew = pod !== null && !named.some(({ namespace, name }) => namespace === pod.namespace && name === pod.name)
  return isNew && (ready || serving) ? { ...known, rivals: [...(known.rivals ?? []), pod] } : known
}

/** What the best source tells of a Service. */
interface Told {
  from: EndpointSource[]
  bySlices: boolean
  /** They stood in a list. */
  listed: boolean
  byTable: boolean
}

const keysOf = (told: ReadonlyMap<string, Told>, fits: (told: Told, key: string) => boolean): string[] =>
  [...told].flatMap(([key, one]) => (fits(one, key) ? key : []))

/** An Endpoints object holds the addresses of one family only. */
const isDualStack = (service: Service | undefined): boolean => (service?.clusterIPs.length ?? 0) > 1

function bestSources(parts: readonly KubeParts[]): Map<string, Told> {
  const told = new Map<string, Told>()
  for (const source of sources) {
    for (const list of ['slices', 'endpointsObjects'] as const) {
      const own = parts.filter((one) => one.source === source)
      for (const [key, from] of sourcesOf(parts, source, list))
        if (!told.has(key))
          told.set(key, {
            from,
            bySlices: list === 'slices',
            listed: own.some((part) => part.kinds.has('EndpointSlice') && part[list].has(key)),
            byTable: source === 'table',
          })
    }
  }
  return told
}

function sourcesOf(
  parts: readonly KubeParts[],
  source: KubeParts['source'],
  list: 'slices' | 'endpointsObjects',
): Map<string, EndpointSource[]> {
  const found = new Map<string, EndpointSource[]>()
  for (const part of parts.filter((one) => one.source === source))
    for (const [key, more] of part[list]) found.set(key, [...(found.get(key) ?? []), ...more])
  return found
}

function listedNamespaces(parts: readonly KubeParts[]): Set<string> | null {
  const lists = parts.filter(({ kinds }) => kinds.has('EndpointSlice') || kinds.has('Endpoints'))
  const keys = lists.flatMap(({ slices, endpointsObjects }) => [...slices.keys(), ...endpointsObjects.keys()])
  return lists.length > 0 ? new Set(keys.map(namespaceOf)) : null
}

const namespaceOf = (key: string): string => key.slice(0, key.indexOf('/'))

/** A table prints addresses and port numbers only; the Service's ports tell the rest, where only one of them can be meant. */
function withPorts(endpoint: Endpoint, service: Service | undefined): Endpoint[] {
  const ports = service?.ports ?? []
  const targets = ports.filter(({ targetPort }) => targetPort === String(endpoint.port))
  const fitting = targets.length > 0 ? targets : ports.length === 1 ? ports : []
  if (fitting.length === 0) return [{ ...endpoint, untold: true }]
  return fitting.map(({ name, protocol }) => ({ ...endpoint, portName: name, protocol }))
}
