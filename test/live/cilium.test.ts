/** The whole live path on a cluster that Cilium serves: by exec, against agents that answer as real ones do. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { readSources } from '../../src/capture/read.ts'
import type { KubeObject } from '../../src/kube/api.ts'
import type { PathReport } from '../../src/model/report.ts'
import { bin } from '../bin.ts'
import { asCilium, type CiliumOptions } from '../cilium.ts'
import { captureFiles } from '../fixtures.ts'
import { startApi } from '../lab/api/server.ts'
import { planOf } from '../lab/cluster/objects.ts'
import { scratch } from '../scratch.ts'
import { type Agent, agentContainer, agentPod, inContainer, proxyContainer } from './agents.ts'

const CAPTURE = 'k8s-1.36-iptables-nft-bridge'
const NODES = ['n1', 'n2', 'n3'] as const

interface Options extends CiliumOptions {
  agents?: Partial<Record<(typeof NODES)[number], Agent>>
  /** What an agent answers otherwise than the API would have it. */
  bend?: (files: Map<string, string>) => void
}

/** A cluster whose nodes have an agent each, and with `beside` kube-proxy's pods, too. */
async function cluster({ agents = {}, bend = () => {}, ...options }: Options) {
  const { path: folder, remove } = scratch('cilium-live')
  onTestFinished(remove)
  const all = await captureFiles((path) => /^(api|nodes)\//.test(path), [CAPTURE])
  const files = new Map(all.map(({ path, text }) => [path, text]))
  asCilium(options)(files)
  bend(files)
  const containers = new Map<string, string>()
  for (const node of NODES) {
    const rules = files.get(`nodes/${node}/iptables-save.txt`) ?? ''
    const answers = new Map(
      [...files].flatMap(([path, text]) => {
        const [, of, file = ''] = /^nodes\/([^/]+)\/(cilium-.+)$/.exec(path) ?? []
        return of === node ? [[file, text] as const] : []
      }),
    )
    const agent = agentPod(node, agents[node] ?? {})
    containers.set(
      agent.metadata!.name!,
      agentContainer(join(folder, `agent-${node}`), agents[node] ?? {}, answers, rules),
    )
    if (options.beside) containers.set(`kube-proxy-${node}`, proxyContainer(join(folder, `proxy-${node}`), rules))
  }
  const { objects } = await planOf(CAPTURE)
  const kept = objects.filter(
    ({ kind, metadata }) => kind !== 'Pod' || options.beside || !metadata?.name?.startsWith('kube-proxy'),
  )
  const execs: string[] = []
  const api = await startApi({
    objects: [...kept, ...NODES.map((node) => agentPod(node, agents[node] ?? {}))],
    exec(pod: KubeObject, container, command) {
      const { name = '' } = pod.metadata ?? {}
      const { nodeName = '' } = pod.spec as { nodeName?: string }
      execs.push(`${name}/${container}`)
      const fails = container === 'cilium-agent' ? agents[nodeName as 'n1']?.execFails : undefined
      const at = containers.get(name)
      if (fails) return { file: 'sh', args: ['-c', `echo ${fails} >&2; exit 126`] }
      return at ? inContainer(at, command) : null
    },
    connect: () => ({ file: 'false', args: [] }),
    schedule: () => [],
  })
  onTestFinished(() => api.close())
  const kubeconfig = join(folder, 'kubeconfig')
  writeFileSync(kubeconfig, api.kubeconfig({ namespace: 'shop' }))
  const run = async (...words: string[]) => {
    const args = [...words, '--via', 'exec', '--no-dns', '--kubeconfig', kubeconfig]
    const child = spawn(bin, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
    return { out, err }
  }
  return {
    execs,
    asked: (where: string) =>
      existsSync(join(folder, where, 'asked'))
        ? readFileSync(join(folder, where, 'asked'), 'utf8')
            .trim()
            .split('\n')
        : [],
    async svcpath(...words: string[]) {
      const { out, err } = await run(...words, '-o', 'json')
      return { err, report: JSON.parse(out) as PathReport }
    },
    capture: (file: string) => run('capture', 'web', '-n', 'shop', '--output', file),
  }
}

/** What is found of this machine itself, which all nodes are here, is not asked about. */
const codes = ({ findings }: PathReport) =>
  findings.flatMap(({ code, node }) => (/^SVP3/.test(code) ? `${code} ${node}` : []))

const modes = ({ nodes }: PathReport) =>
  nodes.map(({ name, mode, entries: [entry] }) => [name, mode, entry!.outcome]).sort()

const nodeOf = ({ nodes }: PathReport, wanted: string) => nodes.find(({ name }) => name === wanted)!

test('one call a node into agents of all names; the path is that of the maps', async () => {
  const agents = { n2: { programs: ['cilium-dbg'] }, n3: { pod: 'anetd', programs: ['cilium'] } } as const
  const { svcpath, execs, asked } = await cluster({ agents, socketLb: false, bend: withConnections })
  const { report } = await svcpath('web', '-n', 'shop')
  expect(execs.sort()).toEqual(['anetd-n3abc/cilium-agent', 'cilium-n1abc/cilium-agent', 'cilium-n2abc/cilium-agent'])
  expect(modes(report)).toEqual(NODES.map((name) => [name, 'cilium', 'dnat']))
  expect(codes(report)).toEqual([])
  const [entry] = nodeOf(report, 'n1').entries
  expect(entry!.chains).toEqual(['frontends', '10.96.244.84:80'])
  expect(entry!.endpoints.map(({ probability, state }) => [probability, state])).toEqual(
    new Array(5).fill([0.2, 'ready']),
  )
  expect([entry!.conntrack, entry!.endpoints.map(({ connections }) => connections)]).toEqual([1, [1, 0, 0, 0, 0]])
  for (const node of NODES) expect(asked(`agent-${node}`)).toContain('bpf lb list')
})

/** One connection of a pod to `web`. */
function withConnections(files: Map<string, string>): void {
  const [, backend] =
    /^10\.96\.244\.84:80\/TCP \(1\) +(\S+:8080)/m.exec(files.get('nodes/n1/cilium-bpf-lb-list.txt')!) ?? []
  const end =
    'expires=319511 Packets=0 Bytes=0 RxFlagsSeen=0x1b LastRxReport=1 TxFlagsSeen=0x1b LastTxReport=1 Flags=0x0013'
  files.set(
    'nodes/n1/cilium-bpf-ct-list-global.txt',
    [
      `TCP SVC 10.244.0.9:1000 -> 10.96.244.84:80 ${end} RevNAT=1 SourceSecurityID=0 BackendID=1`,
      `TCP OUT 10.244.0.9:1000 -> ${backend} ${end} RevNAT=1 SourceSecurityID=0 BackendID=0`,
      `TCP OUT 10.244.0.9:1001 -> 10.244.9.9:53 ${end} RevNAT=0 SourceSecurityID=0 BackendID=0`,
      '',
    ].join('\n'),
  )
}

test('a capture holds what was asked for alone', async () => {
  const { capture } = await cluster({})
  const { path, remove } = scratch('cilium-capture')
  onTestFinished(remove)
  const { err } = await capture(join(path, 'web.tgz'))
  const { entries } = await readSources([join(path, 'web.tgz')], async function* () {})
  const read = (file: string) => entries.find((one) => one.path.endsWith(`nodes/n1/${file}`))?.text() ?? err
  // The cluster's DNS is on the path, too.
  const fronts = read('cilium-bpf-lb-list.txt').match(/^[\d.]+(?=:)/gm)
  expect([...new Set(fronts)]).toEqual(['10.96.0.10', '10.96.244.84'])
  expect(read('cilium-service-list.json').match(/"name": "[^"]+"/g)).toContain('"name": "web"')
  expect(read('cilium-service-list.json')).not.toContain('"name": "web-np"')
})

test('kube-proxy’s rules beside it are left over: both pods of a node are asked, once each', async () => {
  const { svcpath, execs, asked } = await cluster({ beside: true })
  const { report } = await svcpath('web', '-n', 'shop')
  expect(execs.sort()).toEqual(
    NODES.flatMap((node) => `cilium-${node}abc/cilium-agent`).concat(
      NODES.map((node) => `kube-proxy-${node}/kube-proxy`),
    ),
  )
  expect(modes(report)).toEqual(NODES.map((name) => [name, 'cilium', 'dnat']))
  expect(codes(report)).toEqual(NODES.map((node) => `SVP306 ${node}`))
  expect(asked('agent-n1')).not.toContain('rules')
  expect(asked('proxy-n1')).toEqual(['rules'])
})

test('where Cilium replaces nothing, the rules are walked', async () => {
  const { svcpath } = await cluster({ beside: true, mode: 'False' })
  const { report } = await svcpath('web', '-n', 'shop')
  expect(modes(report)).toEqual(NODES.map((name) => [name, 'iptables', 'dnat']))
  expect(codes(report)).toEqual([])
})

test('an agent whose container is down: which of them serves is not known there', async () => {
  const { svcpath, execs } = await cluster({ beside: true, agents: { n2: { waits: 'CrashLoopBackOff' } } })
  const { report, err } = await svcpath('web', '-n', 'shop')
  expect(execs).not.toContain('cilium-n2abc/cilium-agent')
  expect(modes(report)).toEqual([
    ['n1', 'cilium', 'dnat'],
    ['n2', 'iptables', 'unknown'],
    ['n3', 'cilium', 'dnat'],
  ])
  expect(nodeOf(report, 'n2').entries[0]!.reason).toContain('Cilium’s agent does not answer')
  expect(codes(report)).toEqual(['SVP306 n1', 'SVP306 n3', 'SVP316 n2'])
  const evidence = report.findings.find(({ code }) => code === 'SVP316')!.evidence
  expect(evidence[0]).toMatchObject({ text: 'container cilium-agent is not running: CrashLoopBackOff' })
  expect(err).toContain('kube-system/cilium-n2abc: container cilium-agent is not running: CrashLoopBackOff')
})

test('an agent that could not be asked is no agent that is down', async () => {
  const { svcpath } = await cluster({ beside: true, agents: { n2: { execFails: 'no' } } })
  const { report } = await svcpath('web', '-n', 'shop')
  expect(modes(report)[1]).toEqual(['n2', 'iptables', 'unknown'])
  expect(nodeOf(report, 'n2').entries[0]!.reason).toContain('Cilium’s agent could not be asked')
  expect(codes(report)).toEqual(['SVP306 n1', 'SVP306 n3'])
})

test('without another pod a node whose agent is down is not read, and says why', async () => {
  const { svcpath } = await cluster({ agents: { n2: { waits: 'CrashLoopBackOff' } } })
  const { report } = await svcpath('web', '-n', 'shop')
  expect(nodeOf(report, 'n2')).toMatchObject({ name: 'n2', verdict: 'unknown', entries: [] })
  expect(nodeOf(report, 'n2').notes.join()).toContain('kube-system/cilium-n2abc')
})
