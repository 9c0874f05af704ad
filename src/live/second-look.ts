import type { Again, Judged } from '../ask/source.ts'
import { isDrift } from '../diagnose/drift.ts'
import type { Finding } from '../model/finding.ts'
import { findingKeys } from '../model/identity.ts'
import type { Pace } from './progress.ts'

/** How long kube-proxy is given to follow: twice its longest usual wait of a second between two syncs. */
const PAUSE_MS = 2000

/** A node follows within seconds; who deploys without end is judged by the third look. */
const MOST_LOOKS = 3

/**
 * Judges, and where rules and API differ looks again before it is believed: kube-proxy follows the API within a second or so. What only the last look
 * shows was not there before, and is going to pass: its keys are given back. Looking again, `judge` is told which nodes it is about; null: any.
 */
export async function settled<T>(
  { progress, pause }: Pace,
  judge: (again: Again | null) => Promise<Judged<T>>,
): Promise<{ result: T; passing: ReadonlySet<string> }> {
  let before: ReadonlySet<string> | null = null
  let again: Again | null = null
  for (let look = 1; ; look++) {
    const { drift, believed, nodes }: Looked<T> = await lookOnce(judge, again, before, look === MOST_LOOKS)
    if (believed) return believed
    progress.say('nodes and API differ: looking again whether they still do')
    await pause(PAUSE_MS)
    before = drift
    again = { nodes }
  }
}

interface Looked<T> {
  drift: ReadonlySet<string>
  /** Null where it is to be looked again. */
  believed: { result: T; passing: ReadonlySet<string> } | null
  nodes: ReadonlySet<string> | undefined
}

/** A look on its own: what is not believed is held by nothing while the next one reads as much. */
async function lookOnce<T>(
  judge: (again: Again | null) => Promise<Judged<T>>,
  again: Again | null,
  before: ReadonlySet<string> | null,
  isLast: boolean,
): Promise<Looked<T>> {
  const { result, findings } = await judge(again)
  const drifting = findings.filter(({ code, severity }) => severity !== 'info' && isDrift(code))
  const drift = new Set(drifting.flatMap(findingKeys))
  const fresh = new Set([...drift].filter((key) => !before?.has(key)))
  const believed = fresh.size === 0 || isLast ? { result, passing: fresh } : null
  return { drift, believed, nodes: believed ? undefined : nodesOf(drifting) }
}

/** The nodes that findings are about; undefined where one of them may be about any. */
function nodesOf(findings: readonly Finding[]): ReadonlySet<string> | undefined {
  const nodes = new Set<string>()
  for (const { node, onNodes, evidence } of findings) {
    const shown = evidence.flatMap((one) => one.node ?? [])
    // What the API alone shows, no node has to show again.
    const isOfApi = evidence.length > 0 && shown.length === 0
    if (node === null && !onNodes && !isOfApi) return undefined
    for (const name of [...(node === null ? [] : [node]), ...(onNodes ?? []), ...shown]) nodes.add(name)
  }
  return nodes
}
