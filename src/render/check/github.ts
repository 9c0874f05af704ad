import type { CheckedService, CheckReport } from '../../model/check.ts'
import type { Severity } from '../../model/finding.ts'
import type { Reason } from '../../model/report.ts'
import { namesNode } from '../../model/sentence.ts'
import { nodesOf } from '../findings.ts'
import { some } from '../phrases.ts'
import { faultsOf, reasonsOf } from './faults.ts'
import { isWrong } from './words.ts'

const COMMANDS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'notice' }

/** Annotations of a GitHub workflow: one a fault, since GitHub shows ten of a level and step, and one for what no finding names. */
export function renderGithub({ services }: CheckReport): string {
  const told = faultsOf(services).map(({ findings, services: hit }) => {
    const { code, name, severity, message, fix } = findings[0]!
    const nodes = nodesOf(findings)
    const where = nodes && !namesNode(message, nodes) ? ` on ${nodes}` : ''
    const words = [`${some(hit, 3, '; ')}${where}: ${message}`, ...(fix ? [`fix: ${fix}`] : [])]
    return command(COMMANDS[severity], `${code} ${name} ${some(hit, 3, '; ')}`, words.join('\n'))
  })
  const [wrong, unseen] = [reasonLines(services, isWrong), reasonLines(services, (one) => !isWrong(one))]
  const lines = [
    ...told,
    ...(wrong.length > 0 ? [command('error', 'not reached', cut(wrong).join('\n'))] : []),
    ...(unseen.length > 0 ? [command('warning', 'not known', cut(unseen).join('\n'))] : []),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

/** What no finding tells, each once with the services that it concerns. */
const reasonLines = (services: readonly CheckedService[], which: (reason: Reason) => boolean): string[] =>
  reasonsOf(services, which).map(({ text, services: names }) => `${some(names, 3, '; ')}  ${text}`)

const cut = (texts: readonly string[]): readonly string[] =>
  texts.length > MOST_TEXTS ? [...texts.slice(0, MOST_TEXTS), `and ${texts.length - MOST_TEXTS} more`] : texts

/** GitHub cuts a longer annotation off. */
const MOST_TEXTS = 10

const command = (name: string, title: string, message: string): string =>
  `::${name} title=${property(title)}::${data(message)}`

/** What a workflow command's data must not hold as it is: actions/toolkit, packages/core/src/command.ts. */
const data = (value: string): string =>
  value.toWellFormed().replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')

const property = (value: string): string => data(value).replaceAll(':', '%3A').replaceAll(',', '%2C')
