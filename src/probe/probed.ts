import type { Observation } from '../model/observation.ts'
import type { NodeProbe } from '../model/probe/request.ts'
import type { PathReport } from '../model/report.ts'
import type { ProbePlan } from './plan.ts'

/** A probe that was made, and all that was seen of it. */
export interface Probed {
  plan: ProbePlan
  /** What each node answered; a node that did not is not among them, and `failures` says why. */
  probes: ReadonlyMap<string, NodeProbe>
  failures: ReadonlyMap<string, string>
  /** Before the first connection. */
  before: { observation: Observation; report: PathReport }
  /** After the last. */
  after: { observation: Observation; report: PathReport }
}
