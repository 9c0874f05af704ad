import { expect, test } from 'vitest'
import { KubeError } from '../../src/kube/errors.ts'
import { autoWay } from '../../src/reach/auto.ts'
import { execWay } from '../../src/reach/exec.ts'
import type { Way } from '../../src/reach/way.ts'
import { FakeApi, node, options, output } from './fake-api.ts'

const able = (nodeName: string, container = 'kube-proxy') => ({
  nodeName,
  hostNetwork: true,
  containers: [{ name: 'sidecar' }, { name: container, securityContext: { privileged: true } }],
})

function cluster(): FakeApi {
  const api = new FakeApi()
  api.add('kube-proxy-1', { 'k8s-app': 'kube-proxy' }, able('n1'))
  api.add('kube-proxy-2', { 'k8s-app': 'kube-proxy' }, { ...able('n2'), hostNetwork: false })
  api.add('calico-node-1', { 'k8s-app': 'calico-node' }, able('n1', 'calico-node'))
  api.add('kube-proxy-3', { 'k8s-app': 'kube-proxy' }, able('n3'), 'Pending')
  return api
}

test('the best pod of the node, in the container that may read rules; pods are listed once, by their labels', async () => {
  const api = cluster()
  api.exec = async (request) =>
    output(`${request.pod} ${request.container} ${request.command.join(' ')} ${request.stdin}`)
  const way = execWay(api, { selector: undefined })
  const told = options()
  expect((await way.run(node('n1'), 'echo', told)).stdout.toString()).toBe('kube-proxy-1 kube-proxy sh -s echo')
  expect(told.said).toEqual(['exec in kube-system/kube-proxy-1'])
  for (const name of ['n2', 'n3', '$(reboot)'])
    await expect(way.run(node(name), '', options())).rejects.toMatchObject({ name: 'ReachError', anotherWay: true })
  expect(api.calls).toHaveLength(4)
  for (const call of api.calls) expect(call).toMatch(/kube-system\/pods \S+ in \([a-z,-]+\)$/)
})

test.each([
  ['exec: "sh": executable file not found in $PATH', 'has no shell'],
  ['pods "kube-proxy-1" is forbidden', 'is forbidden'],
])(
  'a pod that cannot: the next one of the node, and in the end an error that says why (%s)',
  async (words, expected) => {
    const api = cluster()
    const tried: string[] = []
    api.exec = async ({ pod }) => {
      tried.push(pod)
      throw new Error(words)
    }
    const way = execWay(api, { selector: undefined })
    await expect(way.run(node('n1'), '', options())).rejects.toThrow(expected)
    expect(tried).toEqual(['kube-proxy-1', 'calico-node-1'])
  },
)

test('a selector of one’s own, in a namespace', async () => {
  const api = cluster()
  api.add('mine', { app: 'tools' }, able('n2'))
  const way = execWay(api, { selector: 'net/app=tools' })
  await way.run(node('n2'), '', options())
  expect(api.calls).toEqual(['list /api/v1/namespaces/net/pods app=tools'])
})

test('auto falls back where there is no pod, and says so; not where the run was ended', async () => {
  const api = cluster()
  const debug: Way = { name: 'debug', run: async () => output('by a debug pod'), async close() {} }
  const way = autoWay(execWay(api, { selector: undefined }), debug)
  const told = options()
  expect((await way.run(node('n2'), '', told)).stdout.toString()).toBe('by a debug pod')
  expect(told.said[0]).toMatch(/^no running pod .*; a debug pod instead$/)
  const controller = new AbortController()
  controller.abort(new Error('interrupted'))
  await expect(way.run(node('n2'), '', options(controller.signal))).rejects.toThrow('no running pod')
})

test('a node whose pod gives no answer in time costs that time once: no other pod of it is tried, and no other way', async () => {
  const api = cluster()
  const asked: string[] = []
  api.exec = async ({ pod }) => {
    asked.push(pod)
    throw new KubeError('timeout', `exec in ${pod} did not end within 30 s`)
  }
  const debug: Way = { name: 'debug', run: async () => output(`${asked.push('debug')}`), close: async () => {} }
  const way = autoWay(execWay(api, { selector: undefined }), debug)
  await expect(way.run(node('n1'), '', options())).rejects.toThrow('did not end within 30 s')
  expect(asked).toEqual(['kube-proxy-1'])
})

test('what is tried in turn shares one time limit', async () => {
  const api = cluster()
  const limits: number[] = []
  api.exec = async ({ timeoutMs }) => {
    limits.push(timeoutMs)
    await new Promise((resolve) => setTimeout(resolve, 30))
    throw new Error('the connection was cut')
  }
  const debug: Way = {
    name: 'debug',
    run: async (_node, _script, { timeoutMs }) => output(`${limits.push(timeoutMs)}`),
    close: async () => {},
  }
  await autoWay(execWay(api, { selector: undefined }), debug).run(node('n1'), '', options())
  expect(limits).toHaveLength(3)
  expect(limits[0]).toBeGreaterThan(limits[1]!)
  expect(limits[1]).toBeGreaterThan(limits[2]!)
})
