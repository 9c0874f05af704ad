import type { KubeApi, KubeObject } from '../../kube/api.ts'
import type { Endpoint, Service } from '../../model/cluster.ts'
import { observeFiles } from '../../observe/observation.ts'

interface Hooks {
  /** The endpoints of its slices, whenever they changed. */
  listed(endpoints: readonly Endpoint[]): void
  /** The Service is another one, or gone. */
  changed(): void
  /** Why one of them is not watched. */
  failed(words: string): void
}

/** Watches a Service and its slices until the signal aborts. Never throws. */
export async function watchObjects(
  api: KubeApi,
  { namespace, name }: Pick<Service, 'namespace' | 'name'>,
  { listed, changed, failed }: Hooks,
  signal: AbortSignal,
): Promise<void> {
  const scope = `namespaces/${encodeURIComponent(namespace)}`
  const slices = async () => {
    const labelSelector = `kubernetes.io/service-name=${name}`
    const path = `/apis/discovery.k8s.io/v1/${scope}/endpointslices`
    for await (const items of api.changes(path, { labelSelector, signal })) listed(endpointsOf(items, namespace, name))
  }
  const service = async () => {
    let before: string | null = null
    const fieldSelector = `metadata.name=${name}`
    for await (const items of api.changes(`/api/v1/${scope}/services`, { fieldSelector, signal })) {
      const now = JSON.stringify(items.map(({ spec, status }) => [spec, status]))
      if (before !== null && before !== now) changed()
      before = now
    }
  }
  const told = (what: string) => (error: Error) => {
    if (!signal.aborted) failed(`${what} are not watched: ${error.message}`)
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
