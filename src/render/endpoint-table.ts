import { type EndpointPath, type EndpointState, type EntryPath, isFaulty, type PathReport } from '../model/report.ts'
import { type Look, pad, stringWidth, wrap } from './terminal.ts'
import { endpointName, linkText, namesClient, percent, STATE_WORDS, shortLinkText, stateText } from './words.ts'

/** One column of the endpoint lines. `shed` orders what a narrow terminal does without first; 0 stays. */
export interface Column {
  title: string
  side: 'left' | 'right'
  shed: number
  cell: (endpoint: EndpointPath, entry: EntryPath) => string
  /** The same in fewer columns, before it is left away. */
  short?: (endpoint: EndpointPath) => string
}

const COLUMNS: readonly Column[] = [
  { title: 'expected', side: 'left', shed: 0, cell: expectedShare },
  { title: 'endpoint', side: 'right', shed: 0, cell: endpointName },
  { title: 'pod', side: 'right', shed: 3, cell: (one) => one.pod?.name ?? '' },
  { title: 'node', side: 'right', shed: 1, cell: (one) => one.node ?? '' },
  {
    title: 'via',
    side: 'right',
    shed: 6,
    cell: (one) => linkText(one.link),
    short: (one) => shortLinkText(one.link, one.node),
  },
  { title: 'connections', side: 'left', shed: 4, cell: seenCount },
  { title: 'actual', side: 'left', shed: 2, cell: actualShare },
  { title: 'clients held', side: 'left', shed: 5, cell: ({ held }) => (held ? String(held.count) : '') },
]

/** An entry with more endpoints than this shows the first of them and whatever stands out. */
const MOST_LINES = 12

/** Draws the endpoints of an entry; `leftOut`: the columns that there is no room for. */
interface EndpointTable {
  draw: (entry: EntryPath) => string[]
  leftOut: string[]
}

/**
 * A drawer of endpoint lines whose columns stand under each other over all nodes and entries of the report, and that
 * shortens and leaves away columns until it fits the width.
 */
export function endpointTable(report: PathReport, look: Look): EndpointTable {
  const entries = report.nodes.filter((node) => node.sameAs === null).flatMap((node) => node.entries)
  const shown = entries.map((entry) => ({ entry, endpoints: select(entry.endpoints, look) }))
  const used = columnsFor(entries).filter((column) =>
    shown.some(({ entry, endpoints }) => endpoints.some((one) => column.cell(one, entry) !== '')),
  )
  const sized = (column: Column): Sized => {
    const cells = shown.flatMap(({ entry, endpoints }) => endpoints.map((one) => stringWidth(column.cell(one, entry))))
    return { ...column, width: Math.max(stringWidth(column.title), ...cells) }
  }
  const long = used.map(sized)
  const short = used.map(({ short: cell, ...column }) => sized(cell ? { ...column, cell } : column))
  const columns = fits(long, look.width) ? long : shrink(short, look.width)
  // `via` names the node, too.
  const isShown = (name: string) => columns.some(({ title }) => title === name || (title === 'via' && name === 'node'))
  const leftOut = used.filter(({ title }) => !isShown(title))
  return { draw: (entry) => draw(entry, columns, look), leftOut: leftOut.map(({ title }) => title) }
}

/** Whose connections they are is said where one client was named. */
export const columnsFor = (entries: readonly EntryPath[]): readonly Column[] =>
  namesClient(entries)
    ? COLUMNS.map((column) => (column.cell === seenCount ? { ...column, title: 'all clients' } : column))
    : COLUMNS

type Sized = Column & { width: number }

const fits = (columns: readonly Sized[], width: number | null): boolean =>
  width === null || columns.reduce((sum, column) => sum + column.width + 2, 6) <= width

function shrink(columns: Sized[], width: number | null): Sized[] {
  const [first] = columns.filter((column) => column.shed > 0).sort((a, b) => a.shed - b.shed)
  if (fits(columns, width) || !first) return columns
  return shrink(
    columns.filter((column) => column !== first),
    width,
  )
}

function draw(entry: EntryPath, columns: readonly Sized[], look: Look): string[] {
  if (entry.endpoints.length === 0) return []
  const endpoints = select(entry.endpoints, look)
  const title = columns.map((column) => pad(column.title, column.width, column.side)).join('  ')
  const lines = endpoints.flatMap((endpoint, i) => {
    const last = i === endpoints.length - 1 && endpoints.length === entry.endpoints.length
    const cells = columns.map((column) => pad(column.cell(endpoint, entry), column.width, column.side))
    const [first, ...others] = paint(endpoint, cells.join('  '), look)
    return [`    ${last ? '└' : '├'} ${first}`, ...others.map((line) => `    ${last ? ' ' : '│'}     ${line}`)]
  })
  return [look.colour.dim(`      ${title.trimEnd()}`), ...lines, ...rest(entry.endpoints, endpoints, look)]
}

/** Those that are to be seen: all of a few; of many the first ones and every one that is not as it should be. */
export function select(endpoints: readonly EndpointPath[], look: Pick<Look, 'verbose'>): EndpointPath[] {
  if (look.verbose || endpoints.length <= MOST_LINES) return [...endpoints]
  const odd = endpoints.filter((one) => isFaulty(one)).slice(0, MOST_LINES)
  return endpoints.filter((one, i) => odd.includes(one) || i < MOST_LINES - 4)
}

function rest(all: readonly EndpointPath[], shown: readonly EndpointPath[], look: Look): string[] {
  const text = restText(all, shown)
  return text ? [look.colour.dim(`    └ ${text}`)] : []
}

/** `… and 9 more, each 5 %, none with a fault`; '' where all are shown. */
export function restText(all: readonly EndpointPath[], shown: readonly EndpointPath[]): string {
  const hidden = all.filter((one) => !shown.includes(one))
  if (hidden.length === 0) return ''
  const shares = hidden.map((one) => one.probability)
  const [low, high] = [percent(Math.min(...shares)), percent(Math.max(...shares))]
  const bad = hidden.filter((one) => isFaulty(one)).length
  const share = low === high ? `each ${low}` : `${low} to ${high} each`
  const state = bad > 0 ? `${bad} of them with faults` : 'none with a fault'
  return `… and ${hidden.length} more, ${share}, ${state} (-v shows all)`
}

/** A line, and below it the remark on it where that does not fit: why an endpoint is not reached is never cut. */
function paint(endpoint: EndpointPath, line: string, look: Look): string[] {
  const { colour, width } = look
  const fault = isFaulty(endpoint)
  const remark = remarkOn(endpoint)
  if (!remark) return [line.trimEnd()]
  const told = (text: string) => (fault ? colour.red.bold(text) : colour.cyan(text))
  // A remark stands in a column of its own where there is room, else behind the last word of the line.
  const room = (text: string) => (width === null ? Number.POSITIVE_INFINITY : width - 8 - stringWidth(text))
  const text = room(line) >= stringWidth(remark) ? line : line.trimEnd()
  const painted = fault ? colour.red(text) : text
  if (room(text) >= stringWidth(remark)) return [`${painted}  ${told(remark)}`]
  return [painted, ...wrap(remark, width! - 10).map(told)]
}

/** What is wrong with an endpoint, or doubtful; '' where it is as it should be. */
export const remarkOn = (endpoint: EndpointPath): string =>
  isFaulty(endpoint) ? shortFault(endpoint) : doubtOf(endpoint)

/** What is a fault whatever becomes of the packets. */
const OF_STATE: ReadonlySet<EndpointState> = new Set(['stale', 'rival', 'missing'])

function shortFault(endpoint: EndpointPath): string {
  if (OF_STATE.has(endpoint.state) || endpoint.fate === 'forwarded') return stateText(endpoint)
  return endpoint.fate === 'delivered' ? stateText(endpoint) : `${endpoint.fate}: ${endpoint.reason}`
}

function doubtOf(endpoint: EndpointPath): string {
  if (endpoint.conditions.length > 0) return `if ${endpoint.conditions[0]}`
  if (endpoint.address === null) return 'its address is not in the text'
  if (endpoint.known === 'hash') return 'known by its hash'
  return endpoint.state === 'serving' ? STATE_WORDS.serving : ''
}

function expectedShare(endpoint: EndpointPath, entry: EntryPath): string {
  // DNS hands out the pods of a headless service; no rule deals them out.
  if (entry.kind === 'podIP') return ''
  if (endpoint.state === 'missing') return '-'
  return (endpoint.conditions.length > 0 ? '≤' : '') + percent(endpoint.probability)
}

/** The rule's counter, and tracked connections marked as such where rules keep none, or count late. */
function seenCount({ hits, connections }: EndpointPath): string {
  if (hits) {
    const late = hits.lags && (connections ?? 0) > hits.packets ? ` (${connections} tracked)` : ''
    return `${hits.approximate ? '~' : ''}${hits.packets}${late}`
  }
  return connections === null ? '' : `${connections} tracked`
}

function actualShare(endpoint: EndpointPath, entry: EntryPath): string {
  const total = entry.endpoints.reduce((sum, one) => sum + (one.hits?.packets ?? 0), 0)
  if (endpoint.hits) return total > 0 ? percent(endpoint.hits.packets / total) : ''
  const tracked = entry.endpoints.reduce((sum, one) => sum + (one.connections ?? 0), 0)
  return endpoint.connections !== null && tracked > 0 ? percent(endpoint.connections / tracked) : ''
}
