/** The node script's sections of IPVS: with an ipvsadm that answers as one of a capture did, and with the kernel's own ipsets. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readAnswer } from '../../src/collect/answer.ts'
import { nodeScript } from '../../src/collect/script.ts'
import type { NodeState } from '../../src/model/node.ts'
import type { CollectRequest } from '../../src/model/request.ts'
import { observeFiles } from '../../src/observe/observation.ts'
import { wantedServices } from '../../src/resolve/wanted.ts'
import { captureFiles, capturePath } from '../fixtures.ts'
import { observe } from '../observations.ts'

const FRAME = '0123456789abcdef'.repeat(2)
const CAPTURE = 'k8s-1.32-ipvs-dualstack-lc'
const SHELLS = ['dash', 'busybox sh', 'bash'].filter(
  (shell) => spawnSync('sh', ['-c', `command -v ${shell.split(' ')[0]}`]).status === 0,
)
const able = process.getuid?.() === 0 && spawnSync('unshare', ['--net', 'true']).status === 0

/** One virtual server out of the capture's list, as the real one gives it. */
const IPVSADM = String.raw`#!/bin/sh
file=$DIR/ipvsadm-Ln.txt
place=
for word; do
  case $word in --stats) file=$DIR/ipvsadm-Ln-stats-exact.txt;; *:*) place=$word;; -f) mark=1;; esac
done
echo "$*" >> "$DIR/asked"
[ -z "$mark" ] || { printf 'Prot LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\nFWM  1481 rr\n  -> 10.244.2.11:80               Tunnel  1      0          0         \n'; exit; }
[ -n "$place" ] || { cat "$file"; exit; }
awk -v place="$place" '
  /^Prot |RemoteAddress/ {head = head $0 "\n"}
  /^[A-Z]/ {keep = $2 == place}
  keep {body = body $0 "\n"}
  END {if (body == "") {print "No such service" > "/dev/stderr"; exit 1} printf "%s%s", head, body}
' "$file"
`

let dir: string
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'svcpath-ipvs-'))
  const files = await captureFiles(
    (path) => /nodes\/n1\/(ipvsadm-Ln(-stats-exact)?|proc-net-ip_vs(_conn)?)\.txt$/.test(path),
    [CAPTURE],
  )
  for (const { path, text } of files) writeFileSync(join(dir, path.split('/').at(-1)!), text)
  for (const name of ['ip_vs', 'ip_vs_conn'])
    writeFileSync(join(dir, name), files.find(({ path }) => path.endsWith(`proc-net-${name}.txt`))!.text)
})
afterAll(() => rmSync(dir, { recursive: true }))

/** Runs the script where the kernel has IPVS, or is said to have. */
function run(request: CollectRequest, shell: string, { tool }: { tool: boolean }) {
  const script = nodeScript(request, FRAME)
    .replaceAll('/proc/net/ip_vs', `${dir}/ip_vs`)
    .replace('have() {', tool ? 'have() {' : 'have() { [ "$1" = ipvsadm ] && return 1;')
  writeFileSync(join(dir, 'ipvsadm'), IPVSADM, { mode: 0o755 })
  writeFileSync(join(dir, 'asked'), '')
  const setup = `ip link set lo up; ip link add eth0 type veth peer name eth1; ip addr add 172.30.0.11/16 dev eth0; ip addr add fd00:172:30::b/64 dev eth0; export DIR=${dir} PATH=${dir}:$PATH; exec ${shell}`
  const done = spawnSync('unshare', ['--net', 'sh', '-c', setup], { input: script, maxBuffer: 1e9 })
  const answer = readAnswer(done.stdout, FRAME)
  expect(answer.complete).toBe(true)
  const files = answer.sections.map(({ file, text }) => ({ path: `nodes/n1/${file}`, text }))
  const { nodes, problems } = observeFiles(files, { source: 'live', origin: 'test', problems: [] })
  expect(problems).toEqual([])
  return { node: nodes[0]!, files: new Map(answer.sections.map(({ file, text }) => [file, text])) }
}

const requestFor = async (...names: string[]): Promise<CollectRequest> => {
  const { cluster } = await observe(capturePath(CAPTURE))
  const services = (cluster.services ?? []).filter(({ namespace, name }) => names.includes(`${namespace}/${name}`))
  return { services: wantedServices(cluster, services), parts: 'all' }
}

const placesOf = ({ ipvs }: NodeState) =>
  ipvs!.servers.map(({ service }) => `${service!.address} ${service!.port}`).sort()

describe.skipIf(!able && !process.env.CI).each(SHELLS)('in %s', (shell) => {
  test('of one service, ipvsadm is asked for its addresses and node ports, and says what is not there', async () => {
    const { node } = run(await requestFor('shop/web-np', 'shop/web-dual'), shell, { tool: true })
    expect(placesOf(node)).toEqual(['10.96.137.234 80', '10.96.164.251 80', '172.30.0.11 30080', 'fd00:10:96::8592 80'])
    expect(node.ipvs!.whole).toBe(false)
    expect(node.ipvs!.absent).toContainEqual({ protocol: 'tcp', address: 'fd00:172:30::b', port: 30_080 })
    for (const server of node.ipvs!.servers) expect([server.scheduler, server.counters !== null]).toEqual(['lc', true])
  })

  test('of one service, those by firewall mark come, too: which packets have the mark only rules tell', async () => {
    const table = join(dir, 'ip_vs')
    const before = readFileSync(table, 'utf8')
    writeFileSync(table, `${before}FWM  000005C9 rr \n  -> 0AF4020B:0050      Tunnel  1      0          0         \n`)
    try {
      for (const tool of [true, false]) {
        const { node } = run(await requestFor('shop/web-np'), shell, { tool })
        const [marked, ...others] = node.ipvs!.servers.filter(({ firewallMark }) => firewallMark !== null)
        expect(others).toEqual([])
        expect(marked).toMatchObject({
          firewallMark: 1481,
          realServers: [{ address: '10.244.2.11', port: 80, forwarding: 'tunnel' }],
        })
      }
    } finally {
      writeFileSync(table, before)
    }
  })

  test('of all, the list is whole', () => {
    const { node } = run({ services: null, parts: 'all' }, shell, { tool: true })
    expect(node.ipvs!.whole).toBe(true)
    expect(node.ipvs!.servers).toHaveLength(32)
  })

  test('without ipvsadm the kernel’s own list is read, in which nothing is missing for certain', async () => {
    const { node, files } = run(await requestFor('shop/web-np', 'shop/web-dual'), shell, { tool: false })
    const wanted = /^(10\.96\.137\.234|10\.96\.164\.251|fd00:10:96::8592) 80$| 30080$/
    expect(node.ipvs).toMatchObject({ whole: false, absent: [] })
    expect(placesOf(node).filter((place) => !wanted.test(place))).toEqual([])
    expect(node.ipvs!.servers.length).toBeGreaterThan(0)
    expect(files.get('proc-net-ip_vs.txt')!.length).toBeLessThan(2000)
    const virtual = node.ipvs!.connections!.map(({ virtual: { address, port } }) => `${address} ${port}`)
    expect(virtual.filter((place) => !wanted.test(place))).toEqual([])
    expect(virtual.length).toBeGreaterThan(10)
  })
})

test('where the kernel has no IPVS, ipvsadm is not asked', async () => {
  const script = nodeScript(await requestFor('shop/web'), FRAME).replaceAll('/proc/net/ip_vs', `${dir}/none`)
  const setup = `export DIR=${dir} PATH=${dir}:$PATH; : > ${dir}/asked; sh; cat ${dir}/asked >&2`
  const done = spawnSync('sh', ['-c', setup], { input: script, maxBuffer: 1e9 })
  expect(done.stderr.toString()).toBe('')
  expect(readAnswer(done.stdout, FRAME).sections.some(({ file }) => /ipvs|ip_vs/.test(file))).toBe(false)
})

const hasSets = able && spawnSync('unshare', ['--net', 'ipset', 'create', 'a', 'hash:ip']).status === 0

test.skipIf(!hasSets)('ipsets that a rule names are saved, with those in their lists, and no others', () => {
  const setup = [
    'ipset create used hash:ip,port; ipset add used 10.0.0.1,tcp:80; ipset create unused hash:ip; ipset create inner hash:net; ipset add inner 10.0.0.0/8',
    'ipset create outer list:set; ipset add outer inner',
    'iptables-nft -A INPUT -m set --match-set used dst,dst -j DROP; iptables-nft -A INPUT -m set --match-set outer src -j DROP; exec dash',
  ].join('; ')
  const done = spawnSync('unshare', ['--net', 'sh', '-c', setup], {
    input: nodeScript({ services: [], parts: 'rules' }, FRAME),
  })
  const answer = readAnswer(done.stdout, FRAME)
  const files = answer.sections.map(({ file, text }) => ({ path: `nodes/n1/${file}`, text }))
  const { nodes } = observeFiles(files, { source: 'live', origin: 'test', problems: [] })
  expect(nodes[0]!.ipsets!.map(({ name, members }) => [name, members!.length])).toEqual(
    expect.arrayContaining([
      ['used', 1],
      ['outer', 1],
      ['inner', 1],
    ]),
  )
  expect(nodes[0]!.ipsets).toHaveLength(3)
})
