import { printable } from '../model/printable.ts'
import type { PathReport } from '../model/report.ts'
import { findingHeads } from './findings.ts'
import { impactText } from './impact.ts'
import { serviceKind } from './phrases.ts'
import { type Look, stringWidth, wrap } from './terminal.ts'
import { endpointsText, paintVerdict } from './words.ts'

/**
 * What a person reads first: the verdict and who is affected, what is wrong with its fix, then what the service is and when all this was seen. `doubts`:
 * what is not known, or wrong and in no finding.
 */
export const headLines = (report: PathReport, doubts: readonly string[], look: Look): string[] => [
  ...headline(report, look),
  ...findingHeads(report.findings, look),
  ...doubts,
  ...factLines(report, look),
]

/** `DEGRADED  shop/web   pods on n2 cannot reach it; n1 and n3 can` */
function headline(report: PathReport, look: Look): string[] {
  const { service, verdict } = report
  const { colour, width } = look
  const label = paintVerdict(verdict, colour, verdict.toUpperCase())
  const name = printable(`${service.namespace}/${service.name}`)
  const impact = printable(impactText(report))
  const start = `${label}  ${colour.bold(name)}`
  const used = verdict.length + 2 + stringWidth(name) + 3
  if (width !== null && used - 3 > width) return wrap(`${verdict.toUpperCase()} ${name} ${impact}`, width)
  if (impact === '') return [start]
  if (width === null || used + stringWidth(impact) <= width) return [`${start}   ${impact}`]
  return [start, ...wrap(impact, width - 2).map((line) => `  ${line}`)]
}

/** `ClusterIP 10.96.0.1 · tcp 80 → 8080 · 3 of 3 endpoints ready on 3 nodes`, and below it when and where that was seen. */
function factLines(report: PathReport, look: Look): string[] {
  return [
    ...packed(
      factTexts(report).map((one) => printable(one)),
      look,
    ),
    ...wrap(printable(seenText(report)), look.width).map((line) => look.colour.dim(line)),
  ]
}

/** `ClusterIP 10.96.0.1`, `tcp 80 → 8080`, `3 of 3 endpoints ready on 3 nodes`: what the service is. */
export function factTexts(report: PathReport): string[] {
  const { service } = report
  const ports = service.ports.filter(({ port }) => port > 0).map(portText)
  return [
    [serviceKind(service), ...service.clusterIPs].filter(Boolean).join(' '),
    ports.slice(0, MOST_PORTS).join(', ') + (ports.length > MOST_PORTS ? `, … (${ports.length} ports)` : ''),
    service.externalName ? `DNS alias of ${service.externalName}` : endpointsText(report),
  ].filter(Boolean)
}

const MOST_PORTS = 4

/** `http tcp 80 → 8080`. */
function portText({ name, port, protocol, targetPort }: PathReport['service']['ports'][number]): string {
  const target = targetPort && targetPort !== String(port) ? ` → ${targetPort}` : ''
  return `${name ? `${name} ` : ''}${protocol.toLowerCase()} ${port}${target}`
}

/** As many of the facts on a line as fit. */
function packed(facts: readonly string[], { width }: Look): string[] {
  const lines: string[] = []
  for (const fact of facts.flatMap((one) => wrap(one, width))) {
    const last = lines.at(-1)
    if (last !== undefined && (width === null || stringWidth(last) + 3 + stringWidth(fact) <= width))
      lines[lines.length - 1] = `${last} · ${fact}`
    else lines.push(fact)
  }
  return lines
}

/** `recorded 2026-11-21 09:47 UTC, 3 nodes`, `read from context prod, 3 nodes`, `read from rules.txt, 1 node`. */
export function seenText({
  source,
  observedAt,
  origin,
  nodes,
}: Pick<PathReport, 'source' | 'observedAt' | 'origin'> & { nodes: { length: number } }): string {
  const count = nodes.length > 0 ? `, ${nodes.length} node${nodes.length === 1 ? '' : 's'}` : ''
  const time = observedAt === null ? '' : ` ${timeText(observedAt)}`
  if (source === 'live') return `${origin}, read${time}${count}`
  return source === 'capture'
    ? `recorded${time}${count}`
    : `text from ${origin === '-' ? 'standard input' : origin}${count}`
}

/** `2026-11-21 09:47 UTC`; what is no ISO time stays as it is. */
export function timeText(text: string): string {
  const time = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(time)) return text
  return `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
