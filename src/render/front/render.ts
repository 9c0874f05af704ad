import type { RouteReport } from '../../model/front/report.ts'
import { printable } from '../../model/printable.ts'
import { renderRoutesMarkdown } from '../markdown/routes.ts'
import type { Output } from '../outputs.ts'
import { printJson, printYaml } from '../render.ts'
import { forPeople } from '../screen/people.ts'
import type { Look } from '../terminal.ts'
import { renderTree } from '../tree.ts'
import { renderWide } from '../wide.ts'
import { renderRoutes } from './tree.ts'

/** The formats that an Ingress, HTTPRoute or Gateway is printed in; the others draw the way of one Service. */
export const ROUTE_OUTPUTS: readonly Output[] = ['tree', 'wide', 'json', 'yaml', 'markdown']

export function renderRouteReport(report: RouteReport, output: Output, look: Look): string {
  if (output === 'json') return printJson(report)
  if (output === 'yaml') return printYaml(report)
  if (output === 'markdown') return renderRoutesMarkdown(withNotesOnce(printable(report)), look.verbose)
  const text = renderRoutes(withNotesOnce(printable(report)), look, output === 'wide' ? renderWide : renderTree)
  return forPeople(text, look)
}

/** What is said of one way need not be said of the next. */
function withNotesOnce(report: RouteReport): RouteReport {
  const said = new Set<string>()
  const ways = report.ways.map(({ key, report: way }) => {
    const notes = way.notes.filter((note) => !said.has(note))
    for (const note of notes) said.add(note)
    return { key, report: { ...way, notes } }
  })
  return { ...report, ways }
}
