import { expect, test } from 'vitest'
import { frontLabel, parseFrontQuery } from '../../src/model/front/query.ts'

test.each([
  ['ingress/web', 'Ingress'],
  ['ing/web', 'Ingress'],
  ['ingresses/web', 'Ingress'],
  ['Ingress/web', 'Ingress'],
  ['ingresses.networking.k8s.io/web', 'Ingress'],
  ['ingress.v1.networking.k8s.io/web', 'Ingress'],
  ['ingresses.extensions/web', 'Ingress'],
  ['httproute/web', 'HTTPRoute'],
  ['httproutes/web', 'HTTPRoute'],
  ['httproutes.gateway.networking.k8s.io/web', 'HTTPRoute'],
  ['httproutes.v1beta1.gateway.networking.k8s.io/web', 'HTTPRoute'],
  ['gateway/web', 'Gateway'],
  ['gateways/web', 'Gateway'],
  ['gtw/web', 'Gateway'],
  ['gateways.gateway.networking.k8s.io/web', 'Gateway'],
])('%s', (text, kind) => {
  expect(parseFrontQuery(text)).toEqual({ kind, namespace: null, name: 'web' })
})

test('with its namespace, as a capture calls it', () => {
  const query = { kind: 'HTTPRoute', namespace: 'shop', name: 'web' } as const
  expect(parseFrontQuery('shop/httproute/web')).toEqual(query)
  expect(parseFrontQuery(frontLabel(query))).toEqual(query)
})

test.each([
  'web',
  'shop/web',
  'svc/web',
  'ingress',
  'ingress/',
  '/ingress/web',
  'a/b/ingress/web',
  'gateways.networking.istio.io/web',
  '10.0.0.1',
  'http://ingress/web',
])('%s is something else', (text) => {
  expect(parseFrontQuery(text)).toBeNull()
})
