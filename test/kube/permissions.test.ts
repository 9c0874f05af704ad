import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { statusError } from '../../src/kube/errors.ts'
import { permissionOf } from '../../src/kube/permission.ts'
import { isGranted, rbacManifest } from '../../src/kube/permissions.ts'
import { status } from './server.ts'

const documents = (text: string) => parseAllDocuments(text).map((one) => one.toJS())
const granted = (way: 'exec' | 'debug' | 'local', method: string, path: string, namespace?: string) =>
  isGranted(way, permissionOf(method, path), namespace)

test.each([
  ['GET', '/api/v1/nodes?limit=500', 'list nodes'],
  ['GET', '/api/v1/nodes/n1', 'get nodes'],
  ['GET', '/api/v1/namespaces/shop', 'get namespaces'],
  ['GET', '/api/v1/namespaces/shop/pods?watch=1&limit=3', 'watch pods shop'],
  ['GET', '/api/v1/namespaces/shop/pods/p/exec?command=ls', 'get pods/exec shop'],
  ['POST', '/api/v1/namespaces/shop/pods', 'create pods shop'],
  ['DELETE', '/api/v1/namespaces/shop/pods/p', 'delete pods shop'],
  ['GET', '/apis/discovery.k8s.io/v1/endpointslices', 'list endpointslices'],
  ['GET', '/version', 'get /version'],
])('%s %s needs %s', (method, path, words) => {
  const { verb, resource, namespace } = permissionOf(method, path)
  expect([verb, resource, namespace].filter((one) => one !== null).join(' ')).toBe(words)
})

test('what each way may do, and no more', () => {
  const execPath = '/api/v1/namespaces/kube-system/pods/p/exec'
  expect([
    granted('exec', 'GET', execPath),
    granted('exec', 'POST', execPath),
    granted('local', 'GET', execPath),
  ]).toEqual([true, true, false])
  expect(granted('exec', 'GET', '/api/v1/namespaces/shop/pods/p/exec')).toBe(false)
  const pods = '/api/v1/namespaces/tools/pods'
  expect([
    granted('debug', 'POST', pods, 'tools'),
    granted('debug', 'POST', pods),
    granted('exec', 'POST', pods, 'tools'),
  ]).toEqual([true, false, false])
  for (const [method, path] of [
    ['DELETE', `${pods}/p`],
    ['GET', `${pods}?watch=1`],
  ] as const)
    expect(granted('debug', method, path, 'tools')).toBe(true)
  for (const path of ['/api/v1/namespaces/shop/services', '/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices'])
    expect(granted('local', 'GET', `${path}?watch=1`)).toBe(true)
  expect(granted('local', 'GET', '/api/v1/namespaces/shop/pods?watch=1')).toBe(true)
  expect(granted('local', 'GET', '/api/v1/nodes?watch=1')).toBe(false)
  expect(granted('local', 'GET', '/api/v1/namespaces/kube-system/pods/dns/portforward?ports=53')).toBe(true)
  expect(granted('local', 'GET', '/api/v1/namespaces/kube-system/configmaps/coredns')).toBe(true)
  expect(granted('local', 'GET', '/api/v1/namespaces/kube-system/configmaps/other')).toBe(false)
  expect(granted('local', 'GET', '/api/v1/namespaces/kube-system/secrets')).toBe(false)
})

describe('rbacManifest', () => {
  test('roles alone', () => {
    const roles = documents(rbacManifest('debug', { namespace: 'tools' }))
    expect(roles.map((one) => `${one.kind} ${one.metadata.namespace ?? ''}`)).toEqual([
      'ClusterRole ',
      'Role kube-system',
      'Role tools',
    ])
    expect(roles[2].rules).toEqual([
      { apiGroups: [''], resources: ['pods/exec'], verbs: ['get', 'create'] },
      { apiGroups: [''], resources: ['pods'], verbs: ['create', 'watch', 'delete'] },
    ])
    expect(roles[0].rules).toContainEqual({ nonResourceURLs: ['/version'], verbs: ['get'] })
    expect(documents(rbacManifest('local')).map((one) => one.kind)).toEqual(['ClusterRole', 'Role'])
  })

  test('with bindings to whomever, whatever the name', () => {
    const name = 'o\'n"call: \n---\nkind: Evil'
    const objects = documents(rbacManifest('exec', { subject: `Group/${name}` }))
    expect(objects.map((one) => one.kind)).toEqual(['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'])
    expect(objects[1].subjects).toEqual([{ kind: 'Group', name, apiGroup: 'rbac.authorization.k8s.io' }])
    expect(objects[3].roleRef).toEqual({ apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'svcpath-exec' })
    const account = documents(rbacManifest('local', { subject: 'ServiceAccount/ops/bot' }))
    expect(account[1].subjects).toEqual([{ kind: 'ServiceAccount', name: 'bot', namespace: 'ops' }])
  })

  test.each(['nobody', 'User/', 'ServiceAccount/bot', 'ServiceAccount/../x', 'Robot/x'])('%s is nobody', (subject) => {
    expect(() => rbacManifest('exec', { subject })).toThrow('is not a subject')
  })

  test('a namespace that cannot be one', () => {
    expect(() => rbacManifest('exec', { namespace: 'a\nkind: Evil' })).toThrow('cannot be the name of a namespace')
  })
})

describe('statusError', () => {
  const asked = { method: 'POST', path: '/api/v1/namespaces/shop/pods?x=secret', server: 'https://api' }
  const error = (code: number, words: string) => statusError(asked, code, JSON.stringify(status(code, words)))

  test('PodSecurity is no missing rule', () => {
    const made = error(403, 'pods "x" is forbidden: violates PodSecurity "restricted:latest": host namespaces')
    expect(made).toMatchObject({ failure: 'refused', permission: null })
    expect(made.message).toContain('violates PodSecurity')
  })

  test('impersonation that is not allowed', () => {
    const made = error(
      403,
      'users "jo" is forbidden: User "eve" cannot impersonate resource "users" in API group "" at the cluster scope',
    )
    expect(made.permission).toMatchObject({ verb: 'impersonate', resource: 'users' })
  })

  test('nobody at all', () => {
    const made = error(403, 'forbidden: User "system:anonymous" cannot get path "/version"')
    expect(made.hint).toContain('no credentials were sent')
    expect(made.hint).toContain('nonResourceURLs: ["/version"]')
  })

  test.each([400, 409, 410, 422, 500, 502, 504, 302, 408])('%i says what was asked, in one line', (code) => {
    const { message, status: made } = error(code, 'a\u001b[31m\nb')
    expect(made).toBe(code)
    expect(message).toMatch(/^[^\p{Cc}]+$/u)
    expect(message).not.toContain('secret')
  })
})
