import type { Judged } from '../ask/source.ts'
import { isDrift } from '../diagnose/drift.ts'
import { findingKeys } from '../model/identity.ts'
import type { Pace } from './progress.ts'

/** How long kube-proxy is given to follow: twice its longest usual wait of a second between two syncs. */
const PAUSE_MS = 2000

/** A node follows within seconds; who deploys without end is judged by the third look. */
const MOST_LOOKS = 3

/**
 * Judges, and where rules and API differ looks again before it is believed: kube-proxy follows the API within a second or so. What only the last look
 * shows was not there before, and is going to pass: its keys are given back.
 */
export async function settled<T>(
  { progress, pause }: Pace,
  judge: () => Promise<Judged<T>>,
): Promise<{ result: T; passing: ReadonlySet<string> }> {
  let before: ReadonlySet<string> | null = null
  for (let look = 1; ; look++) {
    const { result, findings } = await judge()
    const drift = new Set(
      findings.filter(({ code, severity }) => severity !== 'info' && isDrift(code)).flatMap(findingKeys),
    )
    const last: ReadonlySet<string> = before ?? new Set()
    const isNew = before === null ? drift.size > 0 : [...drift].some((key) => !last.has(key))
    if (!isNew) return { result, passing: new Set() }
    if (look === MOST_LOOKS) return { result, passing: new Set([...drift].filter((key) => !last.has(key))) }
    progress.say('nodes and API differ: looking again whether they still do')
    await pause(PAUSE_MS)
    before = drift
  }
}
