/** A small HTTPS Kubernetes API for the calls that svcpath makes, over the objects and processes of a lab. */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import https from 'node:https'
import { type AddressInfo, isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeCertificates, kubeconfig as plainKubeconfig } from '../../kube/server.ts'
import { askerOf } from './access.ts'
import { Children } from './children.ts'
import type { ApiOptions, Backend, LabApi } from './contract.ts'
import { Faults, faultReply } from './faults.ts'
import { type Reply, reply, replyOf, replyRaw } from './http.ts'
import { Pods } from './pods.ts'
import { RESOURCES } from './resources.ts'
import { answer, type Exchange, upgrade, type World } from './routes.ts'
import { metaOf, Store } from './store.ts'

export type { ApiOptions, Backend, LabApi } from './contract.ts'

/** Throws where the objects are of kinds that this API does not have, or two have the same name. */
export async function startApi(backend: Backend, options: ApiOptions = {}): Promise<LabApi> {
  const { host = '127.0.0.1', forbid = () => false, kubeletWebSockets = false } = options
  const store = new Store(backend.objects)
  const children = new Children()
  const pods = new Pods(store, backend, (pod) => children.stopPod(String(metaOf(pod).uid)))
  const world: World = { store, pods, backend, children, forbid, kubeletWebSockets }
  const token = randomBytes(24).toString('base64url')
  const door = new Door(world, token)
  const certificates = makeCertificates(`${isIP(host) ? 'IP' : 'DNS'}:${host}`)
  // Idle connections last as long as the real API lets them (apiserver's IdleTimeout).
  const server = https.createServer({ cert: certificates.certificate, key: certificates.key, keepAliveTimeout: 90_000 })
  const sockets = new Set<Duplex>()
  server.on('request', (request, response) =>
    door.enter(request, {
      pass: (exchange) => answer(world, exchange, response),
      reply: (what, cut) => reply(request, response, what, cut),
      destroy: () => response.destroy(),
    }),
  )
  server.on('upgrade', (request, socket, head) =>
    door.enter(request, {
      pass: async (exchange) => upgrade(world, exchange, socket, head),
      reply: (what, cut) => replyRaw(socket, what, cut),
      destroy: () => socket.destroy(),
    }),
  )
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
  })
  server.on('secureConnection', (socket) => socket.on('error', () => undefined))
  await new Promise<void>((resolve, reject) => server.on('error', reject).listen(options.port ?? 0, host, resolve))
  const { port } = server.address() as AddressInfo
  const url = `https://${isIP(host) === 6 ? `[${host}]` : host}:${port}`
  return {
    ...{ url, port, requests: door.requests, impersonated: door.impersonated },
    get faults() {
      return door.faults.rules
    },
    set faults(rules) {
      door.faults.rules = rules
    },
    kubeconfig({ token: other = token, namespace = 'default' } = {}) {
      const config = plainKubeconfig({ url, certificates }, { token: other })
      const contexts = config.contexts.map(({ name, context }) => ({ name, context: { ...context, namespace } }))
      return JSON.stringify({ apiVersion: 'v1', kind: 'Config', ...config, contexts })
    },
    current: (kind) => RESOURCES.filter((one) => one.kind === kind).flatMap((one) => [...(store.all(one) ?? [])]),
    put: (object) => void store.put(object),
    remove: (object) => store.remove(object),
    async close() {
      door.closed.abort()
      pods.close()
      for (const socket of sockets) socket.destroy()
      await Promise.all([children.close(), new Promise((resolve) => server.close(resolve))])
    },
  }
}

/** The two ways to answer: to a request, and on a connection that is to be upgraded. */
interface Visit {
  /** Null: a stream was begun. */
  pass(exchange: Exchange): Promise<Reply | null>
  reply(what: Reply, cut: boolean): void
  destroy(): void
}

/** What every request goes through: it is noted, a fault may answer, and who asks is looked at. */
class Door {
  readonly requests: string[] = []
  readonly impersonated: string[] = []
  readonly faults = new Faults()
  readonly closed = new AbortController()
  readonly #world: World
  readonly #token: string

  constructor(world: World, token: string) {
    this.#world = world
    this.#token = token
  }

  async enter(request: IncomingMessage, visit: Visit): Promise<void> {
    const line = `${request.method} ${request.url}`
    this.requests.push(line)
    const fault = this.faults.next(line)
    const cut = fault?.drop === 'midway'
    try {
      if (fault?.delayMs) await sleep(fault.delayMs, undefined, { signal: this.closed.signal })
      if (fault?.drop === 'before') return visit.destroy()
      const what = (fault && faultReply(fault)) ?? (await this.#pass(request, visit, cut))
      if (what) visit.reply(what, cut)
    } catch (error) {
      if (this.closed.signal.aborted) visit.destroy()
      else visit.reply(replyOf(error), cut)
    }
  }

  async #pass(request: IncomingMessage, visit: Visit, cut: boolean): Promise<Reply | null> {
    const { user, impersonated } = askerOf(request, this.#token, this.#world.forbid)
    if (impersonated !== null) this.impersonated.push(impersonated)
    return visit.pass({ request, user, cut })
  }
}
