import type { CheckedService, CheckReport, Outcome } from '../../model/check.ts'
import { findingLines } from '../findings.ts'
import { clip, type Look, pad, stringWidth, wrap } from '../terminal.ts'
import { headlineOf, unknownText } from './words.ts'

const TITLES = ['NAMESPACE', 'NAME', 'ENDPOINTS', 'NODES', 'RESULT']

/** A line a service as kubectl prints lists; then, for each that did not pass, why. The last line counts. */
export function renderCheckTable(report: CheckReport, look: Look): string {
  const { services } = report
  const blocks = services.filter(({ outcome }) => outcome !== 'passed').map((one) => details(one, look))
  const sections = [list(services, look), ...blocks, wrap(summary(services), look.width)]
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

function list(services: readonly CheckedService[], look: Look): string[] {
  const rows = services.map((one) => [
    one.namespace,
    one.name,
    one.ready === null ? `?/${one.endpoints}` : `${one.ready}/${one.endpoints}`,
    one.nodes === 0 ? '-' : `${one.converged}/${one.nodes}`,
  ])
  // On a narrow terminal the counts go first: what is left is which service, and whether it passed.
  const widths = TITLES.slice(0, -1).map((title, i) =>
    Math.max(title.length, ...rows.map((row) => stringWidth(row[i]!))),
  )
  const total = widths.reduce((sum, width) => sum + width + 3, 7)
  const keep = look.width !== null && total > look.width ? [0, 1] : [0, 1, 2, 3]
  const line = (cells: readonly string[]) => keep.map((i) => pad(cells[i]!, widths[i]!)).join('   ')
  const lines = services.map((one, i) => {
    const start = `${line(rows[i]!)}   ${paintOutcome(one.outcome, look)}`
    const room = look.width === null ? 100 : look.width - stringWidth(start) - 3
    const why = headlineOf(one)
    return why && room > 15 ? `${start}   ${look.colour.dim(clip(why, room))}` : start
  })
  return [look.colour.bold(`${line(TITLES)}   RESULT`), ...lines]
}

function paintOutcome(outcome: Outcome, { colour }: Look): string {
  return { passed: colour.green, failed: colour.red, unknown: colour.cyan }[outcome].bold(outcome)
}

function details(service: CheckedService, look: Look): string[] {
  const { findings, unknowns } = service
  const title = `${look.colour.bold(`${service.namespace}/${service.name}`)}  ${paintOutcome(service.outcome, look)}`
  const texts = [...new Set(unknowns.map(unknownText))]
  const shown = look.verbose ? texts : texts.slice(0, MOST_UNKNOWNS)
  const more = texts.length - shown.length
  return [
    title,
    ...findingLines(findings, look),
    ...shown.flatMap((text) => wrap(`? ${text}`, look.width)),
    ...(more > 0 ? [`… and ${more} more`] : []),
  ]
}

const MOST_UNKNOWNS = 5

/** `3 services: 2 passed, 1 failed` */
function summary(services: readonly CheckedService[]): string {
  const counts = (['passed', 'failed', 'unknown'] as const).flatMap((outcome) => {
    const count = services.filter((one) => one.outcome === outcome).length
    return count > 0 ? [`${count} ${outcome}`] : []
  })
  return `${services.length} ${services.length === 1 ? 'service' : 'services'}: ${counts.join(', ')}`
}
