/** A TCP stream to a port of a pod over a WebSocket (kubelet's `portforward` with v4.channel.k8s.io). */
import { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Access } from './access.ts'
import { KubeError, printable, seconds } from './errors.ts'
import { bytesOf } from './exec.ts'
import { segment } from './path.ts'
import { droppedError, openWebSocket } from './web-socket.ts'

const [dataChannel, errorChannel] = [0, 1]

/**
 * The protocol cannot close one direction: ending what is written tells the pod nothing, and the stream lasts until the pod
 * closes, it is destroyed, or nothing has come for as long as the time limit. That nobody listens on the port is known
 * only later: then the stream ends with a KubeError.
 */
export async function portForward(
  access: Access,
  namespace: string,
  pod: string,
  port: number,
  { timeoutMs }: { timeoutMs: number },
): Promise<Duplex> {
  const place = `/api/v1/namespaces/${segment(namespace)}/pods/${segment(pod)}`
  const path = `${place}/portforward?ports=${port}`
  const socket = await openWebSocket(access, path, ['v4.channel.k8s.io'], AbortSignal.timeout(timeoutMs), timeoutMs)
  return new ForwardedStream(socket, `port ${port} of pod ${namespace}/${pod}`, timeoutMs)
}

class ForwardedStream extends Duplex {
  readonly #socket: WebSocket
  /** Each channel begins with the port's number in two bytes, in a frame of its own. */
  readonly #begun = new Set<number>()
  readonly #timer: NodeJS.Timeout

  constructor(socket: WebSocket, what: string, timeoutMs: number) {
    super({ allowHalfOpen: true })
    this.#socket = socket
    this.#timer = setTimeout(() => this.destroy(idleError(what, timeoutMs)), timeoutMs)
    socket.on('message', (data) => this.#take(bytesOf(data), what))
    socket.on('close', (code) => this.#closed(code, what))
    socket.on('error', () => this.destroy(droppedError(what, 1006)))
    socket.resume()
  }

  #take(frame: Buffer, what: string): void {
    this.#timer.refresh()
    const [channel = errorChannel, bytes] = [frame[0], frame.subarray(1)]
    if (!this.#begun.has(channel)) this.#begun.add(channel)
    else if (channel === dataChannel) {
      if (!this.push(bytes)) this.#socket.pause()
    } else if (bytes.length > 0) this.destroy(refusedError(what, bytes.toString('utf8')))
  }

  /** The kubelet closes without an error when the pod has closed: with 1000, or without any code. */
  #closed(code: number, what: string): void {
    if (code !== 1000 && code !== 1005) this.destroy(droppedError(what, code))
    else {
      this.push(null)
      if (!this.writableEnded) this.end()
    }
  }

  override _read(): void {
    if (this.#socket.isPaused) this.#socket.resume()
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#socket.send(Buffer.concat([Buffer.of(dataChannel), chunk]), { binary: true }, (error) =>
      done(error ? new KubeError('dropped', 'a forwarded connection broke off', { cause: error }) : null),
    )
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#timer)
    this.#socket.removeAllListeners().on('error', () => undefined)
    this.#socket.terminate()
    done(error)
  }
}

const idleError = (what: string, milliseconds: number): KubeError =>
  new KubeError('timeout', `nothing came from ${what} within ${seconds(milliseconds)}`)

const refusedError = (what: string, words: string): KubeError =>
  new KubeError('connection', `${what} cannot be reached: ${printable(words)}`, {
    hint: 'does the pod run, and does anything listen there?',
  })
