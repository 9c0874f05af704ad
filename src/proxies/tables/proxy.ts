/** A data plane whose service table was read, and whose way is not walked: what it leads where is shown, and held against the API. */
import { type Flow, follow } from '../../kernel/flow.ts'
import type { Packet } from '../../kernel/packet.ts'
import type { Station } from '../../kernel/station.ts'
import { type Family, familyOf, joinHostPort, onlyAddress, parseCidr } from '../../model/address.ts'
import type { ServiceTable, TableFrontend } from '../../model/dataplanes/service-table.ts'
import type { NodeState } from '../../model/node.ts'
import type { Rule } from '../../model/rules.ts'
import type { ApiEndpoint, Disagreement, Place, ServiceProxy } from '../proxy.ts'
import { SERVICE_TABLE, TABLE_FRONTENDS } from './names.ts'

export const tableProxies = ({ serviceTables }: NodeState, family: Family): ServiceProxy[] =>
  (serviceTables ?? []).flatMap((table) => {
    const own = table.frontends.filter(({ address }) => familyOf(address) === family)
    return own.length > 0 ? tableProxy(table, own, family) : []
  })

function tableProxy(table: ServiceTable, own: readonly TableFrontend[], family: Family): ServiceProxy {
  const { command, file } = own[0]!.source
  return {
    ...{ name: table.plane, family, begin: TABLE_FRONTENDS, extent: `${own.length} frontends` },
    source: { command, file, table: SERVICE_TABLE },
    ...{ empty: false, reached: true, translates: true, doors: [], misfits: [] },
    stations: (['prerouting', 'output'] as const).map((hook) => stationOf(table, own, hook)),
    lacks: (entries) => `no frontend of ${table.plane} takes ${entries}`,
    idle: () => null,
    resting: () => null,
    // Flows and programs deal, which nf_conntrack may not see.
    tracked: () => ({ count: null, led: null }),
    disagreements: (entry, endpoints) => disagreements(table, own, entry, endpoints),
    likeness: (addresses) => {
      const led = new Set(own.flatMap(({ backends }) => backends.map(({ address }) => address)))
      return [...addresses].filter((one) => led.has(one)).length
    },
    repair: { open: () => null, flush: '' },
  }
}

function stationOf({ plane }: ServiceTable, own: readonly TableFrontend[], hook: 'prerouting' | 'output'): Station {
  const { command, file } = own[0]!.source
  const origin = { command, file, table: SERVICE_TABLE, writtenAs: plane }
  const found = (packet: Packet) =>
    frontendsAt(own, {
      protocol: packet.protocol.toUpperCase(),
      address: onlyAddress(packet.destination) ?? '',
      port: packet.destinationPort,
    })
  return {
    ...{ hook, priority: Number.NEGATIVE_INFINITY, type: 'filter', policy: null, name: TABLE_FRONTENDS },
    ...{ declaration: TABLE_FRONTENDS, origin, whole: true },
    early: { takes: (packet) => found(packet).length > 0, past: () => `what ${plane} does on the way is not known` },
    pass(packet, flow) {
      const taken = found(packet)
      if (taken.length === 0) return { returned: [flow], ended: [] }
      const trail = taken.reduce(
        (before, one) => follow(before, { origin, chain: TABLE_FRONTENDS, rule: ruleOf(one), maybe: null }),
        flow.trail,
      )
      const met: Flow = { ...flow, trail }
      const verdict = { kind: 'unknown', reason: reasonOf(plane, taken) } as const
      return { returned: [], ended: [{ ...met, verdict, order: 0, chains: [TABLE_FRONTENDS] }] }
    },
  }
}

function reasonOf(plane: string, taken: readonly TableFrontend[]): string {
  const [{ address, port }] = taken as readonly [TableFrontend]
  const places = placesOf(taken)
  const rest = places.length > MOST ? ` and ${places.length - MOST} more` : ''
  const leads = places.length > 0 ? `leads it to ${places.slice(0, MOST).join(', ')}${rest}` : 'has nothing behind it'
  return `${plane} takes ${joinHostPort(address, port)} and ${leads}; what it does on the way is not known`
}

/** More than a reader wants to see in a sentence. */
const MOST = 5

const placesOf = (frontends: readonly TableFrontend[]): string[] => [
  ...new Set(frontends.flatMap(({ backends }) => backends.map(({ address, port }) => joinHostPort(address, port)))),
]

const frontendsAt = (
  own: readonly TableFrontend[],
  { protocol, address, port }: { protocol: string; address: string; port: number },
): TableFrontend[] => own.filter((one) => one.address === address && one.port === port && one.protocol === protocol)

/** The table against the API: what is missing in it, and what is in it and nowhere else. */
function disagreements(
  { plane, extent }: ServiceTable,
  own: readonly TableFrontend[],
  entry: Place,
  endpoints: readonly ApiEndpoint[] | null,
): Disagreement[] {
  if (!endpoints) return []
  const found = frontendsAt(own, entry)
  const where = joinHostPort(entry.address, entry.port)
  const ready = endpoints.filter((one) => one.ready)
  if (found.length === 0) {
    const knows = extent.kind === 'all' || (extent.kind === 'asked' && extent.addresses.has(entry.address))
    const what = `${plane} has nothing for ${where}, although endpoints are ready`
    return knows && ready.length > 0 ? [{ what, lines: own.slice(0, 1).map(({ source }) => source) }] : []
  }
  const lines = found.map(({ source }) => source)
  const held = placesOf(found)
  if (found.some(({ whole, backends }) => !whole || backends.some(({ address }) => STANDS_FOR_NODE.test(address))))
    return []
  const places = (all: readonly ApiEndpoint[]) => all.map(({ address, port }) => joinHostPort(address, port))
  const lost = places(ready).filter((one) => !held.includes(one))
  const old = held.filter((one) => !places(endpoints).includes(one))
  return [
    ...(old.length > 0 ? [{ what: `${plane} leads ${where} to ${old.join(', ')}, which is no endpoint`, lines }] : []),
    ...(lost.length > 0
      ? [{ what: `${plane} does not lead ${where} to ${lost.join(', ')}, although ready`, lines }]
      : []),
  ]
}

/** OVN-Kubernetes puts an address of its own for endpoints on the node itself (go-controller/pkg/config, MasqueradeIPs). */
const STANDS_FOR_NODE = /^(?:169\.254\.|fd69::)/

const rules = new WeakMap<TableFrontend, Rule>()

/** A frontend in the shape of a rule, so that a report can tell it. */
function ruleOf(frontend: TableFrontend): Rule {
  const known = rules.get(frontend)
  if (known) return known
  const { address, port, source } = frontend
  const rule: Rule = {
    matches: [
      { kind: 'address', side: 'destination', negated: false, cidrs: [parseCidr(address)!], text: address },
      { kind: 'port', side: 'destination', negated: false, ranges: [[port, port]] },
    ],
    actions: [{ kind: 'unknown', text: source.text }],
    ...{ counter: null, comment: null, source: { line: source.line, text: source.text } },
  } as Rule
  rules.set(frontend, rule)
  return rule
}
