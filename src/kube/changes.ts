/** A list that is kept up to date: kubernetes.io, "Efficient detection of changes". */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Access } from './access.ts'
import type { KubeObject, ListOptions } from './api.ts'
import { call } from './call.ts'
import { KubeError } from './errors.ts'
import { listAll, selectors, withQuery } from './list.ts'
import { eventsOf, isPassing, opened } from './watch.ts'

/** Between two tries the pause doubles from the first to the last; lists are compared every two seconds. */
const [firstPauseMs, lastPauseMs, pollMs] = [500, 10_000, 2_000]
/** The API ends a watch after so many seconds, and another begins where it ended. */
const watchSeconds = 300

/** See `KubeApi.changes`. */
export async function* changes(
  access: Access,
  path: string,
  options: ListOptions & { signal: AbortSignal },
  limitMs: number,
): AsyncGenerator<KubeObject[]> {
  const { signal } = options
  let pauseMs = firstPauseMs
  let mayWatch = true
  let known: string | null = null
  while (!signal.aborted) {
    try {
      const { objects, version } = await listed(access, path, options, limitMs)
      const state = new Map(objects.map((one) => [keyOf(one), one]))
      // After a watch that broke off nothing may have changed.
      if (textOf(state) !== known) yield [...state.values()]
      known = textOf(state)
      pauseMs = firstPauseMs
      if (!mayWatch) await sleep(pollMs, undefined, { signal })
      else {
        for await (const changed of watched(access, path, options, { state, version, limitMs })) {
          known = textOf(changed)
          yield [...changed.values()]
        }
      }
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof KubeError)) throw error
      const watching = known !== null && mayWatch
      if (watching && (error.status === 403 || error.status === 405)) mayWatch = false
      else if (error.failure !== 'expired' && !isPassing(error) && known === null) throw error
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
      pauseMs = Math.min(lastPauseMs, pauseMs * 2)
    }
  }
}

/** A list and the version of it, from which a watch goes on. */
async function listed(
  access: Access,
  path: string,
  options: ListOptions & { signal: AbortSignal },
  limitMs: number,
): Promise<{ objects: KubeObject[]; version: string }> {
  let version = ''
  const get = async (page: string): Promise<KubeObject | null> => {
    const list = await call(access, { method: 'GET', path: page }, limitMs, options.signal)
    version = (list?.metadata as { resourceVersion?: string } | undefined)?.resourceVersion ?? ''
    return list
  }
  return { objects: (await listAll(get, path, options)) ?? [], version }
}

/** The state after each event of one watch, until the API ends it. */
async function* watched(
  access: Access,
  path: string,
  options: ListOptions & { signal: AbortSignal },
  { state, version, limitMs }: { state: Map<string, KubeObject>; version: string; limitMs: number },
): AsyncGenerator<Map<string, KubeObject>> {
  const query = {
    ...selectors(options),
    ...{ watch: '1', resourceVersion: version, timeoutSeconds: String(watchSeconds), allowWatchBookmarks: 'true' },
  }
  const request = { method: 'GET' as const, path: withQuery(path, query) }
  // A connection that has gone without a word is not waited for much longer than one that ends.
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout((watchSeconds + 30) * 1000)])
  for await (const { type, object } of eventsOf(await opened(access, request, signal, limitMs))) {
    if (type === 'BOOKMARK') continue
    if (type === 'DELETED') state.delete(keyOf(object))
    else state.set(keyOf(object), object)
    yield state
  }
}

const keyOf = ({ metadata }: KubeObject): string => `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`

/** Each object has a version of its own. */
const textOf = (state: ReadonlyMap<string, KubeObject>): string =>
  [...state]
    .map(([key, { metadata }]) => `${key} ${(metadata as { resourceVersion?: string } | undefined)?.resourceVersion}`)
    .sort()
    .join('\n')
