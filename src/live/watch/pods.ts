import type { KubeObject } from '../../kube/api.ts'
import type { Pod } from '../../model/cluster.ts'
import { observeFiles } from '../../observe/observation.ts'
import type { WatchedPod } from '../../watch/pods.ts'

/** Pods as a watch tells of them, from the objects of a list. */
export function watchedPods(items: readonly KubeObject[]): WatchedPod[] {
  const list = { apiVersion: 'v1', kind: 'PodList', items }
  const files = [{ path: 'api/pods.json', text: JSON.stringify(list) }]
  const { cluster } = observeFiles(files, { source: 'live', origin: 'the cluster', problems: [] })
  const objects = new Map(items.map((one) => [one.metadata?.name, one]))
  return (cluster.pods ?? []).map((pod) => ({
    ...{ name: pod.name, node: pod.node, state: stateOf(pod), trouble: pod.trouble ?? null },
    ...restartsOf(objects.get(pod.name)),
  }))
}

function stateOf({ phase, ready, terminating }: Pod): WatchedPod['state'] {
  if (phase === 'Succeeded' || phase === 'Failed') return 'ended'
  if (terminating) return 'terminating'
  return ready === true ? 'ready' : 'notReady'
}

interface ContainerStatus {
  restartCount?: unknown
  lastState?: { terminated?: { reason?: unknown; exitCode?: unknown; finishedAt?: unknown } }
}

/** How often containers were started again, and how the last one ended. */
function restartsOf(object: KubeObject | undefined): Pick<WatchedPod, 'restarts' | 'lastEnd'> {
  const { containerStatuses } = (object?.status ?? {}) as { containerStatuses?: unknown }
  const statuses: ContainerStatus[] = Array.isArray(containerStatuses) ? containerStatuses : []
  const restarts = statuses.reduce((sum, { restartCount }) => sum + (Number(restartCount) || 0), 0)
  const ends = statuses.flatMap(({ lastState }) => lastState?.terminated ?? [])
  const [last] = ends.sort((a, b) => String(b.finishedAt).localeCompare(String(a.finishedAt)))
  if (typeof last?.reason !== 'string') return { restarts, lastEnd: null }
  const code = typeof last.exitCode === 'number' ? ` (exit code ${last.exitCode})` : ''
  return { restarts, lastEnd: `${last.reason}${code}` }
}
