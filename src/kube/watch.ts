/** A watch: the objects of a list, and then each change. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Access } from './access.ts'
import type { KubeObject, ListOptions } from './api.ts'
import { KubeError } from './errors.ts'
import { askedOf, endedBy, type Request, stream } from './http.ts'
import { selectors, withQuery } from './list.ts'

export interface WatchEvent {
  type: string
  object: KubeObject
}

const [pauseMs, lineLimit] = [500, 8 << 20]

/**
 * Without a resourceVersion the API begins with an ADDED for each object that is there (kubernetes.io, "API concepts":
 * get state and start at most recent). So nothing is missed between a list and its watch, and a watch that breaks off or
 * expires (410) is simply begun again: whoever reads sees an object's state a second time.
 */
export async function* watch(
  access: Access,
  path: string,
  options: ListOptions & { timeoutMs: number },
  openMs: number,
): AsyncGenerator<WatchEvent> {
  const limit = AbortSignal.timeout(options.timeoutMs)
  const signal = options.signal === undefined ? limit : AbortSignal.any([options.signal, limit])
  const timeoutSeconds = String(Math.ceil(options.timeoutMs / 1000))
  const query = { ...selectors(options), watch: '1', timeoutSeconds }
  const request: Request = { method: 'GET', path: withQuery(path, query) }
  while (!signal.aborted) {
    try {
      yield* eventsOf(await opened(access, request, signal, openMs))
    } catch (error) {
      if (!signal.aborted && !(error instanceof KubeError && isPassing(error))) throw error
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
  }
}

/** The API answers a watch at once, be there events or not; so that much has a limit of its own. */
export async function opened(access: Access, request: Request, signal: AbortSignal, openMs: number) {
  const opening = new AbortController()
  const timer = setTimeout(() => opening.abort(new DOMException('', 'TimeoutError')), openMs)
  try {
    return await stream(access, request, AbortSignal.any([signal, opening.signal]), openMs)
  } catch (error) {
    throw opening.signal.aborted ? endedBy(askedOf(access, request), opening.signal, openMs) : error
  } finally {
    clearTimeout(timer)
  }
}

export const isPassing = ({ failure }: KubeError): boolean =>
  ['dropped', 'expired', 'tooMany', 'server', 'garbled'].includes(failure)

/** The events of one connection, each a line of JSON. */
export async function* eventsOf(body: AsyncIterable<Buffer>): AsyncGenerator<WatchEvent> {
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for await (const chunk of body) {
      rest += decoder.decode(chunk, { stream: true })
      const lines = rest.split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > lineLimit) throw new KubeError('tooLarge', 'an event of a watch is too large')
      for (const line of lines) if (line.trim() !== '') yield readEvent(line)
    }
  } catch (cause) {
    if (cause instanceof KubeError) throw cause
    throw new KubeError('dropped', 'a watch broke off', { cause })
  }
}

function readEvent(line: string): WatchEvent {
  const event = parseEvent(line)
  if (event === null) throw new KubeError('garbled', 'an event of a watch is no JSON')
  if (event.type !== 'ERROR') return event
  const { code, message } = event.object as { code?: unknown; message?: unknown }
  const words = typeof message === 'string' ? message : 'no reason given'
  throw new KubeError(code === 410 ? 'expired' : 'server', `a watch failed: ${words}`)
}

function parseEvent(line: string): WatchEvent | null {
  try {
    const { type, object } = JSON.parse(line)
    return typeof type === 'string' && typeof object === 'object' && object !== null ? { type, object } : null
  } catch {
    return null
  }
}
