import type { Finding } from '../model/finding.ts'
import { countEndpoints, type EntryPath, isFaulty, type PathReport } from '../model/report.ts'
import type { Who } from '../model/who.ts'
import { KIND_WORDS, percent } from './words.ts'

/** What clients get of an entry. `skewed`: nothing fails, but ready endpoints get nothing. */
type State = 'lost' | 'part' | 'skewed' | 'unknown' | 'fine'

/** A kind of clients, led by one node's rules. */
interface Group {
  who: Who
  entries: EntryPath[]
}

/** Something that is true of some kinds of clients on several nodes. */
interface Clause {
  state: State
  who: Who[]
  nodes: string[]
  /** What they cannot reach, where that is only a part of the service; '' for all of it. */
  part: string
  share: string
}

/** Who is affected, in words: `pods on n2 cannot reach it; n1 and n3 can`. Empty where there is nothing to say of clients. */
export function impactText(report: PathReport): string {
  if (report.source === 'rules' && report.verdict === 'unknown') return pastedText(report)
  const clauses = clausesOf(report)
  const bad = clauses.filter(({ state }) => state !== 'fine')
  if (bad.length === 0) return some(isSure(report) ? clauses.map(ledText) : suspected(report))
  const more = bad.length > MOST_CLAUSES ? ['more below'] : []
  const told = bad.slice(0, MOST_CLAUSES).map(clauseText)
  return some([...told, ...more, ...othersText(clauses, bad[0]!, report)])
}

const MOST_CLAUSES = 3
const some = (texts: readonly string[]): string => texts.filter(Boolean).join('; ')

/** All that is known leads there: nothing is wrong that would spoil that. */
const isSure = ({ verdict }: PathReport): boolean => verdict === 'reachable' || verdict === 'unknown'

/** What is known where nothing is wrong. Whether a process listens there is not said. */
const ledText = ({ who, nodes }: Clause, i: number): string =>
  i === 0 ? `rules and routes lead there from ${clientsText(who, nodes)}` : `and from ${clientsText(who, nodes)}`

/** Of pasted rules: what they show, and that this is not all there is to know. */
function pastedText(report: PathReport): string {
  const entries = report.nodes.flatMap((node) => node.entries)
  const led = entries.filter(({ outcome }) => outcome === 'dnat').flatMap(({ endpoints }) => endpoints)
  const places = new Set(
    led.filter(({ probability }) => probability > 0).map((one) => `${one.address} ${one.port} ${one.chain}`),
  )
  if (places.size === 0) return 'this text does not show where its connections go'
  const lead = `the rules lead to ${places.size} endpoint${places.size === 1 ? '' : 's'}`
  if (countEndpoints(report).ready !== null) return `${lead}; the rest of the path is not in this text`
  return `${lead}; to be sure, add the output of: kubectl get endpointslices -A -o yaml`
}

/** Clauses that say the same are one, be they of several nodes or of several kinds of clients on the same nodes. */
function clausesOf(report: PathReport): Clause[] {
  const single = groupsOf(report).flatMap(groupClauses)
  const byKind = merged(single, ({ state, who: [who], part, share }) => [state, who!.kind, who!.name, part, share])
  const all = merged(byKind, ({ state, nodes, part, share }) => [state, nodes, part, share])
  return all.sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state))
}

function merged(clauses: readonly Clause[], key: (clause: Clause) => unknown[]): Clause[] {
  return [...Map.groupBy(clauses, (one) => JSON.stringify(key(one))).values()].map((all) => ({
    ...all[0]!,
    who: [...new Map(all.flatMap(({ who }) => who).map((one) => [`${one.kind} ${one.name}`, one])).values()],
    nodes: [...new Set(all.flatMap(({ nodes }) => nodes))],
  }))
}

const ORDER: readonly State[] = ['lost', 'part', 'skewed', 'unknown', 'fine']

function groupsOf({ nodes, source }: PathReport): Group[] {
  const entries = nodes.flatMap((node) => node.entries)
  // What somebody pasted may not name its node.
  const nameOf = (who: Who): Who => (source === 'rules' && who.node === 'node' ? { ...who, node: 'this node' } : who)
  const groups = Map.groupBy(entries, ({ who }) => JSON.stringify([who.kind, who.name, who.node]))
  return [...groups.values()].map((all) => ({ who: nameOf(all[0]!.who), entries: all }))
}

/** One clause where all entries fare alike, else one for each way in which some of them fare badly. */
function groupClauses({ who, entries }: Group): Clause[] {
  const states = Map.groupBy(entries, stateOf)
  const bad = ORDER.filter((state) => state !== 'fine' && states.has(state))
  const base = { who: [who], nodes: [who.node] }
  if (bad.length === 0) return [{ ...base, state: 'fine', part: '', share: '' }]
  return bad.map((state) => {
    const hit = states.get(state)!
    return {
      ...base,
      state,
      part: hit.length === entries.length ? '' : partText(hit, entries),
      share: state === 'part' ? shareText(hit) : '',
    }
  })
}

function stateOf(entry: EntryPath): State {
  const { verdict, outcome } = entry
  if (verdict === 'reachable') return 'fine'
  if (verdict === 'unknown') return 'unknown'
  if (verdict === 'broken' || outcome !== 'dnat') return 'lost'
  return wrongShare(entry) > 0 || !entry.endpoints.some(({ state }) => state === 'missing') ? 'part' : 'skewed'
}

const wrongShare = ({ endpoints }: EntryPath): number =>
  endpoints.filter(isFaulty).reduce((sum, { probability }) => sum + probability, 0)

/** The largest share of connections that go wrong; '' where it is not known. */
function shareText(entries: readonly EntryPath[]): string {
  const share = Math.max(...entries.map(wrongShare))
  return share > 0 ? `up to ${percent(Math.min(share, 1))}` : 'some'
}

/** `port 80`, `node port 30080 and load balancer 203.0.113.10:80`: what of the service it is. */
function partText(hit: readonly EntryPath[], all: readonly EntryPath[]): string {
  if (hit.every(({ kind }) => kind === 'podIP')) return `${hit.length} of its ${all.length} pods`
  const kinds = new Set(all.map(({ kind }) => kind))
  const names = hit.map(({ kind, address, port }) => {
    if (kinds.size === 1 || kind === 'nodePort') return `${kind === 'nodePort' ? 'node port' : 'port'} ${port}`
    return `${KIND_WORDS[kind]} ${address} port ${port}`
  })
  return andText([...new Set(names)], 'others')
}

function clauseText({ state, who, nodes, part, share }: Clause): string {
  const clients = clientsText(who, nodes)
  const what = part || 'it'
  const many = who.length > 1 || who[0]!.kind === 'pods' || who[0]!.kind === 'outside'
  switch (state) {
    case 'lost':
      return `${clients} cannot reach ${what}`
    case 'part':
      return `${share} of the connections from ${clients}${part ? ` to ${part}` : ''} may fail`
    case 'skewed':
      return `${clients} ${many ? 'do' : 'does'} not reach every ready endpoint${part ? ` of ${part}` : ''}`
    case 'unknown':
      return `not known whether ${clients} can reach ${what}`
    case 'fine':
      return `${clients} can reach ${what}`
  }
}

/** `pods on n2 and outside clients that arrive there` */
function clientsText(who: readonly Who[], nodes: readonly string[]): string {
  const [first, ...others] = who.map(({ kind, name }, i) => {
    if (kind === 'pods') return `pods ${i === 0 ? `on ${nodesText(nodes)}` : 'there'}`
    if (kind === 'outside') return `outside clients that arrive ${i === 0 ? `at ${nodesText(nodes)}` : 'there'}`
    return kind === 'address' ? (name ?? '?') : `${kind} ${name}`
  })
  return andText([first!, ...others], 'others')
}

const nodesText = (nodes: readonly string[]): string => andText(nodes, 'nodes')

const MOST_NAMES = 4

/** `n1, n2 and n3`; of many the first. */
function andText(names: readonly string[], noun: string): string {
  if (names.length > MOST_NAMES + 1)
    return `${names.slice(0, MOST_NAMES).join(', ')} and ${names.length - MOST_NAMES} more ${noun}`
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

/** Where rules and routes are well, but a finding is an error: whom it names. */
function suspected({ findings }: PathReport): string[] {
  const errors = findings.filter(({ severity }) => severity === 'error')
  if (errors.length === 0) return []
  const groups = Map.groupBy(
    errors.flatMap(({ who }) => who),
    ({ kind, name }) => JSON.stringify([kind, name]),
  )
  const clients = [...groups.values()].map((all) => clientsText([all[0]!], [...new Set(all.map(({ node }) => node))]))
  return [
    clients.length > 0
      ? `may not work for ${andText(clients.slice(0, 2), 'clients')}`
      : 'may not work for some clients',
  ]
}

/** `n1 and n3 can`: the other nodes of the kind of clients that fares worst. Left out where a finding may be true of them, too. */
function othersText(clauses: readonly Clause[], worst: Clause, { findings }: PathReport): string[] {
  const { kind } = worst.who[0]!
  const fine = clauses.find(({ state, who }) => state === 'fine' && who.some((one) => one.kind === kind))
  if (!fine || worst.state !== 'lost' || worst.part) return []
  const doubts = findings.filter(({ severity }) => severity !== 'info')
  const isClear = (name: string) => doubts.every((one) => fine.who.every((who) => !concerns(one, who.kind, name)))
  const nodes = fine.nodes.filter(isClear)
  if (nodes.length === 0) return []
  if (worst.who.length > fine.who.length || kind === 'outside') return [`${clientsText(fine.who, nodes)} can`]
  return [nodes.length > MOST_NAMES + 1 ? `those on ${nodes.length} other nodes can` : `${nodesText(nodes)} can`]
}

/** May a finding be true of these clients of a node? One that names no client may be true of all. */
function concerns({ who, node, onNodes }: Finding, kind: Who['kind'], name: string): boolean {
  if (who.length > 0) return who.some((one) => one.kind === kind && one.node === name)
  return onNodes ? onNodes.includes(name) : node === null || node === name
}
