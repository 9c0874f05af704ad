import { type Family, familyOf, joinHostPort } from '../../model/address.ts'
import type { Cilium, CiliumService } from '../../model/dataplanes/cilium.ts'
import type { NodeState } from '../../model/node.ts'
import type { Disagreement, Place, ServiceProxy } from '../proxy.ts'
import { trackedBy } from './connections.ts'
import { anyAddress, backendsOf, type Frontend, frontendsAt, frontendsOf, knowsPlace } from './frontends.ts'
import { CILIUM_TABLE, FRONTENDS } from './names.ts'
import { ciliumStations, sourceOf } from './station.ts'

/** Cilium's frontends of a family as one that serves Services. `doubt`: why it may be another that does. */
export function ciliumProxy(node: NodeState, cilium: Cilium, family: Family, doubt: string | null): ServiceProxy {
  const own = [...frontendsOf(cilium).values()].flat().filter(({ address }) => familyOf(address) === family)
  return {
    ...{ name: 'Cilium', family, begin: FRONTENDS },
    source: { ...sourceOf(cilium), table: CILIUM_TABLE },
    extent: `${own.length} frontends`,
    // Without any frontend each service is told by itself: nothing says that the agent never ran.
    empty: false,
    reached: own.length > 0 && doubt === null,
    translates: true,
    // Programs lead there, and no rule.
    doors: [],
    stations: ciliumStations(node, cilium, family, doubt),
    lacks: (entries) => `no frontend of Cilium takes ${entries}`,
    idle: () => null,
    // What is let go is dealt nothing and is told as missing.
    resting: () => null,
    misfits: [],
    tracked: (entry) => (doubt === null ? trackedBy(cilium, entry) : null),
    disagreements: (entry) => disagreements(cilium, entry),
    likeness: (addresses) =>
      [...addresses].filter((one) => familyOf(one) === family && backendsOf(cilium).has(one)).length,
    repair: { open: () => null, flush: '' },
  }
}

/** What the agent wants at a place and the kernel's map does not have, or the other way about. Nothing where one of them was not read. */
function disagreements(cilium: Cilium, entry: Place): Disagreement[] {
  const { services, slots } = cilium
  if (!services || !slots) return []
  const places = [entry, { ...entry, address: anyAddress(entry.address) }]
  const mapped = places.flatMap((place) => frontendsAt(cilium, place))
  const wanted = services.items.filter(({ frontend: { address, port, protocol } }) =>
    places.some((one) => one.address === address && one.port === port && (!protocol || protocol === entry.protocol)),
  )
  return [
    ...mapped.flatMap(broken),
    ...wanted.flatMap((service) => {
      const { scope, address } = service.frontend
      const frontend = mapped.find((one) => one.scope === scope && one.address === address)
      if (!frontend) return knowsPlace(cilium, entry) ? absent(service) : []
      return frontend.whole ? unlike(service, frontend) : []
    }),
  ]
}

/** A slot that leads to a backend which the map of backends does not hold. */
const broken = ({ name, backends }: Frontend): Disagreement[] =>
  backends.flatMap(({ missing, source }) =>
    missing === null
      ? []
      : [{ what: `${name} leads to backend ${missing}, which the map of backends does not hold`, lines: [source] }],
  )

const absent = ({ frontend: { address, port }, source }: CiliumService): Disagreement[] => [
  { what: `the agent serves ${joinHostPort(address, port)}, and the map does not hold it`, lines: [source] },
]

function unlike({ backends, source }: CiliumService, frontend: Frontend): Disagreement[] {
  // A proxy takes them all, and the map keeps no backends for it.
  if (frontend.proxyPort !== null) return []
  const places = (all: readonly { address: string | null; port: number | null }[]) =>
    new Set(all.flatMap(({ address, port }) => (address === null ? [] : joinHostPort(address, port))))
  const wanted = places(backends.filter(({ state }) => state === 'active'))
  const known = places(backends)
  const held = places(frontend.backends)
  const dealt = places(frontend.backends.filter(({ active }) => active === true))
  const lost = [...wanted].filter((one) => !held.has(one))
  const old = [...dealt].filter((one) => !known.has(one))
  const lines = [source, ...frontend.backends.slice(0, 3).map((one) => one.source), frontend.source]
  return [
    ...(lost.length > 0
      ? [{ what: `the agent has ${lost.join(', ')} for ${frontend.name}, and the map has not`, lines }]
      : []),
    ...(old.length > 0
      ? [{ what: `the map leads ${frontend.name} to ${old.join(', ')}, which the agent does not know`, lines }]
      : []),
  ]
}
