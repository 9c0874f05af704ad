/** Routes, links, settings and versions of a node, held against those of another look. */
import { isWithin } from '../model/address.ts'
import type { Change, ChangeArea, Incomparable } from '../model/diff/report.ts'
import type { Link, NodeState, PolicyRule, Route } from '../model/node.ts'
import type { Differences } from './rules.ts'

/** What of a node matters: addresses that packets are sent to, and interfaces that they pass. */
export interface Concern {
  addresses: ReadonlySet<string>
  interfaces: ReadonlySet<string>
}

export function nodeChanges(before: NodeState, after: NodeState, concern: Concern): Differences {
  const parts = PARTS.map((part) => compare(part, before, after, concern))
  return { changes: parts.flatMap((one) => one.changes), unknowns: parts.flatMap((one) => one.unknowns) }
}

/** A part of a node as lines by what they are about; null where it was not collected. */
interface Part {
  area: ChangeArea
  what: string
  read(node: NodeState, concern: Concern): ReadonlyMap<string, string> | null
}

const PARTS: readonly Part[] = [
  { area: 'route', what: 'the routes', read: ({ routes }, concern) => routes && routeLines(routes, concern) },
  { area: 'route', what: 'the routing rules', read: ({ policyRules }) => policyRules && policyLines(policyRules) },
  { area: 'link', what: 'the interfaces', read: ({ links }, concern) => links && linkLines(links, concern) },
  {
    area: 'link',
    what: 'the hairpin settings',
    read: ({ hairpin }, concern) => hairpin && hairpinLines(hairpin, concern),
  },
  { area: 'setting', what: 'the kernel settings', read: ({ sysctls }) => sysctls && settingLines(sysctls) },
]

function compare({ area, what, read }: Part, before: NodeState, after: NodeState, concern: Concern): Differences {
  const nodes = [before.name]
  const [old, now] = [read(before, concern), read(after, concern)]
  if (!old && !now) return { changes: [], unknowns: [] }
  if (!old || !now) return { changes: [], unknowns: [{ nodes, what, missingIn: old ? 'after' : 'before' }] }
  // A setting is there always: what a look did not ask for is not shown.
  const isPartial = area === 'setting'
  const unknowns: Incomparable[] = []
  const changes = [...new Set([...old.keys(), ...now.keys()])].flatMap((subject): Change[] => {
    const [from, to] = [old.get(subject) ?? null, now.get(subject) ?? null]
    if (from === to) return []
    if (isPartial && (from === null || to === null)) {
      unknowns.push({ nodes, what: subject, missingIn: from === null ? 'before' : 'after' })
      return []
    }
    return [{ area, nodes, subject, before: from, after: to, changesWay: false }]
  })
  return { changes, unknowns }
}

/** Routes that hold an address of concern, by destination and table. */
function routeLines(routes: readonly Route[], { addresses }: Concern): Map<string, string> {
  const wanted = [...addresses]
  const matter = routes.filter(
    ({ destination, table }) => table !== 'local' && wanted.some((one) => isWithin(one, destination)),
  )
  const key = ({ destination, table }: Route) => (table === 'main' ? destination : `${destination} table ${table}`)
  return joined(matter.map((one) => [key(one), routeText(one)]))
}

function routeText({ type, hops, metric, source }: Route): string {
  const ways = hops.map(({ gateway, device }) =>
    [gateway && `via ${gateway}`, device && `dev ${device}`].filter(Boolean).join(' '),
  )
  return [type === 'unicast' ? '' : type, ways.join(', '), metric > 0 && `metric ${metric}`, source && `src ${source}`]
    .filter(Boolean)
    .join(' ')
}

const policyLines = (rules: readonly PolicyRule[]): Map<string, string> =>
  joined(
    rules.map(({ family, priority, from, table, condition }) => [
      `ip${family === 6 ? ' -6' : ''} rule ${priority}`,
      [`from ${from}`, condition, table && `lookup ${table}`].filter(Boolean).join(' '),
    ]),
  )

const linkLines = (links: readonly Link[], { interfaces }: Concern): Map<string, string> =>
  joined(links.filter(({ name }) => interfaces.has(name)).map((link) => [link.name, linkText(link)]))

function linkText({ kind, mtu, up, master, addresses, xdp }: Link): string {
  const own = addresses.map(({ address, prefix }) => `${address}/${prefix}`).sort()
  return [
    up ? 'up' : 'down',
    kind,
    mtu && `mtu ${mtu}`,
    master && `on ${master}`,
    ...own,
    xdp && `XDP ${xdp.name ?? ''}`,
  ]
    .filter(Boolean)
    .join(' ')
}

const hairpinLines = (hairpin: ReadonlyMap<string, boolean>, { interfaces }: Concern): Map<string, string> =>
  new Map(
    [...hairpin].flatMap(([name, on]) => (interfaces.has(name) ? [[`hairpin of ${name}`, on ? 'on' : 'off']] : [])),
  )

/** What the kernel counts stands among its settings. */
const settingLines = (sysctls: ReadonlyMap<string, string>): Map<string, string> =>
  new Map([...sysctls].filter(([key]) => !/(_count|\.stat)$/.test(key)))

function joined(lines: readonly (readonly [string, string])[]): Map<string, string> {
  const groups = Map.groupBy(lines, ([key]) => key)
  return new Map(
    [...groups].map(([key, all]) => [
      key,
      all
        .map(([, text]) => text)
        .sort()
        .join('; '),
    ]),
  )
}

/** Versions of what runs on a node, and the proxy's mode. Where a side does not tell, nothing is said. */
export function versionChanges(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  nodes: string[],
): Change[] {
  return [...before].flatMap(([subject, from]): Change[] => {
    const to = after.get(subject)
    if (to === undefined || to === from) return []
    return [{ area: 'version', nodes, subject, before: from, after: to, changesWay: false }]
  })
}
