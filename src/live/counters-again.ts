import { counterScripts } from '../collect/script.ts'
import { dropsInvalid, pointsToFault } from '../diagnose/counter-signs.ts'
import { withReadings } from '../observe/observation.ts'
import { type LiveLook, type Means, readNodes } from './look.ts'
import { manifestFile, nodeFiles, withLater } from './manifest.ts'
import type { Pace } from './progress.ts'

/** At least so much time lies between two readings. */
const PAUSE_MS = 2000

/**
 * Reads the counters of those nodes once more on which the first reading points to a fault, by the same ways. Gives what was seen with both; null where
 * none does. A node that does not answer any longer keeps its first reading.
 */
export async function countersAgain(means: Means, { pause }: Pace, seen: LiveLook): Promise<LiveLook | null> {
  const { observation, manifest, readAt } = seen
  const states = means.reach.growth ? observation.nodes.filter(pointsToFault) : []
  const names = new Set(states.map(({ name }) => name))
  const nodes = (observation.cluster.nodes ?? []).filter(({ name }) => names.has(name))
  if (nodes.length === 0) return null
  const whose = nodes.length === 1 ? nodes[0]!.name : `${nodes.length} nodes`
  means.progress.step(`reading the counters of ${whose} again`, nodes.length)
  await pause(Math.max(0, readAt + PAUSE_MS - performance.now()))
  const forward = states.some(dropsInvalid)
  const answers = await readNodes(
    nodes,
    () => counterScripts({ forward }),
    means,
    (read) => read,
  )
  const files = answers.flatMap(nodeFiles)
  const grown = withLater(manifest, answers)
  const others = seen.files.filter(({ path }) => path !== manifestFile(grown).path)
  return {
    ...seen,
    observation: withReadings(observation, files),
    manifest: grown,
    files: means.keepFiles ? [...others, ...files, manifestFile(grown)] : [],
  }
}
