import { joinHostPort } from '../model/address.ts'
import { bySeverity } from '../model/finding.ts'
import type { WatchedEndpointView, WatchedNodeView, WatchView } from '../model/live/watch.ts'
import type { EndpointState, NodePath } from '../model/report.ts'
import type { WatchedNode } from './node.ts'
import type { Watch } from './watch.ts'

/** What a watch shows at a moment; null before the first look. */
export function viewOf(watch: Watch, at: number): WatchView | null {
  const { report, service, verdict, settling, startedAt } = watch
  if (report === null) return null
  const nodes = [...watch.nodes.values()]
  const sum = (of: (node: WatchedNode) => number) => nodes.reduce((total, node) => total + of(node), 0)
  return {
    ...{ service, verdict, settling, seconds: Math.round((at - startedAt) / 1000), report },
    nodes: nodes.map((node) => nodeView(node, report.nodes.find(({ name }) => name === node.name) ?? null, at)),
    endpoints: endpointViews(watch, at),
    findings: [...watch.findings.values()]
      .map(({ finding, since }) => ({ finding, since: new Date(since).toISOString() }))
      .sort((a, b) => bySeverity(a.finding, b.finding)),
    connections: sum((node) => [...node.counts.values()].reduce((total, one) => total + one.total, 0)),
    failures: sum((node) => node.failures),
  }
}

function nodeView(node: WatchedNode, path: NodePath | null, at: number): WatchedNodeView {
  const { open, since, reason } = node.state
  // A table of another program's own is not followed.
  const elsewhere = path?.entries.find(({ trackedBy }) => trackedBy !== undefined)?.trackedBy ?? null
  return {
    ...{ name: node.name, verdict: path?.verdict ?? null, open, since: new Date(since).toISOString(), reason },
    ...{ by: elsewhere === null ? node.by : null, ages: node.ages(at), failures: node.failures },
    note: elsewhere === null ? node.source.reason : `they are in the table of ${elsewhere}`,
  }
}

/** Those that any look, the API or a connection names. */
function endpointViews(watch: Watch, at: number): WatchedEndpointView[] {
  const known = new Map(
    (watch.report?.endpoints ?? []).map((one) => [
      joinHostPort(one.address, one.port),
      { node: one.node, pod: one.pod?.name ?? null, state: one.state },
    ]),
  )
  const listed = watch.endpoints ?? new Map()
  const counted = [...watch.nodes.values()].flatMap((node) => [...node.counts.keys()])
  return [...new Set([...known.keys(), ...listed.keys(), ...counted])].sort().map((place) => {
    const { node, pod, state } = listed.get(place) ?? known.get(place) ?? UNKNOWN
    const nodes = [...watch.nodes.values()].flatMap((one) => {
      const total = one.counts.get(place)?.total
      return total === undefined ? [] : [[one.name, { rate: one.rate(place, at), total }] as const]
    })
    return { place, node, pod, state, nodes: new Map(nodes) }
  })
}

const UNKNOWN: { node: null; pod: null; state: EndpointState } = { node: null, pod: null, state: 'unknown' }
