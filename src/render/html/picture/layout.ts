import type { GraphCluster, GraphEdge, GraphNode, PathGraph } from '../../graph/sketch.ts'
import { stringWidth } from '../../terminal.ts'

/** A rectangle. */
interface Area {
  x: number
  y: number
  width: number
  height: number
}

export interface Drawing {
  width: number
  height: number
  boxes: (Area & { cluster: GraphCluster })[]
  nodes: (Area & { node: GraphNode })[]
  edges: { edge: GraphEdge; points: Point[]; label: Label | null }[]
}

export interface Point {
  x: number
  y: number
}

/** Where a label stands: at its end, its start or its middle. */
interface Label extends Point {
  anchor: 'start' | 'middle' | 'end'
}

/** What takes a place in a column: a node, or the spot where an edge passes between nodes. */
interface Slot {
  node: GraphNode | null
  height: number
  y: number
}

/** What stands together: a cluster, or a node of none. `columns`: its slots by column. */
interface Group {
  cluster: GraphCluster | null
  columns: Map<number, Slot[]>
}

export const COLUMN = 6.7
export const LINE = 15
/** A column of a title. */
export const TITLE_COLUMN = 7
const [PAD, GAP, TITLE, MARGIN] = [9, 12, 22, 14]
/** Higher pictures have what leads to all of it at their top. */
const FIRST_SCREEN = 520

/**
 * Places a graph from left to right: clients, the service's entries, the nodes one below the other with chains and endpoints, and the pods. A column is how
 * many edges lead to it at most.
 */
export function layOut(graph: PathGraph): Drawing {
  const ranks = ranksOf(graph)
  const slots = new Map<string, Slot>()
  const groups = groupsOf(graph, ranks, slots)
  const spots = passingSpots(graph, ranks, groups)
  for (const group of groups.values()) sortColumns(group, graph, slots, spots)
  const xs = columnsOf(graph, ranks, titleWidths(groups.values()))
  const boxes: Drawing['boxes'] = []
  const bottoms = [0, 0, 0, 0]
  const zones = Map.groupBy([...new Set(groups.values())], (group) => zoneOf(group))
  const heights = new Map(
    [...zones].map(([zone, all]) => [zone, all.reduce((sum, one) => sum + heightOf(one) + GAP, -GAP)]),
  )
  const room = Math.min(FIRST_SCREEN, Math.max(...heights.values()))
  for (const [zone, all] of zones) {
    let y = MARGIN + Math.max(0, (room - heights.get(zone)!) / 2)
    for (const group of all) {
      const height = heightOf(group)
      placeSlots(group, y, height)
      if (group.cluster) boxes.push({ cluster: group.cluster, ...boxOf(group, xs), y, height })
      y += height + GAP
    }
    bottoms[zone] = y - GAP
  }
  const nodes = graph.nodes.map((node) => {
    const { x, width } = xs.get(ranks.get(node.id)!)!
    const { y, height } = slots.get(node.id)!
    return { node, x, y, width, height }
  })
  const last = [...xs.values()].reduce((most, { x, width }) => Math.max(most, x + width), 0)
  return {
    width: Math.ceil(last + PAD + MARGIN),
    height: Math.ceil(Math.max(...bottoms) + MARGIN),
    boxes,
    nodes,
    edges: edgesOf(graph, nodes, spots, xs),
  }
}

/** The column of each node: clients and names first, pods last, else one behind what leads there. */
function ranksOf({ nodes, edges }: PathGraph): Map<string, number> {
  const ranks = new Map(nodes.map(({ id, kind }) => [id, kind === 'client' || kind === 'name' ? 0 : 1]))
  // Nothing leads back, so that there are at most as many steps as nodes.
  for (let step = 0, moved = true; moved && step < nodes.length; step++) {
    moved = false
    for (const { from, to } of edges) {
      const next = ranks.get(from)! + 1
      if (next <= ranks.get(to)!) continue
      ranks.set(to, next)
      moved = true
    }
  }
  const last = Math.max(1, ...nodes.flatMap(({ id, kind }) => (kind === 'pod' ? [] : ranks.get(id)!)))
  for (const { id, kind } of nodes) if (kind === 'pod') ranks.set(id, last + 1)
  return ranks
}

const heightOfNode = ({ lines }: GraphNode): number => lines.length * LINE + PAD + 3

function groupsOf(
  { nodes, clusters }: PathGraph,
  ranks: ReadonlyMap<string, number>,
  slots: Map<string, Slot>,
): Map<string, Group> {
  const groups = new Map<string, Group>()
  for (const node of nodes) {
    const key = node.cluster ?? node.id
    const cluster = clusters.find(({ id }) => id === node.cluster) ?? null
    const group = groups.get(key) ?? { cluster, columns: new Map() }
    groups.set(key, group)
    const slot = { node, height: heightOfNode(node), y: 0 }
    slots.set(node.id, slot)
    columnOf(group, ranks.get(node.id)!).push(slot)
  }
  return groups
}

function columnOf({ columns }: Group, rank: number): Slot[] {
  const column = columns.get(rank) ?? []
  columns.set(rank, column)
  return column
}

/** Where edges over several columns pass, in the group that they leave. */
function passingSpots(
  { edges, nodes }: PathGraph,
  ranks: ReadonlyMap<string, number>,
  groups: ReadonlyMap<string, Group>,
): Map<GraphEdge, Map<number, Slot>> {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const groupOf = (id: string): Group => groups.get(byId.get(id)!.cluster ?? id)!
  return new Map(
    edges.map((edge) => {
      const [start, end] = [ranks.get(edge.from)!, ranks.get(edge.to)!]
      const group = groupOf(start > 1 ? edge.from : edge.to)
      const passed = new Map<number, Slot>()
      for (let rank = start + 1; rank < end; rank++) {
        // Beside a group's own columns nothing is in the way.
        if (!group.columns.has(rank)) continue
        const slot = { node: null, height: 4, y: 0 }
        passed.set(rank, slot)
        columnOf(group, rank).push(slot)
      }
      return [edge, passed]
    }),
  )
}

/** Each column in the order of what leads to it. */
function sortColumns(
  group: Group,
  { edges }: PathGraph,
  slots: ReadonlyMap<string, Slot>,
  spots: ReadonlyMap<GraphEdge, ReadonlyMap<number, Slot>>,
): void {
  const sources = new Map<Slot, Slot[]>()
  for (const edge of edges) {
    const chain = [slots.get(edge.from)!, ...spots.get(edge)!.values(), slots.get(edge.to)!]
    for (const [i, slot] of chain.entries()) if (i > 0) sources.set(slot, [...(sources.get(slot) ?? []), chain[i - 1]!])
  }
  const places = new Map<Slot, number>()
  for (const rank of [...group.columns.keys()].sort((a, b) => a - b)) {
    const column = group.columns.get(rank)!
    const weight = new Map(
      column.map((slot, i) => {
        const known = (sources.get(slot) ?? []).flatMap((one) => places.get(one) ?? [])
        return [
          slot,
          known.length > 0 ? known.reduce((a, b) => a + b, 0) / known.length : i / Math.max(1, column.length),
        ]
      }),
    )
    column.sort((a, b) => weight.get(a)! - weight.get(b)!)
    for (const [i, slot] of column.entries()) places.set(slot, (i + 0.5) / column.length)
  }
}

const columnHeight = (slots: readonly Slot[]): number => slots.reduce((sum, { height }) => sum + height + GAP, -GAP)

function heightOf({ cluster, columns }: Group): number {
  const inner = Math.max(...[...columns.values()].map(columnHeight))
  return cluster ? inner + TITLE + 2 * PAD : inner
}

function placeSlots({ cluster, columns }: Group, top: number, height: number): void {
  const [start, room] = cluster ? [top + TITLE + PAD, height - TITLE - 2 * PAD] : [top, height]
  for (const slots of columns.values()) {
    let y = start + (room - columnHeight(slots)) / 2
    for (const slot of slots) {
      slot.y = y
      y += slot.height + GAP
    }
  }
}

/** 0: clients and names; 1: the service; 2: nodes; 3: pods. Groups of a zone stand below each other. */
function zoneOf({ columns }: Group): number {
  const nodes = [...columns.values()].flat().flatMap(({ node }) => node ?? [])
  if (nodes.every(({ kind }) => kind === 'pod')) return 3
  return Math.min(2, ...columns.keys())
}

type Columns = ReadonlyMap<number, { x: number; width: number }>

/** What the titles of clusters of one column take of it. */
function titleWidths(groups: Iterable<Group>): Map<number, number> {
  const widths = new Map<number, number>()
  for (const { cluster, columns } of groups) {
    const [rank, ...others] = columns.keys()
    if (cluster === null || rank === undefined || others.length > 0) continue
    widths.set(rank, Math.max(widths.get(rank) ?? 0, stringWidth(cluster.title) * TITLE_COLUMN))
  }
  return widths
}

/** As wide as the widest node in it, behind a gap with room for the labels of the edges that end there. */
function columnsOf(
  { nodes, edges }: PathGraph,
  ranks: ReadonlyMap<string, number>,
  titles: ReadonlyMap<number, number>,
): Columns {
  const last = Math.max(...ranks.values())
  const columns = new Map<number, { x: number; width: number }>()
  let x = MARGIN
  for (let rank = 0; rank <= last; rank++) {
    const here = nodes.filter(({ id }) => ranks.get(id) === rank)
    if (here.length === 0) continue
    const labels = edges.filter(({ to }) => ranks.get(to) === rank).map(({ label }) => stringWidth(label) * 5.8)
    x += columns.size > 0 ? 36 + Math.max(0, ...labels) : PAD
    const lines = here.flatMap((node) => node.lines.map((line) => stringWidth(line) * COLUMN + 2 * PAD))
    const width = Math.max(titles.get(rank) ?? 0, ...lines)
    columns.set(rank, { x, width })
    x += width
  }
  return columns
}

function boxOf({ columns }: Group, xs: Columns): { x: number; width: number } {
  const areas = [...columns.keys()].map((rank) => xs.get(rank)!)
  const x = Math.min(...areas.map((one) => one.x)) - PAD
  return { x, width: Math.max(...areas.map((one) => one.x + one.width)) + PAD - x }
}

function edgesOf(
  { edges }: PathGraph,
  nodes: Drawing['nodes'],
  spots: ReadonlyMap<GraphEdge, ReadonlyMap<number, Slot>>,
  xs: Columns,
): Drawing['edges'] {
  const areas = new Map(nodes.map((one) => [one.node.id, one]))
  const labelled = edges.filter(({ label }) => label !== '')
  return edges.map((edge) => {
    const [from, to] = [areas.get(edge.from)!, areas.get(edge.to)!]
    const points = [
      { x: from.x + from.width, y: from.y + from.height / 2 },
      ...[...spots.get(edge)!].flatMap(([rank, { y }]) => {
        const { x, width } = xs.get(rank)!
        return [
          { x, y: y + 2 },
          { x: x + width, y: y + 2 },
        ]
      }),
      { x: to.x, y: to.y + to.height / 2 },
    ]
    const ends = labelled.filter((one) => one.to === edge.to).length
    const starts = labelled.filter((one) => one.from === edge.from).length
    return { edge, points, label: edge.label === '' ? null : labelAt(points, ends, starts) }
  })
}

/** Where no other label stands: at the end that is this edge's alone, else in the middle. */
function labelAt(points: readonly Point[], ends: number, starts: number): Label {
  const [first, second, last] = [points[0]!, points[1]!, points.at(-1)!]
  if (ends === 1) return { x: last.x - 12, y: last.y - 5, anchor: 'end' }
  if (starts === 1) return { x: first.x + 6, y: first.y - 5, anchor: 'start' }
  return { x: (first.x + second.x) / 2, y: (first.y + second.y) / 2 - 3, anchor: 'middle' }
}
