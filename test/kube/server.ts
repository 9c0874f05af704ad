/** A small HTTPS and WebSocket server that answers as a test says, with a CA of its own; and kubeconfigs that lead to it. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import https from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type WebSocket, WebSocketServer } from 'ws'
import type { KubeApi, KubeOptions } from '../../src/kube/api.ts'
import { connect } from '../../src/kube/client.ts'
import type { Surroundings } from '../../src/kube/kubeconfig.ts'

export interface Certificates {
  ca: string
  certificate: string
  key: string
}

/** A CA and a certificate for 127.0.0.1, or for another name; made by openssl, which these tests need. */
export function makeCertificates(name = 'IP:127.0.0.1'): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'svcpath-tls-'))
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  try {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
    openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=test-ca')
    const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-addext', `subjectAltName=${name}`]
    openssl('req', '-x509', ...key, ...signed, '-keyout', 'tls.key', '-out', 'tls.crt', '-subj', '/CN=test')
    const read = (file: string) => readFileSync(join(folder, file), 'utf8')
    return { ca: read('ca.crt'), certificate: read('tls.crt'), key: read('tls.key') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export interface Server {
  url: string
  port: number
  certificates: Certificates
  requests: IncomingMessage[]
  close(): Promise<void>
}

export type Answer = (request: IncomingMessage, response: ServerResponse) => void

export interface Behaviour {
  answer?: Answer
  /** A WebSocket that was opened; the protocol is the first of `protocols` that the client offers. */
  socket?: (socket: WebSocket, request: IncomingMessage) => void
  protocols?: readonly string[]
  /** Instead of opening a WebSocket. */
  refuse?: { status: number; body: string }
  certificates?: Certificates
}

let shared: Certificates | null = null

export async function startServer(behaviour: Behaviour): Promise<Server> {
  shared ??= makeCertificates()
  const certificates = behaviour.certificates ?? shared
  const requests: IncomingMessage[] = []
  const sockets = new Set<Socket>()
  const server = https.createServer({ cert: certificates.certificate, key: certificates.key }, (request, response) => {
    requests.push(request)
    behaviour.answer?.(request, response)
  })
  const { protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'], refuse } = behaviour
  const sides = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => protocols.find((one) => offered.has(one)) ?? false,
  })
  server.on('upgrade', (request, socket, head) => {
    requests.push(request)
    if (refuse) {
      socket.end(
        `HTTP/1.1 ${refuse.status} No\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(refuse.body)}\r\nConnection: close\r\n\r\n${refuse.body}`,
      )
    } else sides.handleUpgrade(request, socket, head, (one) => behaviour.socket?.(one, request))
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    ...{ url: `https://127.0.0.1:${port}`, port, certificates, requests },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export const reply = (response: ServerResponse, status: number, body: object | string, headers = {}): void => {
  const isText = typeof body === 'string'
  response.writeHead(status, { 'Content-Type': isText ? 'text/plain' : 'application/json', ...headers })
  response.end(isText ? body : JSON.stringify(body))
}

export const status = (code: number, message: string): object => ({
  ...{ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, code },
})

/** A kubeconfig, as an object that is written as JSON, which is YAML. */
export const kubeconfig = (server: Pick<Server, 'url' | 'certificates'>, user: object = {}, cluster: object = {}) => ({
  'current-context': 'lab',
  clusters: [
    {
      name: 'lab',
      cluster: {
        server: server.url,
        'certificate-authority-data': Buffer.from(server.certificates.ca).toString('base64'),
        ...cluster,
      },
    },
  ],
  users: [{ name: 'me', user }],
  contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'me', namespace: 'shop' } }],
})

/** Writes files into a folder of its own, which `remove` takes away. */
export function folder(files: Record<string, object | string>): { path: (file: string) => string; remove: () => void } {
  const root = mkdtempSync(join(tmpdir(), 'svcpath-kube-'))
  for (const [file, content] of Object.entries(files)) {
    const text = typeof content === 'string' ? content : JSON.stringify(content)
    writeFileSync(join(root, file), text, { mode: 0o700 })
  }
  return { path: (file) => join(root, file), remove: () => rmSync(root, { recursive: true }) }
}

/** A process of its own, without a terminal. */
export const surroundings = (env: Record<string, string>, root = '/nowhere'): Surroundings => ({
  env,
  root,
  isTerminal: () => false,
  now: () => new Date(),
})

/** An API by way of a kubeconfig file that is gone again. */
export async function connectTo(
  config: object,
  options: KubeOptions = {},
  env: Record<string, string> = {},
): Promise<KubeApi> {
  const files = folder({ config })
  try {
    return await connect(
      { requestTimeoutMs: 5_000, ...options },
      surroundings({ ...env, KUBECONFIG: files.path('config') }),
    )
  } finally {
    files.remove()
  }
}

/** What a promise fails with; an error where it does not. */
export async function failure<T extends Error>(promise: Promise<unknown>): Promise<T> {
  try {
    await promise
  } catch (error) {
    return error as T
  }
  throw new Error('it did not fail')
}
