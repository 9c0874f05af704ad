/** What is not judged, and what could not be looked at. */
import type { Reference } from '../model/front/objects.ts'
import type { FrontCase } from './case.ts'
import { isListed, presenceOf } from './known.ts'

export function notesOf(seen: FrontCase): string[] {
  const { rules } = seen
  const leads = rules.some(({ targets }) => targets.some(({ state }) => state === 'found'))
  return [
    ...controllerNotes(seen),
    ...(leads ? [DIRECT] : []),
    ...ingressNotes(seen),
    ...routeNotes(seen),
    ...secretNotes(seen),
    ...unreadNotes(seen),
    ...rivalNotes(seen),
  ]
}

const DIRECT =
  'the ways above start at the cluster IP, without node ports and load balancers; many controllers connect to the endpoints themselves instead. --from NAMESPACE/pod/NAME traces as a pod of the controller'

function controllerNotes({ ingress, ingressClass, gateways }: FrontCase): string[] {
  const names = [
    ...(ingress ? [ingressClass.object?.controller ?? (ingress.className && `of class ${ingress.className}`)] : []),
    ...gateways.map(
      ({ gateway, gatewayClass }) =>
        gatewayClass?.controller ?? (gateway?.className && `of class ${gateway.className}`),
    ),
  ].filter((one) => typeof one === 'string' && one !== '')
  const who = names.length > 0 ? `the controller ${[...new Set(names)].join(', ')}` : 'the controller'
  return [`not judged: the configuration and pods of ${who}; only API objects were read`]
}

function ingressNotes({ ingress, rules, ingressClass }: FrontCase): string[] {
  if (ingress === null) return []
  const special = rules.some(({ matches }) => matches.some(({ pathType }) => !['Exact', 'Prefix'].includes(pathType)))
  const { annotations, canary, className, defaultBackend, addresses } = ingress
  return [
    ...(annotations.length > 0
      ? [
          `not judged: annotations that a controller may read: ${annotations.slice(0, 6).join(', ')}${annotations.length > 6 ? ` and ${annotations.length - 6} more` : ''}`,
        ]
      : []),
    ...(canary
      ? ['not judged: this Ingress is a canary of ingress-nginx, which decides the share of its requests']
      : []),
    ...(special ? ['not judged: what the path type ImplementationSpecific matches is up to the controller'] : []),
    ...(addresses.length === 0 && ingressClass.presence === 'found'
      ? ['its status has no address: no controller has taken it yet, or this one does not write any']
      : []),
    ...(defaultBackend === null ? ['requests that no rule matches are answered by the controller'] : []),
    ...(className !== null && ingressClass.presence === 'unread'
      ? [`not known: whether the class ${className} exists (it could not be read)`]
      : []),
    ...(className === null && addresses.length > 0
      ? ['it names no class; a controller serves it, as the address in its status shows']
      : []),
  ]
}

function routeNotes({ routes, rules }: FrontCase): string[] {
  const others = routes.flatMap(({ parents }) => parents.filter(({ at }) => at === null).map(({ ref }) => ref.kind))
  const regular =
    routes.length > 0 &&
    rules.some(({ matches }) => matches.some(({ pathType }) => !['Exact', 'PathPrefix'].includes(pathType)))
  const overruled = routes.flatMap(({ route, parents }) =>
    parents
      .filter(({ at, fits, leads }) => at !== null && fits === 'no' && leads === 'yes')
      .map(
        ({ ref }) =>
          `HTTPRoute ${route.namespace}/${route.name} fits no listener of Gateway ${ref.namespace}/${ref.name} by their fields, and its controller accepts it all the same`,
      ),
  )
  return [
    ...[...new Set(others)].map((kind) => `not judged: a parent of kind ${kind}`),
    ...(regular ? ['not judged: what a regular expression as path matches is up to the controller'] : []),
    ...overruled,
  ]
}

function secretNotes({ front, ingress, gateways }: FrontCase): string[] {
  const own = (ingress?.tls ?? []).flatMap(({ secret }) =>
    secret === null ? [] : [{ namespace: ingress!.namespace, name: secret }],
  )
  const ofGateways = gateways.flatMap(({ gateway }) =>
    (gateway?.listeners ?? []).flatMap(({ certificates }) => certificates.filter(({ kind }) => kind === 'Secret')),
  )
  const unknown = [...own, ...ofGateways].filter(
    ({ namespace, name }: Pick<Reference, 'namespace' | 'name'>) =>
      !['found', 'absent'].includes(presenceOf(front, 'Secret', namespace, name)),
  )
  const [first] = unknown
  if (first === undefined) return []
  const names = [...new Set(unknown.map(({ namespace, name }) => `${namespace}/${name}`))]
  return [
    `not known: whether the TLS Secret ${names.slice(0, 3).join(', ')} exists` +
      (presenceOf(front, 'Secret', first.namespace, first.name) === 'unread'
        ? ' (you may not get secrets)'
        : ' (not collected)'),
  ]
}

/** What was asked for and could not be read; Secrets and lists have words of their own. */
function unreadNotes({ front }: FrontCase): string[] {
  const unread = front.lookups.filter(
    ({ kind, name, answer }) => answer === 'unread' && name !== null && kind !== 'Secret',
  )
  const grants = front.lookups.filter(({ kind, answer }) => kind === 'ReferenceGrant' && answer === 'unread')
  const names = [
    ...unread.map(({ kind, namespace, name }) => `${kind} ${namespace === null ? '' : `${namespace}/`}${name}`),
    ...grants.map(({ namespace }) => `the ReferenceGrants of ${namespace}`),
  ]
  return names.length === 0
    ? []
    : [`not read, for want of permission or by an error: ${[...new Set(names)].slice(0, 5).join(', ')}`]
}

/** Whether somebody else has the same host and path is known only where all of them were listed. */
function rivalNotes({ front, subject }: FrontCase): string[] {
  if (subject.kind === 'Gateway') return isListed(front, 'HTTPRoute', null) ? [] : [SOME_ROUTES]
  return isListed(front, subject.kind, null)
    ? []
    : [`not checked: whether another ${subject.kind} has the same host and path (not all were read)`]
}

const SOME_ROUTES = 'not all HTTPRoutes of the cluster were read: others may name this Gateway, too'
