import type { RuleCase } from './case.ts'

/** `shop.example.com/api`, `any host /`, `the default backend`: which requests a rule is for, the first of several. */
export function ruleText({ hosts, matches }: Pick<RuleCase, 'hosts' | 'matches'>): string {
  const [first, ...others] = matches
  if (first === undefined) return 'the default backend'
  const host =
    hosts.length === 0
      ? 'any host, path '
      : hosts.length === 1
        ? hosts[0]
        : `${hosts[0]} (and ${hosts.length - 1} more hosts) `
  const more = others.length > 0 ? ` (and ${others.length} more matches)` : ''
  return `${first.method ? `${first.method} ` : ''}${host}${first.path ?? '/'}${more}`
}
