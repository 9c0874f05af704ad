import type { Endpoint, Service } from '../../model/cluster.ts'
import type { Problem } from '../../model/rules.ts'
import { type EndpointSource, type EndpointsByService, type KubeParts, keyOf } from './parts.ts'

/**
 * The endpoints of many files. For each Service those of the best source count, and only those: slices, Endpoints objects,
 * descriptions, tables. They are read when first asked for; what is odd about them goes into the given problems then.
 */
export class MergedEndpoints {
  /** `namespace/name` of the services of whose endpoints some were left out of the text. */
  readonly truncated: ReadonlySet<string>
  readonly #services: ReadonlyMap<string, Service>
  readonly #problems: Problem[]
  readonly #told: ReadonlyMap<string, Told>
  readonly #read = new Map<string, readonly Endpoint[]>()
  /** Null: no list of all endpoints was collected. */
  readonly #namespaces: ReadonlySet<string> | null

  /** `ranked`: the best source first. */
  constructor(ranked: readonly KubeParts[], services: ReadonlyMap<string, Service>, problems: Problem[]) {
    this.#services = services
    this.#problems = problems
    this.#told = bestSources(ranked)
    this.truncated = new Set([...this.#told].flatMap(([key, { sources }]) => (sources.some(({ cut }) => cut) ? key : [])))
    const listed = ranked.some(({ kinds }) => kinds.has('EndpointSlice') || kinds.has('Endpoints'))
    this.#namespaces = listed ? new Set([...this.#told.keys()].map(namespaceOf)) : null
  }

  all(): Endpoint[] | null {
    if (this.#told.size === 0 && this.#namespaces === null) return null
    return [...this.#told.keys()].flatMap((key) => this.of(key) ?? [])
  }

  /** Null: not told. A Service that no list names has none, if the list is of its namespace. */
  of(key: string): readonly Endpoint[] | null {
    const known = this.#read.get(key)
    if (known) return known
    const told = this.#told.get(key)
    if (!told) return this.#isListed(namespaceOf(key)) ? [] : null
    const endpoints = this.#readSources(key, told)
    this.#read.set(key, endpoints)
    return endpoints
  }

  /** Every cluster's list of all namespaces names the API server's own Service. */
  #isListed(namespace: string): boolean {
    if (this.#namespaces === null) return false
    return this.#namespaces.size === 0 || this.#namespaces.has(namespace) || this.#told.has('default/kubernetes')
  }

  #readSources(key: string, { sources, fromTable }: Told): Endpoint[] {
    const service = this.#services.get(key)
    const endpoints = new Map<string, Endpoint>()
    for (const source of sources) {
      const { items, problems } = source.read()
      for (const problem of problems) this.#problems.push(problem)
      for (const item of items) {
        for (const endpoint of fromTable ? this.#complete(item, service) : [item]) {
          const { address, port, portName, protocol } = endpoint
          const identity = `${address} ${port} ${portName} ${protocol}`
          // A slice may stand in two files, and an endpoint may for a moment stand in two slices: kube-proxy takes one.
          if (!endpoints.has(identity)) endpoints.set(identity, endpoint)
        }
      }
    }
    return [...endpoints.values()]
  }
}
