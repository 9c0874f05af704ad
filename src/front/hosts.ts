/**
 * Host names of the Gateway API: `*.example.com` stands for any number of labels before the suffix, and for at least one
 * (gateway_types.go and httproute_types.go, Hostname).
 */

/** The names that both stand for, the narrower of the two; null where there are none. Null as an argument: any name. */
function commonHost(a: string | null, b: string | null): string | null | undefined {
  if (a === null || b === null) return a ?? b
  const [one, other] = [a.toLowerCase(), b.toLowerCase()]
  if (one === other) return one
  if (isWithin(one, other)) return one
  return isWithin(other, one) ? other : undefined
}

/** `a` is one of the names, or a narrower set of them, that the wildcard `b` stands for. */
const isWithin = (a: string, b: string): boolean => b.startsWith('*.') && a !== b && a.endsWith(b.slice(1))

/** The names of a route that a listener takes; null among them: any. Empty: none. */
export function hostsAt(listener: string | null, hostnames: readonly string[]): (string | null)[] {
  if (hostnames.length === 0) return [listener]
  return hostnames.flatMap((one) => commonHost(listener, one) ?? [])
}
