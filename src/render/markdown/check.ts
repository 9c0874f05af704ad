import type { CheckedService, CheckReport } from '../../model/check.ts'
import { type Cause, causesOf, faultsOf, findingsIn, reasonsOf, sharedOf, shownCauses } from '../check/faults.ts'
import { migrationLines } from '../check/migration.ts'
import { cellsOf, commonFindings, gistOf, inOrder, resultText, summary, TITLES } from '../check/results.ts'
import { isWrong } from '../check/words.ts'
import { seenText } from '../head.ts'
import { some } from '../phrases.ts'
import { findingText } from '../texts/findings.ts'
import { code, prose, table } from './escape.ts'
import { findingParts } from './findings.ts'
import { page } from './page.ts'

/** The check for an issue, a chat or the summary of a job: a line a service, then what is wrong with those that did not pass. */
export function renderCheckMarkdown(report: CheckReport, verbose: boolean): string {
  const { services, outcome, migration, notes = [] } = report
  const causes = causesOf(faultsOf(services))
  const most = (count: number) => (verbose ? Number.POSITIVE_INFINITY : count)
  const wrong = shownCauses(services, causes)
  const shown = wrong.slice(0, most(MOST_FINDINGS))
  return page([
    [`## ${SIGNS[outcome]} ${outcome.toUpperCase()}: ${prose(summary(services))}`],
    [prose(seenText({ ...report, nodes: [] }))],
    ...serviceParts(services, causes, most(MOST_SERVICES)),
    ...shown.flatMap((cause) => findingParts(findingText(findingsIn(cause), sharedOf(cause), verbose), verbose)),
    ...(wrong.length > shown.length ? [[`… and ${wrong.length - shown.length} more findings, see \`-v\``]] : []),
    reasonLines(services, most(MOST_REASONS)),
    ...(migration ? [[`### Migration of kube-proxy to ${migration.to} mode`]] : []),
    ...(migration ? [migrationLines(migration).map((line) => `- ${prose(line)}`)] : []),
    notes.slice(0, most(MOST_NOTES)).map((note) => `- note: ${prose(note)}`),
  ])
}

const SIGNS = { passed: '✅', failed: '❌', unknown: '❔' } as const

const MOST_SERVICES = 50
const MOST_FINDINGS = 30
const MOST_REASONS = 10
const MOST_NOTES = 6

/** Of many services those that passed are counted alone. */
function serviceParts(services: readonly CheckedService[], causes: readonly Cause[], most: number): string[][] {
  const common = commonFindings(causes)
  const shown = inOrder(services).slice(0, most)
  const rows = shown.map((one) => [
    SIGNS[one.outcome],
    code(`${one.namespace}/${one.name}`),
    ...cellsOf(one).slice(2),
    resultText(one),
    prose(gistOf(one, common)),
  ])
  const more = services.length - shown.length
  const titles = ['', 'service', ...TITLES.slice(2).map((title) => title.toLowerCase()), 'result', 'why']
  return [rows.length > 0 ? table(titles, rows) : [], more > 0 ? [`… and ${more} more services, see \`-v\``] : []]
}

/** What is not known, or wrong and in no finding. */
function reasonLines(services: readonly CheckedService[], most: number): string[] {
  const all = reasonsOf(services.filter(({ outcome }) => outcome !== 'passed'))
  const lines = all.slice(0, most).map(({ reason, text, services: names }) => {
    const sign = isWrong(reason) ? SIGNS.failed : SIGNS.unknown
    return `- ${sign} ${prose(some(names, 1))}: ${prose(text)}`
  })
  const more = all.length - lines.length
  return more > 0 ? [...lines, `- … and ${more} more, see \`-v\``] : lines
}
