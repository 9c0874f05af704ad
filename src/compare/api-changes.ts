/** What the API says of a service and its endpoints, held against what it said in another look. */
import { joinHostPort } from '../model/address.ts'
import type { Endpoint, Service } from '../model/cluster.ts'
import type { Change, Incomparable } from '../model/diff/report.ts'
import type { Observation } from '../model/observation.ts'
import type { Differences } from './rules.ts'

/** The fields of a Service. Where a side has none but what its rules show, the fields that rules do not show are not compared. */
export function serviceChanges(before: Service, after: Service): Differences {
  const [old, now] = [fieldsOf(before), fieldsOf(after)]
  const changes = [...old].flatMap(([subject, from]): Change[] => {
    const to = now.get(subject)
    if (from === undefined || to === undefined || from === to) return []
    return [{ area: 'service', nodes: [], subject, before: from, after: to, changesWay: false }]
  })
  const blind = isInferred(before) === isInferred(after) ? null : isInferred(before) ? 'before' : 'after'
  return { changes, unknowns: blind ? [{ nodes: [], what: 'the fields of the Service', missingIn: blind }] : [] }
}

/** Undefined: the text does not tell. Null: it has none. */
function fieldsOf(service: Service): Map<string, string | null | undefined> {
  const told = !isInferred(service)
  const list = (all: readonly string[]) => (all.length > 0 ? [...all].sort().join(', ') : null)
  const ports = service.ports.map(({ name, port, protocol, targetPort, nodePort }) =>
    [name, `${port}/${protocol.toLowerCase()}`, targetPort && `→ ${targetPort}`, nodePort && `node port ${nodePort}`]
      .filter(Boolean)
      .join(' '),
  )
  const fields: [string, string | null][] = [
    ['type', service.headless ? 'headless' : service.type],
    ['cluster IPs', list(service.clusterIPs)],
    ['ports', list(ports)],
    ['external IPs', list(service.externalIPs)],
    ['load-balancer IPs', list(service.loadBalancerIPs)],
    ['load-balancer host names', list(service.loadBalancerHostnames)],
    ['source ranges', list(service.loadBalancerSourceRanges)],
    ['externalTrafficPolicy', service.externalTrafficPolicy],
    ['internalTrafficPolicy', service.internalTrafficPolicy],
    ['session affinity', service.affinitySeconds === null ? null : `ClientIP, ${service.affinitySeconds} s`],
    ['external name', service.externalName],
    ['topology', service.topology ?? null],
  ]
  return new Map<string, string | null | undefined>([
    ...fields.map(([name, value]) => [name, told ? value : undefined] as const),
    ['selector', told && service.selector !== undefined ? selectorText(service.selector) : undefined],
  ])
}

/** Is no more known of it than what rules show? */
export const isInferred = ({ type, selector }: Service): boolean => type === null || selector === undefined

const selectorText = (selector: Record<string, string> | null): string | null =>
  selector &&
  Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',')

/** The endpoints that the API lists. */
export function endpointChanges(before: Observation, after: Observation, service: Service): Differences {
  const { namespace, name } = service
  const [old, now] = [before, after].map(({ cluster }) => cluster.endpointsOf(namespace, name))
  if (!old || !now) {
    const what = 'the endpoints of the API'
    if (!old && !now) return { changes: [], unknowns: [] }
    return { changes: [], unknowns: [{ nodes: [], what, missingIn: old ? 'after' : 'before' }] }
  }
  const [ends, others] = [byPlace(old), byPlace(now)]
  const unknowns: Incomparable[] = []
  const partial = {
    before: before.cluster.endpointsArePartial(namespace, name),
    after: after.cluster.endpointsArePartial(namespace, name),
  }
  const changes = [...new Set([...ends.keys(), ...others.keys()])].flatMap((subject): Change[] => {
    const [from, to] = [ends.get(subject) ?? null, others.get(subject) ?? null]
    if (from === to) return []
    const missingIn = from === null ? 'before' : 'after'
    if ((from === null || to === null) && partial[missingIn]) {
      unknowns.push({ nodes: [], what: `the endpoint ${subject}`, missingIn })
      return []
    }
    return [{ area: 'endpoints', nodes: [], subject, before: from, after: to, changesWay: false }]
  })
  return { changes, unknowns }
}

function byPlace(endpoints: readonly Endpoint[]): Map<string, string> {
  const groups = Map.groupBy(endpoints, ({ address, port, portName, protocol }) =>
    [joinHostPort(address, port), `${protocol.toLowerCase()}${portName ? ` (${portName})` : ''}`].join('/'),
  )
  return new Map([...groups].map(([place, all]) => [place, all.map(endpointText).sort().join('; ')]))
}

function endpointText({ ready, serving, terminating, pod, node, hints }: Endpoint): string {
  const state = ready ? 'ready' : terminating ? (serving ? 'terminating, still serving' : 'terminating') : 'not ready'
  const zones = hints ? [...hints.zones, ...hints.nodes] : []
  return [
    state,
    pod && `pod ${pod.namespace}/${pod.name}`,
    node && `on ${node}`,
    zones.length > 0 && `for ${zones.join(', ')}`,
  ]
    .filter(Boolean)
    .join(' ')
}
