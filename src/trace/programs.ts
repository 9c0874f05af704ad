import { lookupRoute } from '../kernel/fib.ts'
import { familyOf, single } from '../model/address.ts'
import type { NodeState } from '../model/node.ts'
import type { Observation } from '../model/observation.ts'
import type { EntryPath } from '../model/report.ts'
import { hasPrograms, linksOfAllPods, type Met, programsAt } from '../proxies/programs/on-way.ts'
import { addressOf } from './client.ts'
import { linkLeg } from './link.ts'

/** A program on an entry's way that is not read, and its node. */
export interface ProgramOnWay extends Met {
  node: string
}

/** The programs that an entry's packets meet outside the rules: on the client's side, on the way out, and on the endpoints' own nodes. */
export function programsOnWay(
  observation: Observation,
  node: NodeState,
  entry: Pick<EntryPath, 'address' | 'who' | 'endpoints'>,
): ProgramOnWay[] {
  const { address } = entry
  if (!observation.nodes.some(hasPrograms)) return []
  const used = entry.endpoints.filter(({ probability }) => probability > 0)
  const links = new Map<NodeState, Set<string>>([[node, new Set(clientLinks(observation, node, entry))]])
  const add = (at: NodeState, ...names: (string | null)[]) => {
    const known = links.get(at) ?? new Set<string>()
    for (const name of names) if (name !== null) known.add(name)
    links.set(at, known)
  }
  for (const { link } of used) {
    add(node, link.interface, link.bridge)
    const home = link.remote && observation.nodes.find(({ name }) => name === link.remote!.node)
    // What a tunnel carries passes the links between the nodes themselves, too.
    if (link.remote) add(node, ...linksTo(observation, node, link.remote.node, address))
    if (home) add(home, link.remote!.interface, link.remote!.bridge, ...linksTo(observation, home, node.name, address))
  }
  return [...links].flatMap(([at, names]) =>
    programsAt(at, { links: names, side: at === node ? 'client' : 'endpoint', family: familyOf(address) }).map(
      (met) => ({ ...met, node: at.name }),
    ),
  )
}

function clientLinks(
  observation: Observation,
  node: NodeState,
  { address, who }: Pick<EntryPath, 'address' | 'who'>,
): string[] {
  if (who.kind === 'outside' || who.kind === 'address') return uplinks(node, address)
  if (who.kind === 'pods') return linksOfAllPods(node, uplinks(node, address))
  const pod = who.kind === 'pod' && observation.cluster.pods?.find((one) => `${one.namespace}/${one.name}` === who.name)
  const own = pod && !pod.hostNetwork ? pod.ips.find((ip) => familyOf(ip) === familyOf(address)) : undefined
  if (!own) return []
  const { interface: name, bridge } = linkLeg(observation, node, own, node.name)
  return [name, bridge].flatMap((one) => one ?? [])
}

/** The link by which a node reaches another. */
function linksTo(observation: Observation, node: NodeState, other: string, address: string): string[] {
  const own = addressOf(observation, other, familyOf(address))
  const { kind, device } = own === null ? NO_ROUTE : lookupRoute(node, single(own))
  return kind === 'forward' && device !== null ? [device] : uplinks(node, address)
}

const NO_ROUTE = { kind: 'none', device: null } as const

/** Where what is not the node's own network leaves and comes in. */
function uplinks(node: NodeState, address: string): string[] {
  const { kind, device } = lookupRoute(node, ANYWHERE[familyOf(address)])
  return kind === 'forward' && device !== null ? [device] : []
}

/** Addresses that no route names: documentation's (RFC 5737, RFC 3849). */
const ANYWHERE = { 4: single('192.0.2.1'), 6: single('2001:db8::1') }
