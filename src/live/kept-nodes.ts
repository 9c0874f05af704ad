import type { Again } from '../ask/source.ts'
import type { Cluster } from '../model/cluster.ts'
import type { WantedService } from '../model/request.ts'
import { wantedServices } from '../resolve/wanted.ts'
import type { SeenNode } from './manifest.ts'

/** What the nodes are judged by: the API's word on the services that they are asked about. */
interface Judging {
  cluster: Cluster
  /** Null: everything. */
  wanted: readonly WantedService[] | null
}

/**
 * The nodes of the last look, as they were read. A look again may be at some of them only: what the others showed holds for as long as the API says the
 * same, for it is by the API's word that they were found in order.
 */
export class KeptNodes {
  private last: { nodes: ReadonlyMap<string, SeenNode>; parts: string; judging: Judging } | null = null

  /** Those that need not be read for this look. All others are forgotten. */
  take(parts: string, judging: Judging, again: Again | null | undefined): ReadonlyMap<string, SeenNode> {
    const { last } = this
    this.last = null
    const anew = again?.nodes
    if (!anew || last?.parts !== parts || !covers(last.judging, judging)) return new Map()
    const services = again.services ?? (judging.wanted && new Set(judging.wanted.map(keyOf)))
    const isSame = last.judging.cluster === judging.cluster
    if (!isSame && saidOf(last.judging.cluster, services) !== saidOf(judging.cluster, services)) return new Map()
    return new Map([...last.nodes].filter(([name, { answer }]) => answer?.complete && !anew.has(name)))
  }

  keep(nodes: readonly SeenNode[], parts: string, judging: Judging): void {
    this.last = { nodes: new Map(nodes.map((one) => [one.node.name, one])), parts, judging }
  }
}

/** Were the nodes asked about all that they would be asked now? */
function covers(before: Judging, now: Judging): boolean {
  if (before.wanted === null) return true
  const known = new Set(before.wanted.map(keyOf))
  return now.wanted?.every((one) => known.has(keyOf(one))) ?? false
}

const keyOf = ({ namespace, name }: { namespace: string; name: string }): string => `${namespace}/${name}`

/** What the API says of services, of their endpoints and of the pods behind them. `keys` null: of all. */
function saidOf(cluster: Cluster, keys: ReadonlySet<string> | null): string {
  const services = (cluster.services ?? []).filter((one) => keys === null || keys.has(keyOf(one)))
  const endpoints = services.map(({ namespace, name }) => cluster.endpointsOf(namespace, name))
  return JSON.stringify([services, endpoints, wantedServices(cluster, services)], plain)
}

/** JSON has no bigint. */
const plain = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value)
