/** What a move of the proxy to another mode would change, node by node. */
import type { Goal } from '../model/check.ts'
import type { Observation } from '../model/observation.ts'
import type { PathReport } from '../model/report.ts'
import { prospectOf } from '../proxies/migrate/prospect.ts'
import type { Prospect } from '../proxies/prospect.ts'

/** The walked nodes of which something was read, each with what would change there for the service of a report. */
export const prospectsOn = (
  { nodes, cluster }: Observation,
  report: PathReport,
  goal: Goal,
): { name: string; prospect: Prospect }[] =>
  report.nodes.flatMap(({ name, entries }) => {
    const state = nodes.find((one) => one.name === name)
    if (!state) return []
    const node = cluster.nodes?.find((one) => one.name === name) ?? null
    return [{ name, prospect: prospectOf(goal, state, { node, version: cluster.version, entries }) }]
  })
