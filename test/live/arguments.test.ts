/** What people type for a service, on a cluster: it is found by listing, and the nodes are read only for that one. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bin } from '../bin.ts'
import { type LabApi, startApi } from '../lab/api/server.ts'
import { planOf } from '../lab/cluster/objects.ts'

const scratch = mkdtempSync(join(tmpdir(), 'svcpath-arguments-'))
const kubeconfig = join(scratch, 'kubeconfig')
let api: LabApi
let podIP: string
let podName: string

beforeAll(async () => {
  const plan = await planOf('k8s-1.36-iptables-nft-bridge')
  // One service alone selects the DNS pods.
  const pod = plan.objects.find(({ kind, metadata }) => kind === 'Pod' && metadata?.name?.startsWith('coredns'))!
  podIP = (pod.status as { podIP: string }).podIP
  podName = pod.metadata!.name!
  const exec = (_pod: unknown, _container: string, [file = '', ...args]: readonly string[]) => ({ file, args })
  api = await startApi({
    objects: plan.objects,
    exec,
    connect: () => ({ file: 'false', args: [] }),
    schedule: () => [],
  })
  writeFileSync(kubeconfig, api.kubeconfig({ namespace: 'shop' }))
})

afterAll(async () => {
  await api?.close()
  rmSync(scratch, { recursive: true })
})

async function svcpath(...words: string[]) {
  const args = [...words, '--via', 'exec', '--no-dns', '-q', '--kubeconfig', kubeconfig]
  const child = spawn(bin, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('exit', resolve)),
  ])
  return { code, out, err }
}

test('no argument lists the services of the namespace of the context', async () => {
  const { out, err } = await svcpath()
  expect(err).toBe('')
  expect(out).toMatch(/^shop +web +ClusterIP/m)
  expect(out).not.toMatch(/^default +kubernetes/m)
})

test.each([
  ['172.30.0.11:30080', 'shop/web-np'],
  ['http://web-np.shop.svc:80/healthz', 'shop/web-np'],
  ['web-np:80', 'shop/web-np'],
  ['deploy/coredns -n kube-system', 'kube-system/kube-dns'],
  ['kube-system/deploy/coredns', 'kube-system/kube-dns'],
])('%s is %s', async (words, service) => {
  expect((await svcpath(...words.split(' '))).out).toMatch(new RegExp(`^[A-Z]+  ${service}\\b`))
})

test('the address of a pod, and the pod', async () => {
  expect((await svcpath(podIP)).out).toMatch(/^[A-Z]+ {2}kube-system\/kube-dns/)
  expect((await svcpath(`pod/${podName}`, '-n', 'kube-system')).out).toMatch(/^[A-Z]+ {2}kube-system\/kube-dns/)
})

test('several services are named, and none is chosen', async () => {
  const done = await svcpath('deploy/web')
  expect(done).toMatchObject({ code: 2, out: '' })
  expect(done.err).toMatch(/^error: 10 services fit deployment web: shop\/hostweb|shop\/web, /)
  expect(done.err).toMatch(/\n {2}name one: kubectl svcpath shop\/web/)
})

test('a client by its name alone', async () => {
  expect((await svcpath('web', '--from', 'client')).out).toMatch(/pod shop\/client/)
})

test.each([
  [['deploy/nothing'], /no service selects deployment nothing in namespace shop of /],
  [['wbe'], /no service wbe in namespace shop of [^\n]*\n {2}did you mean shop\/web/],
  [['web', '-n', 'shp'], /no namespace shp in [^\n]*\n {2}did you mean -n shop\?/],
  [['-n', 'shp'], /no namespace shp in [^\n]*\n {2}did you mean -n shop\?/],
  [['check', '-n', 'shp'], /no namespace shp in [^\n]*\n {2}did you mean -n shop\?/],
  [['10.1.2.3'], /no service 10\.1\.2\.3 in /],
  [['web', '--node', 'n9'], /no node n9 in this cluster\n {2}it has n1/],
  [['web', '--from', 'nobody'], /no pod shop\/nobody and no node nobody in /],
  [['web', '--context', 'nowhere'], /nowhere/],
])('%j: nothing has this name, exit code 6', async (words, message) => {
  const done = await svcpath(...words)
  expect(done).toMatchObject({ code: 6, out: '' })
  expect(done.err).toMatch(message)
})
