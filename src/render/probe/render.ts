import { printable } from '../../model/printable.ts'
import type { ProbeReport } from '../../model/probe/report.ts'
import type { ProbeOutput } from '../outputs.ts'
import { printJson } from '../render.ts'
import { forPeople } from '../screen/people.ts'
import type { Look } from '../terminal.ts'
import { renderProbeJunit } from './junit.ts'
import { renderProbeTree } from './tree.ts'

/** A probe in one of the formats, with its line end. */
export function renderProbe(report: ProbeReport, output: ProbeOutput, look: Look): string {
  switch (output) {
    case 'tree':
      return forPeople(renderProbeTree(printable(report), look), look)
    case 'json':
      return printJson(report)
    case 'junit':
      return renderProbeJunit(printable(report))
  }
}
