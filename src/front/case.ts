/** An Ingress, HTTPRoute or Gateway with all that its way depends on: what the report shows and what findings are looked for in. */
import { SvcpathError } from '../model/errors.ts'
import {
  type FrontObjects,
  type Gateway,
  type HttpRoute,
  type Ingress,
  type IngressClass,
  noFront,
} from '../model/front/objects.ts'
import type { FrontKind, FrontQuery } from '../model/front/query.ts'
import type { FrontMatch } from '../model/front/report.ts'
import type { Observation } from '../model/observation.ts'
import { sh } from '../model/shell.ts'
import { type GatewayCase, gatewayCase, type ParentCase, parentCase } from './attach.ts'
import { type Presence, presenceOf } from './known.ts'
import { type TargetCase, targetCases } from './targets.ts'

export interface FrontCase {
  observation: Observation
  front: FrontObjects
  subject: { kind: FrontKind; namespace: string; name: string }
  /** Null for anything else than an Ingress. */
  ingress: Ingress | null
  /** Of an Ingress. */
  ingressClass: { object: IngressClass | null; presence: Presence }
  /** The route that was asked for, or those that name the Gateway that was. */
  routes: RouteCase[]
  /** The Gateway that was asked for, or those that the route names. */
  gateways: GatewayCase[]
  rules: RuleCase[]
}

export interface RouteCase {
  route: HttpRoute
  /** Of a Gateway that was asked for: those that name it. */
  parents: ParentCase[]
}

/** Requests that are treated alike, and where they go. */
export interface RuleCase {
  /** Null for an Ingress. */
  route: RouteCase | null
  /** From 0, in its object. */
  index: number
  hosts: string[]
  matches: FrontMatch[]
  filters: { type: string; text: string }[]
  targets: TargetCase[]
}

/** Throws where the observation does not hold the object. `namespace`: where the query names none; null: any. */
export function frontCase(observation: Observation, query: FrontQuery, namespace: string | null): FrontCase {
  const front = observation.cluster.front ?? noFront()
  const object = chooseObject(observation, front, query, query.namespace ?? namespace)
  const subject = { kind: query.kind, namespace: object.namespace, name: object.name }
  const common = { observation, front, subject }
  if (query.kind === 'Ingress') return { ...common, ...ingressParts(common, object as Ingress) }
  const none = { ingress: null, ingressClass: { object: null, presence: 'unseen' as const } }
  if (query.kind === 'HTTPRoute') {
    const routes = [routeCase(front, object as HttpRoute)]
    const named = routes.flatMap(({ parents }) => parents.flatMap(({ at }) => at ?? []))
    const gateways = [...new Map(named.map((one) => [`${one.namespace}/${one.name}`, one])).values()]
    return { ...common, ...none, routes, gateways, rules: routes.flatMap((one) => routeRules(common, one)) }
  }
  const gateway = object as Gateway
  const routes = front.routes
    .filter(({ parents }) => parents.some((one) => isOf(one, gateway)))
    .map((route) => routeCase(front, route))
    .map(({ route, parents }) => ({ route, parents: parents.filter(({ ref }) => isOf(ref, gateway)) }))
  const gateways = [gatewayCase(front, gateway.namespace, gateway.name)]
  return { ...common, ...none, routes, gateways, rules: routes.flatMap((one) => routeRules(common, one)) }
}

const isOf = ({ kind, namespace, name }: HttpRoute['parents'][number], gateway: Gateway): boolean =>
  kind === 'Gateway' && namespace === gateway.namespace && name === gateway.name

const routeCase = (front: FrontObjects, route: HttpRoute): RouteCase => ({
  route,
  parents: route.parents.map((ref) => parentCase(front, route, ref)),
})

type Common = Pick<FrontCase, 'observation' | 'front' | 'subject'>

function ingressParts(
  { observation, front }: Common,
  ingress: Ingress,
): Pick<FrontCase, 'ingress' | 'ingressClass' | 'routes' | 'gateways' | 'rules'> {
  const { className, rules, defaultBackend } = ingress
  const object = front.ingressClasses.find(({ name }) => name === className) ?? null
  const from = { kind: 'Ingress' as const, namespace: ingress.namespace }
  const targetsOf = (target: Ingress['defaultBackend']) =>
    targetCases(observation, front, from, target === null ? [] : [target], [])
  const all = [
    ...rules.flatMap(({ host, paths }) =>
      paths.map(({ path, type, target }) => ({
        hosts: host === null ? [] : [host],
        matches: [{ path, pathType: type, method: null, headers: [], query: [] }],
        targets: targetsOf(target),
      })),
    ),
    ...(defaultBackend === null ? [] : [{ hosts: [], matches: [], targets: targetsOf(defaultBackend) }]),
  ]
  const presence = object ? 'found' : className === null ? 'unseen' : presenceOf(front, 'IngressClass', null, className)
  return {
    ...{ ingress, ingressClass: { object, presence }, routes: [], gateways: [] },
    rules: all.map((rule, index) => ({ ...rule, route: null, index, filters: [] })),
  }
}

const routeRules = ({ observation, front }: Common, route: RouteCase): RuleCase[] =>
  route.route.rules.map(({ matches, filters, targets }, index) => ({
    ...{ route, index, hosts: route.route.hostnames },
    matches: matches.map(({ path, method, headers, query }) => ({
      ...{ path: path.value, pathType: path.type, method },
      headers: headers.map(valueText),
      query: query.map(valueText),
    })),
    filters: [...filters, ...targets.flatMap((one) => one.filters)].map(({ type, text }) => ({ type, text })),
    targets: targetCases(
      observation,
      front,
      { kind: 'HTTPRoute', namespace: route.route.namespace },
      targets,
      filters.flatMap(({ mirror }) => mirror ?? []),
    ),
  }))

const valueText = ({ name, type, value }: { name: string; type: string; value: string }): string =>
  `${name}${type === 'Exact' ? '=' : ' ~ '}${value}`

function chooseObject(
  observation: Observation,
  front: FrontObjects,
  { kind, name }: FrontQuery,
  namespace: string | null,
): Ingress | HttpRoute | Gateway {
  const all = { Ingress: front.ingresses, HTTPRoute: front.routes, Gateway: front.gateways }[kind]
  const found = all.filter((one) => one.name === name && (namespace === null || one.namespace === namespace))
  if (found.length === 1) return found[0]!
  const names = (items: readonly { namespace: string; name: string }[]) =>
    items
      .map((one) => `${one.namespace}/${kind.toLowerCase()}/${one.name}`)
      .slice(0, 5)
      .join(', ')
  if (found.length > 1)
    throw new SvcpathError(`${found.length} objects are called ${kind} ${name}`, {
      exitCode: 2,
      hint: `name one of them: ${names(found)}`,
    })
  const where = namespace === null ? '' : ` in the namespace ${namespace}`
  const plural = { Ingress: 'ingresses', HTTPRoute: 'httproutes', Gateway: 'gateways' }[kind]
  const command = sh`kubectl get ${plural} -n ${namespace ?? 'NAMESPACE'} -o yaml`
  const service = observation.cluster.services?.find((one) => one.namespace === kind.toLowerCase() && one.name === name)
  const meant = service
    ? sh`; for the Service of the namespace ${service.namespace}: kubectl svcpath ${name} -n ${service.namespace}`
    : ''
  const origin = observation.origin === '-' ? 'standard input' : observation.origin
  throw new SvcpathError(`no ${kind} ${name}${where} in ${origin}`, {
    hint:
      all.length > 0 ? `it holds ${names(all)}${meant}` : `it holds no ${kind}: add the output of ${command}${meant}`,
  })
}
