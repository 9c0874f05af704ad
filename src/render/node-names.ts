import type { Finding } from '../model/finding.ts'
import { some } from './phrases.ts'

/** What may be a node's name in a sentence: a DNS name, without the dot that ends the sentence. */
const WORD = /[\w-]+(?:\.[\w-]+)*/g

const wordsOf = (text: string): string[] => text.match(WORD) ?? []

/** True where a sentence says by itself which node it is about. */
export const namesNode = (text: string, node: string): boolean => wordsOf(text).includes(node)

/** What follows from the findings of one fault. What is the same of several nodes is told once, with their names. */
export function consequencesOf(group: readonly Finding[]): string[] {
  // Where a consequence was seen, its proof says.
  const nodes = new Set(group.flatMap(({ node, evidence }) => [node, ...evidence.map((one) => one.node)]))
  const texts = [...new Set(group.flatMap(({ consequences }) => consequences))]
  const masked = (text: string) => text.replaceAll(WORD, (word) => (nodes.has(word) ? '*' : word))
  return [...Map.groupBy(texts, masked).values()].map(([first = '', ...others]) => {
    if (others.length === 0) return first
    const names = [first, ...others].map((text) => [...new Set(wordsOf(text).filter((word) => nodes.has(word)))])
    // Of those that name several each, the first stands for all.
    if (names.some((all) => all.length !== 1)) return first
    const all = [...new Set(names.flat())]
    const shown = some(all, MOST_NODES)
    return first.replaceAll(WORD, (word) => (nodes.has(word) ? shown : word))
  })
}

const MOST_NODES = 4

/** `pods on n1, n2; clients outside that come in at n1`: whom findings concern, a kind of clients each once. */
export function clientsText(clients: readonly string[]): string {
  const parts = [...new Set(clients)].map(
    (one) => /^(pods on|clients outside that come in at) (\S+)$/.exec(one) ?? [one, one],
  )
  const kinds = Map.groupBy(parts, ([, kind]) => kind!)
  return [...kinds]
    .map(([kind, all]) => {
      const nodes = all.flatMap(([, , node]) => node ?? []).sort()
      return nodes.length > 0 ? `${kind} ${some(nodes, MOST_NODES)}` : kind
    })
    .join('; ')
}
