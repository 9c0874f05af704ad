/** What becomes of the pods of a Service. */
import type { PodEvent, PodState, WatchBody } from '../model/live/watch.ts'

/** A pod as the API has it now. */
export interface WatchedPod {
  name: string
  node: string | null
  state: PodState
  /** Why it is not ready; null where the API does not tell. */
  trouble: string | null
  /** How often its containers were started again, and how the last of them ended: `OOMKilled (exit code 137)`. */
  restarts: number
  lastEnd: string | null
}

/** What has changed from one list of them to the next. */
export function podEvents(before: readonly WatchedPod[], now: readonly WatchedPod[]): WatchBody[] {
  const [old, fresh] = [before, now].map((pods) => new Map(pods.map((one) => [one.name, one])))
  return [...new Set([...old!.keys(), ...fresh!.keys()])].flatMap((name) =>
    podEvent(old!.get(name) ?? null, fresh!.get(name) ?? null),
  )
}

function podEvent(was: WatchedPod | null, is: WatchedPod | null): PodEvent[] {
  const { name: pod, node } = (is ?? was)!
  const restarts = was && is ? Math.max(0, is.restarts - was.restarts) : 0
  const hasTrouble = is !== null && is.trouble !== null && is.trouble !== was?.trouble
  if (was?.state === is?.state && restarts === 0 && !hasTrouble) return []
  const reason = restarts > 0 ? (is?.lastEnd ?? is?.trouble) : is?.trouble
  return [{ event: 'pod', pod, node, was: was?.state ?? null, is: is?.state ?? null, restarts, reason: reason ?? null }]
}
