import type { CheckedService, CheckReport, Outcome } from '../../model/check.ts'
import type { Finding } from '../../model/finding.ts'
import { alike, groupLines, nodesOf } from '../findings.ts'
import { clip, type Look, pad, stringWidth, wrap } from '../terminal.ts'
import { type Cause, CHANGES, causesOf, faultsOf, reasonsOf } from './faults.ts'
import { migrationLines } from './migration.ts'
import { isWrong, unknownText } from './words.ts'

const TITLES = ['NAMESPACE', 'NAME', 'ENDPOINTS', 'NODES', 'RESULT']

/** A line a service as kubectl prints lists; then what is wrong with those that did not pass, each fault once. The last line counts. */
export function renderCheckTable(report: CheckReport, look: Look): string {
  const { services } = report
  const notPassed = services.filter(({ outcome }) => outcome !== 'passed')
  const wrong = new Set(notPassed.map(({ namespace, name }) => `${namespace}/${name}`))
  const causes = causesOf(faultsOf(services))
  const sections = [
    list(inOrder(services), causes, look),
    // A service that passed counts among those of a cause, and is none of its own.
    ...causes
      .filter((cause) => isAskedFor(cause) || cause.services.some((one) => wrong.has(one)))
      .map((cause) => causeLines(cause, look)),
    unknownLines(notPassed, look),
    migrationSection(report, look),
    noteLines(report.notes ?? [], look),
    wrap(summary(services), look.width),
  ]
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

/** Failures first, then what is not known, then what passed with a warning. */
const inOrder = (services: readonly CheckedService[]): CheckedService[] =>
  services.toSorted((a, b) => rank(a) - rank(b))

const rank = (one: CheckedService): number =>
  one.outcome === 'passed' ? (warningsOf(one) > 0 ? 2 : 3) : one.outcome === 'unknown' ? 1 : 0

const warningsOf = ({ findings }: CheckedService): number =>
  new Set(findings.filter(({ severity }) => severity !== 'info').map(({ code }) => code)).size

/** `passed, 1 warning` */
function resultText(one: CheckedService): string {
  const count = one.outcome === 'passed' ? warningsOf(one) : 0
  return count > 0 ? `passed, ${count} warning${count === 1 ? '' : 's'}` : one.outcome
}

const isAskedFor = ({ faults }: Cause): boolean => faults[0]!.findings[0]!.code === CHANGES

function migrationSection({ migration }: CheckReport, { colour, width }: Look): string[] {
  if (!migration) return []
  const title = colour.bold(`MIGRATION of kube-proxy to ${migration.to} mode`)
  return [title, ...migrationLines(migration).flatMap((line) => wrap(line, width))]
}

function causeLines({ faults, services }: Cause, look: Look): string[] {
  const all = faults.flatMap((fault) => fault.all)
  return groupLines(
    all.map(({ finding }) => finding),
    look,
    {
      services,
      sentences: faults.map((fault) => ({ services: fault.services, message: fault.findings[0]!.message })),
      own: new Map(
        [...Map.groupBy(all, ({ service }) => service)].map(([service, some]) => [
          service,
          some.map(({ finding }) => finding),
        ]),
      ),
    },
  )
}

function list(services: readonly CheckedService[], causes: readonly Cause[], look: Look): string[] {
  const common = new Set(causes.filter((cause) => cause.services.length > MOST_NAMED).flatMap(findingsIn))

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

/** A cause of more services than its heading names is named there alone: in as many rows it would hide what is each row's own. */
const MOST_NAMED = 5

const findingsIn = ({ faults }: Cause): Finding[] => faults.flatMap(({ findings }) => findings)

/** `SVP306 mixed-backends n3; SVP403 forward-dropped n1`: what each is stands below. `common`: what many services have. */
function gistOf({ findings, unknowns, outcome }: CheckedService, common: ReadonlySet<Finding>): string {
  const shown = findings.filter(({ severity }) => outcome !== 'passed' || severity !== 'info')
  const own = alike(shown.filter((one) => !common.has(one))).map((group) =>
    [group[0]!.code, group[0]!.name, nodesOf(group)].filter(Boolean).join(' '),
  )
  const codes = [...new Set(shown.filter((one) => common.has(one)).map(({ code }) => code))]
  const shared = codes.length > 0 ? [`shared: ${codes.join(', ')}`] : []
  return [...new Set(own), ...unknowns.slice(0, 1).map(unknownText), ...shared].join('; ')
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

/** `3 services: 2 passed (1 with a warning), 1 failed` */
function summary(services: readonly CheckedService[]): string {
  const counts = (['passed', 'failed', 'unknown'] as const).flatMap((outcome) => {
    const some = services.filter((one) => one.outcome === outcome)
    const warned = outcome === 'passed' ? some.filter((one) => warningsOf(one) > 0).length : 0
    const which = warned > 0 ? ` (${warned} with a warning)` : ''
    return some.length > 0 ? [`${some.length} ${outcome}${which}`] : []
  })
  return `${services.length} ${services.length === 1 ? 'service' : 'services'}: ${counts.join(', ')}`
}
