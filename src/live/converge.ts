import type { Again, Expected } from '../ask/source.ts'
import { laggingNodes } from '../report/convergence.ts'
import type { Pace } from './progress.ts'

/** Between two looks; only the rules are read, which costs a node milliseconds. */
const PAUSE_MS = 1000

/**
 * Waits until every node leads to exactly the endpoints that the API lists at that moment, or the time is over. Gives the nodes that do not.
 * `look` reads the API and the rules of the nodes.
 */
export async function waitForNodes(
  { progress, pause }: Pace,
  limitMs: number,
  nodes: readonly string[],
  look: (again: Again | null) => Promise<Expected>,
): Promise<string[]> {
  const end = performance.now() + limitMs
  let told = ''
  let again: Again | null = null
  for (;;) {
    const { observation, services, missing } = await look(again)
    const behind = laggingNodes(observation, services, nodes)
    const all = new Set([...observation.nodes.map(({ name }) => name), ...behind])
    const awaited = [...behind, ...missing.map((name) => `the service ${name}`)]
    const words =
      awaited.length === 0
        ? `all ${all.size} nodes have converged`
        : `${all.size - behind.length} of ${all.size} nodes have converged; waiting for ${awaited.join(', ')}`
    if (words !== told) progress.say(words)
    told = words
    if (awaited.length === 0 || performance.now() + PAUSE_MS > end) return behind
    await pause(PAUSE_MS)
    again = { nodes: new Set(behind) }
  }
}
