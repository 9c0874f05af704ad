import type { KubeApi } from '../kube/api.ts'
import { SvcpathError } from '../model/errors.ts'
import { captureFiles, withPods } from './bundle.ts'
import { CommonObjects } from './common.ts'
import { readDns } from './dns.ts'
import { placeOf, readEndpoints } from './endpoints.ts'
import { readMetalLB } from './metallb.ts'
import { missingNamespace } from './namespaces.ts'
import { readNamedPods } from './pods.ts'
import { Reader } from './reader.ts'
import { type Resolved, type ResolveOptions, readPolicies } from './service.ts'

/**
 * Reads all Services of a namespace, or without one of the cluster, and what their paths depend on. Throws where the
 * Services cannot be listed.
 */
export async function resolveAll(
  api: KubeApi,
  options: ResolveOptions & { namespace?: string | null | undefined } = {},
): Promise<Resolved> {
  const reader = new Reader(api, options.signal)
  const namespace = options.namespace ?? null
  const services = await api.list(`/api/v1${placeOf(namespace)}/services`, { signal: options.signal })
  if (services === null) throw new SvcpathError(`${api.name} knows no services: is it a Kubernetes API?`)
  const gone = services.length > 0 || namespace === null ? null : await missingNamespace(api, namespace, options.signal)
  if (gone) throw gone
  const [{ slices, endpoints }, pods, dns, named, networkPolicies, metalLB, common] = await Promise.all([
    readEndpoints(reader, namespace, null),
    reader.list('api/pods.json', `/api/v1${placeOf(namespace)}/pods`),
    // The whole cluster has its DNS in it.
    namespace === null || namespace === 'kube-system' ? nothing : readDns(reader),
    namespace === null ? [] : readNamedPods(reader, options.pods ?? []),
    readPolicies(reader, namespace),
    readMetalLB(reader, services),
    (options.common ?? new CommonObjects()).read(reader),
  ])
  const files = captureFiles({
    ...common,
    ...metalLB,
    services: [...services, ...dns.services],
    slices,
    endpoints,
    networkPolicies,
    dnsSlices: dns.slices,
    ...withPods(pods, [...dns.pods, ...(named ?? [])], true),
  })
  return { files, problems: reader.problems }
}

const nothing = { services: [], slices: [], pods: [] }
