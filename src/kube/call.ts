/** A call to the API: requests until one of them is answered for good, within one time limit. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Access } from './access.ts'
import type { KubeObject } from './api.ts'
import { KubeError, statusError } from './errors.ts'
import { askedOf, endedBy, type Reply, type Request, send } from './http.ts'

const attempts = 4
const firstPauseMs = 200

/**
 * The object that the API answers with; null for a 404, unless something was to be created. Tried again are: 429, which the API has not acted upon (priority
 * and fairness, kubernetes.io "API Priority and Fairness"); for reads also 5xx and connections that broke off.
 */
export async function call(
  access: Access,
  request: Request,
  limitMs: number,
  outer: AbortSignal | undefined,
): Promise<KubeObject | null> {
  const limit = AbortSignal.timeout(limitMs)
  const signal = outer === undefined ? limit : AbortSignal.any([outer, limit])
  const asked = askedOf(access, request)
  const deadline = performance.now() + limitMs
  for (let attempt = 1; ; attempt++) {
    const { reply, error } = await attemptOf(access, request, signal, limitMs)
    if (reply && reply.status >= 200 && reply.status < 300) return readObject(reply, access, request)
    if (reply?.status === 404 && request.method !== 'POST' && !isHtml(reply)) return null
    const failure = error ?? statusError(asked, reply!.status, reply!.text)
    const pauseMs = reply?.retryAfter != null ? reply.retryAfter * 1000 : firstPauseMs * 2 ** (attempt - 1)
    if (attempt === attempts || !mayTryAgain(request, failure) || performance.now() + pauseMs >= deadline) throw failure
    try {
      await sleep(pauseMs, undefined, { signal })
    } catch {
      throw endedBy(asked, signal, limitMs)
    }
  }
}

async function attemptOf(
  access: Access,
  request: Request,
  signal: AbortSignal,
  limitMs: number,
): Promise<{ reply: Reply | null; error: KubeError | null }> {
  try {
    return { reply: await send(access, request, signal, limitMs), error: null }
  } catch (error) {
    if (error instanceof KubeError) return { reply: null, error }
    throw error
  }
}

function mayTryAgain({ method }: Request, { failure, status }: KubeError): boolean {
  if (status === 429) return true
  return method === 'GET' && (failure === 'dropped' || (status !== null && status >= 500))
}

function readObject({ text, type, status }: Reply, access: Access, request: Request): KubeObject {
  const value = parseJson(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as KubeObject
  const what = `${request.method} ${request.path.split('?', 1)[0]}`
  const why = type.includes('json') ? 'JSON that is cut off or not valid' : `${type || 'something'}, not JSON`
  throw new KubeError('garbled', `${access.server} answers ${what} with ${why}`, {
    status,
    hint: 'is this the URL of a Kubernetes API, or of a login page or proxy before it? Try again if it was cut off',
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** A 404 of the API is a Status object or plain text; a page of HTML comes from something else. */
const isHtml = ({ type, text }: Reply): boolean => type.includes('html') || /^\s*</.test(text)
