import type { ChalkInstance } from 'chalk'
import { joinHostPort } from '../model/address.ts'
import {
  countEndpoints,
  type EndpointPath,
  type EndpointState,
  type EntryKind,
  type EntryPath,
  type LinkLeg,
  type PathReport,
  type Verdict,
} from '../model/report.ts'
import type { Counter } from '../model/rules.ts'

export const KIND_WORDS: Record<EntryKind, string> = {
  clusterIP: 'cluster IP',
  nodePort: 'node port',
  externalIP: 'external IP',
  loadBalancerIP: 'load balancer',
  podIP: 'pod',
}

export const STATE_WORDS: Record<EndpointState, string> = {
  ready: 'ready',
  serving: 'terminating, still serving',
  terminating: 'terminating',
  notReady: 'not ready',
  stale: 'no longer an endpoint',
  rival: 'an endpoint of another service',
  missing: 'missing: no rule leads here',
  unknown: '',
}

/** The state, and whose endpoint it is. */
export const stateText = ({ state, rival }: Pick<EndpointPath, 'state' | 'rival'>): string =>
  rival ? `an endpoint of ${rival.namespace}/${rival.name}` : STATE_WORDS[state]

/** A verdict in its colour. */
export function paintVerdict(verdict: Verdict, colour: ChalkInstance, text: string = verdict): string {
  const paint = { reachable: colour.green, degraded: colour.yellow, broken: colour.red, unknown: colour.cyan }
  return paint[verdict].bold(text)
}

/** `20 %`, `33.3 %`, `0.5 %`: three digits at most. */
export function percent(share: number): string {
  const value = share * 100
  const digits = value === 0 || Math.abs(value - Math.round(value)) < 0.05 ? 0 : value < 10 ? 2 : 1
  return `${value.toFixed(digits).replace(/\.(\d)0$/, '.$1')} %`
}

/** `20 connections`, `1 connection`, `~12000 connections` where the counter was printed rounded. */
export function connections(count: number | null, counter: Counter | null = null): string {
  if (count === null) return NOT_COUNTED
  return `${counter?.approximate ? '~' : ''}${count} connection${count === 1 ? '' : 's'}`
}

/** Rules and conntrack count the connections of everybody: a count beside a client that was named says so. */
export const ofEveryone = (text: string, entries: readonly EntryPath[]): string =>
  text !== '' && text !== NOT_COUNTED && namesClient(entries) ? `${text}, all clients` : text

/** Was the packet of one client walked, as `--from` names it? */
export const namesClient = (entries: readonly EntryPath[]): boolean =>
  entries.some(({ who: { kind } }) => kind === 'pod' || kind === 'node' || kind === 'address')

const NOT_COUNTED = 'not counted'

export const endpointName = (endpoint: EndpointPath): string =>
  endpoint.address === null ? (endpoint.chain ?? '?') : joinHostPort(endpoint.address, endpoint.port)

/** `vethe7302c64 on cni0`; for another node `eth0 → 172.30.0.12, veth8 on cni0`; empty where nothing is known. */
export function linkText(link: LinkLeg): string {
  if (link.how === 'local') return `${link.interface ?? 'this node'} (host network)`
  const out = link.interface && link.via ? `${link.interface} → ${link.via}` : portText(link.interface, link.bridge)
  // A pod in the network of its node has the node's own interface.
  if (link.remote?.how === 'local') return [out, `→ ${link.remote.node} (host network)`].filter(Boolean).join(' ')
  const there = link.remote ? portText(link.remote.interface, link.remote.bridge) : ''
  return [out, there].filter(Boolean).join(', ')
}

/** The same in few columns, without bridge and uplink: `vethe7302c64`; for another node `→ n2, veth8`. */
export function shortLinkText(link: LinkLeg, node: string | null): string {
  if (link.how === 'local') return link.interface ?? 'this node'
  if (link.remote === null && link.via === null) return link.interface ?? linkText(link)
  if (link.remote?.how === 'local') return `→ ${link.remote.node}`
  return [`→ ${node ?? link.via ?? link.interface ?? '?'}`, link.remote?.interface ?? ''].filter(Boolean).join(', ')
}

function portText(name: string | null, bridge: string | null): string {
  if (name === null) return bridge ? `a port of ${bridge}` : ''
  return bridge ? `${name} on ${bridge}` : name
}

/** `5 of 5 endpoints ready, on 3 nodes`; what the API does not tell is left out. */
export function endpointsText(report: PathReport): string {
  const { ready, total, nodes } = countEndpoints(report)
  const hidden = Math.max(0, ...report.nodes.flatMap((node) => node.entries.map(countHidden)))
  const more = hidden > 0 ? `${hidden} endpoint${hidden === 1 ? '' : 's'} known by chain name only` : ''
  if (total === 0) return more || (ready === null ? UNSEEN_ENDPOINTS[report.source] : 'no endpoints')
  const noun = `endpoint${total === 1 ? '' : 's'}`
  const count = ready === null ? `${total} ${noun}` : `${ready} of ${total} ${noun} ready`
  const where = nodes > 0 ? `${count} on ${nodes} node${nodes === 1 ? '' : 's'}` : count
  return more ? `${where}, ${more}` : where
}

const UNSEEN_ENDPOINTS = {
  live: 'endpoints not collected',
  capture: 'endpoints not collected',
  rules: 'endpoints not in this text',
} as const

const countHidden = (entry: EntryPath): number => entry.endpoints.filter((one) => one.address === null).length
