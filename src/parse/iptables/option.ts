/**
 * One word group of an iptables rule: a flag with its arguments, as iptables-save spells it. `-m` and `-j` are options
 * like any other, so a rule is a plain list of them and prints back in the order in which it was read.
 */
export interface Option {
  /** `-s`, `--dport`, `-m`, `-j` … */
  flag: string
  /** `before`: `! --dport 80`. `after`: `--dport ! 80`, as iptables up to 1.4.2 wrote it. */
  negation: 'none' | 'before' | 'after'
  /** Unquoted and unescaped. */
  args: readonly string[]
}

/** Options whose argument is anybody's text: it is taken whatever it looks like, and printed in quotes where need be. */
export const FREE_TEXT = new Set([
  '--comment',
  '--log-prefix',
  '--nflog-prefix',
  '--ulog-prefix',
  '--string',
  '--hex-string',
  '--u32',
])

/** Prints options as they stand in a rule, without `-A CHAIN`. */
export function printOptions(options: readonly Option[]): string {
  return options.map(printOption).join(' ')
}

/** One option as iptables-save prints it. */
export function printOption({ flag, negation, args }: Option): string {
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
