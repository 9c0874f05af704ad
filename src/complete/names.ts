import { kubeOptions } from '../flags/kube.ts'
import type { KubeObject } from '../kube/api.ts'
import { connect } from '../kube/client.ts'
import { mergeFiles } from '../kube/kubeconfig-files.ts'
import { pathOf } from '../kube/path.ts'
import { surroundingsOf } from '../kube/surroundings.ts'
import { type FrontObjects, noFront } from '../model/front/objects.ts'
import { frontLabel } from '../model/front/query.ts'
import type { Io } from '../model/io.ts'
import { observeRecorded } from '../observe/observation.ts'
import type { Names } from './complete.ts'

/** Who waits for a completion has forgotten by then what for. */
const LIMIT_MS = 2000

/** No shell shows more. */
const MOST = 500

/** Names for completion. What cannot be had in time is no name: completion is silent. */
export const liveNames = (io: Io): Names => ({
  services: (flags, everywhere) =>
    orNone(async () => {
      const api = await quickApi(io, flags)
      const namespace = flags.namespace ?? api.namespace
      const all = (await api.list(pathOf('Service', 'v1', everywhere ? null : namespace))) ?? []
      return all.flatMap(({ metadata }) =>
        everywhere ? `${metadata?.namespace}/${metadata?.name}` : (metadata?.name ?? []),
      )
    }),
  fronts: (kind, flags) => listed(io, flags, (own) => pathOf(kind, 'v1', flags.namespace ?? own)),
  namespaces: (flags) => listed(io, flags, () => '/api/v1/namespaces'),
  nodes: (flags) => listed(io, flags, () => '/api/v1/nodes'),
  recorded: async (files) => {
    // Standard input is not there yet, and is not to be waited for.
    if (files.includes('-')) return { services: [], fronts: [], nodes: [] }
    try {
      const { cluster, nodes } = await observeRecorded(files, () => io.stdin)
      const services = (cluster.services ?? []).map((one) => `${one.namespace}/${one.name}`)
      return {
        services: services.sort().slice(0, MOST),
        fronts: frontsOf(cluster.front),
        nodes: nodes.map(({ name }) => name).slice(0, MOST),
      }
    } catch {
      return { services: [], fronts: [], nodes: [] }
    }
  },
  contexts: (flags) => orNone(async () => [...mergeFiles(kubeOptions(flags), io.env).contexts.keys()]),
})

const frontsOf = ({ ingresses, routes, gateways }: FrontObjects = noFront()): string[] =>
  [
    ...ingresses.map((one) => frontLabel({ ...one, kind: 'Ingress' })),
    ...routes.map((one) => frontLabel({ ...one, kind: 'HTTPRoute' })),
    ...gateways.map((one) => frontLabel({ ...one, kind: 'Gateway' })),
  ].slice(0, MOST)

type KubeFlags = Parameters<Names['nodes']>[0]

const quickApi = (io: Io, flags: KubeFlags) =>
  connect({ ...kubeOptions(flags), requestTimeoutMs: LIMIT_MS }, surroundingsOf(io))

/** The names that a path lists; it may lie in the context's own namespace. */
const listed = (io: Io, flags: KubeFlags, path: (own: string) => string): Promise<string[]> =>
  orNone(async () => {
    const api = await quickApi(io, flags)
    return ((await api.list(path(api.namespace))) ?? []).flatMap(({ metadata }: KubeObject) => metadata?.name ?? [])
  })

async function orNone(read: () => Promise<string[]>): Promise<string[]> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string[]>((resolve) => {
    timer = setTimeout(resolve, LIMIT_MS, [])
  })
  try {
    return (await Promise.race([read(), late])).sort().slice(0, MOST)
  } catch {
    return []
  } finally {
    clearTimeout(timer)
  }
}
