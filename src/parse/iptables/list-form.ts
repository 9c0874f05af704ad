import type { Family } from '../../model/address.ts'
import type { Option } from './option.ts'

/** What a match or target prints about itself in a listing, and the options that iptables-save would print for it. */
export interface Form {
  pattern: RegExp
  read: (groups: Groups, context: Context) => Option[]
}

export type Groups = Readonly<Record<string, string | undefined>>

/** What the columns of the same rule say, as far as its extras hang on it. */
export interface Context {
  target: string
  family: Family
}

/**
 * A form from a pattern in which a space stands for any gap, and ` ?` for one that may be missing: the gaps differ from
 * one iptables to the next. Line breaks do not count. The pattern has to end where a word ends.
 */
export function form(pattern: string, read: Form['read']): Form {
  const spaced = pattern.replace(/\n */g, '').replace(/ (\??)/g, (_, optional) => (optional ? '[ \\t]*' : '[ \\t]+'))
  return { pattern: new RegExp(`${spaced}(?!\\S)`, 'y'), read }
}

/** An option; `not` is the `!` that stood before it, if any. */
export function option(flag: string, args: readonly string[] = [], not?: string): Option {
  return { flag, negation: not ? 'before' : 'none', args }
}

/** An option that stands only where the listing has its argument. */
export function optional(flag: string, arg: string | undefined, not?: string): Option[] {
  return arg === undefined ? [] : [option(flag, [arg], not)]
}

/** An option whose negation is glued to its argument: `!80`. */
export function glued(flag: string, arg: string | undefined): Option[] {
  return arg?.startsWith('!') ? [option(flag, [arg.slice(1)], '!')] : optional(flag, arg)
}

/** Options printed by their names, `notrack zone 1` or `! --physdev-is-in`; `takes` tells which have an argument. */
export function named(text: string | undefined, takes: RegExp): Option[] {
  const words = text?.split(/\s+/).filter(Boolean) ?? []
  const options: Option[] = []
  for (let at = 0; at < words.length; at++) {
    const not = words[at] === '!' ? words[at++] : undefined
    const name = words[at]!.replace(/^--/, '')
    options.push(option(`--${name}`, takes.test(name) ? [words[++at]!] : [], not))
  }
  return options
}

/** Undoes the backslashes of a quoted text. */
export const unescaped = (text: string): string => text.replace(/\\(.)/g, '$1')
