import { EventEmitter } from 'node:events'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { WatchBody, WatchEvent, WatchView } from '../../../src/model/live/watch.ts'
import { stringWidth, terminal } from '../../../src/render/terminal.ts'
import { eventJson, eventLine, shownLine } from '../../../src/render/watch/lines.ts'
import { screenLines } from '../../../src/render/watch/screen.ts'
import { Screen } from '../../../src/verbs/watch-screen.ts'
import { hostile, makeReport, manyEndpoints } from '../report-factory.ts'

const event = (body: WatchBody): WatchEvent => ({
  ...{ apiVersion: 'svcpath/v1alpha1', kind: 'WatchEvent', time: '2026-11-28T12:00:03.500Z' },
  ...body,
})

test.each<[WatchBody, string]>([
  [
    {
      ...{
        event: 'verdict',
        service: 'shop/web',
        verdict: 'degraded',
        was: 'reachable',
        reason: 'rules',
        settling: true,
      },
      nodes: [
        { name: 'n1', verdict: 'broken' },
        { name: 'n2', verdict: 'reachable' },
      ],
    },
    'shop/web: reachable → degraded (n1 broken, n2 reachable), after a change on a node; nodes and API differ, looking again',
  ],
  [
    {
      ...{
        event: 'finding',
        state: 'appeared',
        code: 'SVP302',
        name: 'x',
        severity: 'error',
        node: 'n1',
        subject: 's',
      },
      ...{ message: 'the rules are gone', fix: 'one\ntwo', seconds: null },
    },
    'error SVP302 on n1: the rules are gone; fix: one',
  ],
  [
    {
      ...{
        event: 'finding',
        state: 'vanished',
        code: 'SVP302',
        name: 'x',
        severity: 'error',
        node: null,
        subject: 's',
      },
      ...{ message: 'the rules are gone', fix: null, seconds: 6.6 },
    },
    'gone after 7 s: SVP302: the rules are gone',
  ],
  [
    { event: 'endpoint', address: 'fd00::5', port: 80, node: 'n1', pod: 'web-1', was: 'ready', is: 'terminating' },
    'endpoint [fd00::5]:80 (web-1 on n1): ready → terminating',
  ],
  [
    { event: 'endpoint', address: '10.0.0.1', port: null, node: null, pod: null, was: 'ready', is: null },
    'endpoint 10.0.0.1 was removed',
  ],
  [
    {
      event: 'pod',
      pod: 'web-1',
      node: 'n1',
      was: 'ready',
      is: 'notReady',
      restarts: 2,
      reason: 'Error (exit code 1)',
    },
    'pod web-1 (on n1): containers were restarted 2 times, it ended with Error (exit code 1); ready → not ready',
  ],
  [
    { event: 'pod', pod: 'web-1', node: null, was: 'notReady', is: 'notReady', restarts: 0, reason: 'x waits' },
    'pod web-1: not ready: x waits',
  ],
  [
    { event: 'pod', pod: 'web-1', node: 'n1', was: null, is: 'notReady', restarts: 0, reason: null },
    'pod web-1 (on n1) was added: not ready',
  ],
  [
    { event: 'pod', pod: 'web-1', node: 'n1', was: 'terminating', is: null, restarts: 0, reason: null },
    'pod web-1 (on n1) is gone, or the Service no longer selects it',
  ],
  [{ event: 'change', what: 'rules', node: 'n1', subject: 'chain KUBE-SVC-X' }, 'n1: changed: chain KUBE-SVC-X'],
  [
    { event: 'connections', node: 'n1', address: '10.0.0.1', port: 80, count: 1, by: 'conntrack' },
    'n1: 1 connection to 10.0.0.1:80',
  ],
  [
    {
      ...{ event: 'failure', failure: 'noAnswer', node: 'n1', protocol: 'TCP', count: 2, seconds: 3.9 },
      ...{ client: '10.0.0.9:5', entry: '10.96.0.1:80', endpoint: '10.0.0.1:80' },
    },
    'n1: 2 connections, the first of 10.0.0.9:5 to 10.96.0.1:80 was sent to 10.0.0.1:80; no answer for 3 s',
  ],
  [
    {
      ...{ event: 'failure', failure: 'dropped', node: 'n1', protocol: 'TCP', count: 1, seconds: 3 },
      ...{ client: null, entry: null, endpoint: '10.0.0.1:80' },
    },
    'n1: the rules sent 1 packet to 10.0.0.1:80, and no connection came of it: dropped on n1',
  ],
  [
    { event: 'stream', state: 'open', node: 'n2', since: '2026-11-28T11:59:57.000Z', missed: 6.5, reason: null },
    'n2: watching again; no data 11:59:57–12:00:03',
  ],
])('%j', (body, expected) => {
  expect(eventLine(event(body))).toBe(`12:00:03  ${expected}`)
  expect(JSON.parse(eventJson(event(body)))).toEqual(event(body))
})

test('a name from elsewhere moves no cursor and breaks no line', () => {
  const evil = '\u001b[2Jx\u202e\n\u2028y'
  const body: WatchBody = { event: 'stream', state: 'lost', node: evil, since: '', missed: null, reason: evil }
  for (const text of [eventLine(event(body)), eventJson(event(body))]) expect(text).not.toMatch(/[\p{Cc}\u2028\u202e]/u)
})

const view = (part: Partial<WatchView> = {}): WatchView => ({
  ...{ service: 'shop/web', verdict: 'degraded', settling: false, seconds: 3725, report: makeReport() },
  ...{ endpoints: [], nodes: [], findings: [], connections: 3, failures: 1, ...part },
})

test('the screen fits, whatever is on it', () => {
  const text = fc.oneof(fc.string({ maxLength: 80 }), fc.constantFrom('宽宽宽', '\u001b[31m', 'a'.repeat(200)))
  const endpoint = fc.record({
    ...{
      place: text,
      node: fc.option(text),
      pod: fc.option(text),
      state: fc.constantFrom('ready', 'stale', 'unknown'),
    },
    nodes: fc.constantFrom(new Map(), new Map([['n1', { rate: 1.25, total: 12 }]])),
  })
  const node = fc.record({
    ...{
      name: text,
      verdict: fc.constantFrom(null, 'broken'),
      open: fc.boolean(),
      since: text,
      reason: fc.option(text),
    },
    ...{
      by: fc.constantFrom(null, 'conntrack'),
      note: fc.option(text),
      failures: fc.nat(3),
      ages: fc.constantFrom(null, { own: 4, near: 40, all: 400 }),
    },
  })
  const size = fc.record({ width: fc.integer({ min: 20, max: 200 }), height: fc.integer({ min: 2, max: 60 }) })
  fc.assert(
    fc.property(
      fc.array(endpoint),
      fc.array(node, { maxLength: 12 }),
      text,
      size,
      (endpoints, nodes, note, { width, height }) => {
        const reports = [makeReport(), hostile(note), manyEndpoints(9)]
        for (const report of reports) {
          const full = view({ report, endpoints, nodes } as Partial<WatchView>)
          const lost = event({ event: 'stream', state: 'lost', node: note, since: '', missed: null, reason: note })
          const lines = screenLines(full, [lost, lost], [note], { ...terminal({}, {}), width, height })
          expect(lines.length).toBeLessThan(height)
          for (const line of lines) expect([line, stringWidth(line) <= width]).toEqual([line, true])
          expect(lines.join('')).not.toMatch(/\p{Cc}/u)
        }
      },
    ),
    { numRuns: 60 },
  )
})

test('what is read first: verdict, time, connections; nodes that are not seen, and why', () => {
  const nodes: WatchView['nodes'] = [
    {
      name: 'n1',
      verdict: 'broken',
      open: true,
      since: '',
      reason: null,
      by: 'conntrack',
      note: null,
      ages: null,
      failures: 1,
    },
    {
      ...{ name: 'n2', verdict: 'reachable', open: false, since: '2026-11-28T12:00:03.000Z', reason: 'it broke off' },
      ...{ by: null, note: null, ages: null, failures: 0 },
    },
  ]
  const lines = screenLines(view({ nodes }), [], [], { ...terminal({}, {}), width: 100, height: 40 })
  expect(lines[0]).toBe('DEGRADED  shop/web · watching for 1:02:05 · 3 connections, 1 failed')
  expect(lines).toContain('n1  broken · connections by conntrack events · 1 failed')
  expect(lines).toContain('n2  reachable · no data since 12:00:03: it broke off')
})

test('on a terminal that knows ASCII alone nothing else, and codes are links where those are shown', () => {
  const finding = { code: 'SVP302', name: 'x', severity: 'error' as const, node: 'n1', subject: 's', message: 'm → n' }
  const rest = { fix: null, clients: [], who: [], evidence: [], consequences: [], leadsTo: [] }
  const full = view({ findings: [{ finding: { ...finding, ...rest }, since: '2026-11-28T12:00:03.000Z' }] })
  const gap = event({
    event: 'stream',
    state: 'open',
    node: 'n2',
    since: '2026-11-28T11:59:57.000Z',
    missed: 6,
    reason: null,
  })
  const look = { ...terminal({}, {}), width: 100, height: 40 }
  const plain = screenLines(full, [gap], ['…'], { ...look, ascii: true }).join('\n')
  expect(plain).toMatch(/^[\n -~]*$/)
  expect(plain).toContain('SVP302 on n1: m > n')
  expect(screenLines(full, [gap], [], { ...look, links: true }).join('\n')).toContain('#svp302\u001b\\SVP302\u001b]8;;')
  expect(shownLine(gap, { ...look, ascii: true })).toBe('12:00:03  n2: watching again; no data 11:59:57-12:00:03')
})

test('rules that were not read of late: for how long', () => {
  const node = { name: 'n1', verdict: 'reachable', open: true, since: '', reason: null } as const
  const nodes = [{ ...node, by: 'conntrack' as const, note: null, failures: 0, ages: { own: 0, near: 14, all: 50 } }]
  const lines = screenLines(view({ nodes }), [], [], { ...terminal({}, {}), width: 120, height: 40 })
  expect(lines).toContain(
    'n1  reachable · connections by conntrack events · last read: rules around its chains 14 s ago, all rules 50 s ago',
  )
})

test('each node has a column, or none has', () => {
  const nodes = ['n1', 'n2', 'n3'].map((name) => ({
    ...{ name, verdict: 'reachable' as const, open: true, since: '', reason: null },
    ...{ by: 'conntrack' as const, note: null, ages: null, failures: 0 },
  }))
  const endpoint = { place: '10.244.1.4:8080', pod: 'web-66877cb9fb-2pkt5', node: 'n1', state: 'ready' as const }
  const titles = (width: number) =>
    screenLines(view({ nodes, endpoints: [{ ...endpoint, nodes: new Map() }] }), [], [], {
      ...{ ...terminal({}, {}), width, height: 40 },
    }).find((line) => line.startsWith('ENDPOINT'))
  expect(titles(100)).toMatch(/FROM n1 +FROM n2 +FROM n3 +NEW\/S +TOTAL$/)
  expect(titles(80)).toMatch(/STATE +NEW\/S +TOTAL$/)
})

test('a screen draws over itself, and begins anew on another size', () => {
  const written: string[] = []
  const stdout = Object.assign(new EventEmitter(), {
    ...{ write: (text: string) => written.push(text), isTTY: true, columns: 80, rows: 24 },
  })
  let drawn = 0
  const screen = new Screen(stdout as never, () => drawn++)
  screen.draw(['a', 'b'])
  screen.draw(['c'])
  expect(written).toEqual(['\ra\u001b[K\nb\u001b[K\n\u001b[J', '\r\u001b[2Ac\u001b[K\n\u001b[J'])
  stdout.emit('resize')
  screen.draw(['d'])
  expect([drawn, written.at(-1)]).toEqual([1, '\rd\u001b[K\n\u001b[J'])
  screen.end()
  stdout.emit('resize')
  expect(drawn).toBe(1)
})
