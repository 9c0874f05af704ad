import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { Exec, KubeConfig, PortForward } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import type { KubeError } from '../../../src/kube/errors.ts'
import { failure } from '../../kube/server.ts'
import { clean, lab, names, openSocket, pods, raw } from './one-machine.ts'

const run = (...command: string[]) => ({
  ...{ namespace: 'shop', pod: 'web-1', command, stdin: '', timeoutMs: 5_000, maxBytes: 1 << 30 },
})

test('a command gets its words and its input as they are; its streams and exit code come back', async () => {
  const { api } = await lab()
  const words = ['a b', '$(reboot)', "'", 'ü\n', '']
  const output = await api.exec(run('printf', '[%s]', ...words))
  expect(output).toMatchObject({ exitCode: 0, truncated: false })
  expect(output.stdout.toString()).toBe(words.map((one) => `[${one}]`).join(''))
  const script = `cat >&2 <<'E'\n${'ö'.repeat(3000)}\nE\nexit 7\n`
  const second = await api.exec({ ...run('sh', '-s'), stdin: script })
  expect(second).toMatchObject({ exitCode: 7, stderr: `${'ö'.repeat(3000)}\n` })
  const big = await api.exec({ ...run('cat'), stdin: 'x'.repeat(3 << 20) })
  expect(big.stdout.equals(Buffer.alloc(3 << 20, 'x'))).toBe(true)
})

test('more output than is wanted is cut off by the client; a killed command has its signal as exit code', async () => {
  const { api } = await lab()
  const endless = await api.exec({ ...run('yes'), maxBytes: 1 << 20 })
  expect(endless).toMatchObject({ truncated: true, exitCode: null })
  expect((await api.exec(run('sh', '-c', 'kill -9 $$'))).exitCode).toBe(137)
})

test('what is no container, no pod, not running or not placed is refused', async () => {
  const { api } = await lab({ exec: () => null })
  const words = async (more: object) => (await failure<KubeError>(api.exec({ ...run('id'), ...more }))).message
  expect(await words({ container: 'x' })).toContain('(400): container x is not valid for pod web-1')
  expect(await words({ pod: 'none' })).toContain('pods "none" not found')
  expect(await words({ pod: 'floating' })).toContain('pod floating does not have a host assigned')
  for (const pod of ['db', 'web-1']) expect(await words({ pod })).toContain('container not found ("main")')
})

test('from 1.36 on the kubelet may refuse by itself', async () => {
  const { api } = await lab({}, { kubeletWebSockets: true })
  const error = await failure<KubeError>(api.exec({ ...run('id'), pod: 'db' }))
  expect(error).toMatchObject({ status: 500, message: expect.stringContaining('container not found ("main")') })
})

test('a command that is not there is an error of the runtime', async () => {
  const { api } = await lab()
  for (const word of ['nothing-like-that', '/etc/passwd', '', 'a\0b']) {
    const { message } = await failure<KubeError>(api.exec(run(word)))
    expect(message).toContain(`exec: "${word.replace('\0', ' ')}": executable file not found`)
  }
})

test.each(['get', 'create'])('who may not %s a stream is refused in the words of the API', async (missing) => {
  const { lab: own } = await lab({}, { forbid: (verb, resource) => verb === missing && resource === 'pods/exec' })
  const [, response] = await once(
    openSocket(own, `${pods}/web-1/exec?command=id&stdout=1`, ['v5.channel.k8s.io']),
    'unexpected-response',
  )
  const { message, code } = JSON.parse(await text(response))
  const why = `User "lab" cannot get resource "pods/exec" in API group "" in the namespace "shop"`
  expect(code).toBe(403)
  expect(message).toBe(`pods "web-1" is forbidden: ${missing === 'get' ? why : ''}`)
})

test('an older protocol has no end of input; one that is none of these is refused', async () => {
  const { lab: own } = await lab()
  const path = `${pods}/web-1/exec?command=head&command=-n1&stdin=true&stdout=true&stderr=true`
  const frames: string[] = []
  const socket = openSocket(own, path, ['v4.channel.k8s.io'])
  socket.on('message', (data: Buffer) => frames.push(data.toString('latin1')))
  await once(socket, 'open')
  socket.send(Buffer.of(255, 0))
  socket.send('\0first\nsecond\n')
  expect((await once(socket, 'close'))[0]).toBe(1000)
  expect(frames).toEqual(['\x01', '\x01first\n', '\x03{"metadata":{},"status":"Success"}'])
  const [error] = await once(openSocket(own, path, ['v9.channel.k8s.io']), 'error')
  expect(error.message).toContain('403')
  const [kubelet] = await once(openSocket(own, path.replace('web-1', 'db'), ['v4.channel.k8s.io']), 'error')
  expect(kubelet.message).toContain('500')
  const [port] = await once(openSocket(own, `${pods}/web-1/portforward?ports=0`, ['v4.channel.k8s.io']), 'error')
  expect(port.message).toContain('400')
})

test('a port of a pod, through and back; nobody listening is said', async () => {
  const { api } = await lab()
  const server = net.createServer((socket) => socket.once('data', (data) => socket.end(`got ${data}`)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  clean.push(() => server.close())
  const { port } = server.address() as AddressInfo
  const stream = await api.portForward('shop', 'web-1', port, { timeoutMs: 5_000 })
  stream.write('this')
  expect(Buffer.concat(await stream.toArray()).toString()).toBe('got this')
  const closed = await api.portForward('shop', 'web-1', 1, { timeoutMs: 5_000 })
  const { message } = await failure<KubeError>(closed.toArray())
  expect(message).toContain('failed to connect to localhost:1')
  const idle = await failure<KubeError>(api.portForward('shop', 'db', 80, { timeoutMs: 5_000 }))
  expect(idle.message).toContain('pod not found ("db_shop")')
})

test("client-node's own exec and port-forward agree", async () => {
  const { lab: own } = await lab()
  const config = new KubeConfig()
  config.loadFromString(own.kubeconfig())
  const [out, input] = [new PassThrough(), new PassThrough()]
  const ended = new Promise((resolve) => {
    new Exec(config).exec(
      'shop',
      'web-1',
      'main',
      ['sh', '-c', 'cat; exit 4'],
      out,
      new PassThrough(),
      input,
      false,
      resolve,
    )
  })
  input.end('some words')
  expect(await ended).toMatchObject({ reason: 'NonZeroExitCode', details: { causes: [{ message: '4' }] } })
  expect(out.read().toString()).toBe('some words')
  const server = net.createServer((socket) => socket.end('hello'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  clean.push(() => server.close())
  const { port } = server.address() as AddressInfo
  const [data, errors] = [new PassThrough(), new PassThrough()]
  await new PortForward(config).portForward('shop', 'web-1', [port], data, errors, new PassThrough())
  expect((await once(data, 'data'))[0].toString()).toBe('hello')
  await new PortForward(config).portForward('shop', 'web-1', [1], data, errors, new PassThrough())
  expect((await once(errors, 'data'))[0].toString()).toContain('error forwarding port 1 to pod web-1')
})

test('faults: late, refused, dropped before and midway, used up', async () => {
  const { api, lab: own } = await lab()
  own.faults.push({ match: /GET .*\/nodes/, times: 2, status: 429, retryAfterSeconds: 0 })
  own.faults.push({ match: /GET .*\/services/, times: 1, drop: 'midway' })
  own.faults.push({ match: /GET .*continue=/, times: 1, status: 410 })
  own.faults.push({ match: /GET .*\/configmaps/, body: '<html>log in</html>' })
  own.faults.push({ match: /GET .*\/namespaces\/late/, delayMs: 50 })
  expect(names(await api.list('/api/v1/nodes'))).toEqual(['n1', 'n2'])
  expect(own.requests.filter((one) => one.includes('nodes'))).toHaveLength(3)
  expect(names(await api.list('/api/v1/services'))).toEqual(['web'])
  expect(own.requests.filter((one) => one.includes('services'))).toHaveLength(2)
  expect((await failure<KubeError>(api.list('/api/v1/configmaps'))).failure).toBe('garbled')
  expect((await raw(own, `${pods}?continue=x`)).body).toMatchObject({ code: 410, reason: 'Expired' })
  expect(await api.get('/api/v1/namespaces/late')).toBeNull()
  own.faults = [
    { match: /\/exec/, drop: 'before', times: 1 },
    { match: /\/exec/, drop: 'midway' },
  ]
  for (const _ of [1, 2]) expect((await failure<KubeError>(api.exec(run('yes')))).failure).toBe('dropped')
})
