import { chooseService } from '../ask/choose.ts'
import type { Ask } from '../ask/source.ts'
import type { KubeApi } from '../kube/api.ts'
import { usageError } from '../model/errors.ts'
import { parseFrontQuery } from '../model/front/query.ts'
import { findDnsService } from '../model/kube/cluster-dns.ts'
import { parseQuery } from '../model/query.ts'
import { resolveAll } from '../resolve/all.ts'
import type { CommonObjects } from '../resolve/common.ts'
import { resolveQuery } from '../resolve/query.ts'
import { wantedServices } from '../resolve/wanted.ts'
import { type Asked, observedApi } from './asked.ts'
import { resolveRoutes } from './front-objects.ts'

/** Whom to ask. */
interface Asking {
  api: KubeApi
  common: CommonObjects
  signal: AbortSignal
}

/** Reads the service, or all of them. Throws where it is not there, or the nodes cannot be told. */
export async function resolve({ api, signal, common: known }: Asking, ask: Ask): Promise<Asked> {
  // Between two looks at the rules the nodes and the DNS settings need not be listed again; who judges reads everything.
  const common = ask.parts === 'rules' ? known : known.forget()
  const client = clientPod(ask, api.namespace)
  const pods = client ? [client] : []
  if (ask.service === null) {
    const namespace = ask.everywhere ? null : (ask.namespace ?? api.namespace)
    const { files, problems } = await resolveAll(api, { namespace, signal, pods, common })
    const { observation, reading } = observedApi(files, api)
    const { cluster } = observation
    const named = ask.choose?.(observation, namespace) ?? []
    const dns = findDnsService(observation)
    const wanted = ask.choose ? wantedServices(cluster, [...new Set([...named, ...(dns ? [dns] : [])])]) : null
    const endpoints = named.flatMap((one) => cluster.endpointsOf(one.namespace, one.name) ?? [])
    const label = namespace ?? 'all'
    const nodes = cluster.nodes ?? []
    return { files, problems, namespace, wanted, nodes, endpoints, named, client, observation, reading, label }
  }
  const front = parseFrontQuery(ask.service)
  if (front !== null) return resolveRoutes({ api, common, signal }, front, ask, client)
  const query = parseQuery(ask.service)
  const { everywhere } = ask
  const { files, problems } = await resolveQuery(api, query, {
    namespace: ask.namespace,
    everywhere,
    signal,
    pods,
    common,
  })
  const { observation, reading } = observedApi(files, api)
  const { cluster } = observation
  const namespace = everywhere || query.kind !== 'name' ? ask.namespace : (ask.namespace ?? api.namespace)
  const service = chooseService(observation, ask.service, query.kind === 'name' ? namespace : null)
  // Those besides it are the cluster's DNS, the way to which is part of the way.
  const wanted = wantedServices(cluster, cluster.services ?? [service])
  const endpoints = cluster.endpointsOf(service.namespace, service.name) ?? []
  const label = `${service.namespace}/${service.name}`
  const nodes = cluster.nodes ?? []
  return { files, problems, namespace, wanted, nodes, endpoints, named: [service], client, observation, reading, label }
}

/** Null for `--from` that names no pod, or none. */
function clientPod({ from, namespace, service }: Ask, own: string): Asked['client'] {
  const parts = from?.split('/') ?? []
  const [kind, name] = parts.slice(-2)
  if (kind !== 'pod') return null
  if (!name || !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name))
    throw usageError(`--from ${from} names no pod`, 'give pod/NAME or NAMESPACE/pod/NAME')
  const query = service === null ? null : (parseFrontQuery(service) ?? parseQuery(service))
  const where = query !== null && 'namespace' in query ? query.namespace : null
  return { namespace: parts.length > 2 ? parts[0]! : (where ?? namespace ?? own), name }
}
