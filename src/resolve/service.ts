import type { KubeApi, KubeObject } from '../kube/api.ts'
import { KubeError } from '../kube/errors.ts'
import { segment } from '../kube/path.ts'
import { isName } from '../model/cluster.ts'
import { NoServiceError, SvcpathError } from '../model/errors.ts'
import { claimsOf } from '../model/kube/claims.ts'
import { nearNames } from '../model/query.ts'
import type { Problem } from '../model/rules.ts'
import { type Bundle, type CaptureFile, captureFiles, withPods } from './bundle.ts'
import { CommonObjects } from './common.ts'
import { type DnsObjects, readDns } from './dns.ts'
import { placeOf, readEndpoints, readEndpointsObject } from './endpoints.ts'
import { readHolders } from './holders.ts'
import { readMetalLB } from './metallb.ts'
import { missingNamespace } from './namespaces.ts'
import { parsed } from './parsed.ts'
import { type PodName, readNamedPods, readPods } from './pods.ts'
import { Reader } from './reader.ts'

/** A Service by its name. */
export interface ServiceName {
  namespace: string
  name: string
}

export interface ResolveOptions {
  signal?: AbortSignal | undefined
  /** Pods to be read besides, such as the one whose packet is asked about. */
  pods?: readonly PodName[] | undefined
  /** Of a look before. */
  common?: CommonObjects | undefined
}

/** What was read, as the folder `api` of a capture holds it, and what could not be. */
export interface Resolved {
  files: CaptureFile[]
  /** Of things the answer can do without; each names the permission that was missing, or what else went wrong. */
  problems: Problem[]
}

/**
 * Reads one Service and what its path depends on, by name and by label, so that the others of a large cluster are not
 * listed. Throws where the Service does not exist (with those of near names) or cannot be read.
 */
export async function resolveService(
  api: KubeApi,
  wanted: ServiceName,
  options: ResolveOptions = {},
): Promise<Resolved> {
  if (!isName(wanted.name) || !isName(wanted.namespace)) {
    throw new SvcpathError(`${JSON.stringify(`${wanted.namespace}/${wanted.name}`)} is not a valid Service reference`, {
      exitCode: 2,
    })
  }
  const path = `/api/v1${placeOf(wanted.namespace)}/services/${segment(wanted.name)}`
  const service = await api.get(path, options.signal)
  if (service === null) throw await notFound(api, wanted, options.signal)
  if (service.metadata?.name !== wanted.name || service.metadata.namespace !== wanted.namespace)
    throw new KubeError('garbled', `${api.name} answers with something that is not the service asked for`, {
      hint: 'check the server of this context: is it a Kubernetes API?',
    })
  return readAround(api, { apiVersion: 'v1', kind: 'Service', ...service }, options)
}

/** Reads what belongs to a Service that is read already. */
export async function readAround(api: KubeApi, service: KubeObject, options: ResolveOptions): Promise<Resolved> {
  const reader = new Reader(api, options.signal)
  return { files: captureFiles(await bundleOf(reader, [service], options)), problems: reader.problems }
}

/** What belongs to Services that are read already. */
export async function bundleOf(
  reader: Reader,
  services: readonly KubeObject[],
  options: ResolveOptions,
): Promise<Bundle> {
  const namespaces = [...new Set(services.map(({ metadata }) => metadata?.namespace ?? ''))]
  const [parts, rivals, dns, named, policies, metalLB, common] = await Promise.all([
    Promise.all(services.map((one) => readOwn(reader, one))),
    Promise.all(services.map((one) => readRivals(reader, one))),
    readDns(reader),
    readNamedPods(reader, options.pods ?? []),
    Promise.all(namespaces.map((one) => readPolicies(reader, one))),
    readMetalLB(reader, services),
    (options.common ?? new CommonObjects()).read(reader),
  ])
  const own = together(services, parts)
  const keys = new Set(services.map(keyOf))
  // The cluster DNS itself may be what is asked for.
  const dnsNames = dns.services.filter((one) => keys.has(keyOf(one))).map(({ metadata }) => metadata?.name)
  const selecting = services.length > 0 && services.every((one) => parsed(one)?.selector != null)
  return {
    ...common,
    ...metalLB,
    services: [...services, ...rivals.flat().filter((one) => !keys.has(keyOf(one))), ...dns.services],
    slices: own.slices,
    endpoints: own.endpoints,
    networkPolicies: services.length === 0 || policies.includes(null) ? null : policies.flatMap((one) => one ?? []),
    dnsSlices: dnsNames.reduce((slices, name) => otherSlices({ ...dns, slices }, name ?? ''), dns.slices),
    ...withPods(own.pods, [...dns.pods, ...(named ?? [])], selecting),
  }
}

const keyOf = ({ metadata }: KubeObject): string => `${metadata?.namespace}/${metadata?.name}`

type Own = Pick<Bundle, 'slices' | 'endpoints' | 'pods'>

/**
 * What was read of each of them as one. A list speaks for its whole namespace, so where a part of one is missing the others of the same namespace are left
 * out, too: a Service that is not in the list would count as one without endpoints.
 */
function together(services: readonly KubeObject[], parts: readonly Own[]): Own {
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only
  const namespacesLacking = (lacks: (own: Own) => boolean) =>
    new Set(services.filter((_, i) => lacks(parts[i]!)).map(({ metadata }) => metadata?.namespace))
  const all = (read: (own: Own) => readonly KubeObject[] | null, lacking: ReadonlySet<string | undefined>) => {
    const whole = parts.filter((_, i) => !lacking.has(services[i]!.metadata?.namespace))
    const lists = whole.flatMap((own) => read(own) ?? [])
    // An empty list says that there are none anywhere.
    return whole.every((own) => read(own) === null) || (lists.length === 0 && lacking.size > 0) ? null : lists
  }
  return {
    slices: all(
      ({ slices }) => slices,
      namespacesLacking(({ slices }) => slices === null),
    ),
    endpoints: all(
      ({ endpoints }) => endpoints,
      namespacesLacking(({ slices, endpoints }) => slices === null && endpoints === null),
    ),
    pods: all(
      ({ pods }) => pods,
      namespacesLacking(({ pods }) => pods === null),
    ),
  }
}

/** Those of a namespace; null: of all. */
export const readPolicies = async (reader: Reader, namespace: string | null): Promise<KubeObject[] | null> =>
  reader.spare(`/apis/networking.k8s.io/v1${placeOf(namespace)}/networkpolicies`)

async function readOwn(reader: Reader, service: KubeObject): Promise<Own> {
  const { namespace = '', name = '' } = service.metadata ?? {}
  const endpoints = readEndpoints(reader, namespace, name)
  const [known, pods, object] = await Promise.all([
    endpoints,
    readPods(reader, service, endpoints),
    readEndpointsObject(reader, service),
  ])
  // Where it selects nothing, the pods that there are tell which label comes closest.
  const nothing = pods?.length === 0 && parsed(service)?.selector != null
  const around = nothing ? await reader.list('api/pods.json', `/api/v1${placeOf(namespace)}/pods`) : pods
  const holders = around === null ? [] : await readHolders(reader, known, around)
  // Where there is no slice at all, nothing in its place counts: kube-proxy reads slices alone.
  const beside = known.slices?.length ? object : null
  return { ...known, endpoints: known.endpoints ?? beside, pods: around && [...around, ...holders] }
}

/**
 * Services that claim an address or port of this one. Only by listing all are they found, and so only for one with addresses from outside: those of the
 * cluster, and node ports, the API itself gives to one only.
 */
async function readRivals(reader: Reader, object: KubeObject): Promise<KubeObject[]> {
  const service = parsed(object)
  if (!service || service.externalIPs.length + service.loadBalancerIPs.length === 0) return []
  const own = new Set(claimsOf(service))
  const others = (await reader.list('api/services.json', '/api/v1/services')) ?? []
  return others.filter((one) => {
    const other = parsed(one)
    const isItself = other?.namespace === service.namespace && other.name === service.name
    return other !== null && !isItself && claimsOf(other).some((claim) => own.has(claim))
  })
}

const otherSlices = ({ slices }: DnsObjects, name: string): KubeObject[] =>
  slices.filter(({ metadata }) => metadata?.labels?.['kubernetes.io/service-name'] !== name)

/** Only now is anything listed: the namespace for near names, the cluster for the very name. */
async function notFound(api: KubeApi, wanted: ServiceName, signal: AbortSignal | undefined): Promise<SvcpathError> {
  const { namespace, name } = wanted
  const reader = new Reader(api, signal)
  const [here, alike] = await Promise.all([
    reader.list('api/services.json', `/api/v1${placeOf(namespace)}/services`),
    reader.list('api/services.json', '/api/v1/services', { fieldSelector: `metadata.name=${name}` }),
  ])
  if (here === null && alike === null && reader.problems.length === 0) {
    return new KubeError('garbled', `${api.name} knows no services: it is no Kubernetes API`, {
      hint: 'check the server of this context: is it a login page, or a proxy with another path?',
    })
  }
  const elsewhere = names(alike)
  const gone = here?.length === 0 ? await missingNamespace(api, namespace, signal) : null
  if (gone) return gone
  const near = elsewhere.length > 0 ? elsewhere : nearNames(names(here), { kind: 'name', namespace, name, text: name })
  const list = near.slice(0, 5).map((one) => (typeof one === 'string' ? one : `${one.namespace}/${one.name}`))
  const emptyHint = here?.length === 0 ? `namespace ${namespace} has no services` : null
  const hint =
    list.length > 0 ? `did you mean ${list.join(', ')}?` : (emptyHint ?? `kubectl get svc -n ${namespace} lists them`)
  return new NoServiceError(`no service ${name} in namespace ${namespace} of ${api.name}`, { hint })
}

const names = (objects: readonly KubeObject[] | null): ServiceName[] =>
  (objects ?? []).flatMap(({ metadata }) =>
    metadata?.name && metadata.namespace ? [{ namespace: metadata.namespace, name: metadata.name }] : [],
  )
