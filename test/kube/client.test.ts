import { execFileSync } from 'node:child_process'
import http, { type ServerResponse } from 'node:http'
import net, { type AddressInfo, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import type { KubeError } from '../../src/kube/errors.ts'
import {
  type Answer,
  connectTo,
  failure,
  folder,
  kubeconfig,
  makeCertificates,
  reply,
  type Server,
  startServer,
  status,
} from './server.ts'

const clean: (() => unknown)[] = []
afterEach(async () => {
  for (const one of clean.splice(0)) await one()
})

async function serve(answer: Answer): Promise<Server> {
  const server = await startServer({ answer })
  clean.push(server.close)
  return server
}

const get = async (answer: Answer, options = {}) => {
  const server = await serve(answer)
  const api = await connectTo(kubeconfig(server), options)
  return { server, result: api.get('/api/v1/nodes/n1') }
}

test('an object comes back as it was sent, also compressed', async () => {
  const object = {
    kind: 'Node',
    metadata: { name: 'n1' },
    status: { 'odd-field_': [null, 1e3, 'ü'], metadata: { $ref: 1 } },
  }
  const plain = await get((_, response) => reply(response, 200, object))
  expect(await plain.result).toEqual(object)
  const zipped = await get((_, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' })
    response.end(gzipSync(JSON.stringify(object)))
  })
  expect(await zipped.result).toEqual(object)
})

test("the namespace and name are the context's", async () => {
  const server = await serve(() => undefined)
  expect(await connectTo(kubeconfig(server))).toMatchObject({ namespace: 'shop', name: 'lab' })
})

test('404 is null, whether a Status or plain text; but not a page of HTML', async () => {
  const missing = await get((_, response) => reply(response, 404, status(404, 'nodes "n1" not found')))
  expect(await missing.result).toBeNull()
  const noResource = await get((_, response) => reply(response, 404, '404 page not found'))
  expect(await noResource.result).toBeNull()
  const page = await get((_, response) => reply(response, 404, '<html>nothing here</html>'))
  expect((await failure<KubeError>(page.result)).failure).toBe('notFound')
})

test('401 says that the credentials are refused, and no token', async () => {
  const server = await serve((_, response) => reply(response, 401, status(401, 'Unauthorized')))
  const api = await connectTo(kubeconfig(server, { token: 'very-secret' }))
  const error = await failure<KubeError>(api.get('/version'))
  expect(server.requests[0]?.headers.authorization).toBe('Bearer very-secret')
  expect(error).toMatchObject({ failure: 'unauthorized', status: 401, exitCode: 1 })
  expect(error.message + error.hint + JSON.stringify(error)).not.toContain('very-secret')
})

test('403 prints the rule that is missing', async () => {
  const words = 'nodes is forbidden: User "eve" cannot list resource "nodes" in API group "" at the cluster scope'
  const { result } = await get((_, response) => reply(response, 403, status(403, words)))
  const error = await failure<KubeError>(result)
  expect(error.message).toBe('eve may not list nodes (403)')
  expect(error.hint).toContain('apiGroups: [""]\n  resources: ["nodes"]\n  verbs: ["list"]')
  expect(error.permission).toEqual({ verb: 'list', apiGroup: '', resource: 'nodes', namespace: null, name: null })
})

const busy: [number, string][] = [
  [429, 'tooMany'],
  [500, 'server'],
  [503, 'server'],
  [504, 'timeout'],
]
test.each(busy)('%i is tried again, and told when it stays', async (code, kind) => {
  let count = 0
  const passing = await get((_, response) =>
    ++count < 3 ? reply(response, code, status(code, 'busy')) : reply(response, 200, { kind: 'Node' }),
  )
  expect(await passing.result).toEqual({ kind: 'Node' })
  const staying = await get((_, response) => reply(response, code, status(code, 'busy')))
  const error = await failure<KubeError>(staying.result)
  expect(error).toMatchObject({ failure: kind, status: code })
  expect(error.message).toContain('busy')
  expect(staying.server.requests).toHaveLength(4)
})

test('a Retry-After beyond the time limit is not waited for', async () => {
  const { server, result } = await get((_, response) => reply(response, 429, 'slow down', { 'Retry-After': '60' }))
  expect((await failure<KubeError>(result)).failure).toBe('tooMany')
  expect(server.requests).toHaveLength(1)
})

test('a create is not repeated after a 500 or a broken connection, but after a 429', async () => {
  let count = 0
  const codes = [429, 500]
  const server = await serve((request, response) => {
    const code = codes[count++]
    if (code) reply(response, code, status(code, 'no'))
    else request.socket.destroy()
  })
  const api = await connectTo(kubeconfig(server))
  const pods = '/api/v1/namespaces/shop/pods'
  expect((await failure<KubeError>(api.create(pods, { kind: 'Pod' }))).failure).toBe('server')
  expect((await failure<KubeError>(api.create(pods, { kind: 'Pod' }))).failure).toBe('dropped')
  expect(server.requests).toHaveLength(3)
})

test('created objects and their bodies; a deletion of what is gone is none', async () => {
  let body = ''
  const server = await serve((request, response) => {
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () =>
      request.method === 'POST'
        ? reply(response, 201, { kind: 'Pod', metadata: { name: 'p' } })
        : reply(response, 404, status(404, 'gone')),
    )
  })
  const api = await connectTo(kubeconfig(server))
  expect(await api.create('/api/v1/namespaces/shop/pods', { kind: 'Pod' })).toMatchObject({ metadata: { name: 'p' } })
  expect(body).toBe('{"kind":"Pod"}')
  await api.delete('/api/v1/namespaces/shop/pods/p', { gracePeriodSeconds: 0 })
  expect(body).toContain('"gracePeriodSeconds":0')
})

test('a connection that breaks off is tried again for a read', async () => {
  let count = 0
  const { result } = await get((request, response) => {
    if (++count === 1) return request.socket.destroy()
    if (count > 2) return reply(response, 200, { kind: 'Node' })
    response.writeHead(200, { 'Content-Length': 100 })
    response.write('{"kind"')
    setTimeout(() => request.socket.destroy(), 20)
  })
  expect(await result).toEqual({ kind: 'Node' })
})

test('an answer that never comes, or never ends, runs into the time limit', async () => {
  const silent = await get(() => undefined, { requestTimeoutMs: 150 })
  const error = await failure<KubeError>(silent.result)
  expect(error).toMatchObject({ failure: 'timeout' })
  expect(error.message).toContain('GET /api/v1/nodes/n1 within 0.15 s')
  const endless = await get((_, response) => void response.write('{'), { requestTimeoutMs: 150 })
  expect((await failure<KubeError>(endless.result)).failure).toBe('timeout')
})

test('a signal ends a call', async () => {
  const server = await serve(() => undefined)
  const api = await connectTo(kubeconfig(server))
  expect(await failure(api.get('/version', AbortSignal.abort()))).toMatchObject({ failure: 'aborted', exitCode: 130 })
})

test.each(['{"kind": "Node", "meta', '<html>login</html>', '[1]', ''])('%j is no answer of an API', async (text) => {
  const { result } = await get((_, response) => reply(response, 200, text))
  expect((await failure<KubeError>(result)).failure).toBe('garbled')
})

test('100 MB are not read', async () => {
  const chunk = Buffer.alloc(1 << 20, 32)
  const { result } = await get((_, response) => {
    Readable.from(Array.from({ length: 100 }, () => chunk)).pipe(response)
  })
  expect((await failure<KubeError>(result)).failure).toBe('tooLarge')
})

const listed = (from: number, to: number, more: string | null) => ({
  ...{ kind: 'PodList', apiVersion: 'v1', metadata: { resourceVersion: '7', ...(more ? { continue: more } : {}) } },
  items: Array.from({ length: to - from }, (_, i) => ({ metadata: { name: `p${from + i}` } })),
})

test('a list comes page by page, its items with their kind', async () => {
  const server = await serve(({ url = '' }, response) =>
    reply(response, 200, url.includes('continue=abc') ? listed(500, 502, null) : listed(0, 500, 'abc')),
  )
  const api = await connectTo(kubeconfig(server))
  const pods = await api.list('/api/v1/pods', { labelSelector: 'a=b,c!=d', fieldSelector: 'spec.nodeName=n1' })
  expect(pods).toHaveLength(502)
  expect(pods?.[501]).toEqual({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p501' } })
  const query = new URL(server.requests[0]?.url ?? '', server.url).searchParams
  expect(Object.fromEntries(query)).toEqual({
    labelSelector: 'a=b,c!=d',
    fieldSelector: 'spec.nodeName=n1',
    limit: '500',
  })
})

test('a 410 in the midst of a list begins it again, twice', async () => {
  let expired = 0
  const answer: (times: number) => Answer =
    (times) =>
    ({ url = '' }, response) => {
      if (!url.includes('continue')) return reply(response, 200, listed(0, 2, 'abc'))
      if (expired++ < times) reply(response, 410, status(410, 'too old'))
      else reply(response, 200, listed(2, 3, null))
    }
  const passing = await connectTo(kubeconfig(await serve(answer(2))))
  const names = (await passing.list('/api/v1/pods'))?.map(({ metadata }) => metadata?.name)
  expect(names).toEqual(['p0', 'p1', 'p2'])
  expired = 0
  const staying = await connectTo(kubeconfig(await serve(answer(9))))
  expect(await failure(staying.list('/api/v1/pods'))).toMatchObject({ failure: 'expired', status: 410 })
})

test('a list that is none, or never ends, is an error', async () => {
  const none = await connectTo(kubeconfig(await serve((_, response) => reply(response, 200, { kind: 'Pod' }))))
  expect(await failure(none.list('/api/v1/pods'))).toMatchObject({ failure: 'garbled' })
  const endless = await connectTo(kubeconfig(await serve((_, response) => reply(response, 200, listed(0, 1, 'abc')))))
  expect(await failure(endless.list('/api/v1/pods'))).toMatchObject({ failure: 'garbled' })
})

test('a watch goes on after it broke off', async () => {
  const connections: Socket[] = []
  const server = await serve(({ socket }, response) => {
    connections.push(socket)
    const event = `${JSON.stringify({ type: 'ADDED', object: { metadata: { name: `ü${connections.length}` } } })}\n`
    // In the middle of a character of two bytes.
    const [begin, end] = [Buffer.from(event).subarray(0, 47), Buffer.from(event).subarray(47)]
    response.writeHead(200)
    response.write(begin, () => setImmediate(() => response.write(end)))
  })
  const api = await connectTo(kubeconfig(server))
  const seen: unknown[] = []
  for await (const { object } of api.watch('/api/v1/pods', { labelSelector: 'a=b', timeoutMs: 600_000 })) {
    seen.push(object.metadata?.name)
    if (seen.length === 2) break
    connections[0]?.destroy()
  }
  expect(seen).toEqual(['ü1', 'ü2'])
  expect(server.requests[0]?.url).toBe('/api/v1/pods?labelSelector=a%3Db&watch=1&timeoutSeconds=600')
})

test('a watch ends with its time', async () => {
  const server = await serve((_, response) => void response.writeHead(200).flushHeaders())
  const events = (await connectTo(kubeconfig(server))).watch('/api/v1/pods', { timeoutMs: 1 })
  expect((await events[Symbol.asyncIterator]().next()).done).toBe(true)
})

test('a watch that is not allowed is an error', async () => {
  const api = await connectTo(kubeconfig(await serve((_, response) => reply(response, 403, ''))))
  const events = api.watch('/api/v1/namespaces/shop/pods', { timeoutMs: 600_000 })
  const error = await failure<KubeError>(
    (async () => {
      for await (const _ of events) break
    })(),
  )
  expect(error.permission).toMatchObject({ verb: 'watch', resource: 'pods', namespace: 'shop' })
})

test('nobody there, no such name, a CA of somebody else, no TLS', async () => {
  const server = await serve((_, response) => reply(response, 200, {}))
  const code = async (config: object) => {
    const api = await connectTo(config, { requestTimeoutMs: 2_000 })
    return failure<KubeError>(api.get('/version'))
  }
  const { certificates } = server
  expect(await code(kubeconfig({ url: 'https://127.0.0.1:1', certificates }))).toMatchObject({
    failure: 'connection',
    message: '127.0.0.1:1 cannot be reached: connection refused',
  })
  expect((await code(kubeconfig({ url: 'https://api.invalid:6443', certificates }))).failure).toBe('dns')
  const other = await code(kubeconfig({ url: server.url, certificates: makeCertificates() }))
  expect(other.failure).toBe('tls')
  expect(other.message).toContain('signed by no CA that this context trusts')
  const plain = http.createServer().listen(0, '127.0.0.1')
  clean.push(() => plain.close())
  await new Promise((go) => plain.once('listening', go))
  const { port } = plain.address() as AddressInfo
  expect((await code(kubeconfig({ url: `https://127.0.0.1:${port}`, certificates }))).failure).toBe('tls')
  const named = await startServer({
    certificates: makeCertificates('DNS:api.example'),
    answer: (_, r) => reply(r, 200, {}),
  })
  clean.push(named.close)
  expect((await code(kubeconfig(named))).message).toContain('for other names')
  const api = await connectTo(kubeconfig(named), { tlsServerName: 'api.example' })
  expect(await api.get('/version')).toEqual({})
  const careless = await connectTo(kubeconfig(named), { insecureSkipTlsVerify: true })
  expect(await careless.get('/version')).toEqual({})
})

test('--as, groups and uid go into headers', async () => {
  const { server, result } = await get((_, response) => reply(response, 200, {}), {
    as: 'jo',
    asGroups: ['a', 'b'],
    asUid: '7',
  })
  await result
  expect(server.requests[0]?.headers).toMatchObject({
    'impersonate-user': 'jo',
    'impersonate-group': 'a, b',
    'impersonate-uid': '7',
  })
})

const plugin = (body: string) => `#!/bin/sh\n${body}\n`

test('a credential plugin is asked once, again when its token is refused, and told about the cluster', async () => {
  const script = `echo run >> "$0.runs"; echo "$KUBERNETES_EXEC_INFO" > "$0.info"
n=$(wc -l < "$0.runs"); echo '{"kind":"ExecCredential","status":{"token":"'$WORD-$n'"}}'`
  const files = folder({ plugin: plugin(script) })
  clean.push(files.remove)
  const exec = {
    command: files.path('plugin'),
    args: [],
    env: [{ name: 'WORD', value: 'tok' }],
    provideClusterInfo: true,
    apiVersion: 'client.authentication.k8s.io/v1',
  }
  const server = await serve((request, response) =>
    request.headers.authorization === 'Bearer tok-2' ? reply(response, 200, {}) : reply(response, 401, ''),
  )
  const api = await connectTo(kubeconfig(server, { exec }), {}, { PATH: process.env.PATH ?? '' })
  await Promise.all([api.get('/version'), api.get('/version'), api.get('/version')])
  await api.get('/version')
  expect(execFileSync('wc', ['-l', files.path('plugin.runs')], { encoding: 'utf8' })).toMatch(/^2 /)
  const info = JSON.parse(execFileSync('cat', [files.path('plugin.info')], { encoding: 'utf8' }))
  expect(info).toMatchObject({ kind: 'ExecCredential', spec: { interactive: false, cluster: { server: server.url } } })
})

test.each([
  ['exit 3', 'failed (exit code 3)'],
  ['echo "token=very-secret"', 'printed no credential'],
  ['echo \'{"status":{}}\'', 'printed no credential'],
])('a plugin that does %j', async (body, words) => {
  const files = folder({ plugin: plugin(body) })
  clean.push(files.remove)
  const server = await serve((_, response) => reply(response, 200, {}))
  const api = await connectTo(
    kubeconfig(server, { exec: { command: files.path('plugin') } }),
    {},
    { PATH: process.env.PATH ?? '' },
  )
  const error = await failure<KubeError>(api.get('/version'))
  expect(error.message).toContain(words)
  expect(error.message + error.stack + error.cause).not.toContain('very-secret')
})

test("a proxy is gone through, the kubeconfig's or the environment's", async () => {
  const behaviour = {
    certificates: makeCertificates('DNS:api.invalid'),
    answer: (_: unknown, to: ServerResponse) => reply(to, 200, {}),
  }
  const server = await startServer(behaviour)
  clean.push(server.close)
  const asked: string[] = []
  const proxy = http.createServer().listen(0, '127.0.0.1')
  clean.push(() => proxy.close())
  await new Promise((go) => proxy.once('listening', go))
  proxy.on('connect', ({ url = '' }, socket) => {
    asked.push(url)
    const onward = net.connect(server.port, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
    onward
      .on('error', () => undefined)
      .pipe(socket.on('error', () => undefined))
      .pipe(onward)
  })
  const { port } = proxy.address() as AddressInfo
  const cluster = { 'proxy-url': `http://127.0.0.1:${port}`, 'tls-server-name': 'api.invalid' }
  expect(await (await connectTo(kubeconfig(server, {}, cluster))).get('/version')).toEqual({})
  const meant = kubeconfig({ url: 'https://api.invalid:6443', certificates: server.certificates })
  const found = await connectTo(meant, {}, { HTTPS_PROXY: `127.0.0.1:${port}` })
  expect(await found.get('/version')).toEqual({})
  expect(asked).toEqual([`127.0.0.1:${server.port}`, 'api.invalid:6443'])
})

test('a proxy that refuses, one that is silent, and a wrong CA behind one', async () => {
  const server = await serve((_, response) => reply(response, 200, {}))
  const sockets: net.Socket[] = []
  let act: (socket: net.Socket) => void = () => undefined
  const proxy = net.createServer((socket) => {
    sockets.push(socket.on('error', () => undefined))
    socket.once('data', () => act(socket))
  })
  clean.push(() => {
    for (const socket of sockets) socket.destroy()
    proxy.close()
  })
  await new Promise<void>((go) => proxy.listen(0, '127.0.0.1', go))
  const proxyUrl = { 'proxy-url': `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` }
  const code = async (certificates = server.certificates, limit: { requestTimeoutMs?: number } = {}) => {
    const config = kubeconfig({ url: server.url, certificates }, {}, proxyUrl)
    return failure<KubeError>((await connectTo(config, limit)).get('/version'))
  }
  act = (socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
  expect((await code()).message).toContain('407')
  act = () => undefined
  expect((await code(server.certificates, { requestTimeoutMs: 500 })).failure).toBe('timeout')
  act = (socket) => {
    const onward = net.connect(server.port, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
    sockets.push(onward.on('error', () => undefined))
    onward.pipe(socket).pipe(onward)
  }
  expect((await code(makeCertificates())).failure).toBe('tls')
})
