import { stringify } from 'yaml'
import { escapedJson, printable } from '../model/printable.ts'
import type { PathReport, ServiceList } from '../model/report.ts'
import { renderDot } from './dot.ts'
import { renderListHtml } from './html/list.ts'
import { renderTraceHtml } from './html/trace.ts'
import { renderServiceList } from './list.ts'
import { renderListMarkdown } from './markdown/list.ts'
import { renderTraceMarkdown } from './markdown/trace.ts'
import { renderMermaid } from './mermaid.ts'
import type { Output } from './outputs.ts'
import { forPeople } from './screen/people.ts'
import type { Look } from './terminal.ts'
import { renderTree } from './tree.ts'
import { renderWide } from './wide.ts'

/** A report in one of the formats, with its line end. */
export function renderReport(report: PathReport, output: Output, look: Look): string {
  switch (output) {
    case 'tree':
      return forPeople(renderTree(printable(report), look), look)
    case 'wide':
      return forPeople(renderWide(printable(report), look), look)
    case 'json':
      return printJson(report)
    case 'yaml':
      return printYaml(report)
    case 'mermaid':
      return renderMermaid(report)
    case 'dot':
      return renderDot(report)
    case 'markdown':
      return renderTraceMarkdown(printable(report), look.verbose)
    case 'html':
      return renderTraceHtml(printable(report), look.verbose)
  }
}

/** The list of services; as a table unless data was asked for. */
export function renderList(list: ServiceList, output: Output, look: Look): string {
  if (output === 'json') return printJson(list)
  if (output === 'yaml') return printYaml(list)
  if (output === 'markdown') return renderListMarkdown(printable(list.items))
  if (output === 'html') return renderListHtml(printable(list.items))
  return forPeople(renderServiceList(printable(list), look), look)
}

/** What a terminal must not see is escaped, so that nothing of a name is lost. */
export const printJson = (value: unknown): string => `${escapedJson(JSON.stringify(value, null, 2))}\n`

/** As YAML 1.1 readers want it too, to whom a bare `no` is false. */
export const printYaml = (value: unknown): string => stringify(printable(value), { lineWidth: 0, version: '1.1' })
