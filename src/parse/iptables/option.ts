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
