/** Whether the rules of a node were read well enough to say what they do with a Service. */
import type { Family } from '../model/address.ts'
import type { NodeState } from '../model/node.ts'
import { said } from '../model/sentence.ts'
import { proxiesOn } from '../proxies/on-node.ts'

/** Why nothing sure can be said of what the rules of a node do with a service, for these families; null where they were seen. */
export function rulesUnseen(node: NodeState, families: readonly Family[]): string | null {
  for (const family of families) {
    const { how, untaken, cutOff } = proxiesOn(node, family).seen
    if (how === 'partial') return said(untaken, node.name)
    if (cutOff) return 'the rules end too early'
  }
  return null
}
