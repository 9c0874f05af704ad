/** The frontends of a node, put together from the kernel's map and the agent's list. */
import { familyOf, joinHostPort } from '../../model/address.ts'
import type {
  Cilium,
  CiliumFrontend,
  CiliumList,
  CiliumService,
  CiliumSlot,
  CiliumSource,
} from '../../model/dataplanes/cilium.ts'
import { memo } from '../../model/memo.ts'
import type { Place } from '../proxy.ts'

/** A frontend, with what it deals its connections to. */
export interface Frontend extends CiliumFrontend {
  name: string
  /** `map`: as the kernel has it. `agent`: as the agent wants it, the map being not in the text. */
  told: 'map' | 'agent'
  type: string | null
  flags: readonly string[]
  /** The port of the proxy that takes its connections instead of a backend. */
  proxyPort: number | null
  backends: readonly Backend[]
  /** False where some of them may not be in the text. */
  whole: boolean
  source: CiliumSource
}

export interface Backend {
  /** Null where the map holds a number that stands for none: `missing`. */
  address: string | null
  port: number | null
  missing: number | null
  /** Is it dealt to? Null where nothing tells: its slot may lie above the frontend's count. */
  active: boolean | null
  /** The node that the agent says it is on. */
  node: string | null
  source: CiliumSource
}

/** All frontends by address and port, each address with those of both scopes and all protocols. */
export const frontendsOf = memo((cilium: Cilium): ReadonlyMap<string, readonly Frontend[]> => {
  const services = new Map((cilium.services?.items ?? []).map((one) => [keyOf(one.frontend), one]))
  const all = cilium.slots
    ? [...Map.groupBy(cilium.slots.items, ({ frontend }) => keyOf(frontend)).values()].map((slots) =>
        ofMap(cilium, slots, serviceOf(services, slots[0]!.frontend)),
      )
    : [...services.values()].map(ofAgent)
  return Map.groupBy(all, ({ address, port }) => joinHostPort(address, port))
})

/** Those that take connections to a place, of whatever scope; one that takes all protocols among them. */
export const frontendsAt = (cilium: Cilium, { protocol, address, port }: Place): readonly Frontend[] =>
  (frontendsOf(cilium).get(joinHostPort(address, port)) ?? []).filter((one) => takes(one, protocol))

/** Does the list hold all frontends of a place? */
export function knowsPlace(cilium: Cilium, { address, port }: Pick<Place, 'address' | 'port'>): boolean {
  const extent = (cilium.slots ?? cilium.services)?.extent
  if (extent?.kind !== 'asked') return extent?.kind === 'all'
  return extent.addresses.has(address) || extent.ports.has(port)
}

/** Every address that the lists of a node lead connections to. */
export const backendsOf = memo(
  (cilium: Cilium): ReadonlySet<string> =>
    new Set([
      ...(cilium.services?.items ?? []).flatMap(({ backends }) => backends.map(({ address }) => address)),
      ...(cilium.slots?.items ?? []).flatMap(({ backend }) => (backend && 'address' in backend ? backend.address : [])),
    ]),
)

/** The address by which a node port stands for all of the node's own. */
export const anyAddress = (like: string): string => (familyOf(like) === 4 ? '0.0.0.0' : '::')

const takes = ({ protocol }: CiliumFrontend, wanted: string): boolean =>
  protocol === null || protocol === wanted.toUpperCase()

const keyOf = ({ address, port, protocol, scope }: CiliumFrontend): string =>
  `${joinHostPort(address, port)} ${protocol} ${scope}`

/** Versions 1.14 to 1.16 name the protocol in neither list, later ones in both. */
const serviceOf = (services: ReadonlyMap<string, CiliumService>, frontend: CiliumFrontend): CiliumService | undefined =>
  services.get(keyOf(frontend)) ?? services.get(keyOf({ ...frontend, protocol: null }))

function ofMap(cilium: Cilium, slots: readonly CiliumSlot[], service: CiliumService | undefined): Frontend {
  const { frontend } = slots[0]!
  const master = slots.find(({ slot }) => slot === 0)
  const count = countOf(cilium.masters, frontend)
  const dealt = slots.filter(({ backend }) => backend !== null).sort((a, b) => a.slot - b.slot)
  return {
    ...frontend,
    ...{ name: joinHostPort(frontend.address, frontend.port), told: 'map' },
    type: service?.type ?? master?.flags[0] ?? null,
    ...{ flags: master?.flags ?? [], proxyPort: master?.proxyPort ?? null },
    backends: dealt.map((slot) => ofSlot(slot, count, service)),
    whole: cilium.slots!.extent.kind !== 'part' || (count !== null && isEach(dealt, count)),
    source: (master ?? slots[0]!).source,
  }
}

/** Is each slot there that is dealt to? Up to 1.13 only the first line of a frontend names it, and grep finds no other. */
const isEach = (slots: readonly CiliumSlot[], count: number): boolean =>
  Array.from({ length: count }, (_, i) => i + 1).every((wanted) => slots.some(({ slot }) => slot === wanted))

const countOf = (masters: CiliumList<{ frontend: CiliumFrontend; active: number }> | null, frontend: CiliumFrontend) =>
  masters?.items.find((one) => keyOf(one.frontend) === keyOf(frontend))?.active ?? null

/** By the frontend's count; where that is not in the text, by what the agent says of the backend. */
function ofSlot({ slot, backend, source }: CiliumSlot, count: number | null, service?: CiliumService): Backend {
  const place = backend && 'address' in backend ? backend : null
  const told = service?.backends.find(({ address, port }) => address === place?.address && port === place.port)
  const byState = told?.state ? told.state === 'active' : null
  return {
    ...{ address: place?.address ?? null, port: place?.port ?? null, source, node: told?.node ?? null },
    missing: backend && 'missing' in backend ? backend.missing : null,
    active: count !== null && slot > 0 ? slot <= count : byState,
  }
}

const ofAgent = ({ frontend, type, backends, source }: CiliumService): Frontend => ({
  ...frontend,
  ...{ name: joinHostPort(frontend.address, frontend.port), told: 'agent', type, flags: [], proxyPort: null, source },
  whole: true,
  backends: backends.map(({ address, port, node, state }) => ({
    ...{ address, port, node, missing: null, source },
    active: state === null ? null : state === 'active',
  })),
})
