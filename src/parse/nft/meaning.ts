import type { Rule } from '../../model/rules.ts'
import { unseenPort } from '../unseen-port.ts'
import { Draft, type Place } from './meaning/draft.ts'
import { acts } from './meaning/effects.ts'
import { asArray, asCount, asObject, asText, type Item } from './objects.ts'
import { renderRule, renderStatement } from './render.ts'

/**
 * What a rule of a listing means. It is one rule but for `ct state vmap { … }` and its like: the model's maps know only
 * fields of the packet, so each element becomes a rule with the same source.
 */
export function rulesOf(item: Item, place: Place): Rule[] {
  const object = asObject(item.object.rule) ?? {}
  const statements = asArray(object.expr) ?? []
  const draft = new Draft(place)
  const last = statements.findLastIndex(acts)
  const stop = statements.findIndex((statement, i) => !draft.take(statement, i < last))
  // The model tests first and acts then. What tests in between cannot be told, nor what follows it.
  if (stop >= 0) draft.act({ kind: 'unknown', text: statements.slice(stop).map(renderStatement).join(' ') })
  const comment = asText(object.comment)
  const source = { line: item.line, text: item.text ?? renderRule(statements, comment) }
  const handle = asCount(object.handle)
  const told = { comment, source, ...(handle === null ? {} : { handle }) }
  return draft.rules().map((rule) => ({ ...rule, matches: withPort(rule, comment), ...told }))
}

/** What iptables-nft made of a match that nft cannot show is not in its listing. */
function withPort({ matches, actions }: Pick<Rule, 'matches' | 'actions'>, comment: string | null): Rule['matches'] {
  const action = actions.at(-1)
  const port = action && 'chain' in action ? unseenPort(matches, action.chain, comment) : null
  return port ? [...matches, port] : matches
}
