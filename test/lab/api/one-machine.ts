/** A cluster whose pods are processes of this machine, for the tests of the API itself. */
import type http from 'node:http'
import https from 'node:https'
import { afterEach } from 'vitest'
import { WebSocket } from 'ws'
import type { KubeApi, KubeObject } from '../../../src/kube/api.ts'
import { connectTo } from '../../kube/server.ts'
import { type ApiOptions, type Backend, type LabApi, startApi } from './server.ts'

/** What is to be done after a test, the last first. */
export const clean: (() => unknown)[] = []
afterEach(async () => {
  for (const one of clean.splice(0).reverse()) await one()
})

/** A pod of the namespace `shop`. */
const pod = (
  name: string,
  more: { labels?: Record<string, string>; node?: string; phase?: string } = {},
): KubeObject => ({
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'shop', labels: more.labels ?? {} } },
  spec: { ...(more.node === '' ? {} : { nodeName: more.node ?? 'n1' }), containers: [{ name: 'main', image: 'i' }] },
  status: { phase: more.phase ?? 'Running', podIP: '10.0.0.1' },
})

const service = (name: string): KubeObject => ({
  ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'shop' } },
  spec: { type: 'ClusterIP', clusterIP: '10.96.0.1' },
})

const objects: KubeObject[] = [
  { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' }, status: {} },
  { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n2' }, status: {} },
  pod('web-1', { labels: { app: 'web', tier: 'front' } }),
  pod('web-2', { labels: { app: 'web' }, node: 'n2' }),
  pod('db', { labels: { app: 'db' }, phase: 'Pending' }),
  pod('floating', { node: '', phase: 'Pending' }),
  service('web'),
  {
    ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4', endpoints: [] },
    metadata: { name: 'web-x', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
  },
]

/** Runs commands on this machine, forwards to its own ports, and lets pods run at once. */
const backend = (more: Partial<Backend> = {}): Backend => ({
  objects,
  exec: (_pod, _container, [file = '', ...args]) => ({ file, args }),
  connect: (_pod, port) => ({ file: process.execPath, args: ['-e', pipe, String(port)] }),
  schedule: () => [
    { afterMs: 10, status: { phase: 'Pending', conditions: [] } },
    { afterMs: 10, status: { phase: 'Running' } },
  ],
  ...more,
})

const pipe = `const socket = require('net').connect(process.argv[1], '127.0.0.1')
socket.on('error', (error) => { console.error(error.message); process.exit(1) })
process.stdin.pipe(socket); socket.pipe(process.stdout); socket.on('close', () => process.exit(0))`

/** An API of its own for one test, and svcpath's client of it. */
export async function lab(
  more: Partial<Backend> = {},
  options: ApiOptions = {},
): Promise<{ lab: LabApi; api: KubeApi }> {
  const started = await startApi(backend(more), options)
  clean.push(started.close)
  return { lab: started, api: await connectTo(JSON.parse(started.kubeconfig())) }
}

/** A Status, a list, an object or an event. */
interface Answer {
  code?: number
  reason?: string
  message: string
  items: KubeObject[]
  spec: object
  metadata: { name: string; resourceVersion: string; continue: string; remainingItemCount: number }
}

/** A bare request, for what svcpath's own client does not show. */
export function raw(
  of: LabApi,
  path: string,
  method = 'GET',
  body?: unknown,
): Promise<{ status: number; body: Answer; headers: http.IncomingHttpHeaders }> {
  const { users } = JSON.parse(of.kubeconfig())
  const headers = { Authorization: `Bearer ${users[0].user.token}`, 'Content-Type': 'application/json' }
  return new Promise((resolve, reject) => {
    const request = https.request(
      `${of.url}${path}`,
      { method, headers, rejectUnauthorized: false, agent: false },
      async (response) => {
        let text = ''
        for await (const chunk of response) text += chunk
        const isJson = String(response.headers['content-type']).includes('json')
        resolve({
          status: response.statusCode ?? 0,
          body: isJson && text !== '' ? JSON.parse(text) : text,
          headers: response.headers,
        })
      },
    )
    request.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body))
  })
}

/** The names of objects. */
export const names = (list: readonly KubeObject[] | null) => list?.map(({ metadata }) => metadata?.name)

/** The path of the pods of `shop`. */
export const pods = '/api/v1/namespaces/shop/pods'

/** A bare WebSocket to the API. */
export function openSocket(own: LabApi, path: string, protocols: string[]): WebSocket {
  const { users } = JSON.parse(own.kubeconfig())
  const headers = { Authorization: `Bearer ${users[0].user.token}` }
  return new WebSocket(`${own.url}${path}`.replace('https', 'wss'), protocols, { headers, rejectUnauthorized: false })
}
