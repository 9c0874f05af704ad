import type { CheckReport } from '../../model/check.ts'
import type { Severity } from '../../model/finding.ts'
import { alike } from '../findings.ts'
import { unknownText } from './words.ts'

const COMMANDS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'notice' }

/** Annotations of a GitHub workflow, one a finding and one for what is not known of a service. */
export function renderGithub(report: CheckReport): string {
  const lines = report.services.flatMap(({ namespace, name, findings, unknowns }) => {
    const service = `${namespace}/${name}`
    const told = alike(findings).map((group) => {
      const { code, name: title, severity, message, fix } = group[0]!
      const nodes = group.flatMap(({ node }) => node ?? []).join(', ')
      const words = `${service}${nodes ? ` on ${nodes}` : ''}: ${message}${fix ? `\nfix: ${fix}` : ''}`
      return command(COMMANDS[severity], `${code} ${title} ${service}`, words)
    })
    const texts = [...new Set(unknowns.map(unknownText))]
    return texts.length === 0
      ? told
      : [...told, command('warning', `not known: ${service}`, texts.slice(0, MOST_TEXTS).join('\n'))]
  })
  return lines.map((line) => `${line}\n`).join('')
}

/** GitHub cuts a longer annotation off. */
const MOST_TEXTS = 10

const command = (name: string, title: string, message: string): string =>
  `::${name} title=${property(title)}::${data(message)}`

/** What a workflow command's data must not hold as it is: actions/toolkit, packages/core/src/command.ts. */
const data = (value: string): string =>
  value.toWellFormed().replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')

const property = (value: string): string => data(value).replaceAll(':', '%3A').replaceAll(',', '%2C')
