import { joinHostPort } from '../../../model/address.ts'
import type { NodeState } from '../../../model/node.ts'
import type { EndpointPath, EntryPath } from '../../../model/report.ts'
import { connectionsTo } from '../../../trace/counters.ts'
import { type Analyzer, apiEvidence, type Case, listed, plural, walkedEntries } from '../../case.ts'

/** Beyond chance, and far from any doubt that a service without much traffic may leave. */
const BEYOND_CHANCE = 1e-6

/** One entry of the service on all nodes, with its open connections there. */
interface Met {
  node: string
  entry: EntryPath
  open: { address: string; port: number | null }[]
}

/** Ready endpoints that no client has met, since all keep the connections that they had before. */
export const fewConnections: Analyzer = {
  code: 'SVP605',
  beyond: true,
  find(seen) {
    // Affinity sends a client where it was before, whatever the shares.
    if (seen.service.affinitySeconds !== null) return []
    const all = walkedEntries(seen).flatMap(({ node, entry, state }): Met[] => {
      const open = entry.kind === 'clusterIP' && entry.protocol === 'TCP' ? openOf(entry, state) : null
      return open ? [{ node, entry, open }] : []
    })
    const groups = Map.groupBy(all, ({ entry: { address, port } }) => joinHostPort(address, port))
    return [...groups].flatMap(([place, met]) => draftOf(seen, place, met) ?? [])
  },
}

function draftOf({ service: { namespace, name } }: Case, place: string, met: readonly Met[]) {
  // That nobody has met an endpoint is no wonder where no connection is open.
  if (met.every(({ open }) => open.length === 0)) return null
  const busy = Map.groupBy(
    met.flatMap(({ open }) => open),
    ({ address, port }) => joinHostPort(address, port),
  )
  const places = new Set(met.flatMap(({ entry }) => entry.endpoints.map(placeOf)))
  const idle = [...places].filter((one) => !busy.has(one) && isUnmet(met, one))
  // Connections to an address that is not an endpoint say nothing of how the rules spread them.
  if (idle.length === 0 || ![...busy.keys()].every((one) => places.has(one))) return null
  const count = [...busy.values()].reduce((sum, own) => sum + own.length, 0)
  const nodes = met.filter(({ open }) => open.length > 0).map(({ node }) => node)
  return {
    subject: listed(idle),
    subjects: idle,
    message: `${plural(count, 'open connection')} to ${place} from ${listed(nodes)} ${count === 1 ? 'leads' : 'lead'} to ${listed([...busy.keys()])}, and none to ${listed(idle)}: clients keep old connections, so ${idle.length === 1 ? 'this endpoint stays' : 'these endpoints stay'} idle`,
    evidence: [
      apiEvidence(
        `conntrack -L -p tcp --orig-dst ${met[0]!.entry.address}`,
        `${count} ESTABLISHED, by endpoint: ${listed([...busy].map(([one, own]) => `${one} ${own.length}`))}`,
      ),
    ],
    fix: `let clients of ${namespace}/${name} end connections after some time (MAX_CONNECTION_AGE of gRPC servers, keep-alive limits), or balance requests in the client`,
    hits: [],
  }
}

const placeOf = ({ address, port }: EndpointPath): string => (address === null ? '' : joinHostPort(address, port))

/** Has it its share on each of these nodes, has no rule counted a connection to it, and is that none is open beyond chance? */
function isUnmet(met: readonly Met[], place: string): boolean {
  const own = met.map(({ entry, open }) => ({ open, endpoint: entry.endpoints.find((one) => placeOf(one) === place) }))
  const isDue = own.every(
    ({ endpoint }) =>
      endpoint !== undefined &&
      endpoint.state === 'ready' &&
      endpoint.conditions.length === 0 &&
      endpoint.probability > 0 &&
      endpoint.hits?.packets === 0 &&
      !endpoint.hits.approximate,
  )
  return (
    isDue &&
    own.reduce((chance, { open, endpoint }) => chance * (1 - endpoint!.probability) ** open.length, 1) < BEYOND_CHANCE
  )
}

/** Null where the connections were not collected. */
function openOf(entry: EntryPath, { conntrack }: NodeState): Met['open'] | null {
  const { address, port } = entry
  if (!conntrack) return null
  const own = connectionsTo(conntrack, entry).filter(
    ({ protocol, state, original, reply }) =>
      protocol === 'tcp' &&
      state === 'ESTABLISHED' &&
      original.destination === address &&
      original.destinationPort === port &&
      reply.source !== address,
  )
  return own.map(({ reply }) => ({ address: reply.source, port: reply.sourcePort }))
}
