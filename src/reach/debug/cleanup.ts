import type { KubeApi, KubeObject } from '../../kube/api.ts'
import { NAME, NAME_LABEL } from './pod.ts'

/** What became of it, in lines to print. */
export interface Cleaned {
  lines: string[]
  failed: boolean
}

interface Shape {
  metadata?: { name?: string; namespace?: string; creationTimestamp?: string; annotations?: Record<string, string> }
  spec?: { activeDeadlineSeconds?: number }
  status?: { phase?: string }
}

/** A run is over long before. */
const SURELY_OVER_MS = 120_000

/**
 * Deletes debug pods that killed runs left, in one namespace or in all. Those younger than two minutes may belong to a run that is at work,
 * and stay unless `all`.
 */
export async function cleanup(
  api: KubeApi,
  { namespace, all, dryRun }: { namespace: string | undefined; all: boolean; dryRun: boolean },
  now: number,
): Promise<Cleaned> {
  const path = namespace ? `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods` : '/api/v1/pods'
  const pods = (await api.list(path, { labelSelector: `${NAME_LABEL}=${NAME}` })) ?? []
  if (pods.length === 0) return { lines: ['nothing is left'], failed: false }
  const done = await Promise.all(pods.map((pod) => cleanOne(api, pod, { all, dryRun, now })))
  return { lines: done.map(({ line }) => line), failed: done.some(({ failed }) => failed) }
}

async function cleanOne(
  api: KubeApi,
  object: KubeObject,
  { all, dryRun, now }: { all: boolean; dryRun: boolean; now: number },
) {
  const { metadata, status } = object as Shape
  const label = `pod/${metadata?.name} in ${metadata?.namespace}`
  const age = now - Date.parse(metadata?.creationTimestamp ?? '')
  const ended = status?.phase === 'Failed' || status?.phase === 'Succeeded'
  if (!all && !ended && age < SURELY_OVER_MS)
    return { line: `${label}: left alone, its run may be at work; --all removes it`, failed: false }
  if (dryRun) return { line: `${label}: would be removed`, failed: false }
  const path = `/api/v1/namespaces/${encodeURIComponent(metadata?.namespace ?? '')}/pods/${encodeURIComponent(metadata?.name ?? '')}`
  try {
    await api.delete(path, { gracePeriodSeconds: 0 })
    return { line: `${label}: removed`, failed: false }
  } catch (error) {
    return { line: `${label}: not removed: ${(error as Error).message}`, failed: true }
  }
}
