/** `exec` over a WebSocket: the streams of a process as channels (apiserver's pkg/util/proxy, streaming's wsstream). */
import { constants } from 'node:os'
import type { Readable } from 'node:stream'
import type { RawData, WebSocket } from 'ws'
import type { KubeObject } from '../../../src/kube/api.ts'
import { bytesOf } from '../../../src/kube/exec.ts'
import { type Children, isExecutable } from './children.ts'
import type { Answerer, Backend, Program } from './contract.ts'
import { flagOf } from './query.ts'
import { badRequest, internal } from './status.ts'
import { metaOf } from './store.ts'

const [stdinChannel, stdoutChannel, stderrChannel, errorChannel, channels, closeSignal] = [0, 1, 2, 3, 5, 255]
/** Of one frame, as the kubelet has it. */
const chunkSize = 32 << 10

export interface ExecOptions {
  container: string
  command: readonly string[]
  stdin: boolean
  stdout: boolean
  stderr: boolean
}

interface Container {
  name: string
  command?: readonly string[]
  args?: readonly string[]
}

/** Throws the API's refusals, in its order: container, then node, then what is asked for. */
export function execOptions(pod: KubeObject, query: URLSearchParams): ExecOptions {
  const container = containerOf(pod, query.get('container') ?? '')
  requireNode(pod)
  const flag = (name: string): boolean => flagOf(query, name)
  const streams = { stdin: flag('stdin'), stdout: flag('stdout'), stderr: flag('stderr') }
  if (flag('tty')) throw badRequest('the lab has no terminals')
  if (!streams.stdin && !streams.stdout && !streams.stderr)
    throw badRequest('you must specify at least 1 of stdin, stdout, stderr')
  return { container, command: query.getAll('command'), ...streams }
}

/** As of `exec`, for what the container itself runs: in the lab that begins when somebody attaches. */
export function attachOptions(pod: KubeObject, query: URLSearchParams): ExecOptions {
  const options = execOptions(pod, query)
  const { containers = [] } = (pod.spec ?? {}) as { containers?: Container[] }
  const { command = [], args = [] } = containers.find(({ name }) => name === options.container) ?? {}
  return { ...options, command: [...command, ...args] }
}

export function requireNode({ metadata, spec }: KubeObject): void {
  if (!(spec as { nodeName?: string } | undefined)?.nodeName)
    throw badRequest(`pod ${metadata?.name} does not have a host assigned`)
}

function containerOf({ metadata, spec }: KubeObject, wanted: string): string {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = (spec ?? {}) as Record<string, Container[]>
  const names = [...initContainers, ...containers, ...ephemeralContainers].map(({ name }) => name)
  if (wanted !== '') {
    if (names.includes(wanted)) return wanted
    throw badRequest(`container ${wanted} is not valid for pod ${metadata?.name}`)
  }
  const [first, second] = containers
  if (first && !second) return first.name
  const choice = first ? `, choose one of: [${names.join(' ')}]` : ''
  throw badRequest(`a container name must be specified for pod ${metadata?.name}${choice}`)
}

/** The program; or why the kubelet would refuse, as a text. */
export function programOf(
  backend: Backend,
  pod: KubeObject,
  { container, command }: ExecOptions,
): Program | Answerer | string {
  const { phase, ...status } = (pod.status ?? {}) as { phase?: string } & Record<string, StatusShape[] | undefined>
  const all = [
    ...(status.containerStatuses ?? []),
    ...(status.initContainerStatuses ?? []),
    ...(status.ephemeralContainerStatuses ?? []),
  ]
  const own = all.find(({ name }) => name === container)
  const isRunning = phase === 'Running' && (own === undefined || own.state?.running !== undefined)
  const program = isRunning ? backend.exec(pod, container, command) : null
  return program ?? `container not found ("${container}")`
}

interface StatusShape {
  name: string
  state?: { running?: object }
}

/** On an open socket: what the kubelet refuses comes on the error channel. */
export function refuseExec(socket: WebSocket, options: ExecOptions, why: string): void {
  greet(socket, options)
  sendStatus(socket, internal(`unable to upgrade connection: ${why}`).body())
}

/** Runs the program. `sent` is called after each frame of output, `ended` when a process has ended. */
export function serveExec(
  socket: WebSocket,
  options: ExecOptions,
  {
    program,
    pod,
    children,
    sent,
    ended = () => undefined,
  }: {
    program: Program | Answerer
    pod: KubeObject
    children: Children
    sent: () => void
    ended?: (exitCode: number) => void
  },
): void {
  greet(socket, options)
  if ('answer' in program) return serveAnswer(socket, program, sent)
  if (!isExecutable(program)) return sendStatus(socket, notExecutable(socket, options))
  const child = children.start(program, String(metaOf(pod).uid))
  if (!options.stdin) child.stdin.end()
  const input = (data: RawData): void => {
    const frame = bytesOf(data)
    if (frame.length === 0) return
    if (frame[0] === closeSignal && socket.protocol === 'v5.channel.k8s.io') {
      if (frame.length !== 2 || frame[1]! >= channels) socket.close()
      else if (frame[1] === stdinChannel) child.stdin.end()
    } else if (frame[0] === stdinChannel && child.stdin.writable && !child.stdin.write(frame.subarray(1))) {
      socket.pause()
      child.stdin.once('drain', () => socket.resume())
    }
  }
  socket.on('message', input)
  // A command is not ended when nobody listens any more: it sees the end of its input, and cannot write, as in containerd.
  socket.on('close', () => {
    child.stdin.end()
    child.stdout.destroy()
    child.stderr.destroy()
  })
  forward(child.stdout, socket, options.stdout ? stdoutChannel : null, sent)
  forward(child.stderr, socket, options.stderr ? stderrChannel : null, sent)
  child.on('error', (error) =>
    sendStatus(socket, internal(`error executing command in container: ${error.message}`).body()),
  )
  child.on('close', (code, signal) => {
    const exit = code ?? 128 + constants.signals[signal!]
    sendStatus(socket, exit === 0 ? { metadata: {}, status: 'Success' } : exited(exit))
    ended(exit)
  })
}

/** Reads the input to its end, then sends the answer. */
function serveAnswer(socket: WebSocket, program: Answerer, sent: () => void): void {
  const input: Buffer[] = []
  const done = async (): Promise<void> => {
    for (const bytes of await program.answer(Buffer.concat(input).toString()))
      await sendOn(socket, stdoutChannel, bytes)
    sent()
    sendStatus(socket, { metadata: {}, status: 'Success' })
  }
  socket.on('message', (data: RawData) => {
    const frame = bytesOf(data)
    if (frame[0] === stdinChannel) input.push(Buffer.from(frame.subarray(1)))
    if (frame[0] === closeSignal) done().catch((error: Error) => sendStatus(socket, internal(error.message).body()))
  })
}

/** Sends bytes as frames of a channel, each when the one before has left. */
async function sendOn(socket: WebSocket, channel: number, bytes: Buffer): Promise<void> {
  for (let start = 0; start < bytes.length; start += chunkSize) {
    const frame = Buffer.concat([Buffer.of(channel), bytes.subarray(start, start + chunkSize)])
    await new Promise<void>((resolve) => socket.send(frame, () => resolve()))
  }
}

/** The runtime's words. The API wraps those of a stream that it translates a second time (client-go's errorDecoderV4). */
function notExecutable({ protocol }: WebSocket, { command }: ExecOptions): object {
  const why = `exec: "${command[0]}": executable file not found in $PATH`
  const words = `error executing command in container: OCI runtime exec failed: exec failed: unable to start container process: ${why}`
  return internal(protocol === 'v5.channel.k8s.io' ? internal(words).message : words).body()
}

/** An empty message says that the connection stands. */
function greet(socket: WebSocket, { stdout, stderr }: ExecOptions): void {
  socket.send(Buffer.of(stdout ? stdoutChannel : stderr ? stderrChannel : errorChannel))
}

/** Sends what comes from a process as frames of a channel, no faster than the socket takes them. */
export function forward(stream: Readable, socket: WebSocket, channel: number | null, sent: () => void): void {
  stream.on('data', (bytes: Buffer) => {
    if (channel === null) return
    stream.pause()
    for (let start = 0; start < bytes.length; start += chunkSize) {
      const isLast = start + chunkSize >= bytes.length
      const frame = Buffer.concat([Buffer.of(channel), bytes.subarray(start, start + chunkSize)])
      // An error means that the socket is closed: the rest goes nowhere.
      socket.send(frame, () => isLast && stream.resume())
    }
    sent()
  })
}

function sendStatus(socket: WebSocket, status: object): void {
  socket.send(Buffer.concat([Buffer.of(errorChannel), Buffer.from(JSON.stringify(status))]), () => undefined)
  socket.close(1000)
}

const exited = (code: number): object => ({
  ...{ metadata: {}, status: 'Failure', reason: 'NonZeroExitCode' },
  message: `command terminated with non-zero exit code: exit status ${code}`,
  details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
})
