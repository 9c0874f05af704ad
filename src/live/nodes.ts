import type { Endpoint, Node } from '../model/cluster.ts'
import { notFound } from '../model/errors.ts'

/** Which nodes are read, and why the others are not. */
export interface NodeChoice {
  read: Node[]
  /** Nodes that cannot be read, or that were left out, with the reason. */
  unread: { node: string; reason: string }[]
  /** What to tell: null where every node is read. */
  note: string | null
}

/** Up to so many nodes are read without being asked for. */
export const MANY = 50
/** Beyond that so many of those without an endpoint are, besides those with one. */
const SAMPLE = 10

/**
 * The nodes named, else every node up to 50, else those of the endpoints and a sample of the others, spread over the list. Windows nodes are
 * never read. Throws a usage error for a name that no node has.
 */
export function chooseNodes(
  nodes: readonly Node[],
  endpoints: readonly Endpoint[],
  asked: { names: readonly string[]; all: boolean },
): NodeChoice {
  const unknown = asked.names.filter((name) => !nodes.some((node) => node.name === name))
  if (unknown.length > 0) {
    const known = nodes.slice(0, 10).map(({ name }) => name)
    const more = nodes.length > known.length ? ', …' : ''
    throw notFound(`no node ${unknown.join(', ')} in this cluster`, `it has ${known.join(', ')}${more}`)
  }
  const wanted = asked.names.length > 0 ? nodes.filter(({ name }) => asked.names.includes(name)) : nodes
  const windows = wanted.filter(({ operatingSystem }) => operatingSystem === 'windows')
  const linux = wanted.filter((node) => !windows.includes(node))
  const whole = asked.all || asked.names.length > 0 || linux.length <= MANY
  const read = whole ? linux : sample(linux, endpoints)
  const left = linux.filter((node) => !read.includes(node))
  const unread = [
    ...windows.map(({ name }) => ({ node: name, reason: 'a Windows node: its rules are not read' })),
    ...left.map(({ name }) => ({
      node: name,
      reason: 'not among the nodes that were chosen; --all-nodes reads it',
      leftOut: true as const,
    })),
  ]
  const note =
    left.length === 0
      ? null
      : `${read.length} of ${linux.length} nodes are read: those with an endpoint and a sample; --all-nodes reads all`
  return { read, unread, note }
}

function sample(nodes: readonly Node[], endpoints: readonly Endpoint[]): Node[] {
  const holding = new Set(endpoints.map(({ node }) => node))
  const others = nodes.filter(({ name }) => !holding.has(name))
  const step = Math.max(1, others.length / SAMPLE)
  const spread = new Set(Array.from({ length: SAMPLE }, (_, i) => others[Math.floor(i * step)]?.name))
  return nodes.filter(({ name }) => holding.has(name) || spread.has(name))
}
