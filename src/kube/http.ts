/** One HTTPS request to the API, with a limit on its time and on the size of its answer. */
import http from 'node:http'
import https from 'node:https'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { Access, Authentication } from './access.ts'
import { type Asked, abortedError, KubeError, statusError, timeoutError } from './errors.ts'
import { socketError } from './socket-error.ts'

export interface Request {
  method: 'GET' | 'POST' | 'DELETE'
  /** With its query, encoded. */
  path: string
  body?: object | undefined
  /** Only its metadata is to be sent (kubernetes.io, "API concepts": metadata-only fetches). */
  metadataOnly?: boolean | undefined
}

export interface Reply {
  status: number
  /** Seconds, of a Retry-After in that form; null where there is none. */
  retryAfter: number | null
  /** Says what it is: `application/json`. '' where it does not. */
  type: string
  text: string
}

/** A page of 500 slices with 100 endpoints each is some 15 MB. */
const bodyLimit = 64 << 20

/**
 * client-node's generated clients take no AbortSignal and rename fields, so the request is made here, with the
 * credentials and agents of its KubeConfig. Throws a KubeError for all that is no answer; any status is one.
 */
export async function send(access: Access, request: Request, signal: AbortSignal, limitMs: number): Promise<Reply> {
  const asked = askedOf(access, request)
  let authentication = await access.authentication()
  for (let renewed = false; ; renewed = true) {
    const response = await open(access, authentication, request, signal, limitMs)
    const status = response.statusCode ?? 0
    const { 'retry-after': after, 'content-type': type = '' } = response.headers
    const text = await readText(response, asked, signal, limitMs)
    if (status === 401 && !renewed && access.renew(authentication)) {
      authentication = await access.authentication()
      continue
    }
    const told = status < 400 ? text : withoutCredentials(text, authentication)
    return {
      status,
      retryAfter: after !== undefined && /^\d{1,6}$/.test(after) ? Number(after) : null,
      type,
      text: told,
    }
  }
}

/** The answer of a watch: its body as it comes. Throws a KubeError where its status is no success. */
export async function stream(
  access: Access,
  request: Request,
  signal: AbortSignal,
  limitMs: number,
): Promise<Readable> {
  const authentication = await access.authentication()
  const response = await open(access, authentication, request, signal, limitMs)
  const status = response.statusCode ?? 0
  if (status === 200) return decoded(response)
  const asked = askedOf(access, request)
  const text = await readText(response, asked, signal, limitMs)
  throw statusError(asked, status, withoutCredentials(text, authentication))
}

/** A server may repeat in its refusal what it was sent. */
export function withoutCredentials(text: string, { headers }: Pick<Authentication, 'headers'>): string {
  const sent = String(headers.Authorization ?? headers.authorization ?? '').replace(/^\w+ /, '')
  const basic = Buffer.from(sent, 'base64').toString('utf8')
  const secrets = [sent, basic.slice(basic.indexOf(':') + 1)].filter((one) => one.length > 3)
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
}

/** What an error calls a request. */
export const askedOf = ({ server }: Access, { method, path }: Pick<Asked, 'method' | 'path'>): Asked => ({
  ...{ method, path, server },
})

const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'

function open(
  access: Access,
  { headers, agent }: Authentication,
  { method, path, body, metadataOnly }: Request,
  signal: AbortSignal,
  limitMs: number,
): Promise<http.IncomingMessage> {
  const url = `${access.base}${path}`
  const content = body === undefined ? null : Buffer.from(JSON.stringify(body))
  const length = content === null ? {} : { 'Content-Type': 'application/json', 'Content-Length': content.length }
  const accept = metadataOnly ? METADATA : 'application/json'
  const common = { Accept: accept, 'Accept-Encoding': 'gzip', 'User-Agent': 'kubectl-svcpath' }
  const asked = askedOf(access, { method, path })
  return new Promise((resolve, reject) => {
    const settle = (): void => signal.removeEventListener('abort', abort)
    // A request that still waits for its agent's connection does not heed the signal: a silent proxy would hold it for good.
    const abort = (): void => reject(endedBy(asked, signal, limitMs))
    const fail = (cause: unknown): void => {
      settle()
      reject(signal.aborted ? endedBy(asked, signal, limitMs) : socketError(asked, cause))
    }
    signal.addEventListener('abort', abort, { once: true })
    try {
      const { request } = url.startsWith('https:') ? https : http
      const outgoing = request(url, { method, agent, signal, headers: { ...common, ...length, ...headers } })
      outgoing.on('response', settle).on('response', resolve).on('error', fail)
      outgoing.end(content ?? undefined)
    } catch (cause) {
      // A certificate or key that OpenSSL cannot read, a header that is none.
      fail(cause)
    }
  })
}

async function readText(
  response: http.IncomingMessage,
  asked: Asked,
  signal: AbortSignal,
  limitMs: number,
): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of decoded(response)) {
      size += (chunk as Buffer).length
      if (size > bodyLimit) break
      chunks.push(chunk as Buffer)
    }
  } catch (cause) {
    throw signal.aborted ? endedBy(asked, signal, limitMs) : socketError(asked, cause)
  }
  if (size <= bodyLimit) return Buffer.concat(chunks).toString('utf8')
  response.destroy()
  const what = `${asked.method} ${asked.path.split('?', 1)[0]}`
  throw new KubeError('tooLarge', `the answer to ${what} is larger than ${bodyLimit >> 20} MiB and is not read`, {
    hint: 'is this really the server of a Kubernetes API?',
  })
}

/** Readable also when the connection breaks: the break goes on to the one who reads. */
function decoded(response: http.IncomingMessage): Readable {
  if (response.headers['content-encoding'] !== 'gzip') return response
  const unzipped = createGunzip()
  response.on('error', (cause) => unzipped.destroy(cause))
  return response.pipe(unzipped)
}

/** The caller's own signal aborts with whatever reason; a time limit with a TimeoutError (see AbortSignal.timeout). */
export const endedBy = (asked: Asked, signal: AbortSignal, limitMs: number): KubeError =>
  signal.reason?.name === 'TimeoutError' ? timeoutError(asked, limitMs) : abortedError()
