/** Ingress and the Gateway API among API objects. */
import { type FrontObjects, GATEWAY_GROUP, noFront } from '../../../model/front/objects.ts'
import type { Fields, Note } from '../fields.ts'
import { readGateway, readGatewayClass, readGrant, readLookup, readRoute } from './gateway.ts'
import { readIngress, readIngressClass, readNamespace } from './ingress.ts'

interface Place {
  kind: string
  namespace: string
  name: string
  file: string
}

type Read = (front: FrontObjects, object: Fields, place: Place, note: Note) => void

const KINDS: Readonly<Record<string, { group: string; read: Read }>> = {
  Ingress: {
    group: 'networking.k8s.io',
    read: ({ ingresses }, object, { namespace, name, file }, note) =>
      ingresses.push(readIngress(object, namespace, name, file, note)),
  },
  IngressClass: {
    group: 'networking.k8s.io',
    read: ({ ingressClasses }, object, { name, file }, note) =>
      ingressClasses.push(readIngressClass(object, name, file, note)),
  },
  Gateway: {
    group: GATEWAY_GROUP,
    read: ({ gateways }, object, { namespace, name, file }, note) =>
      gateways.push(readGateway(object, namespace, name, file, note)),
  },
  GatewayClass: {
    group: GATEWAY_GROUP,
    read: ({ gatewayClasses }, object, { name, file }, note) =>
      gatewayClasses.push(readGatewayClass(object, name, file, note)),
  },
  HTTPRoute: {
    group: GATEWAY_GROUP,
    read: ({ routes }, object, { namespace, name, file }, note) =>
      routes.push(readRoute(object, namespace, name, file, note)),
  },
  ReferenceGrant: {
    group: GATEWAY_GROUP,
    read: ({ grants }, object, { namespace, name, file }, note) =>
      grants.push(readGrant(object, namespace, name, file, note)),
  },
  Namespace: {
    group: '',
    read: ({ namespaces }, object, { name }, note) => namespaces.push(readNamespace(object, name, note)),
  },
  // That it is there is all that is read of it.
  Secret: {
    group: '',
    read: ({ lookups }, _object, { kind, namespace, name }) => lookups.push({ kind, namespace, name, answer: 'found' }),
  },
  Lookup: {
    group: 'svcpath',
    read: ({ lookups }, object, _place, note) => lookups.push(...[readLookup(object, note) ?? []].flat()),
  },
}

/** The API group of each kind. */
export const FRONT_GROUPS: readonly [string, string][] = Object.entries(KINDS).map(([kind, { group }]) => [kind, group])

export const isFrontKind = (kind: string): boolean => Object.hasOwn(KINDS, kind)

export function readFront(front: FrontObjects, object: Fields, place: Place, note: Note): void {
  KINDS[place.kind]?.read(front, object, place, note)
}

/** Those of many files, each object once: the first file wins. Nothing where there are none. */
export function mergeFront(all: readonly FrontObjects[]): { front?: FrontObjects } {
  const merged = noFront()
  const first = <T extends { namespace?: string; name: string }>(items: readonly T[]): T[] =>
    [...new Map(items.toReversed().map((one) => [`${one.namespace ?? ''}/${one.name}`, one])).values()].toReversed()
  merged.ingresses = first(all.flatMap(({ ingresses }) => ingresses))
  merged.ingressClasses = first(all.flatMap(({ ingressClasses }) => ingressClasses))
  merged.gatewayClasses = first(all.flatMap(({ gatewayClasses }) => gatewayClasses))
  merged.gateways = first(all.flatMap(({ gateways }) => gateways))
  merged.routes = first(all.flatMap(({ routes }) => routes))
  merged.grants = first(all.flatMap(({ grants }) => grants))
  merged.namespaces = first(all.flatMap(({ namespaces }) => namespaces))
  merged.lookups = all.flatMap(({ lookups }) => lookups)
  const isEmpty = Object.values(merged).every((list) => list.length === 0)
  return isEmpty ? {} : { front: merged }
}
