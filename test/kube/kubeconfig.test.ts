import { mkdirSync, writeFileSync } from 'node:fs'
import { delimiter } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import type { KubeOptions } from '../../src/kube/api.ts'
import { connect } from '../../src/kube/client.ts'
import { chooseContext } from '../../src/kube/kubeconfig.ts'
import { proxyFromEnvironment } from '../../src/kube/proxy.ts'
import { SvcpathError } from '../../src/model/errors.ts'
import { failure, folder, surroundings } from './server.ts'

const clean: (() => void)[] = []
afterEach(() => {
  for (const one of clean.splice(0)) one()
})

function files(content: Record<string, object | string>) {
  const made = folder(content)
  clean.push(made.remove)
  return made
}

const choose = (options: KubeOptions, env: Record<string, string> = {}) =>
  chooseContext(options, { env, root: '/nowhere' })

/** What a choice fails with. */
function refused(options: KubeOptions, env: Record<string, string> = {}): SvcpathError {
  try {
    choose(options, env)
  } catch (error) {
    if (error instanceof SvcpathError) return error
    throw error
  }
  throw new Error('it did not fail')
}

const context = (name: string, cluster: string, user: string, more: object = {}) => ({
  name,
  context: { cluster, user, ...more },
})
const one = {
  'current-context': 'a',
  clusters: [{ name: 'one', cluster: { server: 'https://one:6443/', 'certificate-authority': 'ca.crt' } }],
  users: [{ name: 'me', user: { token: 'first', 'client-key': '/abs/key' } }],
  contexts: [context('a', 'one', 'me', { namespace: 'shop' })],
}
const two = {
  'current-context': 'b',
  clusters: [
    { name: 'one', cluster: { server: 'https://other' } },
    { name: 'two', cluster: { server: 'https://two/k8s/clusters/c-1' } },
  ],
  users: [
    { name: 'me', user: { token: 'second' } },
    { name: 'plug', user: { exec: { command: './bin/plugin' } } },
  ],
  contexts: [context('b', 'two', 'plug')],
}

test('of several files the first to name a thing wins; those that are not there are passed over', () => {
  const { path } = files({ one, two })
  const env = { KUBECONFIG: [path('missing'), path('one'), '', path('two')].join(delimiter) }
  expect(choose({}, env)).toEqual({
    ...{ name: 'a', namespace: 'shop' },
    cluster: { server: 'https://one:6443', 'certificate-authority': path('ca.crt') },
    user: { token: 'first', 'client-key': '/abs/key' },
  })
  expect(choose({ context: 'b' }, env)).toMatchObject({
    ...{ name: 'b', namespace: 'default', cluster: { server: 'https://two/k8s/clusters/c-1' } },
    user: { exec: { command: path('bin/plugin') } },
  })
  expect(choose({ context: 'b', user: 'me', cluster: 'one' }, env)).toMatchObject({
    ...{ cluster: { server: 'https://one:6443' }, user: { token: 'first' } },
  })
})

test('--kubeconfig goes before KUBECONFIG, that before ~/.kube/config', () => {
  const { path } = files({ one, two })
  mkdirSync(path('.kube'))
  writeFileSync(path('.kube/config'), JSON.stringify(two))
  const env = { KUBECONFIG: path('one'), HOME: path('') }
  expect(choose({ kubeconfig: path('two') }, env)?.name).toBe('b')
  expect(choose({}, env)?.name).toBe('a')
  expect(choose({}, { HOME: path('') })?.name).toBe('b')
  expect(choose({}, { HOME: path('nowhere') })).toBeNull()
})

test('flags change the cluster and the credentials', () => {
  const { path } = files({ one })
  const options = { kubeconfig: path('one'), server: 'other:8443', token: 'flag', insecureSkipTlsVerify: true }
  expect(choose(options)).toEqual({
    ...{ name: 'a', namespace: 'shop' },
    cluster: { server: 'https://other:8443', 'insecure-skip-tls-verify': true },
    user: { token: 'flag', 'client-key': '/abs/key' },
  })
  expect(choose({ server: 'http://127.0.0.1:8001' })).toMatchObject({ name: '127.0.0.1:8001', user: {} })
  expect(choose({ server: 'https://me:secret@host' })?.name).toBe('host')
})

describe('what is wrong is said', () => {
  test('a context, cluster or user that is not there', () => {
    const { path } = files({ one, odd: { ...one, 'current-context': 'gone' } })
    const kubeconfig = path('one')
    expect(refused({ kubeconfig, context: 'x' })).toMatchObject({
      ...{ message: 'no context "x" in the kubeconfig', exitCode: 6, hint: 'it has a' },
    })
    expect(refused({ kubeconfig, cluster: 'x' }).exitCode).toBe(6)
    expect(refused({ kubeconfig, user: 'x' }).exitCode).toBe(6)
    expect(refused({ kubeconfig: path('odd') })).toMatchObject({
      message: 'no context "gone" in the kubeconfig',
      exitCode: 1,
    })
    expect(refused({ kubeconfig, server: 'ftp://x' }).exitCode).toBe(2)
    expect(refused({ kubeconfig, tlsServerName: '10.0.0.1' }).message).toContain('only a host name')
  })

  test('a file that is missing, empty, a folder or no kubeconfig; and nothing of what it holds', () => {
    const { path } = files({
      empty: '',
      junk: 'token: "very-secret\n  - {',
      list: '[1]',
      lists: '{"users": {"token": "very-secret"}}',
    })
    expect(refused({ kubeconfig: path('missing') })).toMatchObject({ exitCode: 2 })
    expect(refused({ kubeconfig: path('empty') }).message).toContain('is empty or missing')
    expect(refused({}, { KUBECONFIG: path('') }).message).toContain('it is a folder')
    for (const file of ['junk', 'list', 'lists']) {
      const { message, hint, stack } = refused({}, { KUBECONFIG: path(file) })
      expect(message).toContain('cannot be understood')
      expect(`${message}${hint}${stack}`).not.toContain('very-secret')
    }
    expect(choose({}, { KUBECONFIG: path('empty') })).toBeNull()
    expect(refused({ context: 'a' }, { KUBECONFIG: path('empty') }).message).toContain('is empty or missing')
  })

  test('no current context', () => {
    const { path } = files({ one: { ...one, 'current-context': '' } })
    expect(refused({ kubeconfig: path('one') })).toMatchObject({ exitCode: 2, hint: 'choose one with --context: a' })
  })

  test('KUBECONFIG that names what does not exist', async () => {
    const error = await failure<SvcpathError>(connect({}, surroundings({ KUBECONFIG: '/none' })))
    expect(error.message).toContain('KUBECONFIG names /none, which does not exist')
  })

  test('no kubeconfig at all, and no pod around', async () => {
    const error = await failure<SvcpathError>(connect({}, surroundings({})))
    expect(error.message).toContain('there is no kubeconfig')
  })

  test('junk is never more than an error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const { path, remove } = folder({ junk: text })
        try {
          choose({}, { KUBECONFIG: path('junk') })
        } catch (error) {
          expect(error).toBeInstanceOf(SvcpathError)
        } finally {
          remove()
        }
      }),
      { numRuns: 200 },
    )
  })
})

test('a pod asks with its own service account', async () => {
  const { path } = files({})
  const place = path('var/run/secrets/kubernetes.io/serviceaccount')
  mkdirSync(place, { recursive: true })
  writeFileSync(`${place}/token`, 'tok\n')
  writeFileSync(`${place}/namespace`, 'ops')
  const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' }
  expect(await connect({}, surroundings(env, path('')))).toMatchObject({ name: 'in-cluster', namespace: 'ops' })
})

test.each([
  ['https://api.example', { HTTPS_PROXY: 'p:1' }, 'http://p:1'],
  ['https://api.example', { https_proxy: 'socks5://p:1', HTTP_PROXY: 'no' }, 'socks5://p:1'],
  ['http://api.example', { HTTPS_PROXY: 'no', HTTP_PROXY: 'http://p' }, 'http://p'],
  ['https://api.example', {}, null],
  ['https://127.0.0.1:6443', { HTTPS_PROXY: 'p' }, null],
  ['https://[::1]:6443', { HTTPS_PROXY: 'p' }, null],
  ['https://localhost', { HTTPS_PROXY: 'p' }, null],
  ['https://api.example', { HTTPS_PROXY: 'p', NO_PROXY: 'x, example' }, null],
  ['https://example', { HTTPS_PROXY: 'p', NO_PROXY: '.example' }, 'http://p'],
  ['https://notexample', { HTTPS_PROXY: 'p', NO_PROXY: 'example' }, 'http://p'],
  ['https://api.example:6443', { HTTPS_PROXY: 'p', NO_PROXY: 'api.example:443' }, 'http://p'],
  ['https://api.example', { HTTPS_PROXY: 'p', NO_PROXY: '*' }, null],
  ['https://10.1.2.3', { HTTPS_PROXY: 'p', NO_PROXY: '10.0.0.0/8' }, null],
  ['https://11.1.2.3', { HTTPS_PROXY: 'p', no_proxy: '10.0.0.0/8,junk/9' }, 'http://p'],
  ['https://[fd00::1]:6443', { HTTPS_PROXY: 'p', NO_PROXY: 'fd00:0::1' }, null],
])('%s with %j goes through %s', (server, env, proxy) => {
  expect(proxyFromEnvironment(server, env)).toBe(proxy)
})
