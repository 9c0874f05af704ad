import type { ConntrackLine, EndpointPath } from '../model/report.ts'
import type { Lane } from './lanes.ts'
import type { Column } from './table.ts'
import { endpointName, linkText, percent } from './words.ts'

export interface EndpointRow {
  endpoint: EndpointPath
  lane: Lane
  /** What the rules of all endpoints of the lane counted together. */
  counted: number
}

export interface ConntrackRow {
  line: ConntrackLine
  endpoint: EndpointPath
}

/** Connections are what the nat table's rules counted; conntrack holds those that are not yet forgotten. */
export const ENDPOINTS: readonly Column<EndpointRow>[] = [
  { title: 'EXPECTED', align: 'right', rank: 2, cell: expectedShare },
  { title: 'ENDPOINT', align: 'left', rank: 1, cell: ({ endpoint }) => endpointName(endpoint) },
  { title: 'CHAIN', align: 'left', rank: 12, cell: ({ endpoint }) => endpoint.chain ?? '' },
  {
    title: 'STATE',
    align: 'left',
    rank: 4,
    cell: ({ endpoint: { state, rival } }) =>
      rival ? `of ${rival.namespace}/${rival.name}` : state === 'notReady' ? 'not ready' : state,
  },
  { title: 'POD', align: 'left', rank: 5, cell: ({ endpoint }) => endpoint.pod?.name ?? '' },
  { title: 'NODE', align: 'left', rank: 6, cell: ({ endpoint }) => endpoint.node ?? '' },
  { title: 'INTERFACE', align: 'left', rank: 11, cell: ({ endpoint }) => linkText(endpoint.link) },
  {
    title: 'FOUND VIA',
    align: 'left',
    rank: 13,
    cell: ({ endpoint: { link } }) => [link.how, link.remote?.how].filter(Boolean).join(', '),
  },
  { title: 'MASQUERADE', align: 'left', rank: 10, cell: ({ endpoint }) => endpoint.masquerade },
  {
    title: 'CONNECTIONS',
    align: 'right',
    rank: 3,
    cell: ({ endpoint: { hits } }) => (hits ? `${hits.approximate ? '~' : ''}${hits.packets}` : ''),
  },
  { title: 'ACTUAL', align: 'right', rank: 7, cell: actualShare },
  { title: 'CONNTRACK', align: 'right', rank: 8, cell: ({ endpoint }) => String(endpoint.connections ?? '') },
  { title: 'HELD', align: 'right', rank: 14, cell: ({ endpoint: { held } }) => (held ? String(held.count) : '') },
  { title: 'FATE', align: 'left', rank: 9, cell: ({ endpoint }) => endpoint.fate },
]

/** A pod of a headless service is chosen by the client, from what DNS answers. */
function expectedShare({ endpoint, lane }: EndpointRow): string {
  if (lane.entries[0]!.kind === 'podIP') return ''
  return (endpoint.conditions.length > 0 ? '≤' : '') + percent(endpoint.probability)
}

/** Empty where nothing was counted. */
function actualShare({ endpoint: { hits }, counted }: EndpointRow): string {
  return hits && counted > 0 ? percent(hits.packets / counted) : ''
}

export const CONNTRACK: readonly Column<ConntrackRow>[] = [
  { title: 'PROTOCOL', align: 'left', rank: 5, cell: ({ line }) => line.protocol },
  { title: 'STATE', align: 'left', rank: 3, cell: ({ line }) => line.state ?? '' },
  { title: 'TIMEOUT', align: 'right', rank: 4, cell: ({ line }) => (line.timeout === null ? '' : `${line.timeout} s`) },
  { title: 'CLIENT', align: 'left', rank: 1, cell: ({ line }) => line.client },
  { title: 'ENDPOINT', align: 'left', rank: 2, cell: ({ endpoint }) => endpointName(endpoint) },
]

export function endpointRows(lane: Lane): EndpointRow[] {
  const endpoints = lane.entries.flatMap((entry) => entry.endpoints)
  const counted = endpoints.reduce((sum, { hits }) => sum + (hits?.packets ?? 0), 0)
  return endpoints.map((endpoint) => ({ endpoint, lane, counted }))
}
