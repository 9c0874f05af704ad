import { joinHostPort } from '../../model/address.ts'
import { type EndpointPath, type EntryPath, isFaulty, type NodePath, type WalkedRule } from '../../model/report.ts'
import { remarkOn, restText, select } from '../endpoint-table.ts'
import { type Lane, lanesOf } from '../lanes.ts'
import { kindText, modeLine } from '../phrases.ts'
import { withoutCounter } from '../rule-lines.ts'
import { countText, nodeCount } from '../texts/counts.ts'
import { ENDPOINTS, endpointRows } from '../wide-columns.ts'
import { namesClient, ofEveryone } from '../words.ts'
import { conntrackHtml } from './conntrack.ts'
import { listHtml } from './findings.ts'
import { type Html, html } from './html.ts'
import { LEFT_OUT, Room } from './room.ts'
import { tableHtml } from './table.ts'

interface Rooms {
  verbose: boolean
  endpoints: Room
  rules: Room
  conntrack: Room
}

/** Each node with its entries, their endpoints and every rule. Those with faults come first and are open; the others open on demand. */
export function nodesHtml(nodes: readonly NodePath[], verbose: boolean): Html {
  const room = (characters: number) => new Room(characters, verbose)
  const rooms = { verbose, endpoints: room(70_000), rules: room(170_000), conntrack: room(50_000) }
  const faulty = nodes.filter(({ verdict }) => verdict !== 'reachable')
  return html`${[...new Set([...faulty, ...nodes])].map((node, i) => nodeHtml(node, i === 0 || faulty.includes(node), rooms))}`
}

function nodeHtml(node: NodePath, open: boolean, rooms: Rooms): Html {
  const { name, verdict, sameAs, entries, notes, counterNote } = node
  return html`<details class="node"${open && html` open`}><summary><h3>${name}</h3> <span class="badge ${verdict}">${verdict}</span>
<span class="dim">${modeLine(node)}${sameAs && html` · same path as ${sameAs}`}</span> <span class="count">${ofEveryone(nodeCount(node), entries)}</span></summary>
${counterNote && html`<p class="dim">${counterNote}</p>`}
${listHtml(notes.map((note) => (entries.length > 0 ? `assumed: ${note}` : note)))}
${lanesOf(node).map((lane) => laneHtml(lane, node, rooms))}
${conntrackHtml(node, rooms.verbose, rooms.conntrack)}
</details>
`
}

function laneHtml(lane: Lane, node: NodePath, rooms: Rooms): Html {
  const [entry] = lane.entries as [EntryPath]
  const address = entry.kind === 'podIP' ? `:${entry.port}` : joinHostPort(entry.address, entry.port)
  const title = `${kindText(entry)} ${address}/${entry.protocol.toLowerCase()}`
  const counted = entry.kind === 'podIP' ? '' : ofEveryone(countText(entry), lane.entries)
  const label = `${title} from ${entry.client} on ${node.name}`
  return html`<h4>${title} ${entry.verdict !== 'reachable' && html`<span class="badge ${entry.verdict}">${entry.verdict}</span>`}</h4>
<p class="dim">from ${entry.client}${counted && html` · ${counted}`}</p>
${entry.chains.length > 0 && html`<p class="chains"><code>${entry.chains.join(' → ')}</code></p>`}
${listHtml(doubtsOf(lane))}
${endpointsHtml(lane, label, rooms)}
${rulesHtml(lane, label, rooms)}
`
}

/** Why an entry is not reachable, and what its outcome depends on. */
const doubtsOf = ({ entries }: Lane): string[] => [
  ...new Set([
    ...entries.flatMap(({ verdict, reason }) => (verdict !== 'reachable' && reason !== null ? [reason] : [])),
    ...entries.flatMap(({ conditions, reason }) =>
      conditions.filter((one) => one !== reason).map((one) => `depends on: ${one}`),
    ),
  ]),
]

const columnsNamed = (...titles: readonly string[]) =>
  titles.map((title) => ENDPOINTS.find((column) => column.title === title)!)

/** The columns of `-o wide` in an order for a page, those before and behind the remark. */
const BEFORE = columnsNamed('EXPECTED', 'ACTUAL', 'CONNECTIONS', 'ENDPOINT', 'POD', 'NODE', 'STATE')
const BEHIND = columnsNamed('INTERFACE', 'FOUND VIA', 'CHAIN', 'MASQUERADE', 'CONNTRACK', 'HELD', 'FATE')

function endpointsHtml(lane: Lane, label: string, { verbose, endpoints }: Rooms): Html | null {
  const all = lane.entries.flatMap((entry) => entry.endpoints)
  if (all.length === 0) return null
  const shown = new Set(select(all, { verbose }))
  const rows = endpointRows(lane).filter(({ endpoint }) => shown.has(endpoint))
  const titled = ({ title, align }: (typeof BEFORE)[number]) => ({
    title: titleOf(title, lane),
    ...(align === 'right' ? { align } : {}),
  })
  const table = tableHtml(
    `Endpoints of ${label}`,
    [...BEFORE.map(titled), { title: 'remark', words: true }, ...BEHIND.map(titled)],
    rows.map((row) => ({
      cells: [
        ...BEFORE.map(({ cell }) => cell(row)),
        remarkOn(row.endpoint),
        // What is as usual on all rows is left out.
        ...BEHIND.map(({ title, cell }) => (isUsual(title, all) ? '' : cell(row))),
      ],
      bad: isFaulty(row.endpoint),
    })),
  )
  const rest = restText(all, [...shown])
  return endpoints.take(html`${table}${rest && html`<p class="dim">${rest}</p>`}`) ?? LEFT_OUT
}

/** Whose connections they are is said where one client was named. */
const titleOf = (title: string, { entries }: Lane): string =>
  (title === 'CONNECTIONS' || title === 'CONNTRACK') && namesClient(entries)
    ? `${title.toLowerCase()}, all clients`
    : title.toLowerCase()

const isUsual = (title: string, all: readonly EndpointPath[]): boolean =>
  (title === 'MASQUERADE' && all.every(({ masquerade }) => masquerade === 'no')) ||
  (title === 'FATE' && all.every(({ fate }) => fate === 'forwarded' || fate === 'delivered'))

/** Every rule that the packet met, with its counter and where it stands. */
function rulesHtml({ entries }: Lane, label: string, rooms: Rooms): Html | null {
  const rules = entries.flatMap((entry) => entry.rules)
  if (rules.length === 0) return null
  const rows = rules.map(
    (
      rule,
    ) => html`<tr><td class="right">${counterOf(rule)}</td><td>${withoutCounter(rule)}${rule.maybe && html` <span class="badge unknown">maybe: ${rule.maybe}</span>`}</td><td>${rule.table}</td><td>${rule.file}:${String(rule.line)}</td></tr>
`,
  )
  const table = html`<div class="scroll" tabindex="0" role="group" aria-label="Rules of ${label}"><table class="rules">
<thead><tr><th scope="col">counter</th><th scope="col">rule</th><th scope="col">table</th><th scope="col">where</th></tr></thead>
<tbody>
${rows}</tbody></table></div>`
  return html`<details><summary>${rules.length} ${rules.length === 1 ? 'rule' : 'rules'} that the packet meets, in order</summary>
${rooms.rules.take(table) ?? LEFT_OUT}
</details>`
}

/** `≥`: a flow table carries packets past the rule. */
const counterOf = ({ counter }: WalkedRule): string =>
  counter ? `${counter.partial ? '≥' : ''}${counter.packets}` : '-'
