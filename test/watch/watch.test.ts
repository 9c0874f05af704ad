import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Endpoint } from '../../src/model/cluster.ts'
import type { Finding } from '../../src/model/finding.ts'
import type { WatchEvent } from '../../src/model/live/watch.ts'
import type { PathReport } from '../../src/model/report.ts'
import type { WatchedPod } from '../../src/watch/pods.ts'
import type { Flow, NodeMessage } from '../../src/watch/stream.ts'
import { viewOf } from '../../src/watch/view.ts'
import { type Look, Watch } from '../../src/watch/watch.ts'
import { makeEndpoint, makeEntry, makeNode, makeReport, makeService } from '../render/report-factory.ts'

const schema = JSON.parse(readFileSync(new URL('../../schema/watchevent.schema.json', import.meta.url), 'utf8'))
const isEvent = new Ajv2020({ strict: true, strictRequired: true, allowUnionTypes: true }).compile(schema)

const endpoint = makeEndpoint({ address: '10.244.2.4', port: 8080, chain: 'KUBE-SEP-A' })
const report = (part: Partial<PathReport> = {}): PathReport =>
  makeReport({
    service: makeService({ clusterIPs: ['10.96.1.2'] }),
    nodes: [makeNode({ name: 'n1', entries: [makeEntry({ address: '10.96.1.2', endpoints: [endpoint] })] })],
    ...part,
  })

const finding = (code: string, node: string | null = 'n1'): Finding => ({
  ...{ code, name: 'x', severity: 'error', node, subject: 's', message: `${code} is there`, fix: null },
  ...{ clients: [], who: [], evidence: [], consequences: [], leadsTo: [] },
})

const look = (part: Partial<Look> = {}): Look => ({
  ...{ report: report(), reason: 'start', nodes: new Set(['n1']), unread: new Set<string>(), settling: false },
  ...part,
})

/** A watch that has looked once, and whose node streams. */
function started({ events = 'conntrack' as 'conntrack' | 'none' } = {}): Watch {
  const watch = new Watch('shop/web', 0)
  watch.looked(0, look())
  watch.heard(0, 'n1', { kind: 'hello' })
  watch.heard(0, 'n1', { kind: 'events', source: events, reason: null })
  return watch
}

const flow = (part: Partial<Flow> = {}): Flow => ({
  ...{ protocol: 'TCP', state: 'SYN_SENT', unreplied: true },
  ...{ client: '10.244.1.3:5050', entry: '10.96.1.2:80', endpoint: '10.244.2.4:8080', ...part },
})
const connection = (what: 'NEW' | 'UPDATE' | 'DESTROY', part: Partial<Flow> = {}): NodeMessage => ({
  kind: 'connection',
  what,
  flow: flow(part),
})
const chain = (count: number, { refs = 1, target = 'KUBE-SEP-A' } = {}): NodeMessage => ({
  ...{ kind: 'text', name: 'iptables/KUBE-SVC-X' },
  lines: [`Chain KUBE-SVC-X (${refs} references)`, '  pkts bytes target', `  ${count}  60 ${target}  0 -- * *`],
})
const TICK: NodeMessage = { kind: 'tick', ages: null }

const told = (events: readonly WatchEvent[], kind: WatchEvent['event']) => events.filter(({ event }) => event === kind)

test('a verdict at first, then only another one', () => {
  const watch = new Watch('shop/web', 0)
  expect(watch.looked(0, look())).toMatchObject([
    { event: 'verdict', was: null, verdict: 'reachable', reason: 'start' },
  ])
  expect(watch.looked(1, look({ reason: 'routine' }))).toEqual([])
  const broken = report({ verdict: 'broken' })
  expect(watch.looked(2, look({ report: broken, reason: 'rules' }))).toMatchObject([
    { event: 'verdict', was: 'reachable', verdict: 'broken', reason: 'rules' },
  ])
})

test('findings appear and vanish, each once; of a node that was not read nothing is gone', () => {
  const watch = started()
  const found = report({ findings: [finding('SVP301'), finding('SVP302', 'n2')] })
  expect(told(watch.looked(1000, look({ report: found })), 'finding')).toMatchObject([
    { state: 'appeared', code: 'SVP301', seconds: null },
    { state: 'appeared', code: 'SVP302' },
  ])
  expect(watch.looked(2000, look({ report: found }))).toEqual([])
  const blind = look({ unread: new Set(['n2']) })
  expect(told(watch.looked(5000, blind), 'finding')).toMatchObject([{ state: 'vanished', code: 'SVP301', seconds: 4 }])
  expect([...watch.findings.values()].map((one) => one.finding.code)).toEqual(['SVP302'])
  expect(told(watch.looked(6000, look()), 'finding')).toMatchObject([{ state: 'vanished', code: 'SVP302' }])
})

test('connections are counted by the kernel’s events, once a tick', () => {
  const watch = started()
  for (const client of ['10.0.0.1:1', '10.0.0.1:2']) watch.heard(100, 'n1', connection('NEW', { client }))
  watch.heard(100, 'n1', { kind: 'many', count: 5, entry: '10.96.1.2:80', endpoint: '10.244.2.4:8080' })
  expect(told(watch.heard(1000, 'n1', TICK), 'connections')).toMatchObject([
    { node: 'n1', address: '10.244.2.4', port: 8080, count: 7, by: 'conntrack' },
  ])
  expect(told(watch.heard(2000, 'n1', TICK), 'connections')).toEqual([])
  expect(
    viewOf(watch, 2000)!
      .endpoints.find(({ place }) => place === '10.244.2.4:8080')
      ?.nodes.get('n1'),
  ).toEqual({
    rate: 1.4,
    total: 7,
  })
})

test('without events, by counters: from the first reading on, and anew where they began anew', () => {
  const watch = started({ events: 'none' })
  watch.heard(0, 'n1', chain(40))
  expect(told(watch.heard(0, 'n1', TICK), 'connections')).toEqual([])
  watch.heard(1, 'n1', chain(43))
  expect(told(watch.heard(1, 'n1', TICK), 'connections')).toMatchObject([
    { count: 3, by: 'rules', address: '10.244.2.4' },
  ])
  watch.heard(2, 'n1', chain(2))
  expect(told(watch.heard(2, 'n1', TICK), 'connections')).toMatchObject([{ count: 2 }])
  watch.heard(3, 'n1', chain(9, { target: 'KUBE-SEP-B' }))
  expect(told(watch.heard(3, 'n1', TICK), 'connections')).toEqual([])
  const more = makeEndpoint({ address: '10.244.9.9', port: 8080, chain: 'KUBE-SEP-B' })
  watch.looked(
    4,
    look({ report: report({ nodes: [makeNode({ name: 'n1', entries: [makeEntry({ endpoints: [more] })] })] }) }),
  )
  expect(told(watch.heard(4, 'n1', TICK), 'connections')).toMatchObject([{ count: 9, address: '10.244.9.9' }])
})

test.each<[string, [number, NodeMessage][], object[]]>([
  ['answered', [[100, connection('UPDATE', { state: 'SYN_RECV', unreplied: false })]], []],
  ['refused', [[100, connection('UPDATE', { state: 'CLOSE', unreplied: false })]], [{ failure: 'refused', count: 1 }]],
  ['refused, and removed at once', [[100, connection('DESTROY', { state: 'CLOSE' })]], [{ failure: 'refused' }]],
  ['not answered', [], [{ failure: 'noAnswer', client: '10.244.1.3:5050', endpoint: '10.244.2.4:8080', seconds: 4 }]],
  ['removed by hand', [[100, connection('DESTROY', { state: null })]], []],
])('a connection that is %s', (_, messages, expected) => {
  const watch = started()
  watch.heard(0, 'n1', connection('NEW'))
  for (const [at, message] of messages) watch.heard(at, 'n1', message)
  expect(told(watch.heard(4000, 'n1', TICK), 'failure')).toMatchObject(expected)
  expect(told(watch.heard(9000, 'n1', TICK), 'failure')).toEqual([])
})

test('two seconds are no failure; what nobody watched for is none either', () => {
  const watch = started()
  watch.heard(0, 'n1', connection('NEW'))
  expect(told(watch.heard(2000, 'n1', TICK), 'failure')).toEqual([])
  watch.heard(2100, 'n1', { kind: 'overflow' })
  expect(told(watch.heard(4000, 'n1', TICK), 'failure')).toEqual([])
  watch.heard(4000, 'n1', connection('NEW'))
  watch.lost(4500, 'n1', 'dropped')
  watch.heard(4600, 'n1', { kind: 'hello' })
  expect(told(watch.heard(9000, 'n1', TICK), 'failure')).toEqual([])
})

test('what was not translated is told of the service’s own address, and of no other', () => {
  const watch = started()
  watch.heard(0, 'n1', connection('NEW', { endpoint: '10.96.1.2:80' }))
  watch.heard(0, 'n1', connection('NEW', { entry: '192.0.2.1:30080', endpoint: '192.0.2.1:30080' }))
  const events = watch.heard(4000, 'n1', TICK)
  expect(told(events, 'connections')).toEqual([])
  expect(told(events, 'failure')).toMatchObject([
    { failure: 'noAnswer', entry: '10.96.1.2:80', endpoint: '10.96.1.2:80' },
  ])
})

test('where the proxy counts all, connection tracking adds none', () => {
  const watch = started()
  const servers = (count: number): NodeMessage => ({
    ...{ kind: 'text', name: 'ipvs/stats' },
    lines: ['TCP  10.96.1.2:80   9 9 9 9 9', `  -> 10.244.2.4:8080   ${count}  7 0 420 0`],
  })
  watch.heard(0, 'n1', servers(5))
  watch.heard(1, 'n1', connection('NEW'))
  watch.heard(1, 'n1', connection('NEW', { endpoint: '10.96.1.2:80', client: '10.0.0.9:1' }))
  watch.heard(1, 'n1', servers(6))
  expect(told(watch.heard(1, 'n1', TICK), 'connections')).toMatchObject([{ count: 1, by: 'ipvs' }])
  expect(told(watch.heard(4001, 'n1', TICK), 'failure')).toMatchObject([{ endpoint: '10.244.2.4:8080' }])
  expect(viewOf(watch, 5000)!.nodes).toMatchObject([{ by: 'ipvs' }])
})

test('another program’s table is not followed, and that is said', () => {
  const watch = started()
  const entries = [makeEntry({ address: '10.96.1.2', trackedBy: 'cilium-dbg bpf ct list global' })]
  watch.looked(1, look({ report: report({ nodes: [makeNode({ name: 'n1', entries })] }) }))
  watch.heard(1, 'n1', connection('NEW', { endpoint: '10.96.1.2:80' }))
  expect(told(watch.heard(5000, 'n1', TICK), 'failure')).toEqual([])
  expect(viewOf(watch, 5000)!.nodes).toMatchObject([{ by: null, note: expect.stringContaining('cilium-dbg') }])
})

test('packets that were translated, and of which no connection came, were dropped', () => {
  const watch = started()
  watch.heard(0, 'n1', chain(10))
  const tick = (at: number) => told(watch.heard(at, 'n1', TICK), 'failure')
  for (const at of [1000, 2000, 3000, 4000]) expect(tick(at)).toEqual([])
  watch.heard(5000, 'n1', connection('NEW'))
  watch.heard(5000, 'n1', connection('UPDATE', { state: 'SYN_RECV' }))
  watch.heard(5000, 'n1', chain(11))
  for (const at of [5000, 6000, 7000, 8000, 9000]) expect(tick(at)).toEqual([])
  watch.heard(9500, 'n1', chain(13))
  expect([10_000, 11_000, 12_000, 13_000].flatMap(tick)).toMatchObject([{ failure: 'dropped', count: 2, client: null }])
})

test('a gap is told when it is over, and what changed meanwhile is looked at', () => {
  const watch = started()
  watch.heard(0, 'n1', chain(10))
  expect(watch.lost(3000, 'n1', 'it broke off')).toMatchObject([
    { event: 'stream', state: 'lost', reason: 'it broke off' },
  ])
  expect(watch.lost(4000, 'n1', 'refused')).toHaveLength(1)
  expect(watch.takeWish(4000)).toBeNull()
  expect(watch.heard(9000, 'n1', { kind: 'hello' })).toMatchObject([
    { event: 'stream', state: 'open', missed: 6, since: new Date(3000).toISOString() },
  ])
  expect(watch.takeWish(9000)).toEqual({ nodes: new Set(['n1']), reason: 'back' })
  expect(told(watch.heard(9001, 'n1', chain(99)), 'change')).toEqual([])
  expect(told(watch.heard(9001, 'n1', TICK), 'connections')).toEqual([])
  expect(watch.summary(10_000)).toMatchObject({ event: 'summary', seconds: 10, missed: [{ node: 'n1', seconds: 6 }] })
})

test('rules that change are looked at; ever less where that was to no effect', () => {
  const watch = started()
  watch.heard(0, 'n1', chain(1))
  expect(told(watch.heard(1, 'n1', chain(2)), 'change')).toEqual([])
  expect(told(watch.heard(2, 'n1', chain(2, { refs: 0 })), 'change')).toMatchObject([
    { what: 'rules', node: 'n1', subject: 'chain KUBE-SVC-X' },
  ])
  expect(watch.takeWish(3)).toEqual({ nodes: new Set(['n1']), reason: 'rules' })
  expect(watch.takeWish(3)).toBeNull()
  let at = 10
  const waits = Array.from({ length: 8 }, () => {
    watch.looked(at, look({ reason: 'rules' }))
    watch.heard(at, 'n1', { kind: 'rules', subject: null })
    const from = at
    while (watch.takeWish(at) === null) at += 500
    return at - from
  })
  expect(waits).toEqual([...waits].sort((a, b) => a - b))
  expect([waits[0], waits.at(-1)]).toEqual([1000, 60_000])
})

test('endpoints come, go, and become ready; all nodes are looked at', () => {
  const watch = started()
  const one = (address: string, part: Partial<Endpoint> = {}): Endpoint => ({
    ...{ namespace: 'shop', service: 'web', address, port: 8080, portName: '', protocol: 'TCP' },
    ...{
      ready: true,
      serving: true,
      terminating: false,
      pod: { namespace: 'shop', name: 'web-1' },
      node: 'n1',
      origin: '',
    },
    ...part,
  })
  expect(watch.listed(0, [one('10.244.2.4')])).toEqual([])
  expect(watch.takeWish(0)).toBeNull()
  const leaving = one('10.244.2.4', { ready: false, terminating: true })
  expect(watch.listed(1, [leaving, one('fd00::5', { ready: false })])).toMatchObject([
    { event: 'endpoint', address: '10.244.2.4', port: 8080, pod: 'web-1', was: 'ready', is: 'serving' },
    { event: 'endpoint', address: 'fd00::5', port: 8080, was: null, is: 'notReady' },
  ])
  expect(watch.takeWish(1)).toEqual({ nodes: null, reason: 'api' })
  expect(watch.listed(2, [])).toMatchObject([{ is: null }, { is: null }])
})

test('how old what is known of rules is: by the session, or by a look since', () => {
  const watch = started()
  const ages = (at: number) => viewOf(watch, at)!.nodes[0]!.ages
  watch.heard(90_000, 'n1', { kind: 'tick', ages: { own: 0, near: 12, all: 300 } })
  expect(ages(91_000)).toEqual({ own: 1, near: 13, all: 91 })
  watch.looked(91_500, look())
  expect(ages(93_500)).toEqual({ own: 2, near: 2, all: 2 })
  watch.lost(94_000, 'n1', 'it broke off')
  expect(ages(95_000)).toBeNull()
})

test('which rules have changed, where the node says so', () => {
  const watch = started()
  const events = watch.heard(1, 'n1', { kind: 'rules', subject: 'routes or links' })
  expect(events).toMatchObject([{ event: 'change', what: 'rules', node: 'n1', subject: 'routes or links' }])
  expect(watch.takeWish(2)).toEqual({ nodes: new Set(['n1']), reason: 'rules' })
})

test('pods come, go, are restarted and become ready; the first list, or one by another selector, tells nothing', () => {
  const watch = started()
  const pod = (part: Partial<WatchedPod> = {}): WatchedPod => ({
    ...{ name: 'web-1', node: 'n1', state: 'ready', trouble: null, restarts: 0, lastEnd: null, ...part },
  })
  expect(watch.podsListed(0, [pod()], true)).toEqual([])
  expect(watch.podsListed(1, [pod()], false)).toEqual([])
  const crashed = pod({ state: 'notReady', trouble: 'container web waits: CrashLoopBackOff', restarts: 1 })
  const pods = [{ ...crashed, lastEnd: 'OOMKilled (exit code 137)' }, pod({ name: 'web-2', state: 'notReady' })]
  const events = watch.podsListed(2, pods, false)
  expect(events).toMatchObject([
    { event: 'pod', pod: 'web-1', was: 'ready', is: 'notReady', restarts: 1, reason: 'OOMKilled (exit code 137)' },
    { event: 'pod', pod: 'web-2', was: null, is: 'notReady', restarts: 0, reason: null },
  ])
  for (const event of events) expect([event, isEvent(event)]).toEqual([event, true])
  expect(watch.podsListed(3, [pods[0]!], false)).toMatchObject([{ pod: 'web-2', was: 'notReady', is: null }])
  const other = { ...pods[0]!, trouble: 'container web is not ready' }
  expect(watch.podsListed(4, [other], false)).toMatchObject([{ pod: 'web-1', is: 'notReady', reason: other.trouble }])
  expect(watch.podsListed(5, [pod({ name: 'api-1' })], true)).toEqual([])
})

test('whatever comes in whatever order: events as the schema has them, and sums that agree', () => {
  const text = fc.string({ maxLength: 8 })
  const flows = fc.record({
    ...{
      protocol: fc.constantFrom('TCP', 'UDP', 'SCTP'),
      state: fc.constantFrom(null, 'SYN_SENT', 'CLOSE', 'SYN_RECV'),
    },
    ...{
      unreplied: fc.boolean(),
      client: fc.constantFrom('a:1', 'b:2', 'c'),
      entry: fc.constantFrom('10.96.1.2:80', 'x'),
    },
    endpoint: fc.constantFrom('10.244.2.4:8080', '[fd00::1]:80', 'fd00::2', ''),
  }) as fc.Arbitrary<Flow>
  const message = fc.oneof(
    fc.constantFrom<NodeMessage>(
      { kind: 'hello' },
      { kind: 'overflow' },
      TICK,
      { kind: 'rules', subject: null },
      chain(1),
      chain(7),
      chain(0, { refs: 0 }),
    ),
    fc.record({ kind: fc.constant('text' as const), name: text, lines: fc.array(text) }),
    fc.record({
      kind: fc.constant('connection' as const),
      what: fc.constantFrom('NEW', 'UPDATE', 'DESTROY'),
      flow: flows,
    }),
    fc.record({ kind: fc.constant('events' as const), source: fc.constantFrom('conntrack', 'none'), reason: text }),
  ) as fc.Arbitrary<NodeMessage>
  const found = fc.uniqueArray(fc.constantFrom('SVP301', 'SVP302', 'SVP303'))
  const step = fc.oneof(
    message.map((one) => (watch: Watch, at: number) => watch.heard(at, 'n1', one)),
    text.map((reason) => (watch: Watch, at: number) => watch.lost(at, 'n1', reason)),
    found.map((codes) => (watch: Watch, at: number) => {
      const findings = codes.map((code) => finding(code))
      return watch.looked(at, look({ report: report({ findings }), reason: 'rules' }))
    }),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(step, fc.nat(3000)), { maxLength: 60 }), (steps) => {
      const watch = new Watch('shop/web', 0)
      let at = 0
      const events = steps.flatMap(([take, later]) => {
        at += later
        return take(watch, at)
      })
      const all = [...events, watch.summary(at)]
      for (const event of all) expect([event, isEvent(event)]).toEqual([event, true])
      const connections = told(events, 'connections').reduce((sum, one) => sum + (one as { count: number }).count, 0)
      expect(all.at(-1)).toMatchObject({ connections })
      for (const code of ['SVP301', 'SVP302', 'SVP303']) {
        const states = told(events, 'finding').flatMap((one) => ('code' in one && one.code === code ? one.state : []))
        expect(states).toEqual(states.map((_, i) => (i % 2 === 0 ? 'appeared' : 'vanished')))
      }
      expect(viewOf(watch, at)?.nodes.every(({ failures }) => failures >= 0) ?? true).toBe(true)
    }),
  )
})
