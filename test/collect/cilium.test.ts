/** The node script's sections of Cilium, with an agent's program that answers as the real one did (test/fixtures/cilium). */
import { spawnSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readAnswer } from '../../src/collect/answer.ts'
import { collectNode } from '../../src/collect/collect-node.ts'
import { collectScripts, nodeScript } from '../../src/collect/script.ts'
import type { CollectRequest, WantedService } from '../../src/model/request.ts'
import { observeFiles } from '../../src/observe/observation.ts'
import { proxiesOn } from '../../src/proxies/on-node.ts'
import { execWay } from '../../src/reach/exec.ts'
import { fixture } from '../parse/host/fixture.ts'
import { FakeApi, node, options } from '../reach/fake-api.ts'
import { scratch } from '../scratch.ts'

const FRAME = '0123456789abcdef'.repeat(2)
const SHELLS = ['dash', 'busybox sh', 'bash'].filter(
  (shell) => spawnSync('sh', ['-c', `command -v ${shell.split(' ')[0]}`]).status === 0,
)

/** As cilium-dbg is asked, so it answers; each call is written down. */
const CILIUM = `#!/bin/sh
dir=$(dirname "$0")
echo "$*" >>"$dir/asked"
[ -f "$dir/down" ] && case $1 in status | service | endpoint | metrics) cat "$dir/no-agent" >&2; exit 1;; esac
[ "$1" = "$(cat "$dir/broken" 2>/dev/null)" ] && { head -n 3 "$dir/bpf-lb-list"; exit 1; }
case $* in
  'status -o json') cat "$dir/status";;
  'service list -o json') cat "$dir/service-list";;
  'bpf lb list') cat "$dir/bpf-lb-list";;
  'bpf lb list --frontends') cat "$dir/bpf-lb-list-frontends";;
  'bpf ct list global') cat "$dir/bpf-ct-list";;
  'endpoint list -o json') echo '[]';;
  'metrics list') echo 'cilium_bpf_map_pressure   map_name="lb4_services_v2"   0.25'; echo 'cilium_other 1';;
esac
`

/** As bpftool dumps a map of 1.18: kube-dns with two slots, of which the second leads nowhere, another service, and two backends. */
const entry = (key: string, value: string) => {
  const bytes = (text: string) => text.split(' ').map((one) => `0x${one}`)
  return { key: bytes(key), value: bytes(value), formatted: { key: { address: 1 }, value: {} } }
}
const SERVICES = [
  entry('0a 60 00 0a 00 35 00 00 11 00 00 00', '00 00 00 00 02 00 00 03 00 00 00 00'),
  entry('0a 60 00 0a 00 35 01 00 11 00 00 00', '05 00 00 00 00 00 00 03 00 00 00 00'),
  entry('0a 60 00 0a 00 35 02 00 11 00 00 00', '2c 01 00 00 00 00 00 03 00 00 00 00'),
  entry('0a 60 00 01 01 bb 00 00 06 00 00 00', '00 00 00 00 01 00 00 01 00 00 00 00'),
]
const BACKENDS = [
  entry('05 00 00 00', '0a 00 01 b8 00 35 11 00 00 00 00 00'),
  entry('06 00 00 00', '0a 00 01 b9 00 35 11 00 00 00 00 00'),
]
const BPFTOOL = `#!/bin/sh
case $* in
  *services_v2) echo '${JSON.stringify(SERVICES)}';;
  *backends_v3) echo '${JSON.stringify(BACKENDS)}';;
  *) exit 1;;
esac
`

const STATUS = `${JSON.stringify(
  {
    'bandwidth-manager': {},
    cilium: { msg: '1.18.4', state: 'Ok' },
    controllers: [{ name: 'a', status: {} }],
    'kube-proxy-replacement': { mode: 'True', devices: ['eth0'], features: { socketLB: { enabled: true } } },
    proxy: { 'port-range': '10000-20000' },
  },
  null,
  2,
)}\n`

/** kube-dns of the real list; the first three columns of the real maps are those of another cluster. */
const MAP = `SERVICE ADDRESS             BACKEND ADDRESS (REVNAT_ID) (SLOT)
10.96.0.10:53/UDP (0)       0.0.0.0:0 (3) (0) [ClusterIP, non-routable]
10.96.0.10:53/UDP (2)       10.0.1.184:53/UDP (3) (2)
10.96.0.1:443/TCP (1)       91.217.196.189:6443/TCP (1) (1)
[fd00::a]:53/UDP (0)        [::]:0 (3) (0) [ClusterIP, non-routable]
0.0.0.0:30080/TCP (0)       0.0.0.0:0 (9) (0) [NodePort, non-routable]
`
/** Up to 1.13. */
const OLD_MAP = `SERVICE ADDRESS             BACKEND ADDRESS (REVNAT_ID) (SLOT)
10.96.0.1:443               0.0.0.0:0 (1) (0) [ClusterIP, non-routable]
                            91.217.196.189:6443 (1) (1)
10.96.0.10:53               10.0.1.184:53 (3) (2)
                            10.0.0.220:53 (3) (1)
`

/** Lines of the real table with addresses of the service that is asked for, and of others. */
const CT = `TCP OUT 10.0.0.5:1000 -> 10.0.1.184:53 expires=319511 Packets=0 Bytes=0 RevNAT=0
TCP SVC 10.0.0.5:1000 -> 10.96.0.10:53 expires=319511 Packets=0 Bytes=0 RevNAT=3 BackendID=98
TCP IN 10.0.0.5:1000 -> 10.0.1.184:53 expires=319511 Packets=0 Bytes=0 RevNAT=0
TCP OUT 10.0.0.5:1001 -> 10.0.1.9:8080 expires=319511 Packets=0 Bytes=0 RevNAT=0
UDP SVC 2603:8080::1:44564 -> fd00::a:53 expires=26806933 Packets=0 Bytes=0 RevNAT=218 BackendID=98
TCP SVC 192.0.2.1:1 -> 172.18.0.2:30080 expires=26806933 Packets=0 Bytes=0 RevNAT=9 BackendID=98
`

const service = (more: Partial<WantedService>): WantedService => ({
  ...{ namespace: 'kube-system', name: 'kube-dns', addresses: ['10.96.0.10'], endpoints: [], podAddresses: [] },
  ports: [{ name: 'dns', port: 53, protocol: 'UDP', nodePort: null }],
  ...more,
})

/** A folder with the agent's program and what it answers. */
function agentIn(files: Record<string, string>, names: readonly string[]): string {
  const { path, remove } = scratch('cilium')
  onTestFinished(remove)
  const made = {
    'service-list': fixture('cilium/service-list-1.18.json'),
    'bpf-lb-list': MAP,
    'bpf-lb-list-frontends': 'SERVICE ADDRESS   BACKEND ID\n10.96.0.10:53/UDP (0)   0 2[0] (3) [0x0 0x0]\n',
    'no-agent': fixture('cilium/no-agent-cilium-service-list.txt'),
    ...{ status: STATUS, 'bpf-ct-list': CT, asked: '', ...files },
  }
  for (const [name, text] of Object.entries(made)) writeFileSync(join(path, name), text)
  for (const name of ['cilium-agent', ...names]) writeFileSync(join(path, name), CILIUM, { mode: 0o755 })
  return path
}

/** Of the node itself only the shell and its tools are there. */
const shellIn = (shell: string, dir: string, script: string) => {
  const [command, ...words] = shell.split(' ')
  const input = script.replaceAll('iptables', 'no_such_tool').replaceAll('/run/netns', '/nowhere')
  return spawnSync(command!, words, { input, maxBuffer: 1e9, env: { PATH: `${dir}:/usr/bin:/bin` } })
}

/** Runs the script where the agent's program is, and nothing else of the node's. */
function run(request: CollectRequest, shell: string, files: Record<string, string> = {}, names = ['cilium-dbg']) {
  const done = shellIn(shell, agentIn(files, names), nodeScript(request, FRAME))
  const answer = readAnswer(done.stdout, FRAME)
  expect(answer.complete).toBe(true)
  const own = answer.sections.filter(({ file }) => file.startsWith('cilium-'))
  const { nodes, problems } = observeFiles(
    own.map(({ file, text }) => ({ path: `nodes/n1/${file}`, text })),
    { source: 'live', origin: 'test', problems: [] },
  )
  return { cilium: nodes[0]?.cilium ?? null, problems, files: new Map(own.map(({ file, text }) => [file, text])) }
}

const ONE: CollectRequest = { services: [service({})], parts: 'all' }

describe.each(SHELLS)('in %s', (shell) => {
  test('only the service that was asked for crosses the wire', () => {
    const { cilium, problems, files } = run(ONE, shell)
    expect(problems).toEqual([])
    expect(cilium!.services!.items.map(({ frontend: { port, protocol } }) => [port, protocol])).toEqual([
      [53, 'TCP'],
      [53, 'UDP'],
      [9153, 'TCP'],
    ])
    expect(cilium!.slots!.items.map(({ frontend, slot }) => [frontend.address, slot])).toEqual([
      ['10.96.0.10', 0],
      ['10.96.0.10', 2],
    ])
    expect(cilium!.slots!.extent).toEqual({ kind: 'asked', addresses: new Set(['10.96.0.10']), ports: new Set() })
    expect(cilium!.masters!.items).toMatchObject([{ active: 2 }])
    expect(cilium!.status).toMatchObject({ replaces: 'all', socketLb: true, state: 'Ok', devices: ['eth0'] })
    expect(files.get('cilium-status.json')).not.toContain('controllers')
    expect(cilium!.pressure).toMatchObject([{ map: 'lb4_services_v2', share: 0.25 }])
  })

  test('a service that is nowhere is known to be nowhere', () => {
    const { cilium, problems } = run({ ...ONE, services: [service({ addresses: ['10.96.0.99'] })] }, shell)
    expect(problems).toEqual([])
    expect(cilium!.slots).toMatchObject({ items: [], extent: { kind: 'asked' } })
    expect(cilium!.services).toMatchObject({ items: [], extent: { kind: 'asked' } })
  })

  test('IPv6, node ports, and keys with all their slots below', () => {
    const ports = [{ name: '', port: 80, protocol: 'TCP' as const, nodePort: 30080 }]
    const some = run({ ...ONE, services: [service({ addresses: ['fd00::a'], ports })] }, shell)
    expect(some.cilium!.slots!.items.map(({ frontend }) => frontend.address)).toEqual(['fd00::a', '0.0.0.0'])
    const old = run(ONE, shell, { 'bpf-lb-list': OLD_MAP }, ['cilium'])
    expect(old.cilium!.slots!.items.map(({ slot }) => slot)).toEqual([2, 1])
  })

  test('connections to the service and to its pods, and to no other', () => {
    const of = (more: Partial<WantedService>) =>
      run({ ...ONE, services: [service(more)] }, shell).cilium!.connections!.map(
        ({ direction, destination: { address, port } }) => `${direction} ${address} ${port}`,
      )
    expect(of({ endpoints: [{ address: '10.0.1.184', port: 53 }] })).toEqual(['OUT 10.0.1.184 53', 'SVC 10.96.0.10 53'])
    const ports = [{ name: '', port: 80, protocol: 'TCP' as const, nodePort: 30080 }]
    expect(of({ addresses: ['fd00::a'], ports })).toEqual(['SVC fd00::a 53', 'SVC 172.18.0.2 30080'])
    expect(of({ addresses: ['10.96.0.99'] })).toEqual([])
    expect(run({ services: null, parts: 'all' }, shell).cilium!.connections).toBe(null)
  })

  test('a list that ended before its time says nothing of what is not in it', () => {
    const { cilium } = run(ONE, shell, { broken: 'bpf' })
    expect(cilium!.slots?.extent.kind).not.toBe('asked')
    expect(cilium!.slots?.extent.kind).not.toBe('all')
    const whole = run({ services: null, parts: 'rules' }, shell, { broken: 'bpf' })
    expect(whole.cilium!.slots!.extent).toEqual({ kind: 'part' })
  })

  test('everything, where all is asked for', () => {
    const { cilium, problems } = run({ services: null, parts: 'all' }, shell)
    expect(problems).toEqual([])
    expect(cilium!.services).toMatchObject({ extent: { kind: 'all' } })
    expect(cilium!.services!.items).toHaveLength(8)
    expect(cilium!.slots!.items).toHaveLength(5)
  })

  test('an agent that is down is heard, and the maps are read', () => {
    const { cilium, problems } = run(ONE, shell, { down: '' })
    expect(problems).toEqual([])
    expect(cilium!.refusal!.text).toContain('dial unix')
    expect([cilium!.status, cilium!.services]).toEqual([null, null])
    expect(cilium!.slots!.items).toHaveLength(2)
  })

  test.each(['bpftool', null])('an agent that is gone left its maps: by %s', (tool) => {
    const dir = agentIn({ comm: 'kthreadd\n', bpftool: BPFTOOL }, [])
    for (const name of ['cilium_lb4_services_v2', 'cilium_lb4_backends_v3']) writeFileSync(join(dir, name), '')
    const script = nodeScript({ ...ONE, parts: 'rules' }, FRAME)
      .replaceAll('/proc/2/comm', join(dir, 'comm'))
      .replaceAll('/sys/fs/bpf/tc/globals', dir)
      .replace('have cilium-agent', 'false')
      .replaceAll('tool bpftool', tool ? 'tool bpftool' : 'false')
    chmodSync(join(dir, 'bpftool'), 0o755)
    const { sections } = readAnswer(shellIn(shell, dir, script).stdout, FRAME)
    const own = sections.filter(({ file }) => file.startsWith('cilium-'))
    const { nodes, problems } = observeFiles(
      own.map(({ file, text }) => ({ path: `nodes/n1/${file}`, text: text.replaceAll(dir, 'DIR') })),
      { source: 'live', origin: 'test', problems: [] },
    )
    const { cilium } = nodes[0]!
    expect(problems).toEqual([])
    if (!tool) {
      expect(cilium!.refusal!.text).toBe(
        'the process cilium-agent is not running, and there is no bpftool to read the maps in DIR',
      )
      expect(cilium!.slots).toBe(null)
      return
    }
    expect(cilium!.refusal!.text).toBe('the process cilium-agent is not running')
    expect(cilium!.slots!.extent).toMatchObject({ kind: 'asked' })
    expect(cilium!.slots!.items.map(({ frontend, slot, backend }) => [frontend.protocol, slot, backend])).toEqual([
      ['UDP', 0, null],
      ['UDP', 1, { address: '10.0.1.184', port: 53 }],
      ['UDP', 2, { missing: 300 }],
    ])
    expect(cilium!.masters!.items).toMatchObject([{ active: 2 }])
  })

  test('where no agent is, nothing is asked', () => {
    const done = shellIn(shell, '/nowhere', nodeScript(ONE, FRAME))
    expect(readAnswer(done.stdout, FRAME).sections.filter(({ file }) => file.startsWith('cilium'))).toEqual([])
  })
})

test('live: one exec into the agent’s pod of the node brings what is walked', async () => {
  const api = new FakeApi()
  const container = { name: 'cilium-agent', securityContext: { privileged: true } }
  api.add('anetd-abcde', { 'k8s-app': 'cilium' }, { nodeName: 'n1', hostNetwork: true, containers: [container] })
  const dir = agentIn({}, ['cilium-dbg'])
  const execs: (string | undefined)[] = []
  api.exec = async ({ pod, container: of, stdin }) => {
    execs.push(`${pod}/${of}`)
    const { stdout, status } = shellIn('sh', dir, stdin)
    return { stdout, stderr: '', exitCode: status, truncated: false }
  }
  const { sections, complete } = await collectNode(
    execWay(api, { selector: undefined }),
    node('n1'),
    collectScripts(ONE),
    options(undefined, 20_000),
  )
  expect([execs, complete]).toEqual([['anetd-abcde/cilium-agent'], true])
  const files = sections.map(({ file, text }) => ({ path: `nodes/n1/${file}`, text }))
  const { nodes } = observeFiles(files, { source: 'live', origin: 'test', problems: [] })
  expect(proxiesOn(nodes[0]!, 4).all.map(({ name, extent }) => [name, extent])).toEqual([['Cilium', '1 frontends']])
})
