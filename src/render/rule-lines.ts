import type { EntryPath, WalkedRule } from '../model/report.ts'
import { type Look, pad, stringWidth, wrap } from './terminal.ts'
import { endpointName } from './words.ts'

/** Rules that belong together, and what they do in half a sentence. */
interface Group {
  what: string
  rules: WalkedRule[]
}

/**
 * Every rule that was met, by endpoint, with its counter and where it stands. On a terminal too narrow for a rule it stands below its place, broken at
 * spaces.
 */
export const ruleLines = (entry: EntryPath, look: Look): string[] =>
  groupsOf(entry).flatMap(({ what, rules }) => [
    ...wrap(what, look.width === null ? null : look.width - 4).map((line) => `    ${look.colour.bold(line)}`),
    ...rules.flatMap((rule) => oneRule(rule, look)),
  ])

/** The rules up to the choice of an endpoint, those of each endpoint, and those that packets to several of them meet. */
function groupsOf({ rules, endpoints }: EntryPath): Group[] {
  const chosen = rules.findIndex(({ role, toRole }) => role === 'endpoint' || toRole === 'endpoint')
  // Without an endpoint's chain there is nothing to group by.
  if (chosen < 0) return rules.length > 0 ? [{ what: 'rules that the packet meets', rules }] : []
  const own = endpoints.flatMap((endpoint) => {
    const { chain, address, port } = endpoint
    const to = address === null ? null : endpointName(endpoint)
    const mine = rules.filter((one) => chain !== null && (one.chain === chain || one.to === chain))
    return mine.length > 0 ? [{ what: whatOf(mine, to ?? chain!, address !== null && port !== null), rules: mine }] : []
  })
  const taken = new Set(own.flatMap((group) => group.rules))
  const isBefore = (one: WalkedRule) => !taken.has(one) && rules.indexOf(one) < chosen
  const before = rules.filter(isBefore)
  const after = rules.filter((one) => !taken.has(one) && !isBefore(one))
  return [
    ...(before.length > 0 ? [{ what: 'first: these rules lead to the choice of an endpoint', rules: before }] : []),
    ...own,
    ...(after.length > 0 ? [{ what: afterText(after), rules: after }] : []),
  ]
}

/** `to 10.244.1.6:8080: chosen, and its address put in place of the service's`. */
function whatOf(rules: readonly WalkedRule[], to: string, isKnown: boolean): string {
  const translates = isKnown && rules.some(({ does }) => does === 'translate')
  return translates ? `to ${to}: chosen here, and its address replaces the service's` : `to ${to}: chosen here`
}

function afterText(rules: readonly WalkedRule[]): string {
  const stops = rules.some(({ does }) => does === 'stop')
  const masquerades = rules.some(({ does }) => does === 'masquerade')
  const what = [...(stops ? ['may stop packets'] : []), ...(masquerades ? ['may replace the source address'] : [])]
  return `after the choice: ${what.length > 0 ? `these rules ${what.join(' and ')}` : 'the packet meets these rules, too'}`
}

function oneRule(rule: WalkedRule, { colour, width }: Look): string[] {
  // `≥`: a flow table carries packets past the rule.
  const counter = rule.counter ? `${rule.counter.partial ? '≥' : ''}${rule.counter.packets}` : '-'
  const place = `${pad(counter, 7, 'left')}  ${rule.table}  ${rule.file}:${rule.line}`
  const bare = withoutCounter(rule)
  const doubt = rule.maybe ? `maybe: ${rule.maybe}` : ''
  const line = `    ${colour.dim(place)}  ${bare}${doubt ? colour.cyan(`  ${doubt}`) : ''}`
  if (width === null || stringWidth(line) <= width) return [line]
  const below = (text: string) => wrap(text, width - BELOW.length)
  return [
    ...wrap(place, width - 4).map((part) => `    ${colour.dim(part)}`),
    ...below(bare).map((part) => `${BELOW}${part}`),
    ...(doubt ? below(doubt).map((part) => `${BELOW}${colour.cyan(part)}`) : []),
  ]
}

/** A rule as it can be typed in again: `iptables-save -c` puts its counter before it. */
export function withoutCounter({ text, counter }: WalkedRule): string {
  const before = counter ? `[${counter.packets}:${counter.bytes}] ` : ''
  return text.startsWith(before) ? text.slice(before.length) : text
}

const BELOW = ' '.repeat(13)
