/** The formats that pick from a document what somebody asks for, as kubectl has them: `name`, `jsonpath=TEMPLATE`, `custom-columns=TITLE:PATH,…`. */
import { printable } from '../../model/printable.ts'
import type { Selecting } from '../outputs.ts'
import { customColumns } from './columns.ts'
import { fillTemplate } from './values.ts'

/** A document, the rows that it consists of, and the Services that they are about. */
export interface Selectable {
  document: unknown
  rows: readonly unknown[]
  services: readonly { namespace: string; name: string }[]
}

/** Throws a usage error for an expression that cannot be read. */
export const checkExpression = (output: Selecting): void =>
  void select({ document: {}, rows: [], services: [] }, output)

export function select({ document, rows, services }: Selectable, output: Selecting): string {
  if (output === 'name') return names(services)
  const value = output.slice(output.indexOf('=') + 1)
  return output.startsWith('jsonpath=') ? fillTemplate(value, document) : customColumns(value, rows)
}

/** `service/web`, and what is no Service as it is called (`ingress/web`); with the namespace before it where they are of several. svcpath and kubectl take the first back, svcpath both. */
function names(services: Selectable['services']): string {
  const several = new Set(services.map(({ namespace }) => namespace)).size > 1
  return services
    .map(({ namespace, name }) => {
      const called = name.includes('/') ? name : `service/${name}`
      return `${printable(several ? `${namespace}/${called}` : called)}\n`
    })
    .join('')
}
