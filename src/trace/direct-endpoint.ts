import type { Journey } from '../kernel/journey.ts'
import { stopByRoute } from '../kernel/stop.ts'
import type { NodeState } from '../model/node.ts'
import type { EndpointPath } from '../model/report.ts'
import { agreed, agreedRoute, declaredEndpoint, fateOf, type Walked } from './endpoints.ts'

/** A pod of a headless service, called by its own address: nothing translates, so all that is there is its way. */
export function directEndpoint(walked: Walked): EndpointPath | null {
  const { observation, node, entry, journeys } = walked
  const endpoint = walked.declared?.find((one) => one.address === entry.address && one.port === entry.port)
  if (!endpoint) return null
  // Who connects to a pod's own address need not have found it by this service: probes do so all the time.
  return {
    ...declaredEndpoint(observation, node, endpoint, agreedRoute(journeys)),
    probability: 1,
    ...fateOf(journeys),
    ...withoutRoute(node, journeys),
    masquerade: agreed(journeys.map((journey) => journey.masquerade)) ?? 'unknown',
  }
}

/** What is sent to a pod's own address is routed as it is: without a route it goes nowhere. */
function withoutRoute(node: NodeState, journeys: readonly Journey[]): Partial<EndpointPath> {
  const route = journeys.find((journey) => journey.route?.kind === 'none')?.route
  return route ? { fate: 'drop', reason: route.reason, stop: stopByRoute(node, route) } : {}
}
