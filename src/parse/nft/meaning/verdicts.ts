import type { Action } from '../../../model/rules.ts'
import { asObject, asText, entryOf, type Json } from '../objects.ts'
import { renderStatement } from '../render.ts'

/** What a verdict does, in a rule as in a map. Anything else is unknown. */
export function verdictOf(value: Json): Action {
  const [kind, content] = entryOf(value) ?? []
  const target = asText(asObject(content)?.target)
  switch (kind) {
    case 'accept':
    case 'drop':
    case 'return':
      return { kind }
    case 'jump':
    case 'goto':
      return target === null ? unknown(value) : { kind, chain: target }
    case 'continue':
    case 'break':
      return { kind: 'none', text: kind }
    default:
      return unknown(value)
  }
}

const unknown = (value: Json): Action => ({ kind: 'unknown', text: renderStatement(value) })
