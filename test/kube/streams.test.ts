import { afterEach, expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import type { ExecRequest } from '../../src/kube/api.ts'
import type { KubeError } from '../../src/kube/errors.ts'
import { type Behaviour, connectTo, failure, kubeconfig, startServer, status } from './server.ts'

const clean: (() => unknown)[] = []
afterEach(async () => {
  for (const one of clean.splice(0)) await one()
})

async function serve(behaviour: Behaviour) {
  const server = await startServer(behaviour)
  clean.push(server.close)
  return { server, api: await connectTo(kubeconfig(server, { token: 'tok' })) }
}

const request = (more: Partial<ExecRequest> = {}): ExecRequest => ({
  ...{ namespace: 'shop', pod: 'p', command: ['sh', '-s'], stdin: 'exit', timeoutMs: 600_000, maxBytes: 1 << 20 },
  ...more,
})

const frame = (channel: number, text: string | Buffer) => Buffer.concat([Buffer.of(channel), Buffer.from(text)])
const success = frame(3, '{"status":"Success"}')
const exited = (code: string) =>
  frame(
    3,
    JSON.stringify({
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: code }] },
    }),
  )

/** Runs `act` when stdin was closed (v5), with what came on it. */
const atEnd = (act: (socket: WebSocket, stdin: Buffer) => void) => (socket: WebSocket) => {
  const parts: Buffer[] = []
  socket.on('message', (data: Buffer) => {
    if (data[0] === 255 && data[1] === 0) act(socket, Buffer.concat(parts))
    else parts.push(data.subarray(1))
  })
}

test('a script goes in whole, its output and exit code come back', async () => {
  const script = 'echo ü\n'.repeat(40_000)
  const { server, api } = await serve({
    socket: atEnd((socket, stdin) => {
      socket.send(frame(1, stdin.subarray(0, 1000)))
      socket.send(frame(2, 'warning'))
      socket.send(frame(1, stdin.subarray(1000)))
      socket.send(exited('7'))
      socket.close()
    }),
  })
  const output = await api.exec(request({ stdin: script, container: 'c', command: ['sh', '-c', 'a b&c="$(reboot)"'] }))
  expect(output.stdout.toString()).toBe(script)
  expect(output).toMatchObject({ stderr: 'warning', exitCode: 7, truncated: false })
  const { pathname, searchParams } = new URL(server.requests[0]?.url ?? '', server.url)
  expect(pathname).toBe('/api/v1/namespaces/shop/pods/p/exec')
  expect(searchParams.getAll('command')).toEqual(['sh', '-c', 'a b&c="$(reboot)"'])
  expect(searchParams.get('container')).toBe('c')
  expect(server.requests[0]?.headers.authorization).toBe('Bearer tok')
})

test('what is sent at once when the socket opens is not lost', async () => {
  const { api } = await serve({
    socket: (socket) => {
      socket.send(frame(1, 'early'))
      socket.send(success)
    },
  })
  expect(await api.exec(request())).toMatchObject({ stdout: Buffer.from('early'), exitCode: 0 })
})

test('output after the status still counts', async () => {
  const { api } = await serve({
    socket: atEnd((socket) => {
      socket.send(success)
      socket.send(frame(1, 'late'))
    }),
  })
  expect((await api.exec(request())).stdout.toString()).toBe('late')
})

test('an older server knows no end of stdin: the socket stays open', async () => {
  const { api } = await serve({
    protocols: ['v4.channel.k8s.io'],
    socket: (socket) =>
      socket.on('message', (data: Buffer) => {
        expect(data[0]).toBe(0)
        setTimeout(() => {
          socket.send(frame(1, `got ${data.subarray(1)}`))
          socket.send(success)
        }, 50)
      }),
  })
  expect((await api.exec(request({ stdin: 'exit 0' }))).stdout.toString()).toBe('got exit 0')
})

test.each(['terminate', 'close'] as const)('a socket that breaks off (%s) is an error', async (how) => {
  const { api } = await serve({ socket: atEnd((socket) => socket.send(frame(1, 'half'), () => socket[how]())) })
  expect((await failure<KubeError>(api.exec(request()))).failure).toBe('dropped')
})

test('a command that never ends runs into its time limit; a signal ends it', async () => {
  const controller = new AbortController()
  let isOpen = () => {}
  const { api } = await serve({ socket: () => isOpen() })
  const late = await failure<KubeError>(api.exec(request({ timeoutMs: 200 })))
  expect(late).toMatchObject({ failure: 'timeout', message: 'exec in pod shop/p did not end within 0.2 s' })
  isOpen = () => controller.abort()
  expect((await failure<KubeError>(api.exec(request({ signal: controller.signal })))).failure).toBe('aborted')
})

test('100 MB of output are cut off', async () => {
  const chunk = frame(1, Buffer.alloc(1 << 20, 120))
  const { api } = await serve({
    socket: atEnd((socket) => {
      const more = (left: number): void => {
        if (left > 0 && socket.readyState === 1) socket.send(chunk, () => more(left - 1))
      }
      more(100)
    }),
  })
  const output = await api.exec(request({ maxBytes: (3 << 20) + 5 }))
  expect(output).toMatchObject({ truncated: true, exitCode: null })
  expect(output.stdout.length).toBe((3 << 20) + 5)
})

test("a command that cannot be run is an error with the kubelet's words", async () => {
  const words = 'OCI runtime exec failed: exec: "sh": executable file not found in $PATH'
  const { api } = await serve({
    socket: (socket) =>
      socket.send(frame(3, JSON.stringify({ status: 'Failure', reason: 'InternalError', message: words, code: 500 }))),
  })
  const error = await failure<KubeError>(api.exec(request()))
  expect(error).toMatchObject({ failure: 'exec', status: 500 })
  expect(error.message).toContain(words)
})

test('garbage in place of a status is an error', async () => {
  const { api } = await serve({ socket: (socket) => socket.send(frame(3, 'error dialing backend\u0007')) })
  expect((await failure<KubeError>(api.exec(request()))).message).toContain('error dialing backend')
})

test('an exec that is not allowed names the rule', async () => {
  const words =
    'pods "p" is forbidden: User "eve" cannot get resource "pods/exec" in API group "" in the namespace "shop"'
  const { api } = await serve({ refuse: { status: 403, body: JSON.stringify(status(403, words)) } })
  const error = await failure<KubeError>(api.exec(request()))
  expect(error.permission).toEqual({ verb: 'get', apiGroup: '', resource: 'pods/exec', namespace: 'shop', name: null })
  expect(error.hint).toContain('# in a Role in namespace shop:\nrules:\n- apiGroups: [""]\n  resources: ["pods/exec"]')
})

test('a name that would lead elsewhere is refused', async () => {
  const { server, api } = await serve({})
  expect((await failure<KubeError>(api.exec(request({ pod: '..' })))).failure).toBe('invalid')
  expect(server.requests).toHaveLength(0)
})

const port = Buffer.of(53, 0)

test('a forwarded port is a stream', async () => {
  const { server, api } = await serve({
    protocols: ['v4.channel.k8s.io'],
    socket: (socket) => {
      socket.send(frame(0, port))
      socket.send(frame(1, port))
      socket.on('message', (data: Buffer) => {
        socket.send(frame(0, `answer to ${data.subarray(1)}`))
        socket.close(1000)
      })
    },
  })
  const stream = await api.portForward('kube-system', 'dns', 53, { timeoutMs: 600_000 })
  stream.end('question')
  const parts: Buffer[] = []
  for await (const chunk of stream) parts.push(chunk)
  expect(Buffer.concat(parts).toString()).toBe('answer to question')
  expect(server.requests[0]?.url).toBe('/api/v1/namespaces/kube-system/pods/dns/portforward?ports=53')
})

test('a forwarded port where nobody listens, and one that is silent', async () => {
  const { api } = await serve({
    protocols: ['v4.channel.k8s.io'],
    socket: (socket) => {
      socket.send(frame(0, port))
      socket.send(frame(1, port))
      socket.on('message', () => socket.send(frame(1, 'connect: connection refused')))
    },
  })
  const refused = await api.portForward('shop', 'p', 53, { timeoutMs: 600_000 })
  refused.write('question')
  const error = await new Promise<KubeError>((go) => refused.once('error', go as (error: Error) => void))
  expect(error).toMatchObject({ failure: 'connection' })
  expect(error.message).toContain('connection refused')
  // Where the machine is slow, the time is up before the stream is open.
  const silent = api.portForward('shop', 'p', 53, { timeoutMs: 200 })
  const late = silent.then((stream) => new Promise<never>((_, fail) => stream.once('error', fail)))
  expect(await failure<KubeError>(late)).toMatchObject({ failure: 'timeout' })
})
