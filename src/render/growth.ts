import { printable } from '../model/printable.ts'
import type { PathReport } from '../model/report.ts'
import { findingLines } from './findings.ts'
import { forPeople } from './screen/people.ts'
import type { Look } from './terminal.ts'
import { paintVerdict } from './words.ts'

/** What a second reading of the counters changed of findings that are on the screen already, and of the verdict. Nothing where it changed none. */
export function renderGrowth(before: PathReport, after: PathReport, look: Look): string {
  const { service, verdict, findings } = printable(after)
  const known = new Set(printable(before).findings.map((one) => JSON.stringify(one)))
  const changed = findings.filter((one) => !known.has(JSON.stringify(one)))
  if (changed.length === 0) return ''
  const label = paintVerdict(verdict, look.colour, verdict.toUpperCase())
  const lines = [
    look.colour.bold('COUNTERS, READ AGAIN'),
    ...(verdict === before.verdict ? [] : [`${label}  ${look.colour.bold(`${service.namespace}/${service.name}`)}`]),
    ...findingLines(changed, look),
  ]
  return forPeople(`\n${lines.join('\n')}\n`, look)
}
