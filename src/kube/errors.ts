/** What can go wrong with a Kubernetes API: each failure says what happened, why, and what to do. */
import { SvcpathError } from '../model/errors.ts'
import { type Permission, permissionInMessage, permissionOf, permissionWords, ruleYaml } from './permission.ts'

export type KubeFailure =
  | 'unauthorized'
  | 'forbidden'
  /** Allowed by RBAC, but an admission plugin or a quota says no: PodSecurity, a webhook. */
  | 'refused'
  | 'notFound'
  | 'conflict'
  | 'invalid'
  | 'expired'
  | 'tooMany'
  | 'server'
  | 'timeout'
  | 'connection'
  | 'dns'
  | 'tls'
  /** The connection ended in the midst of an answer. */
  | 'dropped'
  /** The answer is not what a Kubernetes API sends. */
  | 'garbled'
  | 'tooLarge'
  | 'credentials'
  | 'exec'
  | 'aborted'

/** An error of the API or of the way to it. No token, key or password is ever part of it. */
export class KubeError extends SvcpathError {
  readonly failure: KubeFailure
  /** The HTTP status; null where there was no answer. */
  readonly status: number | null
  /** What was not allowed. */
  readonly permission: Permission | null

  constructor(
    failure: KubeFailure,
    message: string,
    options: { status?: number; hint?: string; permission?: Permission | null; cause?: unknown } = {},
  ) {
    const { hint, cause } = options
    const exitCode = failure === 'aborted' ? 130 : 1
    super(message, { exitCode, ...(hint === undefined ? {} : { hint }), ...(cause === undefined ? {} : { cause }) })
    this.name = 'KubeError'
    this.failure = failure
    this.status = options.status ?? null
    this.permission = options.permission ?? null
  }
}

/** What is asked of which API, for the words of an error. */
export interface Asked {
  method: string
  /** Without the server; the query is not printed. */
  path: string
  /** The server's URL without user information. */
  server: string
}

/** The error for an answer that is no success. `body` is the API's Status object, or whatever a proxy before it sent. */
export function statusError(asked: Asked, status: number, body: string): KubeError {
  const said = messageOf(body)
  const make = (failure: KubeFailure, message: string, hint?: string): KubeError =>
    new KubeError(
      failure,
      said === null ? message : `${message}: ${said}`,
      hint === undefined ? { status } : { status, hint },
    )
  const what = `${asked.method} ${asked.path.split('?', 1)[0]}`
  if (status === 401) {
    const hint = 'log in again, or check the token, certificate or credential plugin of this context'
    return new KubeError('unauthorized', `${asked.server} does not accept the credentials (401)`, { status, hint })
  }
  if (status === 403) return forbidden(asked, said)
  if (status === 404) return make('notFound', `${what}: not found`)
  if (status === 409)
    return make('conflict', `${what}: conflict`, 'it was changed or made by someone else at the same time; try again')
  if (status === 408 || status === 504)
    return make(
      'timeout',
      `${asked.server} took too long for ${what} (${status})`,
      'try again, or allow more with --request-timeout',
    )
  if (status === 410)
    return make('expired', `${what}: the list changed too fast to be read page by page (410)`, 'try again')
  if (status === 429)
    return make('tooMany', `${asked.server} is busy and asks to come back later (429)`, 'try again in a minute')
  if (status >= 500)
    return make(
      'server',
      `${asked.server} failed at ${what} (${status})`,
      'the API server or the kubelet behind it has a problem of its own; try again',
    )
  if (status >= 300 && status < 400)
    return make(
      'garbled',
      `${asked.server} answers ${what} with a redirect (${status})`,
      'is this the URL of a Kubernetes API, or a login page before it?',
    )
  return make('invalid', `${asked.server} refuses ${what} (${status})`)
}

function forbidden(asked: Asked, said: string | null): KubeError {
  const permission = missingPermission(asked, said)
  const status = 403
  if (permission === null) {
    const hint = 'this is no missing RBAC rule: an admission plugin, a quota or a proxy before the API says no'
    return new KubeError('refused', `refused (403): ${said}`, { status, hint })
  }
  const who = said === null ? null : (/User "([^"]*)" cannot/.exec(said)?.[1] ?? null)
  const words = `${who === null ? 'you' : who} may not ${permissionWords(permission)} (403)`
  const anonymous =
    who === 'system:anonymous' ? 'no credentials were sent, or the API knows nothing of them; else add\n' : ''
  const hint = `${anonymous}${ruleYaml(permission)}\n(kubectl svcpath rbac prints all that svcpath needs)`
  return new KubeError('forbidden', words, { status, hint, permission })
}

function missingPermission({ method, path }: Asked, said: string | null): Permission | null {
  if (said === null) return permissionOf(method, path)
  // Since 1.35 a WebSocket asks for `create` besides, and its refusal has no reason (pkg/registry/core/pod/rest/authorize.go).
  if (/ is forbidden:\s*$/.test(said) && /\/(exec|attach|portforward)(\?|$)/.test(path))
    return { ...permissionOf('POST', path), name: null }
  return permissionInMessage(said)
}

/** The words of a Status object, or of a short plain text; null for none and for HTML. Control characters are dropped. */
function messageOf(body: string): string | null {
  const text = statusMessage(body) ?? (/^\s*[<{]/.test(body) ? '' : body)
  const line = text.replaceAll(/\p{Cc}+/gu, ' ').trim()
  return line === '' ? null : line.length > 600 ? `${line.slice(0, 600)}…` : line
}

function statusMessage(body: string): string | null {
  try {
    const { kind, message } = JSON.parse(body)
    return kind === 'Status' && typeof message === 'string' ? message : null
  } catch {
    return null
  }
}

/** A text of the API or a tool as one line of an error. */
export const printable = (text: string): string => messageOf(text) ?? 'no reason given'

/** Nothing, or not all, came within the time limit. */
export const timeoutError = ({ method, path, server }: Asked, milliseconds: number): KubeError =>
  new KubeError(
    'timeout',
    `${new URL(server).host} did not answer ${method} ${path.split('?', 1)[0]} within ${seconds(milliseconds)}`,
    { hint: 'is the API server overloaded, or a firewall silently in the way? Allow more with --request-timeout' },
  )

/** `15 s`, `0.2 s`. */
export const seconds = (milliseconds: number): string => `${Number((milliseconds / 1000).toPrecision(2))} s`

/** The person, or the caller, called it off. */
export const abortedError = (): KubeError => new KubeError('aborted', 'interrupted')
