/** `portforward` over a WebSocket: for each port a channel of data and one of errors (cri-streaming's portforward/websocket.go). */
import type { RawData, WebSocket } from 'ws'
import type { KubeObject } from '../../../src/kube/api.ts'
import { bytesOf } from '../../../src/kube/exec.ts'
import type { Child, Children } from './children.ts'
import type { Program } from './contract.ts'
import { forward } from './exec.ts'
import { badRequest } from './status.ts'
import { metaOf } from './store.ts'

/** For what was written last to reach the pod when the client has gone. */
const lingerMs = 500

/** Throws a 400 for what is no port. */
export function portsOf(query: URLSearchParams): number[] {
  const given = query.getAll('ports')
  if (given.length === 0) throw badRequest('query parameter "port" is required')
  return given
    .flatMap((one) => one.split(','))
    .map((text) => {
      const port = Number(text)
      if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65535) return port
      throw badRequest(`unable to parse "${text}" as a port`)
    })
}

/** Why the kubelet would refuse; null where the pod runs. */
export const notForwardable = ({ metadata, status }: KubeObject): string | null =>
  (status as { phase?: string } | undefined)?.phase === 'Running'
    ? null
    : `pod not found ("${metadata?.name}_${metadata?.namespace}")`

export interface Forwarding {
  /** The program for each port. */
  ports: readonly (readonly [port: number, program: Program])[]
  pod: KubeObject
  children: Children
  /** Called after each frame of data. */
  sent: () => void
}

/** The socket is closed when all ports are done. */
export function servePortForward(socket: WebSocket, { ports, pod, children, sent }: Forwarding): void {
  let open = ports.length
  const inputs = ports.map(([port, program], index) => {
    const [data, errors] = [2 * index, 2 * index + 1]
    for (const channel of [data, errors]) socket.send(Buffer.of(channel, port & 255, port >> 8))
    const child = children.start(program, String(metaOf(pod).uid))
    forward(child.stdout, socket, data, sent)
    whenDone(child, pod, port, (why) => {
      if (why !== null) socket.send(Buffer.concat([Buffer.of(errors), Buffer.from(why)]), () => undefined)
      if (--open === 0) socket.close(1000)
    })
    socket.on('close', () => release(child, children))
    return child.stdin
  })
  socket.on('message', (message: RawData) => {
    const frame = bytesOf(message)
    const input = inputs[(frame[0] ?? 1) / 2]
    if (!input?.writable || input.write(frame.subarray(1))) return
    socket.pause()
    input.once('drain', () => socket.resume())
  })
}

/** Tells when a connection to a port is over, and in the kubelet's words why there was none. */
function whenDone(child: Child, pod: KubeObject, port: number, done: (why: string | null) => void): void {
  let said = ''
  child.stderr.on('data', (bytes) => {
    said = `${said}${bytes}`.slice(0, 2000)
  })
  const words = (why: string): string =>
    `error forwarding port ${port} to pod ${pod.metadata?.name}, uid ${metaOf(pod).uid}: ${why}`
  child.on('error', (error) => done(words(error.message)))
  child.on('close', (code) => {
    const why = `failed to connect to localhost:${port} inside namespace: ${said.trim() || 'connection refused'}`
    done(code === 0 ? null : words(why))
  })
}

/** After the client has gone. */
function release(child: Child, children: Children): void {
  child.stdin.end()
  setTimeout(() => children.stop(child), lingerMs).unref()
}
