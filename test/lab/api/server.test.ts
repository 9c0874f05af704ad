import { expect, test } from 'vitest'
import type { KubeError } from '../../../src/kube/errors.ts'
import { debugPod } from '../../../src/reach/debug/pod.ts'
import { connectTo, failure } from '../../kube/server.ts'
import { lab, names, pods, raw } from './one-machine.ts'

test('objects and lists, in a namespace and in all', async () => {
  const { api, lab: own } = await lab()
  expect(await api.get(`${pods}/web-1`)).toMatchObject({
    kind: 'Pod',
    metadata: { name: 'web-1', namespace: 'shop' },
  })
  expect(await api.get(`${pods}/gone`)).toBeNull()
  expect(names(await api.list('/api/v1/pods'))).toEqual(['db', 'floating', 'web-1', 'web-2'])
  expect(names(await api.list('/api/v1/nodes'))).toEqual(['n1', 'n2'])
  expect(names(await api.list('/api/v1/namespaces/none/pods'))).toEqual([])
  expect(await api.get('/api/v1/namespaces/shop')).toMatchObject({ kind: 'Namespace' })
  const slices = await api.list('/apis/discovery.k8s.io/v1/endpointslices')
  expect(slices?.[0]).toMatchObject({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' })
  expect(await api.get('/version')).toMatchObject({ major: '1' })
  expect(own.requests[0]).toBe('GET /api/v1/namespaces/shop/pods/web-1')
  expect((await raw(own, `${pods}/gone`)).body).toMatchObject({
    kind: 'Status',
    reason: 'NotFound',
    message: 'pods "gone" not found',
  })
})

test('what it does not know is a 404, what it may not do a 405', async () => {
  const { lab: own, api } = await lab()
  for (const path of [
    '/apis/apps/v1/deployments',
    '/api/v1/replicationcontrollers',
    '/api/v2/pods',
    '/apis/discovery.k8s.io/v1beta1/endpointslices',
    '/healthz',
    '/api/v1/pods/web-1',
    '/api/v1/namespaces/shop/nodes',
    `${pods}/web-1/log`,
  ])
    expect((await raw(own, path)).status, path).toBe(404)
  expect(await api.list('/apis/discovery.k8s.io/v1beta1/endpointslices')).toBeNull()
  const refused = [
    ['PUT', `${pods}/web-1`],
    ['PATCH', `${pods}/web-1`],
    ['DELETE', pods],
    ['POST', '/api/v1/nodes'],
    ['POST', '/version'],
  ]
  for (const [method, path] of refused) expect((await raw(own, path!, method)).status, path).toBe(405)
  expect((await raw(own, '/api/v1/namespaces/%zz/pods')).status).toBe(400)
  expect((await raw(own, `${pods}/web-1/exec?command=id&stdout=1`)).body.message).toBe('Upgrade request required')
})

test.each([
  ['app=web', ['web-1', 'web-2']],
  ['app==web,tier', ['web-1']],
  ['app!=web', ['db', 'floating']],
  ['app in (web, db),!tier', ['db', 'web-2']],
  ['app notin (db)', ['floating', 'web-1', 'web-2']],
  ['!app', ['floating']],
  ['', ['db', 'floating', 'web-1', 'web-2']],
])('label selector %j', async (labelSelector, expected) => {
  const { api } = await lab()
  expect(names(await api.list(pods, { labelSelector }))).toEqual(expected)
})

test.each([
  ['metadata.name=db', ['db']],
  ['spec.nodeName=n1,status.phase!=Pending', ['web-1']],
  ['metadata.namespace=shop,spec.nodeName=', ['floating']],
  ['spec.hostNetwork=false', ['db', 'floating', 'web-1', 'web-2']],
])('field selector %j', async (fieldSelector, expected) => {
  const { api } = await lab()
  expect(names(await api.list(pods, { fieldSelector }))).toEqual(expected)
})

test('selectors that are none, or that the resource does not have, are a 400', async () => {
  const { lab: own } = await lab()
  for (const query of [
    'labelSelector=a%3D%24(reboot)',
    'labelSelector=a+b',
    'labelSelector=%3Da',
    'fieldSelector=spec.foo%3D1',
    'fieldSelector=x',
    'limit=many',
    'continue=abc',
  ])
    expect((await raw(own, `${pods}?${query}`)).body, query).toMatchObject({ code: 400, reason: 'BadRequest' })
  const { body } = await raw(own, '/apis/discovery.k8s.io/v1/endpointslices?fieldSelector=spec.x%3D1')
  expect(body.message).toBe('"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"')
})

test('pages are of one moment; a token that is too old is a 410', async () => {
  const { api, lab: own } = await lab()
  const first = (await raw(own, `${pods}?limit=2`)).body
  expect(first.metadata.remainingItemCount).toBe(2)
  await api.delete(`${pods}/web-2`, { gracePeriodSeconds: 0 })
  const token = encodeURIComponent(first.metadata.continue)
  const second = (await raw(own, `${pods}?limit=2&continue=${token}`)).body
  expect(names([...first.items, ...second.items])).toEqual(['db', 'floating', 'web-1', 'web-2'])
  expect(second.metadata.continue).toBeUndefined()
  for (let time = 0; time < 100; time++) {
    await api.create(
      pods,
      debugPod({
        node: 'n1',
        namespace: 'shop',
        image: 'i',
        privileged: false,
        run: 'r',
        who: 'w',
        deadlineSeconds: 9,
      }),
    )
  }
  expect((await raw(own, `${pods}?limit=2&continue=${token}`)).body).toMatchObject({ code: 410, reason: 'Expired' })
})

test('no token is a 401, another user is noted, what is forbidden is told in the words of the API', async () => {
  const { lab: own } = await lab({}, { forbid: (verb, resource) => verb === 'list' && resource === 'nodes' })
  const stranger = await connectTo(JSON.parse(own.kubeconfig({ token: 'other' })))
  expect((await failure<KubeError>(stranger.get('/version'))).failure).toBe('unauthorized')
  const other = await connectTo(JSON.parse(own.kubeconfig()), { as: 'eve', asGroups: ['a', 'b'] })
  const error = await failure<KubeError>(other.list('/api/v1/nodes'))
  expect(error.permission).toEqual({ verb: 'list', apiGroup: '', resource: 'nodes', namespace: null, name: null })
  expect(error.message).toBe('eve may not list nodes (403)')
  expect(own.impersonated).toEqual(['eve (a, b)'])
  expect(await other.get('/api/v1/nodes/n1')).not.toBeNull()
})

test('a stream that may be got but not created is refused without a reason, and svcpath tells the rule all the same', async () => {
  const { lab: own } = await lab({}, { forbid: (verb, resource) => verb === 'create' && resource.startsWith('pods/') })
  const api = await connectTo(JSON.parse(own.kubeconfig()))
  const limits = { stdin: '', timeoutMs: 5000, maxBytes: 100 }
  const exec = await failure<KubeError>(api.exec({ namespace: 'shop', pod: 'web-1', command: ['id'], ...limits }))
  expect(exec.message).toContain('may not create pods/exec in namespace shop (403)')
  const forward = await failure<KubeError>(api.portForward('shop', 'web-1', 53, { timeoutMs: 5000 }))
  expect(forward.permission).toMatchObject({ verb: 'create', resource: 'pods/portforward', namespace: 'shop' })
})

test('it tells which groups, versions and resources it has, as kubectl asks', async () => {
  const { lab: own } = await lab()
  const told = async (path: string) => (await raw(own, path)).body as unknown
  expect(await told('/api')).toMatchObject({ versions: ['v1'] })
  const gateway = { name: 'gateway.networking.k8s.io', preferredVersion: expect.objectContaining({ version: 'v1' }) }
  expect(await told('/apis')).toMatchObject({ groups: expect.arrayContaining([expect.objectContaining(gateway)]) })
  const exec = { name: 'pods/exec', namespaced: true, kind: 'Pod' }
  expect(await told('/api/v1')).toMatchObject({ resources: expect.arrayContaining([expect.objectContaining(exec)]) })
  expect(await told('/apis/discovery.k8s.io/v1')).toMatchObject({ resources: [{ name: 'endpointslices' }] })
  for (const path of ['/apis/v1', '/api/discovery.k8s.io/v1', '/apis/apps/v1'])
    expect((await raw(own, path)).status, path).toBe(404)
  expect((await raw(own, '/api', 'POST')).status).toBe(405)
})
