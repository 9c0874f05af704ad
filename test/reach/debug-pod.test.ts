import { expect, test } from 'vitest'
import { cleanup } from '../../src/reach/debug/cleanup.ts'
import { debugPod } from '../../src/reach/debug/pod.ts'
import { debugWay } from '../../src/reach/debug-pod.ts'
import { FakeApi, node, options } from './fake-api.ts'

const settings = { image: undefined, namespace: 'kube-system', privileged: false }
const wayOf = (api: FakeApi, warned: string[] = []) =>
  debugWay(api, { ...settings, warn: (words) => warned.push(words) })

test('made, said, used, removed', async () => {
  const api = new FakeApi()
  const way = wayOf(api)
  expect(way.removeCommand()).toBeNull()
  const told = options()
  expect((await way.run(node('n1'), 'script', told)).stdout.toString()).toBe('done')
  expect(told.said).toEqual(['making a debug pod in kube-system (nicolaka/netshoot:v0.13)'])
  expect(way.removeCommand()).toMatch(/^kubectl delete pods -n kube-system -l svcpath\.dev\/run=[0-9a-f]{12} /)
  expect([...api.pods]).toEqual([])
})

test.each([
  [
    { containerStatuses: [{ state: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } } }] },
    /ImagePullBackOff: no such image/,
  ],
  [{ phase: 'Failed', reason: 'Evicted', message: 'disk' }, /Evicted: disk/],
  [
    { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', message: 'no room' }] },
    /did not start within 5 s: no room/,
  ],
])('a pod that does not start is told and removed: %j', async (status, words) => {
  const api = new FakeApi()
  api.status = status
  await expect(wayOf(api).run(node('n1'), '', options())).rejects.toThrow(words)
  expect([...api.pods]).toEqual([])
})

test('a node that is not ready gets none', async () => {
  const api = new FakeApi()
  await expect(wayOf(api).run(node('n1', false), '', options())).rejects.toThrow('not ready')
  expect(api.calls).toEqual([])
})

test('a pod whose creation was answered by an error is found by its label and removed', async () => {
  const api = new FakeApi()
  api.before = (call) => {
    if (call.startsWith('create')) throw new Error('the socket was dropped')
  }
  const way = wayOf(api)
  await expect(way.run(node('n1'), '', options())).rejects.toThrow('no debug pod: the socket was dropped')
  expect(api.pods.size).toBe(1)
  await way.close()
  expect(api.pods.size).toBe(0)
})

test('what an ended run was making is removed; a delete that fails is tried again, and told in the end', async () => {
  const api = new FakeApi()
  let refusals = 2
  api.before = (call) => {
    if (call.startsWith('delete') && refusals-- > 0) throw new Error('500')
  }
  api.exec = () => new Promise(() => {})
  const way = wayOf(api)
  void way.run(node('n1'), '', options()).catch(() => {})
  await expect.poll(() => api.pods.size).toBe(1)
  await way.close()
  expect(api.pods.size).toBe(0)

  const warned: string[] = []
  const stubborn = new FakeApi()
  stubborn.before = (call) => {
    if (call.startsWith('delete')) throw new Error('500')
  }
  const other = wayOf(stubborn, warned)
  await other.run(node('n1'), '', options())
  await other.close()
  expect(warned).toEqual([
    expect.stringMatching(/^debug pods may be left \(500\); remove them with: kubectl delete pods/),
  ])
})

test('the pod asks for no more than reading takes', () => {
  const about = { node: '$(reboot)', namespace: 'x', image: 'i', run: 'r', who: 'me', deadlineSeconds: 600 }
  const { spec } = debugPod({ ...about, privileged: false }) as {
    spec: Record<string, never> & { containers: object[] }
  }
  expect(spec).toMatchObject({
    automountServiceAccountToken: false,
    hostNetwork: true,
    activeDeadlineSeconds: 600,
    terminationGracePeriodSeconds: 0,
    tolerations: [{ operator: 'Exists' }],
  })
  expect(JSON.stringify(spec.containers)).not.toContain('"privileged"')
  expect(spec.containers[0]).toMatchObject({ securityContext: { capabilities: { drop: ['ALL'] } } })
})

test('cleanup takes what killed runs left, and leaves a run at work alone', async () => {
  const api = new FakeApi()
  const now = Date.parse('2026-11-24T12:00:00Z')
  const made = (name: string, creationTimestamp: string, phase = 'Running') => {
    api.add(name, { 'app.kubernetes.io/name': 'kubectl-svcpath' }, {}, phase)
    Object.assign(api.pods.get(name)!.metadata!, { creationTimestamp })
  }
  made('old', '2026-11-24T11:00:00Z')
  made('new', '2026-11-24T11:59:30Z')
  made('ended', '2026-11-24T11:59:30Z', 'Failed')
  const ask = { namespace: undefined, all: false, dryRun: true }
  expect((await cleanup(api, ask, now)).lines.join()).toMatch(/old.*would be.*new.*left alone.*ended.*would be/)
  expect(api.pods.size).toBe(3)
  expect(await cleanup(api, { ...ask, dryRun: false }, now)).toMatchObject({ failed: false })
  expect([...api.pods.keys()]).toEqual(['new'])
  await cleanup(api, { ...ask, dryRun: false, all: true }, now)
  expect((await cleanup(api, ask, now)).lines).toEqual(['nothing is left'])
})
