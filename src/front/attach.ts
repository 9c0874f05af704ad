/** Which listeners of a Gateway take a route, by what both say (Gateway API, "Traffic matching"). */
import {
  type Condition,
  type FrontObjects,
  GATEWAY_GROUP,
  type Gateway,
  type GatewayClass,
  type HttpRoute,
  type Listener,
  type ParentRef,
} from '../model/front/objects.ts'
import { hostsAt } from './hosts.ts'
import { type Presence, presenceOf, selects } from './known.ts'

type Answer = 'yes' | 'no' | 'unknown'

/** A Gateway with its class, or what is known of their absence. */
export interface GatewayCase {
  namespace: string
  name: string
  gateway: Gateway | null
  presence: Presence
  gatewayClass: GatewayClass | null
  classPresence: Presence
}

/** What a route names as its parent, and what becomes of it there. */
export interface ParentCase {
  ref: ParentRef
  /** Null where it is something else than a Gateway, which is not judged. */
  at: GatewayCase | null
  listeners: { listener: Listener; fit: Answer; why: string; hosts: (string | null)[] }[]
  /** By spec alone. */
  fits: Answer
  /** The conditions that the Gateway's controller has written for it. */
  conditions: Condition[]
  /** Do requests come to the rules of the route by this parent? */
  leads: Answer
  why: string | null
}

export function gatewayCase(front: FrontObjects, namespace: string, name: string): GatewayCase {
  const gateway = front.gateways.find((one) => one.namespace === namespace && one.name === name) ?? null
  const className = gateway?.className ?? null
  const gatewayClass = front.gatewayClasses.find((one) => one.name === className) ?? null
  return {
    ...{ namespace, name, gateway, gatewayClass },
    presence: gateway ? 'found' : presenceOf(front, 'Gateway', namespace, name),
    classPresence: gatewayClass
      ? 'found'
      : className === null
        ? 'unseen'
        : presenceOf(front, 'GatewayClass', null, className),
  }
}

export function parentCase(front: FrontObjects, route: HttpRoute, ref: ParentRef): ParentCase {
  if (ref.kind !== 'Gateway' || ref.group !== GATEWAY_GROUP)
    return {
      ...{ ref, at: null, listeners: [], fits: 'unknown', conditions: conditionsOf(route, ref, null) },
      ...{ leads: 'unknown', why: `its parent is a ${ref.kind}, which is not judged` },
    }
  const at = gatewayCase(front, ref.namespace, ref.name)
  const conditions = conditionsOf(route, ref, at.gatewayClass?.controller ?? null)
  const listeners = (at.gateway?.listeners ?? []).map((listener) => fitOf(front, route, ref, at.gateway!, listener))
  const fits = fitsOf(at, listeners)
  return { ref, at, listeners, fits, conditions, ...leadsOf(route, at, fits, conditions) }
}

/** Those that a controller wrote for the very parent; where the Gateway's is known, that one. */
function conditionsOf(route: HttpRoute, ref: ParentRef, controller: string | null): Condition[] {
  const own = route.statuses.filter(
    ({ parent }) =>
      parent.kind === ref.kind &&
      parent.group === ref.group &&
      parent.namespace === ref.namespace &&
      parent.name === ref.name &&
      parent.section === ref.section &&
      parent.port === ref.port,
  )
  const its = controller === null ? own : own.filter((one) => one.controller === controller)
  return its.flatMap(({ conditions }) => conditions)
}

function fitsOf({ gateway, presence }: GatewayCase, listeners: ParentCase['listeners']): Answer {
  if (gateway === null) return presence === 'absent' ? 'no' : 'unknown'
  if (listeners.some(({ fit }) => fit === 'yes')) return 'yes'
  return gateway.mayHaveMore || listeners.some(({ fit }) => fit === 'unknown') ? 'unknown' : 'no'
}

function leadsOf(
  route: HttpRoute,
  { gateway }: GatewayCase,
  fits: Answer,
  conditions: readonly Condition[],
): Pick<ParentCase, 'leads' | 'why'> {
  const refused = gateway?.conditions.find((one) => isFalse(one, 'Accepted') && isCurrent(one, gateway.generation))
  if (refused) return { leads: 'no', why: `the Gateway is not accepted: ${refused.reason}` }
  const accepted = conditions.find(({ type }) => type === 'Accepted')
  const current = accepted !== undefined && isCurrent(accepted, route.generation)
  if (current && accepted.status === 'True') return { leads: 'yes', why: null }
  if (current && accepted.status === 'False')
    return { leads: 'no', why: `the route is not accepted: ${accepted.reason}` }
  if (fits === 'no') return { leads: 'no', why: 'no listener takes the route' }
  const why =
    accepted === undefined
      ? 'no controller has said whether it accepts the route'
      : current
        ? `the controller has not decided about the route: ${accepted.reason}`
        : 'what the controller says is about an older version of the route'
  return { leads: 'unknown', why }
}

export const isFalse = ({ type, status }: Condition, wanted: string): boolean => type === wanted && status === 'False'

/** A condition that is about an older version says nothing of this one. */
export const isCurrent = ({ generation }: Condition, own: number | null): boolean =>
  generation === null || own === null || generation >= own

function fitOf(
  front: FrontObjects,
  route: HttpRoute,
  ref: ParentRef,
  gateway: Gateway,
  listener: Listener,
): ParentCase['listeners'][number] {
  const hosts = hostsAt(listener.hostname, route.hostnames)
  const no = (why: string) => ({ listener, fit: 'no' as const, why, hosts })
  if (ref.section !== null && ref.section !== listener.name) return no(`its name is not ${ref.section}`)
  if (ref.port !== null && ref.port !== listener.port) return no(`its port is ${listener.port}, not ${ref.port}`)
  const kinds = listener.kinds.map(({ kind }) => kind).join(', ')
  if (kinds !== '' && !listener.kinds.some(({ group, kind }) => group === GATEWAY_GROUP && kind === 'HTTPRoute'))
    return no(`it takes ${kinds} only`)
  if (['TLS', 'TCP', 'UDP'].includes(listener.protocol))
    return no(`its protocol ${listener.protocol} is not for HTTPRoutes`)
  const place = placeAnswer(front, route, gateway, listener)
  if (place === 'no') return no(`it takes routes of ${namespacesText(listener)} only (allowedRoutes.namespaces)`)
  if (hosts.length === 0) return no(`its host name ${listener.hostname} is none of the route's`)
  const isKnown = place === 'yes' && ['HTTP', 'HTTPS'].includes(listener.protocol)
  const why = place === 'unknown' ? `the labels of the namespace ${route.namespace} are not known` : ''
  return { listener, fit: isKnown ? 'yes' : 'unknown', why, hosts }
}

function placeAnswer(front: FrontObjects, route: HttpRoute, gateway: Gateway, { from, selector }: Listener): Answer {
  if (from === 'All') return 'yes'
  if (from === 'None') return 'no'
  if (from === 'Same') return route.namespace === gateway.namespace ? 'yes' : 'no'
  if (from !== 'Selector') return 'unknown'
  const labels = front.namespaces.find(({ name }) => name === route.namespace)?.labels ?? null
  const selected = selects(selector, labels)
  return selected === null ? 'unknown' : selected ? 'yes' : 'no'
}

const namespacesText = ({ from }: Listener): string =>
  from === 'Same' ? "the Gateway's own namespace" : from === 'None' ? 'no namespace' : 'the namespaces that it selects'
