import type { EntryPath, WalkedRule } from '../model/report.ts'
import { type Look, pad, stringWidth, wrap } from './terminal.ts'

/**
 * Every rule that was met, with its counter and where it stands. On a terminal too narrow for a rule it stands below its place, broken at spaces: a
 * pipe, from which rules are copied, has no width.
 */
export function ruleLines(entry: EntryPath, { colour, width }: Look): string[] {
  return entry.rules.flatMap((rule) => {
    // `≥`: a flow table carries packets past the rule.
    const counter = rule.counter ? `${rule.counter.partial ? '≥' : ''}${rule.counter.packets}` : '-'
    const place = `${pad(counter, 7, 'left')}  ${rule.table}  ${rule.file}:${rule.line}`
    const bare = withoutCounter(rule)
    const doubt = rule.maybe ? `maybe: ${rule.maybe}` : ''
    const line = `    ${colour.dim(place)}  ${bare}${doubt ? colour.cyan(`  ${doubt}`) : ''}`
    if (width === null || stringWidth(line) <= width) return line
    const below = (text: string) => wrap(text, width - BELOW.length)
    return [
      ...wrap(place, width - 4).map((part) => `    ${colour.dim(part)}`),
      ...below(bare).map((part) => `${BELOW}${part}`),
      ...(doubt ? below(doubt).map((part) => `${BELOW}${colour.cyan(part)}`) : []),
    ]
  })
}

/** A rule as it can be typed in again: `iptables-save -c` puts its counter before it. */
export function withoutCounter({ text, counter }: WalkedRule): string {
  const before = counter ? `[${counter.packets}:${counter.bytes}] ` : ''
  return text.startsWith(before) ? text.slice(before.length) : text
}

const BELOW = ' '.repeat(13)
