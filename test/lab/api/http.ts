/** Answers on a connection, whole or cut. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { ApiError, badRequest } from './status.ts'

export interface Reply {
  status: number
  body: object | string
  headers?: Record<string, string>
}

/** From this size on the real API compresses (apiserver's responsewriters). */
const gzipFrom = 128 << 10
/** The real API's limit (apiserver's MaxRequestBodyBytes). */
const bodyLimit = 3 << 20

/** `cut`: the connection ends in the midst of the body. */
export function reply(request: IncomingMessage, response: ServerResponse, answer: Reply, cut: boolean): void {
  // A stream that fails when it has begun can only be cut.
  if (response.headersSent) {
    response.destroy()
    return
  }
  const { status, type, plain, headers } = encoded(answer)
  const isZipped = plain.length > gzipFrom && /\bgzip\b/.test(String(request.headers['accept-encoding']))
  const bytes = isZipped ? gzipSync(plain, { level: 1 }) : plain
  const own = {
    'Content-Type': type,
    'Content-Length': bytes.length,
    ...(isZipped ? { 'Content-Encoding': 'gzip' } : {}),
  }
  response.writeHead(status, { ...own, ...headers })
  if (cut) response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy())
  else response.end(bytes)
}

/** On a connection that was to be upgraded. */
export function replyRaw(socket: Duplex, answer: Reply, cut: boolean): void {
  const { status, type, plain, headers } = encoded(answer)
  const all = { 'Content-Type': type, 'Content-Length': plain.length, Connection: 'close', ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`HTTP/1.1 ${status} Refused\r\n${lines.join('')}\r\n`)
  if (cut) socket.write(plain.subarray(0, plain.length / 2), () => socket.destroy())
  else socket.end(plain)
}

function encoded({ status, body, headers = {} }: Reply) {
  const plain = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  const isText = typeof body === 'string' && !/^\s*[{[]/.test(body)
  const type = !isText ? 'application/json' : /^\s*</.test(String(body)) ? 'text/html' : 'text/plain; charset=utf-8'
  return { status, type, plain, headers }
}

/** An error as an answer; one that is none of the API's is a fault of the lab, and says so. */
export function replyOf(error: unknown): Reply {
  if (!(error instanceof ApiError)) return replyOf(new ApiError(500, 'InternalError', `the lab failed: ${error}`))
  const after = error.details?.retryAfterSeconds
  const headers = after === undefined ? {} : { 'Retry-After': String(after) }
  return { status: error.code, body: error.body(), headers }
}

/** The body as JSON; null where there is none. Throws the API's 400, 413 and 415. */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += (chunk as Buffer).length
    if (size > bodyLimit)
      throw new ApiError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${bodyLimit}`)
    chunks.push(chunk)
  }
  if (size === 0) return null
  const type = request.headers['content-type']?.split(';')[0] ?? 'application/json'
  if (type !== 'application/json') {
    const words = 'the body of the request was in an unknown format - accepted media types include: application/json'
    throw new ApiError(415, 'UnsupportedMediaType', words)
  }
  return parse(Buffer.concat(chunks).toString('utf8'))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${(error as Error).message}`)
  }
}
