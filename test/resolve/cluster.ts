/** The objects of a capture behind a real HTTPS server, and what was asked of it. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { KubeApi, KubeObject } from '../../src/kube/api.ts'
import { captureFiles } from '../fixtures.ts'
import { connectTo, kubeconfig, reply, startServer, status } from '../kube/server.ts'

export interface FakeCluster {
  api: KubeApi
  /** `GET /api/v1/nodes?limit=500` */
  calls: string[]
  /** What was accepted as an answer, call by call. */
  accepts: string[]
  close(): Promise<void>
}

export interface FakeOptions {
  objects: readonly KubeObject[]
  /** Answered with 403: paths that match. */
  forbidden?: RegExp
  /** Answered as an API answers that has no such resource. */
  absent?: RegExp
}

const files = await captureFiles((path) => path.startsWith('api/'))

export const captures = [...new Set(files.map(({ capture }) => capture))]

/** The text of each file of a capture's folder `api`. */
export const apiFiles = (capture: string): { path: string; text: string }[] =>
  files.filter((one) => one.capture === capture).map(({ path, text }) => ({ path, text }))

export const objectsOf = (capture: string): KubeObject[] =>
  apiFiles(capture).flatMap(({ text }) => {
    const value = JSON.parse(text)
    return Array.isArray(value.items) ? value.items : value.kind ? [value] : []
  })

/** Serves few objects a page, so that lists have several. */
const page = 3

export async function fakeCluster({ objects, forbidden, absent }: FakeOptions): Promise<FakeCluster> {
  const calls: string[] = []
  const accepts: string[] = []
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(request.url ?? '', 'https://api')
    calls.push(`${request.method} ${request.url}`)
    accepts.push(String(request.headers.accept))
    if (forbidden?.test(url.pathname)) return reply(response, 403, '')
    if (url.pathname === '/version') return reply(response, 200, { major: '1', gitVersion: 'v1.36.1' })
    const [, group = '', version, namespace, resource = '', name] =
      /^\/(?:api|apis\/([^/]+))\/([^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?$/.exec(url.pathname) ?? []
    const kind = kinds.get(`${group}/${resource}`)
    if (!kind || !versionsOf(group).includes(version ?? '') || absent?.test(url.pathname))
      return reply(response, 404, '404 page not found')
    const fitting = objects.filter(
      (one) => one.kind === kind && (namespace === undefined || one.metadata?.namespace === namespace),
    )
    if (name !== undefined) {
      const object = fitting.find((one) => one.metadata?.name === name)
      return object
        ? reply(response, 200, object)
        : reply(response, 404, status(404, `${resource} "${name}" not found`))
    }
    const chosen = fitting.filter((one) => isSelected(one, url.searchParams))
    const start = Number(url.searchParams.get('continue') ?? 0)
    const more = chosen.length > start + page ? { continue: String(start + page) } : {}
    const items = chosen.slice(start, start + page).map(({ kind, apiVersion, ...rest }) => rest)
    const apiVersion = group === '' ? 'v1' : `${group}/${version}`
    reply(response, 200, { kind: `${kind}List`, apiVersion, metadata: { resourceVersion: '1', ...more }, items })
  }
  const server = await startServer({ answer })
  return { api: await connectTo(kubeconfig(server)), calls, accepts, close: server.close }
}

const kinds = new Map([
  ...[...['Service', 'Pod', 'Node', 'ConfigMap']].map((kind): [string, string] => [`/${kind.toLowerCase()}s`, kind]),
  ['/endpoints', 'Endpoints'],
  ['discovery.k8s.io/endpointslices', 'EndpointSlice'],
  ['metallb.io/servicel2statuses', 'ServiceL2Status'],
  ['metallb.io/l2advertisements', 'L2Advertisement'],
  ['metallb.io/bgpadvertisements', 'BGPAdvertisement'],
  ['networking.k8s.io/ingresses', 'Ingress'],
  ['networking.k8s.io/ingressclasses', 'IngressClass'],
  ...['Gateway', 'HTTPRoute', 'ReferenceGrant'].map((kind): [string, string] => [
    `gateway.networking.k8s.io/${kind.toLowerCase()}s`,
    kind,
  ]),
  ['gateway.networking.k8s.io/gatewayclasses', 'GatewayClass'],
  ['/namespaces', 'Namespace'],
  ['/secrets', 'Secret'],
])

const versionsOf = (group: string): string[] =>
  group === 'metallb.io' ? ['v1beta1'] : group === 'gateway.networking.k8s.io' ? ['v1', 'v1beta1'] : ['v1']

/** `a=b,c=d` of labels; of fields `metadata.name=x`, as for most kinds, and `status.podIP=x` of pods. Anything else the fake does not know. */
function isSelected(object: KubeObject, query: URLSearchParams): boolean {
  const terms = (name: string) => (query.get(name) ?? '').split(',').filter((term) => term !== '')
  const labels = terms('labelSelector').every((term) => {
    const [, key, value] = /^([^=!]+)=([^=]*)$/.exec(term) ?? []
    if (key === undefined) throw new Error(`a selector that the fake does not know: ${term}`)
    return object.metadata?.labels?.[key] === value
  })
  const fields = terms('fieldSelector').every((term) => {
    const [, address] = /^status\.podIP=(.*)$/.exec(term) ?? []
    if (address !== undefined) return (object.status as { podIP?: string } | undefined)?.podIP === address
    const [, name] = /^metadata\.name=(.*)$/.exec(term) ?? []
    if (name === undefined) throw new Error(`a selector that the fake does not know: ${term}`)
    return object.metadata?.name === name
  })
  return labels && fields
}
