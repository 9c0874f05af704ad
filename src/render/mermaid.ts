import { printable } from '../model/printable.ts'
import type { PathReport } from '../model/report.ts'
import { pathGraph } from './graph/graph.ts'
import type { GraphCluster, GraphEdge, GraphNode, NodeKind, Tone } from './graph/sketch.ts'

/** The way of a service as a mermaid flowchart, which GitHub draws between ```mermaid fences. */
export function renderMermaid(report: PathReport): string {
  const { clusters, nodes, edges } = pathGraph(printable(report))
  const boxes = clusters.flatMap((cluster) => clusterLines(cluster, nodes))
  const free = nodes.filter((node) => node.cluster === null).map(nodeLine)
  const classes = new Set([...nodes.map(classOf), ...clusters.map(({ tone }) => BOXES[tone])])
  const styles = [...classes].map((name) => `classDef ${name} ${CLASSES[name]}`)
  const body = [WIDTH, ...free, ...boxes, ...edges.map(edgeLine), ...edgeStyles(edges), ...styles]
  return `${['flowchart LR', ...body.map((line) => `  ${line}`)].join('\n')}\n`
}

/** By default labels are wrapped at 200 pixels, which breaks the names of chains at their hyphens. */
const WIDTH = '%%{init: {"flowchart": {"wrappingWidth": 360}}}%%'

/** What stands around a label. */
const SHAPES: Record<NodeKind, readonly [string, string]> = {
  client: ['([', '])'],
  name: ['[[', ']]'],
  entry: ['(', ')'],
  chain: ['[', ']'],
  endpoint: ['[', ']'],
  pod: ['(', ')'],
  stop: ['{{', '}}'],
  doubt: ['>', ']'],
  more: ['(', ')'],
}

const INK = 'color:#0f172a'
const DASHES = 'stroke-dasharray:4 3'

/** A node has the class of its tone, or where that is plain of its kind; a subgraph that of `BOXES`. */
const CLASSES: Record<string, string> = {
  client: `fill:#f8fafc,stroke:#64748b,${INK}`,
  name: `fill:#ede9fe,stroke:#7c3aed,${INK}`,
  entry: `fill:#dbeafe,stroke:#1d4ed8,${INK}`,
  chain: `fill:#ffffff,stroke:#64748b,${INK}`,
  endpoint: `fill:#ccfbf1,stroke:#0f766e,${INK}`,
  pod: `fill:#dcfce7,stroke:#15803d,${INK}`,
  stop: `fill:#f1f5f9,stroke:#64748b,${INK}`,
  doubt: `fill:#fef3c7,stroke:#b45309,${INK}`,
  more: `fill:#f8fafc,stroke:#64748b,${INK},${DASHES}`,
  degraded: `fill:#fef3c7,stroke:#b45309,${INK}`,
  broken: 'fill:#fee2e2,stroke:#b91c1c,color:#7f1d1d',
  stale: `fill:#fee2e2,stroke:#b91c1c,color:#7f1d1d,${DASHES}`,
  missing: `fill:#ffffff,stroke:#b91c1c,color:#b91c1c,${DASHES}`,
  unknown: `fill:#ecfeff,stroke:#0e7490,${INK},${DASHES}`,
  box: `fill:#f8fafc,stroke:#cbd5e1,${INK}`,
  boxDegraded: `fill:#fffbeb,stroke:#d97706,${INK}`,
  boxBroken: `fill:#fef2f2,stroke:#dc2626,${INK}`,
  boxUnknown: `fill:#f0fdff,stroke:#0891b2,${INK}`,
}

const classOf = ({ kind, tone }: GraphNode): string => (tone === 'plain' ? kind : tone)

const BOXES: Record<Tone, string> = {
  plain: 'box',
  degraded: 'boxDegraded',
  broken: 'boxBroken',
  stale: 'boxBroken',
  missing: 'boxBroken',
  unknown: 'boxUnknown',
}

function clusterLines({ id, title, tone }: GraphCluster, nodes: readonly GraphNode[]): string[] {
  const lines = nodes.filter(({ cluster }) => cluster === id).map((node) => `  ${nodeLine(node)}`)
  return [`subgraph ${id}[${quote([title])}]`, ...lines, 'end', `class ${id} ${BOXES[tone]}`]
}

function nodeLine(node: GraphNode): string {
  const { id, kind, tone, lines } = node
  const [open, close] = SHAPES[kind]
  const sign = kind === 'stop' && (tone === 'broken' || tone === 'degraded') ? ['⛔'] : []
  return `${id}${open}${quote([...sign, ...lines])}${close}:::${classOf(node)}`
}

function edgeLine({ from, to, label, dashed }: GraphEdge): string {
  return `${from} ${dashed ? '-.->' : '-->'}${label ? `|${quote([label])}|` : ''} ${to}`
}

const EDGES: Record<Tone, string | null> = {
  plain: null,
  degraded: '#b45309',
  broken: '#b91c1c',
  stale: '#b91c1c',
  missing: '#b91c1c',
  unknown: '#0e7490',
}

/** Mermaid styles edges by their place. */
function edgeStyles(edges: readonly GraphEdge[]): string[] {
  return Object.entries(EDGES).flatMap(([tone, colour]) => {
    const places = edges.flatMap((edge, i) => (edge.tone === tone ? [i] : []))
    return colour !== null && places.length > 0 ? [`linkStyle ${places.join(',')} stroke:${colour}`] : []
  })
}

/**
 * A quoted label. Of ASCII only what has no meaning to mermaid, Markdown or HTML stays as it is, of the rest letters,
 * digits and the signs of our own texts; all else becomes an entity code. Source: https://mermaid.js.org/syntax/flowchart.html,
 * "Entity codes to escape characters".
 */
function quote(lines: readonly string[]): string {
  const encode = (line: string) => line.replace(/%%+|[^\p{L}\p{M}\p{N} .,:/()%+→≤…·⛔-]/gu, entities)
  return `"${lines.map(encode).join('<br/>')}"`
}

const entities = (text: string): string => [...text].map((character) => `#${character.codePointAt(0)};`).join('')
