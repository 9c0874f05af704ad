/** What a diff tells, in sections and lines: the tree and the Markdown page set the same ones. */
import { joinHostPort } from '../../model/address.ts'
import type {
  Change,
  DiffFinding,
  DiffReport,
  Incomparable,
  ServiceDiff,
  WayChange,
  WayEntry,
  WayState,
} from '../../model/diff/report.ts'
import { some } from '../phrases.ts'
import { KIND_WORDS, percent, STATE_WORDS } from '../words.ts'

export interface Section {
  title: string
  items: Item[]
}

/** `-` was there, `+` is there, `~` is not as it was; `✗` and `!` are findings, `?` is not known. */
export interface Item {
  sign: '-' | '+' | '~' | '✗' | '!' | '·' | '?'
  /** Nodes, or the kind of thing; empty: nothing to add. */
  where: string
  text: string
  /** It stands below the one before. */
  inner?: true
}

/** The first line: what came of it. */
export function headlineOf({ outcome, asked, services, compared }: DiffReport): string {
  const words = {
    worse: 'CHANGED FOR THE WORSE',
    changed: 'CHANGED',
    unknown: 'NO CHANGE SEEN, but not everything can be compared',
    same: 'SAME WAY',
  }[outcome]
  if (asked !== null) return [words, asked, services[0] ? verdictText(services[0]) : ''].filter(Boolean).join('  ')
  const changed = services.filter((one) => one.outcome === 'worse' || one.outcome === 'changed').length
  const count = `${compared} ${compared === 1 ? 'service' : 'services'} compared`
  return `${words}  ${count}${changed > 0 ? `, ${changed} changed` : ''}`
}

/** `before  FILE  TIME`, and the same of the other side. */
export const sidesOf = ({ before, after }: DiffReport): [name: string, origin: string, time: string][] => [
  ['before', before.origin, before.observedAt ?? 'time not known'],
  ['after', after.origin, after.observedAt ?? 'time not known'],
]

/** `reachable → broken`; of a service that one side has: `new`, `gone`. */
export function verdictText({ presence, verdict: { before, after } }: ServiceDiff): string {
  if (presence === 'appeared') return `new, ${after}`
  if (presence === 'vanished') return `gone, it was ${before}`
  if (before === after) return before ?? 'unknown'
  return `${before ?? 'not shown'} → ${after ?? 'not shown'}`
}

/** The findings of a service by code: what each is stands below, or with -v. */
export const gistOf = ({ appeared, vanished }: ServiceDiff): string =>
  [
    ...[...new Set(appeared.map(codeText))].map((text) => `+ ${text}`),
    ...[...new Set(vanished.map(codeText))].map((text) => `- ${text}`),
  ].join('; ')

const codeText = ({ code, name, nodes }: DiffFinding): string =>
  [`${code} ${name}`, some(nodes, 3)].filter(Boolean).join(' ')

/** What there is to tell of one service, and of nodes where it alone was asked for. `most`: how many lines of a kind; null: all. */
export function serviceSections(service: ServiceDiff, report: DiffReport, most: number | null): Section[] {
  const { changes, way, appeared, vanished, unknowns, presence } = service
  const all = [...changes, ...(report.asked === null ? [] : report.changes)]
  const [guilty, others] = [all.filter(({ changesWay }) => changesWay), changes.filter(({ changesWay }) => !changesWay)]
  return filled([
    { title: 'THE WAY', items: wayItems(way) },
    {
      title: presence === 'both' ? 'WHAT CHANGES THE WAY' : 'ITS RULES',
      items: cut(guilty.flatMap(changeItems), most),
    },
    { title: 'FINDINGS THAT APPEARED', items: cut(appeared.map(findingItem), most) },
    { title: 'FINDINGS THAT ARE GONE', items: cut(vanished.map(findingItem), most) },
    { title: 'OTHER CHANGES', items: cut(others.flatMap(changeItems), most) },
    { title: 'NOT COMPARED', items: cut(unknowns.map(unknownItem), most) },
  ])
}

/** Of all services: what changes on nodes change the way of some. */
export const causeSections = ({ asked, changes }: DiffReport, most: number | null): Section[] =>
  filled([
    {
      title: 'CHANGES ON NODES THAT CHANGE THE WAY',
      items: asked === null ? cut(changes.filter(({ changesWay }) => changesWay).flatMap(changeItems), most) : [],
    },
  ])

/** What else belongs to nodes. */
export const nodeSections = ({ changes, unknowns }: DiffReport, most: number | null): Section[] =>
  filled([
    {
      title: 'OTHER CHANGES ON NODES AND IN THE CLUSTER',
      items: cut(changes.filter(({ changesWay }) => !changesWay).flatMap(changeItems), most),
    },
    { title: 'NOT COMPARED ON NODES', items: cut(unknowns.map(unknownItem), most) },
  ])

const filled = (sections: readonly Section[]): Section[] => sections.filter(({ items }) => items.length > 0)

function cut(items: Item[], most: number | null): Item[] {
  const more = most === null ? 0 : items.length - most
  return more > 1 ? [...items.slice(0, most!), { sign: '·', where: '', text: `and ${more} more, see -v` }] : items
}

/** Nodes with the same changes share a heading. */
function wayItems(way: readonly WayChange[]): Item[] {
  const places = Map.groupBy(way, ({ nodes, entry }) => JSON.stringify([nodes, entry]))
  return [...places.values()].flatMap((all): Item[] => {
    const { nodes, entry } = all[0]!
    const own = all.find(({ endpoint }) => endpoint === null)
    const head: Item = { sign: own ? signOf(own) : '~', where: namesOf(nodes), text: headText(entry, own) }
    const ends = all.filter(({ endpoint }) => endpoint !== null)
    const alike = Map.groupBy(ends, (one) => `${signOf(one)} ${stateChange(one)}`)
    return [
      head,
      ...[...alike.values()].map(
        (some): Item => ({
          ...{ sign: signOf(some[0]!), where: '', inner: true },
          text: endpointsText(some),
        }),
      ),
    ]
  })
}

const signOf = ({ before, after }: { before: unknown; after: unknown }): '-' | '+' | '~' =>
  before === null ? '+' : after === null ? '-' : '~'

function headText(entry: WayEntry | null, own: WayChange | undefined): string {
  const name = entry === null ? 'the names of the service' : entryText(entry)
  return own ? `${name}: ${stateChange(own)}` : name
}

const CLIENTS: Record<WayEntry['client'], string> = {
  pods: 'from pods',
  outside: 'from outside',
  pod: 'from the pod',
  node: 'from the node',
  address: 'from the address',
}

function entryText({ kind, address, port, protocol, portName, client }: WayEntry): string {
  const place = address === null ? `:${port}` : joinHostPort(address, port)
  return [KIND_WORDS[kind], portName, `${place}/${protocol.toLowerCase()}`, CLIENTS[client]].filter(Boolean).join(' ')
}

/** Endpoints with the same change share a line. */
const endpointsText = (alike: readonly WayChange[]): string => {
  const names = alike.map(({ endpoint, pod }) => [endpoint, pod && `(pod ${pod})`].filter(Boolean).join(' '))
  return `${some(names, 3)}: ${stateChange(alike[0]!)}`
}

/** Only what differs, where both sides have it. */
function stateChange({ before, after }: WayChange): string {
  if (before === null) return stateWords(after!).join(', ')
  if (after === null) return `${stateWords(before).join(', ')}; gone`
  const [old, now] = [stateWords(before), stateWords(after)]
  const differ = (own: readonly string[], other: readonly string[]) =>
    own.filter((one) => !other.includes(one)).join(', ')
  return `${differ(old, now) || 'nothing of note'} → ${differ(now, old) || 'nothing of note'}`
}

const OUTCOMES = {
  dnat: 'leads to endpoints',
  reject: 'rejected',
  drop: 'dropped',
  none: 'no rule takes it',
  unknown: 'not known',
} as const

const FATES: Readonly<Record<string, string>> = {
  forwarded: 'forwarded',
  delivered: 'delivered',
  drop: 'dropped on the way',
  reject: 'rejected on the way',
}

function stateWords({ verdict, outcome, share, state, fate, masquerade, link, reason }: WayState): string[] {
  return [
    verdict ?? '',
    outcome === null ? '' : OUTCOMES[outcome],
    share === null ? '' : percent(share),
    state === null ? '' : (STATE_WORDS[state as keyof typeof STATE_WORDS] ?? state),
    fate === null ? '' : (FATES[fate] ?? fate),
    masquerade === 'yes' ? 'masqueraded' : masquerade === 'no' ? 'not masqueraded' : '',
    link === null ? '' : `via ${link}`,
    reason === null ? '' : reason.replaceAll('*', 'the node'),
  ].filter((word) => word !== '')
}

/** A rule is told by its text; all else by its name, with what it was and what it is. */
function changeItems(change: Change): Item[] {
  const { area, nodes, subject, before, after } = change
  const where = [namesOf(nodes), AREAS[area]].filter(Boolean).join('  ')
  if (area === 'rules' && (before === null || after === null))
    return [{ sign: signOf(change), where, text: (before ?? after)! }]
  const text = before === null ? after : after === null ? before : `${before} → ${after}`
  return [{ sign: signOf(change), where, text: `${subject}: ${text}` }]
}

const AREAS: Record<Change['area'], string> = {
  service: 'Service',
  endpoints: 'endpoint',
  rules: 'rule',
  route: 'route',
  link: 'interface',
  setting: 'setting',
  version: 'version',
  node: 'node',
}

function findingItem({ code, name, severity, nodes, message }: DiffFinding): Item {
  return {
    sign: severity === 'error' ? '✗' : severity === 'warning' ? '!' : '·',
    where: [`${code} ${name}`, namesOf(nodes)].filter(Boolean).join('  '),
    text: message,
  }
}

const unknownItem = ({ nodes, what, missingIn }: Incomparable): Item => ({
  ...{ sign: '?', where: namesOf(nodes) },
  text:
    missingIn === 'both'
      ? `${what}: BEFORE and AFTER do not show the same`
      : `${what}: not in ${missingIn.toUpperCase()}`,
})

const namesOf = (nodes: readonly string[]): string => some(nodes, 6)
