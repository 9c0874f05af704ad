/** The script against the real kernel: rules of captures in network namespaces, read by each shell, beside a whole dump. */
import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readAnswer } from '../../src/collect/answer.ts'
import { counterScript, nodeScript } from '../../src/collect/script.ts'
import type { Section } from '../../src/collect/section.ts'
import { HungProxies } from '../../src/live/hung-proxies.ts'
import type { PathReport } from '../../src/model/report.ts'
import type { CollectRequest } from '../../src/model/request.ts'
import { observeFiles } from '../../src/observe/observation.ts'
import { parseCounters } from '../../src/parse/host/counters.ts'
import { parseHealthChecks } from '../../src/parse/host/health-checks.ts'
import { parsePodRules } from '../../src/parse/host/pod-rules.ts'
import { wantedServices } from '../../src/resolve/wanted.ts'
import { captureFiles, capturePath } from '../fixtures.ts'
import { isLeftOut } from '../needs.ts'
import { observe, traceIn } from '../observations.ts'
import { scratch } from '../scratch.ts'

const FRAME = '0123456789abcdef'.repeat(2)

/** Processes in a namespace of their own end with its first: none is left of a test that was killed. */
const OWN = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']

/** Runs the script in a namespace of its own after `setup`, which gets the rules on standard input. */
function run(setup: string, rules: string, script: string, shell: string) {
  const done = spawnSync('unshare', [...OWN, 'sh', '-c', `${setup}; exec ${shell}`], {
    input: `${rules}\n__SCRIPT__\n${script}`,
    maxBuffer: 1e9,
  })
  return { ...readAnswer(done.stdout, FRAME), stderr: done.stderr.toString() }
}

/** Takes the rules from standard input up to the mark, byte for byte as `read` does, and loads them. */
const load = (restore: string) =>
  `{ while IFS= read -r line; do [ "$line" = __SCRIPT__ ] && break; printf '%s\\n' "$line"; done; } | ${restore} >&2`

describe.skipIf(isLeftOut('script'))('the node script', () => {
  const cases = [
    ['k8s-1.36-iptables-nft-bridge', 'iptables-nft-restore', 'dash'],
    ['k8s-1.36-iptables-nft-bridge', 'iptables-nft-restore', 'busybox sh'],
    ['k8s-1.36-iptables-nft-bridge', 'iptables-legacy-restore', 'bash'],
    ['k8s-1.20-iptables-legacy-bridge', 'iptables-legacy-restore', 'dash'],
    ['k8s-1.36-iptables-legacy-bridge', 'iptables-nft-restore', 'bash'],
  ] as const

  test.each(['dash', 'busybox sh', 'bash'])('in %s: counters are read again, with those of KUBE-FORWARD', (shell) => {
    const setup = `iptables-nft -N KUBE-FORWARD; iptables-nft -A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP; iptables-nft -A KUBE-FORWARD -j ACCEPT; ${load('cat')}`
    const { sections, complete } = run(setup, '', counterScript({ forward: true }, FRAME), shell)
    expect([complete, sections.map(({ file }) => file)]).toEqual([true, ['counters-again.txt']])
    const [{ counts } = { counts: new Map<string, number>() }] = parseCounters(sections[0]!.text, 'f').items
    const known = [
      'iptables-save.txt dropped',
      'iptables-save.txt passed',
      'nf_conntrack insert_failed',
      'softnet_stat dropped',
    ]
    expect(known.map((key) => typeof counts.get(key))).toEqual(known.map(() => 'number'))
  })

  /** What a node answers about one service, and what it answers about all. */
  const both = async (capture: string, service: string, setup: string, rules: string, shell: string) => {
    const whole = await observe(capturePath(capture))
    const api = (await captureFiles((path) => path.startsWith('api/'))).filter((one) => one.capture === capture)
    const wanted = (whole.cluster.services ?? []).filter(
      ({ namespace, name }) => `${namespace}/${name}` === service || name === 'kube-dns',
    )
    const requests: CollectRequest[] = [
      { services: wantedServices(whole.cluster, wanted), parts: 'rules' },
      { services: null, parts: 'rules' },
    ]
    return requests.map((request) => {
      const answer = run(setup, rules, nodeScript(request, FRAME), shell)
      expect(answer.complete).toBe(true)
      const nodes = answer.sections.map(({ file: name, text }) => ({ path: `nodes/n1/${name}`, text }))
      const observation = observeFiles([...api, ...nodes], { source: 'live', origin: 'test', problems: [] })
      const bytes = nodes.reduce((sum, { text }) => sum + text.length, 0)
      return { report: traceIn(observation, service, { nodes: ['n1'] }), bytes, files: nodes.map(({ path }) => path) }
    })
  }
  const fileOf = async (capture: string, path: string) =>
    (await captureFiles((one) => one.endsWith(path))).find((one) => one.capture === capture)!.text

  test('on a node with next to nothing to read it takes sixty-five processes at most', () => {
    const port = { name: '', protocol: 'TCP', port: 80, nodePort: null } as const
    const about = { addresses: ['10.96.0.1'], podAddresses: [], endpoints: [{ address: '10.244.1.2', port: 8080 }] }
    const request: CollectRequest = {
      services: [{ namespace: 'shop', name: 'web', ports: [port], ...about }],
      parts: 'all',
    }
    // Process ids of the namespace are given out one after the other.
    const counted = spawnSync('unshare', [...OWN, 'sh', '-c', "dash >/dev/null; sh -c 'echo $$'"], {
      input: nodeScript(request, FRAME),
    })
    expect(counted.stderr.toString()).toBe('')
    expect(Number(counted.stdout.toString())).toBeLessThanOrEqual(65)
  })

  test.each(cases)('%s by %s in %s: of one service as much is seen as of all', async (capture, restore, shell) => {
    // A rule of nfacct needs an object that only nfacct(8) makes.
    const rules = (await fileOf(capture, 'nodes/n1/iptables-save.txt')).replace(/^.*nfacct.*\n/gm, '')
    for (const service of ['shop/web', 'shop/web-lb']) {
      const [some, all] = await both(capture, service, load(restore), rules, shell)
      expect(ways(some!.report)).toEqual(ways(all!.report))
      expect(ways(some!.report)[0]!.endpoints.length).toBeGreaterThan(0)
      expect(some!.bytes).toBeLessThan(all!.bytes * 0.8)
    }
  })

  test.each(['dash', 'busybox sh', 'bash'])(
    'by nftables in %s: of one service as much is seen as of all',
    async (shell) => {
      const capture = 'k8s-1.36-nftables-dualstack-ptp'
      // What iptables put there beside it holds matches that nft prints, and cannot read.
      const text = await fileOf(capture, 'nodes/n1/nft.txt')
      const rules = [...text.matchAll(/^table (ip|ip6) kube-proxy \{\n[\s\S]*?^\}\n/gm)]
        .map(([table]) => table)
        .join('')
      for (const service of [
        'shop/web',
        'shop/web-lb',
        'shop/web-local',
        'shop/web-sticky',
        'shop/empty',
        'shop/web-dual',
      ]) {
        const [some, all] = await both(capture, service, load('nft -f -'), rules, shell)
        expect(ways(some!.report)).toEqual(ways(all!.report))
        expect(some!.report.nodes[0]!.entries.length).toBeGreaterThan(0)
        expect(some!.bytes).toBeLessThan(all!.bytes * 0.3)
      }
    },
  )

  test('by nftables an element that leads to another service’s chain brings that chain', async () => {
    const capture = 'k8s-1.36-nftables-dualstack-ptp'
    const text = await fileOf(capture, 'nodes/n1/nft.txt')
    const rules = [...text.matchAll(/^table ip kube-proxy \{\n[\s\S]*?^\}\n/gm)].map(([table]) => table).join('')
    const bent = rules.replace(/(\S+ \. tcp \. 80) : goto service-[A-Z0-9]+-shop\/web\/tcp\//, (_, key: string) => {
      const [other] = /service-[A-Z0-9]+-shop\/hostweb\/tcp\//.exec(rules)!
      return `${key} : goto ${other}`
    })
    expect(bent).not.toBe(rules)
    const [some, all] = await both(capture, 'shop/web', load('nft -f -'), bent, 'dash')
    expect(ways(some!.report)).toEqual(ways(all!.report))
    expect(ways(some!.report)[0]!.chains.join(' ')).toContain('shop/hostweb')
  })

  test('among very many chains those of the service are read by name, and tell the same', async () => {
    const capture = 'k8s-1.36-iptables-nft-bridge'
    const text = (await fileOf(capture, 'nodes/n1/iptables-save.txt')).replace(/^.*nfacct.*\n/gm, '')
    const others = Array.from({ length: 700 }, (_, i) => `:KUBE-SVC-${String(i).padStart(16, 'A')} - [0:0]\n`).join('')
    const rules = text.replace('*nat\n', `*nat\n${others}`)
    for (const shell of ['dash', 'busybox sh'])
      for (const service of ['shop/web', 'shop/web-lb', 'shop/web-local']) {
        const [some, all] = await both(capture, service, load('iptables-nft-restore'), rules, shell)
        expect(ways(some!.report)).toEqual(ways(all!.report))
        expect(ways(some!.report)[0]!.endpoints.length).toBeGreaterThan(0)
        expect(some!.bytes).toBeLessThan(all!.bytes * 0.3)
      }
  })

  test('while kube-proxy writes, what is read is one state or the other', async () => {
    const capture = 'k8s-1.36-iptables-nft-bridge'
    const text = (await fileOf(capture, 'nodes/n1/iptables-save.txt')).replace(/^.*nfacct.*\n/gm, '')
    const others = Array.from({ length: 700 }, (_, i) => `:KUBE-SVC-${String(i).padStart(16, 'A')} - [0:0]\n`).join('')
    const svc = 'KUBE-SVC-E3PXEPMWAWIUT6ZV'
    expect(text).toContain(svc)
    const state = (sep: string, gone: string, address: string) =>
      `*nat\n:${svc} - [0:0]\n:${sep} - [0:0]\n:${gone} - [0:0]\n-A ${svc} -j ${sep}\n-A ${sep} -p tcp -j DNAT --to-destination ${address}:8080\n-X ${gone}\nCOMMIT\n`
    const [a, b] = ['KUBE-SEP-AAAAAAAAAAAAAAAA', 'KUBE-SEP-BBBBBBBBBBBBBBBB']
    const flip = [state(a, b, '10.244.9.1'), state(b, a, '10.244.9.2')].map(
      (one) => `printf '%s' '${one}' | iptables-nft-restore --noflush`,
    )
    const writing = `${load('iptables-nft-restore')}; ( while :; do ${flip.join('; ')}; done ) </dev/null >/dev/null 2>&1 & w=$!; sleep 0.2; sh -s; kill $w; exit`
    for (let round = 0; round < 5; round++) {
      const [some] = await both(capture, 'shop/web', writing, text.replace('*nat\n', `*nat\n${others}`), 'true')
      const addresses = ways(some!.report)[0]!.endpoints.flatMap(([address, , chain]) => (chain ? address : []))
      expect(['10.244.9.1', '10.244.9.2']).toContain(addresses.join(' '))
    }
  })

  test('a table that iptables has no words for is read by nft', async () => {
    const rules =
      'table ip filter {\n map m { type ipv4_addr : verdict; }\n chain FORWARD { type filter hook forward priority 5; ip saddr vmap @m; }\n}\n'
    const [some] = await both('k8s-1.36-iptables-nft-bridge', 'shop/web', load('nft -f -'), rules, 'dash')
    expect(some!.files).toContain('nodes/n1/nft-1.json')
  })

  test('nothing is there after it that was not before', () => {
    const script = nodeScript({ services: null, parts: 'all' }, FRAME)
    const look = 'nft list ruleset; cat /proc/net/ip_tables_names /proc/net/ip6_tables_names /proc/modules 2>&1'
    const both = execFileSync(
      'unshare',
      ['--net', 'sh', '-c', `(${look}) | md5sum; sh -s >/dev/null; (${look}) | md5sum`],
      {
        input: script,
      },
    ).toString()
    const [before, after] = both.trim().split('\n')
    expect(after).toBe(before)
  })

  test.each(['dash', 'busybox sh', 'bash'])('%s reads settings whole', (shell) => {
    const script = nodeScript({ services: null, parts: 'all' }, FRAME)
    const { sections } = run('echo 1 > /proc/sys/net/ipv4/ip_forward; IFS= read -r mark', '', script, shell)
    const text = sections.find(({ file }) => file === 'sysctl.txt')!.text
    expect(text).toContain('net.ipv4.ip_forward = 1\n')
    expect(text).toMatch(/^net\.netfilter\.nf_conntrack_max = \d{3,}$/m)
  })

  /** A service proxy at 31001 on 127.0.0.2 alone, another program at 31002, one that hangs at 31003, nobody at 31004. */
  const SERVERS = `const http = require('node:http')
    const body = '{\\n\\t"service": {\\n\\t\\t"namespace": "shop",\\n\\t\\t"name": "web"\\n\\t},\\n\\t"localEndpoints": 0\\n}'
    http.createServer((_, to) => { to.statusCode = 503; to.end(body) }).listen(31001, '127.0.0.2')
    http.createServer((_, to) => to.end('S3CRET')).listen(31002)
    http.createServer(() => {}).listen(31003, () => console.log('ready'))`

  test.each([
    ['dash', ''],
    ['busybox sh', ''],
    ['bash', ''],
    // The same without curl: wget shows no body of a 503.
    ['dash', 'wget'],
  ])('%s asks health-check node ports (%s)', (shell, tool) => {
    const script = nodeScript({ services: [], parts: 'all', healthChecks: [31001, 31002, 31004, 31003] }, FRAME, [
      '127.0.0.2',
      '$(touch /tmp/svcpath-owned)',
    ])
    expect(script).not.toContain('touch')
    const folder = scratch('health')
    onTestFinished(folder.remove)
    writeFileSync(`${folder.path}/servers.cjs`, SERVERS)
    const start = `ip link set lo up; ${process.execPath} ${folder.path}/servers.cjs >${folder.path}/said 2>&1 </dev/null & until [ -s ${folder.path}/said ]; do sleep 0.1; done`
    const text = tool === '' ? script : script.replaceAll('have curl', 'false')
    const { sections } = run(start, '', text, shell)
    const answered = sections.find(({ file }) => file === 'health-checks.txt')!
    expect(answered).toMatchObject({ exitCode: 0, stderr: '' })
    expect(answered.text).not.toContain('S3CRET')
    const healthy = { namespace: 'shop', name: 'web', localEndpoints: 0, healthy: true }
    expect(parseHealthChecks(answered.text).items).toEqual([
      { port: 31001, listens: true, asked: '127.0.0.2', answer: tool === '' ? healthy : 'unavailable' },
      { port: 31002, listens: true, asked: '127.0.0.2', answer: 'other' },
      { port: 31004, listens: false, asked: null, answer: null },
      { port: 31003, listens: true, asked: '127.0.0.2', answer: null },
    ])
  })

  test('names from outside stay words', () => {
    const evil = "$(touch /tmp/svcpath-owned)';`id`\n"
    const services = [
      {
        namespace: evil,
        name: evil,
        addresses: [evil, '10.96.0.1'],
        ports: [{ name: evil, port: 80, protocol: 'TCP' as const, nodePort: null }],
        endpoints: [{ address: evil, port: 80 }],
        podAddresses: [evil],
      },
    ]
    const script = nodeScript({ services, parts: 'all' }, FRAME)
    expect(script).not.toContain('touch')
    const answer = run('true', '', script, 'sh')
    expect(answer.sections.length).toBeGreaterThan(5)
  })

  test('a tool that hangs or is missing loses its own section only', () => {
    const whole = nodeScript({ services: null, parts: 'all' }, FRAME)
    const script = whole.replaceAll(/ t \d+ (?=\$conntrack )/g, ' t 1 ')
    expect(script).not.toBe(whole)
    const folder = scratch('hangs')
    onTestFinished(folder.remove)
    writeFileSync(`${folder.path}/conntrack`, '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 })
    const hang = `PATH=${folder.path}:$PATH`
    const answer = run(`${hang}; ${load('cat')}`, '', script, 'sh')
    expect(answer.complete).toBe(true)
    expect(answer.sections.find(({ file }) => file === 'conntrack.txt')).toMatchObject({ exitCode: null })
    expect(answer.sections.find(({ file }) => file === 'ip-route.json')).toMatchObject({ exitCode: 0 })
  })

  // Debian's busybox prefers its own ip to any in PATH, and that prints no JSON by which a pod is known.
  test.each(['dash', 'bash'])('rules in the namespaces of the service’s own pods in %s', (shell) => {
    const space = (name: string, address: string, rules: string) =>
      `ip netns add ${name}; ip link add v-${name} type veth peer name eth0 netns ${name}; ip -n ${name} addr add ${address}/24 dev eth0; ip netns exec ${name} sh -c '${rules}'`
    const mesh = 'iptables-nft -t nat -A PREROUTING -p tcp -m comment --comment "a b" -j REDIRECT --to-ports 15006'
    const setup = [
      'mkdir -p /run/netns; mount -t tmpfs none /run/netns',
      space('mesh', '10.9.9.1', mesh),
      space('old', '10.9.9.2', mesh.replace('-nft', '-legacy')),
      space('plain', '10.9.9.3', 'true'),
      space('other', '10.9.9.4', mesh),
      load('cat'),
    ].join('\n')
    const endpoints = [1, 2, 3].map((last) => ({ address: `10.9.9.${last}`, port: 80 }))
    const services = [
      { namespace: 'shop', name: 'web', addresses: ['10.96.0.1'], ports: [], endpoints, podAddresses: [] },
    ]
    const answer = run(setup, '', nodeScript({ services, parts: 'all' }, FRAME), shell)
    expect(answer.complete).toBe(true)
    const text = answer.sections.find(({ file }) => file === 'pod-rules.txt')!.text
    const { items, problems } = parsePodRules(text, 'pod-rules.txt')
    expect(problems).toEqual([])
    const redirects = (namespace: string) =>
      items
        .filter((one) => one.namespace === namespace)
        .map(({ rulesets }) =>
          rulesets.flatMap(({ backend, tables }) =>
            tables.flatMap(({ chains }) =>
              (chains.get('PREROUTING')?.rules ?? []).map(({ comment }) => [backend, comment]),
            ),
          ),
        )
    expect(redirects('mesh')).toEqual([[['nft', 'a b']]])
    expect(redirects('old')).toEqual([[['legacy', 'a b']]])
    // It was read, and there are none; the pod of nobody who was asked about was not.
    expect([redirects('plain'), redirects('other')]).toEqual([[[]], []])
  })

  test.each(['dash', 'busybox sh', 'bash'])('kube-proxy is asked everything at once in %s', (shell) => {
    const { path, remove } = scratch('proxy')
    onTestFinished(remove)
    writeFileSync(`${path}/proxy.mjs`, ANSWERS_TOGETHER)
    const setup = `ip link set lo up; ${process.execPath} ${path}/proxy.mjs >${path}/ready & while ! [ -s ${path}/ready ]; do sleep 0.1; done; ${load('cat')}`
    const answer = run(setup, '', nodeScript({ services: null, parts: 'all' }, FRAME), shell)
    expect(answer.complete).toBe(true)
    const told = Object.fromEntries(answer.sections.map(({ file, text }) => [file, text.trim()]))
    expect(told).toMatchObject({
      'kube-proxy-mode.txt': '/proxyMode',
      'kube-proxy-healthz.json': '/healthz',
      'kube-proxy-metrics.txt': 'kubeproxy_x 1',
    })
  })

  test('a kube-proxy that hangs is not asked again', () => {
    const hung = new HungProxies()
    const request: CollectRequest = { services: null, parts: 'all' }
    const silent = (file: string, exitCode: number | null, stderr = '') => section(file, { exitCode, stderr })
    const all = [silent('kube-proxy-mode.txt', 28), silent('kube-proxy-healthz.json', null), section('sysctl.txt')]
    expect(hung.complete('n1', all)).toEqual(all)
    expect(nodeScript(hung.request('n1', request), FRAME)).not.toContain('10256')
    expect(hung.complete('n1', [section('sysctl.txt')])).toEqual([section('sysctl.txt'), ...all.slice(0, 2)])
    // Where one answers, or nobody listens, it is asked again: it may only just begin.
    hung.complete('n2', [silent('kube-proxy-mode.txt', 28), section('kube-proxy-healthz.json', { text: '{}' })])
    hung.complete('n3', [silent('kube-proxy-mode.txt', 7), silent('kube-proxy-healthz.json', 28)])
    hung.complete('n4', [])
    for (const node of ['n2', 'n3', 'n4']) expect(hung.request(node, request)).toBe(request)
    hung.complete('n5', [silent('kube-proxy-healthz.json', 1, 'wget: download timed out')])
    expect(hung.request('n5', request)).toMatchObject({ proxyHangs: true })
  })
})

/** A kube-proxy that answers nothing until it was asked for all. */
const ANSWERS_TOGETHER = `
import http from 'node:http'
const waiting = []
const take = (request, response) => {
  waiting.push(() => response.end(request.url === '/metrics' ? 'kubeproxy_x 1\\n' : request.url))
  if (waiting.length === 3) for (const answer of waiting) answer()
}
for (const port of [10249, 10256]) await new Promise((done) => http.createServer(take).listen(port, '127.0.0.1', done))
console.log('ready')
`

const section = (file: string, more: Partial<Section> = {}): Section => ({
  ...{ file, command: file, exitCode: 0, stderr: '', milliseconds: 1, text: '', complete: true, leftOut: null },
  ...more,
})

/** What must not depend on how much was read. */
const ways = (report: PathReport) =>
  report.nodes.flatMap((node) =>
    node.entries.map(({ kind, address, port, chains, hits, outcome, endpoints }) => ({
      kind,
      address,
      port,
      chains,
      hits,
      outcome,
      endpoints: endpoints.map((one) => [one.address, one.port, one.chain, one.probability, one.hits, one.masquerade]),
    })),
  )
