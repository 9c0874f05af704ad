/** Which of several rules gets a request, as the Gateway API says it. */
import { HIDDEN, type HttpMatch, type ValueMatch } from '../model/front/objects.ts'

/** A match of a rule, where it stands. */
export interface Candidate {
  /** Null: any. */
  host: string | null
  match: HttpMatch
  route: { namespace: string; name: string; createdAt: string | null }
  /** Of its rule in the route, from 0. */
  rule: number
}

/**
 * Sorts the one that gets a request first, of those that take it (httproute_types.go, Hostnames and Matches): the longer host without a wildcard, the longer
 * host, an exact path, the longer prefix, a method, more headers, more parameters, the older route, its name, the earlier rule.
 */
export function byPrecedence(a: Candidate, b: Candidate): number {
  return (
    compareMatches(a, b) ||
    (a.route.createdAt ?? '').localeCompare(b.route.createdAt ?? '') ||
    compareText(`${a.route.namespace}/${a.route.name}`, `${b.route.namespace}/${b.route.name}`) ||
    a.rule - b.rule
  )
}

/** The same without what only tells two equal ones apart. */
function compareMatches(a: Candidate, b: Candidate): number {
  const ranks = [a, b].map(({ host, match }) => [
    host !== null && !host.startsWith('*.') ? host.length : 0,
    host?.length ?? 0,
    match.path.type === 'Exact' ? 1 : 0,
    match.path.type === 'PathPrefix' ? match.path.value.length : 0,
    match.method === null ? 0 : 1,
    match.headers.length,
    match.query.length,
  ])
  const [first, second] = ranks as [number[], number[]]
  return first.map((rank, i) => second[i]! - rank).find((difference) => difference !== 0) ?? 0
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Do two matches take the very same requests, and rank alike? Values that are hidden may differ. */
export function areSame(a: HttpMatch, b: HttpMatch): boolean {
  return (
    a.path.type === b.path.type &&
    a.path.value === b.path.value &&
    a.method === b.method &&
    sameValues(a.headers, b.headers, true) &&
    sameValues(a.query, b.query, false)
  )
}

function sameValues(a: readonly ValueMatch[], b: readonly ValueMatch[], anyCase: boolean): boolean {
  if ([...a, ...b].some(({ value }) => value === HIDDEN)) return false
  const key = (all: readonly ValueMatch[]) =>
    JSON.stringify(all.map(({ name, type, value }) => [anyCase ? name.toLowerCase() : name, type, value]).sort())
  return key(a) === key(b)
}
