import type { Match } from '../../model/rules.ts'
import { addressMatch, portRange, protocolName } from './match-values.ts'
import type { Option } from './option.ts'

/** What `-m conntrack` and `-m state` ask; null where one of the options is beyond this. */
export function connectionMatches(options: readonly Option[]): Match[] | null {
  const besideState = options.some(({ flag }) => flag === '--ctstate')
  const matches = options.map((option) => stateOption(option) ?? tupleOption(option, besideState))
  return matches.every((match) => match !== null) ? matches : null
}

/** What else xt_conntrack asks of an entry. */
function tupleOption({ flag, negation, args: [text = ''] }: Option, besideState: boolean): Match | null {
  const negated = negation !== 'none'
  const asked = { kind: 'connection' as const, negated, besideState, direction: 'original' as const }
  if (flag === '--ctproto')
    return { ...asked, of: { kind: 'protocol', negated: false, protocols: [protocolName(text)] } }
  if (flag === '--ctstatus') {
    const states = text.toUpperCase().replaceAll('_', '-').split(',')
    return { ...asked, of: { kind: 'conntrack', negated: false, states: states.filter((state) => state !== 'NONE') } }
  }
  if (flag === '--ctdir')
    return { ...asked, negated: negated !== (text.toUpperCase() === 'REPLY'), of: { kind: 'always', text: flag } }
  const parts = /^--ct(orig|repl)(src|dst)(port)?$/.exec(flag)
  if (!parts) return null
  const direction = parts[1] === 'orig' ? 'original' : 'reply'
  const side = parts[2] === 'src' ? 'source' : 'destination'
  if (!parts[3]) return { ...asked, direction, of: addressMatch(side, false, text) }
  const range = portRange(text)
  return range && { ...asked, direction, of: { kind: 'port', side, negated: false, ranges: [range] } }
}

/** xt_conntrack counts the status bits DNAT and SNAT among its states. */
function stateOption(option: Option): Match | null {
  if (option.flag !== '--ctstate' && option.flag !== '--state') return null
  const states = (option.args[0] ?? '').toUpperCase().split(',')
  return { kind: 'conntrack', negated: option.negation !== 'none', states }
}
