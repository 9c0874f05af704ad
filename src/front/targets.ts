import type { Service, ServicePort } from '../model/cluster.ts'
import { type BackendRef, type FrontObjects, GATEWAY_GROUP } from '../model/front/objects.ts'
import type { TargetState } from '../model/front/report.ts'
import type { Observation } from '../model/observation.ts'
import { isGranted, serviceOf } from './known.ts'

/** Where requests of a rule go, as far as the API tells. */
export interface TargetCase {
  ref: BackendRef
  /** Its part of the rule's requests. */
  share: number
  mirror: boolean
  state: TargetState
  /** Why, for any but `found`. */
  reason: string | null
  /** Of `found`, and where the port alone is wrong. */
  service: Service | null
  port: ServicePort | null
  /** It is the target port of this one, which some controllers take for it. */
  meant: ServicePort | null
}

/** The kind and namespace of the object that refers to it. */
interface From {
  kind: 'Ingress' | 'HTTPRoute'
  namespace: string
}

/** Each backend of a rule with its share, and what its filters mirror to. */
export function targetCases(
  observation: Observation,
  front: FrontObjects,
  from: From,
  refs: readonly BackendRef[],
  mirrors: readonly BackendRef[],
): TargetCase[] {
  const sum = refs.reduce((total, { weight }) => total + weight, 0)
  const judged = (ref: BackendRef, share: number, mirror: boolean): TargetCase => ({
    ...{ ref, share, mirror, service: null, port: null, meant: null },
    ...stateOf(observation, front, from, ref),
  })
  return [
    ...refs.map((ref) => judged(ref, sum === 0 ? 0 : ref.weight / sum, false)),
    ...mirrors.map((ref) => judged(ref, 0, true)),
  ]
}

type Judged = Pick<TargetCase, 'state' | 'reason'> & Partial<TargetCase>

function stateOf(observation: Observation, front: FrontObjects, from: From, ref: BackendRef): Judged {
  const place = `${ref.namespace}/${ref.name}`
  if (ref.kind !== 'Service' || ref.group !== '')
    return { state: 'notJudged', reason: `a ${ref.kind || 'target'} is for the controller to understand` }
  const granted = isGranted(front, { group: from.kind === 'HTTPRoute' ? GATEWAY_GROUP : '', ...from }, ref)
  if (granted === false)
    return { state: 'notGranted', reason: `no ReferenceGrant in ${ref.namespace} allows it from ${from.namespace}` }
  const found = serviceOf(observation, front, ref)
  if (found.service === null) {
    if (found.presence === 'absent') return { state: 'noService', reason: `there is no Service ${place}` }
    const why = found.presence === 'unread' ? 'could not be read' : unseenText(observation)
    return { state: 'unknown', reason: `the Service ${place} ${why}` }
  }
  const ported = portOf(found.service, ref, from.kind)
  if (ported.state !== 'found' || granted) return ported
  const reason = `whether a ReferenceGrant in ${ref.namespace} allows it is not known`
  return { ...ported, state: 'unknown', reason }
}

const unseenText = ({ source }: Observation): string =>
  source === 'rules' ? 'is not in this text' : 'was not collected'

function portOf(service: Service, { port: written, portBy }: BackendRef, kind: From['kind']): Judged {
  const place = `${service.namespace}/${service.name}`
  if (service.type === 'ExternalName')
    return {
      service,
      state: 'notJudged',
      reason: `${place} is an ExternalName: whether that works is up to the controller`,
    }
  if (written === null) return { service, state: 'noPort', reason: 'no port is named' }
  const named = service.ports.filter((one) => (portBy === 'number' ? String(one.port) : one.name) === written)
  const port = named.find(({ protocol }) => protocol === 'TCP')
  if (port) return { service, port, state: 'found', reason: null }
  if (named.length > 0)
    return {
      service,
      state: 'notJudged',
      reason: `port ${written} of ${place} is for ${named[0]!.protocol}, and HTTP uses TCP`,
    }
  // A table of services has no names of ports, and rules have not all ports.
  if (service.selector === undefined || service.ports.length === 0)
    return { service, state: 'unknown', reason: `the ports of ${place} are known in part only` }
  const meant = kind === 'Ingress' ? (service.ports.find(({ targetPort }) => targetPort === written) ?? null) : null
  const list = portList(service)
  if (meant)
    return {
      ...{ service, meant, state: 'notJudged' },
      reason: `${written} is a target port of ${place}, whose port is ${meant.port}: only some controllers take it`,
    }
  return { service, state: 'noPort', reason: `${place} has no port ${written}, only ${list}` }
}

/** `http 80, https 443` */
export const portList = ({ ports }: Service): string =>
  ports.map(({ name, port }) => `${name} ${port}`.trim()).join(', ')
