import type { CheckReport } from '../../model/check.ts'
import type { Look } from '../terminal.ts'

export const CHECK_OUTPUTS = ['table', 'json', 'junit', 'sarif', 'github', 'tap'] as const
export type CheckOutput = (typeof CHECK_OUTPUTS)[number]
export function renderCheck(report: CheckReport, _output: CheckOutput, _look: Look): string {
  return `${JSON.stringify(report, null, 2)}\n`
}
