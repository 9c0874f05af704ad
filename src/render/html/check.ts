import type { CheckedService, CheckReport } from '../../model/check.ts'
import { type Cause, causesOf, faultsOf, findingsIn, reasonsOf, sharedOf, shownCauses } from '../check/faults.ts'
import { migrationLines } from '../check/migration.ts'
import { cellsOf, commonFindings, gistOf, inOrder, resultText, summary, TITLES } from '../check/results.ts'
import { isWrong } from '../check/words.ts'
import { seenText } from '../head.ts'
import { some } from '../phrases.ts'
import { findingText } from '../texts/findings.ts'
import { findingsHtml, listHtml } from './findings.ts'
import { type Html, html } from './html.ts'
import { page, type Section } from './page.ts'
import { tableHtml } from './table.ts'

/** A check as one file for a browser: the services, failures first, then what is wrong with its fix. */
export function renderCheckHtml(report: CheckReport, verbose: boolean): string {
  const { services, outcome, migration, notes = [] } = report
  const causes = causesOf(faultsOf(services))
  const most = (count: number) => (verbose ? Number.POSITIVE_INFINITY : count)
  return page({
    title: `Service check: ${outcome}`,
    header: headerHtml(report),
    sections: [
      servicesSection(services, causes, most(MOST_SERVICES)),
      findingsSection(services, causes, verbose),
      migration
        ? {
            id: 'migration',
            title: `Migration of kube-proxy to ${migration.to} mode`,
            body: listHtml(migrationLines(migration)),
          }
        : null,
      notes.length > 0
        ? { id: 'notes', title: 'Notes', body: listHtml(notes, Math.min(notes.length, most(MOST_NOTES))) }
        : null,
    ],
  })
}

const MOST_SERVICES = 1000
const MOST_REASONS = 30
const MOST_CAUSES = 100
const MOST_NOTES = 30

function headerHtml(report: CheckReport): Html {
  const { outcome, services, source, origin, failOn, ignored } = report
  const rules = [
    failOn === 'warning' ? 'warnings count as failures' : '',
    ignored.length > 0 ? `not counted: ${ignored.join(', ')}` : '',
  ]
  return html`<h1>Service check</h1><strong class="badge ${outcome}">${outcome}</strong>
<p class="impact">${summary(services)}</p>
${rules.filter(Boolean).map((text) => html`<p>${text}</p>`)}
<p class="dim">${seenText({ ...report, nodes: [] })}${source === 'capture' && html` · from ${origin}`}</p>`
}

function servicesSection(services: readonly CheckedService[], causes: readonly Cause[], most: number): Section | null {
  if (services.length === 0) return null
  const common = commonFindings(causes)
  const shown = inOrder(services).slice(0, most)
  const more = services.length - shown.length
  const [namespace, name, ...counts] = TITLES.map((title) => ({ title: title.toLowerCase() }))
  const table = tableHtml(
    'Services',
    [{ title: 'result' }, namespace!, name!, { title: 'why', words: true }, ...counts],
    shown.map((one) => {
      const [ofNamespace, ofName, ...figures] = cellsOf(one)
      const result = html`<span class="badge ${one.outcome}">${resultText(one)}</span>`
      return { cells: [result, ofNamespace, ofName, gistOf(one, common), ...figures] }
    }),
  )
  return {
    id: 'services',
    title: 'Services',
    body: html`${table}${more > 0 && html`<p class="dim">… and ${more} more: -v shows all</p>`}`,
  }
}

function findingsSection(
  services: readonly CheckedService[],
  causes: readonly Cause[],
  verbose: boolean,
): Section | null {
  const all = shownCauses(services, causes)
  const shown = verbose ? all : all.slice(0, MOST_CAUSES)
  const texts = shown.map((cause) => findingText(findingsIn(cause), sharedOf(cause), verbose))
  const reasons = reasonsOf(services.filter(({ outcome }) => outcome !== 'passed')).map(
    ({ reason, text, services: names }) => {
      const outcome = isWrong(reason) ? 'failed' : 'unknown'
      return html`<span class="badge ${outcome}">${outcome}</span> ${some(names, 1)}: ${text}`
    },
  )
  const more = all.length - shown.length
  if (texts.length + reasons.length === 0) return null
  return {
    id: 'findings',
    title: 'Findings',
    body: html`${findingsHtml(texts, verbose)}${more > 0 && html`<p class="dim">… and ${more} more: -v shows all</p>`}
${listHtml(reasons, verbose ? reasons.length : Math.min(reasons.length, MOST_REASONS))}`,
  }
}
