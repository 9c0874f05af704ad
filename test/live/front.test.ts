/** An Ingress and an HTTPRoute of a cluster, and the captures of them. The nodes answer nothing here: what the API says is enough to tell. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { KubeObject } from '../../src/kube/api.ts'
import type { RouteReport } from '../../src/model/front/report.ts'
import { bin } from '../bin.ts'
import { fixtureText } from '../front/samples.ts'
import { type LabApi, startApi } from '../lab/api/server.ts'
import { planOf } from '../lab/cluster/objects.ts'

const scratch = mkdtempSync(join(tmpdir(), 'svcpath-front-'))
let api: LabApi
beforeAll(async () => {
  const { objects } = await planOf('k8s-1.36-iptables-nft-bridge')
  const front = ['ingress.yaml', 'gateway.yaml'].flatMap((name) =>
    parseAllDocuments(fixtureText(name)).flatMap((document) => document.toJS().items as KubeObject[]),
  )
  const isKnown = ({ kind }: KubeObject) => kind !== 'Namespace'
  api = await startApi({
    objects: [...objects, ...front.filter(isKnown)],
    exec: () => ({ file: 'sh', args: ['-c', 'exit 3'] }),
    connect: () => ({ file: 'false', args: [] }),
    schedule: () => [],
  })
})
afterAll(async () => {
  await api.close()
  rmSync(scratch, { recursive: true })
})

async function svcpath(...words: string[]) {
  const file = join(scratch, 'kubeconfig')
  writeFileSync(file, api.kubeconfig({ namespace: 'shop' }))
  const child = spawn(bin, [...words, '--kubeconfig', file], { stdio: ['ignore', 'pipe', 'pipe'], cwd: scratch })
  const read = async (stream: NodeJS.ReadableStream) => {
    let text = ''
    for await (const chunk of stream) text += chunk
    return text
  }
  const [out, err, code] = await Promise.all([
    read(child.stdout),
    read(child.stderr),
    new Promise<number | null>((resolve) => child.once('exit', resolve)),
  ])
  return { out, err, code }
}

const reportOf = (out: string): RouteReport => JSON.parse(out)
const told = ({ findings, rules, subject }: RouteReport) => ({
  subject,
  findings: findings.map(({ code, subject: of }) => `${code} ${of}`),
  rules: rules.map(({ targets }) => targets.map(({ name, state, way }) => [name, state, way])),
})

test.each(['ingress/storefront', 'httproute/storefront', 'infra/gateway/edge'])(
  '%s, live and from the capture of it',
  async (word) => {
    const live = await svcpath(word, '--via', 'exec', '--no-dns', '-o', 'json')
    expect(live.code).toBe(3)
    const seen = told(reportOf(live.out))
    expect(seen.findings.length).toBeGreaterThan(1)
    const file = join(scratch, `${word.replaceAll('/', '-')}.tgz`)
    const captured = await svcpath('capture', word, '--via', 'exec', '--no-dns', '-o', file)
    expect(captured.err).toContain(`${file}: `)
    const again = /trace it with: kubectl svcpath (\S+) -f/.exec(captured.err)?.[1]
    expect(again).toMatch(/^(shop|infra)\/(ingress|httproute|gateway)\/(storefront|edge)$/)
    const recorded = await svcpath(again!, '-f', file, '-o', 'json')
    expect([recorded.code, told(reportOf(recorded.out))]).toEqual([3, seen])
  },
)

test('what is not there, and words that do not go together', async () => {
  const missing = await svcpath('ingress/storefrnt', '--via', 'exec')
  expect([missing.code, missing.err]).toEqual([6, expect.stringContaining('did you mean storefront?')])
  expect((await svcpath('ingress/storefront', '-o', 'mermaid')).err).toContain('give tree, wide, json, yaml')
  expect((await svcpath('ingress/storefront', '--port', '80')).err).toContain('its rules name the ports')
  expect((await svcpath('shop/ingress/storefront', '-n', 'infra')).err).toContain('is in the namespace shop')
})
