/** The script against the real kernel: rules of captures in network namespaces, read by each shell, beside a whole dump. */
import { execFileSync, spawnSync } from 'node:child_process'
import { beforeAll, describe, expect, test } from 'vitest'
import { readAnswer } from '../../src/collect/answer.ts'
import type { CollectRequest } from '../../src/collect/request.ts'
import { nodeScript } from '../../src/collect/script.ts'
import type { PathReport } from '../../src/model/report.ts'
import { observeFiles } from '../../src/observe.ts'
import { wantedServices } from '../../src/resolve/wanted.ts'
import { captureFiles, capturePath } from '../fixtures.ts'
import { observe, traceIn } from '../observations.ts'

const TOOLS = [
  'unshare',
  'iptables-nft',
  'iptables-legacy',
  'nft',
  'conntrack',
  'ip',
  'bridge',
  'busybox',
  'dash',
  'bash',
]
const missing = TOOLS.filter((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0)
const able = process.getuid?.() === 0 && missing.length === 0 && spawnSync('unshare', ['--net', 'true']).status === 0
const obstacle = able
  ? null
  : `root, network namespaces and ${TOOLS.join(', ')} are needed; missing: ${missing.join(', ')}`
if (obstacle && !process.env.CI) console.warn(`the node script is not tried: ${obstacle}`)

const FRAME = '0123456789abcdef'.repeat(2)

/** Runs the script in a namespace of its own after `setup`, which gets the rules on standard input. */
function run(setup: string, rules: string, script: string, shell: string) {
  const done = spawnSync('unshare', ['--net', 'sh', '-c', `${setup}; exec ${shell}`], {
    input: `${rules}\n__SCRIPT__\n${script}`,
    maxBuffer: 1e9,
  })
  return { ...readAnswer(done.stdout, FRAME), stderr: done.stderr.toString() }
}

/** Takes the rules from standard input up to the mark, byte for byte as `read` does, and loads them. */
const load = (restore: string) =>
  `{ while IFS= read -r line; do [ "$line" = __SCRIPT__ ] && break; printf '%s\\n' "$line"; done; } | ${restore} >&2`

describe.skipIf(obstacle !== null && !process.env.CI)('the node script', { timeout: 120_000 }, () => {
  beforeAll(() => {
    if (obstacle) throw new Error(obstacle)
  })

  const cases = [
    ['k8s-1.36-iptables-nft-bridge', 'iptables-nft-restore', 'dash'],
    ['k8s-1.36-iptables-nft-bridge', 'iptables-nft-restore', 'busybox sh'],
    ['k8s-1.36-iptables-nft-bridge', 'iptables-legacy-restore', 'bash'],
    ['k8s-1.20-iptables-legacy-bridge', 'iptables-legacy-restore', 'dash'],
    ['k8s-1.36-iptables-legacy-bridge', 'iptables-nft-restore', 'bash'],
  ] as const

  test.each(cases)('%s by %s in %s: of one service as much is seen as of all', async (capture, restore, shell) => {
    const [file] = (await captureFiles((path) => path.endsWith('nodes/n1/iptables-save.txt'))).filter(
      (one) => one.capture === capture,
    )
    // A rule of nfacct needs an object that only nfacct(8) makes.
    const rules = file!.text.replace(/^.*nfacct.*\n/gm, '')
    const whole = await observe(capturePath(capture))
    const api = (await captureFiles((path) => path.startsWith('api/'))).filter((one) => one.capture === capture)
    const whatIs = (request: CollectRequest, service: string): [PathReport, number] => {
      const answer = run(load(restore), rules, nodeScript(request, FRAME), shell)
      expect(answer.complete).toBe(true)
      const nodes = answer.sections.map(({ file: name, text }) => ({ path: `nodes/n1/${name}`, text }))
      const observation = observeFiles([...api, ...nodes], { source: 'live', origin: 'test', problems: [] })
      return [traceIn(observation, service, { nodes: ['n1'] }), nodes.reduce((sum, { text }) => sum + text.length, 0)]
    }
    for (const service of ['shop/web', 'shop/web-lb']) {
      const [namespace, name] = service.split('/')
      const wanted = (whole.cluster.services ?? []).filter(
        (one) => (one.namespace === namespace && one.name === name) || one.name === 'kube-dns',
      )
      const some = whatIs({ services: wantedServices(whole.cluster, wanted), parts: 'rules' }, service)
      const all = whatIs({ services: null, parts: 'rules' }, service)
      expect(ways(some[0])).toEqual(ways(all[0]))
      expect(ways(some[0])[0]!.endpoints.length).toBeGreaterThan(0)
      expect(some[1]).toBeLessThan(all[1] * 0.8)
    }
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
    const script = nodeScript({ services: null, parts: 'all' }, FRAME).replaceAll(/ t (15|5) /g, ' t 1 ')
    const hang =
      'd=$(mktemp -d); printf "#!/bin/sh\\nexec sleep 60\\n" > $d/conntrack; chmod +x $d/conntrack; PATH=$d:$PATH'
    const answer = run(`${hang}; ${load('cat')}`, '', script, 'sh')
    expect(answer.complete).toBe(true)
    expect(answer.sections.find(({ file }) => file === 'conntrack.txt')).toMatchObject({ exitCode: null })
    expect(answer.sections.find(({ file }) => file === 'ip-route.json')).toMatchObject({ exitCode: 0 })
  })
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
