import { isConverged } from '../diagnose/drift.ts'
import type { Service } from '../model/cluster.ts'
import type { Observation } from '../model/observation.ts'
import { tracePath } from '../trace/trace.ts'

/**
 * The nodes that do not lead to exactly the endpoints that the API lists, of any of the services; those that could not be read among them. A service
 * without entries has none.
 */
export function laggingNodes(
  observation: Observation,
  services: readonly Service[],
  nodes: readonly string[],
): string[] {
  const paths = services.map((service) => tracePath(observation, service, { from: null, nodes, port: null }))
  const behind = paths.flatMap((path) => path.nodes.filter((node) => !isConverged(node)))
  return [...new Set(behind.map(({ name }) => name))].sort()
}
