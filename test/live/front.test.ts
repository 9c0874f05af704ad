/** An Ingress and an HTTPRoute of a cluster, and the captures of them. The nodes answer nothing here: what the API says is enough to tell. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { KubeObject } from '../../src/kube/api.ts'
import type { RouteReport } from '../../src/model/front/report.ts'
import { fixtureText } from '../front/samples.ts'
import { type SmallCluster, smallCluster } from './small-cluster.ts'

const front = ['ingress.yaml', 'gateway.yaml']
  .flatMap((name) => parseAllDocuments(fixtureText(name)).flatMap((document) => document.toJS().items as KubeObject[]))
  .filter(({ kind }) => kind !== 'Namespace')

let cluster: SmallCluster
beforeAll(async () => {
  cluster = await smallCluster({
    exec: () => ({ file: 'sh', args: ['-c', 'exit 3'] }),
    change: (objects) => [...objects, ...front],
  })
})
afterAll(() => cluster?.close())

const reportOf = (out: string): RouteReport => JSON.parse(out)
const told = ({ findings, rules, subject }: RouteReport) => ({
  subject,
  findings: findings.map(({ code, subject: of }) => `${code} ${of}`),
  rules: rules.map(({ targets }) => targets.map(({ name, state, way }) => [name, state, way])),
})

test.each(['ingress/storefront', 'httproute/storefront', 'infra/gateway/edge'])(
  '%s, live and from the capture of it',
  async (word) => {
    const live = await cluster.svcpath(word, '--via', 'exec', '--no-dns', '-o', 'json')
    expect(live.code).toBe(3)
    const seen = told(reportOf(live.out))
    expect(seen.findings.length).toBeGreaterThan(1)
    const file = join(cluster.folder, `${word.replaceAll('/', '-')}.tgz`)
    const captured = await cluster.svcpath('capture', word, '--via', 'exec', '--no-dns', '-o', file)
    expect(captured.err).toContain(`${file}: `)
    const again = /trace it with: kubectl svcpath (\S+) -f/.exec(captured.err)?.[1]
    expect(again).toMatch(/^(shop|infra)\/(ingress|httproute|gateway)\/(storefront|edge)$/)
    const recorded = await cluster.svcpath(again!, '-f', file, '-o', 'json')
    expect([recorded.code, told(reportOf(recorded.out))]).toEqual([3, seen])
  },
)

test('what is not there, and words that do not go together', async () => {
  const missing = await cluster.svcpath('ingress/storefrnt', '--via', 'exec')
  expect([missing.code, missing.err]).toEqual([6, expect.stringContaining('did you mean storefront?')])
  expect((await cluster.svcpath('ingress/storefront', '-o', 'mermaid')).err).toContain(
    'formats of an Ingress: tree, wide, json, yaml, markdown',
  )
  expect((await cluster.svcpath('ingress/storefront', '--port', '80')).err).toContain('its rules name the ports')
  expect((await cluster.svcpath('shop/ingress/storefront', '-n', 'infra')).err).toContain('is in the namespace shop')
})

test('the capture of an Ingress is compared with the cluster for one of its services', async () => {
  const file = join(cluster.folder, 'before.tgz')
  await cluster.svcpath('capture', 'ingress/storefront', '--via', 'exec', '--no-dns', '-o', file)
  const unnamed = await cluster.svcpath('diff', file, '--via', 'exec', '-q')
  expect([unnamed.code, unnamed.err]).toEqual([
    2,
    expect.stringContaining('taken of shop/ingress/storefront: name one'),
  ])
  const { out } = await cluster.svcpath('diff', file, 'shop/web', '--via', 'exec', '-q', '-o', 'json')
  expect(JSON.parse(out)).toMatchObject({ asked: 'shop/web', compared: 1 })
})
