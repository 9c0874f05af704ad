import { expect, test } from 'vitest'
import { parseHealthChecks } from '../../../src/parse/host/health-checks.ts'

const items = (text: string) => parseHealthChecks(text).items

test('kube-proxy of Kubernetes 1.27 and later, and an older one', () => {
  const answer = (more: string) =>
    `port 31234\nlistening 1\nasked 172.30.0.11\n{\n\t"service": {\n\t\t"namespace": "shop",\n\t\t"name": "web"\n\t},\n\t"localEndpoints": 2${more}\n}\n`
  const known = { port: 31234, listens: true, asked: '172.30.0.11' }
  const told = { namespace: 'shop', name: 'web', localEndpoints: 2 }
  expect(items(answer(',\n\t"serviceProxyHealthy": false'))).toEqual([
    { ...known, answer: { ...told, healthy: false } },
  ])
  expect(items(answer(''))).toEqual([{ ...known, answer: { ...told, healthy: true } }])
})

test('several ports, closed, silent and otherwise', () => {
  const text =
    'port 1\nlistening 0\nport 2\nlistening 2\nasked a\nsilent\nport 3\nasked a\nstatus 503\nport 4\nlistening 1\nasked a\nother\nport 5\nlistening 1\n'
  expect(items(text)).toEqual([
    { port: 1, listens: false, asked: null, answer: null },
    { port: 2, listens: true, asked: 'a', answer: null },
    { port: 3, listens: null, asked: 'a', answer: 'unavailable' },
    { port: 4, listens: true, asked: 'a', answer: 'other' },
    { port: 5, listens: true, asked: null, answer: null },
  ])
})

test('what is cut off or something else is no answer', () => {
  expect(items('port 7\nlistening 1\nasked a\n{"service": {"names')).toEqual([
    { port: 7, listens: true, asked: 'a', answer: null },
  ])
  expect(items('port 7\nasked a\n{"localEndpoints": "many"}')).toMatchObject([{ answer: null }])
  expect(items('port 7\nlistening \n')).toEqual([{ port: 7, listens: null, asked: null, answer: null }])
  expect(items('<html>port 7</html>')).toEqual([])
})
