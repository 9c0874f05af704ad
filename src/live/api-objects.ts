import { chooseService } from '../ask/choose.ts'
import type { Ask } from '../ask/source.ts'
import type { KubeApi } from '../kube/api.ts'
import { parseAddress } from '../model/address.ts'
import type { Cluster } from '../model/cluster.ts'
import { usageError } from '../model/errors.ts'
import { parseFrontQuery } from '../model/front/query.ts'
import { findDnsService } from '../model/kube/cluster-dns.ts'
import { parseClient, parseQuery } from '../model/query.ts'
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
    const asked = { named, client: there(client, cluster), reading }
    return { files, problems, namespace, wanted, nodes, endpoints, ...asked, observation, label }
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
  const isNamed = query.kind === 'name' || query.kind === 'workload'
  const namespace = everywhere || !isNamed ? ask.namespace : (ask.namespace ?? api.namespace)
  const service = chooseService(observation, ask.service, isNamed ? namespace : null)
  // Those besides it are the cluster's DNS, the way to which is part of the way.
  const wanted = wantedServices(cluster, cluster.services ?? [service])
  const endpoints = cluster.endpointsOf(service.namespace, service.name) ?? []
  const label = `${service.namespace}/${service.name}`
  const nodes = cluster.nodes ?? []
  const asked = { named: [service], client: there(client, cluster), reading }
  return { files, problems, namespace, wanted, nodes, endpoints, ...asked, observation, label }
}

/** A bare name may be that of a node. */
const there = (client: Asked['client'], { pods }: Cluster): Asked['client'] =>
  pods?.some((pod) => pod.namespace === client?.namespace && pod.name === client.name) ? client : null

/** The pod that `--from` may name; null where it names none. */
function clientPod({ from, namespace, service }: Ask, own: string): Asked['client'] {
  if (from === null || parseAddress(from)) return null
  const client = parseClient(from)
  if (client === null)
    throw usageError(`--from ${from}: not understood`, 'give pod/NAME, NAMESPACE/pod/NAME, node/NAME or an IP')
  if (client.kind === 'node') return null
  const where = service === null ? null : namespaceIn(service)
  return { namespace: client.namespace ?? where ?? namespace ?? own, name: client.name }
}

function namespaceIn(text: string): string | null {
  const query = parseFrontQuery(text) ?? parseQuery(text)
  return 'namespace' in query ? query.namespace : null
}
