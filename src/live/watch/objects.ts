import type { KubeApi, KubeObject } from '../../kube/api.ts'
import type { Endpoint, Service } from '../../model/cluster.ts'
import { observeFiles } from '../../observe/observation.ts'
import { selectorOf } from '../../resolve/pods.ts'
import type { WatchedPod } from '../../watch/pods.ts'
import { watchedPods } from './pods.ts'

interface Hooks {
  /** The endpoints of its slices, whenever they changed. */
  listed(endpoints: readonly Endpoint[]): void
  /** The pods that it selects, whenever they changed; `isOther`: by another selector than before. */
  pods(pods: readonly WatchedPod[], isOther: boolean): void
  /** The Service is another one, or gone. */
  changed(): void
  /** Why one of them is not watched. */
  failed(words: string): void
}

/** A list of more pods is not kept up to date. */
const MOST_PODS = 1000

/** Watches a Service, its slices and its pods until the signal aborts. Never throws. */
export async function watchObjects(
  api: KubeApi,
  { namespace, name }: Pick<Service, 'namespace' | 'name'>,
  { listed, pods, changed, failed }: Hooks,
  signal: AbortSignal,
): Promise<void> {
  const scope = `namespaces/${encodeURIComponent(namespace)}`
  const slices = async () => {
    const labelSelector = `kubernetes.io/service-name=${name}`
    const path = `/apis/discovery.k8s.io/v1/${scope}/endpointslices`
    for await (const items of api.changes(path, { labelSelector, signal })) listed(endpointsOf(items, namespace, name))
  }
  const selected = async (labelSelector: string, end: AbortSignal) => {
    let isOther = true
    for await (const items of api.changes(`/api/v1/${scope}/pods`, { labelSelector, signal: end })) {
      if (items.length > MOST_PODS) return failed(`pods are not watched: there are more than ${MOST_PODS}`)
      pods(watchedPods(items), isOther)
      isOther = false
    }
  }
  const service = async () => {
    let before: string | null = null
    let selector: string | null = null
    let end = new AbortController()
    let running = Promise.resolve()
    const fieldSelector = `metadata.name=${name}`
    try {
      for await (const items of api.changes(`/api/v1/${scope}/services`, { fieldSelector, signal })) {
        const now = JSON.stringify(items.map(({ spec, status }) => [spec, status]))
        if (before !== null && before !== now) changed()
        before = now
        const wanted = items[0] ? selectorOf(items[0]) : null
        if (wanted === selector) continue
        selector = wanted
        end.abort()
        await running
        end = new AbortController()
        const own = AbortSignal.any([signal, end.signal])
        if (wanted !== null) running = selected(wanted, own).catch(told('pods', own))
      }
    } finally {
      end.abort()
      await running
    }
  }
  const told =
    (what: string, own = signal) =>
    (error: Error) => {
      if (!own.aborted) failed(`${what} are not watched: ${error.message}`)
    }
  await Promise.all([slices().catch(told('endpoints')), service().catch(told('changes of the Service'))])
}

/** As any look reads them. */
function endpointsOf(items: readonly KubeObject[], namespace: string, name: string): readonly Endpoint[] {
  const list = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSliceList', items }
  const files = [{ path: 'api/endpointslices.json', text: JSON.stringify(list) }]
  const { cluster } = observeFiles(files, { source: 'live', origin: 'the cluster', problems: [] })
  return cluster.endpointsOf(namespace, name) ?? []
}
