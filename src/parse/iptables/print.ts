import type { Counter } from '../../model/rules.ts'
import { printOption } from './option.ts'
import type { IptablesRuleset } from './save.ts'
import type { IptablesTable } from './table.ts'

/** Prints a ruleset as iptables-save does; for a text that iptables-save printed, the same bytes again. */
export function printSave(ruleset: IptablesRuleset): string {
  const lines = ruleset.tables.flatMap(tableLines).concat(ruleset.trailer)
  return lines.map((line) => `${line}\n`).join('')
}

function tableLines(table: IptablesTable): string[] {
  const lines = [...table.preamble, `*${table.name}`]
  for (const { declared, name, policy, counter } of table.chains.values()) {
    if (declared) lines.push(`:${name} ${policy?.toUpperCase() ?? '-'} ${printCounter(counter)}`)
  }
  for (const chain of table.chains.values()) {
    for (const rule of chain.rules) {
      // `iptables -S -v` has the counter among the options, as -c.
      const options = rule.options ?? []
      const inOptions = options.some((option) => option.flag === '-c')
      const counter = rule.counter && !inOptions ? `${printCounter(rule.counter)} ` : ''
      lines.push(`${counter}-A ${[chain.name, ...options.map(printOption)].join(' ')}`)
    }
  }
  return table.committed ? [...lines, 'COMMIT'] : lines
}

const printCounter = (counter: Counter | null): string => `[${counter?.packets ?? 0}:${counter?.bytes ?? 0}]`
