/** Of up to so many nodes each has a line of its own. */
export const FEW = 20

/** What nodes say on the way. Of many it is told once, with how many they are, when all are done. */
export class NodeLines {
  private readonly write: (words: string) => void
  private of = 0
  private readonly said = new Map<string, { nodes: Set<string>; words: string }>()

  constructor(write: (words: string) => void) {
    this.write = write
  }

  /** So many nodes are asked from now on; what was gathered is told. */
  begin(nodes: number): void {
    for (const [alike, { nodes, words }] of this.said) {
      const [only] = nodes
      this.write(nodes.size === 1 ? `${only}: ${words}` : `${nodes.size} of ${this.of} nodes: ${alike}`)
    }
    this.said.clear()
    this.of = nodes
  }

  add(node: string, words: string, alike: string): void {
    if (this.of <= FEW) return this.write(`${node}: ${words}`)
    const one = this.said.get(alike) ?? { nodes: new Set<string>(), words }
    one.nodes.add(node)
    this.said.set(alike, one)
  }
}
