/** `doctor` on a cluster: what is said must be what a trace would find, and nothing is made. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import type { KubeObject } from '../../src/kube/api.ts'
import type { DoctorReport } from '../../src/model/doctor/report.ts'
import { bin } from '../bin.ts'
import type { ApiOptions, Backend, LabApi } from '../lab/api/contract.ts'
import { startApi } from '../lab/api/server.ts'
import { planOf } from '../lab/cluster/objects.ts'

const scratch = mkdtempSync(join(tmpdir(), 'svcpath-doctor-'))
const { objects } = await planOf('k8s-1.36-iptables-nft-bridge')
let api: LabApi | null = null
afterEach(async () => {
  await api?.close()
  api = null
})

/** Rules as kube-proxy has them begin so. */
const RULES =
  'iptables-nft -t nat -N KUBE-SERVICES; iptables-nft -t nat -A PREROUTING -j KUBE-SERVICES; iptables-nft -P FORWARD ACCEPT'

/** A node's shell is one of this machine's, in a network of its own, in which a command can be given another answer. */
const shell =
  (before = RULES): Backend['exec'] =>
  () => ({ file: 'unshare', args: ['--net', 'sh', '-c', `{ ${before}; } >&2 2>/dev/null\nexec sh -s`] })

/** A shell of somebody who may not read the rules. */
const asNobody: Backend['exec'] = () => ({
  file: 'setpriv',
  args: ['--reuid=65534', '--regid=65534', '--clear-groups', 'sh', '-s'],
})

async function doctor(
  {
    exec = shell(),
    all = objects,
    ...options
  }: Pick<Partial<Backend>, 'exec'> & ApiOptions & { all?: readonly KubeObject[] },
  ...words: string[]
) {
  const backend: Backend = { objects: all, exec, connect: () => ({ file: 'false', args: [] }), schedule: () => [] }
  api = await startApi(backend, options)
  const kubeconfig = join(scratch, 'kubeconfig')
  writeFileSync(kubeconfig, api.kubeconfig({ namespace: 'shop' }))
  const child = spawn(bin, ['doctor', '--kubeconfig', kubeconfig, ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('exit', resolve)),
  ])
  return {
    out,
    err,
    code,
    json: () => JSON.parse(out) as DoctorReport,
    requests: api.requests,
    pods: api.current('Pod'),
  }
}

const made = (requests: readonly string[]) => requests.filter((one) => /^POST .*\/pods(\?|$)/.test(one))

test('every node by exec: ready, and nothing was made', async () => {
  const { out, code, requests, pods } = await doctor({})
  expect(out).toMatch(/^READY {2}3 of 3 nodes can be read$/m)
  expect(out).toMatch(/^✓ all \d+ calls that svcpath makes are allowed$/m)
  expect(out).toMatch(/^n1 +exec in kube-system\/\S+ /m)
  expect(out).toMatch(/^n1 .* right$/m)
  expect(code).toBe(0)
  expect(made(requests)).toEqual([])
  expect(pods).toHaveLength(objects.filter(({ kind }) => kind === 'Pod').length)
})

test('what is not allowed is named with what it is for; what svcpath does without is no failure', async () => {
  const without = await doctor({ forbid: (_, resource) => resource === 'networkpolicies' }, '-o', 'json')
  const [one] = without.json().permissions.filter(({ allowed }) => allowed === false)
  expect(one).toMatchObject({ what: 'list networkpolicies', optional: true })
  expect(without.code).toBe(0)
  await api?.close()
  const forbidden = await doctor({ forbid: (verb, resource) => verb === 'list' && resource === 'endpointslices' })
  expect(forbidden.out).toMatch(/^PARTLY READY {2}3 of 3 nodes can be read; 1 needed call is not allowed$/m)
  expect(forbidden.out).toMatch(/^✗ list endpointslices: not allowed \(its endpoints\)$/m)
  expect(forbidden.out).toMatch(/^fix: kubectl svcpath rbac --via exec/m)
  expect(forbidden.code).toBe(4)
})

test('where no pod can be used, a dry run tells whether a debug pod could be made', async () => {
  const all = objects.filter((one) => one.kind !== 'Pod' || one.metadata?.namespace !== 'kube-system')
  const could = await doctor({ all }, '-o', 'json')
  expect(could.json()).toMatchObject({ debugPod: { accepted: true, namespace: 'kube-system' } })
  expect(could.json().nodes.map(({ outcome }) => outcome)).toEqual(['debugPod', 'debugPod', 'debugPod'])
  expect(could.code).toBe(0)
  expect(could.json().verdict).toBe('ready')
  expect(made(could.requests)).toEqual([expect.stringContaining('?dryRun=All')])
  expect(could.pods).toHaveLength(all.filter(({ kind }) => kind === 'Pod').length)
  await api?.close()
  const forbid: ApiOptions['forbid'] = (verb, resource) => verb === 'create' && resource === 'pods'
  const not = await doctor({ all, forbid })
  expect(not.out).toMatch(/^n1 +none: stays unknown/m)
  expect(not.out).toMatch(/^✗ create pods in namespace kube-system: not allowed/m)
  expect(not.code).toBe(4)
})

test('--via exec makes no debug pod, so a node without a pod stays unknown', async () => {
  const all = objects.filter((one) => one.kind !== 'Pod' || one.metadata?.namespace !== 'kube-system')
  const { out, code, requests } = await doctor({ all }, '--via', 'exec')
  expect(out).toMatch(/^NOT READY {2}0 of 3 nodes can be read$/m)
  expect(code).toBe(4)
  expect(made(requests)).toEqual([])
})

test('a clock that is off is told', async () => {
  const tools = join(scratch, 'tools')
  const { json, out } = await doctor(
    {
      exec: shell(
        `${RULES}; mkdir -p ${tools}; printf '#!/bin/sh\\necho $(( $(/bin/date +%%s) + 90 ))\\n' >${tools}/date; chmod +x ${tools}/date; export PATH=${tools}:$PATH`,
      ),
    },
    '-o',
    'json',
  )
  expect(out).not.toBe('')
  for (const { clockAhead } of json().nodes) expect(Math.abs(clockAhead! - 90)).toBeLessThanOrEqual(2)
})

test('a script that ran and could not read the rules makes no node ready', async () => {
  const { out, code } = await doctor({ exec: asNobody })
  expect(out).toMatch(/^NOT READY {2}0 of 3 nodes can be read; the rules of n1, n2, n3 were not read$/m)
  expect(out).toMatch(/^n1 .*rules, conntrack/m)
  expect(out).toMatch(/^ {2}(iptables-save|nft) .*: .*/m)
  expect(out).toMatch(/^fix: reading the rules of n1, n2, n3 takes root and CAP_NET_ADMIN/m)
  expect(code).toBe(4)
})

test('nor does one that had rules to read on some of them only', async () => {
  const own = shell()
  const exec: Backend['exec'] = (...words) =>
    words[0].metadata?.name?.endsWith('2') ? asNobody(...words) : own(...words)
  const { json, code } = await doctor({ exec }, '-o', 'json')
  expect(code).toBe(4)
  const { verdict, nodes } = json()
  expect(verdict).toBe('partlyReady')
  expect(new Set(nodes.map(({ outcome }) => outcome))).toEqual(new Set(['read', 'withoutRules']))
})

test('a node without any table of rules is not ready either: a trace would know nothing there', async () => {
  const { json, code } = await doctor({ exec: shell('true') }, '-o', 'json')
  expect(json()).toMatchObject({ verdict: 'notReady', nodes: [{ outcome: 'withoutRules', lacks: ['rules'] }, {}, {}] })
  expect(json().nodes[0]!.reason).not.toBeNull()
  expect(code).toBe(4)
})

test('an API that is not there is an error of one sentence', async () => {
  const child = spawn(bin, ['doctor', '--kubeconfig', join(scratch, 'none')], { stdio: ['ignore', 'pipe', 'pipe'] })
  const code = new Promise((resolve) => child.once('exit', resolve))
  expect(await text(child.stderr)).toMatch(/^error: /)
  expect(await code).not.toBe(0)
})

test('the scratch folder is removed', () => rmSync(scratch, { recursive: true }))
