import type { Who } from './report.ts'

/** What is said of the clients of several nodes alike, before the nodes' names. */
export const AT_NODES: Readonly<Partial<Record<Who['kind'], string>>> = {
  pods: 'pods on',
  outside: 'clients outside that come in at',
}

/** Clients in words: `pods on n2`, `clients outside that come in at n2`, `pod shop/web-1`. */
export function whoText(who: Who): string {
  const kind = AT_NODES[who.kind]
  return kind ? `${kind} ${who.node}` : namedText(who)
}

/** The one that was asked for: `pod shop/web-1`, `the node n1`, `192.0.2.7`. */
export function namedText({ kind, name }: Who): string {
  if (kind === 'address') return name ?? '?'
  return `${kind === 'pod' ? 'pod' : 'the node'} ${name}`
}
