import type { CheckedService, CheckReport } from '../../model/check.ts'
import type { Severity } from '../../model/finding.ts'
import type { Reason } from '../../model/report.ts'
import { namesNode } from '../../model/sentence.ts'
import { nodesOf } from '../findings.ts'
import { some } from '../phrases.ts'
import { type Cause, causesOf, faultsOf, reasonsOf } from './faults.ts'
import { migrationLines } from './migration.ts'
import { isWrong } from './words.ts'

const COMMANDS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'notice' }

/**
 * Annotations of a GitHub workflow: one a fault, or where these are more than GitHub shows of a level one a cause, with a line a fault; and one for what
 * no finding names.
 */
export function renderGithub({ services, migration }: CheckReport): string {
  const faults = faultsOf(services)
  const told = [...Map.groupBy(faults, ({ findings }) => findings[0]!.severity)].flatMap(([level, some]) => {
    const causes = some.length > MOST_ANNOTATIONS ? causesOf(some) : some.map((one) => ({ ...one, faults: [one] }))
    return causes.map((cause) => causeText(COMMANDS[level], cause))
  })
  const [wrong, unseen] = [reasonLines(services, isWrong), reasonLines(services, (one) => !isWrong(one))]
  const lines = [
    ...told,
    ...(wrong.length > 0 ? [annotation('error', 'not reached', cut(wrong).join('\n'))] : []),
    ...(unseen.length > 0 ? [annotation('warning', 'not known', cut(unseen).join('\n'))] : []),
    ...(migration
      ? [annotation('notice', `migration to ${migration.to} mode`, cut(migrationLines(migration)).join('\n'))]
      : []),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

/** GitHub shows no more of a level and step. */
const MOST_ANNOTATIONS = 10

function causeText(level: string, { faults, services }: Cause): string {
  const { code, name, fix } = faults[0]!.findings[0]!
  const lines = faults.map(({ findings, services: hit }) => {
    const { message } = findings[0]!
    const nodes = nodesOf(findings)
    const where = nodes && !namesNode(message, nodes) ? ` on ${nodes}` : ''
    return `${some(hit, 3, '; ')}${where}: ${message}`
  })
  const words = [...cut(lines), ...(fix ? [`fix: ${fix}`] : [])]
  return annotation(level, `${code} ${name} ${some(services, 3, '; ')}`, words.join('\n'))
}

/** What no finding tells, each once with the services that it concerns. */
const reasonLines = (services: readonly CheckedService[], which: (reason: Reason) => boolean): string[] =>
  reasonsOf(services, which).map(({ text, services: names }) => `${some(names, 3, '; ')}  ${text}`)

const cut = (texts: readonly string[]): readonly string[] =>
  texts.length > MOST_TEXTS ? [...texts.slice(0, MOST_TEXTS), `and ${texts.length - MOST_TEXTS} more`] : texts

/** GitHub cuts a longer annotation off. */
const MOST_TEXTS = 10

/** A workflow command that annotates the run. */
export const annotation = (name: string, title: string, message: string): string =>
  `::${name} title=${property(title)}::${data(message)}`

/** What a workflow command's data must not hold as it is: actions/toolkit, packages/core/src/command.ts. */
const data = (value: string): string =>
  value.toWellFormed().replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')

const property = (value: string): string => data(value).replaceAll(':', '%3A').replaceAll(',', '%2C')
