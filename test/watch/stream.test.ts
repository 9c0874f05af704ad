import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type NodeMessage, StreamReader } from '../../src/watch/stream.ts'

const FRAME = 'aabbccdd'
const read = (text: string): NodeMessage[] => new StreamReader(FRAME).take(Buffer.from(text))

const NEW =
  '    [NEW] ipv4     2 tcp      6 120 SYN_SENT src=10.244.1.3 dst=10.96.1.2 sport=5050 dport=80 [UNREPLIED] src=10.244.2.4 dst=10.244.1.3 sport=8080 dport=5050'

test('what a node begins with, answers, and says of itself', () => {
  const text = `${FRAME} h 12\n${FRAME} e none there is no conntrack tool\n${FRAME} d\n${FRAME} d routes or links\n${FRAME} t 13\n${FRAME} t 13 0 4 60\n`
  expect(read(text)).toEqual([
    { kind: 'hello' },
    { kind: 'events', source: 'none', reason: 'there is no conntrack tool' },
    { kind: 'rules', subject: null },
    { kind: 'rules', subject: 'routes or links' },
    { kind: 'tick', ages: null },
    { kind: 'tick', ages: { own: 0, near: 4, all: 60 } },
  ])
})

test('connections, as conntrack prints them with and without the family', () => {
  const flow = {
    ...{ protocol: 'TCP', state: 'SYN_SENT', unreplied: true },
    ...{ client: '10.244.1.3:5050', entry: '10.96.1.2:80', endpoint: '10.244.2.4:8080' },
  }
  const expected = { kind: 'connection', what: 'NEW', flow }
  expect(read(`${NEW}\n${NEW.replace('ipv4     2 ', '')}\n`)).toEqual([expected, expected])
  const udp =
    '[UPDATE] ipv6 10 udp 17 30 src=fd00::3 dst=fd00::a sport=5 dport=53 src=fd00::9 dst=fd00::3 sport=53 dport=5'
  expect(read(`${udp}\n`)).toEqual([
    {
      ...{ kind: 'connection', what: 'UPDATE' },
      flow: {
        ...{ protocol: 'UDP', state: null, unreplied: false },
        ...{ client: '[fd00::3]:5', entry: '[fd00::a]:53', endpoint: '[fd00::9]:53' },
      },
    },
  ])
  expect(read('[NEW] ipv4 2 icmp 1 30 src=10.0.0.1 dst=10.0.0.2 type=8 code=0 id=1 [UNREPLIED] src=1 dst=2\n')).toEqual(
    [],
  )
  expect(read(`${FRAME} m 12 tcp 10.96.1.2 80 10.244.2.4 8080\n`)).toEqual([
    { kind: 'many', count: 12, entry: '10.96.1.2:80', endpoint: '10.244.2.4:8080' },
  ])
})

test('a text, and later what has changed of it, between which connections may come', () => {
  const whole = `${FRAME} c n0 iptables/X\nChain X\na 1\n${NEW}\nb 2\n${FRAME} . n0 3\n`
  const part = `${FRAME} p n0 iptables/X\n3 b 3\n${FRAME} . n0 3\n${FRAME} p n0 iptables/X\n${FRAME} . n0 2\n`
  const texts = read(whole + part).filter((one) => one.kind === 'text')
  expect(texts.map(({ lines }) => lines)).toEqual([
    ['Chain X', 'a 1', 'b 2'],
    ['Chain X', 'a 1', 'b 3'],
    ['Chain X', 'a 1'],
  ])
})

test('the same comes of it, however it is cut into pieces', () => {
  const text = `${FRAME} h 1\n${FRAME} c n0 iptables/Ä\nzwölf\n${FRAME} . n0 1\n${NEW}\n${FRAME} t 2\n`
  const bytes = Buffer.from(text)
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
      const places = [0, ...cuts.sort((a, b) => a - b), bytes.length]
      const reader = new StreamReader(FRAME)
      const pieces = places.slice(1).flatMap((end, i) => reader.take(bytes.subarray(places[i]!, end)))
      expect(pieces).toEqual(read(text))
    }),
  )
})

test('whatever comes, it throws nothing and holds no more than it should', () => {
  const words = fc.constantFrom(
    FRAME,
    'c',
    'p',
    '.',
    'm',
    'e',
    'n0',
    '7',
    '-1',
    '999999',
    '[NEW]',
    'src=',
    'src=1',
    'tcp',
  )
  const line = fc.oneof(
    fc.string(),
    fc.array(words).map((all) => all.join(' ')),
  )
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      expect(Array.isArray(read(lines.join('\n')))).toBe(true)
    }),
  )
  const reader = new StreamReader(FRAME)
  for (let i = 0; i < 100; i++) reader.take(Buffer.alloc(10_000, 'x'))
  expect(reader.take(Buffer.from(`\n${FRAME} t 1\n`))).toEqual([{ kind: 'tick', ages: null }])
})
