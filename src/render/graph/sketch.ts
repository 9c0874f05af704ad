import { clip, wrap } from '../terminal.ts'

export type NodeKind = 'client' | 'name' | 'entry' | 'chain' | 'endpoint' | 'pod' | 'stop' | 'doubt' | 'more'

/** How a part of the way is: `plain` is as it should be. */
export type Tone = 'plain' | 'degraded' | 'broken' | 'stale' | 'missing' | 'unknown'

export interface GraphNode {
  /** A word of letters and digits, the same for the same report. */
  id: string
  kind: NodeKind
  tone: Tone
  /** Plain text, without control characters and clipped; not escaped for any format. */
  lines: string[]
  /** The id of the cluster that it stands in; null for none. */
  cluster: string | null
}

export interface GraphEdge {
  from: string
  to: string
  /** Plain text; '' for none. */
  label: string
  dashed: boolean
  /** That of what it leads to; else of where it comes from. */
  tone: Tone
}

export interface GraphCluster {
  id: string
  tone: Tone
  /** Plain text. */
  title: string
}

export interface PathGraph {
  clusters: GraphCluster[]
  nodes: GraphNode[]
  edges: GraphEdge[]
}

/** Collects a graph. What has the same key is drawn once, so ways that meet run on together. */
export class Sketch {
  private readonly clusters = new Map<string, GraphCluster>()
  private readonly nodes = new Map<string, GraphNode>()
  private readonly counts = new Map<NodeKind, number>()
  private readonly edges = new Map<string, Omit<GraphEdge, 'tone'>>()

  /** The id of the cluster with this key, made on first use. */
  cluster(key: string, title: string, tone: Tone): string {
    const known = this.clusters.get(key) ?? {
      id: `cluster${this.clusters.size + 1}`,
      tone,
      title: tidy(title || '?', MOST_COLUMNS * 2),
    }
    this.clusters.set(key, known)
    return known.id
  }

  /** The id of the node with this key, made on first use. */
  node(key: readonly unknown[], node: Omit<GraphNode, 'id'>): string {
    const name = JSON.stringify([node.kind, node.cluster, key])
    const lines = () => {
      const told = node.lines.filter((line) => line !== '')
      // Mermaid takes no empty label.
      return (told.length > 0 ? told : ['?']).map((line) => tidy(line, MOST_COLUMNS))
    }
    const known = this.nodes.get(name) ?? { ...node, id: `${node.kind}${this.count(node.kind)}`, lines: lines() }
    this.nodes.set(name, known)
    return known.id
  }

  edge(from: string, to: string, label = '', dashed = false): void {
    this.edges.set(JSON.stringify([from, to, label]), { from, to, label: tidy(label, MOST_COLUMNS), dashed })
  }

  private count(kind: NodeKind): number {
    const count = (this.counts.get(kind) ?? 0) + 1
    this.counts.set(kind, count)
    return count
  }

  graph(): PathGraph {
    const nodes = [...this.nodes.values()]
    const tones = new Map(nodes.map(({ id, tone }) => [id, tone]))
    const toneOf = (id: string) => tones.get(id) ?? 'plain'
    const edges = [...this.edges.values()].map((edge) => {
      return { ...edge, tone: toneOf(edge.to) === 'plain' ? toneOf(edge.from) : toneOf(edge.to) }
    })
    return { clusters: [...this.clusters.values()], nodes, edges }
  }
}

const MOST_COLUMNS = 64
const REASON_COLUMNS = 44

const tidy = (text: string, columns: number): string => clip(text, columns)

/** A sentence as the lines of a node; what is beyond five lines is left to the other outputs. */
export function reasonLines(text: string): string[] {
  const lines = wrap(text, REASON_COLUMNS)
  return lines.length > 5 ? [...lines.slice(0, 4), `${lines[4]} …`] : lines
}
