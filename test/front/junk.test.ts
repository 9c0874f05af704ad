/** Objects may hold anything: nothing throws, and nothing of a Secret is kept. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseFrontQuery } from '../../src/model/front/query.ts'
import { observeFiles } from '../../src/observe/observation.ts'
import { parseObjects } from '../../src/parse/kube/objects.ts'
import { renderRouteReport } from '../../src/render/front/render.ts'
import { terminal } from '../../src/render/terminal.ts'
import { routeReport } from '../../src/report/front.ts'
import { strip } from '../../src/resolve/strip.ts'
import { gateway, gatewayClass, grant, ingress, ingressClass, lookup, pathTo, route, rule, to, web } from './samples.ts'

test('of a Secret that stands in a text only its name is read', () => {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'a', namespace: 'shop' },
    data: { key: 'c2VjcmV0' },
  }
  const parts = parseObjects(JSON.stringify(secret), 'a.json')
  expect(parts.front.lookups).toEqual([{ kind: 'Secret', namespace: 'shop', name: 'a', answer: 'found' }])
  expect(JSON.stringify(parts)).not.toContain('c2VjcmV0')
})

const whole = [
  ...[
    ingress([pathTo('web', 80)], { spec: { tls: [{ hosts: ['a'], secretName: 's' }] } }),
    ingressClass(),
    web(),
    gatewayClass(),
  ],
  gateway(),
  route([
    rule('/', [to('web'), to('api', { namespace: 'pay' })], {
      filters: [{ type: 'RequestRedirect', requestRedirect: {} }],
    }),
  ]),
  grant({ from: [{}], to: [{}] }),
  lookup('Service', 'pay', 'api'),
]

/** Each value of an object is replaced by anything, one at a time. */
function spoilt(value: unknown, path: readonly string[], junk: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return junk
  if (Array.isArray(value)) return value.map((one, i) => (String(i) === key ? spoilt(one, rest, junk) : one))
  return typeof value === 'object' && value !== null
    ? { ...value, [key]: spoilt((value as Record<string, unknown>)[key], rest, junk) }
    : value
}

const pathsOf = (value: unknown, path: readonly string[] = []): (readonly string[])[] =>
  typeof value === 'object' && value !== null
    ? [path, ...Object.entries(value).flatMap(([key, one]) => pathsOf(one, [...path, key]))]
    : [path]

test('any field may be anything', () => {
  const paths = pathsOf(whole).filter((path) => path.length > 1)
  const junk = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom(null, 0, -1, '', 'a/b', [], {}, [null], [[]], { name: 1 }),
  )
  fc.assert(
    fc.property(fc.constantFrom(...paths), junk, (path, value) => {
      const items = spoilt(whole, path, value) as object[]
      for (const one of items) strip(one as never)
      const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', metadata: {}, items })
      const observation = observeFiles([{ path: 'api/all.json', text }], { source: 'live', origin: 'x', problems: [] })
      const { front } = observation.cluster
      for (const [kind, list] of [
        ['ingress', front?.ingresses],
        ['httproute', front?.routes],
        ['gateway', front?.gateways],
      ] as const)
        for (const { namespace, name } of list ?? []) {
          const query = parseFrontQuery(`${namespace}/${kind}/${name}`)!
          const report = routeReport(observation, { query, namespace: null, from: null, nodes: [] })
          expect(renderRouteReport(report, 'tree', terminal({}, {}))).toContain(name)
        }
    }),
    { numRuns: 2000 },
  )
})
