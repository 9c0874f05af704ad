import type { FrontRule, FrontServer, FrontTarget, RouteReport } from '../../model/front/report.ts'
import type { PathReport, Reason, Verdict } from '../../model/report.ts'
import { findingHeads, findingLines } from '../findings.ts'
import { seenText } from '../head.ts'
import { type Look, stringWidth, wrap } from '../terminal.ts'
import { paintVerdict, percent } from '../words.ts'
import { hostsText, impactText, matchText } from './words.ts'

/** How the way of one Service is drawn: as a tree, or wide. */
type DrawWay = (report: PathReport, look: Look) => string

/** The rules in the order of their object, and below each the way of the Services that it leads to. */
export function renderRoutes(report: RouteReport, look: Look, drawWay: DrawWay): string {
  const shown = new Set<string>()
  const sections = [
    [
      ...headline(report, look),
      ...findingHeads(report.findings, look),
      ...report.reasons.filter(({ finding }) => finding === undefined).flatMap((one) => reasonLines(one, look)),
      ...report.servers.flatMap((one) => serverLines(one, look)),
      ...wrap(seenText({ ...report, nodes: nodesOf(report) }), look.width).map((line) => look.colour.dim(line)),
    ],
    ...report.rules.map((rule) => ruleLines(rule, report, { look, drawWay, shown })),
    report.notes.flatMap((note) => wrap(`note: ${note}`, look.width)).map((line) => look.colour.dim(line)),
    report.findings.length === 0 ? [] : [look.colour.bold('FINDINGS'), ...findingLines(report.findings, look)],
  ]
  const text = sections.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'))
  return `${text.join('\n\n')}\n`
}

const nodesOf = ({ ways }: RouteReport): { length: number } => ({
  length: Math.max(0, ...ways.map(({ report }) => report.nodes.length)),
})

function headline({ subject, verdict, rules }: RouteReport, look: Look): string[] {
  const { colour, width } = look
  const name = `${subject.kind} ${subject.namespace}/${subject.name}`
  const impact = impactText(rules)
  const start = `${paintVerdict(verdict, colour, verdict.toUpperCase())}  ${colour.bold(name)}`
  const used = verdict.length + 2 + stringWidth(name) + 3
  if (width === null || used + stringWidth(impact) <= width) return [impact ? `${start}   ${impact}` : start]
  return [start, ...wrap(impact, width - 2).map((line) => `  ${line}`)]
}

const SIGNS = { broken: '✗', degraded: '!', unknown: '?', reachable: '✓' }

const reasonLines = ({ verdict, message }: Reason, { colour, width }: Look): string[] =>
  wrap(message, width === null ? null : width - 2).map((line, i) =>
    i === 0 ? `${paintVerdict(verdict, colour, SIGNS[verdict])} ${line}` : `  ${line}`,
  )

/** `Gateway infra/edge · class istio · controller istio.io/gateway-controller · http 80 · address 203.0.113.9` */
function serverLines({ gateway, className, controller, addresses, listeners }: FrontServer, { width }: Look): string[] {
  const facts = [
    gateway ? `Gateway ${gateway.namespace}/${gateway.name}` : '',
    className === null ? (gateway ? '' : 'no class') : `class ${className}`,
    controller === null ? '' : `controller ${controller}`,
    listeners
      .map(({ name, port, hostname }) => [name, port, hostname].filter((one) => one !== null).join(' '))
      .join(', '),
    addresses.length > 0 ? `address ${addresses.slice(0, 3).join(', ')}${addresses.length > 3 ? ', …' : ''}` : '',
  ]
  return wrap(facts.filter(Boolean).join(' · '), width)
}

interface Drawing {
  look: Look
  drawWay: DrawWay
  /** Keys of the ways that are drawn already. */
  shown: Set<string>
}

function ruleLines(rule: FrontRule, report: RouteReport, drawing: Drawing): string[] {
  const { look } = drawing
  const hosts = hostsText(rule)
  const heads =
    rule.matches.length === 0 ? ['default backend'] : rule.matches.map((match) => `${hosts}  ${matchText(match)}`)
  const verdict = rule.verdict === 'reachable' ? null : rule.verdict
  const place = rule.route ? `HTTPRoute ${rule.route.namespace}/${rule.route.name}` : ''
  const filters = rule.filters.map(({ type, text }) => (text ? `${filterWord(type)} ${text}` : filterWord(type)))
  return [
    ...heads.flatMap((head, i) => headLines(head, i === 0 ? verdict : null, i === 0 ? place : '', look)),
    ...filters.flatMap((text) => wrap(text, roomOf(look, 2)).map((line) => `  ${line}`)),
    ...rule.targets.flatMap((target, i) => [
      ...(i > 0 && rule.targets[i - 1]!.way !== null ? [''] : []),
      ...targetLines(target, report, drawing),
    ]),
  ]
}

/** A text in bold, with a verdict and a note beside it, or below it where there is no room. */
function headLines(head: string, verdict: Verdict | null, note: string, look: Look): string[] {
  const { colour, width } = look
  const beside = [verdict === null ? '' : paintVerdict(verdict, colour), colour.dim(note)].filter(Boolean).join('  ')
  const columns = stringWidth([head, verdict ?? '', note].filter(Boolean).join('  '))
  if (beside === '' || width === null || columns <= width)
    return beside === '' ? wrap(head, width).map((line) => colour.bold(line)) : [`${colour.bold(head)}  ${beside}`]
  return [...wrap(head, width).map((line) => colour.bold(line)), `  ${beside}`]
}

const FILTERS: Readonly<Record<string, string>> = {
  RequestRedirect: 'redirect',
  URLRewrite: 'rewrite',
  RequestMirror: 'mirror (a copy of each request)',
  RequestHeaderModifier: 'changes request headers',
  ResponseHeaderModifier: 'changes response headers',
}

const filterWord = (type: string): string => FILTERS[type] ?? `filter ${type}`

function targetLines(target: FrontTarget, { ways }: RouteReport, { look, drawWay, shown }: Drawing): string[] {
  const { colour } = look
  const name = `${target.kind === 'Service' ? '' : `${target.kind} `}${target.namespace}/${target.name}${target.port === null ? '' : `:${target.port}`}`
  const part = target.mirror ? 'mirror' : target.share === 1 ? '' : percent(target.share)
  const weight = !target.mirror && target.weight === 0 ? 'weight 0: no requests' : ''
  const way = ways.find(({ key }) => key === target.way)
  const again = way !== undefined && shown.has(way.key)
  const told = [weight, target.reason ?? '', again ? 'see above' : ''].filter(Boolean).join('; ')
  const verdict = target.verdict === 'reachable' ? '' : `  ${paintVerdict(target.verdict, colour)}`
  const head = `  → ${[part, colour.cyan(name)].filter(Boolean).join('  ')}${verdict}`
  const lines = [head, ...(told ? wrap(told, roomOf(look, 4)).map((line) => `    ${line}`) : [])]
  if (way === undefined || again) return lines
  shown.add(way.key)
  const drawn = drawWay(way.report, { ...look, width: roomOf(look, 4) }).trimEnd()
  return [...lines, ...drawn.split('\n').map((line) => (line === '' ? '' : `    ${line}`))]
}

const roomOf = ({ width }: Look, indent: number): number | null =>
  width === null ? null : Math.max(20, width - indent)
