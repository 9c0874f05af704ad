/** Who gets a request: the order that svcpath compares rules by, held against the words of the Gateway API, read one by one. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hostsAt } from '../../src/front/hosts.ts'
import { areSame, byPrecedence, type Candidate } from '../../src/front/precedence.ts'
import { HIDDEN, type HttpMatch } from '../../src/model/front/objects.ts'

interface Request {
  host: string
  path: string
  method: string
  header: string | null
}

const labels = ['a', 'b', 'aa']
const name = fc
  .array(fc.constantFrom(...labels), { minLength: 1, maxLength: 3 })
  .map((parts) => `${parts.join('.')}.test`)
const host = fc.oneof(
  fc.constant(null),
  name,
  name.map((one) => `*.${one}`),
)
const path = fc.array(fc.constantFrom('x', 'xx', 'y'), { maxLength: 3 }).map((parts) => `/${parts.join('/')}`)
const match: fc.Arbitrary<HttpMatch> = fc.record({
  path: fc.record({ type: fc.constantFrom('Exact', 'PathPrefix'), value: path }),
  method: fc.constantFrom(null, 'GET', 'POST'),
  headers: fc.constantFrom([], [{ name: 'v', type: 'Exact', value: '1' }], [{ name: 'V', type: 'Exact', value: '2' }]),
  query: fc.constant([]),
})
const candidate: fc.Arbitrary<Candidate> = fc.record({
  host,
  match,
  route: fc.record({
    namespace: fc.constantFrom('a', 'b'),
    name: fc.constantFrom('a', 'b'),
    createdAt: fc.constantFrom('2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z'),
  }),
  rule: fc.nat(2),
})
const request: fc.Arbitrary<Request> = fc.record({
  host: name,
  path,
  method: fc.constantFrom('GET', 'POST'),
  header: fc.constantFrom(null, '1', '2'),
})

/** By the words of the API: a wildcard is any number of labels and at least one. */
function takesHost(pattern: string | null, asked: string): boolean {
  if (pattern === null) return true
  if (!pattern.startsWith('*.')) return pattern === asked
  const [wanted, given] = [pattern.slice(2).split('.'), asked.split('.')]
  return given.length > wanted.length && wanted.every((label, i) => given[given.length - wanted.length + i] === label)
}

function takes({ host: pattern, match: { path: wanted, method, headers } }: Candidate, asked: Request): boolean {
  const [prefix, given] = [wanted.value, asked.path].map((one) => one.split('/').filter(Boolean)) as [
    string[],
    string[],
  ]
  const byPath = wanted.type === 'Exact' ? wanted.value === asked.path : prefix.every((part, i) => given[i] === part)
  return (
    byPath &&
    takesHost(pattern, asked.host) &&
    (method === null || method === asked.method) &&
    headers.every(({ value }) => value === asked.header)
  )
}

/** The rules of httproute_types.go, one criterion after the other, each leaving the best of those before. */
function winner(all: readonly Candidate[]): Candidate | undefined {
  const best = (of: (one: Candidate) => number) => (left: readonly Candidate[]) =>
    left.filter((one) => of(one) === Math.max(...left.map(of)))
  const first = (of: (one: Candidate) => string | number) => (left: readonly Candidate[]) => {
    const lowest = left.map(of).reduce((a, b) => (b < a ? b : a), of(left[0]!))
    return left.filter((one) => of(one) === lowest)
  }
  const steps = [
    best(({ host: one }) => (one === null || one.startsWith('*') ? 0 : one.length)),
    best(({ host: one }) => one?.length ?? 0),
    best(({ match: { path: one } }) => (one.type === 'Exact' ? 1 : 0)),
    best(({ match: { path: one } }) => (one.type === 'Exact' ? 0 : one.value.length)),
    best(({ match: one }) => (one.method === null ? 0 : 1)),
    best(({ match: one }) => one.headers.length),
    first(({ route }) => route.createdAt ?? ''),
    first(({ route }) => `${route.namespace}/${route.name}`),
    first(({ rule }) => rule),
  ]
  return all.length === 0 ? undefined : steps.reduce((left, step) => step(left), all)[0]
}

test('the first by precedence of those that take a request is the one that the API names', () => {
  fc.assert(
    fc.property(fc.array(candidate, { maxLength: 6 }), request, (all, asked) => {
      const fitting = all.filter((one) => takes(one, asked))
      const chosen = fitting.toSorted(byPrecedence)[0]
      const wanted = winner(fitting)
      // Two that are equal in everything are the same rule.
      expect(chosen && byPrecedence(chosen, wanted!)).toBe(chosen && 0)
    }),
  )
})

test('it is an order', () => {
  fc.assert(
    fc.property(candidate, candidate, candidate, (a, b, c) => {
      expect(Math.sign(byPrecedence(a, b))).toBe(0 - Math.sign(byPrecedence(b, a)))
      if (byPrecedence(a, b) <= 0 && byPrecedence(b, c) <= 0) expect(byPrecedence(a, c)).toBeLessThanOrEqual(0)
    }),
  )
})

test('matches that count as the same take the same requests', () => {
  const near = match.chain((one) => fc.tuple(fc.constant(one), fc.oneof(fc.constant(one), match)))
  fc.assert(
    fc.property(near, request, ([a, b], asked) => {
      const at = (one: HttpMatch): Candidate => ({
        host: null,
        match: one,
        route: { namespace: '', name: '', createdAt: '' },
        rule: 0,
      })
      if (areSame(a, b)) expect(takes(at(a), asked)).toBe(takes(at(b), asked))
    }),
  )
})

test('values that are hidden are never the same', () => {
  const hidden = (value: string): HttpMatch => ({
    ...{ path: { type: 'PathPrefix', value: '/' }, method: null, query: [] },
    headers: [{ name: 'x', type: 'Exact', value }],
  })
  expect([areSame(hidden('1'), hidden('1')), areSame(hidden(HIDDEN), hidden(HIDDEN))]).toEqual([true, false])
})

test('a listener takes those hosts of a route that both stand for', () => {
  fc.assert(
    fc.property(
      host,
      fc.array(
        host.filter((one) => one !== null),
        { maxLength: 3 },
      ),
      name,
      (listener, hostnames, asked) => {
        const both =
          takesHost(listener, asked) && (hostnames.length === 0 || hostnames.some((one) => takesHost(one, asked)))
        expect(hostsAt(listener, hostnames).some((one) => takesHost(one, asked))).toBe(both)
      },
    ),
  )
})

test.each([
  // The examples of gateway-api's own documentation of Hostname.
  ['test.example.com', [], ['test.example.com']],
  ['test.example.com', ['*.example.com'], ['test.example.com']],
  ['*.example.com', ['test.example.com', 'test.example.net'], ['test.example.com']],
  ['*.example.com', ['foo.test.example.com'], ['foo.test.example.com']],
  ['*.example.com', ['example.com'], []],
  ['*.example.com', ['*.example.com'], ['*.example.com']],
  [null, [], [null]],
])('listener %s, route %j: %j', (listener, hostnames, expected) => {
  expect(hostsAt(listener, hostnames)).toEqual(expected)
})
