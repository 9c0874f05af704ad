import type { FrontRule, FrontTarget, RouteReport } from '../../model/front/report.ts'
import { alike } from '../findings.ts'
import { hostsText, impactText, matchText } from '../front/words.ts'
import { seenText } from '../head.ts'
import { findingText } from '../texts/findings.ts'
import { percent } from '../words.ts'
import { code, prose, table } from './escape.ts'
import { findingParts } from './findings.ts'
import { page } from './page.ts'
import { renderTraceMarkdown } from './trace.ts'

/** An Ingress, HTTPRoute or Gateway for an issue or a chat: its findings, a table of its rules, and the path of each Service that they lead to. */
export function renderRoutesMarkdown(report: RouteReport, verbose: boolean): string {
  const { subject, verdict, rules, reasons, findings, notes, ways } = report
  const impact = impactText(rules)
  const most = verbose ? Number.POSITIVE_INFINITY : MOST_LINES
  const rows = rules.flatMap(ruleRows)
  const cut = (lines: readonly string[]) =>
    lines.length > most ? [...lines.slice(0, most), `- … and ${lines.length - most} more, see \`-v\``] : lines
  const shown = rows.slice(0, most)
  const nodes = { length: Math.max(0, ...ways.map((way) => way.report.nodes.length)) }
  return [
    page([
      [`## ${verdict.toUpperCase()} ${subject.kind} ${code(`${subject.namespace}/${subject.name}`)}`],
      impact ? [prose(impact)] : [],
      [`- ${prose(seenText({ ...report, nodes }))}`],
      ...alike(findings).flatMap((group) => findingParts(findingText(group, null, verbose), verbose)),
      cut(reasons.filter(({ finding }) => finding === undefined).map(({ message }) => `- ${prose(message)}`)),
      ...(rows.length > 0 ? [['### Rules'], table(TITLES, shown)] : []),
      rows.length > shown.length ? [`… and ${rows.length - shown.length} more, see \`-v\``] : [],
      cut(notes.map((note) => `- note: ${prose(note)}`)),
    ]),
    ...ways.map((way) => renderTraceMarkdown(way.report, verbose)),
  ].join('\n')
}

const MOST_LINES = 30

const TITLES = ['host', 'request', 'share', 'leads to', 'verdict', 'why']

/** A row for each thing that a rule leads to; one without a backend has a row, too. */
function ruleRows(rule: FrontRule): string[][] {
  const requests = rule.matches.length === 0 ? 'default backend' : rule.matches.map(matchText).join('; ')
  const filters = rule.filters.map(({ type, text }) => [type, text].filter(Boolean).join(' '))
  const start = [prose(hostsText(rule)), prose([requests, ...filters].join('; '))]
  if (rule.targets.length === 0) return [[...start, '', '', rule.verdict, prose(rule.reason ?? '')]]
  return rule.targets.map((target) => [...start, ...targetCells(target), prose(target.reason ?? rule.reason ?? '')])
}

function targetCells({ kind, namespace, name, port, mirror, share, verdict }: FrontTarget): string[] {
  const address = `${namespace}/${name}${port === null ? '' : `:${port}`}`
  const target = kind === 'Service' ? code(address) : `${prose(kind)} ${code(address)}`
  return [mirror ? 'mirror' : percent(share), target, verdict]
}
