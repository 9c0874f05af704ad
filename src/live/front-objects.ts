import type { Ask } from '../ask/source.ts'
import type { KubeApi } from '../kube/api.ts'
import { type FrontQuery, frontLabel } from '../model/front/query.ts'
import type { CommonObjects } from '../resolve/common.ts'
import { resolveFront } from '../resolve/front/resolve.ts'
import { wantedServices } from '../resolve/wanted.ts'
import { type Asked, observedApi } from './asked.ts'

/** Reads an Ingress, HTTPRoute or Gateway with the Services that it leads to. Without any of these no node need be read. */
export async function resolveRoutes(
  { api, common, signal }: { api: KubeApi; common: CommonObjects; signal: AbortSignal },
  query: FrontQuery,
  ask: Ask,
  client: Asked['client'],
): Promise<Asked> {
  const namespace = query.namespace ?? ask.namespace ?? api.namespace
  const subject = { kind: query.kind, namespace, name: query.name }
  const { files, problems, services } = await resolveFront(api, subject, {
    ...{ signal, common },
    pods: client ? [client] : [],
  })
  const { observation, reading } = observedApi(files, api)
  const { cluster } = observation
  const named = (cluster.services ?? []).filter((one) =>
    services.some((own) => own.namespace === one.namespace && own.name === one.name),
  )
  return {
    ...{ files, problems, namespace, named, client, observation, reading, label: frontLabel(subject) },
    wanted: wantedServices(cluster, cluster.services ?? []),
    nodes: named.length > 0 ? (cluster.nodes ?? []) : [],
    endpoints: named.flatMap((one) => cluster.endpointsOf(one.namespace, one.name) ?? []),
  }
}
