/** What each request is answered with. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { KubeObject } from '../../../src/kube/api.ts'
import { authorize, authorizeStream, type Forbid, review, verbOf } from './access.ts'
import type { Children } from './children.ts'
import type { Backend } from './contract.ts'
import { discovery } from './discovery.ts'
import { attachOptions, execOptions, programOf, refuseExec, requireNode, serveExec } from './exec.ts'
import { type Reply, readBody } from './http.ts'
import { list, watch } from './list.ts'
import type { Pods } from './pods.ts'
import { notForwardable, portsOf, servePortForward } from './port-forward.ts'
import { type Target, targetOf } from './resources.ts'
import { badRequest, methodNotAllowed, notFound } from './status.ts'
import type { Store } from './store.ts'

export interface World {
  store: Store
  pods: Pods
  backend: Backend
  children: Children
  forbid: Forbid
  kubeletWebSockets: boolean
}

export interface Exchange {
  request: IncomingMessage
  user: string
  /** The connection ends after the first piece of a stream. */
  cut: boolean
}

const REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'

/** The answer; null where it is a stream that was begun. Throws the API's refusals. */
export async function answer(
  world: World,
  { request, user, cut }: Exchange,
  response: ServerResponse,
): Promise<Reply | null> {
  const { method, pathname, query, target } = read(request)
  if (pathname === REVIEWS && method === 'POST')
    return { status: 201, body: review(world.forbid, await readBody(request)) }
  if (target === null) {
    authorize(world.forbid, user, method.toLowerCase(), pathname)
    const body = discovery(pathname)
    if (body !== null && method !== 'GET') throw methodNotAllowed()
    return body !== null ? { status: 200, body } : { status: 404, body: '404 page not found\n' }
  }
  const { resource, namespace, name, subresource } = target
  const verb = verbOf(method, target, query)
  authorize(world.forbid, user, verb, target)
  if (subresource) throw badRequest('Upgrade request required')
  if (verb === 'watch') {
    watch(world.store, target, query, response, () => cut && response.destroy())
    return null
  }
  if (verb === 'list') return { status: 200, body: list(world.store, target, query) }
  if (verb === 'get') {
    const found = world.store.get(resource, namespace, name ?? '')
    if (!found) throw notFound(resource, name ?? '')
    return { status: 200, body: found }
  }
  if (resource.kind !== 'Pod' || namespace === null) throw methodNotAllowed()
  if (verb === 'create' && name === null) {
    const { pod, warnings } = world.pods.create(target, await readBody(request), query)
    const words = warnings.map((one) => `299 - ${JSON.stringify(one)}`).join(', ')
    return { status: 201, body: pod, headers: words ? { Warning: words } : {} }
  }
  if (verb === 'delete') return { status: 200, body: world.pods.delete(target, await readBody(request), query) }
  throw methodNotAllowed()
}

/** Opens a WebSocket for what asks for one; the answer where it is refused in words that are no Status. */
export function upgrade(world: World, { request, user, cut }: Exchange, socket: Duplex, head: Buffer): Reply | null {
  const { query, target, method } = read(request)
  if (target === null) return { status: 404, body: '404 page not found\n' }
  const { subresource } = target
  if (subresource === null) throw badRequest('this is no stream')
  authorize(world.forbid, user, method === 'POST' ? 'create' : 'get', target)
  authorizeStream(world.forbid, target)
  const pod = world.store.get(target.resource, target.namespace, target.name ?? '')
  if (!pod) throw notFound(target.resource, target.name ?? '')
  const open =
    subresource === 'portforward' ? portStream(world, pod, query) : execStream(world, pod, query, subresource)
  // kubectl tries this where a WebSocket was refused; it is to see the same refusal.
  if (String(request.headers.upgrade).toLowerCase() !== 'websocket') throw badRequest('the lab knows no SPDY')
  const protocol = choose(request, open.protocols)
  // x/net/websocket, the real API's library, refuses like that what it cannot speak.
  if (protocol === null) return { status: 403, body: '' }
  const isTranslated = protocol === 'v5.channel.k8s.io' && !world.kubeletWebSockets
  if (open.refusal !== null && !isTranslated) return { status: 500, body: open.refusal }
  const server = new WebSocketServer({ noServer: true, handleProtocols: () => protocol, maxPayload: 32 << 20 })
  server.handleUpgrade(request, socket, head, (one) => {
    one.on('error', () => undefined)
    open.serve(one, () => cut && one.terminate())
  })
  return null
}

interface Stream {
  protocols: readonly string[]
  /** What the kubelet says instead of serving it. */
  refusal: string | null
  serve(socket: WebSocket, sent: () => void): void
}

function execStream(
  { backend, children, pods }: World,
  pod: KubeObject,
  query: URLSearchParams,
  how: 'exec' | 'attach',
): Stream {
  const options = how === 'exec' ? execOptions(pod, query) : attachOptions(pod, query)
  const program = programOf(backend, pod, options)
  const isRefused = typeof program === 'string'
  const ended = (exitCode: number) => how === 'attach' && pods.ended(pod, exitCode)
  return {
    protocols: ['v5.channel.k8s.io', 'v4.channel.k8s.io'],
    refusal: isRefused ? program : null,
    serve: (socket, sent) =>
      isRefused
        ? refuseExec(socket, options, program)
        : serveExec(socket, options, { program, pod, children, sent, ended }),
  }
}

function portStream({ backend, children }: World, pod: KubeObject, query: URLSearchParams): Stream {
  requireNode(pod)
  const ports = portsOf(query).map((port) => [port, backend.connect(pod, port)] as const)
  return {
    protocols: ['v4.channel.k8s.io'],
    refusal: notForwardable(pod),
    serve: (socket, sent) => servePortForward(socket, { ports, pod, children, sent }),
  }
}

/** The API translates for whoever offers v5; the kubelet takes the first that it knows. */
function choose({ headers }: IncomingMessage, known: readonly string[]): string | null {
  const offered = String(headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((one) => one.trim())
  return known.find((one) => offered.includes(one)) ?? null
}

function read(request: IncomingMessage): {
  method: string
  pathname: string
  query: URLSearchParams
  target: Target | null
} {
  const [pathname = '', query = ''] = (request.url ?? '').split(/\?(.*)/s)
  return { method: request.method ?? '', pathname, query: new URLSearchParams(query), target: targetOf(pathname) }
}
