/** What a node prints of its connections. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseProbe } from '../../src/parse/probe/answer.ts'

const RESULTS = `w begun
p 0 tool python3
p 1 none the network namespace of the pod was not found
r 0 connected 0.16 61001 -
r 1 refused 0.16 61002 ECONNREFUSED
r 2 timeout 1010 - -
r 3 error - - no-tool-for-UDP
r 4 answered 2.5 61004 -
h 4 503 MIIBszCCAVmgAwIBAgIU
w ended
e     [NEW] tcp      6 120 SYN_SENT src=10.0.0.1 dst=10.96.0.1 sport=61002 dport=80 [UNREPLIED] src=10.244.1.6 dst=10.0.0.1 sport=8080 dport=61002
`
const TABLE = `ipv4     2 tcp      6 117 TIME_WAIT src=10.0.0.1 dst=10.96.0.1 sport=61001 dport=80 src=10.244.1.6 dst=10.0.0.1 sport=8080 dport=61001 [ASSURED] mark=0 use=1
#read
`

test('connections, places, what was new and what is there', () => {
  const { probe, problems } = parseProbe({ results: RESULTS, table: TABLE }, 'probe.txt')
  expect(problems).toEqual([])
  expect(probe.attempted).toEqual([
    { id: 0, result: 'connected', milliseconds: 0.16, sourcePort: 61001, error: null, status: null, certificate: null },
    {
      id: 1,
      result: 'refused',
      milliseconds: 0.16,
      sourcePort: 61002,
      error: 'ECONNREFUSED',
      status: null,
      certificate: null,
    },
    { id: 2, result: 'timeout', milliseconds: 1010, sourcePort: null, error: null, status: null, certificate: null },
    {
      id: 3,
      result: 'error',
      milliseconds: null,
      sourcePort: null,
      error: 'no-tool-for-UDP',
      status: null,
      certificate: null,
    },
    {
      id: 4,
      result: 'answered',
      milliseconds: 2.5,
      sourcePort: 61004,
      error: null,
      status: 503,
      certificate: 'MIIBszCCAVmgAwIBAgIU',
    },
  ])
  expect([...probe.tools]).toEqual([
    [0, { tool: 'python3' }],
    [1, { failure: 'the network namespace of the pod was not found' }],
  ])
  expect([probe.watched, probe.events[0]?.reply.source, probe.entries?.[0]?.state]).toEqual([
    true,
    '10.244.1.6',
    'TIME_WAIT',
  ])
})

test('a watch that did not last, and a table that was cut, prove no absence', () => {
  const cut = parseProbe(
    { results: RESULTS.replace('w ended\n', ''), table: TABLE.replace('#read\n', '') },
    'probe.txt',
  ).probe
  expect([cut.watched, cut.entries]).toEqual([false, null])
})

test('takes any text', () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^([rpwe] [ -~]{0,40}\n){0,5}$/))
  fc.assert(fc.property(text, text, (results, table) => void parseProbe({ results, table }, 'probe.txt')))
})
