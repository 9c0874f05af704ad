/** Rules of other objects, or earlier ones of the same, that take the very same requests. */
import type { HttpMatch, HttpRoute, Ingress, IngressRule } from '../model/front/objects.ts'
import type { FrontCase, RouteCase } from './case.ts'
import { hostsAt } from './hosts.ts'
import { areSame, byPrecedence, type Candidate } from './precedence.ts'

/** A host and path of the object that was asked for, and who else claims it. */
export interface Rival {
  /** Null: any. */
  host: string | null
  path: string
  by: { kind: 'Ingress' | 'HTTPRoute'; namespace: string; name: string; createdAt: string | null }
  own: { namespace: string; name: string; createdAt: string | null }
  /** The other gets the requests: by the API's own words for an HTTPRoute, by the usage of most controllers for an Ingress. */
  wins: boolean
}

/** All of them; `wins` where the other one is the older. One without a time of creation is not compared. */
export const rivalsOf = (seen: FrontCase): Rival[] => {
  const { ingress, routes, front } = seen
  if (ingress) return front.ingresses.flatMap((other) => ingressRivals(seen, ingress, other))
  return routes.flatMap((own) => routeRivals(seen, own))
}

function ingressRivals({ front }: FrontCase, own: Ingress, other: Ingress): Rival[] {
  if (own.namespace === other.namespace && own.name === other.name) return []
  if (own.canary || other.canary || own.createdAt === null || other.createdAt === null) return []
  const controllers = [own, other].map(({ className }) =>
    className === null ? null : (front.ingressClasses.find(({ name }) => name === className)?.controller ?? className),
  )
  // Without a class nobody knows whose it is; another controller's is another door.
  if (controllers[0] === null || controllers[0] !== controllers[1] || own.className !== other.className) return []
  if (!shareDoor(own, other, controllers[0]!)) return []
  const theirs = other.rules.flatMap((rule) => pathsOf(rule))
  const shared = own.rules
    .flatMap((rule) => pathsOf(rule))
    .filter((mine) => theirs.some((one) => one.key === mine.key && one.target !== mine.target))
  return shared.map(({ host, path }) => ({
    ...{ host, path, own, by: { ...placeOf(other), kind: 'Ingress' as const } },
    wins: other.createdAt! < own.createdAt!,
  }))
}

/** Some controllers make a load balancer for each Ingress, and let people give groups of them an order. */
function shareDoor(own: Ingress, other: Ingress, controller: string): boolean {
  if ([own, other].some(({ annotations }) => annotations.some((key) => key.endsWith('/group.order')))) return false
  if (own.addresses.some((address) => other.addresses.includes(address))) return true
  return controller === 'k8s.io/ingress-nginx' && own.addresses.length + other.addresses.length === 0
}

const pathsOf = ({ host, paths }: IngressRule) =>
  paths.map(({ path, type, target }) => ({
    ...{ host, path: path ?? '/' },
    key: JSON.stringify([host, path ?? '/', type]),
    target: JSON.stringify([target?.kind, target?.name, target?.namespace, target?.port]),
  }))

const placeOf = ({ namespace, name, createdAt }: Ingress | HttpRoute) => ({ namespace, name, createdAt })

function routeRivals({ front }: FrontCase, own: RouteCase): Rival[] {
  const listeners = own.parents
    .filter(({ leads }) => leads === 'yes')
    .flatMap(({ ref, listeners: all }) =>
      all.filter(({ fit }) => fit === 'yes').map(({ listener, hosts }) => ({ ref, listener, hosts })),
    )
  const found = listeners.flatMap(({ ref, listener, hosts }) =>
    front.routes
      .filter((other) => isAttached(other, ref, listener.name))
      .flatMap((other) => shared(own.route, hosts, other, hostsAt(listener.hostname, other.hostnames))),
  )
  return [...new Map(found.map((one) => [JSON.stringify([one.host, one.path, one.by, one.wins]), one])).values()]
}

/** Its controller has accepted it at the very Gateway, and it names no other listener. */
function isAttached(
  route: HttpRoute,
  { namespace, name }: { namespace: string; name: string },
  listener: string,
): boolean {
  const here = (one: HttpRoute['parents'][number]) =>
    one.kind === 'Gateway' &&
    one.namespace === namespace &&
    one.name === name &&
    (one.section === null || one.section === listener)
  return (
    route.parents.some(here) &&
    route.statuses.some(
      ({ parent, conditions }) =>
        here(parent) && conditions.some(({ type, status }) => type === 'Accepted' && status === 'True'),
    )
  )
}

/** The matches that both have for a host, whichever of them ranks first. */
function shared(
  own: HttpRoute,
  ownHosts: readonly (string | null)[],
  other: HttpRoute,
  otherHosts: readonly (string | null)[],
): Rival[] {
  const isItself = own.namespace === other.namespace && own.name === other.name
  if (!isItself && (own.createdAt === null || other.createdAt === null)) return []
  const hosts = ownHosts.filter((host) => otherHosts.includes(host))
  return hosts.flatMap((host) =>
    own.rules.flatMap((mine, rule) =>
      mine.matches.flatMap((match) =>
        other.rules.flatMap((theirs, otherRule) => {
          if (isItself && otherRule >= rule) return []
          if (!theirs.matches.some((one) => areSame(one, match)) || leadsAlike(mine, theirs)) return []
          const candidate = (route: HttpRoute, at: number): Candidate => ({ host, match, route, rule: at })
          const wins = byPrecedence(candidate(other, otherRule), candidate(own, rule)) < 0
          return [{ host, path: pathText(match), own, by: { ...placeOf(other), kind: 'HTTPRoute' as const }, wins }]
        }),
      ),
    ),
  )
}

const leadsAlike = (a: HttpRoute['rules'][number], b: HttpRoute['rules'][number]): boolean =>
  JSON.stringify([a.targets, a.filters]) === JSON.stringify([b.targets, b.filters])

const pathText = ({ path, method }: HttpMatch): string => [method, path.value].filter(Boolean).join(' ')
