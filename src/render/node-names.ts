import type { Consequence, Finding } from '../model/finding.ts'
import { renamed, unnamed } from '../model/sentence.ts'
import { AT_NODES, type Who, whoText } from '../model/who.ts'
import { some } from './phrases.ts'

/** What follows from the findings of one fault. What is the same of several nodes is told once, with their names. */
export function consequencesOf(group: readonly Finding[]): string[] {
  const alike = ({ code, node, message }: Consequence) => `${code} ${unnamed(message, node)}`
  const groups = Map.groupBy(
    group.flatMap(({ leadsTo }) => leadsTo),
    alike,
  )
  return [...groups.values()].map((all) => {
    const { code, name, node, message } = all[0]!
    const nodes = [...new Set(all.flatMap((one) => one.node ?? []))]
    return `${code} ${name}: ${node === null ? message : renamed(message, node, some(nodes, MOST_NODES))}`
  })
}

const MOST_NODES = 4

/** `pods on n1, n2; clients outside that come in at n1`: whom findings concern, a kind of clients each once. */
export function clientsText(clients: readonly Who[]): string {
  return [...Map.groupBy(clients, (who) => AT_NODES[who.kind] ?? whoText(who))]
    .map(([kind, all]) => {
      const nodes = [...new Set(all.map(({ node }) => node))].sort()
      return AT_NODES[all[0]!.kind] ? `${kind} ${some(nodes, MOST_NODES)}` : kind
    })
    .join('; ')
}
