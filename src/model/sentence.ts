/** Sentences that name a node, and are the same sentence of another one. */

/** What is said of a node by its name, so that the same of another one can be told to be the same. */
export type Sentence = string | ((node: string) => string)

/** A sentence as it is said of a node. */
export const said = (sentence: Sentence | null, node: string): string | null =>
  typeof sentence === 'function' ? sentence(node) : sentence

/** A sentence without a node's name: two nodes of which the same is said have it in common. */
export const unnamed = (text: string, node: string | null): string =>
  node === null ? text : text.replaceAll(node, '*')

/** True where a sentence says by itself which node it is about. */
export const namesNode = (text: string, node: string): boolean => spotsOf(text, node).length > 0

/** A sentence as it is said of other nodes. */
export function renamed(text: string, node: string, others: string): string {
  const spots = spotsOf(text, node)
  const starts = [0, ...spots.map((spot) => spot + node.length)]
  return starts.map((start, i) => text.slice(start, spots[i])).join(others)
}

/** A sentence behind the node's name: `kube-proxy on n2 does not answer` and `n2 has no route` need not name it again. */
export function withoutNode(text: string, node: string): string {
  const [first] = spotsOf(text, node)
  if (first === undefined) return text
  const rest = text.slice(first + node.length)
  if (first === 0 && rest.startsWith(' ')) return rest.slice(1)
  return text.slice(0, first).endsWith(' on ') ? `${text.slice(0, first - ' on '.length)}${rest}` : text
}

/** Where a name stands by itself: `n1` is no part of `n10` or `n1.example`, but may end a sentence. */
function spotsOf(text: string, name: string): number[] {
  const spots: number[] = []
  if (name === '') return spots
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + name.length)) {
    const end = at + name.length
    const joinedBefore = isLetter(text[at - 1]) || (text[at - 1] === '.' && isLetter(text[at - 2]))
    const joinedAfter = isLetter(text[end]) || (text[end] === '.' && isLetter(text[end + 1]))
    if (!joinedBefore && !joinedAfter) spots.push(at)
  }
  return spots
}

const isLetter = (one: string | undefined): boolean =>
  one !== undefined &&
  (one === '-' || one === '_' || (one >= '0' && one <= '9') || one.toLowerCase() !== one.toUpperCase())
