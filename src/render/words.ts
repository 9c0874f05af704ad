import type { ChalkInstance } from 'chalk'
import type { Counter } from '../model/rules.ts'
import type { EndpointPath, EndpointState, EntryKind, LinkLeg, PathReport, Verdict } from '../model/report.ts'
import { joinHostPort } from '../trace/chain-names.ts'

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
  stale: 'no endpoint any more',
  missing: 'missing: no rule leads here',
  unknown: '',
}

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
  if (count === null) return 'not counted'
  return `${counter?.approximate ? '~' : ''}${count} connection${count === 1 ? '' : 's'}`
}

export const endpointName = (endpoint: EndpointPath): string =>
  endpoint.address === null ? (endpoint.chain ?? '?') : joinHostPort(endpoint.address, endpoint.port)

/** `vethe7302c64 on cni0`; for another node `eth0 → 172.30.0.12, veth8 on cni0`. */
export function linkText(link: LinkLeg): string {
  const leg = (name: string | null, bridge: string | null) => (name === null ? null : bridge ? `${name} on ${bridge}` : name)
  if (link.via !== null || link.remote !== null) {
    const out = link.interface && link.via ? `${link.interface} → ${link.via}` : link.interface
    const there = link.remote ? leg(link.remote.interface, link.remote.bridge) : null
    return [out, there].filter((part) => part !== null).join(', ') || '?'
  }
  if (link.how === 'local') return `${link.interface ?? 'this node'} (host network)`
  return leg(link.interface, link.bridge) ?? '?'
}

/** `5 of 5 endpoints ready, on 3 nodes`; what the API does not tell is left out. */
export function endpointsText(report: PathReport): string {
  const byAddress = new Map(report.endpoints.map((one) => [one.address, one]))
  const all = [...byAddress.values()]
  if (all.length === 0) return 'no endpoints'
  const ready = all.filter((one) => one.state === 'ready' || one.state === 'missing').length
  const nodes = new Set(all.flatMap((one) => one.node ?? []))
  const count = all.every((one) => one.state === 'unknown')
    ? `${all.length} endpoint${all.length === 1 ? '' : 's'}`
    : `${ready} of ${all.length} endpoint${all.length === 1 ? '' : 's'} ready`
  return nodes.size > 0 ? `${count}, on ${nodes.size} node${nodes.size === 1 ? '' : 's'}` : count
}
