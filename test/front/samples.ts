/** Objects as a test wants them, and what is said of them. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseFrontQuery } from '../../src/model/front/query.ts'
import type { RouteReport } from '../../src/model/front/report.ts'
import type { Observation } from '../../src/model/observation.ts'
import { observeFiles } from '../../src/observe/observation.ts'
import { routeReport } from '../../src/report/front.ts'

type Fields = Record<string, unknown>

export const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/front/${name}`, import.meta.url))
export const fixtureText = (name: string): string => readFileSync(fixture(name), 'utf8')

const CREATED = '2026-10-01T08:00:00Z'

interface Meta {
  name?: string
  namespace?: string
  createdAt?: string | null
  generation?: number
  annotations?: Record<string, string>
}

const metadata = (
  name: string,
  { namespace, createdAt = CREATED, generation = 1, annotations, ...meta }: Meta,
): Fields => ({
  ...{ name: meta.name ?? name, generation, creationTimestamp: createdAt },
  ...(namespace === undefined ? {} : { namespace }),
  ...(annotations ? { annotations } : {}),
})

export const service = (name: string, ports: Fields[], more: Fields = {}, namespace = 'shop'): Fields => ({
  ...{ apiVersion: 'v1', kind: 'Service', metadata: metadata(name, { namespace }) },
  spec: { type: 'ClusterIP', clusterIP: '10.96.0.80', selector: { app: name }, ports, ...more },
})

/** Port 80 is http and leads to 8080. */
export const web = (name = 'web', namespace = 'shop'): Fields =>
  service(name, [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }], {}, namespace)

export const pathTo = (name: string, port: string | number, path = '/', pathType = 'Prefix'): Fields => ({
  path,
  pathType,
  backend: { service: { name, port: typeof port === 'number' ? { number: port } : { name: port } } },
})

export const ingress = (
  paths: Fields[],
  {
    spec = {},
    status = {},
    host = 'shop.example.com',
    ...meta
  }: Meta & { spec?: Fields; status?: Fields; host?: string | null } = {},
): Fields => ({
  ...{
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: metadata('store', { namespace: 'shop', ...meta }),
  },
  spec: { ingressClassName: 'nginx', rules: [{ ...(host === null ? {} : { host }), http: { paths } }], ...spec },
  status,
})

export const ingressClass = (name = 'nginx', controller = 'k8s.io/ingress-nginx'): Fields => ({
  ...{ apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: metadata(name, {}), spec: { controller } },
})

const GATEWAY = 'gateway.networking.k8s.io/v1'
export const CONTROLLER = 'example.com/edge-controller'

export const condition = (type: string, status: string, reason: string, generation = 1, message = ''): Fields => ({
  ...{ type, status, reason, message, observedGeneration: generation },
})

export const gatewayClass = (conditions = [condition('Accepted', 'True', 'Accepted')]): Fields => ({
  ...{ apiVersion: GATEWAY, kind: 'GatewayClass', metadata: metadata('edge', {}) },
  ...{ spec: { controllerName: CONTROLLER }, status: { conditions } },
})

export const listener = (more: Fields = {}): Fields => ({
  ...{ name: 'http', port: 80, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'All' } }, ...more },
})

export const gateway = (
  listeners = [listener()],
  {
    conditions = [condition('Accepted', 'True', 'Accepted')],
    listenerStatus = [],
    spec = {},
    ...meta
  }: Meta & {
    conditions?: Fields[]
    listenerStatus?: Fields[]
    spec?: Fields
  } = {},
): Fields => ({
  ...{ apiVersion: GATEWAY, kind: 'Gateway', metadata: metadata('edge', { namespace: 'infra', ...meta }) },
  spec: { gatewayClassName: 'edge', listeners, ...spec },
  status: { conditions, listeners: listenerStatus },
})

export const to = (name: string, more: Fields = {}): Fields => ({ name, port: 80, ...more })

export const rule = (path: string, backendRefs: Fields[], more: Fields = {}): Fields => ({
  matches: [{ path: { type: 'PathPrefix', value: path } }],
  backendRefs,
  ...more,
})

/** By default its Gateway's controller accepts it. */
export const route = (
  rules: Fields[],
  {
    parents = [{ name: 'edge', namespace: 'infra' }],
    hostnames = ['shop.example.com'],
    conditions = [condition('Accepted', 'True', 'Accepted')],
    ...meta
  }: Meta & { parents?: Fields[]; hostnames?: string[]; conditions?: Fields[] | null } = {},
): Fields => ({
  ...{ apiVersion: GATEWAY, kind: 'HTTPRoute', metadata: metadata('store', { namespace: 'shop', ...meta }) },
  spec: { parentRefs: parents, hostnames, rules },
  status: {
    parents:
      conditions === null ? [] : parents.map((parentRef) => ({ parentRef, controllerName: CONTROLLER, conditions })),
  },
})

export const grant = (spec: { from: Fields[]; to: Fields[] }, namespace = 'pay'): Fields => ({
  ...{
    apiVersion: 'gateway.networking.k8s.io/v1beta1',
    kind: 'ReferenceGrant',
    metadata: metadata('grant', { namespace }),
    spec,
  },
})

/** What the API answered when it was asked. `name` null: all of the kind. */
export const lookup = (kind: string, namespace: string | null, name: string | null, answer = 'absent'): Fields => ({
  ...{ apiVersion: 'svcpath/v1alpha1', kind: 'Lookup', metadata: { name: 'lookup' } },
  spec: { kind, answer, ...(namespace === null ? {} : { namespace }), ...(name === null ? {} : { name }) },
})

function observe(objects: readonly Fields[], source: Observation['source'] = 'live'): Observation {
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', metadata: {}, items: objects })
  const observation = observeFiles([{ path: 'api/all.json', text }], { source, origin: 'test', problems: [] })
  return { ...observation, observedAt: '2026-11-01T08:00:00Z' }
}

export const reportOf = (
  word: string,
  objects: readonly Fields[],
  source: Observation['source'] = 'live',
): RouteReport =>
  routeReport(observe(objects, source), { query: parseFrontQuery(word)!, namespace: null, from: null, nodes: [] })

/** `SVP901 error: …`, each finding of 9xx. */
export const findingsOf = (
  word: string,
  objects: readonly Fields[],
  source: Observation['source'] = 'live',
): string[] =>
  reportOf(word, objects, source).findings.map(({ code, severity, message }) => `${code} ${severity}: ${message}`)
