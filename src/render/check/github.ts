import type { CheckReport } from '../../model/check.ts'
import type { Severity } from '../../model/finding.ts'
import { nodesOf, some } from '../findings.ts'
import { faultsOf } from './faults.ts'
import { unknownText } from './words.ts'

const COMMANDS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'notice' }

/** Annotations of a GitHub workflow: one a fault, since GitHub shows ten of a level and step, and one for what is not known. */
export function renderGithub({ services }: CheckReport): string {
  const told = faultsOf(services).map(({ findings, services: hit }) => {
    const { code, name, severity, message, fix } = findings[0]!
    const nodes = nodesOf(findings)
    const words = [`${some(hit, 3)}${nodes ? ` on ${nodes}` : ''}: ${message}`, ...(fix ? [`fix: ${fix}`] : [])]
    return command(COMMANDS[severity], `${code} ${name} ${some(hit, 3)}`, words.join('\n'))
  })
  const unknown = Map.groupBy(
    services.flatMap((one) => [...new Set(one.unknowns.map(unknownText))].map((text) => ({ one, text }))),
    ({ text }) => text,
  )
  const texts = [...unknown].map(
    ([text, all]) =>
      `${some(
        all.map(({ one }) => `${one.namespace}/${one.name}`),
        3,
      )}  ${text}`,
  )
  const lines = texts.length === 0 ? told : [...told, command('warning', 'not known', cut(texts).join('\n'))]
  return lines.map((line) => `${line}\n`).join('')
}

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
