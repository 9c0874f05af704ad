import type { PathReport } from '../../../model/report.ts'
import { pathGraph } from '../../graph/graph.ts'
import type { GraphEdge, GraphNode, PathGraph } from '../../graph/sketch.ts'
import { clip, stringWidth } from '../../terminal.ts'
import { type Html, html } from '../html.ts'
import { COLUMN, type Drawing, LINE, layOut, type Point, TITLE_COLUMN } from './layout.ts'

export interface Picture {
  figure: Html
  /** How wide it has to be to be read. */
  style: string
}

/** The way as a picture, and below it the same in words. */
export function pictureOf(report: PathReport): Picture {
  const graph = pathGraph(report)
  const drawing = layOut(graph)
  const { width, height } = drawing
  const name = `${report.service.namespace}/${report.service.name}`
  return {
    style: `.way svg{min-width:${Math.round(width * 0.75)}px}`,
    figure: html`<figure>
<div class="way" tabindex="0" role="group" aria-label="Picture of the path; it scrolls sideways">
<svg role="img" aria-label="${`The path of ${name}: ${graph.nodes.length} parts, in words below`}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>
${drawing.boxes.map(boxSvg)}${drawing.edges.map(edgeSvg)}${drawing.nodes.map(nodeSvg)}${drawing.edges.map(labelSvg)}</svg>
</div>
<figcaption class="legend">From the client to the pod. At the arrows: the connections that were counted, and the share that the rules give each endpoint.
Dashed: a name, or something that is not certain. Red: broken; yellow: degraded; cyan: not known.</figcaption>
</figure>
<details class="fold"><summary>The picture in words</summary>
${inWords(graph)}
</details>`,
  }
}

const rounded = (value: number): number => Math.round(value * 10) / 10

function boxSvg({ cluster, x, y, width, height }: Drawing['boxes'][number]): Html {
  const room = Math.max(1, Math.round((width - 2 * 9) / TITLE_COLUMN))
  return html`<g class="box ${cluster.tone}"><rect x="${rounded(x)}" y="${rounded(y)}" width="${rounded(width)}" height="${rounded(height)}" rx="8"/><text class="title" x="${rounded(x + 9)}" y="${rounded(y + 17)}">${clip(cluster.title, room)}</text></g>
`
}

/** How round the corners of each kind are. */
const ROUND: Readonly<Record<GraphNode['kind'], number>> = {
  ...{ client: 14, name: 4, entry: 8, chain: 2, endpoint: 2, pod: 8, stop: 2, doubt: 2, more: 8 },
}

function nodeSvg({ node, x, y, width, height }: Drawing['nodes'][number]): Html {
  const lines = node.lines.map(
    (line, i) =>
      html`<text x="${rounded(x + 9)}" y="${rounded(y + LINE * (i + 1) + 1)}" textLength="${rounded(stringWidth(line) * COLUMN)}" lengthAdjust="spacingAndGlyphs">${line}</text>`,
  )
  return html`<g class="is-${node.kind} ${node.tone}"><rect x="${rounded(x)}" y="${rounded(y)}" width="${rounded(width)}" height="${rounded(height)}" rx="${ROUND[node.kind]}"/>${lines}</g>
`
}

function edgeSvg({ edge, points }: Drawing['edges'][number]): Html {
  return html`<path class="${edge.tone}${edge.dashed ? ' dashed' : ''}" d="${curve(points)}" marker-end="url(#tip)"/>
`
}

/** Bent from column to column, straight past the nodes of one. */
function curve([first, ...others]: readonly Point[]): string {
  let at = first!
  const parts = others.map((point, i) => {
    const middle = rounded((at.x + point.x) / 2)
    const part =
      i % 2 === 0
        ? `C${middle} ${rounded(at.y)} ${middle} ${rounded(point.y)} ${rounded(point.x)} ${rounded(point.y)}`
        : `H${rounded(point.x)}`
    at = point
    return part
  })
  return `M${rounded(first!.x)} ${rounded(first!.y)}${parts.join('')}`
}

const labelSvg = ({ edge, label }: Drawing['edges'][number]): Html | null =>
  label &&
  html`<text class="label" x="${rounded(label.x)}" y="${rounded(label.y)}" text-anchor="${label.anchor}">${edge.label}</text>
`

/** Each step of the way, where it is and how it is. */
function inWords({ nodes, edges, clusters }: PathGraph): Html {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const steps = Map.groupBy(edges, ({ from, to }) => byId.get(to)!.cluster ?? byId.get(from)!.cluster)
  const titles = new Map(clusters.map(({ id, title }) => [id, title]))
  return html`<ul>${[...steps].map(
    ([cluster, all]) => html`<li>${titles.get(cluster ?? '') ?? 'Before the service'}
<ul>${all.map(
      (edge) => html`<li>${stepText(edge, byId)}</li>
`,
    )}</ul></li>
`,
  )}</ul>`
}

function stepText({ from, to, label, dashed }: GraphEdge, byId: ReadonlyMap<string, GraphNode>): string {
  const [start, end] = [byId.get(from)!, byId.get(to)!]
  // Names and missing rules are dashed, too, and say so themselves.
  const isDoubt = dashed && start.kind !== 'name' && end.tone !== 'missing'
  const remarks = [label, isDoubt ? 'not certain' : '', end.tone === 'plain' ? '' : TONES[end.tone]].filter(Boolean)
  return `${start.lines.join(', ')} → ${end.lines.join(', ')}${remarks.length > 0 ? ` (${remarks.join('; ')})` : ''}`
}

const TONES = {
  degraded: 'degraded',
  broken: 'broken',
  stale: 'stale',
  missing: 'missing',
  unknown: 'not known',
} as const
