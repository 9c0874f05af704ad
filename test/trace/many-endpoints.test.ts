/** Thousands of endpoints and routes cost thousands of steps, not millions: what is looked at is counted, not the time. */
import { expect, test } from 'vitest'
import { lookupRoute } from '../../src/kernel/fib.ts'
import { formatAddress, single } from '../../src/model/address.ts'
import type { NodeState, Route } from '../../src/model/node.ts'
import type { EndpointPath } from '../../src/model/report.ts'
import { endpointTotals } from '../../src/trace/totals.ts'
import { makeEndpoint, makeEntry, makeNode } from '../render/report-factory.ts'

const address = (i: number): string => formatAddress(4, 0x0a000000n + BigInt(i))

/** An object one of whose fields counts how often it is read. */
function counted<T extends object>(object: T, field: keyof T, count: () => void): T {
  const value = object[field]
  return Object.defineProperty({ ...object }, field, {
    enumerable: true,
    get() {
      count()
      return value
    },
  })
}

test('200 endpoints are looked up in 10,000 routes', () => {
  let reads = 0
  const make = (i: number, destination: string, metric = 0): Route => ({
    ...{ family: 4, destination, type: 'unicast', table: 'main', metric, source: null },
    hops: [{ gateway: null, device: `cali${i}` }],
  })
  const routes = [
    make(0, '0.0.0.0/0'),
    ...Array.from({ length: 10_000 }, (_, i) => make(i + 1, address(i))),
    make(20_000, '10.0.0.0/24', 5),
    make(20_001, '10.0.0.0/24', 3),
  ].map((route) =>
    counted(route, 'table', () => {
      reads++
    }),
  )
  const node = { name: 'n1', routes, policyRules: null, links: [] } as unknown as NodeState
  for (let i = 0; i < 200; i++) expect(lookupRoute(node, single(address(i * 7))).device).toBe(`cali${i * 7 + 1}`)
  expect(lookupRoute(node, single('192.0.2.1')).device).toBe('cali0')
  // Three tables, each of them indexed at once.
  expect(reads).toBeLessThan(4 * routes.length)
})

test('of equal prefixes the lowest metric wins, and of equal metrics the first', () => {
  const route = (device: string, destination: string, metric: number): Route => ({
    ...{ family: 4, destination, type: 'unicast', table: 'main', metric, source: null },
    hops: [{ gateway: null, device }],
  })
  const routes = [route('a', '10.0.0.0/8', 5), route('b', '10.0.0.0/8', 3), route('c', '10.0.0.0/8', 3)]
  const node = { name: 'n1', routes, policyRules: null, links: [] } as unknown as NodeState
  expect(lookupRoute(node, single('10.1.2.3')).device).toBe('b')
})

test('4,000 endpoints are added up', () => {
  const many = 4000
  let reads = 0
  const endpoints = Array.from({ length: many }, (_, i): EndpointPath => {
    const hits = { packets: 1, bytes: 60 }
    return counted(makeEndpoint({ address: address(i), port: 80, hits, probability: 1 / many }), 'address', () => {
      reads++
    })
  })
  const nodes = ['n1', 'n2'].map((name) => makeNode({ name, entries: [makeEntry({ endpoints })] }))
  const totals = endpointTotals({ headless: false } as never, nodes, [])
  expect(totals).toHaveLength(many)
  expect(totals[0]?.share).toBeCloseTo(1 / many)
  expect(totals[0]?.due).toBeCloseTo(1 / many)
  expect(reads).toBeLessThan(20 * many)
})
