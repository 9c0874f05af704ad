import type { Counter } from '../../model/rules.ts'
import { FREE_TEXT, type Option } from './option.ts'
import type { IptablesRuleset } from './save.ts'
import type { IptablesTable } from './table.ts'

/** Prints a ruleset as iptables-save does; for a text that iptables-save printed, the same bytes again. */
export function printSave(ruleset: IptablesRuleset): string {
  const lines = ruleset.tables.flatMap(tableLines).concat(ruleset.trailer)
  return lines.map((line) => `${line}\n`).join('')
}

/** Prints options as they stand in a rule, without `-A CHAIN`. */
export function printOptions(options: readonly Option[]): string {
  return options.map(printOption).join(' ')
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

function printOption({ flag, negation, args }: Option): string {
  // libxt_nfacct prints its name behind two spaces.
  const gap = flag === '--nfacct-name' ? '  ' : ' '
  const values = args.map((arg) => gap + quote(arg, flag)).join('')
  if (negation === 'before') return `! ${flag}${values}`
  return negation === 'after' ? `${flag} !${values}` : `${flag}${values}`
}

/** libxt_string and libxt_u32 quote always; the others leave letters, digits, `_` and `-` bare, as xtables_save_string does. */
const ALWAYS_QUOTED = new Set(['--string', '--hex-string', '--u32'])

function quote(arg: string, flag: string): string {
  const bare = FREE_TEXT.has(flag) ? /^[\w-]+$/ : /^[^\s"]+$/
  return bare.test(arg) && !ALWAYS_QUOTED.has(flag) ? arg : `"${arg.replaceAll(/["'\\]/g, '\\$&')}"`
}
