import type { CheckedService, CheckReport } from '../../model/check.ts'
import type { Outcome } from '../../model/report.ts'
import { groupLines } from '../findings.ts'
import { seenText } from '../head.ts'
import { clip, type Look, pad, stringWidth, wrap } from '../terminal.ts'
import { type Cause, causesOf, faultsOf, findingsIn, reasonsOf, sharedOf, shownCauses } from './faults.ts'
import { migrationLines } from './migration.ts'
import { cellsOf, commonFindings, gistOf, inOrder, resultText, summary, TITLES } from './results.ts'
import { isWrong } from './words.ts'

/** A line a service as kubectl prints lists; then what is wrong with those that did not pass, each fault once. The last line counts. */
export function renderCheckTable(report: CheckReport, look: Look): string {
  const { services } = report
  const notPassed = services.filter(({ outcome }) => outcome !== 'passed')
  const causes = causesOf(faultsOf(services))
  const sections = [
    list(inOrder(services), causes, look),
    ...shownCauses(services, causes).map((cause) => groupLines(findingsIn(cause), look, sharedOf(cause))),
    unknownLines(notPassed, look),
    migrationSection(report, look),
    noteLines(report.notes ?? [], look),
    [...seenLines(report, look), ...wrap(summary(services), look.width)],
  ]
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

/** When and from what this was read. */
function seenLines(report: CheckReport, { width, colour }: Look): string[] {
  const nodes = { length: Math.max(0, ...report.services.map((one) => one.nodes)) }
  return wrap(seenText({ ...report, nodes }), width).map((line) => colour.dim(line))
}

function migrationSection({ migration }: CheckReport, { colour, width }: Look): string[] {
  if (!migration) return []
  const title = colour.bold(`MIGRATION of kube-proxy to ${migration.to} mode`)
  return [title, ...migrationLines(migration).flatMap((line) => wrap(line, width))]
}

function list(services: readonly CheckedService[], causes: readonly Cause[], look: Look): string[] {
  const common = commonFindings(causes)
  const rows = services.map(cellsOf)
  // On a narrow terminal the counts go first: what is left is which service, and whether it passed.
  const widths = TITLES.map((title, i) => Math.max(title.length, ...rows.map((row) => stringWidth(row[i]!))))
  const fits = (columns: readonly number[], last: number) =>
    look.width === null || columns.reduce((sum, i) => sum + widths[i]! + 3, last) <= look.width
  const long = services.map(resultText)
  const widest = Math.max('RESULT'.length, ...long.map((text) => stringWidth(text)))
  const keep = fits([0, 1, 2, 3], widest) ? [0, 1, 2, 3] : [0, 1]
  const results = fits(keep, widest) ? long.map((text) => pad(text, widest)) : services.map(({ outcome }) => outcome)
  const line = (cells: readonly string[]) => keep.map((i) => pad(cells[i]!, widths[i]!)).join('   ')
  const lines = services.map((one, i) => {
    const start = `${line(rows[i]!)}   ${paintOutcome(one.outcome, results[i]!, look)}`
    // A log has no width: what is cut there is lost.
    const room = look.width === null ? Number.POSITIVE_INFINITY : look.width - stringWidth(start) - 3
    const why = gistOf(one, common)
    return why && room > 15 ? `${start}   ${look.colour.dim(clip(why, room))}` : start.trimEnd()
  })
  return [look.colour.bold(`${line(TITLES)}   RESULT`), ...lines]
}

function paintOutcome(outcome: Outcome, text: string, { colour }: Look): string {
  return { passed: colour.green, failed: colour.red, unknown: colour.cyan }[outcome].bold(text)
}

/** What could not be told, or is wrong and in no finding, each once with the services that it concerns. */
function unknownLines(services: readonly CheckedService[], look: Look): string[] {
  const reasons = reasonsOf(services)
  const shown = look.verbose ? reasons : reasons.slice(0, MOST_UNKNOWNS)
  const lines = shown.flatMap(({ reason, text, services: names }) => {
    const where = names.length > 1 ? `${names[0]} and ${names.length - 1} more` : names[0]
    return wrap(`${isWrong(reason) ? '✗' : '?'} ${where}  ${text}`, look.width)
  })
  const more = reasons.length - shown.length
  return more > 0 ? [...lines, `… and ${more} more`] : lines
}

const MOST_UNKNOWNS = 10

/** What could not be read, as the trace tells it: it may be why something is not known. */
function noteLines(notes: readonly string[], { colour, width, verbose }: Look): string[] {
  const shown = verbose ? notes : notes.slice(0, MOST_NOTES)
  const more = notes.length - shown.length
  const texts = [...shown, ...(more > 0 ? [`and ${more} more, see -v`] : [])]
  return texts.flatMap((text) => wrap(`note: ${text}`, width)).map((line) => colour.dim(line))
}

const MOST_NOTES = 6
