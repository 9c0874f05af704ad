import { isCurrent, isFalse } from '../../front/attach.ts'
import type { FrontCase, RouteCase, RuleCase } from '../../front/case.ts'
import type { Evidence } from '../../model/evidence.ts'
import type { Condition } from '../../model/front/objects.ts'
import { conditionText, evidence, getCommand } from './analyzer.ts'

/** The object in which a rule stands. */
export const ownerOf = (
  { subject }: FrontCase,
  { route }: RuleCase,
): { kind: string; namespace: string; name: string } =>
  route ? { kind: 'HTTPRoute', namespace: route.route.namespace, name: route.route.name } : subject

/** What the controller says of the references of a route, where it is that they are wrong. */
export const resolvedCondition = ({ route }: RuleCase): Evidence[] =>
  route === null ? [] : routeConditions(route, (one) => isFalse(one, 'ResolvedRefs'))

/** Conditions of a route that fit, each once, as evidence. */
export function routeConditions({ route, parents }: RouteCase, fits: (one: Condition) => boolean): Evidence[] {
  const texts = parents.flatMap(({ conditions }) => conditions.filter(fits).map(conditionText))
  return [...new Set(texts)].map((text) => evidence(getCommand('HTTPRoute', route), text))
}

/** Does a controller say of the current version that all it refers to is there and allowed? */
export const saysResolved = ({ route, parents }: RouteCase): boolean =>
  parents.some(({ conditions }) =>
    conditions.some((one) => one.type === 'ResolvedRefs' && one.status === 'True' && isCurrent(one, route.generation)),
  )
