import type { KubeApi, KubeObject } from '../../kube/api.ts'
import { KubeError } from '../../kube/errors.ts'
import { pathOf, RESOURCES, segment } from '../../kube/path.ts'
import { isName } from '../../model/cluster.ts'
import { NoServiceError, usageError } from '../../model/errors.ts'
import { type BackendRef, GATEWAY_GROUP, type Gateway, type HttpRoute } from '../../model/front/objects.ts'
import type { FrontKind } from '../../model/front/query.ts'
import { editDistance } from '../../model/query.ts'
import { readGateway, readRoute } from '../../parse/kube/front/gateway.ts'
import { readIngress } from '../../parse/kube/front/ingress.ts'
import { captureFiles } from '../bundle.ts'
import { Reader } from '../reader.ts'
import { bundleOf, type Resolved, type ResolveOptions } from '../service.ts'
import { frontFiles } from './files.ts'
import { Lookups } from './lookups.ts'
import { sharesPath, sharesRule } from './rivals.ts'

export interface FrontResolved extends Resolved {
  /** The Services that its rules name and that are there. */
  services: { namespace: string; name: string }[]
}

/**
 * Reads an Ingress, HTTPRoute or Gateway and what its way depends on: its class and Gateways, grants, whether its certificates are there, and its Services
 * with what each of them depends on. Throws where it is not there, or may not be read.
 */
export async function resolveFront(
  api: KubeApi,
  { kind, namespace, name }: { kind: FrontKind; namespace: string; name: string },
  options: ResolveOptions,
): Promise<FrontResolved> {
  if (!isName(name) || !isName(namespace))
    throw usageError(`${JSON.stringify(`${namespace}/${name}`)} is not the name of an object`)
  const reader = new Reader(api, options.signal)
  const lookups = new Lookups(reader)
  const subject = await readSubject(reader, lookups, { kind, namespace, name })
  const readers = { Ingress: aroundIngress, HTTPRoute: aroundRoute, Gateway: aroundGateway }
  const refs = await readers[kind](lookups, subject, namespace, name)
  const named = unique(refs.filter((one) => one.kind === 'Service' && one.group === ''))
  const found = await Promise.all(named.map((one) => lookups.get('Service', one.namespace, one.name)))
  const services = found.filter((one) => one !== null)
  const bundle = await bundleOf(reader, services, options)
  return {
    files: [...captureFiles(bundle), ...frontFiles(lookups)],
    problems: reader.problems,
    services: services.map(({ metadata }) => ({ namespace: metadata?.namespace ?? '', name: metadata?.name ?? '' })),
  }
}

const unique = <T extends { namespace: string; name: string }>(all: readonly T[]): T[] => [
  ...new Map(all.map((one) => [`${one.namespace}/${one.name}`, one])).values(),
]

const silent = () => undefined

async function readSubject(
  { api, signal }: Reader,
  lookups: Lookups,
  wanted: { kind: FrontKind; namespace: string; name: string },
): Promise<KubeObject> {
  const { kind, namespace, name } = wanted
  for (const version of RESOURCES[kind].versions) {
    const object = await api.get(`${pathOf(kind, version, namespace)}/${segment(name)}`, signal)
    if (object === null) continue
    if (object.metadata?.name !== name || object.metadata.namespace !== namespace)
      throw new KubeError('garbled', `${api.name} answers with something that is not the ${kind} asked for`, {
        hint: 'check the server of this context: is it a Kubernetes API?',
      })
    const whole = { apiVersion: `${RESOURCES[kind].group}/${version}`, kind, ...object }
    lookups.keep(kind, [whole])
    lookups.note(kind, namespace, name, 'found')
    return whole
  }
  throw await notFound(api, lookups, wanted)
}

/** Only now are those of the namespace listed: for near names, and to tell whether the API has such objects at all. */
async function notFound(
  api: KubeApi,
  lookups: Lookups,
  { kind, namespace, name }: { kind: FrontKind; namespace: string; name: string },
): Promise<NoServiceError> {
  const { group, plural } = RESOURCES[kind]
  const here = await lookups.list(kind, namespace)
  if (here === null && lookups.all.some((one) => one.kind === kind && one.answer === 'noSuchKind'))
    return new NoServiceError(`${api.name} has no ${plural}.${group}`, {
      hint:
        group === GATEWAY_GROUP
          ? 'the CRDs of the Gateway API are not installed in this cluster: kubectl api-resources lists what it has'
          : 'kubectl api-resources lists what it has',
    })
  const names = (here ?? []).flatMap(({ metadata }) => metadata?.name ?? [])
  const near = names.filter((one) => editDistance(one, name) <= Math.max(1, Math.floor(name.length / 3)))
  const hint =
    near.length > 0
      ? `did you mean ${near.slice(0, 5).join(', ')}?`
      : `kubectl get ${plural} -n ${namespace} lists them${namespace === kind.toLowerCase() ? '' : `; a Service of a namespace ${kind.toLowerCase()} is traced with -n ${kind.toLowerCase()}`}`
  return new NoServiceError(`no ${kind} ${name} in namespace ${namespace} of ${api.name}`, { hint })
}

async function aroundIngress(
  lookups: Lookups,
  object: KubeObject,
  namespace: string,
  name: string,
): Promise<BackendRef[]> {
  const ingress = readIngress(object, namespace, name, '', silent)
  const { className, tls, defaultBackend, rules } = ingress
  await Promise.all([
    className === null ? null : lookups.get('IngressClass', null, className),
    lookups.list('Ingress', null, (other) => sharesPath(ingress, other)),
    ...tls.flatMap(({ secret }) => (secret === null ? [] : lookups.secret(namespace, secret))),
  ])
  const paths = rules.flatMap((rule) => rule.paths.flatMap(({ target }) => target ?? []))
  return [...paths, ...(defaultBackend === null ? [] : [defaultBackend])]
}

async function aroundRoute(
  lookups: Lookups,
  object: KubeObject,
  namespace: string,
  name: string,
): Promise<BackendRef[]> {
  const route = readRoute(object, namespace, name, '', silent)
  const named = unique(route.parents.filter(({ kind, group }) => kind === 'Gateway' && group === GATEWAY_GROUP))
  await Promise.all([
    ...named.map(async (one) => {
      const found = await lookups.get('Gateway', one.namespace, one.name)
      if (found !== null)
        await readServer(lookups, readGateway(found, one.namespace, one.name, '', silent), [namespace])
    }),
    lookups.list('HTTPRoute', null, (other) => sharesRule(route, other)),
  ])
  return readGrants(lookups, [route])
}

async function aroundGateway(
  lookups: Lookups,
  object: KubeObject,
  namespace: string,
  name: string,
): Promise<BackendRef[]> {
  const isOwn = (other: KubeObject) =>
    routeOf(other).parents.some((one) => one.namespace === namespace && one.name === name && one.kind === 'Gateway')
  // Who may not list those of all namespaces may know those of the Gateway's own.
  const found =
    (await lookups.list('HTTPRoute', null, isOwn)) ?? (await lookups.list('HTTPRoute', namespace, isOwn)) ?? []
  const routes = found.map(routeOf)
  await readServer(lookups, readGateway(object, namespace, name, '', silent), [
    ...new Set(routes.map((one) => one.namespace)),
  ])
  return readGrants(lookups, routes)
}

const routeOf = (object: KubeObject): HttpRoute =>
  readRoute(object, object.metadata?.namespace ?? '', object.metadata?.name ?? '', '', silent)

/** The class of a Gateway, its certificates, and the namespaces whose labels its listeners look at. */
async function readServer(lookups: Lookups, gateway: Gateway, namespaces: readonly string[]): Promise<void> {
  const { className, listeners } = gateway
  const certificates = listeners.flatMap((one) => one.certificates)
  const foreign = [...new Set(certificates.map(({ namespace }) => namespace))].filter(
    (one) => one !== gateway.namespace,
  )
  await Promise.all([
    className === null ? null : lookups.get('GatewayClass', null, className),
    ...(listeners.some(({ from }) => from === 'Selector')
      ? namespaces.map((one) => lookups.get('Namespace', null, one))
      : []),
    ...foreign.map((one) => lookups.list('ReferenceGrant', one)),
    ...certificates
      .filter(({ kind, group }) => kind === 'Secret' && group === '')
      .map(({ namespace, name }) => lookups.secret(namespace, name)),
  ])
}

/** What routes lead to, and what allows it where that is in another namespace. */
async function readGrants(lookups: Lookups, routes: readonly HttpRoute[]): Promise<BackendRef[]> {
  const refs = routes.flatMap(({ rules }) =>
    rules.flatMap(({ targets, filters }) => [...targets, ...filters.flatMap(({ mirror }) => mirror ?? [])]),
  )
  const foreign = routes.flatMap(({ namespace, rules }) =>
    rules.flatMap(({ targets, filters }) =>
      [...targets, ...filters.flatMap(({ mirror }) => mirror ?? [])]
        .map((one) => one.namespace)
        .filter((one) => one !== namespace),
    ),
  )
  await Promise.all([...new Set(foreign)].map((one) => lookups.list('ReferenceGrant', one)))
  return refs
}
