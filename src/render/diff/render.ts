import type { DiffReport } from '../../model/diff/report.ts'
import { printable } from '../../model/printable.ts'
import type { DiffOutput } from '../outputs.ts'
import { printJson } from '../render.ts'
import { forPeople } from '../screen/people.ts'
import type { Look } from '../terminal.ts'
import { renderDiffMarkdown } from './markdown.ts'
import { renderDiffTree } from './tree.ts'

/** A diff in one of the formats, with its line end. */
export function renderDiff(report: DiffReport, output: DiffOutput, look: Look): string {
  switch (output) {
    case 'tree':
      return forPeople(renderDiffTree(printable(report), look), look)
    case 'json':
      return printJson(report)
    case 'markdown':
      return renderDiffMarkdown(printable(report), look)
  }
}
