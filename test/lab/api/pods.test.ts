import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { KubeObject } from '../../../src/kube/api.ts'
import { debugWay } from '../../../src/reach/debug-pod.ts'
import { lab, openSocket, pods, raw } from './one-machine.ts'

const manifest = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { generateName: 'p-' },
  spec: { containers: [{ name: 'c', image: 'i' }] },
}

test("svcpath's debug pod starts, runs a script and is gone", async () => {
  const { api, lab: own } = await lab()
  const way = debugWay(api, { image: undefined, namespace: 'shop', privileged: false, warn: () => undefined })
  const node = { name: 'n1', ready: true } as Parameters<typeof way.run>[0]
  const options = { timeoutMs: 5_000, maxBytes: 1000, signal: new AbortController().signal, say: () => undefined }
  const output = await way.run(node, 'echo here; exit 3', options)
  expect(output).toMatchObject({ stdout: Buffer.from('here\n'), exitCode: 3 })
  await way.close()
  expect(own.current('Pod')).toHaveLength(4)
})

test('a watch shows each change, as the selector sees it', async () => {
  const { api, lab: own } = await lab({
    schedule: () => [{ afterMs: 10, status: { phase: 'Running' }, nodeName: 'n2' }],
  })
  const seen: string[] = []
  const watching = (async () => {
    const options = { fieldSelector: 'spec.nodeName=n2', timeoutMs: 10_000 }
    for await (const { type, object } of api.watch(pods, options)) {
      seen.push(`${type} ${object.metadata?.name}`)
      if (type === 'DELETED') return
      if (seen.length === 1) await api.create(pods, { ...manifest, metadata: { name: 'new' } })
      else await api.delete(`${pods}/new`)
    }
  })()
  await watching
  expect(seen).toEqual(['ADDED web-2', 'ADDED new', 'MODIFIED new', 'DELETED new'])
  const since = (await raw(own, `${pods}?limit=1`)).body.metadata.resourceVersion
  expect((await raw(own, `${pods}?watch=1&timeoutSeconds=1&resourceVersion=${since}`)).body).toBe('')
})

test('a watch from too long ago says so', async () => {
  const { lab: own } = await lab()
  const { body } = await raw(own, `${pods}?watch=true&resourceVersion=7`)
  expect(body).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } })
})

test.each([
  ['no name', { ...manifest, metadata: {} }, 422, /metadata.name: Required value: name or generateName is required/],
  ['a hostile name', { ...manifest, metadata: { name: '$(reboot)' } }, 422, /metadata.name: Invalid value/],
  ['no containers', { ...manifest, spec: {} }, 422, /spec.containers: Required value/],
  [
    'no image',
    { ...manifest, spec: { containers: [{ name: 'c' }] } },
    422,
    /spec.containers\[0\].image: Required value/,
  ],
  [
    'a wrong policy',
    { ...manifest, spec: { ...manifest.spec, restartPolicy: 'Sometimes' } },
    422,
    /Unsupported value: "Sometimes"/,
  ],
  [
    'another namespace',
    { ...manifest, metadata: { name: 'p', namespace: 'other' } },
    400,
    /does not match the namespace/,
  ],
  [
    'a wrong type',
    { ...manifest, spec: { ...manifest.spec, hostNetwork: 'yes' } },
    400,
    /cannot unmarshal string into field spec.hostNetwork/,
  ],
  ['another kind', { ...manifest, kind: 'Node' }, 400, /cannot be handled as a Pod/],
  ['one that is there', { ...manifest, metadata: { name: 'db' } }, 409, /pods "db" already exists/],
])('%s is refused', async (_what, body, code, words) => {
  const { lab: own } = await lab()
  const answer = await raw(own, pods, 'POST', body)
  expect(answer).toMatchObject({ status: code, body: { kind: 'Status', code } })
  expect(answer.body.message).toMatch(words)
  expect(own.current('Pod')).toHaveLength(4)
})

test('fields that it does not know are left out with a warning, or refused where asked', async () => {
  const { lab: own } = await lab()
  const body = { ...manifest, spec: { ...manifest.spec, hostNetwrok: true } }
  const { status, headers, body: made } = await raw(own, pods, 'POST', body)
  expect({ status, warning: headers.warning }).toEqual({
    status: 201,
    warning: String.raw`299 - "unknown field \"spec.hostNetwrok\""`,
  })
  expect(made.spec).not.toHaveProperty('hostNetwrok')
  expect(made.metadata.name).toMatch(/^p-[b-z2-9]{5}$/)
  expect((await raw(own, `${pods}?fieldValidation=Strict`, 'POST', body)).body.message).toContain(
    'unknown field "spec.hostNetwrok"',
  )
  expect((await raw(own, '/api/v1/namespaces/none/pods', 'POST', manifest)).body.message).toBe(
    'namespaces "none" not found',
  )
})

test('whatever is posted gets an answer that is no fault of the lab', async () => {
  const { lab: own } = await lab()
  const part = fc.oneof(fc.jsonValue(), fc.constant(undefined))
  const container = fc.record({ name: part, image: part, securityContext: part }, { requiredKeys: [] })
  const spec = fc.record(
    { containers: fc.array(fc.oneof(part, container)), tolerations: part, nodeName: part },
    { requiredKeys: [] },
  )
  const metadata = fc.record(
    { name: part, generateName: part, labels: fc.oneof(part, fc.dictionary(fc.string(), part)) },
    { requiredKeys: [] },
  )
  const body = fc.oneof(fc.jsonValue(), fc.record({ metadata: fc.oneof(part, metadata), spec: fc.oneof(part, spec) }))
  await fc.assert(
    fc.asyncProperty(body, async (one) => {
      const { status, body: answer } = await raw(own, pods, 'POST', one)
      expect([201, 400, 409, 422], answer.message).toContain(status)
    }),
    { numRuns: 300 },
  )
  const path = fc.webPath()
  await fc.assert(
    fc.asyncProperty(
      path,
      fc.webQueryParameters(),
      fc.constantFrom('GET', 'POST', 'DELETE', 'PUT'),
      async (rest, query, method) => {
        const { status } = await raw(own, `/api/v1${rest}?${query}`, method)
        expect(status).toBeLessThan(500)
      },
    ),
    { numRuns: 200 },
  )
})

test('whoever attaches gets what the container runs, and the pod has ended with it', async () => {
  const { api, lab: own } = await lab()
  const command = ['sh', '-c', 'echo here; exit 3']
  const spec = { nodeName: 'n1', restartPolicy: 'Never', containers: [{ name: 'look', image: 'i', command }] }
  await api.create(pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'look' }, spec } as KubeObject)
  await expect.poll(async () => (await api.get(`${pods}/look`))?.status).toMatchObject({ phase: 'Running' })
  const socket = openSocket(own, `${pods}/look/attach?stdout=1&container=look`, ['v5.channel.k8s.io'])
  const said: string[] = []
  socket.on('message', (data) => said.push(String(data).slice(1)))
  await new Promise((resolve) => socket.on('close', resolve))
  expect(said.join('')).toContain('here\n')
  expect((await api.get(`${pods}/look`))?.status).toMatchObject({
    phase: 'Failed',
    containerStatuses: [{ name: 'look', state: { terminated: { exitCode: 3 } } }],
  })
})
