import type { CatalogueEntry } from '../../model/catalogue.ts'
import type { CheckReport, Times } from '../../model/check.ts'
import { printable } from '../../model/printable.ts'
import { renderCheckHtml } from '../html/check.ts'
import { renderCheckMarkdown } from '../markdown/check.ts'
import type { CheckOutput } from '../outputs.ts'
import { printJson } from '../render.ts'
import { forPeople } from '../screen/people.ts'
import type { Look } from '../terminal.ts'
import { saidOnce } from './faults.ts'
import { renderGithub } from './github.ts'
import { renderJunit } from './junit.ts'
import { renderOpenMetrics } from './openmetrics.ts'
import { renderSarif } from './sarif.ts'
import { renderCheckTable } from './table.ts'
import { renderTap } from './tap.ts'

/**
 * What `check` found, in one of the formats, with its line end; nothing at all where GitHub has nothing to annotate. `catalogue` says what codes mean.
 */
export function renderCheck(
  report: CheckReport,
  output: CheckOutput,
  look: Look,
  catalogue: readonly CatalogueEntry[],
  times?: Times,
): string {
  switch (output) {
    case 'table':
      return forPeople(renderCheckTable(printable(report), look), look)
    case 'json':
      return printJson(report)
    case 'junit':
      return renderJunit(once(report), times)
    case 'sarif':
      return renderSarif(once(report), catalogue)
    case 'github':
      return renderGithub(printable(report))
    case 'tap':
      return renderTap(once(report))
    case 'openmetrics':
      return renderOpenMetrics(report)
    case 'markdown':
      return renderCheckMarkdown(printable(report), look.verbose)
    case 'html':
      return renderCheckHtml(printable(report), look.verbose)
  }
}

/** As text that can be printed, with what concerns several services said once. */
const once = (report: CheckReport): CheckReport => printable({ ...report, services: saidOnce(report.services) })
