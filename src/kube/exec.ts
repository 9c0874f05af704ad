/** Runs a command in a container over a WebSocket (kubernetes/kubernetes, staging/src/k8s.io/apimachinery remotecommand). */
import type { RawData, WebSocket } from 'ws'
import type { Access } from './access.ts'
import type { ExecRequest, Output } from './api.ts'
import { KubeError, printable, seconds } from './errors.ts'
import { endedBy } from './http.ts'
import { segment } from './path.ts'
import { droppedError, openWebSocket } from './web-socket.ts'

/** The first byte of each frame. 255 followed by a channel's number closes that channel; only v5 knows it. */
export const stdoutChannel = 1
const [stdinChannel, stderrChannel, statusChannel, closeChannel] = [0, 2, 3, 255]
const stderrLimit = 16 << 10
const chunkSize = 32 << 10
const closingMs = 1_000

/**
 * client-node's Exec never calls back when the socket breaks off, and closes it at the end of stdin where the server knows
 * only v4 (a kubelet that is asked through an API server before 1.30), which kills the command. Here a v4 socket stays
 * open, and the command sees no end of its input: a script that is streamed to a shell must end with `exit`.
 */
export async function exec(access: Access, request: ExecRequest): Promise<Output> {
  const { namespace, pod, timeoutMs } = request
  const what = `exec in pod ${namespace}/${pod}`
  const limit = AbortSignal.timeout(timeoutMs)
  const signal = request.signal === undefined ? limit : AbortSignal.any([request.signal, limit])
  const socket = await openWebSocket(
    access,
    execPath(request),
    ['v5.channel.k8s.io', 'v4.channel.k8s.io'],
    signal,
    timeoutMs,
  )
  return new Promise((resolve, reject) => {
    const session = new Session(request.maxBytes)
    const finish = (outcome: Output | KubeError): void => {
      signal.removeEventListener('abort', abort)
      clearTimeout(closing)
      socket.removeAllListeners().on('error', () => undefined)
      socket.terminate()
      if (outcome instanceof KubeError) reject(outcome)
      else resolve(outcome)
    }
    const abort = (): void => finish(execEnded(what, signal, timeoutMs))
    let closing: NodeJS.Timeout | undefined
    signal.addEventListener('abort', abort, { once: true })
    socket.on('message', (data) => {
      session.take(bytesOf(data))
      if (session.truncated) finish(session.output(null))
      else if (session.status !== null && closing === undefined) {
        // What is still under way is waited for: until the other side closes as well, or for a second.
        socket.close()
        closing = setTimeout(() => finish(session.outcome(what)), closingMs)
      }
    })
    socket.on('close', (code) => finish(session.status === null ? droppedError(what, code) : session.outcome(what)))
    socket.on('error', () => finish(session.status === null ? droppedError(what, 1006) : session.outcome(what)))
    if (signal.aborted) return abort()
    socket.resume()
    sendStdin(socket, Buffer.from(request.stdin))
  })
}

export function execPath({
  namespace,
  pod,
  container,
  command,
}: Pick<ExecRequest, 'namespace' | 'pod' | 'container' | 'command'>): string {
  const query = new URLSearchParams({ stdin: 'true', stdout: 'true', stderr: 'true', tty: 'false' })
  if (container !== undefined) query.append('container', container)
  for (const word of command) query.append('command', word)
  return `/api/v1/namespaces/${segment(namespace)}/pods/${segment(pod)}/exec?${query}`
}

/** More of its standard input, which stays open. */
export function sendInput(socket: WebSocket, stdin: Buffer): void {
  for (let start = 0; start < stdin.length; start += chunkSize) {
    send(socket, Buffer.concat([Buffer.of(stdinChannel), stdin.subarray(start, start + chunkSize)]))
  }
}

function sendStdin(socket: WebSocket, stdin: Buffer): void {
  sendInput(socket, stdin)
  if (socket.protocol === 'v5.channel.k8s.io') send(socket, Buffer.of(closeChannel, stdinChannel))
}

/** An error of a single send is followed by the socket's own `close`. */
const send = (socket: WebSocket, bytes: Buffer): void => socket.send(bytes, { binary: true }, () => undefined)

/** What came of a command so far. */
export class Session {
  readonly #maxBytes: number
  readonly #stdout: Buffer[] = []
  #size = 0
  #stderr = Buffer.alloc(0)
  /** The API's last word, a Status object; null until it comes. */
  status: string | null = null
  truncated = false

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  take(frame: Buffer): void {
    const [channel, bytes] = [frame[0], frame.subarray(1)]
    if (channel === stdoutChannel) {
      const room = this.#maxBytes - this.#size
      // A copy: the frame's memory may be part of a larger buffer.
      this.#stdout.push(Buffer.from(bytes.subarray(0, room)))
      this.#size += Math.min(bytes.length, room)
      this.truncated = bytes.length > room
    } else if (channel === stderrChannel && this.#stderr.length < stderrLimit) {
      this.#stderr = Buffer.concat([this.#stderr, bytes]).subarray(0, stderrLimit)
    } else if (channel === statusChannel && bytes.length > 0) this.status ??= bytes.toString('utf8')
  }

  /** The command's end, or why there was no command. */
  outcome(what: string): Output | KubeError {
    const { status, reason, message, code, exitCode } = readStatus(this.status ?? '')
    if (status === 'Success') return this.output(0)
    if (exitCode !== null) return this.output(exitCode)
    const words = printable(message ?? this.#stderr.toString('utf8'))
    return new KubeError('exec', `${what} failed (${reason ?? 'no reason given'}): ${words}`, {
      ...(code === null ? {} : { status: code }),
      hint: 'is the container running, and is the command in its image?',
    })
  }

  output(exitCode: number | null): Output {
    const stderr = this.#stderr.toString('utf8')
    return { stdout: Buffer.concat(this.#stdout), stderr, exitCode, truncated: this.truncated }
  }
}

interface ExecStatus {
  status: string | null
  reason: string | null
  message: string | null
  code: number | null
  /** Of a command that ended by itself: a cause `ExitCode` of the Status object. */
  exitCode: number | null
}

function readStatus(text: string): ExecStatus {
  const nothing: ExecStatus = { status: null, reason: null, message: null, code: null, exitCode: null }
  try {
    const { status, reason, message, code, details } = JSON.parse(text)
    const causes: { reason?: unknown; message?: unknown }[] = Array.isArray(details?.causes) ? details.causes : []
    const exit = causes.find((cause) => cause?.reason === 'ExitCode')?.message
    const string = (value: unknown): string | null => (typeof value === 'string' ? value : null)
    return {
      status: string(status),
      reason: string(reason),
      message: string(message),
      code: typeof code === 'number' ? code : null,
      exitCode: typeof exit === 'string' && /^\d{1,3}$/.test(exit) ? Number(exit) : null,
    }
  } catch {
    return { ...nothing, message: text }
  }
}

function execEnded(what: string, signal: AbortSignal, timeoutMs: number): KubeError {
  if (signal.reason?.name !== 'TimeoutError') return endedBy({ method: '', path: '', server: '' }, signal, timeoutMs)
  return new KubeError('timeout', `${what} did not end within ${seconds(timeoutMs)}`, {
    hint: 'the node may be overloaded or unreachable for the API server',
  })
}

export const bytesOf = (data: RawData): Buffer =>
  Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data)
