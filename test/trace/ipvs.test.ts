/** IPVS mode against what really happened: traffic.txt says what was asked, conntrack and IPVS's own table where each connection went. */
import { describe, expect, test } from 'vitest'
import { lookupRoute } from '../../src/kernel/fib.ts'
import { sendPacket } from '../../src/kernel/hooks.ts'
import { isLocal } from '../../src/kernel/locality.ts'
import { NO_MARK, type Packet } from '../../src/kernel/packet.ts'
import { familyOf, joinHostPort, single } from '../../src/model/address.ts'
import type { NodeState, Tuple } from '../../src/model/node.ts'
import { modeOf, proxiesOn } from '../../src/proxies/on-node.ts'
import { captureFiles, capturePath, IPVS_CAPTURES } from '../fixtures.ts'
import { byAddress, entryOf, nodeOf, observe, observeFiles, trace, traceIn } from '../observations.ts'

const HEALTHY = IPVS_CAPTURES.filter((name) => !name.startsWith('broken'))

/** What a client's packet comes to on a node, as `fate target masquerade`. */
function ways(node: NodeState, protocol: string, client: string, { destination, destinationPort }: Tuple): Set<string> {
  const source = single(client)
  const to = single(destination)
  const sourceLocal = isLocal(node, source)
  const hook = sourceLocal === true ? 'output' : 'prerouting'
  const inInterface = hook === 'output' ? '' : lookupRoute(node, source).device
  const bridge = node.links?.find(({ name }) => name === inInterface)?.kind === 'bridge'
  const packet: Packet = {
    ...{ protocol, source, sourceLocal, destination: to, destinationLocal: isLocal(node, to) },
    ...{ destinationPort: destinationPort!, inInterface, outInterface: '', bridged: bridge && hook === 'prerouting' },
    ...{ mark: NO_MARK, connectionMark: NO_MARK, translated: false, untracked: false },
  }
  const { names, stations } = proxiesOn(node, familyOf(destination))
  const { all } = sendPacket(node, hook, packet, { names, stations, starts: [], resolve: () => null })
  return new Set(
    all.map(({ fate, ending, masquerade }) => {
      const target = ending?.verdict.kind === 'dnat' ? ending.verdict.target : null
      return `${fate} ${target ? joinHostPort(target.address!, target.port) : '-'} ${masquerade}`
    }),
  )
}

describe.each(IPVS_CAPTURES)('%s', (capture) => {
  test('every connection that conntrack recorded is one that the walk finds', async () => {
    const { nodes } = await observe(capturePath(capture))
    let checked = 0
    for (const node of nodes) {
      for (const { protocol, original, reply, unreplied } of node.conntrack ?? []) {
        const served = node.ipvs!.servers.some(
          ({ service }) =>
            service?.protocol === protocol &&
            service.address === original.destination &&
            service.port === original.destinationPort,
        )
        if (!served) continue
        const found = ways(node, protocol, original.source, original)
        const target = joinHostPort(reply.source, reply.sourcePort)
        const fate = isLocal(node, single(reply.source)) === true ? 'delivered' : 'forwarded'
        // A node's own packet may be masqueraded to the address that it has.
        const own = isLocal(node, single(original.source)) === true
        const masquerade = own ? ['yes', 'no'] : [reply.destination === original.source ? 'no' : 'yes']
        const expected = masquerade.map((one) => `${fate} ${target} ${one}`)
        // Nobody answered: the endpoint is dead, or its answers go past the node.
        if (unreplied) expected.push('drop - no')
        const seen = { node: node.name, original, reply, found: [...found] }
        expect({ ...seen, right: expected.some((one) => found.has(one)) }).toEqual({ ...seen, right: true })
        checked++
      }
    }
    expect(checked).toBeGreaterThan(30)
  })

  test('every connection of IPVS’s own table is one that the walk finds', async () => {
    const { nodes } = await observe(capturePath(capture))
    for (const node of nodes) {
      for (const { protocol, client, virtual, destination, state, template } of node.ipvs!.connections ?? []) {
        if (template || state === 'SYN_RECV') continue
        const server = node.ipvs!.servers.find(
          ({ service }) => service!.address === virtual.address && service!.port === virtual.port,
        )
        const real = server!.realServers.find(({ address }) => address === destination.address)
        // What was let go keeps the connections that it has.
        if (real?.weight === 0) continue
        const found = ways(node, protocol, client.address, {
          ...{ source: client.address, sourcePort: client.port },
          ...{ destination: virtual.address, destinationPort: virtual.port },
        })
        const target = joinHostPort(destination.address, destination.port)
        expect([...found].map((one) => one.split(' ')[1])).toContain(target)
      }
    }
  })
})

/** `web 4 web-66877cb9fb-2pkt5`: what was asked, how often, and who answered. */
async function traffic(capture: string): Promise<Map<string, Map<string, number>>> {
  const [file] = await captureFiles((path) => path === 'traffic.txt', [capture])
  const all = new Map<string, Map<string, number>>()
  for (const line of file!.text.split('\n')) {
    const [, what, count, who] = /^(\S+)\s+(\d+) (.+)$/.exec(line) ?? []
    if (!what) continue
    const answers = all.get(what) ?? new Map<string, number>()
    all.set(what, answers.set(who!, Number(count)))
  }
  return all
}

describe('k8s-1.32-ipvs', () => {
  const capture = 'k8s-1.32-ipvs'

  // From a pod of n1, and for some services from the node or from outside besides.
  test.each<[string, readonly string[]]>([
    ['web', ['web', 'web-from-node-n1', 'clusterip-from-outside']],
    ['web-sticky', ['web-sticky']],
    ['web-dual', ['web-dual']],
    ['web-local', ['web-local']],
    ['hostweb', ['hostweb']],
  ])('%s: connections as in traffic.txt', async (service, asked) => {
    const all = await traffic(capture)
    const expected = new Map<string, number>()
    for (const what of asked)
      for (const [who, count] of all.get(what)!) expected.set(who, (expected.get(who) ?? 0) + count)
    const entry = entryOf(nodeOf(await trace(capture, `shop/${service}`), 'n1'), 'clusterIP')
    const counted = entry.endpoints
      .filter(({ hits }) => hits?.packets)
      .map(({ pod, node, hits }) => [service === 'hostweb' ? node : pod!.name, hits!.packets])
    expect(Object.fromEntries(counted)).toEqual(Object.fromEntries(expected))
    expect(entry.hits!.packets).toBe([...expected.values()].reduce((a, b) => a + b, 0))
  })

  test('a node port counts for itself, from outside, from a pod and from the node', async () => {
    const entry = entryOf(nodeOf(await trace(capture, 'shop/web-np'), 'n1'), 'nodePort')
    expect(entry.hits!.packets).toBe(20)
    expect(entry.endpoints.map(({ hits, masquerade }) => [hits!.packets, masquerade])).toEqual(
      Array(5).fill([4, 'yes']),
    )
  })

  test('policy Local without an endpoint: who comes from outside is not answered, though IPVS has them all', async () => {
    const entry = entryOf(nodeOf(await trace(capture, 'shop/web-local'), 'n1'), 'nodePort')
    expect(entry).toMatchObject({ outcome: 'drop', verdict: 'degraded', endpoints: [] })
    expect(entry.stop!.reason).toContain('bypasses n1')
    const pod = await trace(capture, 'shop/web-local', {
      from: { kind: 'pod', namespace: 'shop', name: 'client', node: 'n1', addresses: ['10.244.1.3'] },
    })
    expect(entryOf(nodeOf(pod, 'n1'), 'nodePort')).toMatchObject({ outcome: 'dnat', verdict: 'reachable' })
  })

  test('internalTrafficPolicy Local without an endpoint: refused, by design', async () => {
    const report = await trace(capture, 'shop/web-internal-local')
    const entry = entryOf(nodeOf(report, 'n1'), 'clusterIP')
    expect(entry).toMatchObject({ outcome: 'reject', verdict: 'degraded' })
    expect(entry.reason).toBe('internalTrafficPolicy is Local and no endpoint is on n1: refused')
    expect(entryOf(nodeOf(report, 'n2'), 'clusterIP').verdict).toBe('reachable')
  })
})

test.each(HEALTHY)('%s: nothing is wrong with a service that has endpoints', async (capture) => {
  for (const service of [
    'default/kubernetes',
    'kube-system/kube-dns',
    ...'web web-dual web-np web-sticky web-extip web-lb web-lb-local web-named hostweb'
      .split(' ')
      .map((name) => `shop/${name}`),
  ]) {
    const report = await trace(capture, service)
    expect([service, report.verdict, report.reasons]).toEqual([service, 'reachable', []])
    for (const { entries, mode } of report.nodes) {
      expect(mode).toBe('ipvs')
      for (const { endpoints } of entries)
        expect(endpoints.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 9)
    }
  }
})

test('a scheduler without fixed shares says so', async () => {
  const report = await trace('k8s-1.32-ipvs-dualstack-lc', 'shop/web')
  expect(nodeOf(report, 'n1').notes).toEqual([
    expect.stringMatching(
      /: lc picks by the connections that are open at the time, and the shares are means over many$/,
    ),
  ])
})

test('what was let go gets nothing and is no fault; what is stale is; an address that is not bound is told', async () => {
  const report = await trace('broken-ipvs-graceful-stale-noaddr', 'shop/web')
  const [n1, n2, n3] = ['n1', 'n2', 'n3'].map((name) => entryOf(nodeOf(report, name), 'clusterIP'))
  expect(n1!.verdict).toBe('reachable')
  expect(byAddress(n1!).get('10.244.2.4:8080')).toBeUndefined()
  expect(n2!.verdict).toBe('degraded')
  expect(byAddress(n2!).get('10.244.2.2:8080')).toMatchObject({ state: 'stale', hits: { packets: 2 } })
  expect(byAddress(n2!).get('10.244.2.5:8080')).toMatchObject({ state: 'missing' })
  expect(n3).toMatchObject({ verdict: 'broken', outcome: 'none' })
  expect(n3!.reason).toBe(
    'the virtual server 10.96.244.84:80 exists, but 10.96.244.84 is not an address of n3: packets never reach it',
  )
})

const LIST = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
TCP  10.96.244.84:80 rr
  -> 10.244.1.4:8080              Masq    1      0          7
  -> 10.244.2.2:8080              Masq    0      1          7
`
const TABLE = `NAMESPACE   NAME   TYPE        CLUSTER-IP     EXTERNAL-IP   PORT(S)   AGE
shop        web    ClusterIP   10.96.244.84   <none>        80/TCP    5d
`

test('a pasted list shows where the service leads, and that nothing else is known', async () => {
  const observation = await observeFiles({ 'ipvs.txt': LIST, 'services.txt': TABLE })
  const [node] = traceIn(observation, 'shop/web').nodes
  expect(node).toMatchObject({ mode: 'ipvs', verdict: 'unknown' })
  expect(node!.entries[0]!.endpoints).toMatchObject([{ address: '10.244.1.4', port: 8080, probability: 1 }])
  expect(node!.notes).toEqual([expect.stringMatching("10.96.244.84 is the node's own, since it is served there")])
})

test('a pasted list of other services proves nothing of this one’s address', async () => {
  const other = LIST.replaceAll('10.96.244.84', '10.96.1.1')
  const observation = await observeFiles({ 'ipvs.txt': other, 'services.txt': TABLE })
  expect(traceIn(observation, 'shop/web').verdict).toBe('unknown')
})

test('a session that shows one thing after the other is taken apart', async () => {
  const session = `root@n1:~# kubectl get svc -n shop
${TABLE}root@n1:~# ipvsadm -Ln
${LIST}root@n1:~# ipvsadm -Lnc
IPVS connection entries
pro expire state       source             virtual            destination
TCP 01:20  TIME_WAIT   10.244.1.3:43514   10.96.244.84:80 10.244.1.4:8080
root@n1:~# ipset list KUBE-CLUSTER-IP
Name: KUBE-CLUSTER-IP
Type: hash:ip,port
Revision: 5
Header: family inet hashsize 1024 maxelem 65536
Size in memory: 264
References: 2
Number of entries: 1
Members:
10.96.244.84,tcp:80
root@n1:~# ipset save KUBE-LOOP-BACK
create KUBE-LOOP-BACK hash:ip,port,ip family inet hashsize 1024 maxelem 65536
add KUBE-LOOP-BACK 10.244.1.4,tcp:8080,10.244.1.4
`
  const observation = await observeFiles({ 'ticket.txt': session })
  const [node] = observation.nodes
  expect(node).toMatchObject({ name: 'n1', ipvs: { servers: [{ scheduler: 'rr' }], connections: [{ expires: 80 }] } })
  expect(node!.ipsets!.map(({ name, members }) => [name, members!.length])).toEqual([
    ['KUBE-CLUSTER-IP', 1],
    ['KUBE-LOOP-BACK', 1],
  ])
  expect(traceIn(observation, 'shop/web').nodes[0]!.entries[0]!.endpoints).toMatchObject([{ address: '10.244.1.4' }])
})

describe('connections, and who is held where', () => {
  test('a count that lags is told beside what conntrack holds', async () => {
    const entry = entryOf(nodeOf(await trace('k8s-1.20-ipvs', 'shop/web'), 'n1'), 'clusterIP')
    expect(entry).toMatchObject({ hits: { packets: 30, lags: true }, conntrack: 35 })
    expect(entry.trackedBy).toBeUndefined()
  })

  test('templates show which endpoint holds a client', async () => {
    const entry = entryOf(nodeOf(await trace('k8s-1.32-ipvs', 'shop/web-sticky'), 'n1'), 'clusterIP')
    const held = entry.endpoints.flatMap((one) => (one.held ? [{ address: one.address, ...one.held }] : []))
    expect(held).toMatchObject([{ address: '10.244.3.4', count: 1, evidence: { node: 'n1', command: 'ipvsadm -Lnc' } }])
    const other = entryOf(nodeOf(await trace('k8s-1.32-ipvs', 'shop/web'), 'n1'), 'clusterIP')
    expect(other.endpoints.some((one) => one.held)).toBe(false)
  })

  const CONNECTIONS = `IPVS connection entries
pro expire state       source             virtual            destination
TCP 01:20  TIME_WAIT   10.244.1.3:43514   10.96.244.84:80 10.244.1.4:8080
TCP 08:51  ASSURED     10.244.1.3:0       10.96.244.84:80 10.244.1.4:8080
`
  const conntrack = (destination: string) =>
    `ipv4     2 tcp      6 112 TIME_WAIT src=10.244.1.3 dst=${destination} sport=38308 dport=80 src=10.244.1.4 dst=10.244.1.3 sport=8080 dport=38308 [ASSURED] mark=0 use=1\n`

  test.each([
    ['without conntrack', {}, 1, 'ipvsadm -Lnc'],
    ['where conntrack has none of the address', { 'conntrack.txt': conntrack('10.96.0.9') }, 1, 'ipvsadm -Lnc'],
    ['where conntrack has some', { 'conntrack.txt': conntrack('10.96.244.84').repeat(2) }, 2, undefined],
  ])('%s they are those of %#', async (_what, files, count, by) => {
    const observation = await observeFiles({
      'ipvs.txt': LIST,
      'lnc.txt': CONNECTIONS,
      'services.txt': TABLE,
      ...(files as Record<string, string>),
    })
    const [entry] = traceIn(observation, 'shop/web').nodes[0]!.entries
    expect(entry).toMatchObject({ conntrack: count, endpoints: [{ connections: count, held: { count: 1 } }] })
    expect(entry!.trackedBy).toBe(by)
    expect(entry!.endpoints[0]!.conntrack[0]!.elsewhere?.command).toBe(by)
  })
})

describe('the mode’s age', () => {
  test('is said where kube-proxy has the mode', async () => {
    const { nodes } = await trace('k8s-1.32-ipvs', 'shop/web')
    expect(nodes.map(({ modeNote }) => modeNote)).toEqual(Array(3).fill('deprecated since Kubernetes 1.35'))
  })

  test('is said with kube-proxy’s own version', async () => {
    const { nodes } = await observe(capturePath('k8s-1.32-ipvs'))
    const noteOf = (version: string) => {
      const { proxy } = nodes[0]!
      return modeOf({ ...nodes[0]!, proxy: { ...proxy!, metrics: { ...proxy!.metrics!, version } } }).modeNote
    }
    expect(noteOf('v1.32.9')).toBe('deprecated from Kubernetes 1.35 on; this is v1.32.9')
    expect(noteOf('v1.35.0')).toBe('deprecated since Kubernetes 1.35; this is v1.35.0')
  })

  test('is not said of another mode, nor of servers that may be somebody else’s', async () => {
    const { nodes } = await trace('k8s-1.36-iptables-nft-bridge', 'shop/web')
    expect(nodes.some((node) => 'modeNote' in node)).toBe(false)
    const pasted = await observeFiles({ 'ipvs.txt': LIST, 'services.txt': TABLE })
    expect(traceIn(pasted, 'shop/web').nodes[0]!.modeNote).toBeUndefined()
  })
})
