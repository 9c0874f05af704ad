import type { Family } from '../../model/address.ts'
import { addressArgument } from './list-address.ts'
import { readExtras } from './list-extras.ts'
import { option } from './list-form.ts'
import type { Row } from './list-row.ts'
import type { Option } from './option.ts'

/**
 * The options of a listed rule, as iptables-save would print them: addresses, interfaces and protocol, matches, target.
 * Text that is not understood stands as `--unknown` before the first `-m`, so that it belongs to no module.
 * `problem`: why the rule cannot be believed, where a part of it is missing.
 */
export function ruleOptions(row: Row, family: Family): { options: Option[]; problem: string | null } {
  const { target } = row
  const tooLong = row.extras.length > LONGEST
  const extras = readExtras(tooLong ? '' : row.extras, { target, family })
  if (tooLong) extras.unknown.push(row.extras)
  const options = [
    ...address('-s', row.source, family),
    ...address('-d', row.destination, family),
    ...column('-i', row.in, /^(?:\*|any)$/),
    ...column('-o', row.out, /^(?:\*|any)$/),
    ...column('-p', row.protocol, /^(?:all|0)$/),
    ...(row.fragment.endsWith('f') ? [option('-f', [], row.fragment.startsWith('!') ? '!' : undefined)] : []),
    ...extras.unknown.map((text) => option('--unknown', [text])),
    ...extras.matches,
    ...(target ? [option(extras.goto ? '-g' : '-j', [target])] : []),
    ...extras.targetOptions,
  ]
  const lost = tooLong ? 'longer than any rule' : extras.cut ? 'the line ends inside a comment' : null
  return { options, problem: lost ?? missingAddress(target, extras.targetOptions) }
}

/** A rule takes 64 KiB at most in the kernel (the offsets in ipt_entry have 16 bits), and its text is no longer. */
const LONGEST = 65_536

/** An address column; every address, which needs no option, is left out unless it is negated. */
function address(flag: string, text: string, family: Family): Option[] {
  const not = text.startsWith('!') ? '!' : undefined
  const argument = addressArgument(not ? text.slice(1) : text, family)
  return not || !EVERYTHING.test(argument) ? [option(flag, [argument], not)] : []
}

const EVERYTHING = /^(?:0\.0\.0\.0|::)\/0$/

/** A column with a word for "not asked". */
function column(flag: string, text: string | null, nothing: RegExp): Option[] {
  if (text === null || nothing.test(text)) return []
  return text.startsWith('!') ? [option(flag, [text.slice(1)], '!')] : [option(flag, [text])]
}

/** DNAT and SNAT always print where to; without it the line was cut, or another version wrote the rule. */
function missingAddress(target: string, options: readonly Option[]): string | null {
  const needs = target === 'DNAT' || target === 'SNAT'
  return needs && !options.some(({ flag }) => flag.startsWith('--to-')) ? `${target} without its address` : null
}
