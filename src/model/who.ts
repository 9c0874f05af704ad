/**
 * A client. `pods`: any pod of the node; `outside`: anyone outside the cluster who comes in at the node. `pod`, `node` and `address`: the one that was
 * asked for.
 */
export interface Who {
  kind: 'pods' | 'outside' | 'pod' | 'node' | 'address'
  /** `shop/web-1`, `n1`, `192.0.2.7`; of `outside` the range that the service lets in. Null where nobody in particular is meant. */
  name: string | null
  /** The node whose rules lead it. */
  node: string
}

/** What is said of the clients of several nodes alike, before the nodes' names. */
export const AT_NODES: Readonly<Partial<Record<Who['kind'], string>>> = {
  pods: 'pods on',
  outside: 'outside clients that arrive at',
}

/** Clients in words: `pods on n2`, `outside clients that arrive at n2`, `pod shop/web-1`. */
export function whoText(who: Who): string {
  const kind = AT_NODES[who.kind]
  return kind ? `${kind} ${who.node}` : namedText(who)
}

/** The one that was asked for: `pod shop/web-1`, `the node n1`, `192.0.2.7`. */
export function namedText({ kind, name }: Who): string {
  if (kind === 'address') return name ?? '?'
  return `${kind === 'pod' ? 'pod' : 'the node'} ${name}`
}
