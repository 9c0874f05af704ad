import { printable } from '../model/printable.ts'
import type { PathReport } from '../model/report.ts'
import { pathGraph } from './graph/graph.ts'
import type { GraphCluster, GraphEdge, GraphNode, NodeKind, Tone } from './graph/sketch.ts'

/** The way of a service as a Graphviz digraph: `kubectl svcpath web -o dot | dot -Tsvg`. */
export function renderDot(report: PathReport): string {
  const { clusters, nodes, edges } = pathGraph(printable(report))
  const { namespace, name } = printable(report.service)
  const boxes = clusters.flatMap((cluster) => clusterLines(cluster, nodes))
  const free = nodes.filter((node) => node.cluster === null).map(nodeLine)
  const body = [...DEFAULTS, ...free, ...boxes, ...edges.map(edgeLine)].map((line) => `  ${line}`)
  return `${[`digraph ${quote(`${namespace}/${name}`)} {`, ...body, '}'].join('\n')}\n`
}

type Attributes = Record<string, string | number>

const FONT = { fontname: 'Helvetica,Arial,sans-serif' }

const DEFAULTS: readonly string[] = [
  `graph ${list({ rankdir: 'LR', nodesep: 0.18, ranksep: 0.55, pad: 0.3, bgcolor: 'white', labeljust: 'l', ...FONT, fontsize: 12 })}`,
  `node ${list({ shape: 'box', style: 'filled', ...FONT, fontsize: 10, height: 0.3, margin: '0.14,0.07' })}`,
  `edge ${list({ ...FONT, fontsize: 9, fontcolor: '#475569', color: '#64748b', arrowsize: 0.7 })}`,
]

const KINDS: Record<NodeKind, Attributes> = {
  client: { shape: 'ellipse', color: '#64748b', fillcolor: '#f8fafc' },
  name: { shape: 'note', color: '#7c3aed', fillcolor: '#ede9fe' },
  entry: { style: 'rounded,filled', color: '#1d4ed8', fillcolor: '#dbeafe' },
  chain: { color: '#64748b', fillcolor: '#ffffff' },
  endpoint: { color: '#0f766e', fillcolor: '#ccfbf1' },
  pod: { style: 'rounded,filled', color: '#15803d', fillcolor: '#dcfce7' },
  stop: { shape: 'octagon', margin: '0.02,0.02', color: '#64748b', fillcolor: '#f1f5f9' },
  doubt: { shape: 'note', color: '#b45309', fillcolor: '#fef3c7' },
  more: { style: 'rounded,dashed,filled', color: '#64748b', fillcolor: '#ffffff' },
}

const RED = '#b91c1c'

/** Put over the attributes of the kind. */
const TONES: Record<Tone, Attributes> = {
  plain: {},
  degraded: { color: '#b45309', fillcolor: '#fef3c7' },
  broken: { color: RED, fillcolor: '#fee2e2', fontcolor: '#7f1d1d' },
  stale: { style: 'dashed,filled', color: RED, fillcolor: '#fee2e2', fontcolor: '#7f1d1d' },
  missing: { style: 'dashed,filled', color: RED, fillcolor: '#ffffff', fontcolor: RED },
  unknown: { style: 'dashed,filled', color: '#0e7490', fillcolor: '#ecfeff' },
}

const BOXES: Record<Tone, Attributes> = {
  plain: { color: '#cbd5e1', fillcolor: '#f8fafc' },
  degraded: { color: '#d97706', fillcolor: '#fffbeb' },
  broken: { color: '#dc2626', fillcolor: '#fef2f2' },
  stale: { color: '#dc2626', fillcolor: '#fef2f2' },
  missing: { color: '#dc2626', fillcolor: '#fef2f2' },
  unknown: { color: '#0891b2', fillcolor: '#f0fdff' },
}

function clusterLines({ id, title, tone }: GraphCluster, nodes: readonly GraphNode[]): string[] {
  const lines = nodes.filter(({ cluster }) => cluster === id).map(nodeLine)
  const style = `graph ${list({ label: title, style: 'rounded,filled', margin: 12, ...BOXES[tone] })}`
  return [`subgraph ${id} {`, ...[style, ...lines].map((line) => `  ${line}`), '}']
}

function nodeLine({ id, kind, tone, lines }: GraphNode): string {
  return `${id} ${list({ label: lines.join('\n'), ...KINDS[kind], ...TONES[tone] })}`
}

function edgeLine({ from, to, label, dashed, tone }: GraphEdge): string {
  const { color } = TONES[tone]
  const attributes = { ...(label && { label }), ...(dashed && { style: 'dashed' }), ...(color && { color }) }
  return `${from} -> ${to}${Object.keys(attributes).length > 0 ? ` ${list(attributes)}` : ''}`
}

function list(attributes: Attributes): string {
  return `[${Object.entries(attributes)
    .map(([name, value]) => `${name}=${typeof value === 'number' ? value : quote(value)}`)
    .join(', ')}]`
}

/**
 * A quoted string. Within it Graphviz reads `\N` and the like, and HTML entities: so a backslash, a quote and an ampersand
 * from outside are escaped. Source: https://graphviz.org/docs/attr-types/escString/
 */
function quote(text: string): string {
  const safe = text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/&/g, '&amp;').replace(/\n/g, '\\n')
  return `"${safe}"`
}
