import type { PathReport } from '../model/report.ts'
import { pathGraph } from './graph.ts'
import type { GraphCluster, GraphEdge, GraphNode, NodeKind, Tone } from './sketch.ts'

/** The way of a service as a Graphviz digraph: `kubectl svcpath web -o dot | dot -Tsvg`. */
export function renderDot(report: PathReport): string {
  const { clusters, nodes, edges } = pathGraph(report)
  const { namespace, name } = report.service
  const boxes = clusters.flatMap((cluster) => clusterLines(cluster, nodes))
  const free = nodes.filter((node) => node.cluster === null).map(nodeLine)
  const body = [...DEFAULTS, ...free, ...boxes, ...edges.map(edgeLine)].map((line) => `  ${line}`)
  return `${[`digraph ${quote(`${namespace}/${name}`)} {`, ...body, '}'].join('\n')}\n`
}

const FONT = 'fontname="Helvetica,Arial,sans-serif"'

const DEFAULTS: readonly string[] = [
  'graph [rankdir=LR, nodesep=0.18, ranksep=0.55, pad=0.3, bgcolor="white", style="rounded,filled", labeljust=l, ' +
    `${FONT}, fontsize=12]`,
  `node [shape=box, style="rounded,filled", ${FONT}, fontsize=10, height=0.3, margin="0.14,0.07", penwidth=1.1]`,
  `edge [${FONT}, fontsize=9, fontcolor="#475569", color="#64748b", arrowsize=0.7]`,
]

const KINDS: Record<NodeKind, string> = {
  client: 'shape=ellipse, style=filled, color="#64748b", fillcolor="#f8fafc"',
  name: 'shape=note, style=filled, color="#7c3aed", fillcolor="#ede9fe"',
  entry: 'color="#1d4ed8", fillcolor="#dbeafe"',
  chain: 'style=filled, color="#64748b", fillcolor="#ffffff"',
  endpoint: 'style=filled, color="#0f766e", fillcolor="#ccfbf1"',
  pod: 'color="#15803d", fillcolor="#dcfce7"',
  stop: 'shape=octagon, style=filled, margin="0.02,0.02", color="#64748b", fillcolor="#f1f5f9"',
  doubt: 'shape=note, style=filled, color="#b45309", fillcolor="#fef3c7"',
  more: 'style="rounded,dashed", color="#64748b"',
}

/** Drawn over the kind's colours. */
const TONES: Record<Tone, string> = {
  plain: '',
  degraded: 'color="#b45309", fillcolor="#fef3c7"',
  broken: 'color="#b91c1c", fillcolor="#fee2e2", fontcolor="#7f1d1d"',
  stale: 'style="filled,dashed", color="#b91c1c", fillcolor="#fee2e2", fontcolor="#7f1d1d"',
  missing: 'style=dashed, color="#b91c1c", fontcolor="#b91c1c"',
  unknown: 'style="filled,dashed", color="#0e7490", fillcolor="#ecfeff"',
}

const EDGES: Record<Tone, string> = {
  plain: '',
  degraded: 'color="#b45309"',
  broken: 'color="#b91c1c"',
  stale: 'color="#b91c1c"',
  missing: 'color="#b91c1c"',
  unknown: 'color="#0e7490"',
}

/** Clusters are toned by a verdict: nothing else occurs. */
const CLUSTERS: Record<Tone, string> = {
  plain: 'color="#cbd5e1", fillcolor="#f8fafc"',
  degraded: 'color="#d97706", fillcolor="#fffbeb"',
  broken: 'color="#dc2626", fillcolor="#fef2f2"',
  stale: 'color="#dc2626", fillcolor="#fef2f2"',
  missing: 'color="#dc2626", fillcolor="#fef2f2"',
  unknown: 'color="#0891b2", fillcolor="#f0fdff"',
}

function clusterLines({ id, title, tone }: GraphCluster, nodes: readonly GraphNode[]): string[] {
  const lines = nodes.filter(({ cluster }) => cluster === id).map(nodeLine)
  const style = `graph [label=${quote(title)}, margin=12, ${CLUSTERS[tone]}]`
  return [`subgraph ${id} {`, ...[style, ...lines].map((line) => `  ${line}`), '}']
}

function nodeLine({ id, kind, tone, lines }: GraphNode): string {
  return `${id} [label=${quote(lines.join('\n'))}, ${[KINDS[kind], TONES[tone]].filter(Boolean).join(', ')}]`
}

function edgeLine({ from, to, label, dashed, tone }: GraphEdge): string {
  const line = dashed ? 'style=dashed' : ''
  const attributes = [label ? `label=${quote(label)}` : '', line, EDGES[tone]].filter(Boolean).join(', ')
  return `${from} -> ${to}${attributes ? ` [${attributes}]` : ''}`
}

/**
 * A quoted string. Within it Graphviz reads `\N` and the like, and HTML entities: so a backslash, a quote and an ampersand
 * from outside are escaped. Source: https://graphviz.org/docs/attr-types/escString/
 */
function quote(text: string): string {
  const safe = text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/&/g, '&amp;').replace(/\n/g, '\\n')
  return `"${safe}"`
}
