/** What is read of an Ingress, HTTPRoute or Gateway, and what of it a capture keeps. */

import { afterEach, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { KubeObject } from '../../src/kube/api.ts'
import { permissionOf } from '../../src/kube/permission.ts'
import { isGranted } from '../../src/kube/permissions.ts'
import { SvcpathError } from '../../src/model/errors.ts'
import { parseFrontQuery } from '../../src/model/front/query.ts'
import { observeFiles } from '../../src/observe/observation.ts'
import { redact } from '../../src/redact/redact.ts'
import { routeReport } from '../../src/report/front.ts'
import { resolveFront } from '../../src/resolve/front/resolve.ts'
import { fixtureText } from '../front/samples.ts'
import { failure } from '../kube/server.ts'
import { type FakeCluster, type FakeOptions, fakeCluster, objectsOf } from './cluster.ts'

const open: FakeCluster[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

const base = objectsOf('k8s-1.36-iptables-nft-bridge')
const sample = (name: string): KubeObject[] =>
  parseAllDocuments(fixtureText(name)).flatMap((document) => document.toJS().items as KubeObject[])
const secret = (namespace: string, name: string): KubeObject => ({
  ...{ apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, type: 'kubernetes.io/tls' },
  data: { 'tls.key': 'aHVudGVyMg==' },
})

async function resolved(word: string, { objects = [], ...options }: Partial<FakeOptions> & { objects?: KubeObject[] }) {
  const made = await fakeCluster({ objects: [...base, ...objects], ...options })
  open.push(made)
  const { kind, namespace, name } = parseFrontQuery(word)!
  const result = await resolveFront(made.api, { kind, namespace: namespace ?? 'shop', name }, {})
  const files = result.files
  const observation = observeFiles(files, { source: 'live', origin: 'test', problems: result.problems })
  const report = routeReport(observation, { query: parseFrontQuery(word)!, namespace: null, from: null, nodes: [] })
  return { ...result, report, calls: made.calls, accepts: made.accepts, observation }
}

const codes = ({ report }: Awaited<ReturnType<typeof resolved>>): string[] =>
  report.findings.map(({ code, subject }) => `${code} ${subject}`)

test('an Ingress: its class, its Services and no others, all Ingresses for those with the same path, and of Secrets only whether they are there', async () => {
  const seen = await resolved('ingress/storefront', { objects: [...sample('ingress.yaml'), secret('shop', 'other')] })
  expect(seen.services.map(({ name }) => name).sort()).toEqual(['web', 'web-named'])
  expect(codes(seen)).toEqual([
    'SVP901 shop/web:https',
    'SVP901 shop/checkout:80',
    'SVP905 shop/shop-tls',
    'SVP901 shop/web:8080',
  ])
  const own = seen.calls
    .filter((call) => /ingress|secret|services\/|namespaces\?/.test(call))
    .map((call) => call.replace(/\?.*/, ''))
  expect([...new Set(own)].sort()).toEqual([
    'GET /api/v1/namespaces/shop/secrets/shop-tls',
    'GET /api/v1/namespaces/shop/services/checkout',
    'GET /api/v1/namespaces/shop/services/web',
    'GET /api/v1/namespaces/shop/services/web-named',
    'GET /apis/networking.k8s.io/v1/ingressclasses/nginx',
    'GET /apis/networking.k8s.io/v1/ingresses',
    'GET /apis/networking.k8s.io/v1/namespaces/shop/ingresses/storefront',
  ])
  const asked = seen.accepts[seen.calls.findIndex((call) => call.includes('/secrets/'))]
  expect(asked).toContain('as=PartialObjectMetadata')
  // Every call but that for the Secret is in the printed roles.
  const permissions = seen.calls.map((call) => permissionOf(call.split(' ')[0] ?? '', call.split(' ')[1] ?? ''))
  expect(permissions.filter((one) => !isGranted('exec', one)).map(({ resource }) => resource)).toEqual(['secrets'])
})

test('the endpoints of each Service are those that a trace of it alone shows', async () => {
  const { observation } = await resolved('ingress/storefront', { objects: sample('ingress.yaml') })
  expect(observation.cluster.endpointsOf('shop', 'web')).toHaveLength(5)
  expect(observation.cluster.endpointsOf('shop', 'web-named')).not.toEqual([])
  expect(observation.cluster.endpointsOf('kube-system', 'kube-dns')).not.toEqual([])
})

test('a Service without slices beside one that has some has no endpoints', async () => {
  const [own] = sample('ingress.yaml')
  const spec = { rules: [{ http: { paths: [path('web'), path('empty')] } }] }
  const { observation } = await resolved('ingress/storefront', { objects: [{ ...own, spec } as KubeObject] })
  expect(observation.cluster.endpointsOf('shop', 'web')).toHaveLength(5)
  expect(observation.cluster.endpointsOf('shop', 'empty')).toEqual([])
})

const path = (name: string) => ({
  path: `/${name}`,
  pathType: 'Prefix',
  backend: { service: { name, port: { number: 80 } } },
})

test('a Secret that is there, and one that may not be asked for', async () => {
  const objects = [...sample('ingress.yaml'), secret('shop', 'shop-tls')]
  expect(codes(await resolved('ingress/storefront', { objects }))).not.toContain('SVP905 shop/shop-tls')
  const refused = await resolved('ingress/storefront', { objects: sample('ingress.yaml'), forbidden: /secrets/ })
  expect(codes(refused)).not.toContain('SVP905 shop/shop-tls')
  expect(refused.report.notes).toContain(
    'not known: whether the TLS Secret shop/shop-tls exists (you may not get secrets)',
  )
  expect(refused.problems).toEqual([])
})

test('no Secret, no header and no annotation comes into a capture', async () => {
  const objects = [
    ...sample('ingress.yaml'),
    ...sample('gateway.yaml'),
    secret('shop', 'shop-tls'),
    secret('infra', 'edge-tls'),
  ]
  for (const word of ['ingress/storefront', 'httproute/storefront', 'infra/gateway/edge']) {
    const { files } = await resolved(word, { objects })
    const text = files.map((one) => one.text).join()
    expect(text).not.toMatch(/hunter2|aHVudGVyMg|tls\.key|\/\$1|last-applied/)
    expect(files.map((one) => one.path)).not.toContain('api/secrets.json')
    expect(text).toContain('"answer": "found"')
  }
})

test('what was read is read again from a capture, with the same findings; redacted too, by other names', async () => {
  const seen = await resolved('ingress/storefront', { objects: sample('ingress.yaml') })
  const again = observeFiles(seen.files, { source: 'capture', origin: 'test', problems: [] })
  const question = { query: parseFrontQuery('ingress/storefront')!, namespace: null, from: null, nodes: [] }
  expect(routeReport(again, question).findings).toEqual(seen.report.findings)
  for (const word of ['ingress/storefront', 'httproute/storefront']) {
    const own = await resolved(word, { objects: [...sample('ingress.yaml'), ...sample('gateway.yaml')] })
    const redacted = redact(own.files)
    const text = redacted.map((one) => one.text).join()
    expect(text).not.toMatch(/storefront|shop|example\.com|infra|web-named|\/old|canary"/)
    const hidden = observeFiles(redacted, { source: 'capture', origin: 'test', problems: [] })
    const { front } = hidden.cluster
    const object = word.startsWith('ingress') ? front!.ingresses[0]! : front!.routes[0]!
    const query = { ...parseFrontQuery(word)!, namespace: object.namespace, name: object.name }
    const report = routeReport(hidden, { ...question, query })
    expect(report.findings.map(({ code, severity }) => `${code} ${severity}`).sort()).toEqual(
      own.report.findings.map(({ code, severity }) => `${code} ${severity}`).sort(),
    )
    expect(report.rules.map(({ verdict, matches }) => [verdict, matches.length])).toEqual(
      own.report.rules.map(({ verdict, matches }) => [verdict, matches.length]),
    )
  }
})

test('an HTTPRoute: its Gateway and class, grants of the target’s namespace, the labels of its own', async () => {
  const seen = await resolved('httproute/storefront', {
    objects: [...sample('gateway.yaml'), secret('infra', 'edge-tls')],
  })
  expect(codes(seen)).toEqual(['SVP903 kube-system/kube-dns', 'SVP901 shop/gone:80'])
  const asked = seen.calls
    .filter((call) => /gateway\.networking|\/namespaces\/shop$/.test(call))
    .map((call) => call.replace(/\?.*/, ''))
  expect([...new Set(asked)].sort()).toEqual([
    'GET /api/v1/namespaces/shop',
    'GET /apis/gateway.networking.k8s.io/v1/gatewayclasses/edge',
    'GET /apis/gateway.networking.k8s.io/v1/httproutes',
    'GET /apis/gateway.networking.k8s.io/v1/namespaces/infra/gateways/edge',
    'GET /apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/storefront',
    'GET /apis/gateway.networking.k8s.io/v1beta1/namespaces/kube-system/referencegrants',
  ])
  const permissions = seen.calls.map((call) => permissionOf(call.split(' ')[0] ?? '', call.split(' ')[1] ?? ''))
  expect(permissions.filter((one) => !isGranted('exec', one)).map(({ resource }) => resource)).toEqual(['secrets'])
})

test('a Gateway with the routes that name it; where those of all namespaces may not be listed, it says so', async () => {
  const objects = [...sample('gateway.yaml'), secret('infra', 'edge-tls')]
  const seen = await resolved('infra/gateway/edge', { objects })
  expect(seen.report.rules.map(({ route }) => route?.name)).toEqual(['storefront', 'storefront', 'storefront'])
  const refused = await resolved('infra/gateway/edge', { objects, forbidden: /v1(beta1)?\/httproutes$/ })
  expect(refused.report.rules).toEqual([])
  expect(refused.report.verdict).toBe('unknown')
  expect(refused.report.notes.join()).toContain('not all HTTPRoutes of the cluster were read')
})

test('what may not be read is not known, and said', async () => {
  const objects = sample('gateway.yaml')
  const seen = await resolved('httproute/storefront', {
    objects,
    forbidden: /gateways\/|gatewayclasses|referencegrants|services\/web/,
  })
  expect(seen.report.findings.map(({ code }) => code)).toEqual(['SVP902', 'SVP901'])
  expect(seen.report.notes.join()).toContain('not read, for want of permission or by an error: Gateway infra/edge')
})

test('what is not there: near names, and CRDs that are not installed', async () => {
  const objects = [...sample('ingress.yaml'), ...sample('gateway.yaml')]
  const near = await failure<SvcpathError>(resolved('ingress/storefont', { objects }))
  expect([near.message, near.hint]).toEqual([
    'no Ingress storefont in namespace shop of lab',
    'did you mean storefront?',
  ])
  for (const word of ['httproute/storefront', 'gateway/edge']) {
    const error = await failure<SvcpathError>(resolved(word, { objects, absent: /gateway\.networking/ }))
    expect(error).toBeInstanceOf(SvcpathError)
    expect(error.message).toMatch(/ has no (httproutes|gateways)\.gateway\.networking\.k8s\.io$/)
    expect(error.hint).toContain('the CRDs of the Gateway API are not installed')
  }
  const older = await resolved('httproute/storefront', { objects, absent: /gateway\.networking\.k8s\.io\/v1\// })
  expect(older.report.rules).toHaveLength(3)
})

test('the object itself may not be read: the error has the rule', async () => {
  const error = await failure<SvcpathError>(
    resolved('ingress/storefront', { objects: sample('ingress.yaml'), forbidden: /ingresses/ }),
  )
  expect(error.message).toBe('you may not get ingresses in namespace shop (403)')
  expect(error.hint).toContain('networking.k8s.io')
})
