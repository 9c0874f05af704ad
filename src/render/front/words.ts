import type { FrontMatch, FrontRule } from '../../model/front/report.ts'
import type { Verdict } from '../../model/report.ts'

/** `2 of 3 rules lead nowhere`: the worst that is known, and how many rules it is true of. */
export function impactText(rules: readonly FrontRule[]): string {
  if (rules.length === 0) return ''
  const count = (wanted: Verdict) => rules.filter(({ verdict }) => verdict === wanted).length
  const of = (number: number, one: string, many: string) =>
    rules.length === 1 ? `its rule ${one}` : `${number} of ${rules.length} rules ${number === 1 ? one : many}`
  const parts = [
    count('broken') > 0 ? of(count('broken'), 'leads nowhere', 'lead nowhere') : '',
    count('degraded') > 0 ? of(count('degraded'), 'leads there only in part', 'lead there only in part') : '',
    count('unknown') > 0
      ? of(count('unknown'), 'could not be followed to the end', 'could not be followed to the end')
      : '',
  ].filter(Boolean)
  if (parts.length > 0) return parts.join('; ')
  return rules.length === 1
    ? 'its rule leads to where it should'
    : `all ${rules.length} rules lead to where they should`
}

/** `/api (Prefix)`, `GET /api (PathPrefix), header x-canary=true` */
export function matchText({ path, pathType, method, headers, query }: FrontMatch): string {
  const more = [...headers.map((one) => `header ${one}`), ...query.map((one) => `parameter ${one}`)]
  return [`${method ? `${method} ` : ''}${path ?? '/'} (${pathType})`, ...more].join(', ')
}

/** The hosts of a rule, of many the first ones. */
export function hostsText({ hosts }: FrontRule): string {
  if (hosts.length === 0) return 'any host'
  return `${hosts.slice(0, MOST_HOSTS).join(', ')}${hosts.length > MOST_HOSTS ? ', …' : ''}`
}

const MOST_HOSTS = 4
